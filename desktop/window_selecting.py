"""Choosing records by a condition, by their place, by an outline; telling what lies under a click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from core.errors import UserError
from desktop.panels.identify_popup import IdentifyPopup
from desktop.panels.select_dialog import CHOSEN, SelectDialog, Wanted
from desktop.theme import Tone
from desktop.words import word
from forms.record import Record
from geodesy.coordinates import format_position
from geodesy.datum import transform_xy
from services.reading import fetch_record, list_uids
from services.selecting import find_records, join_selection

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow


class WindowSelecting(QObject):
    """The verbs of one window that choose records and tell of them."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        editing = self._window.editing
        return {
            "select-polygon": lambda on: editing.use_tool("select_polygon"),
            "identify": lambda on: editing.use_tool("identify"),
            "select-by": lambda on: self.ask(),
        }

    def ask(self) -> None:
        """Ask which records to choose."""
        window = self._window
        dialog = SelectDialog(window.catalogue, window.register.type_id, len(window.selecting.uids), window)
        dialog.accepted.connect(lambda: self._find(dialog.wanted))
        dialog.open()

    def _find(self, wanted: Wanted | None) -> None:
        if wanted is None:
            return
        window, desk = self._window, self._window.session.desk
        chosen = list(window.selecting.uids)

        def find(progress: object) -> list[str]:
            others = chosen if wanted.others == CHOSEN else list_uids(desk, wanted.others)
            return find_records(
                desk,
                wanted.type_id,
                where=wanted.where,
                relation=wanted.relation,
                others=others if wanted.relation is not None else (),
                distance_m=wanted.distance_m,
            )

        window.session.read(find, lambda found: self._take(wanted, found), owner=self, title=word("UI-DO-SELECT-BY"))

    def _take(self, wanted: Wanted, found: Sequence[str]) -> None:
        window = self._window
        before = window.selecting.chosen.get(wanted.type_id, [])
        uids = join_selection(before, found, wanted.join)
        window.selecting.show_type(wanted.type_id)
        window.selecting.choose({wanted.type_id: uids})
        window.selecting.show_chosen()
        tone = Tone.GOOD if found else Tone.WARNING
        action = (word("UI-DO-ZOOM-SELECTION"), window.actions_by_key["zoom-selection"].trigger) if uids else None
        text = word("UI-SELECTED", found=len(found), count=len(uids))
        window.notices.toast.show_text(text, tone, action)

    def identify(self, place: QPoint, uids: Sequence[str], ground: tuple[float, float]) -> None:
        """Tell what lies at a place: the coordinates in the system shown, and the records of every layer."""
        window, desk = self._window, self._window.session.desk
        records: list[Record] = []
        for uid in uids:
            try:
                records.append(fetch_record(desk, uid))
            except UserError:
                continue  # deleted since the map was drawn
        display = window.status.display
        [(east, north)] = transform_xy([ground], desk.system, display).tolist()
        position = f"{format_position(east, north, display)}   ({display.label()})"
        popup = IdentifyPopup(window.catalogue, position, records, window)
        popup.opened.connect(window.selecting.open_record)
        popup.looked_at.connect(self._flash)
        popup.show_at(place)

    def _flash(self, uid: str) -> None:
        geometry = fetch_record(self._window.session.desk, uid).geometry
        if geometry is not None:
            self._window.map.flash_geometry(geometry)
