"""What was measured, stretch by stretch, with the sums in the plane and on the ellipsoid; to be read and copied."""

import numpy as np
import shapely
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.map.tools.measure import MeasureTool
from desktop.map.view import MapView
from desktop.models.plain_model import PlainModel, Row
from desktop.theme import GAP, ROW_HEIGHT
from desktop.words import word
from geodesy.numbers import format_number
from geodesy.survey.angles import format_angle
from geodesy.survey.ellipsoidal import FORMULA, ellipsoidal_area, ellipsoidal_length
from geodesy.survey.measures import angle_at, legs_of, path_length, perimeter, ring_area
from geodesy.systems import CoordinateSystem

COLUMNS = ("MEASURE-LEG", "MEASURE-LENGTH", "EXACT-AZIMUTH", "MEASURE-ANGLE")


class MeasurePanel(QWidget):
    """Follows the measuring tool of a map; lengths are metres of the zone ``own``."""

    def __init__(self, view: MapView, own: CoordinateSystem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._own = view, own
        self._xy = np.empty((0, 2))
        self._seen: bytes | None = None
        self.model = PlainModel([word(code) for code in COLUMNS], self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.sums = QLabel()
        self.sums.setWordWrap(True)
        self.copy = QPushButton(icon("copy"), word("MEASURE-COPY"))
        self.copy.clicked.connect(self.copy_text)
        self.clear = QPushButton(word("MEASURE-CLEAR"))
        self.clear.clicked.connect(self._clear)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy, 1)
        buttons.addWidget(self.clear, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, GAP, 10, GAP)
        column.addWidget(self.table, 1)
        column.addWidget(self.sums)
        column.addLayout(buttons)
        view.canvas.overlays.append(self._follow_tool)
        self._show()

    def _follow_tool(self, painter: QPainter) -> None:
        """Take in that something was clicked: the map is painted over again whenever it was."""
        tool = self._view.tool
        if not isinstance(tool, MeasureTool) or not self.isVisible():
            return
        now = tool.clicked
        if now.tobytes() != self._seen:
            self._seen, self._xy = now.tobytes(), now.copy()
            QTimer.singleShot(0, self, self._show)

    def _clear(self) -> None:
        if isinstance(self._view.tool, MeasureTool):
            self._view.tool.clear()
        self._xy, self._seen = np.empty((0, 2)), None
        self._show()

    def _show(self) -> None:
        language = current_language()
        self.model.show_rows(
            [
                Row(
                    (
                        f"{leg.number}–{leg.number + 1}",
                        format_number(leg.length_m, 3, language),
                        "" if leg.azimuth_deg is None else format_angle(leg.azimuth_deg, language),
                        "" if leg.angle_deg is None else format_angle(leg.angle_deg, language),
                    )
                )
                for leg in legs_of(self._xy)
            ]
        )
        self.table.resizeColumnsToContents()
        self.sums.setText("\n".join(self._sum_up()))
        self.copy.setEnabled(len(self._xy) > 1)

    def _sum_up(self) -> list[str]:
        """Return the sums: length, and from three points perimeter and area, each with its surface named."""
        if len(self._xy) < 2:
            return [word("MEASURE-EMPTY")]
        language = current_language()
        line = shapely.LineString(self._xy)
        facts = {
            "plane": format_number(path_length(self._xy), 3, language),
            "ellipsoid": format_number(ellipsoidal_length(line, self._own), 3, language),
        }
        lines = [word("MEASURE-SUM-LENGTH", **facts)]
        if len(self._xy) > 2:
            ring = shapely.Polygon(self._xy)
            area, true_area = ring_area(self._xy), ellipsoidal_area(ring, self._own)
            facts = {
                "perimeter": format_number(perimeter(self._xy), 3, language),
                "plane": format_number(area, 2, language),
                "hectares": format_number(area / 10_000, 4, language),
                "ellipsoid": format_number(true_area, 2, language),
            }
            lines += [word("MEASURE-SUM-PERIMETER", **facts), word("MEASURE-SUM-AREA", **facts)]
            lines.append(word("MEASURE-SUM-ELLIPSOID", **facts))
        if len(self._xy) == 3:
            before, vertex, after = ((float(x), float(y)) for x, y in self._xy)
            if before != vertex != after:
                lines.append(word("MEASURE-SUM-ANGLE", angle=format_angle(angle_at(before, vertex, after), language)))
        lines.append(word("MEASURE-FORMULA", system=self._own.label(), formula=FORMULA))
        return lines

    def copy_text(self) -> None:
        """Put the stretches and sums on the clipboard, cells parted by tabs."""
        rows = [[word(code) for code in COLUMNS], *(list(row.cells) for row in self.model.rows)]
        text = "\n".join("\t".join(cell.replace("\u00a0", "") for cell in row) for row in rows)
        QGuiApplication.clipboard().setText(f"{text}\n{self.sums.text()}\n".replace("\u00a0", " "))
