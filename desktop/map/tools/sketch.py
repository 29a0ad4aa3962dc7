"""Draw a point, a line or a polygon vertex by vertex."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from desktop.map.hand import Pointer
from desktop.map.snapping import Sketched, Snap, SnapKind
from desktop.map.surface import MapSurface
from desktop.map.tools.marks import draw_handles, draw_note, draw_sketch, draw_snap, numeral
from desktop.map.tools.tool import Tool
from desktop.words import word
from geodesy.arrays import Kind
from geodesy.survey.angles import format_angle
from geodesy.survey.measures import legs_of, path_length, ring_area

Points = npt.NDArray[np.float64]
Place = tuple[float, float]

_ENDING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TRACED = (SnapKind.VERTEX, SnapKind.EDGE, SnapKind.INTERSECTION)
_TURN = math.radians(45)


class SketchTool(Tool):
    """A click sets a vertex; right button, double click or Enter ends; Backspace steps back; Esc gives up.

    Shift keeps to 45° from the last stretch. What was stepped back or given up can be had again (``step_forward``).
    """

    cursor = Qt.CursorShape.CrossCursor
    kind: ClassVar[Kind]
    least: ClassVar[int]

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self.points: list[Place] = []
        self.cursor_at: Place | None = None
        self.snap: Snap | None = None
        self._trail: list[Place] = []  # vertices between the last point and the cursor, when tracing
        self._untraced = ""  # message code of why there is none
        self._steps: list[int] = []  # how many points each step set
        self._undone: list[Callable[[], None]] = []  # what sets each step again, the latest last

    @property
    def is_begun(self) -> bool:
        """Whether anything of a sketch is there."""
        return bool(self.points)

    @property
    def can_finish(self) -> bool:
        """Whether there are vertices enough."""
        return len(self.points) >= self.least

    def put_down(self) -> None:
        if self.is_begun:
            self.give_up()
        self.cursor_at = self.snap = None

    def pressed(self, at: Pointer) -> None:
        if at.button == Qt.MouseButton.RightButton:
            self.finish()
        elif at.button == Qt.MouseButton.LeftButton:
            self._follow(at)
            self._add()

    def moved(self, at: Pointer) -> None:
        self._follow(at)

    def double_clicked(self, at: Pointer) -> None:
        if at.button == Qt.MouseButton.LeftButton:
            self.finish()

    def uses(self, key: Qt.Key) -> bool:
        return self.is_begun and key in (*_ENDING, Qt.Key.Key_Backspace, Qt.Key.Key_Escape)

    def key_pressed(self, key: Qt.Key) -> bool:
        if not self.uses(key):
            return False
        if key in _ENDING:
            self.finish()
        elif key == Qt.Key.Key_Backspace:
            self.step_back()
        else:
            self.give_up()
        return True

    @property
    def can_step_forward(self) -> bool:
        """Whether something was stepped back or given up since the last point was set."""
        return bool(self._undone)

    def step_back(self) -> None:
        """Take back the last step, a traced way as a whole."""
        if not self.points:
            return
        count = self._steps.pop() if self._steps else 1
        self._undone.append(partial(self._set_again, self.points[-count:]))
        del self.points[-count:]
        self._renewed()

    def step_forward(self) -> None:
        """Set again what was last stepped back or given up."""
        if self._undone:
            self._undone.pop()()
            self._renewed()

    def _set_again(self, points: Sequence[Place]) -> None:
        self.points += points
        self._steps.append(len(points))

    def give_up(self) -> None:
        """Begin anew; ``step_forward`` brings the sketch back."""
        self._undone = [partial(self._set_again, list(self.points))]
        self.points.clear()
        self._steps.clear()
        self._renewed()

    def finish(self) -> None:
        """End the sketch and hand it over; with too few vertices it goes on, and the hint says what is missing."""
        if not self.points:
            return
        if len(self.points) < self.least:
            self.view.say("MAP-SKETCH-TOO-FEW", count=self.least)
            return
        xy = self.without_doubles(self.points)
        self._clear()
        self.hand_over(xy)

    def _clear(self) -> None:
        self.points.clear()
        self._steps, self._undone = [], []
        self.snap = None
        self._renewed()

    def without_doubles(self, points: Sequence[Place]) -> Points:
        """Return the vertices without those that the grid takes for the one before; all when too few are left."""
        xy = np.array(points, dtype=np.float64)
        places = np.round(xy, 4)
        differs = np.ones(len(xy), dtype=bool)
        differs[1:] = (places[1:] != places[:-1]).any(axis=1)
        if self.kind == "polygon" and len(xy) > 1 and (places[0] == places[-1]).all():
            differs[-1] = False
        return xy[differs] if differs.sum() >= self.least else xy

    def take_points(self, xy: Points) -> None:
        """Add vertices ``(n, 2)`` that were typed or computed, as they are: nothing is snapped to."""
        for x, y in xy:
            self.points.append((float(x), float(y)))
            self._steps.append(1)
        self._undone = []
        if self.kind == "point" and self.points:
            self.finish()
        self._renewed()

    def set_points(self, points: Sequence[Place]) -> None:
        """Put other vertices in the place of those so far: one was typed anew, or taken out."""
        self.points[:] = points
        self._steps, self._undone = [1] * len(self.points), []
        self._renewed()

    def hand_over(self, xy: Points) -> None:
        """Give the finished sketch away."""
        self.view.sketch_finished.emit(self.kind, xy)

    def _renewed(self) -> None:
        self._trail = []
        self.view.repaint_overlay()
        self._tell()

    def _tell(self) -> None:
        self.view.sketch_changed.emit(self.name)

    def _follow(self, at: Pointer) -> None:
        loose = np.array(self._loose_points(), dtype=np.float64).reshape(-1, 2)
        self.snap = self.view.snap(at.x, at.y, sketched=Sketched(loose, tuple(self.points[-2:])))
        self.cursor_at = (self.snap.x, self.snap.y) if self.snap is not None else (at.x, at.y)
        self._trail, self._untraced = [], ""
        if self.snap is None and self.points and at.modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.cursor_at = self._straightened(at)
        elif self.snap is not None and self.points and self.view.aids.is_tracing and self.snap.kind in _TRACED:
            traced = self.view.trace(self.points[-1], self.cursor_at)
            self._trail, self._untraced = list(traced.between), traced.refusal
        self.view.repaint_overlay()

    def _loose_points(self) -> Sequence[Place]:
        """Return the vertices of the sketch that the cursor may stick to."""
        return self.points[:-1] if self.kind != "point" else ()

    def _straightened(self, at: Pointer) -> Place:
        """Return the place at the nearest multiple of 45° from the last stretch, or from north for the first one."""
        x, y = self.points[-1]
        base = 0.0
        if len(self.points) > 1:
            before = self.points[-2]
            base = math.atan2(y - before[1], x - before[0])
        turn = base + round((math.atan2(at.y - y, at.x - x) - base) / _TURN) * _TURN
        along = (at.x - x) * math.cos(turn) + (at.y - y) * math.sin(turn)
        return round(x + along * math.cos(turn), 4), round(y + along * math.sin(turn), 4)

    def _add(self) -> None:
        if self.cursor_at is None or (self.points and self.points[-1] == self.cursor_at):
            return
        if self.kind == "polygon" and len(self.points) >= self.least and self.cursor_at == self.points[0]:
            if self._trail:
                self._set_again(self._trail)
            self.finish()
            return
        if self._untraced:
            self.view.complained.emit(word(self._untraced))
        self._set_again([*self._trail, self.cursor_at])
        self._undone = []
        self._trail = []
        if self.kind == "point":
            self.finish()
        else:
            self._tell()

    def paint(self, painter: QPainter) -> None:
        canvas = self.view.canvas
        ahead = [*self._trail, self.cursor_at] if self.cursor_at is not None and self.points else []
        trail = [*self.points, *ahead]
        self.paint_sketch(painter, trail)
        if self.snap is not None:
            x, y = canvas.to_screen(np.array([(self.snap.x, self.snap.y)]))[0].tolist()
            draw_snap(painter, QPointF(x, y), self.snap)
        note = self.describe(np.array(trail)) if self.points and len(trail) > 1 else ""
        if note:
            x, y = canvas.to_screen(np.array([trail[-1]]))[0].tolist()
            draw_note(painter, QPointF(x, y), note)

    def paint_sketch(self, painter: QPainter, trail: Sequence[Place]) -> None:
        """Paint the vertices so far and the way to the cursor, ``trail`` in all."""
        if trail:
            screen = self.view.canvas.to_screen(np.array(trail))
            draw_sketch(painter, screen, closed=self.kind == "polygon" and len(trail) > 2)
            draw_handles(painter, screen[: len(self.points)])

    def describe(self, xy: Points) -> str:
        """Return what a sketch measures so far: the stretch in hand with its azimuth, and the whole."""
        leg = legs_of(xy[-2:])[-1]
        parts = [word("MAP-SKETCH-LEG", length=numeral(leg.length_m, 3))]
        if leg.azimuth_deg is not None:
            parts.append(word("MAP-MEASURE-AZIMUTH", azimuth=format_angle(leg.azimuth_deg, decimals=0)))
        if self.kind == "polygon" and len(xy) > 2:
            parts.append(word("MAP-SKETCH-AREA", area=numeral(ring_area(xy), 1)))
        elif self.kind == "line" and len(xy) > 2:
            parts.append(word("MAP-MEASURE-LENGTH", length=numeral(path_length(xy), 2)))
        return " · ".join(parts)


class PointTool(SketchTool):
    """One click, one point."""

    name = "draw_point"
    hint = "MAP-HINT-POINT"
    kind = "point"
    least = 1


class LineTool(SketchTool):
    """A line of two vertices or more."""

    name = "draw_line"
    hint = "MAP-HINT-LINE"
    kind = "line"
    least = 2


class PolygonTool(SketchTool):
    """A face of three corners or more; a click on the first corner closes it as well."""

    name = "draw_polygon"
    hint = "MAP-HINT-POLYGON"
    kind = "polygon"
    least = 3
