"""A table of things that are already here, each put into words when its row is first looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QIcon

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
THING = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its texts, the thing it stands for, and how the first cell looks."""

    cells: tuple[str, ...]
    thing: Any = None
    colour: str | None = None
    icon: QIcon | None = None


class PlainModel(QAbstractTableModel):
    """Rows of text under headings; sorts by what is read."""

    def __init__(self, headings: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)
        self._things: list[Any] = []
        self._rows: list[Row | None] = []
        self._describe: Callable[[Any], Row] | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows in the order shown."""
        return tuple(self._row(place) for place in range(len(self._rows)))

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Replace every row."""
        self.beginResetModel()
        self._rows, self._things = list(rows), [row.thing for row in rows]
        self.endResetModel()

    def show_things(self, things: Sequence[Any], describe: Callable[[Any], Row]) -> None:
        """Replace every row by ``things``, maybe many; ``describe`` words one when it comes into view."""
        self.beginResetModel()
        self._rows, self._things, self._describe = [None] * len(things), list(things), describe
        self.endResetModel()

    def thing(self, row: int) -> Any:
        """What ``row`` stands for."""
        return self._things[row]

    def _row(self, place: int) -> Row:
        row = self._rows[place]
        if row is None:
            assert self._describe is not None
            row = self._rows[place] = self._describe(self._things[place])
        return row

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._row(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return row.cells[index.column()]
        if role == THING:
            return self._things[index.row()]
        if index.column() == 0 and role == Qt.ItemDataRole.ForegroundRole and row.colour:
            return QColor(row.colour)
        if index.column() == 0 and role == Qt.ItemDataRole.DecorationRole:
            return row.icon
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column < 0:
            return
        self.layoutAboutToBeChanged.emit()
        order_of = sorted(
            range(len(self._rows)),
            key=lambda place: self._row(place).cells[column].casefold(),
            reverse=order == Qt.SortOrder.DescendingOrder,
        )
        self._rows = [self._rows[place] for place in order_of]
        self._things = [self._things[place] for place in order_of]
        self.layoutChanged.emit()
