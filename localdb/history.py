"""Undo and redo from the journal: they survive a restart, and each is a new change."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from sqlalchemy import Connection

from core.errors import UserError
from core.memory import without_collection
from core.messages import load_messages
from core.progress import SILENT, Progress
from forms.computed import compute_values
from forms.content import GEOMETRY, LINEAGE, Content, geometry_from_hex, record_content
from forms.model import RecordType
from forms.record import Actor, Lineage, Record
from forms.storable import LARGEST_INTEGER
from localdb import records, waivers
from localdb.engine import fetch_rows
from localdb.journal import Change, fetch_changes, fetch_group
from localdb.tables import FORGOTTEN, STANDS, UNDONE
from localdb.unit_of_work import KEEP, Changed, UnitOfWork, unit_of_work
from localdb.workspace import Workspace
from validation.waivers import Waiver

Direction = Literal["undo", "redo"]

WAIVER = "@waiver"

_FEW = 20  # below this, one by one costs less than reading columns

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


def skip_undo(workspace: Workspace) -> str | None:
    """Give up the step that ``undo`` would take next, so that earlier ones can be taken; return its label, if any.

    Its changes stay as they are, in the records and in the journal.
    """
    with workspace.store.writing() as connection:
        step = _find_step(connection, "undo")
        if step is None:
            return None
        connection.exec_driver_sql("UPDATE change_groups SET undo_state = ? WHERE number = ?", (FORGOTTEN, step.number))
    return step.label


def revert_change(workspace: Workspace, sequence: int, actor: Actor, now: str, *, label: str) -> Changed:
    """Take back one chosen change, whatever came after it, as a new change that can itself be undone.

    What is computed from the others is computed anew. Raise ``UserError`` STORE-UNDO, naming the field, when one that
    the change wrote has been written since, and STORE-REVERT for no change of that number or for a move of a state.
    """
    if not 0 < sequence < LARGEST_INTEGER:
        raise UserError("STORE-REVERT", sequence=sequence)
    with unit_of_work(workspace, actor=actor, now=now, label=label) as work:
        found = fetch_changes(work.connection, after=sequence - 1, limit=1)
        if not found or found[0].sequence != sequence or found[0].operation in ("state", "waive"):
            raise UserError("STORE-REVERT", sequence=sequence)
        change = found[0]
        record_type = workspace.catalogue.type(change.type_id)
        if change.operation == "update":
            _revert_update(work, record_type, change)
        elif change.operation == "delete":
            work.restore_many(record_type, [change.uid])
        else:
            _refuse_if_changed(work, record_type, [change])
            work.delete_many(record_type, [change.uid])
    return work.changed


def _revert_update(work: UnitOfWork, record_type: RecordType, change: Change) -> None:
    computed = {field.key for field in record_type.fields if field.computed is not None}
    here, there = (
        {key: value for key, value in side.items() if key not in computed} for side in _sides(change, "undo")
    )
    record = _fetch(work, record_type, change.uid)
    _refuse_other(record_type, change.uid, here, record_content(record))
    geometry = geometry_from_hex(there[GEOMETRY]) if GEOMETRY in there else record.geometry
    values = {**record.values, **{key: value for key, value in there.items() if key not in (GEOMETRY, LINEAGE)}}
    _restore_keys(work, record_type, record, {**there, **compute_values(record_type, values, geometry)})


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
        _turn_all(work, record_type, changes, direction, progress)
        return
    if operation == "waive":
        for change in changes:
            _turn_waiver(work, record_type, change, direction)
        return
    uids = [change.uid for change in changes]
    buries = (operation == "delete") == (direction == "redo")
    if buries:
        _refuse_if_changed(work, record_type, changes)
        work.delete_many(record_type, uids, progress=progress)
    else:
        work.restore_many(record_type, uids, progress=progress)


def _turn_all(
    work: UnitOfWork, record_type: RecordType, changes: list[Change], direction: Direction, progress: Progress
) -> None:
    """Bring the keys of updates to their other side; many that touch values alone in one go."""
    _refuse_retired(record_type, changes)
    uids = {change.uid for change in changes}
    alone = not any(key in (change.after or {}) for change in changes for key in (GEOMETRY, LINEAGE))
    if len(changes) < _FEW or len(uids) != len(changes) or not alone:
        for done, change in enumerate(changes):
            if done % 100 == 0:
                progress.step(done, len(changes))
            _turn(work, record_type, change, direction)
        return
    batch = records.fetch_batch(work.connection, record_type, uids)
    places = {uid: place for place, uid in enumerate(batch.uids)}
    updates: dict[str, Content] = {}
    for change in changes:
        here, there = _sides(change, direction)
        if (place := places.get(change.uid)) is None:
            raise _overtaken(record_type, change.uid)
        now = {key: batch.values[key][place] for key in here}
        _refuse_other(record_type, change.uid, here, now)
        updates[change.uid] = there
    work.update_many(record_type, updates, progress=progress)


def _refuse_retired(record_type: RecordType, changes: list[Change]) -> None:
    """Refuse updates of a field that the catalogue no longer has: they cannot be taken back whole."""
    known = {field.key for field in record_type.fields} | {GEOMETRY, LINEAGE}
    for change in changes:
        for key in {**(change.before or {}), **(change.after or {})}:
            if key not in known:
                raise UserError("STORE-UNDO-RETIRED", type=record_type.title, uid=change.uid, field=key)


def _sides(change: Change, direction: Direction) -> tuple[Content, Content]:
    """Return what an update's keys must say now, and what they are to say."""
    before, after = change.before or {}, change.after or {}
    return (after, before) if direction == "undo" else (before, after)


def _refuse_other(record_type: RecordType, uid: str, wanted: Content, now: Content) -> None:
    for key, value in wanted.items():
        if now.get(key) != value:
            raise _overtaken(record_type, uid, key)


def _overtaken(record_type: RecordType, uid: str, key: str | None = None) -> UserError:
    """Return STORE-UNDO with the record, and the field in which it is not what the journal says."""
    named = {field.key: field.label for field in record_type.fields}
    part = {None: "PART-RECORD", GEOMETRY: "PART-GEOMETRY", LINEAGE: "PART-LINEAGE", WAIVER: "PART-WAIVER"}.get(key)
    label = load_messages()[part] if part else named.get(str(key), key)
    return UserError("STORE-UNDO", type=record_type.title, uid=uid, field=label, key=key)


def _turn(work: UnitOfWork, record_type: RecordType, change: Change, direction: Direction) -> None:
    """Bring the keys of one update to their other side."""
    here, there = _sides(change, direction)
    record = _fetch(work, record_type, change.uid)
    _refuse_other(record_type, change.uid, here, record_content(record))
    _restore_keys(work, record_type, record, there)


def _turn_waiver(work: UnitOfWork, record_type: RecordType, change: Change, direction: Direction) -> None:
    """Bring a waiver to its other side; refuse where another was given since."""
    here, there = ({} if side is None else side for side in _sides(change, direction))
    key = str((here or there)["key"])
    if waivers.fetch_waiver(work.connection, key) != (Waiver.from_dict(here) if here else None):
        raise _overtaken(record_type, change.uid, WAIVER)
    work.set_waiver(record_type, change.uid, key, Waiver.from_dict(there) if there else None)


def _restore_keys(work: UnitOfWork, record_type: RecordType, record: Record, there: Content) -> None:
    """Let some keys of a record's content say what they said."""
    values = {key: value for key, value in there.items() if key not in (GEOMETRY, LINEAGE)}
    geometry = geometry_from_hex(there[GEOMETRY]) if GEOMETRY in there else KEEP
    lineage = Lineage.from_dict(there[LINEAGE]) if LINEAGE in there else None
    work.update(record_type, record.uid, values=values, geometry=geometry, lineage=lineage, expected=record.revision)


def _refuse_if_changed(work: UnitOfWork, record_type: RecordType, changes: list[Change]) -> None:
    """Refuse to delete a record that is no longer what the journal says; one not written since is not even read."""
    revisions = records.fetch_revisions(work.connection, record_type, [change.uid for change in changes])
    for change in changes:
        if revisions.get(change.uid) != change.revision:
            wanted = (change.after if change.after is not None else change.before) or {}
            now = _filled(record_content(_fetch(work, record_type, change.uid)))
            _refuse_other(record_type, change.uid, dict.fromkeys(now) | _filled(wanted), now)


def _fetch(work: UnitOfWork, record_type: RecordType, uid: str) -> Record:
    found = records.fetch_records(work.connection, record_type, [uid])
    if not found:
        raise _overtaken(record_type, uid)
    return found[0]


def _filled(content: Content) -> Content:
    return {key: value for key, value in content.items() if value is not None}
