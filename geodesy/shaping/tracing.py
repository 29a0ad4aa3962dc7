"""The way along existing edges from one place to another: the vertices of the shortest one, bit by bit."""

import heapq
from collections import defaultdict

import numpy as np
import numpy.typing as npt

from geodesy.grid import GRID_M

Segments = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Place = tuple[float, float]


class EdgeNetwork:
    """Edges ``(n, 4)`` x0 y0 x1 y1 in metres, joined where their ends are the same to the bit."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._next: dict[Place, dict[Place, float]] = defaultdict(dict)
        self._stops: set[Place] = set()
        lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
        for (x0, y0, x1, y1), length in zip(segments.tolist(), lengths.tolist(), strict=True):
            if length > 0:
                self._join((x0, y0), (x1, y1), length)

    def trace(self, start: Place, end: Place) -> Points | None:
        """Return the vertices ``(n, 2)`` of the shortest way from ``start`` to ``end``, both included.

        Both must be vertices or lie on an edge, within the grid; ``None`` when they do not, or no way joins them.
        """
        added = [self._attach(place) for place in (start, end)]
        try:
            if not all(len(edges) for edges in added) or start == end:
                return None
            if np.intersect1d(added[0], added[1]).size:
                self._join(start, end, float(np.hypot(end[0] - start[0], end[1] - start[1])))
            return self._shortest(start, end)
        finally:
            for place in (start, end):
                self._detach(place)

    def _join(self, one: Place, other: Place, length: float) -> None:
        for a, b in ((one, other), (other, one)):
            self._next[a][b] = min(length, self._next[a].get(b, length))

    def _attach(self, place: Place) -> npt.NDArray[np.intp]:
        """Make a place that lies inside an edge a stop on the way; return the edges it lies on."""
        x, y = place
        x0, y0, x1, y1 = self._segments.T
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy
        along = np.divide((x - x0) * dx + (y - y0) * dy, square, out=np.zeros(len(x0)), where=square > 0).clip(0, 1)
        away = np.hypot(x0 + along * dx - x, y0 + along * dy - y)
        near = np.flatnonzero(away <= 2 * GRID_M)
        if place in self._next:
            return near
        for ax, ay, bx, by in self._segments[near].tolist():
            for end in ((ax, ay), (bx, by)):
                if end != place:
                    self._join(place, end, float(np.hypot(end[0] - x, end[1] - y)))
        self._stops.add(place)
        return near

    def _detach(self, place: Place) -> None:
        if place in self._stops:
            for other in self._next.pop(place, {}):
                self._next[other].pop(place, None)
            self._stops.discard(place)

    def _shortest(self, start: Place, end: Place) -> Points | None:
        """Dijkstra's shortest path (1959)."""
        best, came = {start: 0.0}, dict[Place, Place]()
        waiting = [(0.0, start)]
        while waiting:
            gone, here = heapq.heappop(waiting)
            if here == end:
                break
            if gone > best[here]:
                continue
            for there, length in self._next[here].items():
                total = gone + length
                if total < best.get(there, np.inf):
                    best[there], came[there] = total, here
                    heapq.heappush(waiting, (total, there))
        if end not in came:
            return None
        path = [end]
        while path[-1] != start:
            path.append(came[path[-1]])
        return np.array(path[::-1])
