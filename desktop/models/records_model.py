"""The records of one type as a table of any length: their order is known whole, their values are fetched in view."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from desktop.theme import state_colour
from desktop.values import show_value
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import AnyField, RecordType
from forms.record import Record
from localdb.paging import TITLE

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
STATE = "state"
BLOCK, BLOCKS = 100, 60


class Source(Protocol):
    """Where the records of one type come from; both may take a moment, never seconds."""

    def order(self, sort: str, descending: bool) -> npt.NDArray[np.int64]:
        """Return the numbers of all records to show, in order."""

    def records(self, fids: Sequence[int]) -> list[Record | None]:
        """Return records by number, in their order, ``None`` for one that is gone."""


class RecordsModel(QAbstractTableModel):
    """Shows records by their place in the order; no more than some thousand are held at a time."""

    def __init__(
        self, record_type: RecordType, catalogue: Catalogue, source: Source, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.record_type = record_type
        self._catalogue = catalogue
        self._source = source
        self._sort, self._descending = "uid", False
        self._fids: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._blocks: OrderedDict[int, list[Record | None]] = OrderedDict()
        first = [record_type.field(key) for key in record_type.title_fields]
        self.fields: list[AnyField] = [*first, *(field for field in record_type.fields if field not in first)]
        self.reload()

    def reload(self) -> None:
        """Ask for the order again, and forget what was fetched."""
        fids = self._source.order(self._sort, self._descending)
        self.beginResetModel()
        self._fids = fids
        self._blocks.clear()
        self.endResetModel()

    def record(self, row: int) -> Record | None:
        """The record shown in ``row``, without its geometry; ``None`` when it has gone since."""
        number, place = divmod(row, BLOCK)
        block = self._blocks.get(number)
        if block is None:
            block = self._source.records(self._fids[number * BLOCK : (number + 1) * BLOCK].tolist())
            self._blocks[number] = block
            if len(self._blocks) > BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(number)
        return block[place] if place < len(block) else None

    def fids(self, rows: Sequence[int]) -> list[int]:
        """The numbers of the records in some rows."""
        return [int(fid) for fid in self._fids[list(rows)]]

    def rows_of(self, fids: Sequence[int]) -> list[int]:
        """The rows that show some records, upwards; those that the filter leaves out have none."""
        rows: list[int] = np.flatnonzero(np.isin(self._fids, np.asarray(fids, dtype=np.int64))).tolist()
        return rows

    def forget(self, rows: Sequence[int]) -> None:
        """Fetch some rows anew when they are next looked at."""
        for row in rows:
            self._blocks.pop(row // BLOCK, None)
            self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))

    def sort_key(self, column: int) -> str:
        """What the store is asked to sort by for ``column``; titles have an index of their own."""
        if column == 0:
            return STATE
        key = self.fields[column - 1].key
        return TITLE if self.record_type.title_fields == (key,) else key

    @property
    def order(self) -> tuple[str, bool]:
        """What the rows are sorted by, and whether downwards."""
        return self._sort, self._descending

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        wanted = (
            self.sort_key(column) if column >= 0 else "uid",
            order == Qt.SortOrder.DescendingOrder and column >= 0,
        )
        if wanted != self.order:
            self._sort, self._descending = wanted
            self.reload()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._fids)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.fields) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        worded = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if not (worded or role == Qt.ItemDataRole.ForegroundRole) or not 0 <= index.row() < len(self._fids):
            return None
        record = self.record(index.row())
        if record is None:
            return None
        if index.column() == 0:
            return word(f"UI-STATE-{record.state.name}") if worded else QColor(state_colour(record.state))
        return self._worded(record, self.fields[index.column() - 1]) if worded else None

    def _worded(self, record: Record, field: AnyField) -> str:
        value = record.values.get(field.key)
        return "" if value is None else show_value(field, value, self._catalogue)

    def _alignment(self, column: int) -> int | None:
        if column and self.fields[column - 1].type in ("integer", "number"):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def title_of(self, column: int) -> str:
        """What stands over a column."""
        if column == 0:
            return word("UI-STATE")
        field = self.fields[column - 1]
        return f"{pick(field.label)} ({field.unit})" if field.unit else pick(field.label)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole and orientation == Qt.Orientation.Horizontal and section:
            return word("UI-COLUMN-KEY", title=self.title_of(section), key=self.fields[section - 1].key)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return section + 1 if orientation == Qt.Orientation.Vertical else self.title_of(section)
