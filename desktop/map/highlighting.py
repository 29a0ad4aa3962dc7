"""The selected records, drawn over the picture."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPen

from desktop.map.camera import Camera
from desktop.map.drawing import DrawnLayer
from desktop.map.filling import Pixels, Region
from desktop.map.painting import painting, wrap_pixels
from desktop.map.shapes import Part, View, count_vertices, find_visible, gather, split
from desktop.map.stamping import draw_points
from desktop.map.stroking import Strokes
from desktop.map.styles import LayerStyle, PointSymbol

_PART = 30_000
_RINGS_UP_TO = 3_000  # points ringed one by one; of more, each is a dot


@dataclass(frozen=True, slots=True)
class Highlight:
    """Places of the selected records by layer and kind, and the style they are drawn in."""

    records: dict[str, dict[str, npt.NDArray[np.int32]]]
    style: LayerStyle


def draw_highlight(pixels: Pixels, highlight: Highlight, layers: dict[str, DrawnLayer], camera: Camera) -> None:
    """Draw the selected records that are seen, over a wider pale line that lifts them off the map.

    Every one has its mark: points in their thousands are dots, for rings would hide each other.
    """
    symbols = highlight.style.classes[0]
    region = Region(0, 0, camera.width, camera.height)
    image = wrap_pixels(pixels)
    for layer_id, kinds in highlight.records.items():
        layer = layers.get(layer_id)
        if layer is None or not layer.is_visible:
            continue
        view = View(camera, layer.origin)
        box = view.metres(-20, -20, camera.width + 20, camera.height + 20)
        for kind, places in kinds.items():
            shapes = layer.shapes.get(kind)
            if shapes is None:
                continue
            records = np.intersect1d(places, find_visible(shapes, box))
            if kind == "point":
                _mark_points(pixels, gather(shapes, records, view), region, symbols.point, camera.ratio)
                continue
            line = symbols.line
            with painting(image) as painter:
                for color, width in ((line.casing or "#ffffff", line.casing_width), (line.color, line.width)):
                    for run in split(count_vertices(shapes, records), _PART):
                        strokes = Strokes(gather(shapes, records[run], view), region)
                        strokes.draw(painter, None, color, width * camera.ratio, ())


def _mark_points(pixels: Pixels, part: Part, region: Region, symbol: PointSymbol, ratio: float) -> None:
    if len(part.x) > _RINGS_UP_TO:
        dot = replace(symbol, fill=symbol.line, width=0)
        category = np.zeros(len(part.x), np.int32)
        draw_points(pixels, wrap_pixels(pixels), region, part.x, part.y, category, [dot], ratio)
        return
    size = symbol.size * ratio
    with painting(wrap_pixels(pixels)) as painter:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in (("#ffffff", size / 3), (symbol.line, size / 5)):
            painter.setPen(QPen(QColor(color), width))
            for x, y in zip(part.x.tolist(), part.y.tolist(), strict=True):
                painter.drawEllipse(QPointF(x, y), size / 2, size / 2)
