"""Writes very many records at once: the same rows as one by one, column by column and in large statements."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection

from core.errors import Bug
from core.memory import without_collection
from core.progress import Progress
from forms.model import RecordType
from forms.record import Lineage, State
from localdb import blobs, outbox_rows, packed_index, search
from localdb.columns import JSON_TYPES, check_geometries, lineage_columns, normalise_column, title_sorts, to_column
from localdb.content_text import content_texts
from localdb.crash_points import crash_point
from localdb.engine import fetch_rows
from localdb.geometry_columns import build_triggers, index_name, quote_name, touch_column
from localdb.journal import Entry, Operation
from localdb.tables import GEOMETRY_COLUMN, TITLE_SORT
from localdb.writing import Writing

CHUNK = 5_000
_FEW = 200  # below this, dropping and making triggers costs more than running them


@dataclass(frozen=True, slots=True)
class Arrival:
    """New records, column by column; all columns are equally long."""

    record_type: RecordType
    uids: list[str]
    values: Mapping[str, Sequence[Any]]
    geometries: blobs.Geometries | None
    lineages: Sequence[Lineage]
    state: State


@without_collection()
def insert_records(writing: Writing, arrival: Arrival, progress: Progress) -> None:
    """Store new records, checking all of them before the first is written."""
    record_type, total = arrival.record_type, len(arrival.uids)
    lengths = {len(arrival.lineages), *map(len, arrival.values.values())}
    if lengths != {total}:
        raise Bug("BUG", reason=f"columns of unequal length: {sorted(lengths | {total})}")
    geometries = np.full(total, None, dtype=object)
    if arrival.geometries is not None:
        filled = ~shapely.is_empty(arrival.geometries)
        geometries[filled] = arrival.geometries[filled]
    check_geometries(record_type, geometries)
    columns = _columns_of(record_type, arrival)
    fid = (
        1
        + fetch_rows(
            writing.connection,
            f"SELECT coalesce(max(fid), 0) FROM {quote_name(record_type.id)}",  # noqa: S608 (quoted name)
        )[0][0]
    )
    with without_triggers(writing.connection, record_type, total, "insert") as are_away:
        for start in range(0, total, CHUNK):
            progress.step(start, total)
            chosen = slice(start, start + CHUNK)
            fids = range(fid + start, fid + min(start + CHUNK, total))
            chunk = {key: column[chosen] for key, column in columns.items()}
            _insert_chunk(writing, arrival, fids, arrival.uids[chosen], chunk, geometries[chosen])
        if are_away:
            index_boxes(writing.connection, record_type, range(fid, fid + total), geometries)
    progress.step(total, total)


def _columns_of(record_type: RecordType, arrival: Arrival) -> dict[str, Sequence[Any]]:
    """Return fields and lineage as the table's columns hold them; raise ``KeyError`` on an unknown field."""
    found: dict[str, Sequence[Any]] = {}
    for key, values in arrival.values.items():
        field = record_type.field(key)
        if len(values) != list(values).count(None):
            column = normalise_column(field, values)
            found[key] = [to_column(field, value) for value in column] if field.type in JSON_TYPES else list(column)
    return {**found, **lineage_columns(arrival.lineages)}


def _insert_chunk(
    writing: Writing,
    arrival: Arrival,
    fids: range,
    uids: list[str],
    columns: Mapping[str, Sequence[Any]],
    geometries: blobs.Geometries,
) -> None:
    record_type, count = arrival.record_type, len(uids)
    wkb = shapely.to_wkb(geometries, byte_order=1, flavor="iso")
    texts = content_texts(record_type, columns, hex_column(wkb), count)
    titles = [columns.get(key) or [None] * count for key in record_type.title_fields]
    row = {
        "fid": fids,
        "uid": uids,
        "state": [str(arrival.state)] * count,
        "revision": [1] * count,
        **columns,
        **dict.fromkeys(("created_at", "updated_at"), [writing.at] * count),
        **dict.fromkeys(("created_by", "updated_by"), [writing.actor] * count),
        TITLE_SORT: title_sorts(titles, count),
    }
    if record_type.geometry:
        row[GEOMETRY_COLUMN] = blobs.encode_many(geometries, writing.srid, wkb=wkb)
    names = ", ".join(map(quote_name, row))
    marks = ", ".join("?" * len(row))
    writing.connection.exec_driver_sql(
        f"INSERT INTO {quote_name(record_type.id)}({names}) VALUES ({marks})",  # noqa: S608 (quoted names)
        list(zip(*row.values(), strict=True)),
    )
    crash_point("row")
    journal_many(writing, record_type, "insert", uids, [None] * count, texts, [1] * count)
    if not writing.is_pull:
        outbox_rows.put(writing.connection, record_type.id, [(uid, 1) for uid in uids], writing.at)
    crash_point("outbox")
    index_texts(writing, record_type, fids, columns)


def index_texts(
    writing: Writing, record_type: RecordType, fids: Sequence[int], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Put the text of records that are not there yet into the search table; a column left out is empty."""
    empty = [None] * len(fids)
    found = {field.key: columns.get(field.key, empty) for field in record_type.fields}
    search.index_records(writing.connection, record_type, writing.numbers[record_type.id], fids, found)


def hex_column(wkb: npt.NDArray[Any]) -> list[str | None]:
    """Return hexadecimal WKB as ``forms.content`` writes it."""
    return [None if body is None else body.hex().upper() for body in wkb.tolist()]


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


def index_boxes(
    connection: Connection, record_type: RecordType, fids: Sequence[int], geometries: blobs.Geometries
) -> None:
    """Put the boxes of geometries into the R*Tree, in which their records are not yet."""
    boxes = shapely.bounds(geometries)
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
