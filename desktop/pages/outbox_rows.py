"""The packages of the outbox, and what came back from the province, as rows of tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.clock import VIETNAM, parse_timestamp
from core.messages import render
from desktop.models.plain_model import Row
from desktop.theme import state_colour
from desktop.words import word
from forms.record import State

if TYPE_CHECKING:
    from localdb.outbox import StoredPackage
    from services.outbox import Outbox

HEADINGS = ("UI-PACKAGE-NUMBER", "UI-SEALED-AT", "UI-CHANGES", "UI-PACKAGE-STATE", "UI-ANSWERED-AT", "UI-PACKAGE-ID")
TROUBLE_HEADINGS = ("UI-RECORD", "UI-ANSWER", "UI-REASON")
STATES = {"sealed": State.PACKED, "sent": State.SENT, "answered": State.ACCEPTED}


def package_rows(outbox: Outbox) -> list[Row]:
    """Return a row for each package, the latest first."""
    return [_row(item) for item in reversed(outbox.packages)]


def trouble_rows(outbox: Outbox, name_of: Callable[[str], str]) -> list[Row]:
    """Return a row for each change that the province refused, and for each record that both sides changed."""
    parked = [conflict.uid for conflict in outbox.conflicts]
    reason = f"{word('UI-CONFLICT-PARKED')} {word('UI-CONFLICT-DECIDE')}."
    rows = [_trouble(uid, name_of, "UI-RESULT-CONFLICT", reason) for uid in parked]
    for item in outbox.refused:
        if item.uid not in parked:
            answer = f"UI-RESULT-{str(item.result).upper()}"
            rows.append(_trouble(item.uid, name_of, answer, reason_of(item.code, item.field)))
    return rows


def _trouble(uid: str, name_of: Callable[[str], str], answer: str, reason: str) -> Row:
    return Row((name_of(uid), word(answer), reason), uid, state_colour(State.RETURNED))


def reason_of(code: str | None, field: str | None) -> str:
    """Word the province's reason; a rule's sentence needs facts that only the record's own findings hold."""
    if code is None:
        return field or ""
    text = render(code)
    return word("UI-SEE-RULE", rule=code, field=field or "") if "{" in text or text == code else text


def _row(item: StoredPackage) -> Row:
    state = STATES[item.state]
    cells = (
        str(item.sequence),
        _local(item.sealed_at),
        str(sum(item.counts.values())),
        word("UI-ANSWERED") if item.state == "answered" else word(f"UI-STATE-{state.name}"),
        _local(item.received_at),
        item.package_id[:16],
    )
    return Row(cells, item, state_colour(state))


def _local(moment: str | None) -> str:
    return parse_timestamp(moment).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M") if moment else ""
