"""The way along what is on the map from one place to another, also where it leads out of view."""

from dataclasses import dataclass

import numpy as np

from desktop.map.camera import Bounds
from desktop.map.layers import join_bounds
from desktop.map.scene import MapScene
from geodesy.shaping.tracing import EdgeNetwork, Points

_GROWTH = 2.0  # times as wide and high as the last box looked in
_FARTHEST_M = 20_000.0
_REMEMBERED = 64

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Traced:
    """The vertices between two places, or the message code of why there are none."""

    between: tuple[Place, ...] = ()
    refusal: str = ""


class Tracer:
    """Looks in boxes that grow from the view, until the way in them can have no shorter one outside."""

    def __init__(self, scene: MapScene) -> None:
        self._scene = scene
        self._networks: dict[Bounds, EdgeNetwork | None] = {}
        self._found: dict[tuple[Place, Place], Traced] = {}
        self._key: object = None

    def trace(self, start: Place, end: Place, view: Bounds, denominator: float) -> Traced:
        """Return the shortest way from ``start`` to ``end`` along the edges that are seen at a scale.

        Refused with MAP-TRACE-FAR where it would lead farther than 20 km, or through more edges than can be followed
        while the hand moves; with MAP-TRACE-NONE when nothing joins the two.
        """
        key = (view, denominator, self._scene.version)
        if key != self._key or len(self._found) > _REMEMBERED:
            self._networks, self._found, self._key = {}, {}, key
        if (start, end) not in self._found:
            self._found[start, end] = self._look(start, end, view, denominator)
        return self._found[start, end]

    def _look(self, start: Place, end: Place, view: Bounds, denominator: float) -> Traced:
        box = join_bounds([view, (*start, *start), (*end, *end)]) or view
        everything = self._scene.bounds_of_edges
        way = None
        while (network := self._network(box, denominator)) is not None:
            way = network.trace(start, end)
            if everything is None or _holds(box, everything):
                return _traced(way, "MAP-TRACE-NONE")
            if way is not None and _holds(box, _around(start, end, way)):
                break
            if max(box[2] - box[0], box[3] - box[1]) > 2 * _FARTHEST_M:
                break
            box = _grown(box) if way is None else join_bounds([box, _around(start, end, way)]) or box
        return _traced(way, "MAP-TRACE-FAR")

    def _network(self, box: Bounds, denominator: float) -> EdgeNetwork | None:
        if box not in self._networks:
            segments = self._scene.segments_in(box, denominator)
            self._networks[box] = None if segments is None else EdgeNetwork(segments)
        return self._networks[box]


def _traced(way: Points | None, refusal: str) -> Traced:
    return Traced(refusal=refusal) if way is None else Traced(tuple((x, y) for x, y in way[1:-1].tolist()))


def _around(start: Place, end: Place, way: Points) -> Bounds:
    """Return a box around every way between two places that is no longer than ``way``."""
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    half = float(np.hypot(*np.diff(way, axis=0).T).sum()) / 2
    return middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half


def _holds(box: Bounds, other: Bounds) -> bool:
    return box[0] <= other[0] and box[1] <= other[1] and box[2] >= other[2] and box[3] >= other[3]


def _grown(box: Bounds) -> Bounds:
    across, up = (box[2] - box[0]) * (_GROWTH - 1) / 2, (box[3] - box[1]) * (_GROWTH - 1) / 2
    return box[0] - across, box[1] - up, box[2] + across, box[3] + up
