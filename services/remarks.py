"""What the province remarks on the commune's records, as a list of things to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.clock import local_date
from core.errors import UserError
from core.messages import current_language
from forms.record import Record
from forms.titles import record_title
from localdb import records, remarks
from localdb.remarks import Remark
from services.desk import Desk
from wire.protocol import RemarkItem


@dataclass(frozen=True, slots=True)
class ToDo:
    """A remark that is open at the province; ``title`` names its record, ``days_left`` is negative when it is late.

    ``exists`` is false when its record is not here (any more).
    """

    remark: Remark
    title: str
    exists: bool
    days_left: int | None

    @property
    def is_done(self) -> bool:
        """Whether somebody has marked it as dealt with."""
        return self.remark.done_at is not None

    @property
    def is_late(self) -> bool:
        """Whether its day has passed and nobody has dealt with it."""
        return not self.is_done and self.days_left is not None and self.days_left < 0


def take_remarks(desk: Desk, found: Sequence[RemarkItem]) -> None:
    """Keep the province's remarks as they now stand there."""
    kept = [
        Remark(
            item.remark_id,
            item.uid,
            item.type_id,
            item.field,
            item.place,
            item.text,
            _day(item.deadline),
            item.created_at,
            item.closed_at,
        )
        for item in found
    ]
    with desk.reading() as connection:
        held = {item.remark_id: replace(item, done_at=None, done_by=None) for item in remarks.fetch_remarks(connection)}
    if held == {item.remark_id: item for item in kept}:
        return
    with desk.workspace.store.writing() as connection:
        remarks.put_remarks(connection, kept)


def _day(text: str | None) -> str | None:
    """Return a day that is one; what is none cannot be counted down to."""
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def list_remarks(desk: Desk) -> list[ToDo]:
    """Return the remarks that are open at the province: what is to be done first, what is done last."""
    today = local_date(desk.clock())
    with desk.reading() as connection:
        found = [item for item in remarks.fetch_remarks(connection) if item.closed_at is None]
        todos = []
        for item in found:
            record = records.fetch_record(connection, desk.catalogue, item.uid) if item.uid else None
            title = "" if record is None else _title(desk, record)
            left = None if item.deadline is None else (date.fromisoformat(item.deadline) - today).days
            todos.append(ToDo(item, title, record is not None, left))
    return sorted(todos, key=lambda todo: todo.is_done)


def _title(desk: Desk, record: Record) -> str:
    return record_title(desk.catalogue.type(record.type_id), record.values, current_language(), desk.catalogue)


def mark_remark(desk: Desk, remark_id: str, *, done: bool) -> None:
    """Note that a remark is dealt with, or not yet; raise ``UserError`` REMARK-UNKNOWN when there is none such."""
    at, by = (desk.now(), desk.actor.name) if done else (None, None)
    with desk.workspace.store.writing() as connection:
        if not remarks.mark_done(connection, remark_id, at, by):
            raise UserError("REMARK-UNKNOWN", remark=remark_id)
