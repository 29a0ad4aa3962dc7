"""F1: every command and its keys."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.models.plain_model import Row
from desktop.panels.card import ShortTable
from desktop.words import word


class ShortcutList(QDialog):
    """A table of commands and keys."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-SHORTCUTS"))
        self.resize(460, 520)
        self.table = ShortTable([word("UI-COMMAND"), word("UI-KEYS")], stretch=0, rows=40)
        rows = []
        for action in actions.values():
            keys = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]
            if any(keys):
                rows.append(Row((action.text(), ", ".join(keys))))
        self.table.rows_model.show_rows(rows)
        self.table.setMinimumHeight(0)
        self.table.setMaximumHeight(16_000)
        column = QVBoxLayout(self)
        column.addWidget(self.table)
