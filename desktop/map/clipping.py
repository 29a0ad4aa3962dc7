"""Segments cut to a box, many at a time (Liang and Barsky)."""

from typing import Any

import numpy as np
import numpy.typing as npt

Segments = npt.NDArray[np.floating[Any]]
Box = tuple[float, float, float, float]


def clip_segments(segments: Segments, box: Box) -> tuple[Segments, npt.NDArray[np.intp]]:
    """Return what of ``(n, 4)`` segments x0 y0 x1 y1 lies in ``box`` (xmin ymin xmax ymax), and each piece's number.

    A segment that is not cut keeps its end points bit by bit.
    """
    x0, y0, x1, y1 = segments.T
    left, low, right, high = box
    near = np.minimum(x0, x1) <= right
    near &= np.maximum(x0, x1) >= left
    near &= np.minimum(y0, y1) <= high
    near &= np.maximum(y0, y1) >= low
    kept = np.flatnonzero(near)
    inside = near & (np.minimum(x0, x1) >= left) & (np.maximum(x0, x1) <= right)
    inside &= (np.minimum(y0, y1) >= low) & (np.maximum(y0, y1) <= high)
    if inside[kept].all():
        return segments[kept], kept
    crossing = kept[~inside[kept]]
    pieces, found = _cut(segments[crossing].astype(np.float64), box)
    result = segments[kept].astype(np.float64)
    result[~inside[kept]] = pieces
    stays = np.ones(len(kept), dtype=bool)
    stays[~inside[kept]] = found
    return result[stays], kept[stays]


def _cut(segments: npt.NDArray[np.float64], box: Box) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    x0, y0, x1, y1 = segments.T
    left, low, right, high = box
    dx, dy = x1 - x0, y1 - y0
    enter, leave = np.zeros(len(segments)), np.ones(len(segments))
    found = np.ones(len(segments), dtype=bool)
    for p, q in ((-dx, x0 - left), (dx, right - x0), (-dy, y0 - low), (dy, high - y0)):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            t = q / p
        enter = np.where(p < 0, np.maximum(enter, t), enter)
        leave = np.where(p > 0, np.minimum(leave, t), leave)
        found &= ~((p == 0) & (q < 0))
    found &= enter <= leave
    pieces = segments.copy()
    starts, ends = enter > 0, leave < 1
    pieces[starts, 0] = (x0 + enter * dx)[starts]
    pieces[starts, 1] = (y0 + enter * dy)[starts]
    pieces[ends, 2] = (x0 + leave * dx)[ends]
    pieces[ends, 3] = (y0 + leave * dy)[ends]
    return pieces, found
