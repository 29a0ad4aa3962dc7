"""Pick one record of certain kinds, for a field that refers to it."""

from collections.abc import Callable, Collection

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.map.hand import REACH_PX, Pointer
from desktop.map.surface import MapSurface
from desktop.map.tools.tool import Tool
from desktop.theme import ACCENT

TakeRecord = Callable[[str, int], None]


class PickTool(Tool):
    """A click takes the topmost record of the wanted kinds under it; Esc gives up. What is selected stays selected."""

    name = "pick"
    hint = "MAP-HINT-PICK"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self._layers: frozenset[str] = frozenset()
        self._take: TakeRecord | None = None
        self._leave: Callable[[], None] | None = None
        self._over: Pointer | None = None

    def begin(self, layers: Collection[str], take: TakeRecord, leave: Callable[[], None]) -> None:
        """Wait for a record of one of ``layers``; ``take`` gets layer and number, ``leave`` is called on Esc."""
        self._layers, self._take, self._leave = frozenset(layers), take, leave

    def put_down(self) -> None:
        self._take = self._leave = self._over = None

    def _hit(self, at: Pointer) -> tuple[str, int] | None:
        hits = self.view.hits_at(at.x, at.y, REACH_PX)
        return next(((hit.layer_id, hit.fid) for hit in hits if hit.layer_id in self._layers), None)

    def moved(self, at: Pointer) -> None:
        self._over = at if self._hit(at) is not None else None
        self.view.repaint_overlay()

    def released(self, at: Pointer) -> None:
        found = self._hit(at) if at.button == Qt.MouseButton.LeftButton else None
        if found is not None and self._take is not None:
            self._take(*found)

    def uses(self, key: Qt.Key) -> bool:
        return key == Qt.Key.Key_Escape

    def key_pressed(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._leave is not None:
            self._leave()
            return True
        return False

    def paint(self, painter: QPainter) -> None:
        if self._over is not None:
            painter.setPen(QPen(QColor(ACCENT), 2))
            painter.drawEllipse(QPointF(self._over.px, self._over.py), 9, 9)
