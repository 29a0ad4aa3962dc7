"""Which records lie at a place: a grid of 100 m cells over the bounds, then exact distances."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.map.camera import Bounds
from desktop.map.clipping import clip_segments
from desktop.map.shapes import concatenate_ranges
from geodesy.arrays import GeometryArrays

CELL_M = 100.0
_LARGE = 64  # cells from which a record is kept apart and always looked at
_MANY_CELLS = 4096  # cells of a question from which all bounds are compared instead

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Edges:
    """Segments ``(m, 4)`` of some records, and the place of the record each belongs to."""

    segments: npt.NDArray[np.float64]
    places: Places


class HitGrid:
    """The records of one kind by place. Building takes 0.1 s a million, a question some 0.1 ms."""

    def __init__(self, arrays: GeometryArrays) -> None:
        self.arrays = arrays
        cells = np.floor(arrays.bounds / CELL_M).astype(np.int64)
        wide, high = cells[:, 2] - cells[:, 0] + 1, cells[:, 3] - cells[:, 1] + 1
        self._large = np.flatnonzero(wide * high > _LARGE)
        small = np.flatnonzero(wide * high <= _LARGE)
        counts = (wide * high)[small]
        place = np.repeat(small, counts)
        step = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
        column = cells[place, 0] + step % wide[place]
        row = cells[place, 1] + step // wide[place]
        keys = _key(column, row)
        order = np.argsort(keys, kind="stable")
        self._keys, self._places = keys[order], place[order].astype(np.int32)

    def find(self, bounds: Bounds) -> Places:
        """Return the places, ascending, of records whose bounds meet ``bounds``."""
        west, south, east, north = bounds
        columns = range(int(west // CELL_M), int(east // CELL_M) + 1)
        rows = range(int(south // CELL_M), int(north // CELL_M) + 1)
        if len(columns) * len(rows) > _MANY_CELLS:
            near = np.arange(len(self.arrays))
        else:
            starts = _key(np.array([columns[0]]), np.array(rows))
            ends = _key(np.array([columns[-1]]), np.array(rows))
            low, high = np.searchsorted(self._keys, starts), np.searchsorted(self._keys, ends, side="right")
            near = np.unique(np.concatenate([self._places[concatenate_ranges(low, high)], self._large]).astype(np.intp))
        box = self.arrays.bounds[near]
        meets = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
        return near[meets]

    def edges(self, places: Places) -> Edges:
        """Return the segments of records; a point is a segment of no length."""
        return gather_edges(self.arrays, places)

    def hits(self, x: float, y: float, reach: float) -> list[tuple[int, float]]:
        """Return the places of records within ``reach`` of a point, topmost first, with the distance.

        A polygon is hit in its inside (at distance 0) or on its outline.
        """
        places = self.find((x - reach, y - reach, x + reach, y + reach))
        if not len(places):
            return []
        edges = self.edges(places)
        distance = np.full(len(places), np.inf)
        nearest = distance_to_segments(x, y, edges.segments)
        index = np.searchsorted(places, edges.places)
        np.minimum.at(distance, index, nearest)
        if self.arrays.kind == "polygon":
            distance[contains(edges, index, len(places), x, y)] = 0.0
        found = np.flatnonzero(distance <= reach)
        order = found[::-1] if self.arrays.kind == "polygon" else found[np.lexsort((-found, distance[found]))]
        return [(int(places[item]), float(distance[item])) for item in order]

    def inside(self, bounds: Bounds) -> Places:
        """Return the places of records that have something in common with the box ``bounds``."""
        places = self.find(bounds)
        west, south, east, north = bounds
        box = self.arrays.bounds[places]
        whole = (box[:, 0] >= west) & (box[:, 2] <= east) & (box[:, 1] >= south) & (box[:, 3] <= north)
        unsure = places[~whole]
        if not len(unsure):
            return places
        edges = self.edges(unsure)
        _, met = clip_segments(edges.segments, bounds)
        index = np.searchsorted(unsure, edges.places)
        touched = np.zeros(len(unsure), dtype=bool)
        touched[index[met]] = True
        if self.arrays.kind == "polygon":
            touched |= contains(edges, index, len(unsure), (west + east) / 2, (south + north) / 2)
        return np.sort(np.concatenate([places[whole], unsure[touched]]))


def gather_edges(arrays: GeometryArrays, places: Places) -> Edges:
    """Return the segments of the records at ``places``."""
    firsts, lasts = arrays.feature_offsets[places], arrays.feature_offsets[places + 1]
    paths = concatenate_ranges(firsts, lasts)
    owner = np.repeat(places, lasts - firsts)
    starts, ends = arrays.path_offsets[paths], arrays.path_offsets[paths + 1]
    if arrays.kind == "point":
        vertices = concatenate_ranges(starts, ends)
        return Edges(np.hstack([arrays.xy[vertices]] * 2), np.repeat(owner, ends - starts))
    begin = concatenate_ranges(starts, np.maximum(ends - 1, starts))
    segments = np.hstack([arrays.xy[begin], arrays.xy[begin + 1]])
    return Edges(segments, np.repeat(owner, np.maximum(ends - 1 - starts, 0)))


def distance_to_segments(x: float, y: float, segments: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the distance of a point from each segment."""
    px, py = nearest_on_segments(x, y, segments)
    found: npt.NDArray[np.float64] = np.hypot(px - x, py - y)
    return found


def nearest_on_segments(
    x: float, y: float, segments: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the point of each segment that lies nearest to a point."""
    x0, y0, x1, y1 = segments.T
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    along = np.divide((x - x0) * dx + (y - y0) * dy, length, out=np.zeros(len(segments)), where=length > 0).clip(0, 1)
    return x0 + along * dx, y0 + along * dy


def contains(edges: Edges, index: Places, count: int, x: float, y: float) -> npt.NDArray[np.bool_]:
    """Return for each of ``count`` polygons whether the point lies in it; ``index`` is each edge's polygon."""
    x0, y0, x1, y1 = edges.segments.T
    crossing = np.flatnonzero((y0 > y) != (y1 > y))
    x0, y0, x1, y1 = x0[crossing], y0[crossing], x1[crossing], y1[crossing]
    right = x < x0 + (y - y0) * (x1 - x0) / (y1 - y0)
    return np.bincount(index[crossing[right]], minlength=count) % 2 == 1


def _key(column: npt.NDArray[Any], row: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return one number for a cell; neighbours in a row follow one another."""
    keys: npt.NDArray[np.int64] = (row.astype(np.int64) << 32) + column.astype(np.int64)
    return keys
