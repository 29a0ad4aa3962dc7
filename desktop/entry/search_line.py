"""A line that finds one of many things as you type, without diacritics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from desktop.icons import icon

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen: its key, what the user reads, and a hint told in the tooltip."""

    key: Any
    label: str
    hint: str = ""


Search = Callable[[str], Sequence[Option]]


class OptionsModel(QAbstractListModel):
    """The options found for the words typed so far."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options: list[Option] = []

    def show_options(self, options: Sequence[Option]) -> None:
        """Replace what is listed."""
        self.beginResetModel()
        self._options = list(options)
        self.endResetModel()

    def option(self, row: int) -> Option:
        """The option in ``row``."""
        return self._options[row]

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._options)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        option = self._options[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return option.label
        return option.hint or None if role == Qt.ItemDataRole.ToolTipRole else None


class SearchLine(QLineEdit):
    """A line edit over a search; ``option`` is what was chosen.

    A text that names nothing goes back to what was chosen when the user leaves; with ``keeps_text`` it stays, and
    ``left_open`` tells so. ``passed`` tells that Enter (1) or Shift+Enter (-1) took a choice of the open list.
    """

    chosen = Signal(object)
    typed = Signal()
    left_open = Signal()
    passed = Signal(int)

    def __init__(
        self, search: Search, parent: QWidget | None = None, *, browse: bool = True, keeps_text: bool = False
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._keeps_text = keeps_text
        self._chosen: Option | None = None
        self._model = OptionsModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(12)
        self._completer.setWidget(self)
        self._completer.popup().setProperty("popup", True)  # noqa: FBT003 (Qt's own)
        self._completer.activated[QModelIndex].connect(self._take)
        self.textEdited.connect(self._find)
        if browse:
            self._open = self.addAction(icon("search"), QLineEdit.ActionPosition.TrailingPosition)
            self._open.triggered.connect(self.browse)

    @property
    def option(self) -> Option | None:
        """What is chosen now."""
        return self._chosen

    @property
    def options(self) -> OptionsModel:
        """What the list under the line offers now."""
        return self._model

    @property
    def is_open(self) -> bool:
        """Whether the text is not that of what is chosen."""
        return self.text().strip() != (self._chosen.label if self._chosen else "")

    def set_option(self, option: Option | None) -> None:
        """Show ``option`` as chosen, without telling anyone."""
        self._chosen = option
        self.setText(option.label if option else "")
        self.setCursorPosition(0)
        self.setToolTip(option.label if option else "")

    def browse(self) -> None:
        """Open the whole list."""
        if not self.isReadOnly():
            self.setFocus()
            self._model.show_options(self._search(""))
            self._popup()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self._completer.popup().isVisible():
            self.browse()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.take_typed():
            self.passed.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return
        super().keyPressEvent(event)

    def take_typed(self) -> bool:
        """Take what is marked in the open list, else what fits the text best; return whether something was taken."""
        popup = self._completer.popup()
        marked = popup.currentIndex()
        if popup.isVisible() and marked.isValid():
            popup.hide()
            self._take(marked)
            return True
        return self._take_best()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.settle()

    def settle(self) -> None:
        """Take an emptied line as no choice, a single hit as the choice; else go back to what was chosen."""
        if not self.is_open:
            return
        if not self.text().strip():
            self._choose(None)
        elif self._take_best(only=True):
            return
        elif self._keeps_text:
            self.left_open.emit()
        else:
            self.set_option(self._chosen)

    def _find(self, text: str) -> None:
        self._model.show_options(self._search(text.strip()))
        self.typed.emit()
        self._popup()

    def _popup(self) -> None:
        if self._model.rowCount():
            self._completer.complete()
        else:
            self._completer.popup().hide()

    def _take(self, index: QModelIndex) -> None:
        self._choose(self._model.option(index.row()))

    def _take_best(self, *, only: bool = False) -> bool:
        text = self.text().strip()
        if not text or not self.is_open:
            return False
        found = list(self._search(text))
        exact = [option for option in found if option.label.casefold() == text.casefold()]
        best = exact or found
        if not best or (only and len(best) != 1):
            return False
        self._completer.popup().hide()
        self._choose(best[0])
        return True

    def _choose(self, option: Option | None) -> None:
        before = self._chosen
        self.set_option(option)
        if option != before:
            self.chosen.emit(option)
