"""How the map is drawn: the look of all, the wishes for one layer, the legend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.map.layer_views import LayerView
from desktop.map.styles import Look
from desktop.panels.layer_view_dialog import LayerViewDialog
from desktop.words import pick

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

KEYS = {look: f"look-{look.value.replace('_', '-')}" for look in Look}


class WindowLooks(QObject):
    """The verbs of one window over the map's looks."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        looks = {key: self._taker(look) for look, key in KEYS.items()}
        return {**looks, "legend": self._window.map.show_legend}

    def begin(self) -> None:
        """Begin with the user's last look."""
        control = self._window.map_control
        self._window.actions_by_key[KEYS[control.views.look]].setChecked(True)
        self._window.register.show_styles({kind.id: control.style_of(kind.id) for kind in control.types})
        self._window.register.model.show_hidden(control.views.hidden)

    def _taker(self, look: Look) -> Callable[[bool], object]:
        return lambda on: self._take(look)

    def _take(self, look: Look) -> None:
        self._window.commands.show_page("map")
        self._window.map_control.set_look(look)
        self.begin()

    def change_layer(self, type_id: str) -> None:
        """Ask how a layer is wanted; the map follows while it is asked."""
        window = self._window
        control = window.map_control
        window.commands.show_page("map")
        title = pick(window.catalogue.type(type_id).title)
        dialog = LayerViewDialog(title, control.style_of(type_id), control.views[type_id], window)

        def follow(view: LayerView) -> None:
            control.set_layer_view(type_id, view)

        dialog.changed.connect(follow)
        dialog.open()

    def move_layer(self, type_id: str, steps: int) -> None:
        """Put a layer over or under its neighbour."""
        self._window.commands.show_page("map")
        self._window.map_control.move_layer(type_id, steps)
