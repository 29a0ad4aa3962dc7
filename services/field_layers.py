"""Records as the layers of a field GeoPackage, and the cells of such a layer as values again, nothing lost between."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.canonical import canonical_json, sha256_hex
from core.clock import VIETNAM, parse_timestamp
from exchange.qgis_form import CAPTURE, FIELD_UID, REVISION, STATE, UID
from exchange.writing import OutLayer, OutType
from exchange.xlsform_questions import photo_names
from forms.model import AnyField, GeometryKind, RecordType
from forms.record import Record
from geodesy.systems import CoordinateSystem

FACTS, SENT = "diaba_export", "diaba_records"
"""The tables that say whose data this is, and what was sent."""

GDAL_KINDS: Mapping[GeometryKind, str] = {
    "point": "Point",
    "line": "LineString",
    "multi_line": "MultiLineString",
    "multi_polygon": "MultiPolygon",
}
_SUFFIXES: Mapping[GeometryKind, str] = {
    "point": "point",
    "line": "line",
    "multi_line": "line",
    "multi_polygon": "polygon",
}
_CODES = {"point": 0, "line": 1, "multi_line": 5, "multi_polygon": 6}
_TYPES: Mapping[str, OutType] = {"integer": "integer", "number": "number", "boolean": "boolean", "date": "date"}
_SEVERAL = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}\s][^,{}]*)')


def layers_of(record_type: RecordType) -> dict[str, GeometryKind | None]:
    """Return the type's layers, each with its kind of geometry: named as the type, and as the kind when it has two."""
    if len(record_type.geometry) < 2:
        return {record_type.id: record_type.geometry[0] if record_type.geometry else None}
    return {f"{record_type.id}_{_SUFFIXES[kind]}": kind for kind in record_type.geometry}


def split_records(record_type: RecordType, records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the records by layer; one without geometry goes into the first."""
    layers = layers_of(record_type)
    first = next(iter(layers))
    found: dict[str, list[Record]] = {name: [] for name in layers}
    by_code = {_CODES[kind]: name for name, kind in layers.items() if kind is not None}
    for record in records:
        code = -1 if record.geometry is None else shapely.get_type_id(record.geometry)
        found[by_code.get(int(code), first)].append(record)
    return found


def build_layer(
    record_type: RecordType, name: str, kind: GeometryKind | None, records: Sequence[Record], system: CoordinateSystem
) -> OutLayer:
    """Return one layer with every column the field needs, those of the system hidden by the project beside it."""
    rows = [cells_of(record_type, record) for record in records]
    names = list(types := _types(record_type))
    columns: dict[str, list[Any]] = {key: [row.get(key) for row in rows] for key in names}
    columns[UID] = [record.uid for record in records]
    columns[REVISION] = [record.revision for record in records]
    columns[STATE] = [str(record.state) for record in records]
    shapes = None
    if kind is not None:
        shapes = np.full(len(records), None, dtype=object)
        shapes[:] = [record.geometry for record in records]
    return OutLayer(name, columns, shapes, system, types, GDAL_KINDS[kind] if kind else None)


def _types(record_type: RecordType) -> dict[str, OutType]:
    """Return the type of every column, in the order of the layer."""
    found: dict[str, OutType] = {UID: "text", REVISION: "integer", STATE: "text", FIELD_UID: "text"}
    found |= {target.key: _TYPES.get(target.type, "text") for target in record_type.fields}
    found |= dict.fromkeys(photo_names(record_type), "text")
    return {**found, CAPTURE: "text"} if record_type.geometry else found


def cells_of(record_type: RecordType, record: Record) -> dict[str, Any]:
    """Return a record's content as the cells of its layer."""
    cells = {target.key: to_cell(target, record.values.get(target.key)) for target in record_type.fields}
    return {**cells, CAPTURE: record.lineage.capture_method} if record_type.geometry else cells


def to_cell(target: AnyField, value: Any) -> Any:
    """Return a value as one cell: several codes as QGIS keeps them, moments as Vietnam's clock shows them."""
    if value is None:
        return None
    if target.type == "choices":
        return "{" + ",".join(f'"{code}"' for code in value) + "}"
    if target.type == "moment":
        moment = parse_timestamp(value).astimezone(VIETNAM).replace(tzinfo=None)
        return moment.isoformat(timespec="milliseconds")
    return canonical_json(value).decode("utf-8") if target.type == "files" else value


def from_cell(target: AnyField, cell: Any) -> Any:
    """Return a cell as an import reads it."""
    if target.type == "choices" and isinstance(cell, str) and cell.startswith("{"):
        return ";".join(quoted or plain.strip() for quoted, plain in _SEVERAL.findall(cell)) or None
    return cell


def content_of(cells: Mapping[str, Any], geometry: BaseGeometry | None) -> str:
    """Return a digest of what a row says; the same before and after a journey on which nobody touched it."""
    plain = {key: _plain(cell) for key, cell in cells.items()}
    shape = None if geometry is None else shapely.to_wkb(geometry, hex=True, output_dimension=2, byte_order=1)
    return sha256_hex(canonical_json({"cells": plain, "geometry": shape}))


def _plain(cell: Any) -> Any:
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell.isoformat() if isinstance(cell, datetime) else cell
