"""A shape as it is and as a fix would make it, over the map: what goes is red, what comes is green."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from shapely.geometry.base import BaseGeometry

from desktop.map.canvas import MapCanvas
from desktop.map.painting import build_polygon

OLD, NEW = "#c2261d", "#1f7a33"
_LIMIT = 20_000.0
_FACE_ALPHA, _GAIN_ALPHA, _SPOT_ALPHA = 28, 110, 200
_SPOT_PX, _SMALL_PX = 13.0, 24.0
_DOT_PX = 3.5
_ARROW_PX = 12.0
_MOST_DOTS = 400


class FixGhosts:
    """Old shapes dashed, new ones solid, what is gained and lost filled; where that is tiny, a ring tells the place."""

    def __init__(self, canvas: MapCanvas) -> None:
        self._canvas = canvas
        self._old: list[BaseGeometry] = []
        self._new: list[BaseGeometry] = []
        self._lost: list[BaseGeometry] = []
        self._gained: list[BaseGeometry] = []
        canvas.overlays.append(self.paint)

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to see."""
        return bool(self._old or self._new)

    def show_shapes(self, old: Sequence[BaseGeometry], new: Sequence[BaseGeometry]) -> None:
        """Show these, in the map's coordinates, and no others."""
        self._old, self._new = _parts(old), _parts(new)
        self._lost, self._gained = difference(old, new), difference(new, old)
        self._canvas.viewport().update()

    def clear(self) -> None:
        """Show nothing any more."""
        self.show_shapes((), ())

    def paint(self, painter: QPainter) -> None:
        """Paint over the map."""
        for part in self._old:
            self._draw(painter, part, QPen(QColor(OLD), 2.0, Qt.PenStyle.DashLine), None)
        for part in self._new:
            self._draw(painter, part, QPen(QColor(NEW), 2.0), _faint(NEW, _FACE_ALPHA))
        for parts, colour in ((self._lost, OLD), (self._gained, NEW)):
            for part in parts:
                self._draw(painter, part, QPen(QColor(colour), 2.5), _faint(colour, _GAIN_ALPHA))
                self._ring(painter, part, colour)
        self._dots(painter)
        if not (self._lost or self._gained):
            for part in self._new:
                self._arrow(painter, part)

    def _arrow(self, painter: QPainter, part: BaseGeometry) -> None:
        """Tell which way a line runs, where nothing else about it may have changed."""
        if part.geom_type != "LineString" or _places(self._old) != _places(self._new):
            return
        middle = part.interpolate(0.5, normalized=True)
        before = part.interpolate(0.49, normalized=True)
        (x, y), (x0, y0) = (self._screen(point)[0].tolist() for point in (middle, before))
        way = math.atan2(y - y0, x - x0)
        tip = [(x + _ARROW_PX * math.cos(way + turn), y + _ARROW_PX * math.sin(way + turn)) for turn in (0, 2.5, -2.5)]
        painter.setPen(QPen(QColor("#ffffff"), 1.0))
        painter.setBrush(QColor(NEW))
        painter.drawPolygon(build_polygon(np.array(tip)))

    def _draw(self, painter: QPainter, part: BaseGeometry, pen: QPen, face: QColor | None) -> None:
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if part.geom_type == "Point":
            x, y = self._screen(part)[0].tolist()
            painter.drawEllipse(QPointF(x, y), 6, 6)
        elif part.geom_type != "Polygon":
            painter.drawPolyline(build_polygon(self._screen(part)))
        else:
            outline = QPainterPath()
            for ring in (part.exterior, *part.interiors):
                outline.addPolygon(build_polygon(self._screen(ring)))
            if face is not None:
                painter.setBrush(face)
            painter.drawPath(outline)

    def _ring(self, painter: QPainter, part: BaseGeometry, colour: str) -> None:
        """Draw a ring around a change that is too small to be seen."""
        xy = self._screen(part)
        if not len(xy) or float((xy.max(axis=0) - xy.min(axis=0)).max()) >= _SMALL_PX:
            return
        x, y = ((xy.max(axis=0) + xy.min(axis=0)) / 2).tolist()
        painter.setPen(QPen(_faint(colour, _SPOT_ALPHA), 2.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, y), _SPOT_PX, _SPOT_PX)

    def _dots(self, painter: QPainter) -> None:
        """Mark the vertices that come and those that go."""
        before, after = (_places(shapes) for shapes in (self._old, self._new))
        for places, colour in ((before - after, OLD), (after - before, NEW)):
            if not places or len(places) > _MOST_DOTS:
                continue
            painter.setPen(QPen(QColor("#ffffff"), 1.0))
            painter.setBrush(QColor(colour))
            for x, y in self._canvas.to_screen(np.array(sorted(places))).clip(-_LIMIT, _LIMIT).tolist():
                painter.drawEllipse(QPointF(x, y), _DOT_PX, _DOT_PX)

    def _screen(self, path: BaseGeometry) -> np.ndarray:
        return self._canvas.to_screen(shapely.get_coordinates(path)).clip(-_LIMIT, _LIMIT)


def difference(one: Iterable[BaseGeometry], other: Iterable[BaseGeometry]) -> list[BaseGeometry]:
    """Return what of some shapes the others do not have, part by part."""
    left, taken = (shapely.union_all([_sound(shape) for shape in shapes]) for shapes in (one, other))
    return _parts([shapely.difference(left, taken)])


def changed_places(old: Iterable[BaseGeometry], new: Iterable[BaseGeometry]) -> list[tuple[float, ...]]:
    """Return the vertices that come or go."""
    return sorted(_places(old) ^ _places(new))


def _sound(shape: BaseGeometry) -> BaseGeometry:
    return shape if shape.is_valid else shapely.make_valid(shape)


def _parts(shapes: Iterable[BaseGeometry]) -> list[BaseGeometry]:
    flat = (part for shape in shapes for piece in shapely.get_parts(shape) for part in shapely.get_parts(piece))
    return [part for part in flat if not part.is_empty]


def _places(shapes: Iterable[BaseGeometry]) -> set[tuple[float, ...]]:
    return {tuple(place) for shape in shapes for place in shapely.get_coordinates(shape).tolist()}


def _faint(colour: str, alpha: int) -> QColor:
    found = QColor(colour)
    found.setAlpha(alpha)
    return found
