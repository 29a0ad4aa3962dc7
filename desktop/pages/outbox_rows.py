"""The packages of the outbox as rows of a table."""

from typing import Any

from core.clock import VIETNAM, parse_timestamp
from desktop.models.plain_model import Row
from desktop.theme import state_colour
from desktop.words import word
from forms.record import State

HEADINGS = ("UI-PACKAGE-NUMBER", "UI-SEALED-AT", "UI-CHANGES", "UI-PACKAGE-STATE", "UI-RECEIPT")


def outbox_rows(outbox: Any) -> list[Row]:
    """Return a row for each package, the latest first."""
    return [_row(item) for item in reversed(list(outbox.packages))]


def _row(item: Any) -> Row:
    sealed = parse_timestamp(item.sealed_at).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")
    answered = item.receipt is not None
    state = State.ACCEPTED if answered else State.SENT if item.sent_at else State.PACKED
    cells = (str(item.sequence), sealed, str(item.count), word(f"UI-STATE-{state.name}"), item.package_id[:16])
    return Row(cells, item, state_colour(state))
