"""Entering records with the help of the rest of the window: the map, the selection, and what was kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import shapely
from PySide6.QtCore import QObject

from core.messages import current_language
from desktop.around import describe_around
from desktop.entry.copy_dialog import CopyDialog
from desktop.map_control import CAPTURE_METHOD
from desktop.theme import Tone
from desktop.words import pick, word
from forms.titles import record_title
from services.drafting import Draft
from services.editing import Saved, copy_values, update_geometry
from services.reading import fetch_record

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow


class WindowEntry(QObject):
    """What the record panel of one window asks of the rest of it."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._drawing_for: str | None = None
        self._copied: str | None = None

    # The map

    def draw_for_record(self, shape: str) -> None:
        """Draw the geometry of the record shown, which has none yet."""
        window = self._window
        record = window.record.record
        if record is None:
            return
        window.commands.show_page("map")
        window.selecting.show_type(record.type_id)
        window.map_control.start_drawing(shape)
        self._drawing_for = record.uid
        title = record_title(window.catalogue.type(record.type_id), record.values, current_language(), window.catalogue)
        window.map_page.show_hint(word("UI-DRAWING", type=title, hint=window.map_page.hint.text()))

    @property
    def drawing_for(self) -> str | None:
        """The uid of the stored record that waits for what is drawn, if one does."""
        return self._drawing_for or None

    @property
    def is_drawing_for(self) -> bool:
        """Whether a record, stored or still in the form, waits for what is drawn."""
        return self._drawing_for is not None

    def forget_drawing(self) -> None:
        """Take what is drawn next for a new record."""
        self._drawing_for = None

    def take_drawing(self, geometry: shapely.Geometry, capture_method: str = CAPTURE_METHOD) -> bool:
        """Give what was drawn to the record that waits for it; false when none does."""
        window = self._window
        uid, self._drawing_for = self._drawing_for, None
        if uid is None:
            return False
        if uid and not window.selecting.name_record(uid):
            window.notices.toast.show_text(word("UI-DRAWN-FOR-GONE"), Tone.WARNING)
            return False
        window.map.set_tool("select")
        if not uid:
            window.record.take_geometry(geometry, capture_method)
            return True
        window.record.settle()
        desk, expected = window.session.desk, fetch_record(window.session.desk, uid).revision
        keeps_borders = window.drawing.keeps_borders()

        def tell(saved: Saved) -> None:
            text = f"{word('UI-GEOMETRY-STORED')} {describe_around(saved.changed, [uid])}".strip()
            window.notices.toast.show_text(text, Tone.GOOD)

        window.session.write(
            lambda progress: update_geometry(desk, uid, geometry, expected=expected, keeps_borders=keeps_borders),
            tell,
            owner=self,
        )
        return True

    def pick_record(self, type_ids: Sequence[str], take: Callable[[str], None]) -> None:
        """Have a record of some types clicked on the map, and give it to ``take``; the record shown stays shown."""
        window = self._window
        window.commands.show_page("map")

        def leave() -> None:
            window.map.set_tool("select")

        def picked(uid: str) -> None:
            leave()
            take(uid)

        window.map_control.pick_record(type_ids, picked, leave)
        names = ", ".join(pick(window.catalogue.type(type_id).title).lower() for type_id in type_ids)
        window.map_page.show_hint(word("UI-PICKING", types=names))
        window.map.setFocus()

    # What was kept

    def offer_drafts(self) -> None:
        """Say what was left half typed, maybe by a program that was killed, and offer to go on."""
        window = self._window
        drafts = window.record.entry.drafts.shelf.drafts
        if drafts:
            text = word("UI-DRAFTS-FOUND", count=len(drafts))
            action = (word("UI-OPEN"), lambda: self._resume(drafts[0]))
            window.notices.toast.show_text(text, Tone.WARNING, action, stays=True)

    def _resume(self, draft: Draft) -> None:
        self._window.show_dock(self._window.record_dock)
        self._window.record.resume(draft)

    # Copying attributes

    def copy_values(self) -> None:
        """Remember the record shown as the one whose attributes are copied."""
        window = self._window
        record = window.record.record
        if record is None or not record.uid:
            window.notices.toast.show_text(word("UI-CHOOSE-RECORDS-FIRST"), Tone.WARNING)
            return
        self._copied = record.uid
        title = window.selecting.name_record(record.uid)
        window.notices.toast.show_text(word("UI-COPIED", title=title), Tone.GOOD)

    def paste_values(self) -> None:
        """Ask which attributes of the remembered record go to the selected ones, and copy those."""
        window = self._window
        toast = window.notices.toast
        if self._copied is None or not window.selecting.name_record(self._copied):
            toast.show_text(word("UI-NOTHING-COPIED"), Tone.WARNING)
            return
        source = fetch_record(window.session.desk, self._copied)
        targets = [uid for uid in window.selecting.chosen.get(source.type_id, []) if uid != source.uid]
        if not targets:
            kind = pick(window.catalogue.type(source.type_id).title)
            toast.show_text(word("UI-COPY-OTHER-TYPE", type=kind), Tone.WARNING)
            return
        window.record.settle()
        dialog = CopyDialog(source, window.catalogue, len(targets), window.selecting.name_record, window)
        dialog.accepted_keys.connect(lambda keys: self._paste(source.uid, targets, keys))
        dialog.open()

    def _paste(self, source: str, targets: Sequence[str], keys: Sequence[str]) -> None:
        window = self._window
        desk = window.session.desk
        window.session.write(
            lambda progress: copy_values(desk, source, targets, keys),
            lambda changed: window.notices.toast.show_text(
                word("UI-MANY-DONE", count=len(changed.records)), Tone.GOOD, (word("UI-DO-UNDO"), window.editing.undo)
            ),
            owner=self,
        )
