"""A line under a field: what the program suggests, changed or found changed, with at most two buttons."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from desktop.theme import ACCENT_SOFT, Tone

Action = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Note:
    """Words for one field, and what can be done about them."""

    text: str
    actions: tuple[Action, ...] = ()
    tone: Tone = Tone.INFO


class FieldNote(QWidget):
    """Shows one note, or nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setMinimumWidth(60)
        self.buttons: list[QPushButton] = []
        self._calls: list[Callable[[], object]] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 3, 3, 3)
        self._row.setSpacing(6)
        self._row.addWidget(self.label, 1)

    def show_note(self, note: Note) -> None:
        """Show ``note`` in place of what was there."""
        self.setStyleSheet(
            f"FieldNote {{ background: {ACCENT_SOFT}; border-left: 3px solid {note.tone.value}; border-radius: 3px; }}"
            " QLabel { font-size: 12px; } QPushButton { font-size: 12px; padding: 3px 8px; }"
        )
        self.label.setText(note.text)
        while len(self.buttons) < len(note.actions):
            self._add_button(len(self.buttons))
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(note.actions))
            if place < len(note.actions):
                button.setText(note.actions[place][0])
        self._calls = [call for _, call in note.actions]

    def _add_button(self, place: int) -> None:
        button = QPushButton()
        button.clicked.connect(lambda: self._calls[place]())  # noqa: PLW0108 (what it calls changes)
        self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.buttons.append(button)
