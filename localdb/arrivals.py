"""New records by column: what each table of the store is to hold of them, built without touching the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import Bug
from forms.model import RecordType
from forms.record import Lineage, State
from localdb import blobs, search
from localdb.columns import (
    JSON_TYPES,
    check_geometries,
    lineage_columns,
    normalise_column,
    sort_keys,
    title_texts,
    to_column,
)
from localdb.content_text import content_texts
from localdb.record_tables import GEOMETRY_COLUMN, TITLE_SORT
from localdb.statements import Rows

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """New records, column by column; all columns are equally long."""

    record_type: RecordType
    uids: list[str]
    values: Mapping[str, Sequence[Any]]
    geometries: blobs.Geometries | None
    lineages: Sequence[Lineage]
    state: State


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the unit of work says of everything that it writes."""

    srid: int
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of the records: the rows of their own table, their contents for the journal, their words for the search."""

    uids: list[str]
    records: Rows
    contents: list[bytes]
    words: search.Words


class Prepared:
    """An arrival that was found fit to be stored; its chunks may be built by another thread than the one that writes.

    Raise ``Bug`` for columns of unequal length, ``KeyError`` for an unknown field, ``UserError`` STORE-GEOMETRY-KIND.
    """

    def __init__(self, arrival: Arrival) -> None:
        total = len(arrival.uids)
        lengths = {len(arrival.lineages), *map(len, arrival.values.values())}
        if lengths != {total}:
            raise Bug("BUG", reason=f"columns of unequal length: {sorted(lengths | {total})}")
        geometries = np.full(total, None, dtype=object)
        if arrival.geometries is not None:
            filled = ~shapely.is_empty(arrival.geometries)
            geometries[filled] = arrival.geometries[filled]
        check_geometries(arrival.record_type, geometries)
        self.record_type = arrival.record_type
        self.geometries = geometries
        self.boxes = shapely.bounds(geometries)  # now: GEOS notes them in the shapes, which threads may then share
        self._arrival = arrival
        self._fields = [arrival.record_type.field(key) for key in arrival.values]

    def __len__(self) -> int:
        return len(self._arrival.uids)

    def chunk(self, start: int, stop: int, first_fid: int, stamp: Stamp) -> Chunk:
        """Return the records from ``start`` to ``stop``, of which the very first of all has the local number given."""
        record_type, chosen, count = self.record_type, slice(start, stop), stop - start
        uids, shapes = self._arrival.uids[chosen], self.geometries[chosen]
        shared, own = _split(self._columns(chosen))
        single = {key: [value] for key, value in shared.items()}
        wkb = shapely.to_wkb(shapes, byte_order=1, flavor="iso")
        contents = content_texts(record_type, {**single, **own}, hex_column(wkb), count)
        columns = {key: single[key] * count if key in single else own.get(key) for key in _read_here(record_type)}
        titles = title_texts([columns[key] or [None] * count for key in record_type.title_fields], count)
        fids = range(first_fid + start, first_fid + stop)
        rows: dict[str, Sequence[Any]] = {"fid": fids, "uid": uids, **own, TITLE_SORT: sort_keys(titles)}
        if record_type.geometry:
            rows[GEOMETRY_COLUMN] = blobs.encode_many(shapes, stamp.srid, wkb=wkb, boxes=self.boxes[chosen])
        shared = {
            "state": str(self._arrival.state),
            "revision": 1,
            **shared,
            **dict.fromkeys(("created_at", "updated_at"), stamp.at),
            **dict.fromkeys(("created_by", "updated_by"), stamp.actor),
        }
        words = search.words_of_records(record_type, columns, count)
        return Chunk(uids, Rows(record_type.id, count, rows, shared), contents, words)

    def _columns(self, chosen: slice) -> Columns:
        """Return fields and lineage of some of the records as the table's columns hold them, without the empty ones."""
        found: dict[str, Sequence[Any]] = {}
        for field in self._fields:
            values = list(self._arrival.values[field.key][chosen])
            if len(values) != values.count(None):
                column = normalise_column(field, values)
                found[field.key] = [to_column(field, value) for value in column] if field.type in JSON_TYPES else column
        lineage = lineage_columns(self._arrival.lineages[chosen])
        return found | {key: column if isinstance(column, list) else list(column) for key, column in lineage.items()}


def hex_column(wkb: npt.NDArray[Any]) -> list[bytes | None]:
    """Return hexadecimal WKB as ``forms.content`` writes it, in ASCII."""
    return [None if body is None else body.hex().upper().encode() for body in wkb.tolist()]


def _read_here(record_type: RecordType) -> list[str]:
    """Return the fields of which something is derived: the title and the words that are searched."""
    searched = (key for keys in search.searched_fields(record_type) for key in keys)
    return list(dict.fromkeys((*record_type.title_fields, *searched)))


def _split(columns: Columns) -> tuple[dict[str, Any], dict[str, Sequence[Any]]]:
    """Return the values that all records have alike, and the columns of the others."""
    alike = {key for key, column in columns.items() if column[0] is column[-1] and len(set(map(id, column))) == 1}
    return (
        {key: columns[key][0] for key in columns if key in alike},
        {key: column for key, column in columns.items() if key not in alike},
    )
