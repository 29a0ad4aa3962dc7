"""The sketches that were left unfinished, each with a way on and a way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from desktop.entry.field_note import FieldNote, Note
from desktop.theme import GAP, WIDE_GAP, Tone
from desktop.words import word


@dataclass(frozen=True, slots=True)
class KeptSketch:
    """One that waits: its key, and in words what it is and since when."""

    key: str
    text: str


class SketchList(QDialog):
    """``resume_wanted`` and ``discard_wanted`` carry the key of a sketch."""

    resume_wanted = Signal(str)
    discard_wanted = Signal(str)

    def __init__(self, kept: Sequence[KeptSketch], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-KEPT-SKETCHES").rstrip("…"))
        self.setMinimumWidth(560)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        self.lines: dict[str, FieldNote] = {}
        for each in kept:
            line = FieldNote()
            ways = (
                (word("UI-SKETCH-RESUME"), partial(self._resume, each.key)),
                (word("UI-SKETCH-DISCARD"), partial(self._discard, each.key)),
            )
            line.show_note(Note(each.text, ways, Tone.WARNING))
            column.addWidget(line)
            self.lines[each.key] = line
        buttons = QDialogButtonBox()
        buttons.addButton(word("UI-CLOSE"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _resume(self, key: str) -> None:
        self.accept()
        self.resume_wanted.emit(key)

    def _discard(self, key: str) -> None:
        self.lines.pop(key).hide()
        self.discard_wanted.emit(key)
        if not self.lines:
            self.reject()
