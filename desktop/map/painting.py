"""A painter that is closed whatever happens, and arrays handed to it without a Python object for each number."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from desktop.map.filling import Pixels, Region


@contextmanager
def painting(image: QImage, region: Region | None = None, *, smooth: bool = True) -> Iterator[QPainter]:
    """Yield a painter on ``image``, cut to ``region``; a painter left open by an error would end the process."""
    painter = QPainter(image)
    try:
        if region is not None:
            painter.setClipRect(QRect(region.left, region.top, region.right - region.left, region.bottom - region.top))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        yield painter
    finally:
        painter.end()


def wrap_pixels(pixels: Pixels, format: QImage.Format = QImage.Format.Format_RGB32) -> QImage:
    """Return a picture that draws into ``pixels``, which must outlive it."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, format)


def pixel_of(color: str) -> int:
    """Return the 0xffRRGGBB of ``#rrggbb``."""
    return 0xFF000000 | int(color[1:7], 16)


def build_pen(color: str, width: float, *, round_ends: bool = True, dash: tuple[float, ...] = ()) -> QPen:
    """Return a pen of ``width`` device pixels."""
    cap = Qt.PenCapStyle.RoundCap if round_ends and not dash else Qt.PenCapStyle.FlatCap
    pen = QPen(QColor(color), width, Qt.PenStyle.SolidLine, cap, Qt.PenJoinStyle.RoundJoin)
    if dash:
        pen.setDashPattern([max(part, 0.1) for part in dash])
    return pen


def draw_segments(painter: QPainter, segments: npt.NDArray[np.float64]) -> None:
    """Draw ``(n, 4)`` segments x0 y0 x1 y1 with the painter's pen in one call."""
    if len(segments):
        segments = np.ascontiguousarray(segments, dtype=np.float64)
        painter.drawLines(shiboken6.wrapInstance(segments.ctypes.data, QLineF), len(segments))


def build_polygon(points: npt.NDArray[Any]) -> QPolygonF:
    """Return a Qt polygon (or polyline) of ``(n, 2)`` points."""
    return QPolygonF([QPointF(x, y) for x, y in np.asarray(points, dtype=np.float64).tolist()])


def write_haloed(painter: QPainter, at: QPointF, text: str, color: str, halo: str = "#ffffff") -> None:
    """Write ``text``, its baseline beginning at ``at``, so that it can be read on any ground."""
    painter.setPen(QColor(halo))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(at + QPointF(dx, dy), text)
    painter.setPen(QColor(color))
    painter.drawText(at, text)
