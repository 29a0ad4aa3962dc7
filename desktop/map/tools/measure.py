"""Measure along clicked points: lengths, azimuths, angles, and from three points the area they enclose."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from desktop.map.hand import Pointer
from desktop.map.surface import MapSurface
from desktop.map.tools.marks import draw_handles, draw_note, draw_sketch, numeral
from desktop.map.tools.sketch import SketchTool
from desktop.words import word
from geodesy.survey.angles import format_angle
from geodesy.survey.measures import legs_of, path_length, ring_area


class MeasureTool(SketchTool):
    """The sketch stays to be read until the next click. Lengths and areas are those of the projected plane."""

    name = "measure"
    hint = "MAP-HINT-MEASURE"
    kind = "line"
    least = 2

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self._measured: npt.NDArray[np.float64] | None = None

    @property
    def clicked(self) -> npt.NDArray[np.float64]:
        """The points clicked, of the running sketch or of the last one, ``(n, 2)``."""
        if self._measured is not None:
            return self._measured
        return np.array(self.points, dtype=np.float64).reshape(-1, 2)

    def clear(self) -> None:
        """Measure anew."""
        self.points.clear()
        self._measured = None
        self.view.repaint_overlay()

    def put_down(self) -> None:
        super().put_down()
        self._measured = None

    def pressed(self, at: Pointer) -> None:
        if at.button == Qt.MouseButton.LeftButton:
            self._measured = None
        super().pressed(at)

    def key_pressed(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._measured is not None:
            self._measured = None
            self.view.repaint_overlay()
            return True
        return super().key_pressed(key)

    def hand_over(self, xy: npt.NDArray[np.float64]) -> None:
        self._measured = xy

    def describe(self, xy: npt.NDArray[np.float64]) -> str:
        return ""

    def paint(self, painter: QPainter) -> None:
        super().paint(painter)
        measured = self._measured
        if measured is None and self.points and self.cursor_at is not None:
            measured = np.array([*self.points, self.cursor_at])
        if measured is None or len(measured) < 2:
            return
        screen = self.view.canvas.to_screen(measured)
        if self._measured is not None:
            draw_sketch(painter, screen, closed=False)
            draw_handles(painter, screen)
        draw_note(painter, QPointF(*screen[-1].tolist()), describe_measure(measured))


def describe_measure(xy: npt.NDArray[np.float64]) -> str:
    """Return the last stretch with its azimuth and angle, the whole length, and the area from three points."""
    leg = legs_of(xy[-3:])[-1]
    parts = [word("MAP-MEASURE-LENGTH", length=numeral(path_length(xy), 2))]
    if len(xy) > 2:
        area = ring_area(xy)
        facts = {"area": numeral(area, 1), "hectares": numeral(area / 1e4, 4)}
        parts = [word("MAP-MEASURE-AREA", length=numeral(path_length(xy), 2), **facts)]
    if leg.azimuth_deg is not None:
        parts.append(word("MAP-MEASURE-AZIMUTH", azimuth=format_angle(leg.azimuth_deg, decimals=0)))
    if leg.angle_deg is not None:
        parts.append(word("MAP-MEASURE-ANGLE", angle=format_angle(leg.angle_deg, decimals=0)))
    return " · ".join(parts)
