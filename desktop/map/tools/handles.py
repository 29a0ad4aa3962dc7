"""Turn, scale and offset shapes by a handle on the map; the figure goes to whoever shows and applies it."""

import math
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from shapely.geometry.base import BaseGeometry

from desktop.map.hand import Pointer
from desktop.map.snapping import Snap
from desktop.map.surface import MapSurface
from desktop.map.tools.marks import draw_note, draw_snap, plain_numeral
from desktop.map.tools.tool import Tool
from desktop.theme import ACCENT
from desktop.words import word
from geodesy.shaping.moving import middle_of

Place = tuple[float, float]
_REACH_PX = 12.0
_ARM_PX = 26.0  # how far beyond the shapes the knob that turns them stands
_EXACT = 6  # decimals of a figure that comes from what the cursor sticks to


class Figures(Protocol):
    """Who shows the figure, previews it and applies it."""

    def take_figure(self, figure: float, around: Place | None) -> None:
        """Take a figure from the hand, and the place around which it is meant."""

    def accept(self) -> None:
        """Do it."""

    def reject(self) -> None:
        """Leave everything as it is."""


class HandleTool(Tool):
    """Drag a handle; Enter or the right button applies, Esc cancels. What is typed moves the handle (``show``)."""

    cursor = Qt.CursorShape.CrossCursor
    note: ClassVar[str]
    neutral: ClassVar[float] = 0.0
    step: ClassVar[float]
    coarse: ClassVar[float]  # with Shift
    has_pivot: ClassVar[bool] = True

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self._shapes: tuple[BaseGeometry, ...] = ()
        self._figures: Figures | None = None
        self.pivot: Place = (0.0, 0.0)
        self.figure: float | None = None
        self._begun: tuple[Place, float] | None = None  # where a drag began, and the figure then
        self._moves_pivot = False
        self._snap: Snap | None = None

    def begin(self, shapes: Sequence[BaseGeometry], figures: Figures) -> None:
        """Put handles to shapes of the zone."""
        self._shapes, self._figures = tuple(shapes), figures
        self.pivot = middle_of(shapely.geometrycollections(list(shapes)))
        self.figure = None
        self.view.repaint_overlay()

    def show(self, figure: float | None) -> None:
        """Show the handle where a figure puts it; ``None`` for one that cannot be used."""
        self.figure = figure
        self.view.repaint_overlay()

    def put_down(self) -> None:
        self._shapes, self._figures, self._begun, self._snap = (), None, None, None
        self._moves_pivot = False

    # What each of them is

    def handles(self) -> list[Place]:
        """Return where the handles stand."""
        raise NotImplementedError

    def figure_at(self, begun: Place, before: float, now: Place) -> float:
        """Return the figure of a drag from ``begun``, where it was ``before``, to ``now``."""
        raise NotImplementedError

    @property
    def _shown(self) -> float:
        return self.neutral if self.figure is None else self.figure

    # The hand

    def _is_on(self, at: Pointer, places: Sequence[Place]) -> bool:
        screen = self.view.canvas.to_screen(np.array(places)).tolist() if places else []
        return any(at.is_near(x, y, _REACH_PX) for x, y in screen)

    def pressed(self, at: Pointer) -> None:
        if self._figures is None:
            return
        if at.button == Qt.MouseButton.RightButton:
            self._figures.accept()
        elif at.button == Qt.MouseButton.LeftButton:
            if self._is_on(at, self.handles()):
                self._begun = (at.x, at.y), self._shown
            elif self.has_pivot and self._is_on(at, [self.pivot]):
                self._moves_pivot = True

    def moved(self, at: Pointer) -> None:
        if self._figures is None or not (self._begun or self._moves_pivot):
            return
        self._snap = self.view.snap(at.x, at.y, without_selection=not self._moves_pivot)
        now = (at.x, at.y) if self._snap is None else (self._snap.x, self._snap.y)
        if self._begun is None:
            self.pivot = now
            self._figures.take_figure(self._shown, now)
            return
        figure = self.figure_at(*self._begun, now)
        if self._snap is not None:
            figure = round(figure, _EXACT)
        else:
            step = self.coarse if at.modifiers & Qt.KeyboardModifier.ShiftModifier else self.step
            figure = round(round(figure / step) * step, _EXACT)
        self._figures.take_figure(figure, self.pivot if self.has_pivot else None)

    def released(self, at: Pointer) -> None:
        self._begun, self._moves_pivot, self._snap = None, False, None
        self.view.repaint_overlay()

    def uses(self, key: Qt.Key) -> bool:
        return self._figures is not None and key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)

    def key_pressed(self, key: Qt.Key) -> bool:
        if self._figures is None or not self.uses(key):
            return False
        if key == Qt.Key.Key_Escape:
            self._figures.reject()
        else:
            self._figures.accept()
        return True

    # The marks

    def paint(self, painter: QPainter) -> None:
        if self._figures is None:
            return
        canvas, handles = self.view.canvas, self.handles()
        screen = [QPointF(x, y) for x, y in canvas.to_screen(np.array(handles)).tolist()]
        if self.has_pivot:
            self._paint_pivot(painter, QPointF(*canvas.to_screen(np.array([self.pivot]))[0].tolist()), screen)
        painter.setPen(QPen(QColor("#ffffff"), 1.5))
        painter.setBrush(QColor(ACCENT))
        for place in screen:
            painter.drawEllipse(place, 7, 7)
        if self._snap is not None:
            draw_snap(
                painter, QPointF(*canvas.to_screen(np.array([(self._snap.x, self._snap.y)]))[0].tolist()), self._snap
            )
        if self.figure is not None:
            draw_note(painter, screen[0], word(self.note, value=plain_numeral(self.figure)))

    def _paint_pivot(self, painter: QPainter, pivot: QPointF, handles: Sequence[QPointF]) -> None:
        painter.setPen(QPen(QColor(ACCENT), 1.0, Qt.PenStyle.DashLine))
        for place in handles:
            painter.drawLine(pivot, place)
        for color, width in (("#ffffff", 4.5), (ACCENT, 2.0)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawLine(pivot - QPointF(8, 0), pivot + QPointF(8, 0))
            painter.drawLine(pivot - QPointF(0, 8), pivot + QPointF(0, 8))

    def _box(self) -> tuple[float, float, float, float]:
        west, south, east, north = shapely.total_bounds(list(self._shapes)).tolist()
        return west, south, east, north


class TurnTool(HandleTool):
    """A knob north of the shapes that swings around the pivot."""

    name = "turn"
    hint = "MAP-HINT-TURN"
    note = "MAP-FIGURE-TURN"
    step, coarse = 0.1, 15.0

    def handles(self) -> list[Place]:
        west, south, east, north = self._box()
        arm = math.hypot(east - west, north - south) / 2 + _ARM_PX * self.view.camera.metres_per_point
        turn = math.radians(self._shown)
        return [(self.pivot[0] + arm * math.sin(turn), self.pivot[1] + arm * math.cos(turn))]

    def figure_at(self, begun: Place, before: float, now: Place) -> float:
        turned = before + self._azimuth(now) - self._azimuth(begun)
        return (turned + 180) % 360 - 180

    def _azimuth(self, place: Place) -> float:
        return math.degrees(math.atan2(place[0] - self.pivot[0], place[1] - self.pivot[1]))


class ScaleTool(HandleTool):
    """A knob at each corner of the box around the shapes."""

    name = "scale"
    hint = "MAP-HINT-SCALE"
    note = "MAP-FIGURE-SCALE"
    neutral = 1.0
    step, coarse = 0.01, 0.25

    def handles(self) -> list[Place]:
        west, south, east, north = self._box()
        x, y = self.pivot
        corners = ((east, north), (east, south), (west, south), (west, north))
        return [(x + (cx - x) * self._shown, y + (cy - y) * self._shown) for cx, cy in corners]

    def figure_at(self, begun: Place, before: float, now: Place) -> float:
        was = math.dist(begun, self.pivot)
        return max(self.step, before * math.dist(now, self.pivot) / was) if was else before


class OffsetTool(HandleTool):
    """A knob on the longest edge, dragged away from it."""

    name = "offset"
    hint = "MAP-HINT-OFFSET"
    note = "MAP-FIGURE-OFFSET"
    step, coarse = 0.1, 1.0
    has_pivot = False

    def handles(self) -> list[Place]:
        x, y, right, up = self._edge()
        return [(x + right * self._shown, y + up * self._shown)]

    def figure_at(self, begun: Place, before: float, now: Place) -> float:
        """Measure from the edge itself, so that an edge which the cursor sticks to is met."""
        x, y, right, up = self._edge()
        return (now[0] - x) * right + (now[1] - y) * up

    def _edge(self) -> tuple[float, float, float, float]:
        """Return the middle of the longest edge, and the direction away from it: outwards, or to a line's right."""
        shape = self._shapes[0]
        paths = [part.exterior if part.geom_type == "Polygon" else part for part in shapely.get_parts(shape).tolist()]
        longest, found = -1.0, (0.0, 0.0, 0.0, 0.0)
        for path in paths:
            xy = shapely.get_coordinates(path)
            side = -1.0 if path.geom_type == "LinearRing" and not path.is_ccw else 1.0
            delta: npt.NDArray[np.float64] = np.diff(xy, axis=0)
            lengths = np.hypot(*delta.T)
            at = int(np.argmax(lengths))
            if lengths[at] > longest and lengths[at] > 0:
                longest = float(lengths[at])
                (x, y), (dx, dy) = ((xy[at] + xy[at + 1]) / 2).tolist(), (delta[at] / longest).tolist()
                found = (x, y, side * dy, -side * dx)
        return found


TOOLS: tuple[type[Tool], ...] = (TurnTool, ScaleTool, OffsetTool)
