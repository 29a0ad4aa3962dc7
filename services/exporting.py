"""Records to files that other programs read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from core.canonical import canonical_json
from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.writing import FORMATS, OutLayer, write_layers
from forms.files import file_links
from forms.model import AnyField, RecordType
from forms.record import Record
from localdb import records
from services.desk import Desk

READ_BY_PEOPLE = frozenset({"csv", "shp", "kml", "xlsx"})  # formats whose cells are read as they stand


@dataclass(frozen=True, slots=True)
class Exported:
    """The files written, and how many records of each type they hold."""

    files: tuple[Path, ...]
    counts: Mapping[str, int]


def export_records(
    desk: Desk, out: Path, kind: str, *, type_ids: Sequence[str] | None = None, progress: Progress = SILENT
) -> Exported:
    """Write the records of some types, or of all that have any, each to a layer named as its type.

    GeoJSON and KML come out in WGS 84 through the pinned operation, everything else in the workspace's zone.
    """
    if kind not in FORMATS:
        raise UserError("EXPORT-FORMAT", format=kind, formats=sorted(FORMATS))
    with desk.reading() as connection:
        found = [
            (record_type, records.fetch_records(connection, record_type))
            for record_type in map(desk.catalogue.type, type_ids or desk.catalogue.types)
        ]
    filled = [(record_type, rows) for record_type, rows in found if rows]
    if not filled:
        raise UserError("EXPORT-EMPTY")
    layers = [layer for record_type, rows in filled for layer in _layers(desk, record_type, rows, kind)]
    files = _write(out.absolute(), kind, layers, progress)
    return Exported(tuple(files), {record_type.id: len(rows) for record_type, rows in filled})


def _write(out: Path, kind: str, layers: Sequence[OutLayer], progress: Progress) -> list[Path]:
    """Write the layers; what has no geometry goes beside a shapefile as CSV, which a shapefile cannot hold."""
    bare = [layer for layer in layers if layer.geometries is None] if kind == "shp" else []
    placed = [layer for layer in layers if not any(layer is one for one in bare)]
    files = list(write_layers(out, kind, placed, progress=progress)) if placed else []
    return files + (list(write_layers(out.with_suffix(".csv"), "csv", bare, progress=progress)) if bare else [])


def _layers(desk: Desk, record_type: RecordType, rows: Sequence[Record], kind: str) -> list[OutLayer]:
    """Return one layer, or one for each kind of geometry when the type has two; records without any go in the first."""
    shapes = np.array([row.geometry for row in rows], dtype=object)
    present = shapely.get_type_id(shapes)
    kinds = sorted(set(present.tolist()) - {-1}) if record_type.geometry else []
    if len(kinds) < 2:
        return [_layer(desk, record_type, record_type.id, rows, kind)]
    present[present == -1] = kinds[0]
    names = {0: "point", 1: "line", 3: "polygon", 5: "line", 6: "polygon"}
    return [
        _layer(
            desk,
            record_type,
            f"{record_type.id}_{names[code]}",
            [row for row, here in zip(rows, present.tolist(), strict=True) if here == code],
            kind,
        )
        for code in kinds
    ]


def _layer(desk: Desk, record_type: RecordType, name: str, rows: Sequence[Record], kind: str) -> OutLayer:
    columns: dict[str, list[Any]] = {
        "uid": [row.uid for row in rows],
        "revision": [row.revision for row in rows],
        "state": [str(row.state) for row in rows],
    }
    for target in record_type.fields:
        columns[target.key] = [_plain(target, row.values.get(target.key), kind) for row in rows]
    shapes = [row.geometry for row in rows]
    geometries = np.array(shapes, dtype=object) if record_type.geometry else None
    return OutLayer(name=name, columns=columns, geometries=geometries, system=desk.system)


def _plain(target: AnyField, value: Any, kind: str) -> Any:
    """Return a value as one cell: links to files as JSON, or their names where people read the file as it is."""
    if target.type == "files" and value:
        if kind in READ_BY_PEOPLE:
            return "; ".join(link.name for link in file_links(value))
        return canonical_json(value).decode("utf-8")
    return ";".join(map(str, value)) if isinstance(value, list) else value
