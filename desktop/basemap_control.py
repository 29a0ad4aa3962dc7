"""Keeps the base maps on the map as the workspace has them, and tells the panel about them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import AppError
from core.progress import Progress
from desktop.basemap_feed import BasemapFeed
from desktop.map.camera import Camera
from desktop.map.view import MapView
from desktop.session import Session
from desktop.tasks import Failure, Lane
from services.basemaps import Basemap, change_basemap, list_basemaps, remove_basemap

SETTLED_MS = 120
_GATHER_MS = 60


class BasemapControl(QObject):
    """The base maps of one window.

    ``listed`` carries them, bottom first; ``failed`` a ``Failure`` of one that cannot be shown; ``noted`` says that
    what ``state_of`` tells may have changed.
    """

    listed = Signal(list)
    failed = Signal(object)
    noted = Signal()

    def __init__(self, session: Session, view: MapView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        self._feeds: dict[str, BasemapFeed] = {}
        self._troubles: dict[str, str] = {}
        self.basemaps: list[Basemap] = []
        self._settling = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settling.timeout.connect(self._ask)
        self._gathering = QTimer(self, singleShot=True, interval=_GATHER_MS)
        self._gathering.timeout.connect(self._gather)
        self._is_over = False
        self._swiped: str | None = None
        view.canvas.camera_changed.connect(self._note_camera)

    @property
    def is_idle(self) -> bool:
        """Whether every picture that the view needs is on the map."""
        waiting = self._settling.isActive() or self._gathering.isActive()
        return not waiting and all(feed.is_idle for feed in self._feeds.values())

    def load(self) -> None:
        """Fetch which base maps there are."""
        desk = self._session.desk
        self._session.read(lambda progress: list_basemaps(desk), self.show, owner=self)

    def show(self, basemaps: Sequence[Basemap]) -> None:
        """Show these base maps, bottom first."""
        if self._is_over:
            return
        self.basemaps = list(basemaps)
        shown = {item.id: item for item in basemaps if item.is_shown and item.trouble is None}
        for gone in self._feeds.keys() - shown.keys():
            self._drop(gone)
        for key, item in shown.items():
            if key in self._feeds:
                self._feeds[key].change(item)
            else:
                self._open(item)
        self._troubles = {key: code for key, code in self._troubles.items() if key in shown}
        self._ask()
        self._gathering.start()
        self.listed.emit(self.basemaps)

    def state_of(self, basemap: Basemap) -> str | None:
        """Return the code of what must be said of a base map now, if anything."""
        feed = self._feeds.get(basemap.id)
        if basemap.trouble or feed is None:
            return basemap.trouble
        if basemap.id in self._troubles:
            return self._troubles[basemap.id]
        if feed.is_too_far:
            return "UI-BASEMAP-TOO-FAR"
        return "UI-BASEMAP-DAMAGED" if feed.damaged else None

    def change(self, basemap_id: str, **changes: Any) -> None:
        """Show a base map otherwise, and remember it."""
        desk = self._session.desk

        def store(progress: Progress) -> list[Basemap]:
            return change_basemap(desk, basemap_id, **changes)

        # no record changes: the lane of edits, without their news
        self._session.read(store, self.show, owner=self, lane=Lane.STORE)

    def preview_opacity(self, basemap_id: str, opacity: float) -> None:
        """Show a base map more or less faintly while the hand still moves."""
        feed = self._feeds.get(basemap_id)
        if feed is not None:
            feed.change(replace(feed.basemap, opacity=opacity))
            self._gathering.start()

    def remove(self, basemap_id: str) -> None:
        """Take a base map out of the workspace."""
        desk = self._session.desk
        self._drop(basemap_id)  # its file can only go when nobody reads it
        self._gathering.start()

        def store(progress: Progress) -> list[Basemap]:
            return remove_basemap(desk, basemap_id)

        self._session.read(store, self.show, owner=self, lane=Lane.STORE)

    @property
    def topmost(self) -> str | None:
        """The id of the base map that lies over the others on the map, ``None`` when none is seen."""
        shown = [item for item in self.basemaps if item.id in self._feeds]
        ordered = sorted(shown, key=lambda item: item.is_above)  # as drawn: the order holds among equals
        return ordered[-1].id if ordered else None

    def swipe(self, basemap_id: str | None) -> None:
        """Show a base map at one side of the map's divider alone; with ``None`` all lie again as they did."""
        if basemap_id != self._swiped:
            self._swiped = basemap_id
            self._gather()

    def reopen(self, basemap_id: str) -> None:
        """Forget what was fetched of a base map that lies elsewhere now."""
        self._drop(basemap_id)

    def zoom_to(self, basemap_id: str) -> None:
        """Show all of a base map."""
        for item in self.basemaps:
            if item.id == basemap_id:
                self._view.zoom_to(item.bounds)

    def retry(self) -> None:
        """Try again what failed."""
        self._troubles.clear()
        for feed in self._feeds.values():
            feed.retry()
        self.load()

    def shut_down(self) -> None:
        """End every child process and give back all memory."""
        self._is_over = True
        self._settling.stop()
        self._gathering.stop()
        for key in list(self._feeds):
            self._drop(key)

    def _open(self, basemap: Basemap) -> None:
        feed = BasemapFeed(basemap, self._session.desk.system, self._session.runner, self)
        feed.changed.connect(self._gathering.start)
        feed.failed.connect(lambda failure: self._note_failure(basemap, failure))
        self._feeds[basemap.id] = feed

    def _drop(self, basemap_id: str) -> None:
        feed = self._feeds.pop(basemap_id, None)
        if feed is not None:
            feed.close()
            feed.deleteLater()

    def _note_camera(self, camera: Camera) -> None:
        if self._feeds:
            self._settling.start()

    def _ask(self) -> None:
        for feed in self._feeds.values():
            feed.ask(self._view.camera)

    def _gather(self) -> None:
        """Put on the map what has come."""
        order = [item.id for item in self.basemaps if item.id in self._feeds]
        images = {key: self._feeds[key].images for key in order}
        self._view.set_images([image for key in order if key != self._swiped for image in images[key]])
        self._view.set_swiped(images.get(self._swiped or "", []))
        self.noted.emit()

    def _note_failure(self, basemap: Basemap, failure: Failure) -> None:
        code = failure.error.code if isinstance(failure.error, AppError) else "UI-BASEMAP-FAILED"
        self._troubles[basemap.id] = code
        self.failed.emit(failure)
