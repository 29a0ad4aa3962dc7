"""Tools that draw over records what is to be done to them; who does it is told the tool's name and the vertices."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from desktop.map.hand import REACH_PX, Pointer
from desktop.map.snapping import Snap
from desktop.map.surface import MapSurface
from desktop.map.tools.marks import draw_note, draw_sketch, draw_snap, numeral
from desktop.map.tools.sketch import LineTool, PointTool, PolygonTool, SketchTool
from desktop.map.tools.tool import Tool
from desktop.words import word


class _Over:
    """Hands the sketch over as something done to records, not as a new record."""

    name: str
    view: MapSurface

    def hand_over(self, xy: npt.NDArray[np.float64]) -> None:
        self.view.drawn_over.emit(self.name, xy)


class MirrorTool(_Over, LineTool):
    """The two ends of a mirror's axis."""

    name = "mirror"
    hint = "MAP-HINT-MIRROR"

    def pressed(self, at: Pointer) -> None:
        super().pressed(at)
        if len(self.points) == 2:
            self.finish()


class RoomTool(_Over, PointTool):
    """The room between records that becomes one."""

    name = "room"
    hint = "MAP-HINT-ROOM"

    def _follow(self, at: Pointer) -> None:
        self.snap, self.cursor_at = None, (at.x, at.y)


class MoveTool(Tool):
    """Drag the selected records; what was taken hold of sticks to vertices and edges of others."""

    name = "move"
    hint = "MAP-HINT-MOVE"
    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self._from: tuple[float, float] | None = None
        self._to: tuple[float, float] | None = None
        self._held: Pointer | None = None
        self._snap: Snap | None = None

    def put_down(self) -> None:
        self._from = self._to = self._held = self._snap = None

    def pressed(self, at: Pointer) -> None:
        if at.button != Qt.MouseButton.LeftButton:
            return
        if not any(self.view.scene.selection.values()):
            hits = self.view.hits_at(at.x, at.y, REACH_PX, editable=True)
            self.view.picked.emit([(hits[0].layer_id, hits[0].fid)] if hits else [], False)
        snap = self.view.snap(at.x, at.y)
        self._from, self._held = ((snap.x, snap.y) if snap else (at.x, at.y)), at

    def moved(self, at: Pointer) -> None:
        if self._from is None or self._held is None or (self._to is None and at.is_near(self._held.px, self._held.py)):
            return
        self._snap = self.view.snap(at.x, at.y, without_selection=True)
        self._to = (self._snap.x, self._snap.y) if self._snap is not None else (at.x, at.y)
        self.view.repaint_overlay()

    def released(self, at: Pointer) -> None:
        begun, ended = self._from, self._to
        self.put_down()
        self.view.repaint_overlay()
        if begun is not None and ended is not None:
            self.view.drawn_over.emit(self.name, np.array([begun, ended]))

    def uses(self, key: Qt.Key) -> bool:
        return self._to is not None and key == Qt.Key.Key_Escape

    def key_pressed(self, key: Qt.Key) -> bool:
        if not self.uses(key):
            return False
        self.put_down()
        self.view.repaint_overlay()
        return True

    def paint(self, painter: QPainter) -> None:
        if self._from is None or self._to is None:
            return
        canvas = self.view.canvas
        shift = np.array(self._to) - np.array(self._from)
        for paths, closed in self.view.selected_paths():
            for path in paths:
                draw_sketch(painter, canvas.to_screen(path + shift), closed=closed, filled=False)
        x, y = canvas.to_screen(np.array([self._to]))[0].tolist()
        if self._snap is not None:
            draw_snap(painter, QPointF(x, y), self._snap)
        east, north = shift.tolist()
        draw_note(painter, QPointF(x, y), word("MAP-MOVED", north=numeral(north, 3), east=numeral(east, 3)))


DRAWN_OVER: tuple[tuple[str, type[SketchTool], str], ...] = (
    ("cut", LineTool, "MAP-HINT-CUT"),  # a line along which records are cut
    ("stretch", LineTool, "MAP-HINT-STRETCH"),  # a line that an outline follows from now on
    ("hole", PolygonTool, "MAP-HINT-HOLE"),  # a hole in an area
    ("area_part", PolygonTool, "MAP-HINT-PART"),  # one part more of an area
    ("line_part", LineTool, "MAP-HINT-PART"),  # one part more of a line
    ("fill_hole", PointTool, "MAP-HINT-FILL-HOLE"),  # a hole that is to be filled
    ("drop_part", PointTool, "MAP-HINT-DROP-PART"),  # a part that is to go
)


def _drawn_over(name: str, sketch: type[SketchTool], hint: str) -> type[Tool]:
    """Return a tool that draws as another one does, over records."""
    return type(name, (_Over, sketch), {"name": name, "hint": hint, "__doc__": sketch.__doc__})


TOOLS: tuple[type[Tool], ...] = (*(_drawn_over(*row) for row in DRAWN_OVER), MirrorTool, RoomTool, MoveTool)
