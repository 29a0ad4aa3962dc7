"""Drag the divider between a base map and the map; the arrow keys move and turn it, Esc takes it away."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from desktop.map.hand import Pointer
from desktop.map.surface import MapSurface
from desktop.map.tools.tool import Tool

STEP = 0.02  # share of the map that an arrow key moves the divider
_STEPS = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Up: -STEP, Qt.Key.Key_Right: STEP, Qt.Key.Key_Down: STEP}
_ACROSS = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_ENDS = {Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: 1.0}


class SwipeTool(Tool):
    """The divider is there as long as this tool is in hand."""

    name = "swipe"
    hint = "MAP-HINT-SWIPE"
    cursor = Qt.CursorShape.SplitHCursor

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self._is_held = False

    def taken(self) -> None:
        self.view.swipe.begin()
        self._turn(across=False)

    def put_down(self) -> None:
        self._is_held = False
        self.view.swipe.end()

    def pressed(self, at: Pointer) -> None:
        self._is_held = at.button == Qt.MouseButton.LeftButton
        self._follow(at)

    def moved(self, at: Pointer) -> None:
        self._follow(at)

    def released(self, at: Pointer) -> None:
        self._follow(at)
        self._is_held = False

    def _follow(self, at: Pointer) -> None:
        if not self._is_held:
            return
        swipe, camera = self.view.swipe, self.view.camera
        swipe.move_to(at.py * camera.ratio / camera.height if swipe.is_across else at.px * camera.ratio / camera.width)
        self.view.repaint_overlay()

    def uses(self, key: Qt.Key) -> bool:
        return key in _STEPS or key in _ENDS or key == Qt.Key.Key_Escape

    def key_pressed(self, key: Qt.Key) -> bool:
        swipe = self.view.swipe
        if key == Qt.Key.Key_Escape:
            self.view.set_tool("select")
        elif key in _STEPS and (key in _ACROSS) != swipe.is_across:
            self._turn(across=key in _ACROSS)
        elif key in _STEPS or key in _ENDS:
            swipe.move_to(swipe.share + _STEPS[key] if key in _STEPS else _ENDS[key])
        else:
            return False
        self.view.repaint_overlay()
        return True

    def _turn(self, *, across: bool) -> None:
        self.view.swipe.is_across = across
        self.cursor = Qt.CursorShape.SplitVCursor if across else Qt.CursorShape.SplitHCursor  # type: ignore[misc]
        self.view.canvas.show_cursor()

    def paint(self, painter: QPainter) -> None:
        self.view.swipe.paint_handle(painter, self.view.camera)
