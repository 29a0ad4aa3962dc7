"""What each row of a file is here, value by value, each with a tick that lets it be written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from desktop.theme import Tone
from services.matching import Outcome, RowMatch, loses_marks

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
LeftOut = frozenset[tuple[int, str | None]]

TONES: dict[Outcome, Tone] = {
    "new": Tone.INFO,
    "changed": Tone.WARNING,
    "same": Tone.GOOD,
    "ambiguous": Tone.ERROR,
    "deleted": Tone.ERROR,
    "locked": Tone.ERROR,
}
_TICKED = frozenset({"new", "changed"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a row of the file as a whole (``key`` is ``None``), or one value in which it differs."""

    match: RowMatch
    key: str | None = None


class MatchesModel(QAbstractTableModel):
    """Lines with ticks; what is ticked off is left out of the import."""

    left_out_changed = Signal()

    def __init__(
        self, headings: Sequence[str], describe: Callable[[Line], tuple[str, ...]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)
        self._describe = describe
        self._lines: list[Line] = []
        self._off: set[tuple[int, str | None]] = set()
        self._on: set[tuple[int, str]] = set()

    @property
    def taken(self) -> frozenset[tuple[int, str]]:
        """What is ticked although the program would leave it: source row and field."""
        return frozenset(self._on)

    @property
    def left_out(self) -> LeftOut:
        """What is ticked off: source row and field, ``None`` for a row as a whole."""
        return frozenset(self._off)

    def show_matches(self, matches: Sequence[RowMatch]) -> None:
        """Replace every line; what was ticked off before stays so."""
        self.beginResetModel()
        self._lines = []
        for match in matches:
            self._lines.append(Line(match))
            self._lines += [Line(match, key) for key in match.differences]
        self.endResetModel()

    def forget_ticks(self) -> None:
        """Tick everything again, for another file."""
        self._off.clear()
        self._on.clear()

    def line(self, row: int) -> Line:
        """What stands in a row of the table."""
        return self._lines[row]

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == 0 and self._may_be_ticked(self._lines[index.row()]):
            found |= Qt.ItemFlag.ItemIsUserCheckable
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = self._describe(line)[index.column()]
            return line.match.text or text if role == Qt.ItemDataRole.ToolTipRole else text
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0 and self._may_be_ticked(line):
            is_off = self._is_off(line) or (line.match.row, None) in self._off
            return Qt.CheckState.Unchecked if is_off else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.ForegroundRole and line.key is None and index.column() == 2:
            return QColor(TONES[line.match.outcome].value)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        line = self._lines[index.row()]
        mark = (line.match.row, line.key)
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._off.discard(mark)
            self._off.discard((line.match.row, None))
            if line.key is not None and self._is_left(line):
                self._on.add((line.match.row, line.key))
        else:
            self._off.add(mark)
            self._on.discard((line.match.row, line.key or ""))
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._lines) - 1, 0))
        self.left_out_changed.emit()
        return True

    def _is_off(self, line: Line) -> bool:
        mark = (line.match.row, line.key)
        return mark in self._off or (self._is_left(line) and mark not in self._on)

    @staticmethod
    def _is_left(line: Line) -> bool:
        """Whether the program leaves this value as it is here by itself."""
        return line.key is not None and loses_marks(*line.match.differences[line.key])

    @staticmethod
    def _may_be_ticked(line: Line) -> bool:
        return line.match.outcome in _TICKED
