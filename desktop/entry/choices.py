"""Editors over code lists: one code, or several."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.clock import local_date, utc_now
from core.errors import UserError
from core.messages import current_language
from desktop.entry.editors import ENTER, FieldEditor
from desktop.entry.search_line import Option, Search, SearchLine
from desktop.icons import icon
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import AnyField
from forms.values import parse_value

_SHOWN = 200


def option_of(catalogue: Catalogue, list_key: str, code: str) -> Option:
    """Return the option for one code; a code the list does not know is shown as it is."""
    label = catalogue.choice_list(list_key).label(code, current_language())
    return Option(code, _caption(code, label))


def find_options(catalogue: Catalogue, list_key: str, text: str) -> list[Option]:
    """Return the options of a code list that match ``text`` without diacritics, those in force today if there are any.

    A list of former things, such as the communes of before, has none in force.
    """
    found, today = catalogue.choice_list(list_key).search(text, _SHOWN), _today()
    in_force = [item for item in found if item.is_valid_on(today)]
    return [Option(item.code, _caption(item.code, pick(item.label))) for item in in_force or found]


def _today() -> str:
    return local_date(utc_now()).isoformat()


def _caption(code: str, label: str) -> str:
    """Show a code beside its words where the law gives it, as ONT; a key of ours, in small letters, is left out."""
    if not label or label == code or code.islower():
        return label or code
    return f"{label} ({code})"


class SearchEditor(FieldEditor):
    """An editor over a search line; a text that names nothing stays, for the field to say what is wrong with it."""

    def __init__(self, field: AnyField, catalogue: Catalogue, search: Search, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self._hint = ""
        self.line = SearchLine(search, keeps_text=True)
        self._take_focus_through(self.line)
        self.line.chosen.connect(self._tell_choice)
        self.line.left_open.connect(self._tell_choice)
        self.line.passed.connect(self.passed)

    def _use_key(self, event: QKeyEvent) -> bool:
        if event.key() in ENTER:
            self.line.take_typed()
        if event.key() == Qt.Key.Key_Escape:
            self.line.set_option(self.line.option)
        return super()._use_key(event)

    def value(self) -> Any:
        if self.line.is_open and self.line.text().strip():
            return self._read(self.line.text())
        return self.line.option.key if self.line.option and self.line.text() else None

    def _read(self, text: str) -> Any:
        """Return the value that a text means which was not chosen from the list; raise ``UserError`` when none."""
        return parse_value(self.field, text, self.catalogue)

    def set_value(self, value: Any) -> None:
        self.line.set_option(None if value is None else self._option_of(value))

    def _option_of(self, value: Any) -> Option:
        raise NotImplementedError

    def text(self) -> str:
        return self.line.text()

    def set_text(self, text: str) -> None:
        self.line.setText(text)

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)

    def set_placeholder(self, text: str | None) -> None:
        self.line.setPlaceholderText(self._hint if text is None else text)


class ChoiceEditor(SearchEditor):
    """One code of a code list, found by typing."""

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, lambda text: find_options(catalogue, field.choices, text), parent)
        self._hint = word("UI-CHOOSE")
        self.set_placeholder(None)
        self._row.addWidget(self.line, 1)

    def _option_of(self, value: Any) -> Option:
        return option_of(self.catalogue, self.field.choices, value)

    def _read(self, text: str) -> Any:
        """Read a code or its words; one that is no longer used is no value for new data."""
        code = super()._read(text)
        codes = self.catalogue.choice_list(self.field.choices)
        item, today = codes.get(code), _today()
        is_past = item is not None and not item.is_valid_on(today) and any(one.is_valid_on(today) for one in codes)
        if item is not None and (is_past or not item.is_selectable):
            raise UserError("ENTRY-CODE-RETIRED", value=code, label=item.label, field=self.field.label)
        return code


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
        self._take_focus_through(self.line)
        self.line.chosen.connect(self._add)
        self.line.passed.connect(self.passed)

    def _add(self, option: Option | None) -> None:
        self.line.set_option(None)
        if option is not None and option.key not in self._codes:
            self._replace([*self._codes, option.key])

    def _remove(self, code: str) -> None:
        self._replace([other for other in self._codes if other != code])

    def _replace(self, codes: list[str]) -> None:
        self.set_value(codes)
        self._tell_choice()

    def _use_key(self, event: QKeyEvent) -> bool:
        if event.key() in ENTER and self.line.text().strip():
            self.line.take_typed()
            return True
        return super()._use_key(event)

    def value(self) -> Any:
        return list(self._codes) or None

    def text(self) -> str:
        return "; ".join(self._codes)

    def set_text(self, text: str) -> None:
        self.set_value(parse_value(self.field, text, self.catalogue))

    def set_placeholder(self, text: str | None) -> None:
        self.line.setPlaceholderText(word("UI-ADD-CHOICE") if text is None else text)

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
