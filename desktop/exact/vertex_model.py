"""The vertices of the running sketch as a table: number, X, Y, length and azimuth of the edge that leads there."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from core.messages import current_language
from desktop.words import word
from geodesy.coordinates import format_pair
from geodesy.datum import transform_xy
from geodesy.numbers import format_number
from geodesy.survey.angles import format_angle
from geodesy.survey.measures import legs_of
from geodesy.survey.positions import Point
from geodesy.systems import CoordinateSystem

NUMBER, NORTH, EAST, EDGE, AZIMUTH = range(5)
ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class VertexModel(QAbstractTableModel):
    """Shows vertices of the zone in a system; ``edited`` carries row, column and the text typed over X or Y."""

    edited = Signal(int, int, str)

    def __init__(self, own: CoordinateSystem, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._own = self._display = own
        self._rows: list[tuple[str, ...]] = []

    def show_vertices(self, vertices: Sequence[Point], display: CoordinateSystem) -> None:
        """Replace every row."""
        self.beginResetModel()
        self._display = display
        shown = list(vertices) if display == self._own or not vertices else _moved(vertices, self._own, display)
        legs = [None, *legs_of(shown if display.kind == "tm" else vertices)] if vertices else []
        language = current_language()
        self._rows = []
        for place, ((east, north), leg) in enumerate(zip(shown, legs, strict=True), start=1):
            edge = "" if leg is None else format_number(leg.length_m, 3, language)
            way = "" if leg is None or leg.azimuth_deg is None else format_angle(leg.azimuth_deg, language, 0)
            self._rows.append((str(place), *format_pair(east, north, display), edge, way))
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else 5

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != NUMBER:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            geographic = self._display.kind == "geographic"
            north, east = ("UI-LATITUDE", "UI-LONGITUDE") if geographic else ("UI-NORTHING", "UI-EASTING")
            return ("#", word(north), word(east), word("EXACT-EDGE"), word("EXACT-AZIMUTH"))[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsEditable if index.column() in (NORTH, EAST) else usual

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or str(value) == self._rows[index.row()][index.column()]:
            return False
        self.edited.emit(index.row(), index.column(), str(value))
        return True


def _moved(vertices: Sequence[Point], own: CoordinateSystem, display: CoordinateSystem) -> list[Point]:
    return [(float(east), float(north)) for east, north in transform_xy(list(vertices), own, display)]
