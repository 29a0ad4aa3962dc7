"""The rows of a coordinate table as they were read: what is wrong is told by colour and tooltip."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from core.messages import current_language
from desktop.theme import Tone
from desktop.words import word
from exchange.corner_tables import CornerTable
from exchange.corners import edge_fits
from exchange.problems import RowProblem
from geodesy.numbers import format_number

ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex
STATED, MEASURED = 4, 5
_HEADINGS = (
    "TABLE-LINE", "TABLE-COLUMN-POINT", "UI-NORTHING", "UI-EASTING", "TABLE-STATED", "TABLE-MEASURED",
)  # fmt: skip
_WRONG = QColor("#fdecea")


class CornerRowModel(QAbstractTableModel):
    """Line, label, X and Y as written, stated edge, and the edge by the coordinates."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table: CornerTable | None = None
        self._problems: Mapping[int, RowProblem] = {}

    def show_rows(self, table: CornerTable | None, problems: Mapping[int, RowProblem]) -> None:
        """Replace every row; ``problems`` by line."""
        self.beginResetModel()
        self._table, self._problems = table, problems
        self.endResetModel()

    def row_of(self, number: int) -> int | None:
        """Return where the row of a line stands."""
        rows = self._table.rows if self._table is not None else ()
        return next((place for place, row in enumerate(rows) if row.number == number), None)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() or self._table is None else len(self._table.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(_HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return word(_HEADINGS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        assert self._table is not None
        row = self._table.rows[index.row()]
        problem = self._problems.get(row.number)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._text(index) if problem is None else problem.text()
        if role == Qt.ItemDataRole.BackgroundRole and problem is not None:
            return _WRONG
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == MEASURED and not self._fits(index.row()):
            return QColor(Tone.ERROR.value)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _fits(self, place: int) -> bool:
        assert self._table is not None
        row = self._table.rows[place]
        return row.stated_m is None or row.measured_m is None or edge_fits(row.measured_m, row.stated_m)

    def _text(self, index: Index) -> str:
        assert self._table is not None
        row = self._table.rows[index.row()]
        lengths = {STATED: row.stated_m, MEASURED: row.measured_m}
        if index.column() in lengths:
            length = lengths[index.column()]
            return "" if length is None else format_number(length, 3, current_language())
        return (str(row.number), row.label, row.north_text, row.east_text)[index.column()]
