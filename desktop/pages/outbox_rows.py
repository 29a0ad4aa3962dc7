"""The packages of the outbox, and what came back from the province, as rows of tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clock import VIETNAM, parse_timestamp
from core.messages import render
from desktop.models.plain_model import Row
from desktop.theme import state_colour
from desktop.words import pick, word
from forms.record import State

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from localdb.outbox import StoredPackage
    from services.outbox import Outbox

HEADINGS = (
    "UI-PACKAGE-NUMBER",
    "UI-SEALED-AT",
    "UI-CHANGES",
    "UI-PACKAGE-STATE",
    "UI-PACKAGE-RESULT",
    "UI-ANSWERED-AT",
    "UI-PACKAGE-ID",
)
RESULTS = (
    ("UI-PACKAGE-TAKEN", ("applied", "merged", "duplicate")),
    ("UI-PACKAGE-REJECTED", ("rejected",)),
    ("UI-PACKAGE-DISPUTED", ("conflict",)),
)
TROUBLE_HEADINGS = ("UI-RECORD", "UI-ANSWER", "UI-REASON")
STATES = {"sealed": State.PACKED, "sent": State.SENT, "answered": State.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A record that came back, and the field that the province named."""

    uid: str
    field: str | None = None


def package_rows(outbox: Outbox) -> list[Row]:
    """Return a row for each package, the latest first."""
    return [_row(item, outbox.results.get(item.package_id, {})) for item in reversed(outbox.packages)]


def trouble_rows(outbox: Outbox, name_of: Callable[[str], str], catalogue: Catalogue) -> list[Row]:
    """Return a row for each change that the province refused, and for each record that both sides changed."""
    parked = [conflict.uid for conflict in outbox.conflicts]
    reason = f"{word('UI-CONFLICT-PARKED')} {word('UI-CONFLICT-DECIDE')}."
    rows = [_trouble(Trouble(uid), name_of, "UI-RESULT-CONFLICT", reason) for uid in parked]
    for item in outbox.refused:
        if item.uid not in parked:
            answer = f"UI-RESULT-{str(item.result).upper()}"
            rows.append(
                _trouble(
                    Trouble(item.uid, item.field),
                    name_of,
                    answer,
                    reason_of(item.code, field_label(catalogue, item.type_id, item.field)),
                )
            )
    return rows


def _trouble(trouble: Trouble, name_of: Callable[[str], str], answer: str, reason: str) -> Row:
    return Row((name_of(trouble.uid), word(answer), reason), trouble, state_colour(State.RETURNED))


def field_label(catalogue: Catalogue, type_id: str, field: str | None) -> str:
    """Return a field's name as its form has it, its key where the catalogue has it no longer, nothing for none."""
    found = catalogue.types.get(type_id)
    labels = {item.key: item.label for item in found.fields} if found else {}
    return pick(labels.get(field or "")) or field or ""


def reason_of(code: str | None, field: str) -> str:
    """Word the province's reason; a rule's sentence needs facts that only the record's own findings hold."""
    if code is None:
        return field
    text = render(code)
    if "{" not in text and text != code:
        return text
    return word("UI-SEE-RULE-FIELD", rule=code, field=field) if field else word("UI-SEE-RULE", rule=code)


def _row(item: StoredPackage, results: Mapping[str, int]) -> Row:
    state = STATES[item.state]
    cells = (
        str(item.sequence),
        local_time(item.sealed_at),
        str(sum(item.counts.values())),
        word("UI-ANSWERED") if item.state == "answered" else word(f"UI-STATE-{state.name}"),
        _result(results),
        local_time(item.received_at),
        item.package_id[:16],
    )
    return Row(cells, item, state_colour(state))


def _result(results: Mapping[str, int]) -> str:
    """Say how many changes of a package the province took, sent back, or disputes."""
    told = ((code, sum(results.get(result, 0) for result in counted)) for code, counted in RESULTS)
    return " · ".join(word(code, count=count) for code, count in told if count)


def local_time(moment: str | None) -> str:
    """Return a stored moment as a Vietnamese clock shows it, nothing for none."""
    return parse_timestamp(moment).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M") if moment else ""


def age_text(hours: float) -> str:
    """Say how long ago something was, as people do."""
    if hours < 1:
        return word("UI-LAST-SYNC-NOW")
    if hours < 48:
        return word("UI-LAST-SYNC-HOURS", count=int(hours))
    return word("UI-LAST-SYNC-DAYS", count=int(hours / 24))
