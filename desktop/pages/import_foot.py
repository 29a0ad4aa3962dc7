"""What is done with a file that is understood: try, import, stop."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QWidget

from desktop.icons import icon
from desktop.theme import GAP, WIDE_GAP
from desktop.words import word


class ImportFoot(QWidget):
    """The buttons under the cards; each tells by a signal of its own that it was pressed."""

    try_wanted = Signal()
    import_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.skip_box = QCheckBox(word("UI-SKIP-BAD"))
        self.skip_box.setToolTip(word("UI-SKIP-BAD-HELP"))
        self.try_button = QPushButton(word("UI-TRY-IMPORT"))
        self.try_button.clicked.connect(self.try_wanted)
        self.import_button = QPushButton(icon("import", "#ffffff"), word("UI-IMPORT"))
        self.import_button.setProperty("main", True)
        self.import_button.clicked.connect(self.import_wanted)
        self.stop_button = QPushButton(word("UI-STOP"))
        self.stop_button.clicked.connect(self.stop_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE_GAP, GAP, WIDE_GAP, GAP)
        row.addWidget(self.skip_box)
        row.addStretch(1)
        for button in (self.stop_button, self.try_button, self.import_button):
            row.addWidget(button)

    def show_state(self, *, is_ready: bool, is_busy: bool, is_done: bool, is_unseen: bool) -> None:
        """Show what can be done: ``is_unseen`` says that there is a comparison which nobody has looked at."""
        self.stop_button.setVisible(is_busy)
        self.stop_button.setEnabled(True)
        self.try_button.setEnabled(is_ready and not is_busy)
        self.import_button.setEnabled(is_ready and not is_busy and not is_done and not is_unseen)
        hint = "UI-ALREADY-IMPORTED" if is_done else "UI-MATCH-LOOK-FIRST" if is_unseen else None
        self.import_button.setToolTip(word(hint) if hint else "")
