"""Lines and outlines: antialiased, as single segments when there are many, as joined strokes when there are few."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream, Qt
from PySide6.QtGui import QPainter, QPainterPath

from desktop.map.clipping import clip_segments
from desktop.map.filling import Region
from desktop.map.painting import build_pen, draw_segments
from desktop.map.shapes import Part

_JOINED_UP_TO = 12_000  # segments of a part that are worth joined strokes; a stroke costs about 2 µs a segment
_MARGIN = 64  # pixels beyond the region where lines are cut
_STEP = 0.5  # pixels within which vertices are drawn as one

_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])


class Strokes:
    """The visible segments of a part, cut to a region, with what is needed to join them again."""

    def __init__(self, part: Part, region: Region) -> None:
        edge = np.flatnonzero(_simplified(part))
        start, end = edge, _next_kept(part, edge)
        segments = np.column_stack([part.x[start], part.y[start], part.x[end], part.y[end]])
        box = (region.left - _MARGIN, region.top - _MARGIN, region.right + _MARGIN, region.bottom + _MARGIN)
        self.segments, kept = clip_segments(segments, box)
        self.owner = part.owner[start[kept]]
        self._start, self._end = start[kept], end[kept]

    def draw(
        self, painter: QPainter, chosen: npt.NDArray[np.bool_] | None, color: str, width: float, dash: tuple[float, ...]
    ) -> None:
        """Draw the chosen segments; wide and dashed lines are joined when they are not too many."""
        segments = self.segments if chosen is None else self.segments[chosen]
        few = len(segments) <= _JOINED_UP_TO
        if few and (width > 1.25 or dash):
            painter.setPen(build_pen(color, width, dash=dash))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for path in self._paths(chosen):
                painter.drawPath(path)
            return
        pen = build_pen(color, width if few else min(width, 2.0), round_ends=False)
        if width > 1.25:
            pen.setCapStyle(
                Qt.PenCapStyle.SquareCap
            )  # closes the notch between two segments; round caps cost ten times as much
        painter.setPen(pen)
        draw_segments(painter, segments)

    def _paths(self, chosen: npt.NDArray[np.bool_] | None) -> list[QPainterPath]:
        """Return one path a record, so that a stroke is outlined in small pieces."""
        pick = slice(None) if chosen is None else chosen
        segments, start, end, owner = self.segments[pick], self._start[pick], self._end[pick], self.owner[pick]
        if not len(segments):
            return []
        linked = np.zeros(len(segments), dtype=bool)
        linked[1:] = (start[1:] == end[:-1]) & (owner[1:] == owner[:-1])
        linked[1:] &= (segments[1:, :2] == segments[:-1, 2:]).all(axis=1)
        elements = np.zeros(2 * len(segments), dtype=_ELEMENT)
        elements["x"][0::2], elements["y"][0::2] = segments[:, 0], segments[:, 1]
        elements["x"][1::2], elements["y"][1::2] = segments[:, 2], segments[:, 3]
        elements["kind"][1::2] = 1
        kept = np.ones(2 * len(segments), dtype=bool)
        kept[0::2] = ~linked
        marks = np.concatenate([[0], np.cumsum(kept)])
        turns = np.flatnonzero(owner[1:] != owner[:-1]) + 1
        edges = marks[2 * np.concatenate([[0], turns, [len(owner)]])].tolist()
        elements = elements[kept]
        return [build_path(elements[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def build_path(elements: npt.NDArray[Any]) -> QPainterPath:
    """Return the path of elements (kind 0 moves, 1 draws), through the stream form that Qt reads in one go."""
    path = QPainterPath()
    data = struct.pack(">i", len(elements)) + elements.tobytes() + struct.pack(">ii", 0, 1)
    QDataStream(QByteArray(data)) >> path
    return path


def _simplified(part: Part) -> npt.NDArray[np.bool_]:
    """Return the vertices from which a segment is drawn: not those that fall on the one before, nor a path's last."""
    kind = part.x.dtype.type
    column, row = np.floor(part.x * kind(1 / _STEP)), np.floor(part.y * kind(1 / _STEP))
    kept = np.ones(len(part.x), dtype=bool)
    kept[1:] = (column[1:] != column[:-1]) | (row[1:] != row[:-1])
    kept[part.path_starts[part.path_starts < len(kept)]] = True
    kept &= part.is_joined
    return kept


def _next_kept(part: Part, edge: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return where each segment ends: at the next vertex that begins one, or at its path's last."""
    if not len(edge):
        return edge
    lasts = np.flatnonzero(~part.is_joined)
    own_last = lasts[np.searchsorted(lasts, edge)]
    following = np.append(edge[1:], len(part.x) - 1)
    return np.minimum(following, own_last)
