"""Draw a point, a line or a polygon vertex by vertex."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from desktop.map.snapping import Snap
from desktop.map.tools.marks import draw_handles, draw_sketch, draw_snap
from desktop.map.tools.tool import Pointer, Tool
from geodesy.arrays import Kind

if TYPE_CHECKING:
    from desktop.map.view import MapView

_ENDING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SketchTool(Tool):
    """A click sets a vertex; right button, double click or Enter ends; Backspace steps back; Esc gives up."""

    cursor = Qt.CursorShape.CrossCursor
    kind: ClassVar[Kind]
    least: ClassVar[int]

    def __init__(self, view: "MapView") -> None:
        super().__init__(view)
        self.points: list[tuple[float, float]] = []
        self.cursor_at: tuple[float, float] | None = None
        self.snap: Snap | None = None

    def put_down(self) -> None:
        self.points.clear()
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
        return bool(self.points) and key in (*_ENDING, Qt.Key.Key_Backspace, Qt.Key.Key_Escape)

    def key_pressed(self, key: Qt.Key) -> bool:
        if key in _ENDING and self.points:
            self.finish()
        elif key == Qt.Key.Key_Backspace and self.points:
            self.points.pop()
        elif key == Qt.Key.Key_Escape and self.points:
            self.points.clear()
        else:
            return False
        self.view.repaint_overlay()
        return True

    def finish(self) -> None:
        """End the sketch and hand it over; with too few vertices it goes on, and the hint says what is missing."""
        if not self.points:
            return
        if len(self.points) < self.least:
            self.view.say("MAP-SKETCH-TOO-FEW", count=self.least)
            return
        xy = np.array(self.points, dtype=np.float64)
        self.points.clear()
        self.snap = None
        self.view.repaint_overlay()
        self.hand_over(xy)

    def take_points(self, xy: npt.NDArray[np.float64]) -> None:
        """Add vertices ``(n, 2)`` that were typed or computed, as they are: nothing is snapped to."""
        self.points.extend((float(x), float(y)) for x, y in xy)
        if self.kind == "point" and self.points:
            self.finish()
        self.view.repaint_overlay()

    def set_points(self, points: Sequence[tuple[float, float]]) -> None:
        """Put other vertices in the place of those so far: one was typed anew, or taken out."""
        self.points[:] = points
        self.view.repaint_overlay()

    def hand_over(self, xy: npt.NDArray[np.float64]) -> None:
        """Give the finished sketch away."""
        self.view.sketch_finished.emit(self.kind, xy)

    def _follow(self, at: Pointer) -> None:
        loose = np.array(self.points[:-1] if self.kind != "point" else [], dtype=np.float64).reshape(-1, 2)
        self.snap = self.view.snap(at.x, at.y, loose=loose)
        self.cursor_at = (self.snap.x, self.snap.y) if self.snap is not None else (at.x, at.y)
        self.view.repaint_overlay()

    def _add(self) -> None:
        if self.cursor_at is None or (self.points and self.points[-1] == self.cursor_at):
            return
        if self.kind == "polygon" and len(self.points) >= self.least and self.cursor_at == self.points[0]:
            self.finish()
            return
        self.points.append(self.cursor_at)
        if self.kind == "point":
            self.finish()

    def paint(self, painter: QPainter) -> None:
        canvas = self.view.canvas
        trail = [*self.points, *([self.cursor_at] if self.cursor_at is not None and self.points else [])]
        if trail:
            screen = canvas.to_screen(np.array(trail))
            draw_sketch(painter, screen, closed=self.kind == "polygon" and len(trail) > 2)
            draw_handles(painter, screen[: len(self.points)])
        if self.snap is not None:
            x, y = canvas.to_screen(np.array([(self.snap.x, self.snap.y)]))[0].tolist()
            draw_snap(painter, QPointF(x, y), self.snap)


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
