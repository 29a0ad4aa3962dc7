"""Measure along clicked points: the length, and from three points the area they enclose."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from desktop.map.layers import signed_area
from desktop.map.tools.marks import draw_handles, draw_note, draw_sketch, numeral
from desktop.map.tools.sketch import SketchTool
from desktop.map.tools.tool import Pointer
from desktop.words import word

if TYPE_CHECKING:
    from desktop.map.view import MapView


class MeasureTool(SketchTool):
    """The sketch stays to be read until the next click. Lengths and areas are those of the projected plane."""

    name = "measure"
    hint = "MAP-HINT-MEASURE"
    kind = "line"
    least = 2

    def __init__(self, view: "MapView") -> None:
        super().__init__(view)
        self._measured: npt.NDArray[np.float64] | None = None

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
        draw_note(painter, QPointF(*screen[-1].tolist()), describe(measured))


def describe(xy: npt.NDArray[np.float64]) -> str:
    """Return length, and area from three points, as a short text."""
    length = float(np.hypot(*np.diff(xy, axis=0).T).sum())
    if len(xy) < 3:
        return word("MAP-MEASURE-LENGTH", length=numeral(length, 2))
    area = abs(signed_area(np.vstack([xy, xy[:1]])))
    return word("MAP-MEASURE-AREA", length=numeral(length, 2), area=numeral(area, 1), hectares=numeral(area / 1e4, 4))
