"""How a record lies in the columns of its table: values, lineage and geometry, there and back."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import EnvironmentFault, UserError
from core.text import fold_text, fold_texts
from forms.files import plain_links
from forms.lineages import SourceRows, stored_lineage
from forms.model import AnyField, RecordType
from forms.record import LINEAGE_KEYS, Lineage, Record, State
from localdb import blobs
from localdb.json_columns import json_text, object_texts
from localdb.record_tables import GEOMETRY_CLASSES, GEOMETRY_COLUMN, STATE_COLUMNS, TITLE_SORT

RAW_VALUES = "raw_values"
DERIVED_FROM = "derived_from"
READING = "reading"
JSON_TYPES = frozenset({"choices", "files"})  # whose columns hold canonical JSON

_lineage_facts = attrgetter(*LINEAGE_KEYS)
_DIGITS = re.compile(r"\d+")
_CLASS_IDS = {"POINT": 0, "LINESTRING": 1, "MULTILINESTRING": 5, "MULTIPOLYGON": 6}


def normalise_values(record_type: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` in the Python types that reading them back gives; raise ``KeyError`` on an unknown field."""
    found = {}
    for key, value in values.items():
        normalise = _NORMALISERS.get(record_type.field(key).type)
        found[key] = normalise(value) if normalise is not None and value is not None else value
    return found


def normalise_column(field: AnyField, values: Sequence[Any]) -> list[Any]:
    """Return one field's values of many records in the Python types that reading them back gives."""
    normalise = _NORMALISERS.get(field.type)
    if normalise is None:
        return list(values)
    return [None if value is None else normalise(value) for value in values]


_NORMALISERS: dict[str, Callable[[Any], Any]] = {
    "number": float,
    "integer": int,
    "boolean": bool,
    "choices": list,
    "files": plain_links,
}


def to_column(field: AnyField, value: Any) -> Any:
    """Return a normalised value as its column holds it."""
    return json_text(value) if field.type in JSON_TYPES and value is not None else value


def from_column(field: AnyField, raw: Any) -> Any:
    """Return the value that a column holds."""
    if raw is None:
        return None
    if field.type == "boolean":
        return bool(raw)
    return json.loads(raw) if field.type in JSON_TYPES else raw


def column_values(field: AnyField, cells: list[Any]) -> list[Any]:
    """Return the values that one column holds in many rows."""
    stands_as_it_is = field.type not in JSON_TYPES and field.type != "boolean"
    return cells if stands_as_it_is else [from_column(field, raw) for raw in cells]


def lineage_values(lineage: Lineage) -> tuple[Any, ...]:
    """Return the lineage as its columns hold it, in the order of ``LINEAGE_KEYS``."""
    *facts, raw, derived, derivation, reading = _lineage_facts(lineage)
    return (
        *facts,
        json_text(dict(raw)) if raw else None,
        json_text(list(derived)) if derived else None,
        derivation,
        json_text(dict(reading)) if reading else None,
    )


def lineage_columns(lineages: Sequence[Lineage]) -> dict[str, Sequence[Any]]:
    """Return the lineages of many records as their columns hold them, without the columns that are empty."""
    columns: dict[str, Sequence[Any]]
    if isinstance(lineages, SourceRows):
        texts = object_texts(lineages.cells, len(lineages))
        columns = {**lineages.facts, RAW_VALUES: [None if text == "{}" else text for text in texts]}
        if lineages.reading:
            columns[READING] = [json_text(dict(lineages.reading))] * len(lineages)
    else:
        columns = dict(zip(LINEAGE_KEYS, zip(*map(lineage_values, lineages), strict=True), strict=False))
    return {key: column for key, column in columns.items() if len(column) != column.count(None)}


def lineage_of(row: Sequence[Any]) -> Lineage:
    """Return the lineage of its columns in the order of ``LINEAGE_KEYS``."""
    return stored_lineage(row)


def content_row(record_type: RecordType, record: Record, srid: int) -> dict[str, Any]:
    """Return the columns that hold a record's content: values, lineage, geometry and what is derived for sorting."""
    found = {field.key: to_column(field, record.values.get(field.key)) for field in record_type.fields}
    found.update(zip(LINEAGE_KEYS, lineage_values(record.lineage), strict=True))
    found[TITLE_SORT] = title_sort(record.values.get(key) for key in record_type.title_fields)
    if record_type.geometry:
        found[GEOMETRY_COLUMN] = blobs.encode(record.geometry, srid)
    return found


def record_of(record_type: RecordType, row: Mapping[str, Any]) -> Record:
    """Return the record of a row; a row read without its geometry gives a record without one."""
    values = {field.key: from_column(field, row[field.key]) for field in record_type.fields}
    status = {key: row[key] for key in STATE_COLUMNS}
    status["state"] = State(status["state"])
    return Record(
        uid=row["uid"],
        type_id=record_type.id,
        values=values,
        geometry=geometry_of(record_type, row.get(GEOMETRY_COLUMN)),
        lineage=lineage_of([row[key] for key in LINEAGE_KEYS]),
        **status,
    )


def geometry_of(record_type: RecordType, blob: bytes | None) -> BaseGeometry | None:
    """Return the geometry of a column; raise STORE-DAMAGED when it holds none."""
    try:
        return blobs.decode(blob)[0]
    except ValueError as error:
        raise EnvironmentFault("STORE-DAMAGED", file=f"{record_type.id}.{GEOMETRY_COLUMN}", what=str(error)) from error


def check_geometries(record_type: RecordType, geometries: blobs.Geometries) -> None:
    """Raise ``UserError`` STORE-GEOMETRY-KIND when a geometry is of a kind that the type does not store.

    Asked before the write: the trigger that asks again ends the whole transaction.
    """
    kinds = np.where(shapely.is_empty(geometries), -1, shapely.get_type_id(geometries))
    allowed = [-1, *(_CLASS_IDS[GEOMETRY_CLASSES[kind]] for kind in record_type.geometry)]
    wrong = np.flatnonzero(~np.isin(kinds, allowed) | shapely.has_z(geometries) | shapely.has_m(geometries))
    if len(wrong):
        found = geometries[wrong[0]]
        kind = found.geom_type + (" Z" if found.has_z else "")
        raise UserError("STORE-GEOMETRY-KIND", type=record_type.title, kind=kind, row=int(wrong[0]) + 1)


def title_sort(titles: Iterable[Any]) -> str:
    """Return the text by which a record sorts: that of its first filled title field."""
    return next((sort_key(title) for title in titles if title is not None), "")


def title_sorts(titles: Sequence[Sequence[Any]], count: int) -> list[str]:
    """Return ``title_sort`` of ``count`` records, from their title fields by column."""
    return sort_keys(title_texts(titles, count))


def title_texts(titles: Sequence[Sequence[Any]], count: int) -> list[str]:
    """Return the text by which each of ``count`` records goes: that of its first filled title field."""
    if not titles:
        return [""] * count
    chosen = titles[0]
    for others in titles[1:]:
        chosen = [other if title is None else title for title, other in zip(chosen, others, strict=True)]
    return ["" if title is None else str(title) for title in chosen]


def sort_keys(texts: Sequence[str]) -> list[str]:
    """Return ``sort_key`` of each of very many texts."""
    return _DIGITS.sub(lambda found: found[0].zfill(10), "\n".join(fold_texts(texts))).split("\n") if texts else []


def sort_key(value: Any) -> str:
    """Return the text by which a text sorts: without marks, its numbers by size."""
    return " ".join(filter(None, map(_sort_word, str(value).split())))


@lru_cache(maxsize=1 << 16)
def _sort_word(word: str) -> str:
    return _DIGITS.sub(lambda found: found[0].zfill(10), fold_word(word))


def fold_word(word: str) -> str:
    """Return ``fold_text`` of one word, by the short way where there is nothing to fold."""
    return word.lower() if word.isascii() and word.isalnum() else fold_text(word)
