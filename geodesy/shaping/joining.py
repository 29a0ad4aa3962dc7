"""Several shapes made one, and the room between neighbours made a shape."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.cutting import rebuild

Points = npt.NDArray[np.float64]
_ROUNDED = GRID_M * 0.72  # a vertex rounded to the grid lies at most half its diagonal off the edge it was put on


def join_areas(shapes: Sequence[BaseGeometry], keep: Points | None = None) -> BaseGeometry:
    """Return the union of areas in metres of a zone, on the grid.

    Where a border between them ended on the outline, the vertex that a cut had put there goes again: parts of a cut
    make the shape they came from, to the bit. Vertices of ``keep`` ``(n, 2)``, such as those of neighbours, stay.
    """
    union = on_grid(shapely.union_all(list(shapes)))
    ends = _seam_ends(shapes)
    if keep is not None and len(keep):
        ends -= {tuple(xy) for xy in np.asarray(keep, dtype=np.float64).reshape(-1, 2).tolist()}
    if not ends:
        return union
    joined: BaseGeometry = rebuild(union, lambda ring: _without(shapely.get_coordinates(ring), ends))
    return joined


def fill_room(neighbours: Sequence[BaseGeometry], place: tuple[float, float]) -> BaseGeometry:
    """Return the room that ``neighbours`` enclose around a place, with their very vertices.

    Raise ``UserError`` ROOM-TAKEN when the place lies in one of them, ROOM-OPEN when they do not enclose it.
    """
    spot = shapely.Point(place)
    near = list(neighbours)
    if near and shapely.intersects(near, spot).any():
        raise UserError("ROOM-TAKEN")
    borders = shapely.union_all(shapely.boundary(near))
    for face in shapely.get_parts(shapely.polygonize(shapely.get_parts(borders))):
        if face.contains(spot):
            room: BaseGeometry = on_grid(face)
            return room
    raise UserError("ROOM-OPEN")


def _seam_ends(shapes: Sequence[Any]) -> set[tuple[float, ...]]:
    """Return the ends of the borders that two of the shapes share."""
    seen: Counter[frozenset[tuple[float, ...]]] = Counter()
    for shape in shapes:
        for ring in _rings(shape):
            xy = [tuple(point) for point in shapely.get_coordinates(ring).tolist()]
            seen.update(frozenset(pair) for pair in zip(xy[:-1], xy[1:], strict=True))
    shared = [pair for pair, count in seen.items() if count > 1]
    uses = Counter(point for pair in shared for point in pair)
    return {point for point, count in uses.items() if count == 1}


def _rings(shape: Any) -> list[BaseGeometry]:
    return [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]


def _without(xy: Points, ends: set[tuple[float, ...]]) -> Points:
    """Return a ring without those of its vertices in ``ends`` that lie straight between their neighbours."""
    ring = xy[:-1]
    for end in ends:
        places = np.flatnonzero((ring == np.array(end)).all(axis=1))
        if len(places) == 1 and len(ring) > 3:
            place = int(places[0])
            before, after = ring[place - 1], ring[(place + 1) % len(ring)]
            if shapely.distance(shapely.LineString([before, after]), shapely.Point(end)) <= _ROUNDED:
                ring = np.delete(ring, place, axis=0)
    return np.concatenate([ring, ring[:1]])
