"""A class of a style as a small picture: for the register, the legend and the pictures that leave the program."""

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap

from desktop.map.filling import HATCH_STEP, strokes_of
from desktop.map.painting import build_pen, painting, wrap_pixels
from desktop.map.stamping import draw_symbol
from desktop.map.styles import FillSymbol, LineSymbol, SymbolSet
from geodesy.arrays import Kind

_INSET = 1.0


def draw_swatch(painter: QPainter, box: QRectF, kind: Kind, symbols: SymbolSet, *, opacity: float = 1.0) -> None:
    """Draw a class of a style into a box; ``opacity`` is that of a polygon's face."""
    if kind == "point":
        symbol = symbols.point
        draw_symbol(painter, symbol, box.center(), min(symbol.size, box.height() - 2 * symbol.width - 1) / 2, 1.0)
    elif kind == "line":
        _draw_line(painter, box, symbols.line)
    else:
        _draw_face(painter, box.adjusted(_INSET, _INSET, -_INSET, -_INSET), symbols.polygon, opacity)


def hatch_brush(symbol: FillSymbol) -> QBrush:
    """Return the brush of a face: its colour, or the strokes of its hatch as the map has them."""
    if not symbol.hatch:
        return QBrush(QColor(symbol.fill or "#000000"))
    return QBrush(_hatch_tile(symbol.fill or "#000000", symbol.hatch))


@lru_cache(maxsize=256)
def _hatch_tile(color: str, hatch: str) -> QPixmap:
    """Return a square that continues in all directions: twice the step, as the dots need."""
    size = 2 * HATCH_STEP
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    row, column = np.divmod(np.arange(size * size, dtype=np.int64), size)
    on = strokes_of(hatch, column, row).reshape(size, size)
    pixels = np.where(on, np.uint32(0xFF000000 | int(color[1:7], 16)), np.uint32(0))
    with painting(image) as painter:
        painter.drawImage(0, 0, wrap_pixels(np.ascontiguousarray(pixels), QImage.Format.Format_ARGB32_Premultiplied))
    return QPixmap.fromImage(image)


def _draw_line(painter: QPainter, box: QRectF, symbol: LineSymbol) -> None:
    stroke = QLineF(QPointF(box.left() + 1, box.center().y()), QPointF(box.right() - 1, box.center().y()))
    if symbol.casing:
        painter.setPen(build_pen(symbol.casing, symbol.casing_width, round_ends=False))
        painter.drawLine(stroke)
    painter.setPen(build_pen(symbol.color, symbol.width, round_ends=False, dash=symbol.dash))
    painter.drawLine(stroke)


def _draw_face(painter: QPainter, box: QRectF, symbol: FillSymbol, opacity: float) -> None:
    if symbol.fill:
        painter.setOpacity(opacity)
        painter.fillRect(box, hatch_brush(symbol))
        painter.setOpacity(1.0)
    if symbol.line:
        painter.setPen(build_pen(symbol.line, min(symbol.width, 2.0), dash=symbol.dash))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)


def swatch_picture(
    kind: Kind, classes: tuple[SymbolSet, ...], size: int = 16, ratio: float = 1.0, opacity: float = 1.0
) -> QPixmap:
    """Return a picture ``size`` logical pixels wide of up to three classes side by side; of points, the first alone."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    shown = classes[:1] if kind != "polygon" else classes[:3]
    wide = size / len(shown)
    painter = QPainter(picture)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, symbols in enumerate(shown):
            draw_swatch(painter, QRectF(place * wide, 1, wide, size - 2), kind, symbols, opacity=opacity)
    finally:
        painter.end()
    return picture
