"""The records of one type as a table that grows page by page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from core.messages import current_language
from desktop.theme import state_colour
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import AnyField, RecordType
from forms.record import Record
from forms.values import format_value
from localdb.paging import TITLE, Page

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
STATE = "state"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page is asked for: the order, and where the page before it ended."""

    sort: str = "uid"
    descending: bool = False
    after: object = None


FetchPage = Callable[[Wanted], Page]


class RecordsModel(QAbstractTableModel):
    """Shows records page by page. It knows how to ask for a page, not where pages live."""

    def __init__(
        self, record_type: RecordType, catalogue: Catalogue, fetch: FetchPage, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.record_type = record_type
        self._catalogue = catalogue
        self._fetch = fetch
        self._order = Wanted()
        self._records: list[Record] = []
        self._next: object = None
        first = [record_type.field(key) for key in record_type.title_fields]
        self._fields: list[AnyField] = [*first, *(field for field in record_type.fields if field not in first)]
        self.reload()

    def reload(self) -> None:
        """Start again from the first page, in the same order."""
        page = self._fetch(self._order)
        self.beginResetModel()
        self._records, self._next = list(page.records), page.next
        self.endResetModel()

    def record(self, row: int) -> Record:
        """The record shown in ``row``, without its geometry."""
        return self._records[row]

    def row_of(self, uid: str) -> int | None:
        """The row that shows a record, when its page has been fetched."""
        return next((row for row, record in enumerate(self._records) if record.uid == uid), None)

    def replace(self, record: Record) -> bool:
        """Show a record as it now is in the row it has; false when it has none."""
        row = self.row_of(record.uid)
        if row is None:
            return False
        self._records[row] = record
        self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))
        return True

    def fetch_until(self, rows: int) -> None:
        """Fetch pages until ``rows`` are here, or all."""
        while len(self._records) < rows and self.canFetchMore(ROOT):
            self.fetchMore(ROOT)

    def sort_key(self, column: int) -> str:
        """What the store is asked to sort by for ``column``; titles have an index of their own."""
        if column == 0:
            return STATE
        key = self._fields[column - 1].key
        return TITLE if self.record_type.title_fields == (key,) else key

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = Wanted(
            self.sort_key(column) if column >= 0 else "uid", order == Qt.SortOrder.DescendingOrder and column >= 0
        )
        self.reload()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._fields) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._records):
            return None
        record = self._records[index.row()]
        if index.column() == 0:
            return self._state_data(record, role)
        field = self._fields[index.column() - 1]
        value = record.values.get(field.key)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return "" if value is None else format_value(field, value, self._catalogue, current_language())
        if role == Qt.ItemDataRole.TextAlignmentRole and field.type in ("integer", "number"):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _state_data(self, record: Record, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return word(f"UI-STATE-{record.state.name}")
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(state_colour(record.state))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return section + 1
        if section == 0:
            return word("UI-STATE")
        field = self._fields[section - 1]
        return f"{pick(field.label)} ({field.unit})" if field.unit else pick(field.label)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._next is not None

    def fetchMore(self, parent: Index) -> None:
        if parent.isValid() or (after := self._next) is None:  # views may ask without looking first
            return
        self._next = None  # and may ask again while the rows are going in
        page = self._fetch(Wanted(self._order.sort, self._order.descending, after))
        if page.records:
            first = len(self._records)
            self.beginInsertRows(QModelIndex(), first, first + len(page.records) - 1)
            self._records.extend(page.records)
            self.endInsertRows()
        self._next = page.next
