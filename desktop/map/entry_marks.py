"""What a panel shows on the map before it is taken: points, a shape, the corners that are doubtful."""

import numpy as np
import numpy.typing as npt
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from shapely.geometry.base import BaseGeometry

from desktop.map.canvas import MapCanvas
from desktop.map.painting import build_polygon

PREVIEW_COLOR = "#c2410c"
DOUBTFUL_COLOR = "#b42318"

_LIMIT = 20_000.0
_MOST_MARKS = 2_000


class EntryMarks:
    """Paints over one map until cleared; coordinates are metres of the workspace's zone."""

    def __init__(self, canvas: MapCanvas) -> None:
        self._canvas = canvas
        self._paths: list[npt.NDArray[np.float64]] = []
        self._points = np.empty((0, 2))
        self._others = np.empty((0, 2))
        self._doubtful = np.empty((0, 2))
        canvas.overlays.append(self.paint)

    def clear(self) -> None:
        """Paint nothing any more."""
        self._paths, self._points, self._others, self._doubtful = [], *(np.empty((0, 2)) for _ in range(3))
        self._canvas.viewport().update()

    def show_points(
        self, xy: npt.NDArray[np.float64], *, start: tuple[float, float] | None = None, others: npt.ArrayLike = ()
    ) -> None:
        """Mark points ``(n, 2)``, the way to them from ``start``, and other solutions more faintly."""
        self._points, self._others = xy[-1:], np.asarray(others, dtype=np.float64).reshape(-1, 2)
        self._paths = [np.vstack([[start], xy])] if start is not None else [xy] if len(xy) > 1 else []
        self._doubtful = np.empty((0, 2))
        self._canvas.viewport().update()

    def show_geometry(self, geometry: BaseGeometry, doubtful: npt.ArrayLike = ()) -> None:
        """Draw a shape with its vertices; ``doubtful`` ones ``(n, 2)`` stand out."""
        self._paths = [shapely.get_coordinates(path) for path in _paths(geometry)]
        self._points, self._others = shapely.get_coordinates(geometry)[:_MOST_MARKS], np.empty((0, 2))
        self._doubtful = np.asarray(doubtful, dtype=np.float64).reshape(-1, 2)
        self._canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """Paint what is previewed, in logical pixels."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for path in self._paths:
            screen = self._canvas.to_screen(path).clip(-_LIMIT, _LIMIT)
            for color, width in (("#ffffff", 4.0), (PREVIEW_COLOR, 1.8)):
                painter.setPen(QPen(QColor(color), width, Qt.PenStyle.DashLine if width < 4 else Qt.PenStyle.SolidLine))
                painter.drawPolyline(build_polygon(screen))
        self._mark(painter, self._others, 5.0, PREVIEW_COLOR, hollow=True)
        self._mark(painter, self._points, 4.0, PREVIEW_COLOR)
        self._mark(painter, self._doubtful, 9.0, DOUBTFUL_COLOR, hollow=True)

    def _mark(
        self, painter: QPainter, xy: npt.NDArray[np.float64], reach: float, color: str, *, hollow: bool = False
    ) -> None:
        if not len(xy):
            return
        painter.setPen(QPen(QColor(color), 2.2) if hollow else QPen(QColor("#ffffff"), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush if hollow else QColor(color))
        for x, y in self._canvas.to_screen(xy).clip(-_LIMIT, _LIMIT).tolist():
            painter.drawEllipse(QPointF(x, y), reach, reach)


def _paths(geometry: BaseGeometry) -> list[BaseGeometry]:
    found: list[BaseGeometry] = []
    for part in shapely.get_parts(geometry).tolist():
        if part.geom_type == "Polygon":
            found += [part.exterior, *part.interiors]
        elif part.geom_type == "LineString":
            found.append(part)
    return found
