"""Point symbols: drawn as small pictures when they are few, stamped pixel by pixel when they are many."""

import itertools
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from desktop.map.filling import Pixels, Region
from desktop.map.painting import build_polygon, painting, pixel_of
from desktop.map.shapes import Floats
from desktop.map.styles import PointSymbol

_PICTURES_UP_TO = 3_000  # symbols drawn with soft edges; about 1.5 µs each
_STAMPED = 4_000_000  # pixels that may be written: in a crowd the discs become smaller, down to a radius of one

_TRIANGLE = np.array([(0.0, -1.0), (0.9, 0.75), (-0.9, 0.75)])
_DIAMOND = np.array([(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)])


def draw_points(
    pixels: Pixels,
    image: QImage,
    region: Region,
    x: Floats,
    y: Floats,
    category: npt.NDArray[np.int32],
    symbols: list[PointSymbol],
    ratio: float,
) -> None:
    """Draw one symbol at each point, later ones over earlier ones; ``category`` picks among ``symbols``."""
    reach = max((symbol.size for symbol in symbols), default=0) * ratio + 2
    near = (
        (x > region.left - reach) & (x < region.right + reach) & (y > region.top - reach) & (y < region.bottom + reach)
    )
    x, y, category = x[near], y[near], category[near]
    columns, rows = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    if len(x) > _PICTURES_UP_TO:
        columns, rows, category = _uncovered(columns, rows, category)
    if len(columns) <= _PICTURES_UP_TO:
        pictures = [build_symbol(symbol, ratio) for symbol in symbols]
        with painting(image, region) as painter:
            for column, row, kind in zip(columns.tolist(), rows.tolist(), category.tolist(), strict=True):
                picture = pictures[kind]
                half = picture.width() // 2
                painter.drawImage(column - half, row - half, picture)
        return
    _stamp(pixels, region, columns, rows, category, symbols, ratio)


def _uncovered(columns: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], category: npt.NDArray[np.int32]) -> tuple:
    """Leave out points that lie under a later one in the same pixel."""
    if not len(columns):
        return columns, rows, category
    left, top = columns.min(), rows.min()
    width = int(columns.max() - left) + 1
    place = (rows - top) * width + (columns - left)
    last = np.full(int(place.max()) + 1, -1, dtype=np.int32)
    last[place] = np.arange(len(place), dtype=np.int32)
    kept = last[place] == np.arange(len(place), dtype=np.int32)
    return columns[kept], rows[kept], category[kept]


def _stamp(
    pixels: Pixels,
    region: Region,
    columns: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    category: npt.NDArray[np.int32],
    symbols: list[PointSymbol],
    ratio: float,
) -> None:
    """Write a disc in each point's colour, without soft edges: as large as its symbol, smaller in a crowd.

    ``last`` knows the latest record at each pixel of the region and of a rim around it, as wide as the largest disc:
    what runs over an end of its row comes to lie in the rim, and is left there.
    """
    radii = np.array([symbol.size for symbol in symbols]) * ratio / 2
    radii = np.maximum(1.0, np.minimum(radii, math.sqrt(_STAMPED / len(columns) / math.pi)))
    radius = radii[category]
    reach = int(radii.max())
    wide = region.right - region.left + 2 * reach
    last = np.full((region.bottom - region.top + 2 * reach) * wide, -1, dtype=np.int32)
    inside = (columns >= region.left - reach) & (columns < region.right + reach)
    inside &= (rows >= region.top - reach) & (rows < region.bottom + reach)
    order = np.flatnonzero(inside).astype(np.int32)
    place = (rows[order] - region.top + reach) * wide + (columns[order] - region.left + reach)
    for down, across in itertools.product(range(-reach, reach + 1), repeat=2):
        spot = place + (down * wide + across)
        written = (spot >= 0) & (spot < len(last)) & (radius[order] >= math.hypot(down, across))
        spot, number = spot[written], order[written]
        later = number > last[spot]
        last[spot[later]] = number[later]  # of several at one pixel numpy keeps the last
    grid = last.reshape(-1, wide)[reach:-reach, reach:-reach]
    target = pixels[region.top : region.bottom, region.left : region.right]
    drawn = grid >= 0
    colors = np.array([pixel_of(symbol.fill) for symbol in symbols], dtype=np.uint32)
    target[drawn] = colors[category[grid[drawn]]]


@lru_cache(maxsize=256)
def build_symbol(symbol: PointSymbol, ratio: float) -> QImage:
    """Return the symbol as a transparent picture of odd size, its point in the middle."""
    reach = symbol.size * ratio / 2
    size = 2 * int(reach + symbol.width * ratio + 1.5) + 1
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with painting(image) as painter:
        draw_symbol(painter, symbol, QPointF(size / 2, size / 2), reach, ratio)
    return image


def draw_symbol(painter: QPainter, symbol: PointSymbol, at: QPointF, reach: float, ratio: float) -> None:
    """Draw the symbol around a place, ``reach`` from its middle to its rim."""
    painter.setPen(QPen(QColor(symbol.line), symbol.width * ratio) if symbol.width > 0 else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(symbol.fill))
    _draw_marker(painter, symbol.marker, at, reach)


def _draw_marker(painter: QPainter, marker: str, at: QPointF, reach: float) -> None:
    if marker == "square":
        painter.drawRect(QRectF(at.x() - reach * 0.85, at.y() - reach * 0.85, reach * 1.7, reach * 1.7))
    elif marker in ("triangle", "diamond"):
        corners = _TRIANGLE if marker == "triangle" else _DIAMOND
        painter.drawPolygon(build_polygon(corners * reach + (at.x(), at.y())))
    elif marker == "cross":
        painter.setPen(QPen(painter.brush().color(), max(painter.pen().widthF(), reach / 2.5)))
        painter.drawLine(QPointF(at.x() - reach, at.y()), QPointF(at.x() + reach, at.y()))
        painter.drawLine(QPointF(at.x(), at.y() - reach), QPointF(at.x(), at.y() + reach))
    else:
        painter.drawEllipse(at, reach, reach)
