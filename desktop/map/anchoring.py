"""Where a record's title may stand: beside a point, along a line, in the widest room of a polygon."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.map.shapes import Ints, Shapes, View, count_vertices, gather

Line = npt.NDArray[np.float64]

_ENOUGH_ROOM = 1.15  # a title may be a little longer than the polygon's room
_TRIED = (0.5, 0.3, 0.7)  # shares of a line's length where its title is tried
_ROWS = (0.5, 0.36, 0.64)  # shares of a polygon's height where its room is measured
_STRAIGHT = 0.75  # chord over length below which a line bends too much to carry straight text


@dataclass(frozen=True, slots=True)
class Anchor:
    """The middle of a title's left edge in pixels, and its turn in degrees."""

    x: float
    y: float
    angle: float = 0.0


class Outlines:
    """The vertices in pixels of the records that want a title."""

    def __init__(self, shapes: Shapes, records: Ints, view: View) -> None:
        part = gather(shapes, records, view)
        self._kind, self._camera = shapes.kind, view.camera
        self._x, self._y = part.x.astype(np.float64), part.y.astype(np.float64)
        self._joined = part.is_joined
        self._ends = np.cumsum(count_vertices(shapes, records)).tolist()

    def anchors(self, number: int, long: float, gap: float) -> Iterator[Anchor]:
        """Yield places for a title ``long`` pixels long, the best first; ``gap`` keeps it off a point's mark."""
        own = slice(self._ends[number - 1] if number else 0, self._ends[number])
        x, y = self._x[own], self._y[own]
        if self._kind == "point":
            yield from _beside(float(x[0]), float(y[0]), long, gap)
        elif self._kind == "line":
            yield from _along(x, y, self._joined[own], self._camera.width, self._camera.height, long)
        else:
            yield from _within(x, y, self._joined[own], self._camera.width, self._camera.height, long)


def _beside(x: float, y: float, long: float, gap: float) -> Iterator[Anchor]:
    yield Anchor(x + gap, y)
    yield Anchor(x - gap - long, y)
    yield Anchor(x - long / 2, y - gap * 1.4)
    yield Anchor(x - long / 2, y + gap * 1.4)


def _along(x: Line, y: Line, joined: npt.NDArray[np.bool_], width: int, height: int, long: float) -> Iterator[Anchor]:
    """Yield places on the longest visible run of a line, in its direction there, never upside down."""
    x, y = _longest_run(x, y, joined, width, height)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    if len(x) < 2 or along[-1] < long:
        return
    for share in _TRIED:
        middle = min(max(along[-1] * share, long / 2), along[-1] - long / 2)
        ends = np.array([middle - long / 2, middle + long / 2])
        (x0, x1), (y0, y1) = np.interp(ends, along, x).tolist(), np.interp(ends, along, y).tolist()
        if math.hypot(x1 - x0, y1 - y0) < long * _STRAIGHT:
            continue
        if x1 < x0:
            x0, y0, x1, y1 = x1, y1, x0, y0
        turn = math.atan2(y1 - y0, x1 - x0)
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        yield Anchor(cx - math.cos(turn) * long / 2, cy - math.sin(turn) * long / 2, math.degrees(turn))


def _longest_run(x: Line, y: Line, joined: npt.NDArray[np.bool_], width: int, height: int) -> tuple[Line, Line]:
    """Return the longest stretch of vertices that lies in the picture and is one path."""
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    goes_on = inside[:-1] & inside[1:] & joined[:-1]
    length = np.where(goes_on, np.hypot(np.diff(x), np.diff(y)), 0.0)
    breaks = np.flatnonzero(~goes_on)
    starts, ends = np.concatenate([[0], breaks + 1]), np.concatenate([breaks, [len(x) - 1]])
    marks = np.concatenate([[0.0], np.cumsum(length)])
    best = int(np.argmax(marks[ends] - marks[starts]))
    return x[starts[best] : ends[best] + 1], y[starts[best] : ends[best] + 1]


def _within(x: Line, y: Line, joined: npt.NDArray[np.bool_], width: int, height: int, long: float) -> Iterator[Anchor]:
    """Yield the middle of the first row of the visible polygon that has room enough."""
    if min(x.max(), width) - max(x.min(), 0) < long / _ENOUGH_ROOM:
        return
    top, bottom = max(float(y.min()), 0.0), min(float(y.max()), float(height))
    edge = np.flatnonzero(joined[:-1])
    ends = (x[edge], y[edge], x[edge + 1], y[edge + 1])
    for share in _ROWS:
        row = top + (bottom - top) * share
        begin, end = _room(ends, row, width)
        if end - begin >= long / _ENOUGH_ROOM:
            yield Anchor((begin + end - long) / 2, row)
            return


def _room(ends: tuple[Any, ...], row: float, width: int) -> tuple[float, float]:
    """Return the longest run inside a polygon on a row of pixels, holes left out."""
    x0, y0, x1, y1 = ends
    crossing = np.flatnonzero((y0 <= row) != (y1 <= row))
    x0, y0, x1, y1 = x0[crossing], y0[crossing], x1[crossing], y1[crossing]
    at = np.sort(x0 + (row - y0) * (x1 - x0) / (y1 - y0)).clip(0, width)
    if len(at) < 2:
        return 0.0, 0.0
    begin, end = at[0::2], at[1::2]
    longest = int(np.argmax(end - begin))
    return float(begin[longest]), float(end[longest])
