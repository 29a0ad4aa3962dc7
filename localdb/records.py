"""Reads records. Functions take a connection from ``reading()``; the caller owns the moment it sees."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from core.errors import EnvironmentFault
from core.memory import without_collection
from forms.catalogue import Catalogue
from forms.lineages import StoredRows
from forms.model import RecordType
from forms.record import LINEAGE_KEYS, Lineage, Record, State
from localdb import blobs
from localdb.columns import JSON_TYPES, from_column, record_of
from localdb.engine import fetch_pieces, fetch_rows
from localdb.fetched import FetchedColumn
from localdb.gathered import GatheredColumns
from localdb.geometry_columns import index_name, quote_name
from localdb.journal import json_text
from localdb.paging import Cursor, Page, count_page, fetch_page
from localdb.record_errors import unknown_record
from localdb.record_tables import GEOMETRY_COLUMN, column_names
from validation.batch import Batch

__all__ = [
    "Cursor",
    "Page",
    "count_page",
    "count_records",
    "fetch_batch",
    "fetch_columns",
    "fetch_page",
    "fetch_record",
    "fetch_records",
    "fetch_revisions",
    "fetch_signs",
    "fetch_within",
    "fid_of",
    "fids_of",
    "geometries_of",
    "group_by_type",
    "uid_of",
    "uids_in_states",
]

Bounds = tuple[float, float, float, float]
PIECE = 10_000  # rows read at a time
BULKY = frozenset({"raw_values", "raw_coordinates", "source_row"})  # columns that few rules look into


def fetch_record(connection: Connection, catalogue: Catalogue, uid: str, *, deleted: bool = False) -> Record | None:
    """Return the record ``uid`` of whatever type, ``None`` when there is none; a deleted one only when asked for."""
    for record_type in catalogue.types.values():
        found = fetch_records(connection, record_type, [uid], deleted=deleted)
        if found:
            return found[0]
    return None


def fetch_records(
    connection: Connection,
    record_type: RecordType,
    uids: Iterable[str] | None = None,
    states: Iterable[State] | None = None,
    *,
    deleted: bool = False,
) -> list[Record]:
    """Return the records of one type in the order in which they came; with ``deleted`` the deleted ones too."""
    names = column_names(record_type)
    where, parameters = _where(uids, states, deleted=deleted)
    rows = fetch_rows(connection, _select(record_type, names, where) + " ORDER BY fid", parameters)
    return [record_of(record_type, dict(zip(names, row, strict=True))) for row in rows]


def count_records(connection: Connection, catalogue: Catalogue) -> dict[str, dict[State, int]]:
    """Return how many records each type has in each state."""
    found: dict[str, dict[State, int]] = {}
    for type_id in catalogue.types:
        sql = f"SELECT state, count(*) FROM {quote_name(type_id)} WHERE deleted_at IS NULL GROUP BY state"  # noqa: S608
        found[type_id] = {State(state): count for state, count in fetch_rows(connection, sql)}
    return found


@without_collection()
def fetch_batch(
    connection: Connection, record_type: RecordType, uids: Iterable[str] | None = None, *, lean: bool = False
) -> Batch:
    """Return records of one type column by column, for rules that look at many at once.

    A ``lean`` batch leaves what came with the records in the store, and fetches it from there when somebody asks: it
    lives no longer than the transaction of ``connection``.
    """
    keys = [field.key for field in record_type.fields]
    lineage = [key for key in LINEAGE_KEYS if not (lean and key in BULKY)]
    names = ["fid", "uid", "revision", "state", *keys, *lineage]
    shapes = [GEOMETRY_COLUMN] if record_type.geometry else []
    where, parameters = _where(uids, None, deleted=False)
    sql = _select(record_type, [*names, *shapes], where) + " ORDER BY fid"
    found, geometries, fids = GatheredColumns(names[1:]), [np.empty(0, dtype=object)], [np.empty(0, dtype=np.int64)]
    for rows in fetch_pieces(connection, sql, parameters, size=PIECE):
        columns = list(zip(*rows, strict=True))
        geometries.append(geometries_of(record_type, columns.pop() if shapes else [None] * len(rows)))
        fids.append(np.array(columns[0], dtype=np.int64))
        found.add(columns[1:], len(rows))
    origins: dict[str, Sequence[Any]] = {key: found.column(key) for key in lineage}
    places = np.concatenate(fids)
    for key in LINEAGE_KEYS:
        if key not in origins:
            origins[key] = FetchedColumn(connection, record_type.id, key, places)
    states = {str(state): state for state in State}
    return Batch(
        type=record_type,
        uids=found.column("uid"),
        revisions=found.column("revision"),
        values={field.key: _values_of(field, found.column(field.key)) for field in record_type.fields},
        geometries=np.concatenate(geometries),
        lineages=StoredRows(len(found), origins),
        states=[states[state] for state in found.column("state")],
    )


def fetch_columns(connection: Connection, record_type: RecordType, keys: Sequence[str]) -> tuple[list[int], Batch]:
    """Return the local numbers of all records of a type, and the records with nothing but the fields ``keys``."""
    sql = _select(record_type, ["fid", "uid", *keys], "deleted_at IS NULL") + " ORDER BY fid"
    rows = fetch_rows(connection, sql)
    columns = list(zip(*rows, strict=True)) if rows else [()] * (2 + len(keys))
    fids, uids, *values = columns
    count = len(rows)
    batch = Batch(
        type=record_type,
        uids=list(uids),
        revisions=[0] * count,
        values={key: _values_of(record_type.field(key), raw) for key, raw in zip(keys, values, strict=True)},
        geometries=np.full(count, None, dtype=object),
        lineages=[Lineage()] * count,
        states=[State.DRAFT] * count,
    )
    return list(fids), batch


def fetch_shapes(connection: Connection, record_type: RecordType, *, beside: str, most: int) -> npt.NDArray[np.object_]:
    """Return up to ``most`` geometries of a type, spread over its records, without those that came from the file
    ``beside``.
    """
    where = f"deleted_at IS NULL AND {GEOMETRY_COLUMN} IS NOT NULL AND source_file IS NOT ?"
    [(count,)] = fetch_rows(connection, f"SELECT count(*) FROM {quote_name(record_type.id)} WHERE {where}", (beside,))  # noqa: S608
    step = max(1, -(-int(count) // max(1, most)))
    sql = _select(record_type, [GEOMETRY_COLUMN], f"{where} AND fid % ? = 0")
    return geometries_of(record_type, [row[0] for row in fetch_rows(connection, sql, (beside, step))])


def fetch_within(connection: Connection, record_type: RecordType, bounds: Bounds) -> list[str]:
    """Return the uids of records whose box touches ``bounds`` (xmin, ymin, xmax, ymax), by the R*Tree."""
    if not record_type.geometry:
        return []
    index = quote_name(index_name(record_type.id, GEOMETRY_COLUMN))
    xmin, ymin, xmax, ymax = bounds
    sql = (
        f"SELECT r.uid FROM {index} i JOIN {quote_name(record_type.id)} r ON r.fid = i.pkid "  # noqa: S608 (quoted)
        "WHERE i.xmax >= ? AND i.xmin <= ? AND i.ymax >= ? AND i.ymin <= ? AND r.deleted_at IS NULL ORDER BY r.fid"
    )
    return [row[0] for row in fetch_rows(connection, sql, (xmin, xmax, ymin, ymax))]


def uids_in_states(connection: Connection, record_type: RecordType, states: Iterable[State]) -> list[str]:
    """Return the uids of records in one of ``states``, in the order in which they came."""
    where, parameters = _where(None, states, deleted=False)
    return [
        row[0] for row in fetch_rows(connection, _select(record_type, ["uid"], where) + " ORDER BY fid", parameters)
    ]


def fetch_revisions(connection: Connection, record_type: RecordType, uids: Iterable[str]) -> dict[str, int]:
    """Return the revisions of records, deleted ones left out."""
    where, parameters = _where(uids, None, deleted=False)
    return dict(fetch_rows(connection, _select(record_type, ["uid", "revision"], where), parameters))


def fetch_signs(connection: Connection, record_type: RecordType, key: str) -> list[tuple[str, Any, bool]]:
    """Return uid, value of the column ``key`` and whether it is deleted, for every record whose column is filled."""
    sql = _select(record_type, ["uid", key], f"{quote_name(key)} IS NOT NULL").replace(
        " FROM", ", deleted_at IS NOT NULL FROM", 1
    )
    return [(uid, value, bool(gone)) for uid, value, gone in fetch_rows(connection, f"{sql} ORDER BY fid")]


def fetch_values(
    connection: Connection, record_type: RecordType, keys: Iterable[str], uids: Iterable[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield uid and some raw values of records, those that the type has no field for left out."""
    own = {field.key for field in record_type.fields}
    names = ["uid", *dict.fromkeys(key for key in keys if key in own)]
    where, parameters = _where(uids, None, deleted=False)
    for row in fetch_rows(connection, _select(record_type, names, where), parameters):
        yield row[0], dict(zip(names[1:], row[1:], strict=True))


def group_by_type(
    connection: Connection, catalogue: Catalogue, uids: Iterable[str]
) -> list[tuple[RecordType, list[str]]]:
    """Return records by type, in the order given; raise ``UserError`` RECORD-UNKNOWN for one that is not there."""
    left = list(dict.fromkeys(uids))
    found: dict[str, list[str]] = {}
    for type_id, record_type in catalogue.types.items():
        if not left:
            break
        here = fetch_revisions(connection, record_type, left)
        if here:
            found[type_id] = [uid for uid in left if uid in here]
            left = [uid for uid in left if uid not in here]
    if left:
        raise unknown_record(connection, catalogue, left[0])
    return [(catalogue.type(type_id), chosen) for type_id, chosen in found.items()]


def count_all(connection: Connection, record_type: RecordType) -> int:
    """Return how many records a type has."""
    sql = f"SELECT count(*) FROM {quote_name(record_type.id)} WHERE deleted_at IS NULL"  # noqa: S608 (quoted name)
    return int(fetch_rows(connection, sql)[0][0])


def count_by_value(connection: Connection, record_type: RecordType, key: str) -> dict[str | None, int]:
    """Return how many records have each value of a field, ``None`` for those in which it is empty."""
    sql = f"SELECT {quote_name(key)}, count(*) FROM {quote_name(record_type.id)} WHERE deleted_at IS NULL GROUP BY 1"  # noqa: S608
    return dict(fetch_rows(connection, sql))


def count_by_source(connection: Connection, record_type: RecordType) -> dict[str | None, int]:
    """Return how many records each file has brought, ``None`` for those that came from none."""
    sql = f"SELECT source_file, count(*) FROM {quote_name(record_type.id)} WHERE deleted_at IS NULL GROUP BY 1"  # noqa: S608
    return dict(fetch_rows(connection, sql))


def fetch_without(
    connection: Connection, record_type: RecordType, key: str, beside: str, uids: Iterable[str] | None = None
) -> list[tuple[str, Any]]:
    """Return uid and the field ``beside`` of the records whose field ``key`` is empty, in the order they came."""
    where, parameters = _where(uids, None, deleted=False)
    known = {field.key for field in record_type.fields}
    names = ["uid", beside] if beside in known else ["uid", "uid"]
    sql = _select(record_type, names, f"{where} AND {quote_name(key)} IS NULL") + " ORDER BY fid"
    return [(uid, value) for uid, value in fetch_rows(connection, sql, parameters)]


def fid_of(connection: Connection, record_type: RecordType, uid: str) -> int | None:
    """Return the local number of a record, ``None`` when there is none of that uid."""
    rows = fetch_rows(connection, _select(record_type, ["fid"], "uid = ?"), (uid,))
    return rows[0][0] if rows else None


def fids_of(connection: Connection, record_type: RecordType, uids: Iterable[str]) -> dict[str, int]:
    """Return the local numbers of records by uid; those that are not there are left out."""
    where, parameters = _where(uids, None, deleted=False)
    return dict(fetch_rows(connection, _select(record_type, ["uid", "fid"], where), parameters))


def uid_of(connection: Connection, record_type: RecordType, fids: Iterable[int]) -> list[str]:
    """Return the uids of local numbers, in their order; numbers that are not there are left out."""
    wanted = [int(fid) for fid in fids]
    sql = _select(record_type, ["fid", "uid"], "fid IN (SELECT value FROM json_each(?))")
    found = dict(fetch_rows(connection, sql, (json_text(wanted),)))
    return [found[fid] for fid in wanted if fid in found]


def _select(record_type: RecordType, names: Iterable[str], where: str) -> str:
    columns = ", ".join(map(quote_name, names))
    return f"SELECT {columns} FROM {quote_name(record_type.id)} WHERE {where}"  # noqa: S608 (quoted names)


def _where(uids: Iterable[str] | None, states: Iterable[State] | None, *, deleted: bool) -> tuple[str, list[str]]:
    where, parameters = ["1" if deleted else "deleted_at IS NULL"], []
    for column, wanted in (("uid", uids), ("state", states)):
        if wanted is not None:
            where.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608 (two constants)
            parameters.append(json_text([str(item) for item in wanted]))
    return " AND ".join(where), parameters


def _values_of(field: Any, raw: Sequence[Any]) -> list[Any]:
    if field.type == "boolean" or field.type in JSON_TYPES:
        return [from_column(field, value) for value in raw]
    return raw if isinstance(raw, list) else list(raw)


def geometries_of(record_type: RecordType, raw: Sequence[bytes | None]) -> blobs.Geometries:
    """Return the geometries of a column; raise ``EnvironmentFault`` STORE-DAMAGED when one cannot be read."""
    try:
        return blobs.decode_many(raw)
    except ValueError as error:
        raise EnvironmentFault("STORE-DAMAGED", file=f"{record_type.id}.{GEOMETRY_COLUMN}", what=str(error)) from error
