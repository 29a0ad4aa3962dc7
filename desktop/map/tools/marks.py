"""The marks that tools paint over the map: sketched lines, vertices, what is snapped to."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from core.messages import current_language
from desktop.map.painting import build_polygon
from desktop.map.snapping import Snap, SnapKind
from desktop.theme import ACCENT
from desktop.words import word
from geodesy.numbers import decimal_mark, format_number

HANDLE_PX = 8.0
SNAP_COLOR = "#c026a3"

_BETWEEN = " · "  # the parts of a note
_MOST_DRAWN_WELL = 5_000  # vertices from which an outline is drawn plainly: the hand must not wait
_MOST_HANDLES = 2_000
_LIMIT = 20_000.0  # logical pixels beyond which Qt's coordinates need not go


def draw_sketch(painter: QPainter, screen: npt.NDArray[np.float64], *, closed: bool, filled: bool = True) -> None:
    """Draw a line or a face being made, dark on a pale edge so that it shows on any ground."""
    if len(screen) < 2:
        return
    shown = without_crowd(screen.clip(-_LIMIT, _LIMIT))
    outline, is_long = build_polygon(shown), len(shown) > _MOST_DRAWN_WELL
    face = QColor(ACCENT)
    face.setAlpha(40)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_long)
    for color, width in ((ACCENT, 1.0),) if is_long else (("#ffffff", 4.5), (ACCENT, 2.0)):
        painter.setPen(QPen(QColor(color), width))
        painter.setBrush(face if closed and filled and color == ACCENT else Qt.BrushStyle.NoBrush)
        if closed:
            painter.drawPolygon(outline)
        else:
            painter.drawPolyline(outline)
    painter.restore()


def without_crowd(screen: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return a path ``(n, 2)`` of pixels without vertices on the pixel of the one before; its ends stay."""
    pixels = np.round(screen)
    stays = np.ones(len(screen), dtype=bool)
    stays[1:-1] = (pixels[1:-1] != pixels[:-2]).any(axis=1)
    return screen[stays]


def draw_rings(painter: QPainter, screens: Iterable[npt.NDArray[np.float64]]) -> None:
    """Fill what lies within an odd number of rings: parts without their holes."""
    area = QPainterPath()
    for screen in screens:
        if len(screen) > 2:
            area.addPolygon(build_polygon(screen.clip(-_LIMIT, _LIMIT)))
            area.closeSubpath()
    face = QColor(ACCENT)
    face.setAlpha(40)
    painter.fillPath(area, face)


def draw_handles(painter: QPainter, screen: npt.NDArray[np.float64], chosen: int | None = None) -> None:
    """Draw a small square at each vertex in view; the chosen one is filled.

    Where there are too many to be told apart, only some have one until the map is brought nearer.
    """
    painter.setPen(QPen(QColor(ACCENT), 1.5))
    half = HANDLE_PX / 2
    room = (painter.device().width() + HANDLE_PX, painter.device().height() + HANDLE_PX)
    in_view = np.flatnonzero(((screen > -HANDLE_PX) & (screen < room)).all(axis=1))
    shown = set(in_view[:: 1 + len(in_view) // _MOST_HANDLES].tolist())
    if chosen is not None and chosen < len(screen):
        shown.add(chosen)
    for number in sorted(shown):
        x, y = screen[number].tolist()
        painter.setBrush(QColor(ACCENT if number == chosen else "#ffffff"))
        painter.drawRect(QRectF(x - half, y - half, HANDLE_PX, HANDLE_PX))


def draw_snap(painter: QPainter, place: QPointF, snap: Snap) -> None:
    """Draw the mark of what the cursor sticks to, each kind in a shape of its own, and its name."""
    painter.setPen(QPen(QColor(SNAP_COLOR), 2.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = 7.0
    for line in _SNAP_MARKS[snap.kind]:
        painter.drawPolyline([QPointF(place.x() + x * half, place.y() + y * half) for x, y in line])
    if snap.kind is not SnapKind.VERTEX:
        text = word(f"MAP-SNAP-{snap.kind.name}")
        base = QPointF(place.x() - painter.fontMetrics().horizontalAdvance(text) / 2, place.y() - half - 6)
        painter.setPen(QColor("#ffffff"))
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            painter.drawText(base + QPointF(dx, dy), text)
        painter.setPen(QColor(SNAP_COLOR))
        painter.drawText(base, text)


_SQUARE = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
_SNAP_MARKS: dict[SnapKind, tuple[tuple[tuple[float, float], ...], ...]] = {
    SnapKind.VERTEX: (_SQUARE,),
    SnapKind.INTERSECTION: (((-1, -1), (1, 1)), ((-1, 1), (1, -1))),
    SnapKind.MIDPOINT: (((-1, 0.8), (1, 0.8), (0, -1), (-1, 0.8)),),
    SnapKind.PERPENDICULAR: (((-1, -1), (-1, 1), (1, 1)), ((-1, 0), (0, 0), (0, 1))),
    SnapKind.EDGE: (((-1, -1), (1, -1), (-1, 1), (1, 1), (-1, -1)),),
    SnapKind.EXTENSION: (((-1.4, 0), (-0.6, 0)), ((-0.2, 0), (0.2, 0)), ((0.6, 0), (1.4, 0)), ((0, -1), (0, 1))),
}


def draw_note(painter: QPainter, place: QPointF, text: str) -> None:
    """Write a short text beside the cursor; where it finds no room there, its parts stand under each other."""
    metrics, room = painter.fontMetrics(), painter.device().width() - 4.0
    lines = [text]
    if place.x() + 28 + metrics.horizontalAdvance(text) > room:
        lines = text.split(_BETWEEN)
    width, height = max(map(metrics.horizontalAdvance, lines)) + 14, len(lines) * metrics.height() + 8
    box = QRectF(place.x() + 14, place.y() + 10, width, height)
    box.moveRight(min(box.right(), room))  # a note cut off at the map's edge says half
    box.moveBottom(min(box.bottom(), painter.device().height() - 4.0))
    painter.setPen(QPen(QColor("#d5dcdb"), 1))
    painter.setBrush(QColor(255, 255, 255, 235))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor("#1c2526"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))


def numeral(value: float, decimals: int = 0) -> str:
    """Return a number as it is written in the language in use."""
    return format_number(value, decimals, current_language())


def plain_numeral(value: float) -> str:
    """Return a number as it is typed in the language in use: no zeros at its end, nothing between thousands."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return text.replace(".", decimal_mark(current_language())) if text != "-0" else "0"
