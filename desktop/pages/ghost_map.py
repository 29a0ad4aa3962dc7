"""A small map of where a file would lie in each reading of its coordinates: ghosts beside boundary and records."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from desktop.map.tools.marks import numeral
from desktop.words import word
from services.ghosts import Paths

Floats = npt.NDArray[np.float64]

_PAPER, _LAND, _EDGE, _KNOWN = QColor("#ffffff"), QColor("#eef4f0"), QColor("#5b6b66"), QColor("#9aa8a3")
MARK = QColor("#a21caf")
_MARK_PX, _POINTED_PX = 5.0, 9.0
_AROUND_M = 40.0
_MARGIN = 0.12
_LABEL_PX = 12
_REACH_PX = 12.0
_LEAST_M = 50.0


@dataclass(frozen=True)
class GhostPaths:
    """One reading's shapes in the map's metres, its name and the colour of its verdict."""

    name: str
    colour: QColor
    paths: Paths

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """xmin, ymin, xmax, ymax."""
        low, high = (
            np.min([path.min(axis=0) for path in self.paths], axis=0),
            np.max([path.max(axis=0) for path in self.paths], axis=0),
        )
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


class GhostMap(QWidget):
    """Draws the commune, what is stored, and every ghost; the one taken is strong, the others thin.

    The wheel zooms, a double click shows everything again. ``picked`` carries the place in the list of the ghost that
    was clicked. ``marks`` are the points of the file's notes, note by note, ``pointed`` is the note looked at.
    """

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(250)
        self.setToolTip(word("UI-GHOSTS-HELP"))
        self.setAccessibleName(word("UI-GHOSTS"))
        self._boundary: Paths = []
        self._known: Paths = []
        self.ghosts: list[GhostPaths] = []
        self.taken: int | None = None
        self.marks: list[Paths] = []
        self.pointed: int | None = None
        self._view: tuple[Floats, float] | None = None
        self._box: tuple[float, float, float, float] | None = None

    def show_scene(self, boundary: Paths, known: Paths) -> None:
        """Show a commune's outline and what is stored in it."""
        self._boundary, self._known = boundary, known
        self._view = None

    def show_ghosts(self, ghosts: Sequence[GhostPaths], taken: int | None) -> None:
        """Show these ghosts; ``taken`` is the place of the chosen one."""
        self.ghosts, self.taken = list(ghosts), taken
        self._box = self._view = None
        self.update()

    def show_marks(self, marks: Sequence[Paths]) -> None:
        """Mark these points, note by note; an empty list stands for a note without."""
        self.marks, self.pointed = list(marks), None
        self.update()

    def point_at(self, place: int) -> bool:
        """Look at the points of one note; return whether it has any."""
        paths = self.marks[place] if place < len(self.marks) else []
        if not paths:
            return False
        low, high = np.min(np.vstack(paths), axis=0), np.max(np.vstack(paths), axis=0)
        self.pointed = place
        self.show_box((*(low - _AROUND_M).tolist(), *(high + _AROUND_M).tolist()))
        return True

    def _corners(self) -> Floats:
        near = [self.ghosts[self.taken]] if self.taken is not None and self.taken < len(self.ghosts) else self.ghosts
        boxes = [np.reshape(ghost.bounds, (2, 2)) for ghost in (near or self.ghosts)]
        boxes += [np.array([path.min(axis=0), path.max(axis=0)]) for path in self._boundary]
        return np.vstack(boxes) if boxes else np.array([[0.0, 0.0], [1.0, 1.0]])

    def _frame(self) -> tuple[Floats, float]:
        """Return the middle of the view and its pixels a metre."""
        if self._view is None:
            corners = self._corners() if self._box is None else np.reshape(self._box, (2, 2))
            self._view = self._fit(corners)
        return self._view

    def _fit(self, corners: Floats) -> tuple[Floats, float]:
        low, high = corners.min(axis=0), corners.max(axis=0)
        size = np.maximum((high - low) * (1 + 2 * _MARGIN), _LEAST_M)
        return (low + high) / 2, float(min(self.width() / size[0], self.height() / size[1]))

    def show_box(self, bounds: tuple[float, float, float, float]) -> None:
        """Look at a box (xmin, ymin, xmax, ymax) until other ghosts are shown."""
        self._box, self._view = bounds, None
        self.update()

    def to_screen(self, xy: Floats) -> Floats:
        """Return map metres ``(n, 2)`` as pixels."""
        middle, scale = self._frame()
        found: Floats = (xy - middle) * [scale, -scale] + [self.width() / 2, self.height() / 2]
        return np.clip(found, -30_000, 30_000)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw_ground(painter)
        order = [place for place in range(len(self.ghosts)) if place != self.taken]
        for place in [*order, *([self.taken] if self.taken is not None else [])]:
            ghost, is_taken = self.ghosts[place], place == self.taken
            colour = QColor(ghost.colour)
            colour.setAlpha(255 if is_taken else 120)
            style = Qt.PenStyle.SolidLine if is_taken else Qt.PenStyle.DashLine
            self.draw_paths(painter, ghost.paths, QPen(colour, 2.0 if is_taken else 1.0, style))
        named: list[QRectF] = []
        for place in [*([self.taken] if self.taken is not None else []), *order]:
            self._label(painter, place, named)
        self._draw_marks(painter)
        self.draw_edge(painter)

    def _draw_marks(self, painter: QPainter) -> None:
        """Draw a ring round each marked point, those looked at last and larger."""
        order = [place for place in range(len(self.marks)) if place != self.pointed]
        for place in [*order, *([self.pointed] if self.pointed is not None else [])]:
            is_pointed = place == self.pointed
            painter.setPen(QPen(MARK, 3.0 if is_pointed else 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = _POINTED_PX if is_pointed else _MARK_PX
            for x, y in self.to_screen(np.vstack(self.marks[place])).tolist() if self.marks[place] else []:
                painter.drawEllipse(QPointF(x, y), radius, radius)

    def draw_ground(self, painter: QPainter) -> None:
        """Draw the paper, the commune and what is stored."""
        painter.fillRect(self.rect(), _PAPER)
        self.draw_paths(painter, self._boundary, QPen(_EDGE, 1.2), _LAND)
        self.draw_paths(painter, self._known, QPen(_KNOWN, 1.0))

    def draw_edge(self, painter: QPainter) -> None:
        """Draw the scale bar and the frame, over everything else."""
        self._draw_bar(painter)
        painter.setPen(QPen(_KNOWN, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def draw_paths(self, painter: QPainter, paths: Paths, pen: QPen, face: QColor | None = None) -> None:
        """Draw paths in the map's metres: a point as a dot, anything else as a line, filled where there is a face."""
        painter.setPen(pen)
        painter.setBrush(face or Qt.BrushStyle.NoBrush)
        for path in paths:
            points = self.to_screen(path)
            if len(points) == 1:
                painter.drawEllipse(QPointF(*points[0]), 2.0, 2.0)
            elif face is not None:
                painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
            else:
                painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))

    def _label(self, painter: QPainter, place: int, named: list[QRectF]) -> None:
        """Write a ghost's name over it, or under it where another name stands."""
        ghost = self.ghosts[place]
        west, south, east, north = ghost.bounds
        x, y = self.to_screen(np.array([[(west + east) / 2, north]]))[0]
        if not (0 <= x <= self.width() and -20 <= y <= self.height()):
            return
        font = painter.font()
        font.setPixelSize(_LABEL_PX)
        font.setBold(place == self.taken)
        painter.setFont(font)
        size = painter.fontMetrics().boundingRect(ghost.name)
        left = min(max(2.0, x - size.width() / 2), self.width() - size.width() - 8.0)
        box = QRectF(left, max(2.0, y - size.height() - 6), size.width() + 6, size.height() + 2)
        if any(box.intersects(other) for other in named):
            box.moveTop(float(self.to_screen(np.array([[west, south]]))[0, 1]) + 6)
        while any(box.intersects(other) for other in named):
            box.translate(0, box.height())
        named.append(box)
        painter.fillRect(box, QColor(255, 255, 255, 210))
        painter.setPen(ghost.colour)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, ghost.name)

    def _draw_bar(self, painter: QPainter) -> None:
        """Draw a bar of a round length."""
        scale = self._frame()[1]
        wanted = 110 / scale
        unit = 10 ** np.floor(np.log10(wanted))
        length = float(max(step * unit for step in (1, 2, 5) if step * unit <= wanted))
        width, low = length * scale, self.height() - 12
        painter.setPen(QPen(_EDGE, 2.0))
        painter.drawLine(QPointF(12, low), QPointF(12 + width, low))
        text = f"{numeral(length / 1000)} km" if length >= 1000 else f"{numeral(length)} m"
        font = painter.font()
        font.setBold(False)
        painter.setFont(font)
        painter.drawText(QPointF(14, low - 4), text)

    def wheelEvent(self, event: QWheelEvent) -> None:
        middle, scale = self._frame()
        factor = 1.25 ** (event.angleDelta().y() / 120)
        place = np.array([event.position().x() - self.width() / 2, self.height() / 2 - event.position().y()])
        self._view = middle + place / scale * (1 - 1 / factor), scale * factor
        self.update()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.ghosts:
            self._view = self._fit(np.vstack([np.reshape(ghost.bounds, (2, 2)) for ghost in self.ghosts]))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = np.array([event.position().x(), event.position().y()])
        distances = [
            min(float(np.hypot(*(self.to_screen(path) - place).T).min()) for path in ghost.paths)
            for ghost in self.ghosts
        ]
        if distances and min(distances) <= _REACH_PX:
            self.picked.emit(int(np.argmin(distances)))
