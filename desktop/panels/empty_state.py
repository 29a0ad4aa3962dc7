"""What an empty place says: what would be here, and a button that does the next step."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.theme import GAP, WIDE_GAP


class EmptyState(QWidget):
    """A short text in the middle, and under it at most one button."""

    def __init__(
        self, text: str, action: tuple[str, Callable[[], object]] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addStretch(1)
        self.label = QLabel(text)
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.label.setProperty("role", "hint")
        column.addWidget(self.label)
        self.button: QPushButton | None = None
        if action is not None:
            name, call = action
            self.button = QPushButton(name)
            self.button.clicked.connect(lambda: call())  # noqa: PLW0108 (the button's argument stays out)
            column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
