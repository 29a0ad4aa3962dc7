"""Coordinates of all records of a type for the map, read and taken apart in large pieces."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.ahead import read_ahead
from core.memory import without_collection
from forms.model import RecordType
from geodesy.arrays import GeometryArrays, Kind, build_arrays, join_arrays
from localdb.engine import fetch_rows
from localdb.flat_blobs import flatten
from localdb.geometry_columns import quote_name
from localdb.record_tables import GEOMETRY_COLUMN
from localdb.records import geometries_of

_PIECE_BYTES = 1 << 20  # what stays in the processor's cache while it is taken apart
_FIRST_RECORDS, _MOST_RECORDS, _GROWTH = 64, 4096, 8
_TOO_BIG = 18  # SQLite's code for a text of more than a thousand million bytes
_BETWEEN = "\x1f"  # between the values of a column; no code holds it


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some records' keys, their blobs end to end, the length of each, and the numbers of their categories."""

    ids: npt.NDArray[np.int64]
    blobs: bytes
    lengths: npt.NDArray[np.int64]
    category: npt.NDArray[np.int32]


@without_collection()
def fetch_arrays(
    connection: Connection, record_type: RecordType, *, category: tuple[str, Mapping[Any, int]] | None = None
) -> dict[Kind, GeometryArrays]:
    """Return the geometry of one type for drawing, by kind; ``ids`` are the rows' ``fid``, in ascending order.

    ``category`` names a column and the number of each of its values; others get 0. Raise ``EnvironmentFault``
    STORE-DAMAGED when a geometry cannot be read.
    """
    if not record_type.geometry:
        return {}
    found: dict[Kind, list[GeometryArrays]] = {}
    for piece in read_ahead(_fetch_pieces(connection, record_type, category)):  # SQLite lets go of Python's lock
        arrays = flatten(piece.blobs, piece.lengths, piece.ids, piece.category)
        for kind, part in (_build(record_type, piece) if arrays is None else arrays).items():
            found.setdefault(kind, []).append(part)
    return {kind: join_arrays(found.pop(kind)) for kind in ("point", "line", "polygon") if kind in found}


def _build(record_type: RecordType, piece: _Piece) -> dict[Kind, GeometryArrays]:
    """Take a piece apart record by record: the way for geometries that are not plain."""
    ends = np.cumsum(piece.lengths).tolist()
    raw = [piece.blobs[begin:end] for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
    return build_arrays(piece.ids, geometries_of(record_type, raw), piece.category)


def _fetch_pieces(
    connection: Connection, record_type: RecordType, category: tuple[str, Mapping[Any, int]] | None
) -> Iterator[_Piece]:
    """Read some thousand records a time, each column as one value: a row a record costs three times as much."""
    numbers = {} if category is None else {_as_text(value): number for value, number in category[1].items()}
    sql = _sql(record_type, None if category is None else category[0])
    after, count = -(2**63), _FIRST_RECORDS
    while True:
        try:
            last, ids, lengths, data, values = fetch_rows(connection, sql, (after, count))[0]
        except DBAPIError as error:
            if count == 1 or getattr(error.orig, "sqlite_errorcode", None) != _TOO_BIG:
                raise
            count = 1
            continue
        if last is None:
            return
        keys = np.fromstring(ids, np.int64, sep=",")
        yield _Piece(keys, data, np.fromstring(lengths, np.int64, sep=","), _numbers_of(values, numbers, len(keys)))
        if len(keys) < count:
            return
        after = last
        count = max(1, min(_MOST_RECORDS, count * _GROWTH, len(keys) * _PIECE_BYTES // max(len(data), 1)))


def _numbers_of(values: str, numbers: Mapping[str, int], count: int) -> npt.NDArray[np.int32]:
    if not numbers:
        return np.zeros(count, np.int32)
    each = values.split(_BETWEEN)
    known = {value: numbers.get(value, 0) for value in set(each)}
    return np.array(list(map(known.__getitem__, each)), np.int32)


def _sql(record_type: RecordType, field: str | None) -> str:
    """Return the statement for the records behind a key, as many as asked for."""
    geometry = quote_name(GEOMETRY_COLUMN)
    value = "''" if field is None else f"replace(ifnull({quote_name(field)}, ''), '{_BETWEEN}', '')"
    return (
        f"SELECT max(fid), group_concat(fid), group_concat(length(geometry)), "  # noqa: S608 (quoted names)
        f"CAST(group_concat(geometry, '') AS BLOB), group_concat(value, '{_BETWEEN}') "
        f"FROM (SELECT fid, {geometry} AS geometry, {value} AS value FROM {quote_name(record_type.id)} "
        f"WHERE fid > ? AND deleted_at IS NULL AND {geometry} IS NOT NULL ORDER BY fid LIMIT ?)"
    )


def _as_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
