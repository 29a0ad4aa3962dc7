"""The field files of a chosen folder, one to be taken after the other."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from desktop.icons import icon
from desktop.words import word


class FolderBox(QComboBox):
    """Lists a folder's files and ticks those that were imported; ``chosen`` carries the one that is wanted next."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(word("UI-FOLDER-FILES-HELP"))
        self.setAccessibleName(word("UI-FOLDER-FILES"))
        self.setMinimumContentsLength(18)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(lambda row: self.chosen.emit(Path(self.itemData(row))))
        self.hide()

    def show_files(self, files: Sequence[Path]) -> None:
        """List the files of a folder."""
        self.clear()
        for path in files:
            self.addItem(path.name, str(path))
        self.show()

    def leave(self, path: Path) -> None:
        """Show the file that is looked at; one from elsewhere ends the list."""
        if self.findData(str(path)) < 0:
            self.clear()
            self.hide()
        self.show_current(path)

    def show_current(self, path: Path | None) -> None:
        """Show the file that is looked at."""
        self.setCurrentIndex(self.findData(str(path)) if path else -1)

    def tick(self, path: Path) -> None:
        """Show that a file was imported."""
        row = self.findData(str(path))
        if row >= 0:
            self.setItemIcon(row, icon("good"))
