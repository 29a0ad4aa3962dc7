"""Writes very many records at once: the same rows as one by one, column by column and in large statements."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np
from sqlalchemy import Connection

from core.ahead import ahead
from core.memory import give_back_memory, without_collection
from core.progress import Progress
from forms.model import RecordType
from localdb import outbox_rows, packed_index, search
from localdb.arrivals import Arrival, Chunk, Prepared, Stamp
from localdb.crash_points import crash_point
from localdb.engine import fetch_rows
from localdb.geometry_columns import build_triggers, index_name, quote_name, touch_column
from localdb.journal_chain import Entry, Operation
from localdb.packed_index import Boxes
from localdb.record_tables import GEOMETRY_COLUMN
from localdb.statements import Rows, insert_rows
from localdb.writing import Writing

CHUNK = 5_000
_FEW = 200  # below this, dropping and making triggers costs more than running them


@without_collection()
def insert_records(writing: Writing, arrival: Arrival, progress: Progress) -> None:
    """Store new records, checking all of them before the first is written.

    While SQLite works on some of them, another thread prepares those that follow.
    """
    prepared = Prepared(arrival)
    record_type, total = prepared.record_type, len(prepared)
    name = quote_name(record_type.id)
    first = 1 + fetch_rows(writing.connection, f"SELECT coalesce(max(fid), 0) FROM {name}")[0][0]  # noqa: S608
    stamp = Stamp(writing.srid, writing.at, writing.actor)

    def build(start: int) -> tuple[Chunk, Rows]:
        chunk = prepared.chunk(start, min(start + CHUNK, total), first, stamp)
        return chunk, writing.journal.link_new(record_type.id, chunk.uids, chunk.contents)

    if total:
        writing.journal.begin()
    with without_triggers(writing.connection, record_type, total, "insert") as are_away:
        for start, (chunk, changes) in ahead(build, range(0, total, CHUNK)):
            progress.step(start, total)
            _insert_chunk(writing, record_type, first + start, chunk, changes)
        if total > CHUNK:
            give_back_memory()
        if are_away:
            index_boxes(writing.connection, record_type, range(first, first + total), prepared.boxes)
    progress.step(total, total)


def _insert_chunk(writing: Writing, record_type: RecordType, first: int, chunk: Chunk, changes: Rows) -> None:
    insert_rows(writing.connection, chunk.records)
    crash_point("row")
    insert_rows(writing.connection, changes)
    crash_point("journal")
    if not writing.is_pull:
        outbox_rows.put_new(writing.connection, record_type.id, chunk.uids, writing.at)
    crash_point("outbox")
    number = writing.numbers[record_type.id]
    search.put_words(writing.connection, number, range(first, first + len(chunk.uids)), chunk.words)


def index_texts(
    writing: Writing, record_type: RecordType, fids: Sequence[int], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Put the text of records that are not there yet into the search table; a column left out is empty."""
    empty = [None] * len(fids)
    found = {field.key: columns.get(field.key, empty) for field in record_type.fields}
    search.index_records(writing.connection, record_type, writing.numbers[record_type.id], fids, found)


def journal_many(
    writing: Writing,
    record_type: RecordType,
    operation: Operation,
    uids: Sequence[str],
    befores: Sequence[bytes | None],
    afters: Sequence[bytes | None],
    revisions: Sequence[int],
) -> None:
    """Journal one operation on many records; contents are canonical JSON in UTF-8."""
    types, operations = repeat(record_type.id, len(uids)), repeat(operation, len(uids))
    entries = zip(types, uids, operations, befores, afters, revisions, strict=True)
    writing.journal.write(list(map(Entry._make, entries)))
    crash_point("journal")


@contextmanager
def without_triggers(connection: Connection, record_type: RecordType, count: int, operation: str) -> Iterator[bool]:
    """Take the geometry triggers away for a large write that does their work itself, and put them back after it.

    Gives whether they are away: a few rows are left to them.

    All inside the transaction: a crash, a full disk or a cancel leaves them where they were.
    """
    if not record_type.geometry or count <= _FEW:
        yield False
        return
    triggers = build_triggers(record_type.id, GEOMETRY_COLUMN)
    for name in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {quote_name(name)}")
    yield True
    for sql in triggers.values():
        connection.exec_driver_sql(sql)
    touch_column(connection, record_type.id, GEOMETRY_COLUMN, "insert" if operation == "insert" else "update")


def index_boxes(connection: Connection, record_type: RecordType, fids: Sequence[int], boxes: Boxes) -> None:
    """Put the boxes ``(n, 4)`` of geometries, NaN for none, into the R*Tree, in which their records are not yet."""
    there = np.flatnonzero(np.isfinite(boxes[:, 0]))
    numbers, boxes = np.asarray(fids, dtype=np.int64)[there], boxes[there]
    index = index_name(record_type.id, GEOMETRY_COLUMN)
    if packed_index.is_empty(connection, index):
        packed_index.fill_index(connection, index, numbers, boxes)
    elif len(numbers):
        connection.exec_driver_sql(
            f"INSERT INTO {quote_name(index)}(pkid, xmin, ymin, xmax, ymax) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
            [(number, *box) for number, box in zip(numbers.tolist(), boxes.tolist(), strict=True)],
        )
