"""Records to files that other programs read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from core.canonical import canonical_json
from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.out_formats import FORMATS, OutChoices
from exchange.out_layer import Drawn, OutType
from exchange.writing import OutLayer, write_layers
from forms.cad_layers import cad_layer
from forms.files import file_links
from forms.model import AnyField, RecordType
from forms.record import Record
from forms.titles import record_title
from geodesy.datum import transform_geometries
from geodesy.systems import CoordinateSystem
from localdb import records
from services.desk import Desk

READ_BY_PEOPLE = frozenset({"csv", "shp", "kml", "xlsx", "tab", "mif"})  # formats whose cells are read as they stand
_TYPES: Mapping[str, OutType] = {"integer": "integer", "number": "number", "boolean": "boolean", "date": "date"}
_PLAIN = OutChoices()


@dataclass(frozen=True, slots=True)
class Exported:
    """The files written, and how many records of each type they hold."""

    files: tuple[Path, ...]
    counts: Mapping[str, int]


def export_records(
    desk: Desk,
    out: Path,
    kind: str,
    *,
    type_ids: Sequence[str] | None = None,
    system: CoordinateSystem | None = None,
    choices: OutChoices = _PLAIN,
    progress: Progress = SILENT,
) -> Exported:
    """Write the records of some types, or of all that have any, each to a layer named as its type.

    Shapes come out in ``system``, without one in the workspace's zone; GeoJSON and KML always in WGS 84 through the
    pinned operation. What has no geometry goes beside the file as CSV where the format has no such layers. Raise
    EXPORT-EMPTY, EXPORT-SYSTEM for a system that the format does not take, and what ``write_layers`` raises.
    """
    chosen = FORMATS.get(kind)
    if chosen is None:
        raise UserError("EXPORT-FORMAT", format=kind, formats=sorted(FORMATS))
    if chosen.geographic and system is not None and system.epsg != 4326:
        raise UserError("EXPORT-SYSTEM", format=chosen.title, system=system.id)
    with desk.reading() as connection:
        found = [
            (record_type, records.fetch_records(connection, record_type))
            for record_type in map(desk.catalogue.type, type_ids or desk.catalogue.types)
        ]
    filled = [(record_type, rows) for record_type, rows in found if rows]
    if not filled:
        raise UserError("EXPORT-EMPTY")
    build = _Layers(desk, kind, system or desk.system)
    layers = [layer for record_type, rows in filled for layer in build.of(record_type, rows)]
    files = _write(out.absolute(), kind, layers, choices, progress)
    return Exported(tuple(files), {record_type.id: len(rows) for record_type, rows in filled})


def _write(out: Path, kind: str, layers: Sequence[OutLayer], choices: OutChoices, progress: Progress) -> list[Path]:
    """Write the layers; what has no geometry goes as CSV beside a format that cannot hold it."""
    bare = [layer for layer in layers if layer.geometries is None] if FORMATS[kind].shapes_only else []
    placed = [layer for layer in layers if not any(layer is one for one in bare)]
    files = list(write_layers(out, kind, placed, progress, choices=choices)) if placed else []
    beside = OutChoices(decimal=choices.decimal)
    return files + (list(write_layers(out.with_suffix(".csv"), "csv", bare, progress, choices=beside)) if bare else [])


@dataclass(frozen=True, slots=True)
class _Layers:
    """Makes the layers of one file."""

    desk: Desk
    kind: str
    system: CoordinateSystem

    def of(self, record_type: RecordType, rows: Sequence[Record]) -> list[OutLayer]:
        """Return one layer, or one for each kind of geometry when the type has two; one without any is in the first."""
        shapes = np.array([row.geometry for row in rows], dtype=object)
        present = shapely.get_type_id(shapes)
        kinds = sorted(set(present.tolist()) - {-1}) if record_type.geometry else []
        if len(kinds) < 2 or self.kind == "dxf":
            return [self._layer(record_type, record_type.id, rows)]
        present[present == -1] = kinds[0]
        names = {0: "point", 1: "line", 3: "polygon", 5: "line", 6: "polygon"}
        return [
            self._layer(
                record_type,
                f"{record_type.id}_{names[code]}",
                [row for row, here in zip(rows, present.tolist(), strict=True) if here == code],
            )
            for code in kinds
        ]

    def _layer(self, record_type: RecordType, name: str, rows: Sequence[Record]) -> OutLayer:
        columns: dict[str, list[Any]] = {
            "uid": [row.uid for row in rows],
            "revision": [row.revision for row in rows],
            "state": [str(row.state) for row in rows],
        }
        for target in record_type.fields:
            columns[target.key] = [_plain(target, row.values.get(target.key), self.kind) for row in rows]
        types = {field.key: _TYPES[field.type] for field in record_type.fields if field.type in _TYPES}
        fitting = {key: kind for key, kind in types.items() if _fits(kind, columns[key])}
        shapes = None
        if record_type.geometry:
            shapes = np.array([row.geometry for row in rows], dtype=object)
            if self.system != self.desk.system:
                shapes = transform_geometries(shapes, self.desk.system, self.system)
        drawn = self._drawn(record_type, rows) if self.kind == "dxf" else None
        return OutLayer(name=name, columns=columns, geometries=shapes, system=self.system, types=fitting, drawn=drawn)

    def _drawn(self, record_type: RecordType, rows: Sequence[Record]) -> Drawn:
        found = [cad_layer(record_type, row.values) for row in rows]
        labels = [record_title(record_type, row.values, "vi", self.desk.catalogue) for row in rows]
        return Drawn([item.name for item in found], labels, {item.name: item.color for item in found})


def _fits(kind: OutType, cells: Sequence[Any]) -> bool:
    """Whether every cell is what the field's type says; an import may have stored something else."""
    filled = [cell for cell in cells if cell is not None]
    if kind == "date":
        return all(isinstance(cell, str) and _is_day(cell) for cell in filled)
    if kind == "boolean":
        return all(isinstance(cell, bool) for cell in filled)
    if any(isinstance(cell, bool) or not isinstance(cell, int | float) for cell in filled):
        return False
    return kind == "number" or all(isinstance(cell, int) and abs(cell) < 2**63 for cell in filled)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _plain(target: AnyField, value: Any, kind: str) -> Any:
    """Return a value as one cell: links to files as JSON, or their names where people read the file as it is."""
    if target.type == "files" and value:
        if kind in READ_BY_PEOPLE:
            return "; ".join(link.name for link in file_links(value))
        return canonical_json(value).decode("utf-8")
    return ";".join(map(str, value)) if isinstance(value, list) else value
