"""A coordinate table from the clipboard or a file: what was read, what is wrong in which row, where it would lie."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.errors import UserError
from core.messages import current_language
from desktop.exact.row_model import CornerRowModel
from desktop.icons import icon
from desktop.map.entry_marks import EntryMarks
from desktop.map.view import MapView
from desktop.session import Session
from desktop.theme import GAP, MUTED, ROW_HEIGHT, Tone
from desktop.words import word
from exchange.problems import RowProblem
from geodesy.arrays import Kind
from geodesy.datum import transform_xy
from geodesy.numbers import Mark, format_number
from geodesy.shaping.curves import count_vertices
from geodesy.systems import CoordinateSystem
from services.corner_tables import PlacedTable, ReadTable, place_corners, read_corners

MOST_SHOWN = 200  # problems; whoever has more has one problem with the whole table

_MARKS: tuple[Mark | None, ...] = (None, ",", ".")
_ORDERS: tuple[bool | None, ...] = (None, True, False)


class TablePanel(QWidget):
    """Shows a table before it is taken; ``new_wanted`` and ``replace_wanted`` carry the ``PlacedTable``.

    ``kind_wanted`` is asked what the rows make, and what area the decision states, before each placing.
    """

    new_wanted = Signal(object)
    replace_wanted = Signal(object)

    def __init__(
        self,
        session: Session,
        view: MapView,
        preview: EntryMarks,
        target: Callable[[], tuple[Kind, float | None]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._view, self._preview, self._target = session, view, preview, target
        self._source: Path | tuple[str, str] | None = None
        self.read: ReadTable | None = None
        self.placed: PlacedTable | None = None
        self.paste = QPushButton(icon("paste"), word("TABLE-PASTE"))
        self.open_file = QPushButton(icon("open"), word("TABLE-OPEN"))
        self.system, self.decimal, self.order = QComboBox(), QComboBox(), QComboBox()
        for mark in _MARKS:
            self.decimal.addItem(word({None: "TABLE-AUTO", ",": "TABLE-COMMA", ".": "TABLE-POINT"}[mark]), mark)
        for first in _ORDERS:
            self.order.addItem(word({None: "TABLE-AUTO", True: "TABLE-X-FIRST", False: "TABLE-Y-FIRST"}[first]), first)
        self.columns = QLabel()
        self.columns.setWordWrap(True)
        self.columns.setStyleSheet(f"color: {MUTED};")
        self.model = CornerRowModel(self)
        self.table = QTableView()
        self.problems = QListWidget()
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.take_new = QPushButton(icon("add"), word("TABLE-TAKE-NEW"))
        self.take_new.setProperty("main", True)
        self.replace = QPushButton(word("TABLE-REPLACE"))
        self._can_replace = False
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT - 2)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setShowGrid(False)
        self.table.setStyleSheet("font-size: 12px;")
        self.table.setAlternatingRowColors(True)
        self.problems.setWordWrap(True)
        self.problems.setTextElideMode(Qt.TextElideMode.ElideNone)
        source = QHBoxLayout()
        source.addWidget(self.paste, 1)
        source.addWidget(self.open_file, 1)
        choices = QGridLayout()
        choices.setVerticalSpacing(4)
        for row, (code, box) in enumerate(
            (("TABLE-SYSTEM", self.system), ("TABLE-DECIMAL", self.decimal), ("TABLE-ORDER", self.order))
        ):
            choices.addWidget(QLabel(word(code)), row, 0)
            choices.addWidget(box, row, 1)
        choices.setColumnStretch(1, 1)
        takes = QHBoxLayout()
        takes.addWidget(self.take_new, 1)
        takes.addWidget(self.replace, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, GAP, 10, GAP)
        column.addLayout(source)
        column.addLayout(choices)
        column.addWidget(self.columns)
        column.addWidget(self.table, 3)
        column.addWidget(self.problems, 2)
        column.addWidget(self.told)
        column.addLayout(takes)

    def _connect(self) -> None:
        self.paste.clicked.connect(self.take_clipboard)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.take_clipboard)
        self.open_file.clicked.connect(self._choose_file)
        self.system.activated.connect(self._place)
        self.decimal.activated.connect(self._read_again)
        self.order.activated.connect(self._read_again)
        self.problems.itemActivated.connect(self._go_to_problem)
        self.problems.itemClicked.connect(self._go_to_problem)
        self.table.selectionModel().currentRowChanged.connect(lambda now, before: self._flash_row(now.row()))
        self.table.activated.connect(lambda index: self._flash_row(index.row()))
        self.take_new.clicked.connect(lambda: self.placed is not None and self.new_wanted.emit(self.placed))
        self.replace.clicked.connect(lambda: self.placed is not None and self.replace_wanted.emit(self.placed))

    # Reading

    def take_clipboard(self) -> None:
        """Read the table that the clipboard holds, as text and as HTML."""
        data = QGuiApplication.clipboard().mimeData()
        text, html = data.text() if data.hasText() else "", data.html() if data.hasHtml() else ""
        if not text.strip() and not html.strip():
            self._tell(word("TABLE-CLIPBOARD-EMPTY"), Tone.WARNING)
            return
        self._begin((text, html))

    def take_file(self, path: Path) -> None:
        """Read the table of a text file."""
        self._begin(path)

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, word("TABLE-OPEN"), "", word("TABLE-FILES"))
        if path:
            self.take_file(Path(path))

    def _begin(self, source: Path | tuple[str, str]) -> None:
        self._source = source
        self.decimal.setCurrentIndex(0)
        self.order.setCurrentIndex(0)
        self._read_again()

    def _read_again(self) -> None:
        if self._source is None:
            return
        desk, source = self._session.desk, self._source
        decimal, north_first = self.decimal.currentData(), self.order.currentData()
        self._session.read(
            lambda progress: _try_read(desk, source, decimal, north_first, progress), self._note_read, owner=self
        )

    def _note_read(self, found: ReadTable | UserError) -> None:
        if isinstance(found, UserError):
            self.read = self.placed = None
            self._show()
            self._tell(str(found), Tone.ERROR)
            return
        self.read = found
        self.system.clear()
        systems = [proposal.system for proposal in found.proposals if proposal.confidence != "rejected"]
        systems += [found.table.declared] if found.table.declared else []
        systems += [proposal.system for proposal in found.proposals]
        for system in dict.fromkeys(systems):
            self.system.addItem(system.label(), system)
        self._place()
        if self.placed is not None:
            self._view.zoom_to(_with_margin(self.placed.geometry))

    # Placing

    def _place(self) -> None:
        """Put the rows where they lie in the chosen system, and say what there is to say."""
        self.placed = None
        system: CoordinateSystem | None = self.system.currentData()
        error: UserError | None = None
        if self.read is not None and system is not None:
            try:
                kind, stated_ha = self._target()
                self.placed = place_corners(self._session.desk, self.read, system, kind, stated_ha=stated_ha)
            except UserError as refused:
                error = refused
        self._show()
        if error is not None:
            self._tell(str(error), Tone.ERROR)

    def follow_target(self, can_replace: bool) -> None:
        """Take in that another record or type is chosen."""
        self._can_replace = can_replace
        if self.read is not None:
            self._place()
        self._enable()

    def _enable(self) -> None:
        self.take_new.setEnabled(self.placed is not None)
        self.replace.setEnabled(self.placed is not None and self._can_replace)

    def _show(self) -> None:
        table = self.read.table if self.read is not None else None
        problems = [] if table is None else [*table.rejected, *table.warnings]
        notes = list(self.placed.notes) if self.placed is not None else []
        self.model.show_rows(table, {problem.row: problem for problem in reversed(problems)})
        self.table.resizeColumnsToContents()
        self.columns.setText("" if table is None else self._describe_columns(table))
        self.problems.clear()
        # What names a culprit stands before what only tells of the damage; errors before both.
        errors = set() if table is None else {id(problem) for problem in table.rejected}
        every = sorted([*notes, *problems], key=lambda one: (id(one) not in errors, not one.code.startswith("CORNER-")))
        for problem in every[:MOST_SHOWN]:
            self._add_problem(problem, is_error=id(problem) in errors)
        if len(every) > MOST_SHOWN:
            self.problems.addItem(word("TABLE-MORE", count=len(every) - MOST_SHOWN))
        self.problems.setVisible(bool(every))
        self._enable()
        self._tell(self._summary(), Tone.INFO if self.placed is None else Tone.GOOD)
        self.show_preview()

    def _add_problem(self, problem: RowProblem, *, is_error: bool) -> None:
        item = QListWidgetItem(icon("error" if is_error else "warning"), problem.text())
        item.setData(Qt.ItemDataRole.UserRole, problem.row)
        item.setToolTip(problem.text())
        self.problems.addItem(item)

    def _describe_columns(self, table: Any) -> str:
        names = ", ".join(
            word("TABLE-COLUMN", number=number, name=word(f"TABLE-COLUMN-{role.upper()}"))
            for number, role in enumerate(table.columns, start=1)
            if role != "unused"
        )
        doubts = [] if table.certain else [word("TABLE-UNCERTAIN")]
        doubts += [] if table.north_first else [word("TABLE-EAST-FIRST")]
        judged = self.read.judge(self.system.currentData()) if self.read and self.system.currentData() else None
        return "\n".join([names, *doubts, *([judged.text()] if judged is not None else [])])

    def _summary(self) -> str:
        if self.read is None:
            return word("TABLE-EMPTY")
        if self.placed is None:
            return ""
        shape, language = self.placed.geometry, current_language()
        count = count_vertices(shape)
        facts = {
            "count": count,
            "length": format_number(float(shapely.length(shape)), 2, language),
            "area": format_number(float(shapely.area(shape)), 1, language),
        }
        return word("TABLE-SUMMARY" if shapely.area(shape) else "TABLE-SUMMARY-LINE", **facts)

    def _tell(self, text: str, tone: Tone) -> None:
        self.told.setText(text)
        self.told.setStyleSheet(f"color: {tone.value};")

    # The map

    def show_preview(self) -> None:
        """Draw the table on the map, with the corners that are doubtful, while the strip shows it."""
        if not self.isVisible() or self.placed is None:
            self._preview.clear()
            return
        self._preview.show_geometry(self.placed.geometry, self._doubtful())

    def _doubtful(self) -> list[tuple[float, float]]:
        assert self.read is not None
        warnings = self.read.table.warnings
        accused = {problem.row for problem in warnings if problem.code.startswith("CORNER-")}
        wanted = accused or {problem.row for problem in warnings}
        rows = self.read.table.rows
        return [place for row, place in self._places().items() if rows[row].number in wanted]

    def _places(self) -> dict[int, tuple[float, float]]:
        """Return where the rows that hold numbers lie in the zone."""
        system = self.system.currentData()
        if self.read is None or system is None:
            return {}
        rows = {number: row for number, row in enumerate(self.read.table.rows) if row.north is not None}
        xy = np.array([row.place for row in rows.values()]).reshape(-1, 2)
        own = self._session.desk.system
        moved = xy if system == own else transform_xy(xy, system, own)
        return {number: (float(x), float(y)) for number, (x, y) in zip(rows, moved, strict=True)}

    def _go_to_problem(self, item: QListWidgetItem) -> None:
        number = item.data(Qt.ItemDataRole.UserRole)
        row = self.model.row_of(int(number)) if number is not None else None
        if row is not None:
            self.table.selectRow(row)

    def _flash_row(self, row: int) -> None:
        place = self._places().get(row)
        if place is not None:
            self._view.flash(*place)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.show_preview()


def _try_read(desk: Any, source: Any, decimal: Mark | None, north_first: bool | None, progress: Any) -> Any:
    """Return the table, or why there is none: that belongs beside the button and not into a dialog."""
    try:
        return read_corners(desk, source, decimal=decimal, north_first=north_first, progress=progress)
    except UserError as error:
        is_copied = error.code == "TEXT-NO-COORDINATES" and not isinstance(source, Path)
        return UserError("TABLE-NO-COLUMNS") if is_copied else error


def _with_margin(geometry: Any) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.bounds(geometry).tolist()
    margin = max(20.0, 0.15 * max(east - west, north - south))
    return west - margin, south - margin, east + margin, north + margin
