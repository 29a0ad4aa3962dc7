"""The editor of a reference: another record, found by its words, picked on the map, or opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from core.errors import UserError
from desktop.entry.choices import SearchEditor
from desktop.entry.search_line import Option
from desktop.icons import icon
from desktop.words import word
from forms.catalogue import Catalogue
from forms.model import AnyField

FindRecords = Callable[[str, Sequence[str]], Sequence[Option]]
NameRecord = Callable[[str], str]
TakeRecord = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a reference field finds other records, names one, opens one, and has one picked on the map.

    Without ``open`` or ``pick`` the form does without their buttons.
    """

    find: FindRecords = lambda text, types: ()
    name: NameRecord = str
    open: TakeRecord | None = None
    pick: Callable[[Sequence[str], TakeRecord], None] | None = None


class ReferenceEditor(SearchEditor):
    """Another record; F4 or the button opens it."""

    def __init__(self, field: AnyField, catalogue: Catalogue, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, lambda text: lookup.find(text, field.target), parent)
        self._lookup = lookup
        self._hint = word("UI-FIND-RECORD")
        self.set_placeholder(None)
        self._row.addWidget(self.line, 1)
        self._pick = self._button("pick", word("UI-PICK-ON-MAP"), self._pick_on_map)
        self._open = self._button("open-record", word("UI-OPEN-REFERENCE"), self._open_record)
        placed = any(catalogue.type(type_id).geometry for type_id in field.target if type_id in catalogue.types)
        self._can_pick = lookup.pick is not None and placed
        self._pick.setVisible(self._can_pick)
        self._follow_value()

    def _button(self, name: str, hint: str, call: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setAutoRaise(True)
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.clicked.connect(call)
        self._row.addWidget(button)
        return button

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_F4 and self._open.isEnabled():
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _use_key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_F4 and self._open.isEnabled():
            self._open_record()
            return True
        return super()._use_key(event)

    def _read(self, text: str) -> Any:
        raise UserError("ENTRY-NO-SUCH-RECORD", value=text, field=self.field.label)

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        self._follow_value()

    def _option_of(self, value: Any) -> Option:
        return Option(value, self._lookup.name(value) or word("UI-RECORD-GONE"))

    def _tell_choice(self) -> None:
        self._follow_value()
        super()._tell_choice()

    def _follow_value(self) -> None:
        self._open.setVisible(self._lookup.open is not None)
        self._open.setEnabled(self.line.option is not None)

    def set_read_only(self, read_only: bool) -> None:
        super().set_read_only(read_only)
        self._pick.setVisible(self._can_pick and not read_only)

    def _open_record(self) -> None:
        if self._lookup.open is not None and self.line.option is not None:
            self._lookup.open(self.line.option.key)

    def _pick_on_map(self) -> None:
        if self._lookup.pick is not None:
            self._lookup.pick(self.field.target, self._take)

    def _take(self, uid: str) -> None:
        """Take the record that was picked on the map."""
        self.set_value(uid)
        super()._tell_choice()
