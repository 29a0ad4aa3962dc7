"""One field as the form shows it: label, requirement mark, editor, unit, and what is wrong, beside it."""

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.errors import UserError
from desktop.entry.editors import FieldEditor
from desktop.entry.field_message import FieldMessage, Told
from desktop.entry.field_note import FieldNote, Note
from desktop.icons import icon
from desktop.theme import MUTED, Tone
from desktop.words import pick, word
from forms.model import AnyField, Strength

MARKS: dict[Strength, tuple[str, str, str]] = {
    "save": ("✱", Tone.ERROR.value, "UI-REQUIRED-SAVE"),
    "approve": ("●", Tone.ERROR.value, "UI-REQUIRED-APPROVE"),
    "complete": ("○", MUTED, "UI-REQUIRED-COMPLETE"),
}
CONFLICT, ADVICE, CHANGE = "conflict", "advice", "change"
NOTES = (CONFLICT, ADVICE, CHANGE)


class Mixed:
    """The stored value of several records that differ in it; it equals no value anyone could type."""

    def __repr__(self) -> str:
        return "MIXED"


MIXED: Final = Mixed()


def _as_it_is(row: "FieldRow", value: Any) -> Any:
    return value


class FieldRow(QWidget):
    """A field in the form; ``committed`` tells a value that differs from the stored one and can be stored.

    ``tidy`` brings a value into the form in which it is stored. A text that is no value stays, marked, until it is
    mended or given up.
    """

    edited = Signal(str)
    committed = Signal(str, object)
    pinned = Signal(str, bool)

    def __init__(self, field: AnyField, editor: FieldEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.editor = editor
        self.dirty = False
        self.is_locked = False
        self.tidy: Callable[[FieldRow, Any], Any] = _as_it_is
        self._stored: Any = None
        self._findings: list[Told] = []
        self._complaint: str | None = None
        self._notes: dict[str, Note] = {}
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setBuddy(editor)
        self._strength: Strength | None | Mixed = MIXED
        self._pin = self._build_pin()
        self._message: FieldMessage | None = None
        self._note: FieldNote | None = None
        self._lay_out()
        self.set_strength(field.required)
        editor.setAccessibleName(pick(field.label))
        editor.edited.connect(self._note_edit)
        editor.finished.connect(self.commit)
        editor.given_up.connect(self.restore)

    def _build_pin(self) -> QToolButton:
        pin = QToolButton()
        pin.setIcon(icon("pin", "#a9b4b4"))
        pin.setCheckable(True)
        pin.setAutoRaise(True)
        pin.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        pin.setFixedSize(20, 20)
        pin.setToolTip(word("UI-PIN-VALUE"))
        pin.toggled.connect(lambda on: self.pinned.emit(self.field.key, on))
        return pin

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.setSpacing(4)
        self._head.addWidget(self._label, 1)
        self._head.addWidget(self._pin, 0, Qt.AlignmentFlag.AlignBottom)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.editor, 1)
        if self.field.unit:
            unit = QLabel(self.field.unit)
            unit.setProperty("role", "hint")
            line.addWidget(unit)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(2)
        self._column.addLayout(self._head)
        self._column.addLayout(line)
        hints = [pick(self.field.help), word("UI-LEGAL-BASIS", source=self.field.legal) if self.field.legal else ""]
        self._help = "\n".join(text for text in hints if text)
        self.setToolTip(self._help)

    @property
    def message(self) -> str:
        """What the row says is wrong, as shown."""
        return self._message.words if self._message is not None and not self._message.isHidden() else ""

    @property
    def note(self) -> FieldNote | None:
        """The line of suggestions, while it says something."""
        return self._note if self._note is not None and not self._note.isHidden() else None

    @property
    def complaint(self) -> str | None:
        """Why the text is no value, ``None`` when it is one."""
        return self._complaint

    @property
    def is_in_conflict(self) -> bool:
        """Whether the record changed under what is typed, and nobody has decided yet."""
        return CONFLICT in self._notes

    def set_strength(self, strength: Strength | None) -> None:
        """Show how strongly the field is wanted, which may depend on the other fields."""
        if strength == self._strength:
            return
        self._strength = strength
        text = pick(self.field.label)
        if strength is None:
            self._label.setText(text)
            self._label.setToolTip(self._help)
            return
        mark, colour, code = MARKS[strength]
        self._label.setText(f'{text} <span style="color:{colour}; font-size:9px">{mark}</span>')
        self._label.setToolTip("\n".join(line for line in (self._help, word(code)) if line))

    def set_pinned(self, pinned: bool) -> None:
        """Show whether the value is kept for the next new record."""
        self._pin.blockSignals(True)
        self._pin.setChecked(pinned)
        self._pin.blockSignals(False)

    def set_read_only(self, read_only: bool) -> None:
        """Show the value alone; what is computed can never be typed."""
        self.is_locked = read_only or bool(self.field.computed)
        self.editor.set_read_only(self.is_locked)
        self._pin.setVisible(not read_only and not self.field.computed)

    def hide_pin(self) -> None:
        """Take the pin away where no next record follows."""
        self._pin.hide()

    def offer_clearing(self) -> None:
        """Put a button in the pin's place that empties the field."""
        self._pin.hide()
        button = QToolButton()
        button.setIcon(icon("clear", "#a9b4b4"))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setFixedSize(20, 20)
        button.setToolTip(word("UI-CLEAR-IN-ALL"))
        button.clicked.connect(self._clear)
        self._head.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)

    def _clear(self) -> None:
        self._stored = MIXED
        self.editor.set_placeholder(None)
        self.editor.set_value(None)
        self._note_edit()
        self.commit()

    def show_value(self, value: Any, *, force: bool = False) -> None:
        """Show the stored value; what is being typed stays unless ``force`` is given."""
        self._stored = value
        if self.dirty and not force:
            return
        self.dirty = False
        self._complaint = None
        self._notes.pop(CONFLICT, None)
        self.editor.set_placeholder(word("UI-MANY-VALUES") if value is MIXED else None)
        self.editor.set_value(None if value is MIXED else value)
        self._show_message()
        self._show_note()

    @property
    def stored(self) -> Any:
        """The stored value that what is typed would replace."""
        return self._stored

    def restore(self) -> None:
        """Give up what is typed, for the stored value."""
        if self.dirty:
            self.show_value(self._stored, force=True)
            self.show_note(CHANGE, None)
            self.edited.emit(self.field.key)

    def show_text(self, text: str) -> None:
        """Put back a text that was typed before and not stored."""
        try:
            self.editor.set_text(text)
        except UserError:
            return
        self.dirty = True
        self._complain()

    def value(self) -> Any:
        """The value typed so far, or the stored one while the text is none; ``None`` while several records differ."""
        stored = None if self._stored is MIXED else self._stored
        try:
            return self.editor.value() if self.dirty else stored
        except UserError:
            return stored

    def show_findings(self, findings: list[Told]) -> None:
        """Say what the rules found, worst first."""
        if findings != self._findings:
            self._findings = findings
            self._show_message()

    def show_note(self, kind: str, note: Note | None) -> None:
        """Show or take away the line of one kind: a conflict, else advice, else what was changed in the text."""
        if note is None and kind not in self._notes:
            return
        if note is None:
            del self._notes[kind]
        else:
            self._notes[kind] = note
        self._show_note()

    def _show_note(self) -> None:
        shown = next((self._notes[kind] for kind in NOTES if kind in self._notes), None)
        if shown is not None:
            if self._note is None:
                self._note = FieldNote()
                self._column.addWidget(self._note)
            self._note.show_note(shown)
        if self._note is not None:
            self._note.setVisible(shown is not None)

    def take(self, value: Any) -> None:
        """Put ``value`` in as if it had been typed, and store it."""
        self.editor.set_value(value)
        self._note_edit()
        self.commit()

    def _note_edit(self) -> None:
        self.dirty = True
        self._complain()
        self.edited.emit(self.field.key)

    def _complain(self) -> None:
        try:
            self.editor.value()
            self._complaint = None
        except UserError as error:
            self._complaint = self._word(error)
        self._show_message()

    def _word(self, error: UserError) -> str:
        """Word an error for where it stands: under its field, whose name need not be said again."""
        text = str(error).removeprefix(f"{pick(self.field.label)}: ")
        return text[:1].upper() + text[1:]

    def commit(self) -> None:
        """Tell the value to whoever stores it, if it is one, differs from the stored one, and nobody must decide."""
        if not self.dirty or self.is_in_conflict:
            return
        try:
            value = self.editor.value()
        except UserError as error:
            self._complaint = self._word(error)
            self._show_message()
            return
        self.dirty = False
        value = self.tidy(self, value)
        if value != self._stored:
            self.committed.emit(self.field.key, value)
        if not self.dirty:
            self.editor.set_value(value)

    def hold(self, value: Any, complaint: str | None = None) -> None:
        """Keep ``value`` typed though it is not stored, with the reason if there is one."""
        self.editor.set_value(value)
        self.dirty = True
        self._complaint = complaint
        self._show_message()

    def _show_message(self) -> None:
        lines = [Told(self._complaint, Tone.ERROR)] if self._complaint else self._findings
        self.editor.set_tone(lines[0].tone if lines else None)
        if self._message is None:
            if not lines:
                return
            self._message = FieldMessage()
            self._column.addWidget(self._message)
        self._message.show_lines(lines)
