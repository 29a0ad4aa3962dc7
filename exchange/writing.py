"""Layers out to files other programs read: GeoPackage, GeoJSON, Shapefile, KML, CSV."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.columns import ColumnType, pack_numbers, pack_text, pack_wkb
from exchange.csv_writing import write_csv
from exchange.frames import Buffer, Header
from exchange.layer_sheets import write_layer_sheets
from exchange.out_layer import OutLayer, OutType
from exchange.sandbox import Limits, run_child
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, CoordinateSystem

__all__ = ["FORMATS", "ExportFormat", "OutLayer", "OutType", "write_layers"]

_LIMITS = Limits(file_bytes=8 << 30)
_NO_SPACE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format: GDAL's driver (``None``: written here), the file's suffix, whether one file takes several layers."""

    key: str
    suffix: str
    driver: str | None
    many_layers: bool = False
    geographic: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    sidecars: tuple[str, ...] = ()


FORMATS: Mapping[str, ExportFormat] = {
    item.key: item
    for item in (
        ExportFormat("gpkg", ".gpkg", "GPKG", many_layers=True, options={"VERSION": "1.2"}),  # what QGIS 3.22 knows
        ExportFormat(
            "geojson", ".geojson", "GeoJSON", geographic=True, options={"RFC7946": "YES", "COORDINATE_PRECISION": "9"}
        ),
        ExportFormat("shp", ".shp", "ESRI Shapefile", sidecars=(".shx", ".dbf", ".prj", ".cpg")),
        ExportFormat("kml", ".kml", "LIBKML", many_layers=True, geographic=True),
        ExportFormat("csv", ".csv", None),
        ExportFormat("xlsx", ".xlsx", None, many_layers=True),
    )
}
"""The formats ``write_layers`` knows, by the name the command line gives them."""

_SINGLE_TO_MULTI = {0: 4, 1: 5, 3: 6}
_KIND_NAMES = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}


def write_layers(out: Path, format: str, layers: Sequence[OutLayer], progress: Progress = SILENT) -> tuple[Path, ...]:
    """Write ``layers`` to ``out`` and return the files, each there whole or not at all; an existing file is replaced.

    A format of one layer a file writes several layers into the folder ``out``, or beside ``out`` when that names a
    file, each called after its layer. GeoJSON and KML are written in WGS 84 whatever the layers' system. Raises
    EXPORT-FORMAT, EXPORT-NAMES, EXPORT-NO-FOLDER, EXPORT-REFUSED, EXPORT-NO-SPACE, EXPORT-FAILED.
    """
    chosen = FORMATS.get(format)
    if chosen is None:
        raise UserError("EXPORT-FORMAT", format=format, formats=sorted(FORMATS))
    names = [layer.name for layer in layers]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError("EXPORT-NAMES", layer=twice)
    targets = _targets(out, chosen, names)
    folder = targets[0].parent if targets else out.parent
    is_new = not folder.exists()
    try:
        if folder != out.parent:
            folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".diaba-export-", dir=folder) as name:
            _write_all(Path(name), targets, chosen, layers, progress)
            return _publish(Path(name), targets, chosen)
    except OSError as error:
        raise _write_error(error, folder, out) from error
    finally:
        if is_new and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _targets(out: Path, chosen: ExportFormat, names: Sequence[str]) -> list[Path]:
    """Return the file of each layer."""
    named_file = out.suffix.lower() == chosen.suffix
    if chosen.many_layers or (len(names) == 1 and named_file):
        return [out if named_file else out.with_name(out.name + chosen.suffix)] * len(names)
    if named_file:
        return [out.with_name(f"{out.stem}_{name}{chosen.suffix}") for name in names]
    return [out / f"{name}{chosen.suffix}" for name in names]


def _write_all(
    folder: Path, targets: Sequence[Path], chosen: ExportFormat, layers: Sequence[OutLayer], progress: Progress
) -> None:
    if chosen.key == "xlsx":
        write_layer_sheets(folder / targets[0].name, layers, progress)
        return
    if chosen.driver is None:
        for done, (target, layer) in enumerate(zip(targets, layers, strict=True)):
            progress.step(done, len(layers))
            write_csv(folder / target.name, layer.columns, layer.geometries, layer.system)
        return
    request = {"operation": "write", "driver": chosen.driver, "folder": str(folder), "options": dict(chosen.options)}
    written: list[str] = []
    try:
        for header, _ in run_child(
            request,
            shown=targets[0].name,
            drivers=[chosen.driver],
            scratch=str(folder),
            limits=_LIMITS,
            payload=_frames(targets, chosen, layers),
            poll=lambda: progress.step(len(written), len(layers)),
        ):
            written.append(str(header["layer"]))
    except UserError as error:
        if shutil.disk_usage(folder).free < _NO_SPACE_BYTES:
            raise EnvironmentFault("EXPORT-NO-SPACE", file=targets[0].name) from error
        raise


def _frames(
    targets: Sequence[Path], chosen: ExportFormat, layers: Sequence[OutLayer]
) -> Iterator[tuple[Header, list[Buffer]]]:
    for target, layer in zip(targets, layers, strict=True):
        yield _pack_layer(target.name, layer, chosen)


def _pack_layer(file: str, layer: OutLayer, chosen: ExportFormat) -> tuple[Header, list[Buffer]]:
    packed = [_pack_column(name, list(cells), layer.types.get(name)) for name, cells in layer.columns.items()]
    buffers: list[Buffer] = [part for _, parts in packed for part in parts]
    shapes, system = layer.geometries, layer.system
    kind = None
    if shapes is not None:
        if chosen.geographic and system is not None and system != WGS84:
            shapes, system = transform_geometries(shapes, system, WGS84), WGS84
        shapes, kind = _one_kind(shapes)
        buffers += pack_wkb(shapely.to_wkb(shapes, flavor="iso", output_dimension=2).tolist())
    return {
        "layer": Path(file).stem if chosen.key == "shp" else layer.name,
        "file": file,
        "columns": [header for header, _ in packed],
        "wkb": shapes is not None,
        "geometry_type": layer.geometry_kind or kind,
        "system": None if system is None or shapes is None else _system_text(system),
    }, buffers


def _one_kind(shapes: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], str]:
    """Return geometries and the name of their kind, single ones made multiple where both occur."""
    codes = shapely.get_type_id(shapes)
    kinds = set(codes.tolist()) - {-1}
    wide = {_SINGLE_TO_MULTI.get(code, code) for code in kinds}
    if len(kinds) > 1 and len(wide) == 1:
        single = np.isin(codes, list(_SINGLE_TO_MULTI))
        shapes = shapes.copy()
        makers: dict[int, Any] = {4: shapely.multipoints, 5: shapely.multilinestrings, 6: shapely.multipolygons}
        shapes[single] = makers[next(iter(wide))](shapes[single][:, np.newaxis])
        kinds = wide
    return shapes, _KIND_NAMES.get(next(iter(kinds)), "Unknown") if len(kinds) == 1 else "Unknown"


def _pack_column(name: str, cells: list[Any], wanted: OutType | None) -> tuple[Header, list[Buffer]]:
    kind = wanted or _type_of([cell for cell in cells if cell is not None])
    if kind in ("text", "date"):
        header, buffers = pack_text(
            name, [None if cell is None else str(cell).replace("\0", "") for cell in cells], "utf-8"
        )
        return {**header, "date": kind == "date"}, buffers
    missing = np.array([cell is None for cell in cells], dtype=bool)
    dtype = np.int64 if kind == "integer" else np.float64 if kind == "number" else np.bool_
    values: npt.NDArray[Any] = np.array([0 if cell is None else cell for cell in cells], dtype=dtype)
    return pack_numbers(name, cast(ColumnType, kind), values, missing)


def _type_of(filled: Sequence[Any]) -> ColumnType:
    """Return the type of a column by the cells that are not empty."""
    if not filled:
        return "text"
    if all(isinstance(cell, bool) for cell in filled):
        return "boolean"
    if any(isinstance(cell, bool) or not isinstance(cell, int | float) for cell in filled):
        return "text"
    return "integer" if all(isinstance(cell, int) and -(2**63) <= cell < 2**63 for cell in filled) else "number"


def _system_text(system: CoordinateSystem) -> str:
    """Return what GDAL reads: the code, or for a zone without one its well-known text."""
    if system.epsg is not None:
        return f"EPSG:{system.epsg}"
    return (
        f'PROJCS["VN-2000 / TM-{system.width} {system.axis:g}",GEOGCS["VN-2000",DATUM["Vietnam_2000",'
        'SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],'
        'AUTHORITY["EPSG","4756"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
        f'PARAMETER["central_meridian",{system.axis!r}],PARAMETER["scale_factor",{system.scale_factor!r}],'
        'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )


def _publish(folder: Path, targets: Sequence[Path], chosen: ExportFormat) -> tuple[Path, ...]:
    """Move the finished files into place, each target after the files that belong to it."""
    for target in dict.fromkeys(targets):
        for suffix in chosen.sidecars:
            part, place = folder / f"{target.stem}{suffix}", target.with_suffix(suffix)
            if part.exists():
                _move(part, place)
            else:
                place.unlink(missing_ok=True)
        _move(folder / target.name, target)
    return tuple(dict.fromkeys(targets))


def _move(part: Path, place: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(place)


def _write_error(error: OSError, folder: Path, out: Path) -> EnvironmentFault | UserError:
    if not folder.is_dir():
        return UserError("EXPORT-NO-FOLDER", folder=str(folder))
    if error.errno == 28:  # ENOSPC
        return EnvironmentFault("EXPORT-NO-SPACE", file=out.name)
    return EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=error.strerror or str(error))
