"""Editors of one value each: plain lines, yes or no, long text."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from core.messages import current_language
from desktop.theme import Tone
from desktop.values import show_value
from desktop.words import word
from forms.catalogue import Catalogue
from forms.model import AnyField
from forms.values import parse_value
from geodesy.numbers import decimal_mark

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FieldEditor(QWidget):
    """Holds one field's value.

    ``edited`` tells every keystroke, ``finished`` that the user has left the field or made a choice, ``passed`` that
    Enter goes on (1) or Shift+Enter back (-1), ``given_up`` that Esc asks for the stored value.
    """

    edited = Signal()
    finished = Signal()
    passed = Signal(int)
    given_up = Signal()

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

    def text(self) -> str:
        """Return what stands in the field, as typed."""
        raise NotImplementedError

    def set_text(self, text: str) -> None:
        """Put ``text`` into the field as if it had been typed, without telling anyone."""
        raise NotImplementedError

    def set_read_only(self, read_only: bool) -> None:
        """Show the value alone, or let it be changed."""
        self.setEnabled(not read_only)

    def set_placeholder(self, text: str | None) -> None:
        """Show ``text`` while the field is empty; ``None`` shows what the field itself would."""

    def set_tone(self, tone: Tone | None) -> None:
        """Mark the editor as holding something wrong."""
        name = tone.name.lower() if tone else ""
        if (widget := self.focusProxy()) is not None and (widget.property("tone") or "") != name:
            widget.setProperty("tone", name)
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _take_focus_through(self, widget: QWidget) -> None:
        """Make ``widget`` the one that is typed in, and listen to its keys."""
        self.setFocusProxy(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and self._use_key(event):
                return True
            if event.type() == QEvent.Type.ShortcutOverride and self._leaves_to_window(watched, event):
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    @staticmethod
    def _leaves_to_window(watched: QObject, event: QKeyEvent) -> bool:
        """Whether the key undoes or redoes, and there is no typing here that it could mean: then it means the store."""
        if not isinstance(watched, QLineEdit | QPlainTextEdit):
            return False
        text = watched if isinstance(watched, QLineEdit) else watched.document()
        undo, redo = (event.matches(key) for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo))
        return (undo and not text.isUndoAvailable()) or (redo and not text.isRedoAvailable())

    def _use_key(self, event: QKeyEvent) -> bool:
        """Go on, back, or give up; return whether the key meant that."""
        if event.key() in ENTER:
            self.finished.emit()
            self.passed.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
            return True
        return False

    def _tell_choice(self) -> None:
        self.edited.emit()
        self.finished.emit()


class LineEditor(FieldEditor):
    """A line of text for whatever ``forms.values`` can read: words, numbers, days, moments.

    A number is shown with its thousands grouped, and plain while it is edited.
    """

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self._shown: Any = None
        self._typed = False
        self.line = QLineEdit()
        self.line.setPlaceholderText(self._example())
        self._row.addWidget(self.line, 1)
        self._take_focus_through(self.line)
        self.line.textEdited.connect(self._note_typing)
        self.line.editingFinished.connect(self.finished)

    def _example(self) -> str:
        return {"date": word("UI-EXAMPLE-DATE"), "moment": word("UI-EXAMPLE-MOMENT")}.get(self.field.type, "")

    def set_placeholder(self, text: str | None) -> None:
        self.line.setPlaceholderText(self._example() if text is None else text)

    def _note_typing(self) -> None:
        self._typed = True
        self.edited.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.reason() != Qt.FocusReason.PopupFocusReason and not self._typed:
            self._show(plain=event.gotFocus())
        return super().eventFilter(watched, event)

    def value(self) -> Any:
        text = self.line.text()
        return parse_value(self.field, text, self.catalogue, prefer=decimal_mark(current_language()))

    def set_value(self, value: Any) -> None:
        self._shown, self._typed = value, False
        self._show(plain=self.line.hasFocus())

    def text(self) -> str:
        return self.line.text()

    def set_text(self, text: str) -> None:
        self._typed = True
        self.line.setText(text)

    def _show(self, *, plain: bool) -> None:
        value = self._shown
        if value is None:
            text = ""
        elif plain and self.field.type in ("integer", "number") and not self.line.isReadOnly():
            text = plain_number(value)
        else:
            text = show_value(self.field, value, self.catalogue)
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)


def plain_number(value: float) -> str:
    """Return a number as it is edited: no groups, every digit it has, the decimal mark of the language in use."""
    number = float(value)
    text = str(int(number)) if number.is_integer() and abs(number) < 1e15 else format(number, ".15g")
    return text.replace(".", decimal_mark(current_language()))


class LongTextEditor(FieldEditor):
    """Text of several lines; Enter begins a new one, and goes on from an empty one."""

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self.area = QPlainTextEdit()
        self.area.setTabChangesFocus(True)
        self.area.setFixedHeight(72)
        self._row.addWidget(self.area, 1)
        self._take_focus_through(self.area)
        self._silent = False
        self.area.textChanged.connect(self._tell)

    def _tell(self) -> None:
        if not self._silent:
            self.edited.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and watched is self.area:
            self.finished.emit()
        return super().eventFilter(watched, event)

    def _use_key(self, event: QKeyEvent) -> bool:
        if event.key() in ENTER and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            cursor = self.area.textCursor()
            if not (cursor.atEnd() and not cursor.block().text().strip()):
                return False
        return super()._use_key(event)

    def value(self) -> Any:
        return parse_value(self.field, self.text(), self.catalogue, prefer=decimal_mark(current_language()))

    def set_value(self, value: Any) -> None:
        self.set_text(value or "")

    def text(self) -> str:
        return self.area.toPlainText()

    def set_text(self, text: str) -> None:
        self._silent = True
        if self.area.toPlainText() != text:
            self.area.setPlainText(text)
        self._silent = False

    def set_placeholder(self, text: str | None) -> None:
        self.area.setPlaceholderText(text or "")

    def set_read_only(self, read_only: bool) -> None:
        self.area.setReadOnly(read_only)


class YesNoEditor(FieldEditor):
    """Yes, no, or nobody has said."""

    VALUES = (None, True, False)

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self.box = QComboBox()
        self.box.addItems([word("UI-EMPTY-VALUE"), word("UI-YES"), word("UI-NO")])
        self._row.addWidget(self.box, 1)
        self._take_focus_through(self.box)
        self.box.activated.connect(self._chosen)

        self._is_mixed = False

    def _chosen(self, place: int) -> None:
        if self._is_mixed and place == 0:
            self.given_up.emit()
        else:
            self._tell_choice()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and not self.box.hasFocus():
            event.ignore()  # the wheel scrolls the form, and changes no value it passes
            return True
        return super().eventFilter(watched, event)

    def value(self) -> Any:
        return (*self.VALUES, None)[self.box.currentIndex()]

    def set_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.VALUES.index(value))

    def text(self) -> str:
        return self.box.currentText()

    def set_text(self, text: str) -> None:
        self.box.setCurrentIndex(max(self.box.findText(text), 0))

    def set_placeholder(self, text: str | None) -> None:
        """Put ``text`` first; "nobody has said" then stands last, for it is a choice like the others."""
        self._is_mixed = text is not None
        self.box.setItemText(0, text or word("UI-EMPTY-VALUE"))
        while self.box.count() > len(self.VALUES):
            self.box.removeItem(self.box.count() - 1)
        if self._is_mixed:
            self.box.addItem(word("UI-EMPTY-VALUE"))
