"""The bookmarks of the map: go to one, or remove it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.icons import icon
from desktop.theme import MUTED
from desktop.words import word
from services.bookmarks import Bookmark


class BookmarkDialog(QDialog):
    """Lists bookmarks; ``go_wanted`` carries the one to show, ``remove_wanted`` the name of one to forget."""

    go_wanted = Signal(object)
    remove_wanted = Signal(str)

    def __init__(self, bookmarks: Sequence[Bookmark], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-BOOKMARKS"))
        self.setMinimumSize(420, 320)
        self.list = QListWidget()
        for bookmark in bookmarks:
            item = QListWidgetItem(icon("pin"), bookmark.name)
            item.setData(Qt.ItemDataRole.UserRole, bookmark)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(lambda item: self._go())
        empty = QLabel(word("BOOKMARKS-EMPTY"))
        empty.setStyleSheet(f"color: {MUTED};")
        empty.setWordWrap(True)
        empty.setVisible(not bookmarks)
        buttons = QDialogButtonBox()
        self.go = buttons.addButton(word("BOOKMARKS-GO"), QDialogButtonBox.ButtonRole.ActionRole)
        self.go.setProperty("main", True)
        self.remove = buttons.addButton(word("BOOKMARKS-REMOVE"), QDialogButtonBox.ButtonRole.ActionRole)
        shut = buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        self.go.clicked.connect(self._go)
        self.remove.clicked.connect(self._remove)
        shut.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.list, 1)
        column.addWidget(empty)
        column.addWidget(buttons)
        self._enable()

    def _enable(self) -> None:
        for button in (self.go, self.remove):
            button.setEnabled(self.list.count() > 0)

    @property
    def _chosen(self) -> Bookmark | None:
        item = self.list.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item is not None else None

    def _go(self) -> None:
        if self._chosen is not None:
            self.go_wanted.emit(self._chosen)
            self.accept()

    def _remove(self) -> None:
        if self._chosen is not None:
            self.remove_wanted.emit(self._chosen.name)
            self.list.takeItem(self.list.currentRow())
            self._enable()
