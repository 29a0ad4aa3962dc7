"""Layers drawn as outlines and text instead of pixels: for the pictures that leave the program, sharp at any size."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import shapely
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from desktop.map.camera import Camera
from desktop.map.drawing import DrawnLayer, Titles, reach_of
from desktop.map.filling import HATCH_STEP
from desktop.map.labelling import Labeller
from desktop.map.layers import KINDS, MapLayer, build_geometry, paths_of, take_records
from desktop.map.painting import build_pen, build_polygon
from desktop.map.shapes import View, build_columns, build_shapes
from desktop.map.stamping import draw_symbol
from desktop.map.styles import FillSymbol, LayerStyle, LineSymbol
from geodesy.arrays import GeometryArrays, Kind

_SLANTS = {"forward": (1,), "backward": (-1,), "cross": (1, -1)}
_HATCH_WIDTH, _DOT_PX = 1.1, 1.0
_BEYOND_PX = 100.0  # outlines are cut this far outside the picture


def count_visible(layers: Iterable[MapLayer], camera: Camera) -> int:
    """Return how many vertices would be drawn."""
    return sum(len(arrays.xy) for layer in _drawn(layers, camera) for arrays in _visible(layer, camera).values())


def draw_vectors(painter: QPainter, layers: Sequence[MapLayer], camera: Camera, family: str) -> None:
    """Draw layers, bottom first, and then their titles in a font ``family``; a unit of ``painter`` is a logical pixel.

    ``camera.ratio`` must be 1.
    """
    shown = list(_drawn(layers, camera))
    for layer in shown:
        painter.setOpacity(layer.style.whole_opacity)
        for kind, arrays in _visible(layer, camera).items():
            _DRAW[kind](painter, layer.style, arrays, camera)
        painter.setOpacity(1.0)
    titled = [_as_drawn(layer, camera) for layer in shown if layer.style.label is not None]
    labels = Labeller(family).place(titled, [View(camera, layer.origin) for layer in titled])
    Labeller(family).write(painter, labels, 1.0, as_pictures=False)


def _drawn(layers: Iterable[MapLayer], camera: Camera) -> Iterator[MapLayer]:
    return (layer for layer in layers if layer.visible and layer.style.is_shown_at(camera.denominator))


def _visible(layer: MapLayer, camera: Camera) -> dict[Kind, GeometryArrays]:
    """Return the records in view, faces first."""
    reach = reach_of(layer.style) * camera.resolution
    west, south, east, north = camera.bounds
    found: dict[Kind, GeometryArrays] = {}
    for kind in reversed(KINDS):
        arrays = layer.arrays.get(kind)
        if arrays is None:
            continue
        box = arrays.bounds
        seen = (box[:, 0] <= east + reach) & (box[:, 2] >= west - reach)
        seen &= (box[:, 1] <= north + reach) & (box[:, 3] >= south - reach)
        if seen.any():
            found[kind] = take_records(arrays, np.flatnonzero(seen))
    return found


def _as_drawn(layer: MapLayer, camera: Camera) -> DrawnLayer:
    """Return the records in view as the labeller takes them."""
    origin = (round(camera.x), round(camera.y))
    titles, shapes, texts = layer.titles(), {}, {}
    for kind, arrays in _visible(layer, camera).items():
        shapes[kind] = build_shapes(kind, build_columns(arrays, origin))
        if kind in titles:
            own = dict(zip(layer.arrays[kind].ids.tolist(), titles[kind], strict=True))
            encoded = [own[fid].encode("utf-8") for fid in arrays.ids.tolist()]
            ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
            texts[kind] = Titles(np.frombuffer(b"".join(encoded), dtype=np.uint8), ends)
    return DrawnLayer(origin, shapes, layer.style, titles=texts)


def _class_of(style: LayerStyle, number: int) -> int:
    return number if 0 <= number < len(style.classes) else 0


def _records(style: LayerStyle, arrays: GeometryArrays, camera: Camera) -> Iterator[tuple[int, list[npt.NDArray]]]:
    """Yield the class and the paths, in pixels, of each record."""
    for place in range(len(arrays)):
        paths = [camera.to_pixels(path) for path in paths_of(arrays, place)]
        yield _class_of(style, int(arrays.category[place])), paths


def _draw_points(painter: QPainter, style: LayerStyle, arrays: GeometryArrays, camera: Camera) -> None:
    for number, paths in _records(style, arrays, camera):
        symbol = style.classes[number].point
        for x, y in np.concatenate(paths).tolist():
            draw_symbol(painter, symbol, QPointF(x, y), symbol.size / 2, 1.0)


def _draw_lines(painter: QPainter, style: LayerStyle, arrays: GeometryArrays, camera: Camera) -> None:
    """Draw all casings before all lines, so that roads join where they meet."""
    records = list(_records(style, arrays, camera))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for is_casing in (True, False):
        for number, paths in records:
            symbol: LineSymbol = style.classes[number].line
            if is_casing and not symbol.casing:
                continue
            pen = (
                (symbol.casing or "", symbol.casing_width, ())
                if is_casing
                else (symbol.color, symbol.width, symbol.dash)
            )
            painter.setPen(build_pen(pen[0], pen[1], dash=pen[2]))
            for path in paths:
                painter.drawPolyline(build_polygon(path))


def _draw_polygons(painter: QPainter, style: LayerStyle, arrays: GeometryArrays, camera: Camera) -> None:
    records = [(style.classes[number].polygon, paths) for number, paths in _records(style, arrays, camera)]
    before = painter.opacity()
    painter.setOpacity(before * style.opacity)
    for symbol, paths in records:
        if symbol.fill and symbol.hatch:
            _hatch(painter, symbol, paths, camera)
        elif symbol.fill:
            painter.fillPath(_path_of(paths), QColor(symbol.fill))
    painter.setOpacity(before)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for symbol, paths in records:
        if symbol.line:
            painter.setPen(build_pen(symbol.line, symbol.width, dash=symbol.dash))
            painter.drawPath(_path_of(paths))


def _path_of(rings: Sequence[npt.NDArray]) -> QPainterPath:
    """Return the rings as one path in which holes stay open (odd-even, one record alone)."""
    path = QPainterPath()
    for ring in rings:
        path.addPolygon(build_polygon(ring))
        path.closeSubpath()
    return path


def _hatch(painter: QPainter, symbol: FillSymbol, rings: list[npt.NDArray], camera: Camera) -> None:
    """Draw the strokes of a hatch as lines that end at the outline: not every format can cut or repeat them."""
    face = build_geometry("polygon", [_upright(ring) for ring in rings])
    seen = shapely.box(-_BEYOND_PX, -_BEYOND_PX, camera.width + _BEYOND_PX, camera.height + _BEYOND_PX)
    face = shapely.intersection(shapely.make_valid(face), seen)
    if face.is_empty:
        return
    painter.setPen(build_pen(symbol.fill or "#000000", _HATCH_WIDTH, round_ends=False))
    if symbol.hatch == "dots":
        _dot(painter, symbol, face)
        return
    for stroke in shapely.get_parts(shapely.intersection(shapely.MultiLineString(_strokes(symbol.hatch, face)), face)):
        ends = shapely.get_coordinates(stroke)
        if len(ends) > 1:
            painter.drawLine(QLineF(QPointF(*ends[0].tolist()), QPointF(*ends[-1].tolist())))


def _upright(ring: npt.NDArray) -> npt.NDArray:
    """Return a ring of pixels, whose rows run down, in the sense of rotation that it has on the ground."""
    return ring[::-1]


def _strokes(hatch: str, face: shapely.Geometry) -> list[list[tuple[float, float]]]:
    west, south, east, north = face.bounds
    high = north - south
    if hatch == "level":
        return [[(west, y), (east, y)] for y in _steps(south, north)]
    if hatch == "upright":
        return [[(x, south), (x, north)] for x in _steps(west, east)]
    found = []
    for slant in _SLANTS[hatch]:
        for x in _steps(west - high, east + high):
            found.append([(x, south), (x - slant * high, north)])
    return found


def _dot(painter: QPainter, symbol: FillSymbol, face: shapely.Geometry) -> None:
    west, south, east, north = face.bounds
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(symbol.fill or "#000000"))
    rows = _steps(south, north)
    places = [
        (x + (row % 2) * HATCH_STEP / 2, y) for row, y in enumerate(rows) for x in _steps(west - HATCH_STEP, east)
    ]
    shapely.prepare(face)
    inside = shapely.contains_xy(face, *np.array(places).reshape(-1, 2).T)
    for x, y in np.array(places).reshape(-1, 2)[inside].tolist():
        painter.drawEllipse(QPointF(x, y), _DOT_PX, _DOT_PX)


def _steps(low: float, high: float) -> list[float]:
    """Return the multiples of the hatch's step within a range: neighbours then share their strokes."""
    first = np.ceil(low / HATCH_STEP) * HATCH_STEP
    return np.arange(first, high, HATCH_STEP).tolist()


_DRAW = {"polygon": _draw_polygons, "line": _draw_lines, "point": _draw_points}
