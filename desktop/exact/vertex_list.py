"""The vertices of the running sketch: listed, put right, taken out, and summed up in a line."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.exact.vertex_model import VertexModel
from desktop.icons import icon
from desktop.theme import GAP, MUTED, ROW_HEIGHT
from desktop.words import word
from geodesy.numbers import format_number
from geodesy.survey.measures import closing_error, path_length, perimeter, ring_area
from geodesy.survey.positions import Point
from geodesy.systems import CoordinateSystem

NEAR_SHARE = 0.01  # of the way: a last vertex this near to the first was meant to close it
_REMOVING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class VertexList(QWidget):
    """Shows vertices of the zone ``own``; ``edited`` carries row, column and the text typed over X or Y."""

    edited = Signal(int, int, str)

    def __init__(self, own: CoordinateSystem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = VertexModel(own, self)
        self.model.edited.connect(self.edited)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setStyleSheet(f"color: {MUTED};")
        self.remove = QPushButton(icon("delete"), word("EXACT-REMOVE"))
        under = QHBoxLayout()
        under.addWidget(self.summary, 1)
        under.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.table, 1)
        column.addLayout(under)

    def show_vertices(self, vertices: Sequence[Point], display: CoordinateSystem, *, closed: bool) -> None:
        """Replace every row; ``closed`` when they are the corners of an area."""
        self.model.show_vertices(vertices, display)
        self.table.resizeColumnsToContents()
        if vertices:
            self.table.scrollToBottom()
        self.remove.setEnabled(bool(vertices))
        self.summary.setText(summarise(vertices, closed=closed))

    def rows_to_remove(self) -> list[int]:
        """Return the chosen rows, or the last one when none is chosen."""
        return sorted({index.row() for index in self.table.selectedIndexes()}) or [self.model.rowCount() - 1]

    def is_removed_by(self, key: Qt.Key) -> bool:
        """Whether a key pressed in the table takes out what is chosen; while somebody types, it does not."""
        return key in _REMOVING and self.table.state() != QAbstractItemView.State.EditingState


def summarise(vertices: Sequence[Point], *, closed: bool) -> str:
    """Return count, length, area, and how a way misses the vertex it began at, where it ends near it."""
    language = current_language()
    if len(vertices) < 2:
        return word("EXACT-COUNT", count=len(vertices))
    way = path_length(vertices)
    parts = [word("EXACT-COUNT", count=len(vertices))]
    if closed and len(vertices) > 2:
        length, area = format_number(perimeter(vertices), 3, language), format_number(ring_area(vertices), 1, language)
        parts.append(word("EXACT-RING", length=length, area=area))
    else:
        parts.append(word("EXACT-LENGTH", length=format_number(way, 3, language)))
    missed = closing_error(vertices)
    if len(vertices) > 3 and 0 < missed.linear_m <= NEAR_SHARE * way:
        facts = {
            "north": format_number(missed.north_m, 3, language),
            "east": format_number(missed.east_m, 3, language),
            "linear": format_number(missed.linear_m, 3, language),
            "ratio": "–" if missed.ratio is None else format_number(missed.ratio, 0, language),
        }
        parts.append(word("EXACT-CLOSING", **facts))
    return " · ".join(parts)
