"""The one way in: record, journal, outbox and search change together, in one transaction, or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

import numpy as np
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, insert, select, update

from core.errors import Bug, UserError
from core.identity import new_uid
from core.progress import SILENT, Progress
from forms.content import GEOMETRY, Content, record_content
from forms.model import RecordType
from forms.record import Actor, Lineage, Record, State
from localdb import bulk, outbox_rows, search
from localdb.blobs import Geometries
from localdb.columns import check_geometries, content_row, normalise_values, record_of
from localdb.content_text import whole_content
from localdb.crash_points import crash_point
from localdb.journal import Entry, Group, JournalWriter, Kind, json_text
from localdb.tables import record_table
from localdb.workspace import Workspace


class Keep(Enum):
    """The wish to leave the geometry as it is, which ``None`` (no geometry) cannot express."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Changed:
    """What a finished unit of work touched; views refresh from this and nothing else.

    ``group`` is the journal's name for it, ``label`` the words the user reads beside "undo".
    """

    records: frozenset[tuple[str, str]]
    group: str
    label: str


class UnitOfWork:
    """Writes records and journals them. Made by ``unit_of_work`` alone."""

    def __init__(self, workspace: Workspace, connection: Connection, group: Group) -> None:
        self.connection = connection
        self.workspace = workspace
        self._group = group
        self._journal = JournalWriter(connection, group)
        self._touched: set[tuple[str, str]] = set()

    @property
    def changed(self) -> Changed:
        """The summary so far."""
        return Changed(frozenset(self._touched), self._group.group_id, self._group.label)

    @property
    def is_pull(self) -> bool:
        """Whether the content comes from the province, and so does not wait to be sent there."""
        return self._group.kind == "pull"

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
        uid = uid or new_uid()
        buried = self._find(record_type, uid)
        if buried is not None:
            if buried.deleted_at is None:
                raise Bug("BUG", reason=f"record {uid} is there already")
            return self._revive(record_type, buried, values, geometry, lineage)
        record = self._stamped(
            record_type,
            Record(
                uid=uid,
                type_id=record_type.id,
                values=self._complete(record_type, values),
                geometry=_present(geometry),
                lineage=lineage or Lineage(),
                revision=1,
                created_at=self._group.at,
                created_by=self._group.actor.name,
            ),
        )
        row = {**content_row(record_type, record, self.workspace.srid), **_status_row(record)}
        row |= {"uid": uid, "created_at": record.created_at, "created_by": record.created_by}
        self.connection.execute(insert(record_table(record_type)).values(row))
        self._note(record_type, record, "insert", None, record_content(record))
        return record

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
        state = State.ACCEPTED if self.is_pull else State.DRAFT
        arrived = bulk.Arrival(record_type, list(uids), values, geometries, lineages, state)
        bulk.insert_records(self._bulk(), arrived, progress)
        self._touched.update((record_type.id, uid) for uid in arrived.uids)
        return len(arrived.uids)

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

        Content that does not differ is no change: nothing is written. A change puts the record back to draft.
        Raise ``UserError`` STORE-STALE, STORE-NO-RECORD or STORE-GEOMETRY-KIND.
        """
        old = self._expect(record_type, uid, expected)
        new = replace(
            old,
            values={**old.values, **normalise_values(record_type, values or {})},
            geometry=old.geometry if isinstance(geometry, Keep) else _present(geometry),
            lineage=lineage or old.lineage,
        )
        before, after = _difference(record_content(old), record_content(new))
        if not after:
            return old
        new = self._stamped(record_type, replace(new, revision=old.revision + 1))
        row = content_row(record_type, new, self.workspace.srid)
        if GEOMETRY not in after:
            row.pop("geom", None)
        self._write(record_type, new, row)
        self._note(record_type, new, "update", before, after)
        return new

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
        """Delete records; raise ``UserError`` STORE-STALE or STORE-NO-RECORD when one is not as expected."""
        bulk.delete_records(self._bulk(), record_type, uids, expected, progress)
        self._touched.update((record_type.id, uid) for uid in uids)

    def restore_many(self, record_type: RecordType, uids: Sequence[str], *, progress: Progress = SILENT) -> None:
        """Bring deleted records back with the content they had; raise STORE-NO-RECORD for one that is not deleted."""
        bulk.restore_records(self._bulk(), record_type, uids, progress)
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
        moved = bulk.set_states(self._bulk(), record_type, uids, state, expected)
        self._touched.update((record_type.id, uid) for uid in moved)
        return moved

    def set_base(self, record_type: RecordType, uid: str, *, revision: int, content: Content | None) -> None:
        """Note what the province now has of a record: its revision and content, ``None`` once it is deleted there."""
        outbox_rows.set_base(self.connection, record_type.id, uid, revision, content)
        self._touched.add((record_type.id, uid))

    def set_pull_state(self, epoch: str, cursor: int) -> None:
        """Note how far the province's changes have been taken over, in the same transaction as the changes."""
        outbox_rows.set_pull_state(self.connection, epoch, cursor, self._group.at)

    def park_conflict(self, record_type: RecordType, uid: str, *, revision: int, theirs: Content | None) -> None:
        """Keep the province's version of a record beside ours until a person has decided."""
        outbox_rows.park_conflict(self.connection, record_type.id, uid, revision, theirs, self._group.at)
        self._touched.add((record_type.id, uid))

    def settle_conflict(self, record_type: RecordType, uid: str) -> None:
        """Forget a parked conflict that a person has decided."""
        outbox_rows.settle_conflict(self.connection, uid)
        self._touched.add((record_type.id, uid))

    def _bulk(self) -> bulk.Writing:
        return bulk.Writing(
            connection=self.connection,
            journal=self._journal,
            srid=self.workspace.srid,
            numbers=self.workspace.type_numbers,
            at=self._group.at,
            actor=self._group.actor.name,
            is_pull=self.is_pull,
        )

    def _find(self, record_type: RecordType, uid: str) -> Record | None:
        table = record_table(record_type)
        row = self.connection.execute(select(table).where(table.c.uid == uid)).mappings().first()
        return None if row is None else record_of(record_type, {**row})

    def _expect(self, record_type: RecordType, uid: str, expected: int) -> Record:
        found = self._find(record_type, uid)
        if found is None or found.deleted_at is not None:
            raise UserError("STORE-NO-RECORD", type=record_type.title, uid=uid)
        if found.revision != expected:
            raise UserError("STORE-STALE", type=record_type.title, uid=uid, found=found.revision, expected=expected)
        return found

    def _revive(
        self,
        record_type: RecordType,
        buried: Record,
        values: Mapping[str, Any],
        geometry: BaseGeometry | None,
        lineage: Lineage | None,
    ) -> Record:
        record = self._stamped(
            record_type,
            replace(
                buried,
                values=self._complete(record_type, values),
                geometry=_present(geometry),
                lineage=lineage or Lineage(),
                revision=buried.revision + 1,
                deleted_at=None,
            ),
        )
        self._write(record_type, record, content_row(record_type, record, self.workspace.srid))
        self._note(record_type, record, "restore", None, record_content(record))
        return record

    def _complete(self, record_type: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
        return {**dict.fromkeys(field.key for field in record_type.fields), **normalise_values(record_type, values)}

    def _stamped(self, record_type: RecordType, record: Record) -> Record:
        """Return ``record`` as a write of content leaves it; refuse a geometry that the type does not store."""
        geometries = np.empty(1, dtype=object)
        geometries[0] = record.geometry
        check_geometries(record_type, geometries)
        waits = not self.is_pull or outbox_rows.is_waiting(self.connection, record.uid)
        return replace(
            record,
            state=State.DRAFT if waits else State.ACCEPTED,
            updated_at=self._group.at,
            updated_by=self._group.actor.name,
        )

    def _write(self, record_type: RecordType, record: Record, row: dict[str, Any]) -> None:
        table = record_table(record_type)
        row = {**row, **_status_row(record), "deleted_at": record.deleted_at}
        self.connection.execute(update(table).where(table.c.uid == record.uid).values(row))

    def _note(
        self, record_type: RecordType, record: Record, operation: Any, before: Content | None, after: Content | None
    ) -> None:
        """Write what goes with a record's row: journal, outbox, search."""
        crash_point("row")
        write = json_text if operation == "update" else whole_content
        texts = [None if content is None else write(content) for content in (before, after)]
        self._journal.write([Entry(record_type.id, record.uid, operation, texts[0], texts[1], record.revision)])
        crash_point("journal")
        if not self.is_pull:
            outbox_rows.put(self.connection, record_type.id, [(record.uid, record.revision)], self._group.at)
        crash_point("outbox")
        self._index(record_type, record)
        self._touched.add((record_type.id, record.uid))

    def _index(self, record_type: RecordType, record: Record) -> None:
        table = record_table(record_type)
        fid = self.connection.execute(select(table.c.fid).where(table.c.uid == record.uid)).scalar_one()
        number = self.workspace.type_numbers[record_type.id]
        search.forget_records(self.connection, number, [fid])
        search.index_records(
            self.connection, record_type, number, [fid], {key: [value] for key, value in record.values.items()}
        )

    def finish(self) -> None:
        """Close the journal's chain; the last thing before the commit."""
        self._journal.finish()


def _present(geometry: BaseGeometry | None) -> BaseGeometry | None:
    return None if geometry is None or geometry.is_empty else geometry


def _status_row(record: Record) -> dict[str, Any]:
    return {
        "state": str(record.state),
        "revision": record.revision,
        "updated_at": record.updated_at,
        "updated_by": record.updated_by,
    }


def _difference(old: Content, new: Content) -> tuple[Content, Content]:
    """Return the keys that differ with what was and what is."""
    keys = [key for key in new if json_text(old.get(key)) != json_text(new[key])]
    return {key: old.get(key) for key in keys}, {key: new[key] for key in keys}


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
