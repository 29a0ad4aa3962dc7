"""The selected records, drawn over the picture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.map.camera import Camera
from desktop.map.drawing import DrawnLayer
from desktop.map.filling import Region
from desktop.map.shapes import Shapes, View, count_vertices, find_visible, gather, split
from desktop.map.stroking import Strokes
from desktop.map.styles import LayerStyle

_PART = 30_000
_RINGS_UP_TO = 5_000  # points ringed one by one; of more, each is a dot


@dataclass(frozen=True, slots=True)
class Highlight:
    """Places of the selected records by layer and kind, and the style they are drawn in."""

    records: dict[str, dict[str, npt.NDArray[np.int32]]]
    style: LayerStyle


def draw_highlight(painter: QPainter, highlight: Highlight, layers: dict[str, DrawnLayer], camera: Camera) -> None:
    """Draw the selected records that are seen, over a wider pale line that lifts them off the map."""
    symbols = highlight.style.classes[0]
    region = Region(0, 0, camera.width, camera.height)
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
                _ring(painter, shapes, records, view, symbols.point.line, symbols.point.size * camera.ratio)
            else:
                line = symbols.line
                for color, width in ((line.casing or "#ffffff", line.casing_width), (line.color, line.width)):
                    for run in split(count_vertices(shapes, records), _PART):
                        strokes = Strokes(gather(shapes, records[run], view), region)
                        strokes.draw(painter, None, color, width * camera.ratio, ())


def _ring(
    painter: QPainter, shapes: Shapes, records: npt.NDArray[np.int32], view: View, color: str, size: float
) -> None:
    if not len(records):
        return
    part = gather(shapes, records, view)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    places = list(zip(part.x.tolist(), part.y.tolist(), strict=True))[:_RINGS_UP_TO]
    for pen_color, width in (("#ffffff", size / 3), (color, size / 5)):
        painter.setPen(QPen(QColor(pen_color), width))
        for x, y in places:
            painter.drawEllipse(QPointF(x, y), size / 2, size / 2)
