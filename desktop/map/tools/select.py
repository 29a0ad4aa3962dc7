"""Pick records by a click or a box; clicking again goes through what lies one under another."""

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.map.hand import REACH_PX, Pointer
from desktop.map.scene import Hit
from desktop.map.surface import MapSurface
from desktop.map.tools.tool import Tool
from desktop.theme import ACCENT


class SelectTool(Tool):
    """The arrow."""

    name = "select"
    hint = "MAP-HINT-SELECT"

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self._from: Pointer | None = None
        self._to: Pointer | None = None
        self._last: tuple[Pointer, list[Hit], int] | None = None

    def put_down(self) -> None:
        self._from = self._to = self._last = None

    def pressed(self, at: Pointer) -> None:
        if at.button == Qt.MouseButton.LeftButton:
            self._from, self._to = at, None
        elif at.button == Qt.MouseButton.RightButton:
            hits = self.view.hits_at(at.x, at.y, REACH_PX)
            place = self.view.canvas.viewport().mapToGlobal(QPoint(round(at.px), round(at.py)))
            self.view.context_requested.emit(place, [(hit.layer_id, hit.fid) for hit in hits])

    def moved(self, at: Pointer) -> None:
        if self._from is not None and (self._to is not None or not at.is_near(self._from.px, self._from.py)):
            self._to = at
            self.view.repaint_overlay()

    def released(self, at: Pointer) -> None:
        begun, self._from = self._from, None
        if begun is None or at.button != Qt.MouseButton.LeftButton:
            return
        if self._to is None:
            self._pick(at)
            return
        self._to = None
        box = (min(begun.x, at.x), min(begun.y, at.y), max(begun.x, at.x), max(begun.y, at.y))
        self._last = None
        self.view.repaint_overlay()
        self.view.boxed.emit(self.view.records_in(box), at.is_additive)

    def double_clicked(self, at: Pointer) -> None:
        if at.button == Qt.MouseButton.LeftButton:
            hits = self.view.hits_at(at.x, at.y, REACH_PX)
            if hits:
                self.view.opened.emit(hits[0].layer_id, hits[0].fid)

    def key_pressed(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._from is not None:
            self._from = self._to = None
            self.view.repaint_overlay()
            return True
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.view.delete_requested.emit()
            return True
        return False

    def scene_changed(self) -> None:
        self._last = None

    def _pick(self, at: Pointer) -> None:
        """Emit the topmost record under the cursor, or the next one under it when this place was clicked before."""
        hits = self.view.hits_at(at.x, at.y, REACH_PX)
        turn = 0
        if self._last is not None and at.is_near(self._last[0].px, self._last[0].py):
            same = [(hit.layer_id, hit.fid) for hit in hits] == [(hit.layer_id, hit.fid) for hit in self._last[1]]
            turn = (self._last[2] + 1) % len(hits) if same and hits else 0
        self._last = (at, hits, turn)
        chosen = [(hits[turn].layer_id, hits[turn].fid)] if hits else []
        self.view.picked.emit(chosen, at.is_additive)

    def paint(self, painter: QPainter) -> None:
        if self._from is None or self._to is None:
            return
        face = QColor(ACCENT)
        face.setAlpha(28)
        painter.setPen(QPen(QColor(ACCENT), 1.2, Qt.PenStyle.DashLine))
        painter.setBrush(face)
        left, top = min(self._from.px, self._to.px), min(self._from.py, self._to.py)
        painter.drawRect(QRectF(left, top, abs(self._from.px - self._to.px), abs(self._from.py - self._to.py)))
