"""One thing to decide: a sentence, a button for each side, and a field for what neither says."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QRadioButton, QWidget

from core.errors import UserError
from desktop.entry.editors import FieldEditor
from desktop.panels.card import Card
from desktop.theme import Tone
from desktop.words import word
from services.conflict_words import DisputeText
from services.conflicts import Choice, Other

SIDES = ("ours", "theirs")


class ChoiceCard(Card):
    """``changed`` tells that another choice stands; ``editor`` is left out where only a side can be taken."""

    changed = Signal()

    def __init__(self, text: DisputeText, editor: FieldEditor | None, parent: QWidget | None = None) -> None:
        super().__init__(text.field, parent=parent)
        self.key = text.key
        self.editor = editor
        sentence = QLabel(text.sentence)
        sentence.setWordWrap(True)
        self.column.addWidget(sentence)
        self.buttons = QButtonGroup(self)
        for place, (code, said) in enumerate(
            (("UI-CONFLICT-TAKE-OURS", text.ours), ("UI-CONFLICT-TAKE-THEIRS", text.theirs))
        ):
            button = QRadioButton(word(code, value=said))
            self.buttons.addButton(button, place)
            self.column.addWidget(button)
        self.complaint = QLabel()
        self.complaint.setProperty("role", "error")
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        if editor is not None:
            other = QRadioButton(word("UI-CONFLICT-TAKE-OTHER"))
            self.buttons.addButton(other, len(SIDES))
            line = QHBoxLayout()
            line.addWidget(other)
            line.addWidget(editor, 1)
            self.column.addLayout(line)
            editor.edited.connect(self._typed)
            editor.finished.connect(self._typed)
        self.column.addWidget(self.complaint)
        self.buttons.idToggled.connect(lambda place, on: self.changed.emit())

    def take(self, side: str) -> None:
        """Choose a side: ``ours`` or ``theirs``."""
        self.buttons.button(SIDES.index(side)).setChecked(True)

    def choice(self) -> Choice | None:
        """Return what is chosen, ``None`` while nothing is, or while what is typed is no value."""
        self.complaint.hide()
        place = self.buttons.checkedId()
        if place < 0:
            return None
        if place < len(SIDES):
            return "ours" if place == 0 else "theirs"
        assert self.editor is not None
        self.editor.set_tone(None)
        try:
            value: Any = self.editor.value()
        except UserError as error:
            self.editor.set_tone(Tone.ERROR)
            self.complaint.setText(str(error))
            self.complaint.show()
            return None
        return Other(value)

    def _typed(self) -> None:
        self.buttons.button(len(SIDES)).setChecked(True)
        self.changed.emit()
