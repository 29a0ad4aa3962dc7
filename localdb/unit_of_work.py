"""The one way in: record, journal, outbox and search change together, in one transaction, or not at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain
from typing import Any, Final

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from core.errors import Bug, UserError
from core.identity import new_uid
from core.progress import SILENT, Progress
from forms.appending import CORRECTS, is_addition, loses_files
from forms.content import Content
from forms.identity import LOCAL_CODE
from forms.model import RecordType
from forms.record import Actor, Lineage, Record, State
from localdb import bulk, bulk_status, bulk_update, contents, local_codes, outbox_rows, records, waivers
from localdb.arrivals import Arrival
from localdb.blobs import Geometries
from localdb.crash_points import crash_point
from localdb.journal import JournalWriter
from localdb.journal_chain import Entry, Group, Kind
from localdb.workspace import Workspace
from localdb.writing import (
    Writing,
    expect_record,
    find_record,
    insert_record,
    revive_record,
    stored_values,
    update_record,
)
from validation.waivers import Waiver


class Keep(Enum):
    """The wish to leave the geometry as it is, which ``None`` (no geometry) cannot express."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP

_BY_HAND: frozenset[Kind] = frozenset({"edit", "import"})
_BACK_AND_FORTH: frozenset[Kind] = frozenset({"undo", "redo"})


@dataclass(frozen=True, slots=True)
class Changed:
    """What a finished unit of work touched; views refresh from this and nothing else.

    ``group`` is the journal's name for it, ``label`` the words the user reads beside "undo"; ``reopened`` are those of
    the records that were checked or further and are drafts again.
    """

    records: frozenset[tuple[str, str]]
    group: str
    label: str
    reopened: frozenset[tuple[str, str]] = frozenset()


class UnitOfWork:
    """Writes records and journals them. Made by ``unit_of_work`` alone."""

    def __init__(self, workspace: Workspace, connection: Connection, group: Group) -> None:
        self.connection = connection
        self.workspace = workspace
        self._group = group
        self._writing = Writing(
            connection=connection,
            journal=JournalWriter(connection, group),
            srid=workspace.srid,
            numbers=workspace.type_numbers,
            at=group.at,
            actor=group.actor.name,
            is_pull=group.kind == "pull",
            device_id=workspace.device_id,
        )
        self._touched: set[tuple[str, str]] = set()
        self._arrived: list[tuple[str, list[str]]] = []  # very many new records, by type
        self._reopened: set[tuple[str, str]] = set()

    @property
    def changed(self) -> Changed:
        """The summary so far."""
        arrived = ((type_id, uid) for type_id, uids in self._arrived for uid in uids)
        touched = frozenset(chain(self._touched, arrived))
        return Changed(touched, self._group.group_id, self._group.label, frozenset(self._reopened))

    def insert(
        self,
        record_type: RecordType,
        values: Mapping[str, Any],
        geometry: BaseGeometry | None = None,
        lineage: Lineage | None = None,
        *,
        uid: str | None = None,
    ) -> Record:
        """Store a new record and return it; a ``uid`` whose record was deleted brings that one back with new content.

        Raise ``UserError`` STORE-GEOMETRY-KIND for a geometry of a kind the type does not store.
        """
        empty = dict.fromkeys(field.key for field in record_type.fields)
        record = Record(
            uid=uid or new_uid(),
            type_id=record_type.id,
            values={**empty, **stored_values(self._writing, record_type, values)},
            geometry=geometry,
            lineage=lineage or Lineage(),
            revision=1,
        )
        buried = find_record(self._writing, record_type, record.uid) if uid else None
        if buried is None:
            stored = insert_record(self._writing, record_type, record)
        elif buried.deleted_at is None:
            raise Bug("BUG", reason=f"record {uid} is there already")
        else:
            again = replace(buried, values=record.values, geometry=record.geometry, lineage=record.lineage)
            stored = revive_record(self._writing, record_type, again)
        self._note_codes([record.values.get(LOCAL_CODE)], is_new=buried is None)
        self._touched.add((record_type.id, record.uid))
        return stored

    def insert_many(
        self,
        record_type: RecordType,
        *,
        uids: Sequence[str],
        values: Mapping[str, Sequence[Any]],
        geometries: Geometries | None,
        lineages: Sequence[Lineage],
        progress: Progress = SILENT,
    ) -> int:
        """Store very many new records and return how many; all of them or, on any error or cancel, none.

        ``values`` holds a column of equal length for each field given.
        """
        state = State.ACCEPTED if self._writing.is_pull else State.DRAFT
        arrived = Arrival(record_type, list(uids), values, geometries, lineages, state)
        bulk.insert_records(self._writing, arrived, progress)
        self._note_codes(values.get(LOCAL_CODE, ()), is_new=True)
        self._arrived.append((record_type.id, arrived.uids))
        return len(arrived.uids)

    def allocate_codes(self, record_type: RecordType, year: int, communes: Sequence[str]) -> list[str]:
        """Return new local codes, one for each commune named; they are given away when this unit of work commits."""
        code = record_type.code
        return local_codes.allocate_codes(self.connection, self._writing.device_id, code, year, communes)

    def update(
        self,
        record_type: RecordType,
        uid: str,
        *,
        values: Mapping[str, Any] | None = None,
        geometry: BaseGeometry | None | Keep = KEEP,
        lineage: Lineage | None = None,
        expected: int,
    ) -> Record:
        """Store what differs, if the record is still at revision ``expected``, and return it as it now is.

        Content that does not differ is no change: nothing is written. A change puts the record back to draft, or, when
        it comes from the province and nothing of ours waits, leaves it accepted.
        Raise ``UserError`` STORE-STALE, STORE-NO-RECORD, STORE-GEOMETRY-KIND, or RECORD-APPEND-ONLY for a change, and
        not a mere addition, of a record whose type is append-only; the province is not held to that, nor is undo, but
        for files of a record that somebody has approved (RECORD-SETTLED).
        """
        old = expect_record(self._writing, record_type, uid, expected)
        new = replace(
            old,
            values={**old.values, **stored_values(self._writing, record_type, values or {})},
            geometry=old.geometry if isinstance(geometry, Keep) else geometry,
            lineage=lineage or old.lineage,
        )
        if record_type.append_only and not is_addition(record_type, old, new):
            self._refuse_by_hand(record_type)
            if loses_files(record_type, old, new):
                self._refuse_settled(record_type, [uid])
        stored = update_record(self._writing, record_type, old, new)
        if stored is None:
            return self._settled(record_type, old)
        if LOCAL_CODE in (values or {}):
            self._note_codes([new.values.get(LOCAL_CODE)], is_new=False)
        if stored.state == State.DRAFT and old.state not in (State.DRAFT, State.RETURNED):
            self._reopened.add((record_type.id, uid))
        self._touched.add((record_type.id, uid))
        return stored

    def update_many(
        self,
        record_type: RecordType,
        updates: Mapping[str, Mapping[str, Any]],
        *,
        shapes: Mapping[str, BaseGeometry] | None = None,
        lineages: Mapping[str, Lineage] | None = None,
        expected: Mapping[str, int] | None = None,
        progress: Progress = SILENT,
    ) -> list[str]:
        """Store what differs of the values given by uid, and return the records in which something did; for edits.

        ``shapes`` and ``lineages`` are new ones for some of these records. Raise ``UserError`` STORE-STALE when one is
        at another revision than ``expected``, STORE-NO-RECORD, STORE-GEOMETRY-KIND, or RECORD-APPEND-ONLY.
        """
        if record_type.append_only:
            self._refuse_by_hand(record_type)
        changed = bulk_update.update_values(
            self._writing, record_type, updates, expected or {}, progress, shapes=shapes, lineages=lineages
        )
        self._note_codes([values.get(LOCAL_CODE) for values in updates.values()], is_new=False)
        self._touched.update((record_type.id, uid) for uid in changed)
        return changed

    def point_elsewhere(self, record_type: RecordType, key: str, uids: Sequence[str], target: str) -> None:
        """Let the reference ``key`` of records name the record that took the place of the one it named.

        Also for records of an append-only type: what they say of their object stays as it was.
        """
        updates = {uid: {key: target} for uid in uids}
        changed = bulk_update.update_values(self._writing, record_type, updates, {}, SILENT)
        self._touched.update((record_type.id, uid) for uid in changed)

    def delete(self, record_type: RecordType, uid: str, *, expected: int) -> None:
        """Delete one record; its row stays, marked, so that the deletion can be sent and taken back."""
        self.delete_many(record_type, [uid], expected=[expected])

    def delete_many(
        self,
        record_type: RecordType,
        uids: Sequence[str],
        *,
        expected: Sequence[int] | None = None,
        progress: Progress = SILENT,
    ) -> None:
        """Delete records; raise ``UserError`` STORE-STALE or STORE-NO-RECORD when one is not as expected.

        Raise RECORD-APPEND-ONLY where records of the type are only added, unless their insertion is being undone, and
        RECORD-SETTLED when it is, but somebody has approved one or the province has it.
        """
        if record_type.append_only:
            self._refuse_by_hand(record_type)
            self._refuse_settled(record_type, uids)
        bulk_status.delete_records(self._writing, record_type, uids, expected, progress)
        self._touched.update((record_type.id, uid) for uid in uids)

    def restore_many(self, record_type: RecordType, uids: Sequence[str], *, progress: Progress = SILENT) -> None:
        """Bring deleted records back with the content they had; raise STORE-NO-RECORD for one that is not deleted."""
        bulk_status.restore_records(self._writing, record_type, uids, progress)
        self._touched.update((record_type.id, uid) for uid in uids)

    def set_state(
        self,
        record_type: RecordType,
        uids: Sequence[str],
        state: State,
        *,
        expected: Sequence[int] | None = None,
    ) -> list[str]:
        """Bring records into ``state`` and return those that were not in it; content and revision stay.

        ``expected`` gives the revisions that were looked at: raise ``UserError`` STORE-STALE when one has moved on.
        """
        moved = bulk_status.set_states(self._writing, record_type, uids, state, expected)
        self._touched.update((record_type.id, uid) for uid in moved)
        return moved

    def set_base(self, record_type: RecordType, uid: str, *, revision: int, content: Content | None) -> None:
        """Note what the province now has of a record: its revision and content, ``None`` once it is deleted there."""
        outbox_rows.set_base(self.connection, record_type.id, uid, revision, content)
        self._touched.add((record_type.id, uid))

    def clear_base(self, record_type: RecordType, uid: str) -> None:
        """Note that the province has never had a record, or has it no more."""
        outbox_rows.clear_base(self.connection, record_type.id, uid)
        self._touched.add((record_type.id, uid))

    def let_wait(self, record_type: RecordType, uid: str, revision: int) -> None:
        """Let a record wait to be sent as it stands at ``revision``, as if it had just been changed."""
        outbox_rows.put(self.connection, record_type.id, [(uid, revision)], self._group.at)
        self._touched.add((record_type.id, uid))

    def set_pull_state(self, epoch: str, cursor: int) -> None:
        """Note how far the province's changes have been taken over, in the same transaction as the changes."""
        outbox_rows.set_pull_state(self.connection, epoch, cursor, self._group.at)

    def note_files(self, files: Iterable[tuple[str, int, str]]) -> None:
        """Note files (hash, bytes, type) whose contents the province has: they need not be sent again."""
        contents.note_in_province(self.connection, files, self._group.at)

    def forget_files(self, hashes: Iterable[str]) -> None:
        """Note files (by hash) whose contents the province has lost: what is here of them is sent again."""
        contents.forget_in_province(self.connection, hashes)

    def park_conflict(self, record_type: RecordType, uid: str, *, revision: int, theirs: Content | None) -> None:
        """Keep the province's version of a record beside ours until a person has decided."""
        outbox_rows.park_conflict(self.connection, record_type.id, uid, revision, theirs, self._group.at)
        self._touched.add((record_type.id, uid))

    def settle_conflict(self, record_type: RecordType, uid: str) -> None:
        """Forget a parked conflict that a person has decided."""
        outbox_rows.settle_conflict(self.connection, uid)
        self._touched.add((record_type.id, uid))

    def forget_waiting(self, record_type: RecordType, uid: str) -> None:
        """Let nothing of a record wait any more: it is what the province has."""
        outbox_rows.forget(self.connection, uid)
        self._touched.add((record_type.id, uid))

    def set_waiver(self, record_type: RecordType, uid: str, key: str, waiver: Waiver | None) -> None:
        """Give the finding under ``key`` a waiver in the place of the one it has, or take it away.

        The record's content and revision stay; the change is journalled, and undo takes it back.
        """
        before = waivers.fetch_text(self.connection, key)
        after = None if waiver is None else waivers.waiver_text(waiver)
        if before == after:
            return
        revision = records.fetch_revisions(self.connection, record_type, [uid]).get(uid, 0)
        texts = [None if text is None else text.encode() for text in (before, after)]
        self._writing.journal.write([Entry(record_type.id, uid, "waive", texts[0], texts[1], revision)])
        waivers.put_text(self.connection, record_type.id, uid, key, after)
        self._touched.add((record_type.id, uid))

    def finish(self) -> None:
        """Close the journal's chain; the last thing before the commit."""
        self._writing.journal.finish()

    def _note_codes(self, codes: Sequence[Any], *, is_new: bool) -> None:
        """Move the counters past codes with our mark; on a record that only others can have made it is not ours."""
        if any(codes):
            others = codes if is_new and self._writing.is_pull else ()
            local_codes.note_codes(self.connection, self._writing.device_id, codes, from_others=others)

    def _refuse_by_hand(self, record_type: RecordType) -> None:
        """Refuse what a person may not do to an append-only type; undo and what the province sends may."""
        if self._group.kind in _BY_HAND:
            raise UserError("RECORD-APPEND-ONLY", type=record_type.title, field=record_type.field(CORRECTS).label)

    def _refuse_settled(self, record_type: RecordType, uids: Sequence[str]) -> None:
        """Refuse to undo what an append-only type holds once it is approved, or known outside this workspace."""
        if self._group.kind not in _BACK_AND_FORTH:
            return
        for uid in bulk_status.fetch_settled(self.connection, record_type, uids):
            field = record_type.field(CORRECTS).label
            raise UserError("RECORD-SETTLED", type=record_type.title, uid=uid, field=field)

    def _settled(self, record_type: RecordType, record: Record) -> Record:
        """Return a record that already is what the province says: accepted, unless something of ours waits."""
        if not self._writing.is_pull or outbox_rows.is_waiting(self.connection, record.uid):
            return record
        self.set_state(record_type, [record.uid], State.ACCEPTED)
        return replace(record, state=State.ACCEPTED)


@contextmanager
def unit_of_work(
    workspace: Workspace, *, actor: Actor, now: str, label: str, kind: Kind = "edit"
) -> Iterator[UnitOfWork]:
    """Give the one writer; commit on success, take everything back on any error.

    ``now`` is a timestamp (``core.clock``). One unit of work is one step of undo. Raise STORE-READONLY, STORE-FULL,
    STORE-LOCKED or STORE-IO when the disk or another program refuses.
    """
    group = Group(new_uid(), kind, label, actor, workspace.device_id, now)
    with workspace.store.writing() as connection:
        work = UnitOfWork(workspace, connection, group)
        yield work
        work.finish()
        crash_point("commit")
    crash_point("committed")
