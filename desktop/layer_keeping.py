"""Large layers kept for the next start, once the map has been let alone for a while."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer

from core.memory import give_back_memory
from desktop.map.layers import MapLayer
from desktop.map.styles import Look
from desktop.map_layers import LABELLED_AT_MOST, keep_layers
from desktop.session import Session
from desktop.tasks import Lane

KEPT_AFTER_MS = 60_000  # without a change: a large file is not written after every edit


class LayerKeeping(QObject):
    """Has the layers that ``layers`` gives kept in the look of ``look`` some time after the last ``note_change``."""

    def __init__(
        self, session: Session, layers: Callable[[], Iterable[MapLayer]], look: Callable[[], Look], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._layers, self._look = session, layers, look
        self._timer = QTimer(self, singleShot=True, interval=KEPT_AFTER_MS)
        self._timer.timeout.connect(self._keep)

    def note_change(self) -> None:
        """Wait anew: what was kept, if anything, is no longer what the map shows."""
        self._timer.start()

    def _keep(self) -> None:
        large = [layer.id for layer in self._layers() if len(layer) >= LABELLED_AT_MOST]
        desk, look = self._session.desk, self._look()
        if large:
            self._session.read(
                lambda progress: keep_layers(desk, large, look, progress),
                lambda _: give_back_memory(),
                owner=self,
                lane=Lane.FILES,
            )
