"""The map, and over it one line that says what the tool in hand does."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

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
        self._offers = QWidget()
        self._offers.setStyleSheet(f"background: {ACCENT_SOFT};")
        self._buttons = QHBoxLayout(self._offers)
        self._buttons.setContentsMargins(4, 2, 8, 2)
        self._buttons.setSpacing(6)
        self._offers.hide()
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(self.hint, 1)
        top.addWidget(self._offers)
        column.addLayout(top)
        column.addWidget(self.view, 1)
        self.view.hinted.connect(self.show_hint)
        self.view.say(self.view.tool.hint)

    def offer(self, actions: Iterable[QAction]) -> None:
        """Have buttons beside the hint for what can be done with a sketch in hand."""
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._buttons.addWidget(button)

    def show_offers(self, shown: bool) -> None:
        """Show the buttons while something is drawn."""
        self._offers.setVisible(shown)

    def show_hint(self, text: str) -> None:
        """Say what to do."""
        self.hint.setText(text)
        self.hint.setToolTip(text)
        self.hint.setVisible(bool(text))
