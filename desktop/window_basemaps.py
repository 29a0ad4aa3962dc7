"""Base maps from the window: adding one, with a question when it names no system; grids; the whole country."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from core.errors import UserError
from core.progress import Progress
from desktop.basemap_control import BasemapControl
from desktop.map.graticule import Grid
from desktop.tasks import Lane
from desktop.theme import Tone
from desktop.words import word
from exchange.rasters import SUFFIXES
from geodesy.mercator import WEB_MERCATOR
from geodesy.systems import coded_zones
from services.basemap_taking import BasemapAnswer, add_basemap, examine_basemap
from services.basemaps import Basemap

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow


SWIPE = "swipe"


class WindowBasemaps(QObject):
    """The verbs of one window over what lies around and under the records."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self.control = BasemapControl(window.session, window.map, self)
        panel = window.basemaps
        self.control.listed.connect(lambda found: panel.show_basemaps(found, self.control.state_of))
        self.control.noted.connect(panel.renew_states)
        self.control.failed.connect(lambda failure: window.notices.show_failure(failure, self.control.retry))
        panel.add_wanted.connect(self.choose)
        panel.changed.connect(lambda key, changes: self.control.change(key, **changes))
        panel.previewed.connect(self.control.preview_opacity)
        panel.zoom_wanted.connect(self._zoom)
        panel.swipe_wanted.connect(self.swipe)
        panel.remove_wanted.connect(self.remove)
        window.map.tool_changed.connect(self._note_tool)

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        view = self._window.map
        return {
            "basemaps": lambda on: self._window.commands.show_under("basemaps"),
            "add-basemap": lambda on: self.choose(),
            "swipe": lambda on: self.swipe(),
            "grid": lambda on: view.show_grid(Grid.PLANE, on),
            "graticule": lambda on: view.show_grid(Grid.DEGREES, on),
            "country": lambda on: self._show_country(),
        }

    def choose(self) -> None:
        """Ask for a file and take it in."""
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        kinds = f"{word('UI-BASEMAP-FILES')} ({patterns})"
        path, _ = QFileDialog.getOpenFileName(self._window, word("UI-DO-ADD-BASEMAP"), "", kinds)
        if path:
            self.add(Path(path))

    def add(self, path: Path, system: str | None = None) -> None:
        """Take a file into the workspace, and show it."""
        self._window.session.read(
            lambda progress: self._taken(path, system, progress),
            partial(self._note_added, path),
            owner=self,
            title=word("UI-BASEMAP-ADDING", file=path.name),
            lane=Lane.FILES,
        )

    def _taken(self, path: Path, system: str | None, progress: Progress) -> Basemap | BasemapAnswer:
        """Return the base map, or what is known of the file when its system must be asked for."""
        desk = self._window.session.desk
        try:
            return add_basemap(desk, path, system=system, progress=progress)
        except UserError as error:
            if error.code != "BASEMAP-SYSTEM-WANTED":
                raise
            return examine_basemap(desk, path, progress=progress)

    def _note_added(self, path: Path, found: Basemap | BasemapAnswer) -> None:
        if isinstance(found, BasemapAnswer):
            self._ask_system(path, found)
            return
        self._window.commands.show_page("map")
        self.control.load()
        code = "UI-BASEMAP-COPIED" if found.is_copy else "UI-BASEMAP-IN-PLACE"
        self._window.notices.toast.show_text(word(code, title=found.title, file=found.path.name), Tone.GOOD)

    def _ask_system(self, path: Path, found: BasemapAnswer) -> None:
        """Ask which system a bare picture lies in, the fitting ones first."""
        proposed = [item.system for item in found.proposals]
        systems = list(dict.fromkeys([*proposed, self._window.session.desk.system, *coded_zones()]))
        labels = {system.label(): system.id for system in systems} | {"Web Mercator": WEB_MERCATOR}
        chosen, ok = QInputDialog.getItem(
            self._window,
            word("UI-DO-ADD-BASEMAP"),
            word("UI-BASEMAP-WHICH-SYSTEM", file=path.name),
            list(labels),
            0,
            False,
        )
        if ok and chosen in labels:
            self.add(path, labels[chosen])

    def remove(self, basemap_id: str) -> None:
        """Take a base map away, once that is confirmed."""
        found = next((item for item in self.control.basemaps if item.id == basemap_id), None)
        if found is None:
            return
        code = "UI-BASEMAP-SURE-COPY" if found.is_copy else "UI-BASEMAP-SURE"
        answer = QMessageBox.question(
            self._window, word("UI-BASEMAP-REMOVE"), word(code, title=found.title, file=found.path.name)
        )
        if answer == QMessageBox.StandardButton.Yes:
            self.control.remove(basemap_id)

    def swipe(self, basemap_id: str | None = None) -> None:
        """Put a divider between a base map, the topmost one that is shown unless one is named, and the map."""
        window, chosen = self._window, basemap_id or self.control.topmost
        if chosen is None:
            window.actions_by_key["select"].trigger()
            window.notices.toast.show_text(word("UI-SWIPE-NOTHING"), Tone.WARNING)
            return
        found = next(item for item in self.control.basemaps if item.id == chosen)
        if not found.is_shown:
            self.control.change(chosen, is_shown=True)
        self.control.swipe(chosen)
        window.editing.use_tool(SWIPE)
        window.map.setFocus()

    def _note_tool(self, tool: str) -> None:
        if tool != SWIPE:
            self.control.swipe(None)

    def _zoom(self, basemap_id: str) -> None:
        self._window.commands.show_page("map")
        self.control.zoom_to(basemap_id)

    def _show_country(self) -> None:
        self._window.commands.show_page("map")
        self._window.map.zoom_to_country()
