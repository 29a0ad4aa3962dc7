"""One layer drawn into a region of the picture: faces, outlines, lines, points, in this order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from desktop.map.blocks import SharedBlock
from desktop.map.filling import Pixels, Region, fill_boxes, fill_polygons
from desktop.map.painting import painting, pixel_of, wrap_pixels
from desktop.map.shapes import Ints, Part, Shapes, View, count_vertices, find_visible, gather, split
from desktop.map.stamping import draw_points
from desktop.map.stroking import Strokes
from desktop.map.styles import HATCHES, FillSymbol, LayerStyle, LineSymbol, PointSymbol

TINY_PX = 2.0  # a polygon up to this size is drawn as its box
COARSE_PX = 6.0  # the same in the first, coarse pass
_FULL_ENOUGH = 0.35  # area over box area from which the box may stand for the polygon
_CROWD = 0.2  # records a pixel from which tiny ones need not all be seen
_FEW, _SPOT = 500, 64.0  # records, and pixels of their extent, up to which all are seen however near they lie
_CLEAR = QImage.Format.Format_ARGB32_Premultiplied
_PART = 30_000  # vertices a part: numpy's arrays stay in the processor's cache, and cancelling is prompt

Proceed = Callable[[], None]
Look = tuple[str, float, tuple[float, ...]]  # colour, width, dash
Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class DrawnLayer:
    """A layer as the renderer keeps it. ``block`` holds the memory under ``shapes`` and ``titles``."""

    origin: tuple[float, float]
    shapes: dict[str, Shapes]
    style: LayerStyle
    is_visible: bool = True
    titles: dict[str, "Titles"] = field(default_factory=dict)
    block: SharedBlock | None = None


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles of one kind's records: UTF-8 bytes end to end, and where each begins."""

    text: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int32]

    def __getitem__(self, record: int) -> str:
        return bytes(self.text[self.offsets[record] : self.offsets[record + 1]]).decode("utf-8")


class Canvas:
    """The picture being drawn: its pixels as an array and as a Qt image over the same memory."""

    def __init__(self, width: int, height: int, *, transparent: bool = False) -> None:
        self.pixels: Pixels = np.zeros((height, width), dtype=np.uint32)
        self.image = wrap_pixels(self.pixels, _CLEAR) if transparent else wrap_pixels(self.pixels)
        self._scratch: Pixels | None = None
        self._glass: Canvas | None = None

    def glass(self, region: Region) -> "Canvas":
        """Return a transparent canvas of the same size, clear in ``region``, for a layer that is seen through."""
        if self._glass is None:
            height, width = self.pixels.shape
            self._glass = Canvas(width, height, transparent=True)
        self._glass.pixels[region.top : region.bottom, region.left : region.right] = 0
        return self._glass

    def scratch(self) -> Pixels:
        """Return a transparent picture of the same size, for a layer that lets what is under it shine through."""
        if self._scratch is None:
            self._scratch = np.zeros_like(self.pixels)
        return self._scratch


def reach_of(style: LayerStyle) -> float:
    """Return how many logical pixels beyond its geometry a symbol of the style may reach."""
    reach = 0.0
    for item in style.classes:
        reach = max(
            reach, item.point.size + item.point.width, item.line.width, item.line.casing_width, item.polygon.width
        )
    return reach + 2


def estimate_ms(layer: DrawnLayer, view: View, region: Region) -> float:
    """Return roughly how long the layer takes; by measurements on an office PC, good to a factor of two."""
    cost = 0.0
    for shapes in layer.shapes.values():
        records = find_visible(shapes, view.metres(region.left, region.top, region.right, region.bottom))
        vertices = int(count_vertices(shapes, records).sum())
        cost += vertices * (8e-5 if shapes.kind != "point" else 4e-5)
    return cost


def draw_layer(canvas: Canvas, layer: DrawnLayer, view: View, region: Region, proceed: Proceed) -> None:
    """Draw the layer; ``proceed`` is called between parts and raises when the picture is no longer wanted."""
    if layer.style.whole_opacity >= 1.0:
        _draw_kinds(canvas, layer, view, region, proceed)
        return
    glass = canvas.glass(region)
    _draw_kinds(glass, layer, view, region, proceed)
    with painting(canvas.image, region) as painter:
        painter.setOpacity(layer.style.whole_opacity)
        painter.drawImage(0, 0, glass.image)


def _draw_kinds(canvas: Canvas, layer: DrawnLayer, view: View, region: Region, proceed: Proceed) -> None:
    reach = reach_of(layer.style) * view.camera.ratio
    box = view.metres(region.left - reach, region.top - reach, region.right + reach, region.bottom + reach)
    for kind in ("polygon", "line", "point"):
        shapes = layer.shapes.get(kind)
        if shapes is None or not len(shapes):
            continue
        records = find_visible(shapes, box)
        if len(records):
            _DRAW[kind](canvas, layer.style, shapes, records, view, region, proceed)


def draw_coarse(pixels: Pixels, layer: DrawnLayer, view: View, region: Region) -> None:
    """Draw what takes no time: boxes of small polygons, vertices of lines, points as dots."""
    box = view.metres(region.left, region.top, region.right, region.bottom)
    for kind in ("polygon", "line", "point"):
        shapes = layer.shapes.get(kind)
        if shapes is None or not len(shapes):
            continue
        records = find_visible(shapes, box)
        if kind == "polygon":
            colors, filled = _fill_colors(layer.style)
            records = records[filled[_classes(layer.style, shapes, records)]]
            small, _ = _part_tiny(shapes, records, view, COARSE_PX)
            _fill_tiny(pixels, layer.style, shapes, records[small], view, region, colors)
        else:
            _dot(pixels, layer.style, shapes, records, view, region)


def _classes(style: LayerStyle, shapes: Shapes, records: Ints) -> npt.NDArray[np.int32]:
    category = shapes.category[records]
    return np.where((category >= 0) & (category < len(style.classes)), category, 0)


def _fill_colors(style: LayerStyle) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    fills = [item.polygon.fill for item in style.classes]
    colors = np.array([pixel_of(fill or "#000000") for fill in fills], dtype=np.uint32)
    return colors, np.array([fill is not None for fill in fills])


def sizes_of(shapes: Shapes, records: Ints, view: View) -> npt.NDArray[np.float32]:
    """Return the longer side of each record's box in pixels."""
    wide, high = shapes.east[records] - shapes.west[records], shapes.north[records] - shapes.south[records]
    size: npt.NDArray[np.float32] = np.maximum(wide, high) / np.float32(view.camera.resolution)
    return size


def _part_tiny(
    shapes: Shapes, records: Ints, view: View, limit: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    size = sizes_of(shapes, records, view)
    tiny = size <= limit * view.camera.ratio
    tiny &= shapes.fullness[records] >= _FULL_ENOUGH
    return tiny, size


def _draw_polygons(
    canvas: Canvas, style: LayerStyle, shapes: Shapes, records: Ints, view: View, region: Region, proceed: Proceed
) -> None:
    colors, filled = _fill_colors(style)
    hatches = np.array([HATCHES.index(item.polygon.hatch) for item in style.classes], dtype=np.uint8)
    classes = _classes(style, shapes, records)
    tiny, size = _part_tiny(shapes, records, view, TINY_PX)
    faced = filled[classes]
    outlined = size >= style.outline_from * view.camera.ratio
    outlined &= np.array([item.polygon.line is not None for item in style.classes])[classes]
    solid = style.opacity >= 1.0
    pixels = canvas.pixels if solid else canvas.scratch()
    if not solid:
        pixels[region.top : region.bottom, region.left : region.right] = 0
    whole = records[faced & ~tiny]
    for run in split(count_vertices(shapes, whole), _PART):
        proceed()
        part = gather(shapes, whole[run], view)
        kinds = _classes(style, shapes, part.records)
        fill_polygons(pixels, region, part, colors[kinds], hatches[kinds])
    proceed()
    _fill_tiny(pixels, style, shapes, records[faced & tiny], view, region, colors)
    if not solid:
        with painting(canvas.image, region) as painter:
            painter.setOpacity(style.opacity)
            painter.drawImage(0, 0, wrap_pixels(pixels, _CLEAR))
    edged = records[outlined]
    for run in split(count_vertices(shapes, edged), _PART):
        proceed()
        _outline(canvas, style, gather(shapes, edged[run], view), shapes, view, region)


def _fill_tiny(
    pixels: Pixels, style: LayerStyle, shapes: Shapes, records: Ints, view: View, region: Region, colors: Pixels
) -> None:
    if not len(records):
        return
    box = (
        view.across(shapes.west[records]),
        view.down(shapes.north[records]),
        view.across(shapes.east[records]),
        view.down(shapes.south[records]),
    )
    extent_px = shapes.extent_m2 / view.camera.resolution**2
    is_crowd = len(shapes) > max(_FEW, _CROWD * extent_px) and extent_px > _SPOT
    fill_boxes(pixels, region, box, colors[_classes(style, shapes, records)], keep_all=not is_crowd)


def _outline(canvas: Canvas, style: LayerStyle, part: Part, shapes: Shapes, view: View, region: Region) -> None:
    strokes = Strokes(part, region)
    classes = _classes(style, shapes, part.records)[strokes.owner]
    ratio = view.camera.ratio
    with painting(canvas.image, region) as painter:
        for symbol, chosen in _by_look([_outline_of(item.polygon) for item in style.classes], classes):
            color, width, dash = symbol
            strokes.draw(painter, chosen, color, width * ratio, dash)


def _outline_of(symbol: FillSymbol) -> Look | None:
    return (symbol.line, symbol.width, symbol.dash) if symbol.line else None


def _casing_of(symbol: LineSymbol) -> Look | None:
    return (symbol.casing, symbol.casing_width, ()) if symbol.casing else None


def _stroke_of(symbol: LineSymbol) -> Look | None:
    return symbol.color, symbol.width, symbol.dash


def _by_look(looks: list[Look | None], classes: npt.NDArray[np.int32]) -> Iterator[tuple[Look, Mask | None]]:
    """Yield each distinct look that occurs with the mask of what it draws, ``None`` for everything."""
    occurring = np.bincount(classes, minlength=len(looks)) > 0
    for item in dict.fromkeys(look for look, occurs in zip(looks, occurring.tolist(), strict=True) if occurs):
        if item is not None:
            same = np.array([other == item for other in looks])
            yield item, None if same[occurring].all() else same[classes]


def _draw_lines(
    canvas: Canvas, style: LayerStyle, shapes: Shapes, records: Ints, view: View, region: Region, proceed: Proceed
) -> None:
    """Draw all casings before all lines, so that roads join where they meet."""
    passes: list[Callable[[LineSymbol], Look | None]] = [_stroke_of]
    if any(item.line.casing for item in style.classes):
        passes.insert(0, _casing_of)
    for look in passes:
        for run in split(count_vertices(shapes, records), _PART):
            proceed()
            part = gather(shapes, records[run], view)
            strokes = Strokes(part, region)
            classes = _classes(style, shapes, part.records)[strokes.owner]
            with painting(canvas.image, region) as painter:
                for symbol, chosen in _by_look([look(item.line) for item in style.classes], classes):
                    color, width, dash = symbol
                    strokes.draw(painter, chosen, color, width * view.camera.ratio, dash)


def _draw_points(
    canvas: Canvas, style: LayerStyle, shapes: Shapes, records: Ints, view: View, region: Region, proceed: Proceed
) -> None:
    proceed()
    part = gather(shapes, records, view)
    classes = _classes(style, shapes, part.records)[part.owner]
    symbols: list[PointSymbol] = [item.point for item in style.classes]
    draw_points(canvas.pixels, canvas.image, region, part.x, part.y, classes, symbols, view.camera.ratio)


def _dot(pixels: Pixels, style: LayerStyle, shapes: Shapes, records: Ints, view: View, region: Region) -> None:
    part = gather(shapes, records, view)
    column, row = part.x.astype(np.int64), part.y.astype(np.int64)
    seen = (column >= region.left) & (column < region.right) & (row >= region.top) & (row < region.bottom)
    looks = [item.point.fill if shapes.kind == "point" else item.line.color for item in style.classes]
    colors = np.array([pixel_of(color) for color in looks], dtype=np.uint32)
    classes = _classes(style, shapes, part.records)[part.owner]
    pixels.reshape(-1)[row[seen] * pixels.shape[1] + column[seen]] = colors[classes[seen]]


_DRAW = {"polygon": _draw_polygons, "line": _draw_lines, "point": _draw_points}
