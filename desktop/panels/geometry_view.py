"""A record's geometry in figures: kind, measures, and its vertices, north first as the official tables have them."""

from collections.abc import Sequence

import numpy as np
import shapely
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.models.plain_model import PlainModel, Row
from desktop.theme import GAP, ROW_HEIGHT
from desktop.words import word
from geodesy.coordinates import format_pair
from geodesy.datum import transform_xy
from geodesy.numbers import format_number
from geodesy.systems import CoordinateSystem

SHOWN_VERTICES = 2_000


class GeometryView(QWidget):
    """Shows a geometry of the workspace's zone in the coordinate system chosen for display."""

    zoom_wanted = Signal()
    draw_wanted = Signal(str)

    def __init__(self, system: CoordinateSystem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._system = self._display = system
        self._geometry: shapely.Geometry | None = None
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._zoom = QPushButton(word("UI-ZOOM-TO-RECORD"))
        self._zoom.clicked.connect(self.zoom_wanted)
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
        self._table = QTableView()
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
        column.addWidget(self._zoom)
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
        self._zoom.setVisible(self._geometry is not None)

    def show_in(self, display: CoordinateSystem) -> None:
        """Show the vertices in another coordinate system from now on."""
        self._display = display
        self.show_geometry(self._geometry)

    def show_geometry(self, geometry: shapely.Geometry | None) -> None:
        """Show ``geometry``, which lies in the workspace's zone."""
        self._geometry = geometry
        self._follow_geometry()
        self._summary.setText(describe_geometry(geometry))
        headings = axis_names(self._display)
        self.model = PlainModel((word("UI-VERTEX"), *headings), self)
        self._table.setModel(self.model)
        self._table.setVisible(geometry is not None)
        if geometry is None:
            return
        xy = shapely.get_coordinates(geometry)[:SHOWN_VERTICES]
        if self._display != self._system:
            xy = transform_xy(xy, self._system, self._display)
        self.model.show_rows(_rows(xy, self._display))
        self._table.resizeColumnsToContents()


def axis_names(display: CoordinateSystem) -> tuple[str, str]:
    """Return the names of the two coordinates, north first."""
    if display.kind == "geographic":
        return word("UI-LATITUDE"), word("UI-LONGITUDE")
    return word("UI-NORTHING"), word("UI-EASTING")


def _rows(xy: np.ndarray, display: CoordinateSystem) -> list[Row]:
    return [
        Row((str(place), *format_pair(east, north, display)))
        for place, (east, north) in enumerate(xy.tolist(), start=1)
    ]


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
