"""Rows of a dossier's databases that are no records here: kept in a GeoPackage of the dossier, handed in again from it.

Each layer is called ``<database>__<class>`` and holds rows, columns and coordinates as they came.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import AppError
from core.progress import SILENT, Progress
from exchange.out_layer import OutLayer
from exchange.reading import LayerSummary, describe_file, read_tables
from exchange.table import Table
from exchange.writing import write_databases
from forms.tt16 import DATABASES, CellKind, FeatureClass, load_classes
from geodesy.datum import transform_geometries
from geodesy.grid import on_grid
from geodesy.systems import CoordinateSystem
from services.desk import Desk
from services.file_contents import open_content
from services.tt16_breaches import Breach
from services.tt16_building import KEPT_ROWS, Built
from services.tt16_source_cells import fit_cell

FILE_NAME = KEPT_ROWS
_BETWEEN = "__"
_TAKEN = frozenset({"fid", "geom"})  # what a GeoPackage calls its own columns
_HEIGHTS = "WKT_Z"
_FAMILIES = {"Point": (0,), "MultiLineString": (1, 2, 5), "MultiPolygon": (3, 6)}


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows of a layer as they came: cells by column, geometries in ``system``."""

    database: str
    layer: str
    columns: Mapping[str, Sequence[Any]]
    geometries: npt.NDArray[np.object_] | None
    system: CoordinateSystem | None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), self.geometries if self.geometries is not None else ()))


def keep_rows(database: str, table: Table, places: Sequence[int]) -> KeptRows:
    """Return the rows of a table at ``places`` as they are kept."""
    columns = {f"_{name}" if name.casefold() in _TAKEN else name: cells for name, cells in table.columns.items()}
    if table.heights is not None and table.geometries is not None and np.nan_to_num(table.heights).any():
        columns[_HEIGHTS] = [None if shape is None else shapely.to_wkt(shape) for shape in _with_heights(table)]
    chosen = {name: [cells[place] for place in places] for name, cells in columns.items()}
    shapes = None if table.geometries is None else table.geometries[list(places)]
    return KeptRows(database, table.layer, chosen, shapes, table.declared)


def _with_heights(table: Table) -> list[Any]:
    assert table.geometries is not None
    assert table.heights is not None
    flat = np.column_stack([shapely.get_coordinates(table.geometries), table.heights])
    return list(shapely.set_coordinates(shapely.force_3d(table.geometries), flat))


def write_kept(folder: Path, kept: Sequence[KeptRows], system: CoordinateSystem) -> Path:
    """Write what is kept into a new GeoPackage in ``folder`` and return it; ``system`` is that of undeclared layers."""
    layers = [
        OutLayer(f"{one.database}{_BETWEEN}{one.layer}", one.columns, one.geometries, one.system or system)
        for one in kept
    ]
    write_databases(folder, "GPKG", [FILE_NAME] * len(layers), layers)
    return folder / FILE_NAME


def add_kept(desk: Desk, built: Built, progress: Progress = SILENT) -> None:
    """Put the rows that the dossier's files keep back into their classes; what finds no room there is told."""
    for link in built.kept:
        try:
            with tempfile.TemporaryDirectory(prefix="diaba-") as folder:
                path = Path(folder) / FILE_NAME
                with path.open("xb") as file:
                    file.writelines(open_content(desk, link.sha256))
                summaries = {one.name: one for one in describe_file(path, progress).layers}
                named = [name for name in summaries if name.partition(_BETWEEN)[0] in DATABASES and _BETWEEN in name]
                tables = read_tables(path, named, progress=progress)
        except AppError as error:
            facts = {"reason": str(error)}
            built.breaches.append(Breach("TT16-KEPT-UNREAD", FILE_NAME, facts))
            continue
        for name, table in tables.items():
            _add(desk, built, name, table, summaries[name])


def _add(desk: Desk, built: Built, name: str, table: Table, summary: LayerSummary) -> None:
    database, _, class_name = name.partition(_BETWEEN)
    system = summary.declared or desk.system
    shapes = np.full(len(table), None, dtype=object) if table.geometries is None else table.geometries
    shapes = on_grid(transform_geometries(shapes, system, desk.system))
    item = load_classes()[database].get(class_name)
    place = f"HoSoGIS/{database}/{class_name}"
    if item is None:
        geometries = None if table.geometries is None else shapes
        built.layers.append((database, OutLayer(class_name, table.columns, geometries, desk.system)))
        return
    lost = {column for column in table.columns if item.column(column) is None and _is_filled(table.columns[column])}
    columns: dict[str, list[Any]] = {}
    for column in item.columns:
        cells = table.columns.get(column.name, [None] * len(table))
        columns[column.name], is_whole = _fit(column.kind, cells)
        lost |= set() if is_whole else {column.name}
    fitting, is_placed = _fit_shapes(item, shapes)
    lost |= set() if is_placed else {"geometry"}
    if lost:
        facts = {"fields": ", ".join(sorted(lost)), "record": item.title}
        built.breaches.append(Breach("TT16-NOT-KEPT", place, facts))
    index = next(at for at, (held, layer) in enumerate(built.layers) if (held, layer.name) == (database, class_name))
    layer = built.layers[index][1]
    joined = {key: [*cells, *columns[key]] for key, cells in layer.columns.items()}
    own = layer.geometries if layer.geometries is not None else np.empty(0, dtype=object)
    built.layers[index] = (database, replace(layer, columns=joined, geometries=np.concatenate([own, fitting])))


def _is_filled(cells: Sequence[Any]) -> bool:
    return any(cell is not None for cell in cells)


def _fit(kind: CellKind, cells: Sequence[Any]) -> tuple[list[Any], bool]:
    """Return cells as a column of the class holds them, and whether every one of them found room."""
    fitted = [None if cell is None else fit_cell(kind, cell) for cell in cells]
    return fitted, all((one is None) == (cell is None) for one, cell in zip(fitted, cells, strict=True))


def _fit_shapes(item: FeatureClass, shapes: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], bool]:
    """Return the geometries that are of the class's kind, ``None`` for others, and whether there are no others."""
    codes = shapely.get_type_id(shapes)
    strange = (codes >= 0) & ~np.isin(codes, _FAMILIES[item.geometry])
    fitted = shapes.copy()
    fitted[strange] = None
    return fitted, not strange.any()
