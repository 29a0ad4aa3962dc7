"""Layers as the frames in which they go to the process that writes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import UserError
from exchange.columns import ColumnType, pack_numbers, pack_text, pack_wkb
from exchange.frames import Buffer, Header
from exchange.legacy_encoding import encode_tcvn3
from exchange.out_formats import ExportFormat, OutChoices, system_text
from exchange.out_layer import OutLayer, OutType
from exchange.short_names import short_names
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84

_SINGLE_TO_MULTI = {0: 4, 1: 5, 3: 6}
_KIND_NAMES = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
_BASES: dict[str, ColumnType] = {"short": "integer", "long": "integer", "float": "number", "double": "number"}
_WIDTHS = {"short": "<i2", "long": "<i4", "float": "<f4"}
_TAB_HALF_M, _TAB_HALF_DEGREES = 100_000.0, 1.0

Frame = tuple[Header, list[Buffer]]


def layer_frames(
    files: Sequence[str], chosen: ExportFormat, layers: Sequence[OutLayer], choices: OutChoices
) -> Iterator[Frame]:
    """Yield one frame a layer, with the file that it goes to; raise EXPORT-TEXT-LONG, EXPORT-LETTER."""
    for file, layer in zip(files, layers, strict=True):
        yield _pack_layer(file, layer, chosen, choices)


def _pack_layer(file: str, layer: OutLayer, chosen: ExportFormat, choices: OutChoices) -> Frame:
    names = dict(zip(layer.columns, layer.columns, strict=True))
    if chosen.name_bytes is not None:
        names = short_names(list(layer.columns), chosen.name_bytes)
    packed = []
    for name, cells in layer.columns.items():
        kind = layer.types.get(name) or type_of([cell for cell in cells if cell is not None])
        ready = _ready(layer, name, list(cells), kind, chosen, choices)
        packed.append(_pack_column(names[name], *ready))
    buffers: list[Buffer] = [part for _, parts in packed for part in parts]
    shapes, system = layer.geometries, layer.system
    kind_name = None
    if shapes is not None:
        if chosen.geographic and system is not None and system != WGS84:
            shapes, system = transform_geometries(shapes, system, WGS84), WGS84
        shapes, kind_name = _one_kind(shapes, layer.geometry_kind)
        buffers += pack_wkb(shapely.to_wkb(shapes, flavor="iso", output_dimension=2).tolist())
    return {
        "layer": Path(file).stem if chosen.name_bytes else layer.name,
        "file": file,
        "columns": [header for header, _ in packed],
        "wkb": shapes is not None,
        "geometry_type": layer.geometry_kind or kind_name,
        "system": None if system is None or shapes is None else system_text(system, chosen.driver),
        "options": _bounds(shapes) if chosen.key == "tab" and shapes is not None else {},
    }, buffers


def _ready(
    layer: OutLayer, name: str, cells: list[Any], kind: OutType, chosen: ExportFormat, choices: OutChoices
) -> tuple[list[Any], OutType]:
    """Return the cells as the format can hold them, with their type; raise when one would not come back whole."""
    if not chosen.blank_numbers and kind not in ("text", "date") and any(cell is None for cell in cells):
        cells, kind = [None if cell is None else _word(cell) for cell in cells], "text"
    if not chosen.large_integers and kind == "integer":
        fits = all(cell is None or abs(cell) < 2**31 for cell in cells)
        cells, kind = (cells, "long") if fits else ([None if cell is None else _word(cell) for cell in cells], "text")
    if kind != "text":
        return cells, kind
    texts = [None if cell is None else str(cell).replace("\0", "") for cell in cells]
    if choices.encoding == "tcvn3":
        texts = [_legacy(text, layer.name, name, row) for row, text in enumerate(texts, start=1)]
    if (most := chosen.text_bytes) is not None:
        charset = "latin-1" if choices.encoding == "tcvn3" else "utf-8"
        for row, text in enumerate(texts, start=1):
            if text is not None and (size := len(text.encode(charset))) > most:
                raise UserError(
                    "EXPORT-TEXT-LONG",
                    layer=layer.name,
                    column=name,
                    row=row,
                    length=size,
                    most=most,
                    format=chosen.title,
                )
    return texts, kind


def _legacy(text: str | None, layer: str, column: str, row: int) -> str | None:
    if text is None:
        return None
    encoded, strange = encode_tcvn3(text)
    if strange is not None:
        raise UserError("EXPORT-LETTER", layer=layer, column=column, row=row, letter=strange, text=text[:60])
    return encoded


def _word(cell: Any) -> str:
    return ("true" if cell else "false") if isinstance(cell, bool) else str(cell)


def _one_kind(shapes: npt.NDArray[np.object_], wanted: str | None) -> tuple[npt.NDArray[np.object_], str]:
    """Return geometries and the name of their kind, single ones made multiple where both occur or that is wanted."""
    codes = shapely.get_type_id(shapes)
    kinds = set(codes.tolist()) - {-1}
    wide = {_SINGLE_TO_MULTI.get(code, code) for code in kinds}
    is_wide = wanted is not None and wanted.startswith("Multi")
    if (len(kinds) > 1 or is_wide) and len(wide) == 1:
        single = np.isin(codes, list(_SINGLE_TO_MULTI))
        shapes = shapes.copy()
        makers: dict[int, Any] = {4: shapely.multipoints, 5: shapely.multilinestrings, 6: shapely.multipolygons}
        if single.any():
            shapes[single] = makers[next(iter(wide))](shapes[single][:, np.newaxis])
        kinds = wide
    return shapes, _KIND_NAMES.get(next(iter(kinds)), "Unknown") if len(kinds) == 1 else "Unknown"


def _bounds(shapes: npt.NDArray[np.object_]) -> dict[str, str]:
    """Return the frame in which MapInfo's whole numbers are tenths of a millimetre; without one they are centimetres.

    It counts two thousand million steps from side to side: 200 km, or two degrees. Larger data gets a larger frame.
    """
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    if not np.isfinite([west, south, east, north]).all():
        return {}
    half = _TAB_HALF_DEGREES if max(abs(east), abs(west), abs(north), abs(south)) <= 360 else _TAB_HALF_M
    middle = (round((west + east) / 2, 1), round((south + north) / 2, 1))
    while max(east - middle[0], middle[0] - west, north - middle[1], middle[1] - south) >= half:
        half *= 2
    frame = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    return {"BOUNDS": ",".join(f"{value:.1f}" for value in frame)}


def _pack_column(name: str, cells: list[Any], kind: OutType) -> tuple[Header, list[Buffer]]:
    if kind in ("text", "date"):
        header, buffers = pack_text(
            name, [None if cell is None else str(cell).replace("\0", "") for cell in cells], "utf-8"
        )
        return {**header, "date": kind == "date"}, buffers
    base = _BASES.get(kind, cast(ColumnType, kind))
    missing = np.array([cell is None for cell in cells], dtype=bool)
    dtype = np.int64 if base == "integer" else np.float64 if base == "number" else np.bool_
    values: npt.NDArray[Any] = np.array([0 if cell is None else cell for cell in cells], dtype=dtype)
    header, buffers = pack_numbers(name, base, values, missing)
    return {**header, "dtype": _WIDTHS.get(kind)}, buffers


def type_of(filled: Sequence[Any]) -> ColumnType:
    """Return the type of a column by the cells that are not empty."""
    if not filled:
        return "text"
    if all(isinstance(cell, bool) for cell in filled):
        return "boolean"
    if any(isinstance(cell, bool) or not isinstance(cell, int | float) for cell in filled):
        return "text"
    return "integer" if all(isinstance(cell, int) and -(2**63) <= cell < 2**63 for cell in filled) else "number"
