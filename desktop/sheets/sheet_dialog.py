"""Laying a scanned drawing: points in the scan, their coordinates, how well it fits, and the map at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.errors import UserError
from core.messages import current_language
from desktop.icons import icon
from desktop.map.tools.marks import numeral
from desktop.sheets.scan_view import Fetch, ScanView
from desktop.theme import GAP, Tone
from desktop.words import word
from exchange.raster_facts import RasterFacts
from geodesy.fitting import ControlPoint, Fit
from geodesy.numbers import parse_number
from services.georeferencing import Judgement, judge_points

NORTH, EAST, RESIDUAL, LEFT_OUT = range(4)
FITS = (Fit.HELMERT, Fit.AFFINE, Fit.PROJECTIVE, Fit.THIN_PLATE)


@dataclass(slots=True)
class Row:
    """A point of the scan, and its coordinates once they are there."""

    column: float
    row: float
    north: float | None = None
    east: float | None = None

    @property
    def point(self) -> ControlPoint | None:
        """The control point, when it is complete."""
        if self.north is None or self.east is None:
            return None
        return ControlPoint(self.column, self.row, self.east, self.north)


class SheetDialog(QDialog):
    """``laid`` carries points and kind of a sheet to be laid, ``place_wanted`` asks for a click on the map."""

    laid = Signal(list, object)
    place_wanted = Signal()
    closed = Signal()

    def __init__(
        self,
        title: str,
        facts: RasterFacts,
        fetch: Fetch,
        scale: int | None,
        parent: QWidget | None = None,
        *,
        own_tolerances: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-SHEET-TITLE", file=title))
        self.resize(1180, 680)
        self._facts, self._scale, self._own_tolerances = facts, scale, own_tolerances
        self.rows: list[Row] = []
        self.judgement: Judgement | None = None
        self._is_filling = False
        self._refused = ""
        self.view = ScanView(facts.width, facts.height, fetch)
        self.view.pointed.connect(self.add_point)
        self.fit = QComboBox()
        for kind in FITS:
            self.fit.addItem(word(f"UI-SHEET-FIT-{kind.name.replace('_', '-')}"), kind.value)
        self.fit.setCurrentIndex(FITS.index(Fit.AFFINE))
        self.fit.currentIndexChanged.connect(self._judge)
        self._build_table()
        self.result_line, self.remarks = QLabel(), QLabel()
        for label in (self.result_line, self.remarks):
            label.setWordWrap(True)
        self.remarks.setStyleSheet(f"color: {Tone.WARNING.value};")
        self._lay_out()
        self._judge()

    def _build_table(self) -> None:
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels(
            [word(code) for code in ("UI-SHEET-X", "UI-SHEET-Y", "UI-SHEET-RESIDUAL", "UI-SHEET-LEFT-OUT")]
        )
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.itemChanged.connect(self._take_text)
        self.table.currentCellChanged.connect(lambda row, *_: self._mark())
        self.table.cellDoubleClicked.connect(self._look)

    def _lay_out(self) -> None:
        hint = QLabel(word("UI-SHEET-HINT"))
        hint.setWordWrap(True)
        hint.setProperty("role", "hint")
        pick = QPushButton(icon("pick"), word("UI-SHEET-PICK"))
        pick.clicked.connect(self._ask_place)
        drop = QPushButton(icon("delete"), word("UI-SHEET-DROP"))
        drop.clicked.connect(self.drop_point)
        whole = QPushButton(icon("zoom-full"), word("UI-SHEET-WHOLE"))
        whole.clicked.connect(self.view.fit)
        self.go = QPushButton(word("UI-SHEET-LAY"))
        self.go.setProperty("main", True)
        self.go.clicked.connect(self._lay)
        buttons = QHBoxLayout()
        for button in (pick, drop, whole):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        self.go.setAutoDefault(False)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        for part in (hint, self.fit, self.table):
            column.addWidget(part)
        column.addLayout(buttons)
        for part in (self.result_line, self.remarks, self.go):
            column.addWidget(part)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.view)
        split.addWidget(side)
        split.setSizes([700, 480])
        whole_box = QVBoxLayout(self)
        whole_box.setContentsMargins(0, 0, 0, 0)
        whole_box.addWidget(split)

    @property
    def kind(self) -> Fit:
        """The transformation asked for."""
        return Fit(self.fit.currentData())

    @property
    def points(self) -> list[ControlPoint]:
        """The complete control points."""
        return [point for row in self.rows if (point := row.point) is not None]

    def add_point(self, column: float, row: float) -> None:
        """Add a point of the scan; its coordinates are typed, or clicked on the map, next."""
        self.rows.append(Row(column, row))
        self._refused = ""
        self._fill()
        last = len(self.rows) - 1
        self.table.setCurrentCell(last, NORTH)
        self.table.setFocus()
        self.table.editItem(self.table.item(last, NORTH))

    def drop_point(self) -> None:
        """Take the chosen point away."""
        place = self.table.currentRow()
        if 0 <= place < len(self.rows):
            del self.rows[place]
            self._refused = ""
            self._fill()

    def take_place(self, east: float, north: float) -> None:
        """Give the chosen point the coordinates of a click on the map."""
        place = self.table.currentRow()
        if 0 <= place < len(self.rows):
            self.rows[place].east, self.rows[place].north = round(east, 4), round(north, 4)
            self._refused = ""
            self._fill()
        self.raise_()
        self.activateWindow()

    def _ask_place(self) -> None:
        if self.rows and self.table.currentRow() >= 0:
            self.place_wanted.emit()

    def _look(self, row: int, column: int) -> None:
        if column in (RESIDUAL, LEFT_OUT) and row < len(self.rows):
            self.view.look_at(self.rows[row].column, self.rows[row].row)

    def _fill(self) -> None:
        chosen = self.table.currentRow()
        self._is_filling = True
        self.table.setRowCount(len(self.rows))
        for place, row in enumerate(self.rows):
            for column, value in ((NORTH, row.north), (EAST, row.east)):
                item = QTableWidgetItem("" if value is None else numeral(value, 3))
                item.setToolTip(word("UI-SHEET-AT", column=round(row.column), row=round(row.row)))
                self.table.setItem(place, column, item)
        self._is_filling = False
        if 0 <= chosen < len(self.rows):
            self.table.setCurrentCell(chosen, NORTH)
        self._judge()

    def _take_text(self, item: QTableWidgetItem) -> None:
        if self._is_filling or item.column() not in (NORTH, EAST):
            return
        row, text = self.rows[item.row()], item.text().strip()
        self._refused = ""
        try:
            value = parse_number(text, prefer="," if current_language() == "vi" else ".") if text else None
        except ValueError:
            value, self._refused = None, word("UI-SHEET-NO-NUMBER", text=text[:40], number=item.row() + 1)
        if item.column() == NORTH:
            row.north = value
        else:
            row.east = value
        at = item.row()
        self._fill()
        if row.north is not None and row.east is None:
            QTimer.singleShot(0, lambda: self._edit(at, EAST))  # the editor that is closing now would close it

    def _edit(self, row: int, column: int) -> None:
        item = self.table.item(row, column)
        if item is not None:
            self.table.setCurrentItem(item)
            self.table.editItem(item)

    def _judge(self) -> None:
        """Work out how the sheet would lie, and say so."""
        self.judgement, text = None, ""
        try:
            self.judgement = judge_points(self.points, self.kind, self._facts, self._scale, self._own_tolerances)
        except UserError as error:
            text = str(error)
        judged = self.judgement
        if judged is not None:
            found = judged.georeference
            code = "UI-SHEET-RMS" if judged.allowed_m is None else "UI-SHEET-RMS-ALLOWED"
            allowed = numeral(judged.allowed_m or 0, 2)
            text = word(code, rms=numeral(found.rms_m, 3), pixel=numeral(found.pixel_m, 3), allowed=allowed)
        self.result_line.setText(text)
        remarks = [word(code) for code in judged.remarks] if judged is not None else []
        self.remarks.setText("\n".join(filter(None, (self._refused, *remarks))))
        self.go.setEnabled(judged is not None)
        self._show_residuals()
        self._mark()

    def _show_residuals(self) -> None:
        self._is_filling = True
        known, allowed_m = iter([]), self.judgement.allowed_point_m if self.judgement is not None else None
        if self.judgement is not None:
            found = self.judgement.georeference
            known = iter(zip(found.residuals_m.tolist(), found.left_out_m, strict=True))
        for place, row in enumerate(self.rows):
            residual, left_out = next(known, (None, None)) if row.point is not None else (None, None)
            for column, value in ((RESIDUAL, residual), (LEFT_OUT, left_out)):
                item = QTableWidgetItem("" if value is None else numeral(value, 3))
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if column == RESIDUAL and None not in (value, allowed_m) and value > allowed_m:
                    item.setForeground(QColor(Tone.ERROR.value))
                    item.setToolTip(word("UI-SHEET-POINT-OFF", allowed=numeral(allowed_m, 2)))
                self.table.setItem(place, column, item)
        self._is_filling = False

    def _mark(self) -> None:
        chosen = self.table.currentRow()
        self.view.show_marks([(row.column, row.row, place == chosen) for place, row in enumerate(self.rows)])

    def _lay(self) -> None:
        if self.judgement is not None:
            self.laid.emit(self.points, self.kind)

    def done(self, result: int) -> None:
        self.closed.emit()
        super().done(result)
