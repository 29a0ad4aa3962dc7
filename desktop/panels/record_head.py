"""The head of the record panel: what the record is called, its state, and whether something of it is not stored."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.panels.state_chip import StateChip
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.record import Record
from forms.titles import record_title


class RecordHead(QWidget):
    """Title, type and state; over them the way back, under them a note, and the button that stores again."""

    again_wanted = Signal()
    back_wanted = Signal()

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
        self.back = QPushButton(icon("back"), "")
        self.back.setFlat(True)
        self.back.setProperty("link", True)
        self.back.setToolTip(word("UI-BACK-HINT"))
        self.back.clicked.connect(self.back_wanted)
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        line.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 0)
        column.setSpacing(4)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(line)
        column.addWidget(self._kind)
        column.addWidget(self.note)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.say(None)
        self.show_back(None)

    def show_back(self, title: str | None) -> None:
        """Offer the way back to the record called ``title``, or none."""
        self.back.setVisible(title is not None)
        self.back.setText(word("UI-BACK-TO", title=title or ""))

    def show_record(self, kind: RecordType, record: Record, catalogue: Catalogue | None = None) -> None:
        """Name ``record``, which is of ``kind``; one that is not stored yet has no state."""
        self.title.setText(record_title(kind, record.values, current_language(), catalogue))
        self._kind.setText(pick(kind.title))
        self.chip.show_state(record.state if record.uid else None)

    def say(self, text: str | None, *, button: bool = False) -> None:
        """Show a note, or none."""
        self.note.setText(text or "")
        self.note.setVisible(bool(text))
        self.again.setVisible(button)
