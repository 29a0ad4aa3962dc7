"""Undo and redo from the journal: they survive a restart, and each is a new change."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from sqlalchemy import Connection

from core.errors import UserError
from core.progress import SILENT, Progress
from forms.content import GEOMETRY, LINEAGE, Content, geometry_from_hex, record_content
from forms.model import RecordType
from forms.record import Actor, Lineage, Record
from localdb import records
from localdb.collecting import without_collection
from localdb.engine import fetch_rows
from localdb.journal import Change, fetch_group
from localdb.tables import STANDS, UNDONE
from localdb.unit_of_work import KEEP, Changed, UnitOfWork, unit_of_work
from localdb.workspace import Workspace

Direction = Literal["undo", "redo"]

_STANDING = f"kind IN ('edit', 'import') AND undo_state = {STANDS} ORDER BY number DESC"
_REDOABLE = f"kind IN ('edit', 'import') AND undo_state = {UNDONE} ORDER BY number"


@dataclass(frozen=True, slots=True)
class _Step:
    """A group of changes that can be taken back or done again."""

    number: int
    label: str


def undo_label(connection: Connection) -> str | None:
    """Return the label of what ``undo`` would take back, ``None`` when there is nothing."""
    step = _find_step(connection, "undo")
    return step.label if step else None


def redo_label(connection: Connection) -> str | None:
    """Return the label of what ``redo`` would do again, ``None`` when there is nothing."""
    step = _find_step(connection, "redo")
    return step.label if step else None


def undo(workspace: Workspace, actor: Actor, now: str, *, progress: Progress = SILENT) -> Changed | None:
    """Take back the last edit or import that stands, and return what that touched; ``None`` when there is none.

    What the province sent, and states, are not taken back. Raise ``UserError`` STORE-UNDO when a record has been
    changed since in what would be taken back: nothing is overwritten unseen.
    """
    return _walk(workspace, actor, now, "undo", progress)


def redo(workspace: Workspace, actor: Actor, now: str, *, progress: Progress = SILENT) -> Changed | None:
    """Do again what ``undo`` last took back, as long as nothing new was done since; ``None`` when there is nothing.

    Raise ``UserError`` STORE-UNDO as ``undo`` does.
    """
    return _walk(workspace, actor, now, "redo", progress)


def _find_step(connection: Connection, direction: Direction) -> _Step | None:
    chosen = _STANDING if direction == "undo" else _REDOABLE
    rows = fetch_rows(connection, f"SELECT number, label FROM change_groups WHERE {chosen} LIMIT 1")  # noqa: S608
    return _Step(*rows[0]) if rows else None


@without_collection()
def _walk(workspace: Workspace, actor: Actor, now: str, direction: Direction, progress: Progress) -> Changed | None:
    with workspace.reading() as connection:
        step = _find_step(connection, direction)
    if step is None:
        return None
    try:
        return _take(workspace, actor, now, direction, step, progress)
    except _OvertakenError:
        return _walk(workspace, actor, now, direction, progress)


class _OvertakenError(Exception):
    """Another thread's unit of work came between the look and the write."""


def _take(
    workspace: Workspace, actor: Actor, now: str, direction: Direction, step: _Step, progress: Progress
) -> Changed:
    with unit_of_work(workspace, actor=actor, now=now, label=step.label, kind=direction) as work:
        if _find_step(work.connection, direction) != step:
            raise _OvertakenError
        for record_type, changes in _runs(work, step, direction):
            _apply(work, record_type, changes, direction, progress)
        work.connection.exec_driver_sql(
            "UPDATE change_groups SET undo_state = ? WHERE number = ?",
            (UNDONE if direction == "undo" else STANDS, step.number),
        )
    return work.changed


def _runs(work: UnitOfWork, step: _Step, direction: Direction) -> Iterator[tuple[RecordType, list[Change]]]:
    """Yield the group's changes in the order in which they are applied, neighbours of one kind together."""
    changes = fetch_group(work.connection, step.number)
    if direction == "redo":
        changes.reverse()
    for (type_id, _), run in groupby(changes, key=lambda change: (change.type_id, change.operation)):
        yield work.workspace.catalogue.type(type_id), list(run)


def _apply(
    work: UnitOfWork, record_type: RecordType, changes: list[Change], direction: Direction, progress: Progress
) -> None:
    operation = changes[0].operation
    if operation == "update":
        for change in changes:
            _turn(work, record_type, change, direction)
        return
    uids = [change.uid for change in changes]
    buries = (operation == "delete") == (direction == "redo")
    if buries:
        _refuse_if_changed(work, record_type, changes)
        work.delete_many(record_type, uids, progress=progress)
    else:
        work.restore_many(record_type, uids, progress=progress)


def _turn(work: UnitOfWork, record_type: RecordType, change: Change, direction: Direction) -> None:
    """Bring the keys of one update to their other side."""
    before, after = change.before or {}, change.after or {}
    here, there = (after, before) if direction == "undo" else (before, after)
    record = _fetch(work, record_type, change.uid)
    now = record_content(record)
    if any(now.get(key) != value for key, value in here.items()):
        raise UserError("STORE-UNDO", uid=change.uid)
    values = {key: value for key, value in there.items() if key not in (GEOMETRY, LINEAGE)}
    geometry = geometry_from_hex(there[GEOMETRY]) if GEOMETRY in there else KEEP
    lineage = Lineage.from_dict(there[LINEAGE]) if LINEAGE in there else None
    work.update(record_type, change.uid, values=values, geometry=geometry, lineage=lineage, expected=record.revision)


def _refuse_if_changed(work: UnitOfWork, record_type: RecordType, changes: list[Change]) -> None:
    """Refuse to delete a record that is no longer what the journal says; one not written since is not even read."""
    revisions = records.fetch_revisions(work.connection, record_type, [change.uid for change in changes])
    for change in changes:
        if revisions.get(change.uid) != change.revision:
            wanted = (change.after if change.after is not None else change.before) or {}
            if _filled(record_content(_fetch(work, record_type, change.uid))) != _filled(wanted):
                raise UserError("STORE-UNDO", uid=change.uid)


def _fetch(work: UnitOfWork, record_type: RecordType, uid: str) -> Record:
    found = records.fetch_records(work.connection, record_type, [uid])
    if not found:
        raise UserError("STORE-UNDO", uid=uid)
    return found[0]


def _filled(content: Content) -> Content:
    return {key: value for key, value in content.items() if value is not None}
