"""The head of the record panel: what the record is called, its state, and whether something of it is not stored."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.panels.state_chip import StateChip
from desktop.words import pick, word
from forms.model import RecordType
from forms.record import Record
from forms.titles import record_title


class RecordHead(QWidget):
    """Title, type and state; under them a note, and the button that stores what could not be stored."""

    again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.title.setWordWrap(True)
        self._kind = QLabel()
        self._kind.setProperty("role", "hint")
        self.chip = StateChip()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("role", "warning")
        self.again = QPushButton(word("UI-SAVE-AGAIN"))
        self.again.clicked.connect(self.again_wanted)
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        line.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self._kind)
        column.addWidget(self.note)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.say(None)

    def show_record(self, kind: RecordType, record: Record) -> None:
        """Name ``record``, which is of ``kind``; one that is not stored yet has no state."""
        self.title.setText(record_title(kind, record.values, current_language()))
        self._kind.setText(pick(kind.title))
        self.chip.show_state(record.state if record.uid else None)

    def say(self, text: str | None, *, button: bool = False) -> None:
        """Show a note, or none."""
        self.note.setText(text or "")
        self.note.setVisible(bool(text))
        self.again.setVisible(button)
