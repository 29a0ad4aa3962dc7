"""A record's geometry in figures: kind, measures, and the official table of its corners, to be read and copied."""

from collections.abc import Sequence

import shapely
from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.models.plain_model import PlainModel, Row
from desktop.theme import GAP, ROW_HEIGHT
from desktop.words import word
from geodesy.coordinates import format_dms
from geodesy.corner_sheet import CornerSheet, SheetRow, build_sheet
from geodesy.numbers import format_number
from geodesy.systems import CoordinateSystem

AT_ONCE = 2_000  # corners that are written without being looked at; more wait until they are


class GeometryView(QWidget):
    """Shows a geometry of the workspace's zone in the coordinate system chosen for display.

    ``copied`` tells that the table stands on the clipboard; ``table_wanted`` asks for a table to take its place.
    """

    zoom_wanted = Signal()
    draw_wanted = Signal(str)
    copied = Signal()
    table_wanted = Signal()

    def __init__(self, system: CoordinateSystem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._system = self._display = system
        self._geometry: shapely.Geometry | None = None
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self.origin = QLabel()
        self.origin.setProperty("role", "hint")
        self.origin.setWordWrap(True)
        self.origin.setTextFormat(Qt.TextFormat.PlainText)  # a file's name is no markup
        self.origin.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.origin.hide()
        self._zoom = QPushButton(word("UI-ZOOM-TO-RECORD"))
        self._zoom.clicked.connect(self.zoom_wanted)
        self.copy = QPushButton(icon("copy"), word("UI-COPY-SHEET"))
        self.copy.clicked.connect(self.copy_sheet)
        self.from_table = QPushButton(icon("coordinates"), word("UI-SHEET-REPLACE"))
        self.from_table.clicked.connect(self.table_wanted)
        self._draw = [
            self._draw_button(shape, code)
            for shape, code in (
                ("point", "UI-DRAW-POINT"),
                ("line", "UI-DRAW-LINE"),
                ("polygon", "UI-DRAW-POLYGON"),
            )
        ]
        self._drawable: tuple[str, ...] = ()
        self.model = PlainModel(())
        self._is_behind = False
        self._table = QTableView()
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self._table)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy_sheet)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self._table.verticalHeader().setVisible(False)
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._table.setAlternatingRowColors(True)
        self._table.setShowGrid(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, GAP, 12, GAP)
        column.addWidget(self._summary)
        column.addWidget(self.origin)
        column.addWidget(self._zoom)
        tables = QHBoxLayout()
        tables.addWidget(self.copy, 1)
        tables.addWidget(self.from_table, 1)
        column.addLayout(tables)
        for button in self._draw:
            column.addWidget(button)
        column.addWidget(self._table, 1)
        column.addStretch(0)

    def _draw_button(self, shape: str, code: str) -> QPushButton:
        button = QPushButton(icon("draw"), word(code))
        button.setObjectName(shape)
        button.clicked.connect(lambda: self.draw_wanted.emit(shape))
        return button

    def offer_drawing(self, shapes: Sequence[str]) -> None:
        """Let a record without a geometry be drawn as one of ``shapes``: point, line, polygon."""
        self._drawable = tuple(shapes)
        self._follow_geometry()

    def _follow_geometry(self) -> None:
        for button in self._draw:
            button.setVisible(self._geometry is None and button.objectName() in self._drawable)
        for button in (self._zoom, self.copy):
            button.setVisible(self._geometry is not None)
        self.from_table.setVisible(self._geometry is not None or bool(self._drawable))

    def show_in(self, display: CoordinateSystem) -> None:
        """Show the vertices in another coordinate system from now on."""
        self._display = display
        self.show_geometry(self._geometry)

    def show_geometry(self, geometry: shapely.Geometry | None) -> None:
        """Show ``geometry``, which lies in the workspace's zone."""
        self._geometry = geometry
        self._follow_geometry()
        self._summary.setText(describe_geometry(geometry))
        self._table.setVisible(geometry is not None)
        self._is_behind = geometry is not None and shapely.get_num_coordinates(geometry) > AT_ONCE
        if not self._is_behind or self.isVisible():
            self._fill()

    def show_origin(self, lines: Sequence[str]) -> None:
        """Say where the geometry came from, one line each; nothing for what was drawn here."""
        self.origin.setText("\n".join(lines))
        self.origin.setVisible(bool(lines))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_behind:
            self._fill()

    def _fill(self) -> None:
        """Write the rows of the table; each is put into words when it comes into view."""
        self._is_behind = False
        sheet = self.sheet()
        self.model = PlainModel((word("SHEET-POINT"), *axis_names(self._display), word("EXACT-EDGE")), self)
        self._table.setModel(self.model)
        if sheet is not None:
            lines = _lines(sheet)
            self.model.show_things(lines, lambda line: _row(sheet, line))
            self._table.clearSpans()
            self._table.resizeColumnsToContents()
            for place, line in enumerate(lines):
                if isinstance(line, str):
                    self._table.setSpan(place, 0, 1, self.model.columnCount())
            self._table.setColumnWidth(0, self._table.horizontalHeader().sectionSizeHint(0))

    def sheet(self) -> CornerSheet | None:
        """Return the official table of what is shown, in the system it is shown in."""
        return None if self._geometry is None else build_sheet(self._geometry, self._system, self._display)

    def copy_sheet(self) -> None:
        """Put the table on the clipboard, as text and as HTML."""
        sheet = self.sheet()
        if sheet is None:
            return
        data = QMimeData()
        data.setText(sheet.text())
        data.setHtml(sheet.html())
        QGuiApplication.clipboard().setMimeData(data)
        self.copied.emit()


def axis_names(display: CoordinateSystem) -> tuple[str, str]:
    """Return the names of the two coordinates, north first."""
    if display.kind == "geographic":
        return word("UI-LATITUDE"), word("UI-LONGITUDE")
    return word("UI-NORTHING"), word("UI-EASTING")


def _lines(sheet: CornerSheet) -> list[SheetRow | str]:
    """Return the rows, and over those of each path what it is."""
    lines: list[SheetRow | str] = []
    for path in sheet.paths:
        title = sheet.path_title(path) if len(sheet.paths) > 1 else None
        lines += [title] if title else []
        lines += path.rows
    return lines


def _row(sheet: CornerSheet, line: SheetRow | str) -> Row:
    if isinstance(line, str):
        return Row((line, "", "", ""))
    language = current_language()
    edge = "" if line.edge_m is None else format_number(line.edge_m, 3, language)
    if sheet.system.kind == "geographic":
        return Row((line.label, format_dms(line.north, "lat"), format_dms(line.east, "lon"), edge))
    north, east = (format_number(value, sheet.decimals, language) for value in (line.north, line.east))
    return Row((line.label, north, east, edge))


def describe_geometry(geometry: shapely.Geometry | None) -> str:
    """Return one line about a geometry: kind, vertices, length or area."""
    if geometry is None:
        return word("UI-NO-GEOMETRY")
    count = int(shapely.get_num_coordinates(geometry))
    dimension = int(shapely.get_dimensions(geometry))
    if dimension == 0:
        return word("UI-GEOMETRY-POINT")
    if dimension == 1:
        return word("UI-GEOMETRY-LINE", count=count, length=_write(geometry.length, 1))
    area, edge = _write(geometry.area / 10_000, 4), _write(geometry.length, 1)
    return word("UI-GEOMETRY-POLYGON", count=count, area=area, length=edge)


def _write(value: float, decimals: int) -> str:
    return format_number(value, decimals, current_language())
