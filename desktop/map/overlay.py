"""What is painted over every map: scale bar, the hint of an empty map, the flash of a place."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from PySide6.QtCore import QElapsedTimer, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen
from shapely.geometry.base import BaseGeometry

from desktop.map.canvas import MapCanvas
from desktop.map.painting import build_polygon
from desktop.map.tools.marks import numeral
from desktop.theme import MUTED, TEXT
from desktop.words import word

_BAR_PX = 140.0  # the longest a scale bar may be
_FLASH_MS = 1200
_FLASH_COLOR = "#f59e0b"
_LIMIT = 20_000.0


def nice_length(longest: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is not above ``longest``."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9))


def draw_scale_bar(painter: QPainter, canvas: MapCanvas) -> None:
    """Draw the scale bar of the map on the screen."""
    camera = canvas.camera
    paint_scale_bar(painter, camera.metres_per_point, camera.denominator, canvas.viewport().height())


def paint_scale_bar(painter: QPainter, size: float, denominator: float, bottom: float) -> None:
    """Draw a bar of a round length at the lower left, and the scale; ``size`` is metres a logical pixel."""
    length = nice_length(_BAR_PX * size)
    text = (
        word("MAP-SCALE-KILOMETRES", value=numeral(length / 1000))
        if length >= 1000
        else word("MAP-SCALE-METRES", value=numeral(length, 0 if length >= 1 else 2))
    )
    left, base, wide = 14.0, bottom - 14.0, length / size
    high = painter.fontMetrics().height()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255, 215))
    note = f"{text}   1:{numeral(denominator)}"
    painter.drawRoundedRect(
        QRectF(left - 7, base - high - 13, max(wide, painter.fontMetrics().horizontalAdvance(note)) + 14, high + 20),
        4,
        4,
    )
    painter.setPen(QPen(QColor(TEXT), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline([QPointF(left + x, base - y) for x, y in ((0, 5), (0, 0), (wide, 0), (wide, 5))])
    painter.drawText(QPointF(left, base - 9), note)


def draw_hint(painter: QPainter, canvas: MapCanvas, text: str) -> None:
    """Write what to do next in the middle of a map that has nothing to show."""
    area = canvas.viewport().rect()
    font = painter.font()
    font.setPointSizeF(font.pointSizeF() * 1.15)
    painter.setFont(font)
    painter.setPen(QColor(MUTED))
    wide = min(area.width() - 40, 520)
    box = QRectF((area.width() - wide) / 2, 20, wide, area.height() - 60)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)


@dataclass(slots=True)
class _Flashed:
    paths: list[npt.NDArray[np.float64]]
    is_point: bool


class Flash(QObject):
    """Draws a place or a geometry large and then fading, so that the eye finds it."""

    def __init__(self, canvas: MapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._what: _Flashed | None = None
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=33)
        self._timer.timeout.connect(self._tick)

    def show(self, geometry: BaseGeometry) -> None:
        """Flash a geometry in the map's coordinates."""
        parts = [part for part in shapely.get_parts(geometry) if not part.is_empty]
        if not parts:
            return
        rings = [ring for part in parts for ring in _rings(part)]
        self._what = _Flashed([shapely.get_coordinates(ring) for ring in rings], parts[0].geom_type == "Point")
        self._clock.start()
        self._timer.start()
        self._canvas.viewport().update()

    def stop(self) -> None:
        """Flash no more."""
        self._timer.stop()
        self._what = None

    def _tick(self) -> None:
        if self._clock.elapsed() > _FLASH_MS:
            self.stop()
        self._canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """Paint the flash as it is now."""
        if self._what is None:
            return
        share = min(self._clock.elapsed() / _FLASH_MS, 1.0)
        color = QColor(_FLASH_COLOR)
        color.setAlphaF(1.0 - share * share)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for path in self._what.paths:
            screen = self._canvas.to_screen(path).clip(-_LIMIT, _LIMIT)
            if self._what.is_point:
                painter.setPen(QPen(color, 3.0))
                reach = 9 + 22 * abs(math.sin(share * math.pi * 2))
                painter.drawEllipse(QPointF(*screen[0].tolist()), reach, reach)
            else:
                painter.setPen(QPen(color, 4 + 6 * abs(math.sin(share * math.pi * 2))))
                painter.drawPolyline(build_polygon(screen))


def _rings(part: BaseGeometry) -> list[BaseGeometry]:
    return [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
