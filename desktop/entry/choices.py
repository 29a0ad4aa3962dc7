"""Editors over code lists and other records: one, several, or a reference."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.entry.editors import FieldEditor
from desktop.entry.search_line import Option, SearchLine
from desktop.icons import icon
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import AnyField

FindRecords = Callable[[str, Sequence[str]], Sequence[Option]]
NameRecord = Callable[[str], str]

_SHOWN = 200


def option_of(catalogue: Catalogue, list_key: str, code: str) -> Option:
    """Return the option for one code; a code the list does not know is shown as it is."""
    label = catalogue.choice_list(list_key).label(code, current_language())
    return Option(code, _caption(code, label))


def find_options(catalogue: Catalogue, list_key: str, text: str) -> list[Option]:
    """Return the options of a code list that match ``text`` without diacritics."""
    found = catalogue.choice_list(list_key).search(text, _SHOWN)
    return [Option(item.code, _caption(item.code, pick(item.label))) for item in found]


def _caption(code: str, label: str) -> str:
    """Show a code beside its words where the law gives it, as ONT; a key of ours, in small letters, is left out."""
    if not label or label == code or code.islower():
        return label or code
    return f"{label} ({code})"


class ChoiceEditor(FieldEditor):
    """One code of a code list, found by typing."""

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self.line = SearchLine(lambda text: find_options(catalogue, field.choices, text))
        self.line.setPlaceholderText(word("UI-CHOOSE"))
        self._row.addWidget(self.line, 1)
        self.setFocusProxy(self.line)
        self.line.chosen.connect(self._chosen)

    def _chosen(self) -> None:
        self.edited.emit()
        self.finished.emit()

    def value(self) -> Any:
        return self.line.option.key if self.line.option else None

    def set_value(self, value: Any) -> None:
        self.line.set_option(None if value is None else option_of(self.catalogue, self.field.choices, value))

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)


class ChoicesEditor(FieldEditor):
    """Several codes of a code list: those chosen, each with a way out, and a line that adds."""

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self._codes: list[str] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.line = SearchLine(lambda text: find_options(catalogue, field.choices, text))
        self.line.setPlaceholderText(word("UI-ADD-CHOICE"))
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addLayout(self._list)
        column.addWidget(self.line)
        self._row.addLayout(column, 1)
        self.setFocusProxy(self.line)
        self.line.chosen.connect(self._add)

    def _add(self, option: Option | None) -> None:
        self.line.set_option(None)
        if option is not None and option.key not in self._codes:
            self._replace([*self._codes, option.key])

    def _remove(self, code: str) -> None:
        self._replace([other for other in self._codes if other != code])

    def _replace(self, codes: list[str]) -> None:
        self.set_value(codes)
        self.edited.emit()
        self.finished.emit()

    def value(self) -> Any:
        return list(self._codes) or None

    def set_value(self, value: Any) -> None:
        codes = list(value or [])
        if codes == self._codes:
            return
        self._codes = codes
        while (item := self._list.takeAt(0)) is not None:
            item.widget().deleteLater()
        for code in codes:
            self._list.addWidget(self._line_of(code))

    def _line_of(self, code: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(6, 0, 0, 0)
        label = QLabel(option_of(self.catalogue, self.field.choices, code).label)
        label.setWordWrap(True)
        leave = QToolButton()
        leave.setIcon(icon("close"))
        leave.setAutoRaise(True)
        leave.setToolTip(word("UI-REMOVE"))
        leave.clicked.connect(lambda: self._remove(code))
        row.addWidget(label, 1)
        row.addWidget(leave, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def set_read_only(self, read_only: bool) -> None:
        self.setEnabled(not read_only)


class ReferenceEditor(FieldEditor):
    """Another record, found by the words in it."""

    def __init__(
        self,
        field: AnyField,
        catalogue: Catalogue,
        find: FindRecords,
        name: NameRecord,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(field, catalogue, parent)
        self._name = name
        self.line = SearchLine(lambda text: find(text, field.target))
        self.line.setPlaceholderText(word("UI-FIND-RECORD"))
        self._row.addWidget(self.line, 1)
        self.setFocusProxy(self.line)
        self.line.chosen.connect(self._chosen)

    def _chosen(self) -> None:
        self.edited.emit()
        self.finished.emit()

    def value(self) -> Any:
        return self.line.option.key if self.line.option else None

    def set_value(self, value: Any) -> None:
        self.line.set_option(None if value is None else Option(value, self._name(value)))

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)
