"""One field as the form shows it: label, requirement mark, editor, unit, and what is wrong, beside it."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.errors import UserError
from desktop.entry.editors import FieldEditor
from desktop.icons import icon
from desktop.theme import MUTED, Tone
from desktop.words import pick, word
from forms.model import AnyField, Strength

MARKS: dict[Strength, tuple[str, str, str]] = {
    "save": ("✱", Tone.ERROR.value, "UI-REQUIRED-SAVE"),
    "approve": ("●", Tone.ERROR.value, "UI-REQUIRED-APPROVE"),
    "complete": ("○", MUTED, "UI-REQUIRED-COMPLETE"),
}


class FieldRow(QWidget):
    """A field in the form; ``committed`` tells a value that differs from the stored one and can be stored."""

    edited = Signal(str)
    committed = Signal(str, object)
    pinned = Signal(str, bool)

    def __init__(self, field: AnyField, editor: FieldEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.editor = editor
        self.dirty = False
        self._stored: Any = None
        self._findings: list[tuple[Tone, str]] = []
        self._complaint: str | None = None
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setBuddy(editor)
        self._pin = self._build_pin()
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setVisible(False)
        self._message.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._lay_out()
        self.set_strength(field.required)
        editor.setAccessibleName(pick(field.label))
        editor.edited.connect(self._note_edit)
        editor.finished.connect(self.commit)

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
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._label, 1)
        head.addWidget(self._pin, 0, Qt.AlignmentFlag.AlignBottom)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.editor, 1)
        if self.field.unit:
            unit = QLabel(self.field.unit)
            unit.setProperty("role", "hint")
            line.addWidget(unit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(line)
        column.addWidget(self._message)
        hints = [pick(self.field.help), word("UI-LEGAL-BASIS", source=self.field.legal) if self.field.legal else ""]
        self._help = "\n".join(text for text in hints if text)
        self.setToolTip(self._help)

    @property
    def message(self) -> str:
        """What the row says is wrong, as shown."""
        return self._message.text() if not self._message.isHidden() else ""

    def set_strength(self, strength: Strength | None) -> None:
        """Show how strongly the field is wanted, which may depend on the other fields."""
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
        self.editor.set_read_only(read_only or bool(self.field.computed))
        self._pin.setVisible(not read_only and not self.field.computed)

    def show_value(self, value: Any, *, force: bool = False) -> None:
        """Show the stored value; what is being typed stays unless ``force`` is given."""
        self._stored = value
        if self.dirty and not force:
            return
        self.dirty = False
        self._complaint = None
        self.editor.set_value(value)
        self._show_message()

    def value(self) -> Any:
        """The value typed so far, or the stored one while the text is none."""
        try:
            return self.editor.value() if self.dirty else self._stored
        except UserError:
            return self._stored

    def show_findings(self, findings: list[tuple[Tone, str]]) -> None:
        """Say what the rules found, worst first."""
        self._findings = findings
        self._show_message()

    def _note_edit(self) -> None:
        self.dirty = True
        self._complain()
        self.edited.emit(self.field.key)

    def _complain(self) -> None:
        try:
            self.editor.value()
            self._complaint = None
        except UserError as error:
            self._complaint = str(error)
        self._show_message()

    def commit(self) -> None:
        """Tell the value to whoever stores it, if it is one and differs from the stored one."""
        if not self.dirty:
            return
        try:
            value = self.editor.value()
        except UserError as error:
            self._complaint = str(error)
            self._show_message()
            return
        self.dirty = False
        if value != self._stored:
            self.committed.emit(self.field.key, value)
        self.editor.set_value(value)

    def _show_message(self) -> None:
        lines = [(Tone.ERROR, self._complaint)] if self._complaint else self._findings
        self._message.setVisible(bool(lines))
        self._message.setText("\n".join(text for _, text in lines))
        tone = lines[0][0] if lines else None
        self.editor.set_tone(tone)
        if tone:
            self._message.setStyleSheet(f"color: {tone.value}; font-size: 12px;")
