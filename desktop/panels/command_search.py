"""Ctrl+K: every command by its name, without diacritics."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from core.text import fold_text
from desktop.entry.search_line import Option, SearchLine
from desktop.words import word


class CommandSearch(QDialog):
    """A line over the window; Enter does what is found first."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self.line = SearchLine(self._find)
        self.line.setPlaceholderText(word("UI-COMMAND-HINT"))
        self.line.setMinimumWidth(420)
        self.line.chosen.connect(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.line)

    def _find(self, text: str) -> list[Option]:
        wanted = fold_text(text).split()
        found = []
        for key, action in self._actions.items():
            name = action.text()
            if action.isEnabled() and all(part in fold_text(name) for part in wanted):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                found.append(Option(key, f"{name}   {keys}" if keys else name))
        return found

    def _do(self, option: Option | None) -> None:
        self.close()
        if option is not None:
            self._actions[option.key].trigger()

    def show_over(self, window: QWidget) -> None:
        """Open at the top middle of ``window``."""
        self.adjustSize()
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + 60)
        self.show()
        self.line.setFocus()
