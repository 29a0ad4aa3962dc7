"""Titles of records on the map: where each fits without covering another, and its writing with a halo."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from desktop.map.drawing import DrawnLayer, Titles, sizes_of
from desktop.map.filling import Region
from desktop.map.shapes import Shapes, View, find_visible, gather
from desktop.map.styles import LabelStyle

_CELL = 4  # pixels of the grid on which titles are kept apart
_MOST = 2_000  # titles that are tried, the largest records first
_LONGEST = 44  # letters
_HALO = ((-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1))

Anchor = tuple[float, float, float, float]  # x, y, angle in degrees, pixels the title may be long


@dataclass(frozen=True, slots=True)
class Label:
    """A title with its place: middle of the text's left edge, turned by ``angle`` degrees."""

    text: str
    x: float
    y: float
    angle: float
    style: LabelStyle


class Occupancy:
    """Which cells of the picture already carry text."""

    def __init__(self, width: int, height: int) -> None:
        self._taken = np.zeros((height // _CELL + 2, width // _CELL + 2), dtype=bool)

    def take(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take the box if it is free and lies in the picture whole; return whether it did."""
        rows, columns = self._taken.shape
        if left < 0 or top < 0 or right >= (columns - 1) * _CELL or bottom >= (rows - 1) * _CELL:
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
            for kind, titles in layer.titles.items():
                found += self._place_kind(
                    layer.shapes[kind], titles, style, view, occupancy, layer.style.classes[0].point.size
                )
        return found

    def _place_kind(
        self, shapes: Shapes, titles: Titles, style: LabelStyle, view: View, occupancy: Occupancy, mark: float
    ) -> list[Label]:
        camera = view.camera
        records = find_visible(shapes, view.metres(0, 0, camera.width, camera.height))
        named = titles.offsets[records + 1] > titles.offsets[records]
        records = records[named]
        if len(records) > _MOST:
            records = records[np.argsort(-sizes_of(shapes, records, view), kind="stable")[:_MOST]]
        metrics = _metrics(self._family, style.size * camera.ratio, style.bold)
        found = []
        for record in records.tolist():
            text = _shortened(titles[record])
            long = metrics.horizontalAdvance(text)
            for anchor in _anchors(shapes, record, view, long, mark * camera.ratio):
                label = _fit(text, anchor, long, metrics.height(), style, occupancy)
                if label is not None:
                    found.append(label)
                    break
        return found

    def write(self, painter: QPainter, labels: list[Label], ratio: float) -> None:
        """Write the titles: first all halos of a title, as the text itself moved by a pixel, then the text."""
        for label in labels:
            metrics = _metrics(self._family, label.style.size * ratio, label.style.bold)
            painter.setFont(_font(self._family, label.style.size * ratio, label.style.bold))
            painter.save()
            painter.translate(label.x, label.y)
            painter.rotate(label.angle)
            base = (metrics.ascent() - metrics.descent()) / 2
            painter.setPen(QColor(label.style.halo))
            for dx, dy in _HALO:
                painter.drawText(QPointF(dx * 1.3 * ratio, base + dy * 1.3 * ratio), label.text)
            painter.setPen(QColor(label.style.color))
            painter.drawText(QPointF(0, base), label.text)
            painter.restore()


def _fit(text: str, anchor: Anchor, long: float, high: float, style: LabelStyle, occupancy: Occupancy) -> Label | None:
    x, y, angle, room = anchor
    if long > room:
        return None
    turn = math.radians(angle)
    across, down = math.cos(turn) * long, math.sin(turn) * long
    reach_x, reach_y = abs(math.sin(turn)) * high / 2, abs(math.cos(turn)) * high / 2
    box = (
        min(x, x + across) - reach_x - 1,
        min(y, y + down) - reach_y - 1,
        max(x, x + across) + reach_x + 1,
        max(y, y + down) + reach_y + 1,
    )
    return Label(text, x, y, angle, style) if occupancy.take(*box) else None


def _anchors(shapes: Shapes, record: int, view: View, long: float, mark: float) -> Iterator[Anchor]:
    """Yield the places to try for a title ``long`` pixels long."""
    part = gather(shapes, np.array([record]), view)
    camera = view.camera
    if shapes.kind == "point":
        x, y, gap = float(part.x[0]), float(part.y[0]), mark / 2 + 4 * camera.ratio
        yield x + gap, y, 0.0, math.inf
        yield x - gap - long, y, 0.0, math.inf
        yield x - long / 2, y - gap - 4 * camera.ratio, 0.0, math.inf
        yield x - long / 2, y + gap + 4 * camera.ratio, 0.0, math.inf
    elif shapes.kind == "line":
        yield from _line_anchors(
            np.asarray(part.x, float), np.asarray(part.y, float), camera.width, camera.height, long
        )
    else:
        found = _inner_span(part.x, part.y, part.is_joined, Region(0, 0, camera.width, camera.height))
        if found is not None:
            x, y, room = found
            yield x - long / 2, y, 0.0, room * 1.15


def _line_anchors(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], width: int, height: int, long: float
) -> Iterator[Anchor]:
    """Yield places along the visible part of a line, in its direction there, never upside down."""
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    seen = np.flatnonzero(inside[1:] | inside[:-1])
    if not len(seen):
        return
    x, y = x[seen[0] : seen[-1] + 2], y[seen[0] : seen[-1] + 2]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    if along[-1] < long * 0.8:
        return
    for share in (0.5, 0.3, 0.7):
        middle = along[-1] * share
        ends = np.array([max(middle - long / 2, 0.0), min(middle + long / 2, along[-1])])
        ex, ey = np.interp(ends, along, x), np.interp(ends, along, y)
        dx, dy = float(ex[1] - ex[0]), float(ey[1] - ey[0])
        if math.hypot(dx, dy) < long * 0.7:  # the line bends too much here to carry straight text
            continue
        angle = math.degrees(math.atan2(dy, dx))
        angle += -180 if angle > 90 else 180 if angle < -90 else 0
        cx, cy = float(np.interp(middle, along, x)), float(np.interp(middle, along, y))
        turn = math.radians(angle)
        yield cx - math.cos(turn) * long / 2, cy - math.sin(turn) * long / 2, angle, math.inf


def _inner_span(x, y, joined, region: Region):  # type: ignore[no-untyped-def]
    """Return the middle and length of the longest run inside a polygon among a few rows of its visible part."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    top, bottom = max(y.min(), region.top), min(y.max(), region.bottom)
    best = None
    edge = np.flatnonzero(joined[:-1])
    x0, y0, x1, y1 = x[edge], y[edge], x[edge + 1], y[edge + 1]
    for share in (0.5, 0.38, 0.62):
        row = top + (bottom - top) * share
        crossing = (y0 <= row) != (y1 <= row)
        at = np.sort(
            x0[crossing] + (row - y0[crossing]) * (x1[crossing] - x0[crossing]) / (y1[crossing] - y0[crossing])
        )
        begin, end = at[0::2].clip(region.left, region.right), at[1::2].clip(region.left, region.right)
        if len(begin) and len(begin) == len(end):
            longest = int(np.argmax(end - begin))
            length = float(end[longest] - begin[longest])
            if best is None or length > best[2] * 1.25:
                best = (float(begin[longest] + end[longest]) / 2, float(row), length)
    return best


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
