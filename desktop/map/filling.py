"""Faces straight into the pixel array: boxes of tiny polygons, and scan lines for all others.

Scan lines in numpy take half the time of ``QPainterPath`` fills of small polygons, keep the order of records
whatever their colours, and cut holes record by record (even-odd), so that overlapping records punch none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.map.shapes import Floats, Ints, Part
from desktop.map.styles import HATCHES

Pixels = npt.NDArray[np.uint32]

_LONG_SPAN = 192  # pixels from which a span is written by itself
HATCH_STEP = 7  # pixels from one stroke of a hatch to the next


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the picture in device pixels, its right column and bottom row excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        """Whether there is no pixel in it."""
        return self.right <= self.left or self.bottom <= self.top

    def intersected(self, other: "Region") -> "Region":
        """Return what both have in common."""
        return Region(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def moved(self, right: int, down: int) -> "Region":
        """Return the region elsewhere."""
        return Region(self.left + right, self.top + down, self.right + right, self.bottom + down)


def fill_boxes(
    pixels: Pixels,
    region: Region,
    box: tuple[Floats, Floats, Floats, Floats],
    colors: Pixels,
    *,
    keep_all: bool = True,
) -> None:
    """Write boxes (left, top, right, bottom) of a few pixels each in its colour, later ones over earlier ones.

    ``keep_all`` gives each box a pixel at least, so that none is lost. In a crowd that would be too much colour:
    without it a box has the pixels whose centres it covers, and a share of the crowd stands for all.
    """
    left, top, right, bottom = box
    columns, wide = _cells(left, right, region.left, region.right, keep_all)
    rows, high = _cells(top, bottom, region.top, region.bottom, keep_all)
    flat, stride = pixels.reshape(-1), pixels.shape[1]
    places = rows.astype(np.int64) * stride + columns
    for down in range(int(high.max(initial=0))):
        for along in range(int(wide.max(initial=0))):
            if down or along:
                inside = (high > down) & (wide > along)
                flat[places[inside] + (down * stride + along)] = colors[inside]
            else:
                inside = (high > 0) & (wide > 0)
                flat[places[inside]] = colors[inside]


def _cells(
    low: Floats, high: Floats, first: int, end: int, keep_all: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the first cell and the count of those whose centres lie in ``low … high``, cut to ``first … end``."""
    half = low.dtype.type(0.5)
    begin = np.ceil(np.clip(low, first - 2, end + 2) - half).astype(np.int32)
    stop = np.ceil(np.clip(high, first - 2, end + 2) - half).astype(np.int32)
    if keep_all:
        thin = stop <= begin
        middle = np.floor((low[thin] + high[thin]) * half).clip(first - 2, end + 2).astype(np.int32)
        begin[thin], stop[thin] = middle, middle + 1
    np.clip(begin, first, end, out=begin)
    np.clip(stop, first, end, out=stop)
    return begin, stop - begin


def fill_polygons(
    pixels: Pixels, region: Region, part: Part, colors: Pixels, hatches: npt.NDArray[np.uint8] | None = None
) -> None:
    """Write the pixels whose centres lie inside each polygon, later records over earlier ones.

    ``colors`` and ``hatches`` (places in ``styles.HATCHES``) are by record of ``part``. A hatched record gets the
    strokes of its hatch only.
    """
    starts, lengths, owners = _spans(region, part, pixels.shape[1])
    if not len(starts):
        return
    flat = pixels.reshape(-1)
    tint = colors[owners]
    if hatches is not None and hatches.any():
        _write_hatched(flat, pixels.shape[1], starts, lengths, tint, hatches[owners])
        return
    long = lengths >= _LONG_SPAN
    if not long.any():
        _write_short(flat, starts, lengths, tint)
        return
    for run in _runs(long):
        if long[run.start]:
            for start, length, color in zip(
                starts[run].tolist(), lengths[run].tolist(), tint[run].tolist(), strict=True
            ):
                flat[start : start + length] = color
        else:
            _write_short(flat, starts[run], lengths[run], tint[run])


def _runs(flags: npt.NDArray[np.bool_]) -> list[slice]:
    """Return the slices over which ``flags`` stays the same: spans must be written in their order."""
    turns = np.flatnonzero(flags[1:] != flags[:-1]) + 1
    edges = [0, *turns.tolist(), len(flags)]
    return [slice(begin, end) for begin, end in zip(edges[:-1], edges[1:], strict=True)]


def _write_short(flat: Pixels, starts: Ints, lengths: Ints, tint: Pixels) -> None:
    offsets = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum()), dtype=np.int64)
    places += np.repeat(starts - offsets, lengths)
    flat[places] = np.repeat(tint, lengths)


def _write_hatched(
    flat: Pixels, stride: int, starts: Ints, lengths: Ints, tint: Pixels, hatches: npt.NDArray[np.uint8]
) -> None:
    offsets = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum()), dtype=np.int64)
    places += np.repeat(starts - offsets, lengths)
    own = np.repeat(hatches, lengths)
    kept = own == 0
    for number, is_stroke in enumerate(_STROKES, start=1):
        chosen = np.flatnonzero(own == number)
        if len(chosen):
            row, column = np.divmod(places[chosen], stride)
            kept[chosen] = is_stroke(column, row)
    flat[places[kept]] = np.repeat(tint, lengths)[kept]


def strokes_of(hatch: str, column: Ints, row: Ints) -> npt.NDArray[np.bool_]:
    """Return which pixels a hatch of ``styles.HATCHES`` draws."""
    return _STROKES[HATCHES.index(hatch) - 1](column, row)


def _on(line: Ints) -> npt.NDArray[np.bool_]:
    return line % HATCH_STEP < 2


_STROKES: tuple[Callable[[Ints, Ints], npt.NDArray[np.bool_]], ...] = (  # in the order of styles.HATCHES
    lambda column, row: _on(column + row),
    lambda column, row: _on(column - row),
    lambda column, row: _on(column + row) | _on(column - row),
    lambda column, row: _on(row),
    lambda column, row: _on(column),
    lambda column, row: _on(row) & _on(column + row // HATCH_STEP % 2 * (HATCH_STEP // 2)),
)


def _spans(region: Region, part: Part, stride: int) -> tuple[Ints, Ints, Ints]:
    """Return where in the flat picture each run of inner pixels starts, its length, its record; in order of records."""
    edges = _crossing_edges(region, part)
    if edges is None:
        return (np.zeros(0, dtype=np.int64),) * 3
    x, y, slope, first, count, owner = edges
    which = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + first[which]
    half = x.dtype.type(0.5)
    at = x[which] + (row.astype(x.dtype) + half - y[which]) * slope[which]
    column = np.ceil(np.clip(at - half, region.left, region.right)).astype(np.int64)
    key = owner[which].astype(np.int64)
    key <<= 16
    key += row - region.top
    key <<= 16
    key += column - region.left
    key.sort()
    begin, end = key[0::2], key[1::2]
    length = end - begin
    filled = np.flatnonzero(length)
    begin, length = begin[filled], length[filled]
    place = ((begin >> 16) & 0xFFFF) + region.top
    place *= stride
    place += (begin & 0xFFFF) + region.left
    return place, length, begin >> 32


def _crossing_edges(region: Region, part: Part) -> tuple[Any, ...] | None:
    """Return upper end, slope, first row, count of rows and record of each edge that crosses a pixel centre's row."""
    x, y, half = part.x, part.y, part.y.dtype.type(0.5)
    rows = np.ceil(np.clip(y - half, region.top, region.bottom)).astype(np.int32)
    crossing = rows[1:] != rows[:-1]
    crossing &= part.is_joined[:-1]
    edge = np.flatnonzero(crossing)
    if not len(edge):
        return None
    # From its upper end: two neighbours that share an edge must reckon the same crossing, bit by bit.
    upper = edge + (y[edge] > y[edge + 1])
    lower = 2 * edge + 1 - upper
    top = y[upper]
    slope = (x[lower] - x[upper]) / (y[lower] - top)
    return x[upper], top, slope, rows[upper], rows[lower] - rows[upper], part.owner[edge]
