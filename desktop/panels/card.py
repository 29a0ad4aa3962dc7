"""A titled box of a page, and the table that stands in many of them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from desktop.models.plain_model import PlainModel
from desktop.theme import GAP, ROW_HEIGHT


class Card(QFrame):
    """A white box with a heading, a hint under it, and whatever is added."""

    def __init__(self, title: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(14, 12, 14, 12)
        self.column.setSpacing(GAP)
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        self.column.addWidget(heading)
        self.hint = QLabel(hint)
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "hint")
        self.hint.setVisible(bool(hint))
        self.column.addWidget(self.hint)

    def show_hint(self, text: str) -> None:
        """Change the line under the heading."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))


class ShortTable(QTableView):
    """A read-only table of some rows, as high as they need up to a limit."""

    def __init__(self, headings: Sequence[str], stretch: int, rows: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = rows
        self.rows_model = PlainModel(headings, self)
        self.setModel(self.rows_model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(len(headings)):
            mode = QHeaderView.ResizeMode.Stretch if column == stretch else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)
        self.rows_model.modelReset.connect(self._fit_height)
        self._fit_height()

    def _fit_height(self) -> None:
        shown = min(max(self.rows_model.rowCount(), 1), self._most)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * ROW_HEIGHT + 4)


def narrow_first(table: ShortTable, stretch: int, width_px: int = 170) -> None:
    """Give the first column of a table a width of its own, which the user may change, instead of its longest text's."""
    if stretch != 0:
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(0, width_px)
