"""Titles of records on the map: which fit without covering another, and their writing with a halo."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from desktop.map.anchoring import Anchor, Outlines
from desktop.map.drawing import DrawnLayer, Titles, sizes_of
from desktop.map.painting import painting
from desktop.map.shapes import Shapes, View, find_visible
from desktop.map.styles import LabelStyle

_CELL = 4  # pixels of the grid on which titles are kept apart
_MOST = 2_000  # titles of a kind that are tried, the largest records first
_LONGEST = 44  # letters
_HALO_PX = 1.3
_HALO = ((-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1))


@dataclass(frozen=True, slots=True)
class Label:
    """A title and its place."""

    text: str
    anchor: Anchor
    style: LabelStyle


class Occupancy:
    """Which cells of the picture already carry text."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._taken = np.zeros((height // _CELL + 1, width // _CELL + 1), dtype=bool)

    def take(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take the box if it is free and lies in the picture whole; return whether it did."""
        if left < 0 or top < 0 or right > self._width or bottom > self._height:
            return False
        cells = self._taken[int(top) // _CELL : int(bottom) // _CELL + 1, int(left) // _CELL : int(right) // _CELL + 1]
        if cells.any():
            return False
        cells[...] = True
        return True


class Labeller:
    """Places and writes titles in one font family."""

    def __init__(self, family: str) -> None:
        self._family = family

    def place(self, layers: list[DrawnLayer], views: list[View]) -> list[Label]:
        """Return the titles that fit, those of upper layers and larger records first; layers come bottom first."""
        if not layers:
            return []
        camera = views[0].camera
        occupancy = Occupancy(camera.width, camera.height)
        found: list[Label] = []
        for layer, view in zip(reversed(layers), reversed(views), strict=True):
            style = layer.style.label
            if style is None or camera.denominator > style.from_scale:
                continue
            gap = (layer.style.classes[0].point.size / 2 + 4) * camera.ratio
            for kind, titles in layer.titles.items():
                found += self._place_kind(layer.shapes[kind], titles, style, view, occupancy, gap)
        return found

    def _place_kind(
        self, shapes: Shapes, titles: Titles, style: LabelStyle, view: View, occupancy: Occupancy, gap: float
    ) -> list[Label]:
        camera = view.camera
        records = find_visible(shapes, view.metres(0, 0, camera.width, camera.height))
        records = records[titles.offsets[records + 1] > titles.offsets[records]]
        if len(records) > _MOST:
            records = records[np.argsort(-sizes_of(shapes, records, view), kind="stable")[:_MOST]]
        if not len(records):
            return []
        metrics = _metrics(self._family, style.size * camera.ratio, style.bold)
        outlines = Outlines(shapes, records, view)
        found = []
        for number, record in enumerate(records.tolist()):
            text = _shortened(titles[record])
            long = metrics.horizontalAdvance(text)
            for anchor in outlines.anchors(number, long, gap):
                if occupancy.take(*_box(anchor, long, metrics.height())):
                    found.append(Label(text, anchor, style))
                    break
        return found

    def write(self, painter: QPainter, labels: list[Label], ratio: float, *, as_pictures: bool = True) -> None:
        """Write the titles; level ones are kept as pictures, for the next view of the map has most of them again.

        Without ``as_pictures`` all are text.
        """
        for label in labels:
            anchor, style = label.anchor, label.style
            if as_pictures and anchor.angle == 0:
                picture = _picture(self._family, style, ratio, label.text)
                margin = math.ceil(_HALO_PX * ratio) + 1
                painter.drawImage(round(anchor.x) - margin, round(anchor.y - picture.height() / 2), picture)
                continue
            painter.save()
            painter.translate(anchor.x, anchor.y)
            painter.rotate(anchor.angle)
            _write(painter, self._family, style, ratio, label.text)
            painter.restore()


def _box(anchor: Anchor, long: float, high: float) -> tuple[float, float, float, float]:
    """Return the upright box around a turned title."""
    turn = math.radians(anchor.angle)
    across, down = math.cos(turn) * long, math.sin(turn) * long
    reach_x, reach_y = abs(math.sin(turn)) * high / 2 + 1, abs(math.cos(turn)) * high / 2 + 1
    return (
        min(anchor.x, anchor.x + across) - reach_x,
        min(anchor.y, anchor.y + down) - reach_y,
        max(anchor.x, anchor.x + across) + reach_x,
        max(anchor.y, anchor.y + down) + reach_y,
    )


def _write(painter: QPainter, family: str, style: LabelStyle, ratio: float, text: str) -> None:
    """Write a title whose left edge's middle is the origin: its halo is the text itself, moved by a pixel."""
    metrics = _metrics(family, style.size * ratio, style.bold)
    base = (metrics.ascent() - metrics.descent()) / 2
    painter.setFont(_font(family, style.size * ratio, style.bold))
    painter.setPen(QColor(style.halo))
    for dx, dy in _HALO:
        painter.drawText(QPointF(dx * _HALO_PX * ratio, base + dy * _HALO_PX * ratio), text)
    painter.setPen(QColor(style.color))
    painter.drawText(QPointF(0, base), text)


@lru_cache(maxsize=4096)
def _picture(family: str, style: LabelStyle, ratio: float, text: str) -> QImage:
    metrics = _metrics(family, style.size * ratio, style.bold)
    margin = math.ceil(_HALO_PX * ratio) + 1
    size = math.ceil(metrics.horizontalAdvance(text)) + 2 * margin, math.ceil(metrics.height()) + 2 * margin
    image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with painting(image) as painter:
        painter.translate(margin, size[1] / 2)
        _write(painter, family, style, ratio, text)
    return image


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


@lru_cache(maxsize=64)
def _font(family: str, size: float, bold: bool) -> QFont:
    font = QFont(family)
    font.setPixelSize(max(6, round(size)))
    font.setBold(bold)
    return font


@lru_cache(maxsize=64)
def _metrics(family: str, size: float, bold: bool) -> QFontMetricsF:
    return QFontMetricsF(_font(family, size, bold))
