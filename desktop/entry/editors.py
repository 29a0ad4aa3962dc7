"""Editors of one value each: plain lines, yes or no, long text."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from core.messages import current_language
from desktop.theme import Tone
from desktop.words import word
from forms.catalogue import Catalogue
from forms.model import AnyField
from forms.values import format_value, parse_value
from geodesy.numbers import decimal_mark


class FieldEditor(QWidget):
    """Holds one field's value.

    ``edited`` tells every keystroke, ``finished`` that the user has left the field or made a choice.
    """

    edited = Signal()
    finished = Signal()

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.catalogue = catalogue
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)

    def value(self) -> Any:
        """Return the value shown; raise ``UserError`` (VALUE-…) when the text is none."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show ``value``, without telling anyone."""
        raise NotImplementedError

    def set_read_only(self, read_only: bool) -> None:
        """Show the value alone, or let it be changed."""
        self.setEnabled(not read_only)

    def set_tone(self, tone: Tone | None) -> None:
        """Mark the editor as holding something wrong."""
        name = tone.name.lower() if tone else ""
        if (widget := self.focusProxy()) is not None and widget.property("tone") != name:
            widget.setProperty("tone", name)
            widget.style().unpolish(widget)
            widget.style().polish(widget)


class LineEditor(FieldEditor):
    """A line of text for whatever ``forms.values`` can read: words, numbers, days, moments."""

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self.line = QLineEdit()
        self.line.setPlaceholderText(self._example())
        self._row.addWidget(self.line, 1)
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self.edited)
        self.line.editingFinished.connect(self.finished)

    def _example(self) -> str:
        return {"date": word("UI-EXAMPLE-DATE"), "moment": word("UI-EXAMPLE-MOMENT")}.get(self.field.type, "")

    def value(self) -> Any:
        text = self.line.text()
        return parse_value(self.field, text, self.catalogue, prefer=decimal_mark(current_language()))

    def set_value(self, value: Any) -> None:
        text = "" if value is None else format_value(self.field, value, self.catalogue, current_language())
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)


class LongTextEditor(FieldEditor):
    """Text of several lines."""

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(72)
        self._row.addWidget(self.text, 1)
        self.setFocusProxy(self.text)
        self._silent = False
        self.text.textChanged.connect(self._tell)
        self.text.installEventFilter(self)

    def _tell(self) -> None:
        if not self._silent:
            self.edited.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and watched is self.text:
            self.finished.emit()
        return super().eventFilter(watched, event)

    def value(self) -> Any:
        text = self.text.toPlainText()
        return parse_value(self.field, text, self.catalogue, prefer=decimal_mark(current_language()))

    def set_value(self, value: Any) -> None:
        self._silent = True
        if self.text.toPlainText() != (value or ""):
            self.text.setPlainText(value or "")
        self._silent = False

    def set_read_only(self, read_only: bool) -> None:
        self.text.setReadOnly(read_only)


class YesNoEditor(FieldEditor):
    """Yes, no, or nobody has said."""

    VALUES = (None, True, False)

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self.box = QComboBox()
        self.box.addItems([word("UI-EMPTY-VALUE"), word("UI-YES"), word("UI-NO")])
        self._row.addWidget(self.box, 1)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._chosen)

    def _chosen(self) -> None:
        self.edited.emit()
        self.finished.emit()

    def value(self) -> Any:
        return self.VALUES[self.box.currentIndex()]

    def set_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.VALUES.index(value))
