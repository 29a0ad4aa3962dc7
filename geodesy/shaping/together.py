"""Areas thinned out or rounded together: a border that two of them share is changed once, and stays one bit by bit."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.shaping.curves import Curved, how_far, simplify_shape, smooth_shape
from geodesy.shaping.vertices import Place, Points, rebuild

Change = Callable[[BaseGeometry, float], Curved]
Edge = tuple[Place, Place]
_TRIES = 12
_LEAST_SHARE = 0.1


def simplify_shapes(shapes: Sequence[BaseGeometry], tolerance_m: float) -> list[Curved]:
    """Return shapes as ``simplify_shape`` makes them; where areas share a border, both get the same one.

    Places where three borders meet stay. Raise ``UserError`` TOLERANCE.
    """
    return _change(shapes, tolerance_m, simplify_shape)


def smooth_shapes(shapes: Sequence[BaseGeometry], tolerance_m: float) -> list[Curved]:
    """Return shapes as ``smooth_shape`` makes them; where areas share a border, both get the same one.

    Places where three borders meet stay. Raise ``UserError`` TOLERANCE, SKETCH-CROSSES when no valid area comes of it.
    """
    return _change(shapes, tolerance_m, smooth_shape)


def _change(shapes: Sequence[BaseGeometry], tolerance_m: float, change: Change) -> list[Curved]:
    together = [shape for shape in shapes if shape.area]
    if len(together) < 2 or len(together) < len(shapes) or not shapely.coverage_is_valid(together):
        return [change(shape, tolerance_m) for shape in shapes]
    arcs = _Arcs(together)
    shares = (shapely.get_num_coordinates(arcs.lines) > 2).astype(np.float64)  # a straight border stays one
    for _ in range(_TRIES):
        lines = zip(arcs.lines, shares.tolist(), strict=True)
        found = arcs.rebuild([change(line, tolerance_m * share).shape if share else line for line, share in lines])
        wrong = _wrong_ones(found)
        if not wrong:
            return [Curved(new, how_far(old, new)) for old, new in zip(together, found, strict=True)]
        again = np.array(sorted(set().union(*(arcs.of[place] for place in wrong))))
        shares[again] = np.where(shares[again] / 2 < _LEAST_SHARE, 0.0, shares[again] / 2)
    raise UserError("SKETCH-CROSSES")


def _wrong_ones(shapes: Sequence[Any]) -> list[int]:
    """Return the places of those that are no valid area, or, when all are, of those that are no neighbours any more."""
    invalid = np.flatnonzero(~shapely.is_valid(shapes)).tolist()
    return invalid or np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes))).tolist()


class _Arcs:
    """The borders of areas, each once, in pieces between the places where three of them meet; ``of`` tells whose."""

    def __init__(self, areas: Sequence[Any]) -> None:
        self._areas = areas
        rings = shapely.get_parts(shapely.boundary(areas), return_index=True)
        edges = [_edges_of(shapely.get_coordinates(ring)) for ring in rings[0]]
        once = np.array(sorted({tuple(sorted(edge)) for ring in edges for edge in ring}))
        pieces: Any = shapely.linestrings(once)
        self.lines: list[Any] = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces))).tolist()
        self._owner: dict[Edge, int] = {}
        self._heads: list[Edge] = []
        for number, arc in enumerate(self.lines):
            along = _edges_of(shapely.get_coordinates(arc))
            self._heads.append(along[0])
            for start, end in along:
                self._owner[start, end] = self._owner[end, start] = number
        self.of: list[set[int]] = [set() for _ in areas]
        for place, ring in zip(rings[1].tolist(), edges, strict=True):
            self.of[place].update(self._owner[edge] for edge in ring)

    def rebuild(self, lines: Sequence[Any]) -> list[Any]:
        """Return the areas with ``lines`` in the place of the arcs; one that has collapsed is a wrong area."""
        paths = [shapely.get_coordinates(line) for line in lines]
        return [rebuild(area, lambda ring: self._along(shapely.get_coordinates(ring), paths)) for area in self._areas]

    def _along(self, xy: Points, paths: Sequence[Points]) -> Points:
        edges = _edges_of(xy)
        numbers = [self._owner[edge] for edge in edges]
        turns = [place for place, number in enumerate(numbers) if number != numbers[place - 1]]
        found = [paths[numbers[0]][:-1]]
        if turns:
            found = [self._directed(edges[place], paths)[:-1] for place in turns]
        ring = np.concatenate([*found, found[0][:1]])
        return ring if len(ring) > 3 else np.concatenate([ring, ring[:1].repeat(4 - len(ring), axis=0)])

    def _directed(self, edge: Edge, paths: Sequence[Points]) -> Points:
        """Return the new path of the arc that a ring enters by ``edge``, in the ring's direction."""
        number = self._owner[edge]
        return paths[number] if edge == self._heads[number] else paths[number][::-1]


def _edges_of(xy: Points) -> list[Edge]:
    places = [tuple(point) for point in xy.tolist()]
    return [edge for edge in pairwise(places) if edge[0] != edge[1]]
