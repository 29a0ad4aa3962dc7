"""Say what lies at a place, in all layers at once."""

from PySide6.QtCore import QPoint, Qt

from desktop.map.hand import REACH_PX, Pointer
from desktop.map.tools.tool import Tool


class IdentifyTool(Tool):
    """A click tells of every record under it, the topmost first."""

    name = "identify"
    hint = "MAP-HINT-IDENTIFY"
    cursor = Qt.CursorShape.WhatsThisCursor

    def released(self, at: Pointer) -> None:
        if at.button != Qt.MouseButton.LeftButton:
            return
        hits = self.view.hits_at(at.x, at.y, REACH_PX)
        place = self.view.canvas.viewport().mapToGlobal(QPoint(round(at.px), round(at.py)))
        self.view.identified.emit(place, [(hit.layer_id, hit.fid) for hit in hits], (at.x, at.y))
