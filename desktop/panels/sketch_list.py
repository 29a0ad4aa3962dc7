"""The sketches that were left unfinished, each with a way on and a way out."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.theme import GAP, WIDE_GAP
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
        self.lines: dict[str, QWidget] = {}
        for each in kept:
            self.lines[each.key] = self._line(each)
            column.addWidget(self.lines[each.key])
        column.addStretch(1)
        buttons = QDialogButtonBox()
        buttons.addButton(word("UI-CLOSE"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _line(self, kept: KeptSketch) -> QWidget:
        line, text = QWidget(), QLabel(kept.text)
        text.setWordWrap(True)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(text, 1)
        for code, act in (("UI-SKETCH-RESUME", self._resume), ("UI-SKETCH-DISCARD", self._discard)):
            button = QPushButton(word(code))
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, act=act: act(kept.key))
            row.addWidget(button)
        return line

    def _resume(self, key: str) -> None:
        self.accept()
        self.resume_wanted.emit(key)

    def _discard(self, key: str) -> None:
        self.lines.pop(key).hide()
        self.discard_wanted.emit(key)
        if not self.lines:
            self.reject()
