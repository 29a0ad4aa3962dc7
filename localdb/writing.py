"""Writes one record's row, and with it what always goes together: journal, outbox and search."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, insert, select, update

from core.errors import UserError
from forms.content import GEOMETRY, Content, record_content
from forms.model import RecordType
from forms.record import Record, State
from localdb import outbox_rows, search
from localdb.columns import check_geometries, content_row, normalise_values, record_of
from localdb.content_text import whole_content
from localdb.crash_points import crash_point
from localdb.journal import JournalWriter, json_text
from localdb.journal_chain import Entry, Operation
from localdb.record_errors import stale_record
from localdb.record_tables import GEOMETRY_COLUMN, record_table


@dataclass(frozen=True, slots=True)
class Writing:
    """What a unit of work writes with. ``is_pull`` when the content comes from the province: it waits for nobody."""

    connection: Connection
    journal: JournalWriter
    srid: int
    numbers: Mapping[str, int]
    at: str
    actor: str
    is_pull: bool
    device_id: str

    def state_after_write(self, uid: str) -> State:
        """Return the state in which a write of content leaves a record."""
        waits = not self.is_pull or outbox_rows.is_waiting(self.connection, uid)
        return State.DRAFT if waits else State.ACCEPTED


def find_record(writing: Writing, record_type: RecordType, uid: str) -> Record | None:
    """Return a record, a deleted one too, ``None`` when there never was one."""
    table = record_table(record_type)
    row = writing.connection.execute(select(table).where(table.c.uid == uid)).mappings().first()
    return None if row is None else record_of(record_type, {**row})


def expect_record(writing: Writing, record_type: RecordType, uid: str, expected: int) -> Record:
    """Return a record that is at revision ``expected``; raise STORE-NO-RECORD or STORE-STALE."""
    found = find_record(writing, record_type, uid)
    if found is None or found.deleted_at is not None:
        raise UserError("STORE-NO-RECORD", type=record_type.title, uid=uid)
    if found.revision != expected:
        raise stale_record(writing.connection, record_type, uid, found=found.revision, expected=expected)
    return found


def stored_values(writing: Writing, record_type: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they are stored; what only the province's newer catalogue knows stays in the base alone."""
    if writing.is_pull:
        known = {field.key for field in record_type.fields}
        values = {key: value for key, value in values.items() if key in known}
    return normalise_values(record_type, values)


def insert_record(writing: Writing, record_type: RecordType, record: Record) -> Record:
    """Store a new record and return it as stored."""
    record = _stamped(writing, record_type, replace(record, created_at=writing.at, created_by=writing.actor))
    row = {**content_row(record_type, record, writing.srid), **_status_row(record)}
    row |= {"uid": record.uid, "created_at": record.created_at, "created_by": record.created_by}
    writing.connection.execute(insert(record_table(record_type)).values(row))
    _note(writing, record_type, record, "insert", None, record_content(record))
    return record


def revive_record(writing: Writing, record_type: RecordType, record: Record) -> Record:
    """Store a record in the row of a deleted one and return it as stored."""
    record = _stamped(writing, record_type, replace(record, revision=record.revision + 1, deleted_at=None))
    _update_row(writing, record_type, record, content_row(record_type, record, writing.srid))
    _note(writing, record_type, record, "restore", None, record_content(record))
    return record


def update_record(writing: Writing, record_type: RecordType, old: Record, new: Record) -> Record | None:
    """Store what differs and return the record as stored, ``None`` when nothing does."""
    before, after = _difference(record_content(old), record_content(new))
    if not after:
        return None
    new = _stamped(writing, record_type, replace(new, revision=old.revision + 1))
    row = content_row(record_type, new, writing.srid)
    if GEOMETRY not in after:
        row.pop(GEOMETRY_COLUMN, None)
    _update_row(writing, record_type, new, row)
    _note(writing, record_type, new, "update", before, after)
    return new


def _stamped(writing: Writing, record_type: RecordType, record: Record) -> Record:
    """Return ``record`` as a write of content leaves it; refuse a geometry that the type does not store."""
    geometry = _present(record.geometry)
    geometries = np.empty(1, dtype=object)
    geometries[0] = geometry
    check_geometries(record_type, geometries)
    state = writing.state_after_write(record.uid)
    return replace(record, geometry=geometry, state=state, updated_at=writing.at, updated_by=writing.actor)


def _present(geometry: BaseGeometry | None) -> BaseGeometry | None:
    return None if geometry is None or geometry.is_empty else geometry


def _status_row(record: Record) -> dict[str, Any]:
    return {
        "state": str(record.state),
        "revision": record.revision,
        "updated_at": record.updated_at,
        "updated_by": record.updated_by,
        "deleted_at": record.deleted_at,
    }


def _update_row(writing: Writing, record_type: RecordType, record: Record, row: dict[str, Any]) -> None:
    table = record_table(record_type)
    writing.connection.execute(update(table).where(table.c.uid == record.uid).values({**row, **_status_row(record)}))


def _difference(old: Content, new: Content) -> tuple[Content, Content]:
    """Return the keys that differ with what was and what is."""
    keys = [key for key in new if json_text(old.get(key)) != json_text(new[key])]
    return {key: old.get(key) for key in keys}, {key: new[key] for key in keys}


def _note(
    writing: Writing,
    record_type: RecordType,
    record: Record,
    operation: Operation,
    before: Content | None,
    after: Content | None,
) -> None:
    """Write what goes with a record's row."""
    crash_point("row")
    write = json_text if operation == "update" else whole_content
    texts = [None if content is None else write(content).encode() for content in (before, after)]
    writing.journal.write([Entry(record_type.id, record.uid, operation, texts[0], texts[1], record.revision)])
    crash_point("journal")
    if not writing.is_pull:
        outbox_rows.put(writing.connection, record_type.id, [(record.uid, record.revision)], writing.at)
    crash_point("outbox")
    _index_text(writing, record_type, record)


def _index_text(writing: Writing, record_type: RecordType, record: Record) -> None:
    table = record_table(record_type)
    fid = writing.connection.execute(select(table.c.fid).where(table.c.uid == record.uid)).scalar_one()
    number = writing.numbers[record_type.id]
    search.forget_records(writing.connection, number, [fid])
    columns = {key: [value] for key, value in record.values.items()}
    search.index_records(writing.connection, record_type, number, [fid], columns)
