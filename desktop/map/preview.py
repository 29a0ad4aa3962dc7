"""Shapes that are not stored yet, shown over the map until someone says yes or no."""

from collections.abc import Iterable

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from shapely.geometry.base import BaseGeometry

from desktop.map.canvas import MapCanvas
from desktop.map.painting import build_polygon

_COLOR = "#c2410c"
_LIMIT = 20_000.0


class Preview:
    """Dashed outlines in a colour of their own."""

    def __init__(self, canvas: MapCanvas) -> None:
        self._canvas = canvas
        self._shapes: list[BaseGeometry] = []
        canvas.overlays.append(self.paint)

    def show_shapes(self, shapes: Iterable[BaseGeometry]) -> None:
        """Show these shapes, in the map's coordinates, and no others."""
        self._shapes = [part for shape in shapes for part in shapely.get_parts(shape) if not part.is_empty]
        self._canvas.viewport().update()

    def clear(self) -> None:
        """Show nothing any more."""
        self.show_shapes(())

    @property
    def shapes(self) -> tuple[BaseGeometry, ...]:
        """What is shown, part by part."""
        return tuple(self._shapes)

    def paint(self, painter: QPainter) -> None:
        """Paint over the map."""
        for part in self._shapes:
            self._paint_part(painter, part)

    def _paint_part(self, painter: QPainter, part: BaseGeometry) -> None:
        face = QColor(_COLOR)
        face.setAlpha(36)
        painter.setPen(QPen(QColor(_COLOR), 2.0, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if part.geom_type == "Point":
            x, y = self._canvas.to_screen(np.array(part.coords))[0].tolist()
            painter.drawEllipse(QPointF(x, y), 6, 6)
            return
        if part.geom_type != "Polygon":
            painter.drawPolyline(build_polygon(self._screen(part)))
            return
        outline = QPainterPath()
        for ring in (part.exterior, *part.interiors):
            outline.addPolygon(build_polygon(self._screen(ring)))
        painter.setBrush(face)
        painter.drawPath(outline)

    def _screen(self, path: BaseGeometry) -> np.ndarray:
        return self._canvas.to_screen(shapely.get_coordinates(path)).clip(-_LIMIT, _LIMIT)
