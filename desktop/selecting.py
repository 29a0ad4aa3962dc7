"""What is chosen in the window, a record type and some records; tree, table, map and form follow each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from core.errors import UserError
from core.messages import current_language
from desktop.entry.search_line import Option
from desktop.map.tools.sketch import SketchTool
from desktop.words import pick, word
from forms.record import Record
from forms.titles import record_title
from services.reading import fetch_record, fids_of, search

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

MENU_AT_MOST = 8


class Selecting(QObject):
    """Keeps the parts of one window on the same records."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self.chosen: dict[str, list[str]] = {}

    @property
    def uids(self) -> list[str]:
        """The records chosen, of whatever type."""
        return [uid for uids in self.chosen.values() for uid in uids]

    def find_records(self, text: str, types: Sequence[str] = ()) -> list[Option]:
        """Return the records that hold words beginning as those of ``text``."""
        if not text:
            return []
        catalogue = self._window.catalogue
        hits = [hit for hit in search(self._window.session.desk, text) if not types or hit.type_id in types]
        return [Option(hit.uid, f"{hit.title} · {pick(catalogue.type(hit.type_id).title)}") for hit in hits]

    def name_record(self, uid: str) -> str:
        """Return what a record is called; empty when it is gone."""
        try:
            record = fetch_record(self._window.session.desk, uid)
        except UserError:
            return ""
        catalogue = self._window.catalogue
        return record_title(catalogue.type(record.type_id), record.values, current_language(), catalogue)

    def show_type(self, type_id: str) -> None:
        """Make a record type the one worked on: in the tree, the table and for drawing."""
        self._window.sketches.note_type(type_id)
        self._window.register.choose_type(type_id)
        self._window.table.show_type(type_id)
        self._window.map_control.show_type(type_id)

    def choose_type(self, type_id: str) -> None:
        """Work on the type chosen in the tree; an empty drawing tool in hand draws that one from now on."""
        window = self._window
        tool = window.map.tool
        draws_on = (
            isinstance(tool, SketchTool)
            and tool.name.startswith("draw_")
            and not (tool.is_begun or window.entry.is_drawing_for)
            and window.pages.currentWidget() is window.map_page
            and type_id != window.map_control.type_id
        )
        self.show_type(type_id)
        if draws_on:
            window.editing.draw()

    def open_record(self, uid: str) -> None:
        """Show a record everywhere."""
        self._window.show_dock(self._window.record_dock)
        self._window.record.show_record(uid)

    def choose(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Mark records in the map and the table."""
        self.chosen = {type_id: list(uids) for type_id, uids in chosen.items() if uids}
        self.mark_on_map()
        table = self._window.table
        if table.type_id:
            table.select(self.chosen.get(table.type_id, []))

    def drop_gone(self) -> None:
        """Let go of records that are not there any more: undone, or deleted elsewhere."""
        desk = self._window.session.desk
        there = {type_id: fids_of(desk, type_id, uids) for type_id, uids in self.chosen.items()}
        left = {type_id: [uid for uid in uids if uid in there[type_id]] for type_id, uids in self.chosen.items()}
        if left != self.chosen:
            self.choose(left)

    def mark_on_map(self) -> None:
        """Mark on the map what is chosen."""
        self._window.map_control.select(self.chosen)

    def follow_record(self, record: Record | None) -> None:
        """Take in that the form shows another record."""
        if record is None:
            self.choose({})
            return
        self.show_type(record.type_id)
        if record.uid not in self.chosen.get(record.type_id, []):
            self.choose({record.type_id: [record.uid]} if record.uid else {})

    def follow_table(self, type_id: str, uids: list[str]) -> None:
        """Take in that other rows of the table were chosen."""
        self.chosen = {type_id: uids} if uids else {}
        self.mark_on_map()
        if uids:
            self.show_chosen()

    def follow_map(self, picked: Mapping[str, Sequence[str]], additive: bool) -> None:
        """Take in that records were picked on the map, in place of those chosen or on top of them."""
        chosen = {type_id: list(uids) for type_id, uids in picked.items()}
        if additive:
            for type_id, uids in self.chosen.items():
                chosen[type_id] = list(dict.fromkeys([*uids, *chosen.get(type_id, [])]))
        self.choose(chosen)
        self.show_chosen()

    def show_chosen(self) -> None:
        """Show what is chosen at the right: one record, or the form of several of one type."""
        uids = self.uids
        if len(uids) <= 1:
            self._window.record.show_record(uids[0] if uids else None)
        elif len(self.chosen) == 1:
            self._window.record.show_many(next(iter(self.chosen)), uids)
        else:
            text = word("UI-MIXED-TYPES", count=len(uids), types=len(self.chosen))
            self._window.notices.toast.show_text(text)

    def zoom_to_type(self, type_id: str) -> None:
        """Show everything of a type on the map."""
        self._window.commands.show_page("map")
        self._window.map_control.zoom_to_type(type_id)

    def zoom_to_records(self, uids: Sequence[str]) -> None:
        """Show records on the map."""
        self._window.commands.show_page("map")
        self._window.map_control.zoom_to_records(uids)

    def show_menu(self, place: QPoint, uids: Sequence[str]) -> None:
        """Offer what can be done with the records under the cursor; ``place`` is on the screen."""
        actions = self._window.actions_by_key
        menu = QMenu(self._window)
        menu.setObjectName("records menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for uid in uids[:MENU_AT_MOST]:
            title = self.name_record(uid)
            menu.addAction(word("UI-OPEN-RECORD", title=title)).triggered.connect(
                lambda _=False, uid=uid: self.open_record(uid)
            )
        menu.addSeparator()
        for key in ("zoom-selection", "delete", "deselect"):
            if self.chosen:
                menu.addAction(actions[key])
        for key in ("draw", "zoom-full"):
            menu.addAction(actions[key])
        menu.popup(place)
