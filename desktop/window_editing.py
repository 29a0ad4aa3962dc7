"""Changing records from the window: undo, delete, draw, begin, return."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import shapely
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from core.messages import render_label
from desktop.map_control import CAPTURE_METHOD, undrawable
from desktop.theme import Tone
from desktop.words import pick, word
from services.approving import return_to_draft
from services.editing import delete_records, redo, undo
from services.reading import count_references

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

DELETED_UNASKED = 20


class WindowEditing(QObject):
    """The verbs of one window that change records."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._is_offered = False

    def undo(self) -> None:
        """Take back the latest step, of a sketch in hand first."""
        if self._window.drawing.undo():
            return
        desk = self._window.session.desk
        self._window.record.settle()
        self._window.session.write(lambda progress: undo(desk), partial(self._say_step, "UI-UNDONE"), owner=self)

    def redo(self) -> None:
        """Do again what was taken back, of a sketch in hand first."""
        if self._window.drawing.redo():
            return
        desk = self._window.session.desk
        self._window.session.write(lambda progress: redo(desk), partial(self._say_step, "UI-REDONE"), owner=self)

    def _say_step(self, code: str, changed: object) -> None:
        label = getattr(changed, "label", None)
        if label:
            self._window.notices.toast.show_text(word(code, label=render_label(label)))

    def delete(self) -> None:
        """Delete what the tool in hand holds, such as a vertex, else the selected records, where they are in view."""
        view = self._window.map
        if self._window.pages.currentWidget() is not self._window.map_page:
            self._window.notices.toast.show_text(word("UI-CHOOSE-RECORDS-FIRST"), Tone.WARNING)
            return
        if view.canvas.hasFocus() and view.tool.name != "select" and view.tool.key_pressed(Qt.Key.Key_Delete):
            return
        if view.canvas.hasFocus() and self._window.drawing.undo():
            return  # of a sketch in hand, the last step is meant, not the records that are selected
        self.delete_selected()

    def delete_selected(self) -> None:
        """Delete what is selected; one undo brings it back, so nobody is asked but for many or where others refer."""
        window = self._window
        uids = window.selecting.uids
        if not uids or not self._may_delete(uids):
            return
        desk = window.session.desk
        window.record.show_record(None)
        window.session.write(
            lambda progress: delete_records(desk, uids), lambda changed: self._say_deleted(len(uids)), owner=self
        )

    def _may_delete(self, uids: Sequence[str]) -> bool:
        """Whether a person wants it, who is told how many records would refer to nothing afterwards."""
        desk = self._window.session.desk
        if referring := count_references(desk, uids):
            titles = {type_id: pick(desk.catalogue.type(type_id).title).lower() for type_id in referring}
            told = ", ".join(word("UI-COUNT-OF", count=count, type=titles[key]) for key, count in referring.items())
            return self._confirm("UI-DELETE-REFERRED", count=len(uids), others=told)
        return len(uids) <= DELETED_UNASKED or self._confirm("UI-DELETE-MANY", count=len(uids))

    def _say_deleted(self, count: int) -> None:
        window = self._window
        window.selecting.choose({})
        window.notices.toast.show_text(word("UI-DELETED", count=count), Tone.INFO, (word("UI-DO-UNDO"), self.undo))

    def select_all(self) -> None:
        """Select every record of the chosen type that the table's filter keeps."""
        window = self._window
        type_id = window.table.type_id
        if type_id is None:
            return
        window.selecting.choose({type_id: window.table.all_uids()})
        window.selecting.show_chosen()

    def begin_record(self, type_id: str) -> None:
        """Begin a record of a type."""
        self._window.selecting.show_type(type_id)
        self.new_record()

    def new_record(self) -> None:
        """Begin a record of the chosen type: by drawing when it has a place on the map, else in the form.

        Asked for again before anything is drawn, it is begun in the form without a geometry.
        """
        window = self._window
        type_id = window.register.type_id
        if type_id is None:
            window.notices.toast.show_text(undrawable(None), Tone.WARNING)
        elif window.catalogue.type(type_id).geometry and not self._is_offered:
            self.draw()
            self._is_offered = True
            text = word("UI-DRAW-OR-TYPE", type=pick(window.catalogue.type(type_id).title).lower())
            window.notices.toast.show_text(text, Tone.INFO, (word("UI-WITHOUT-GEOMETRY"), self.new_record))
        else:
            if window.map.tool.name.startswith("draw_"):
                window.map.set_tool("select")
            self._is_offered = False
            window.notices.toast.hide()
            window.show_dock(window.record_dock)
            window.record.begin_record(type_id)

    def draw(self, shape: str | None = None) -> None:
        """Take the tool that draws what the chosen type has on the map, its usual shape unless ``shape`` says which."""
        window = self._window
        window.commands.show_page("map")
        shape = window.map_control.start_drawing(shape)
        if shape is None:
            kind = window.catalogue.types.get(window.register.type_id or "")
            window.notices.toast.show_text(undrawable(kind), Tone.WARNING)
            window.actions_by_key["select"].trigger()
            return
        title = pick(window.catalogue.type(str(window.register.type_id)).title)
        window.map_page.show_hint(word("UI-DRAWING", type=title, hint=window.map_page.hint.text()))

    def take_drawing(self, type_id: str, geometry: shapely.Geometry) -> None:
        """Store what was drawn: as the geometry of the record that waits for it, else as a new one with its form."""
        self._is_offered = False
        lineage = self._window.exact.take_lineage(geometry)
        method = CAPTURE_METHOD if lineage is None else str(lineage.capture_method)
        if self._window.entry.take_drawing(geometry, method):
            return
        self._window.show_dock(self._window.record_dock)
        self._window.record.begin_record(type_id, geometry, method, lineage=lineage)

    def use_tool(self, tool: str) -> None:
        """Take a tool of the map."""
        self._window.commands.show_page("map")
        self._window.map.set_tool(tool)

    def note_tool(self, tool: str) -> None:
        """Show which tool is in hand."""
        self._window.news.show_steps()
        if not tool.startswith("draw_"):
            self._is_offered = False
            self._window.entry.forget_drawing()
        key = "draw" if tool.startswith("draw_") else tool.replace("_", "-")
        if key in self._window.actions_by_key:
            self._window.actions_by_key[key].setChecked(True)

    def return_selected(self) -> None:
        """Take the approval of the selected records back."""
        window = self._window
        uids = window.selecting.uids
        if not uids:
            window.notices.toast.show_text(word("UI-CHOOSE-RECORDS-FIRST"), Tone.WARNING)
            return
        desk = window.session.desk
        window.session.write(lambda progress: return_to_draft(desk, uids), owner=self)

    def _confirm(self, code: str, **context: object) -> bool:
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        return QMessageBox.question(self._window, word("UI-SURE"), word(code, **context), yes | no, no) == yes
