"""Move the map with the left button."""

from PySide6.QtCore import QPointF, Qt

from desktop.map.hand import Pointer
from desktop.map.tools.tool import Tool


class PanTool(Tool):
    """The open hand."""

    name = "pan"
    hint = "MAP-HINT-PAN"
    cursor = Qt.CursorShape.OpenHandCursor

    def pressed(self, at: Pointer) -> None:
        if at.button == Qt.MouseButton.LeftButton:
            self.view.canvas.begin_drag(QPointF(at.px, at.py))

    def released(self, at: Pointer) -> None:
        if at.button == Qt.MouseButton.LeftButton:
            self.view.canvas.end_drag()
