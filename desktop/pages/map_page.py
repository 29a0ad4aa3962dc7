"""The map, and over it one line that says what the tool in hand does."""

from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.map.view import MapView
from desktop.theme import ACCENT_SOFT


class MapPage(QWidget):
    """The page "Bản đồ"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = MapView()
        self.hint = QLabel()
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hint.setWordWrap(True)
        self.hint.setStyleSheet(f"background: {ACCENT_SOFT}; padding: 4px 10px; font-size: 12px;")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hint)
        column.addWidget(self.view, 1)
        self.view.hinted.connect(self.show_hint)
        self.view.say(self.view.tool.hint)

    def show_hint(self, text: str) -> None:
        """Say what to do."""
        self.hint.setText(text)
        self.hint.setToolTip(text)
        self.hint.setVisible(bool(text))
