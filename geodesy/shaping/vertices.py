"""Vertices put into outlines and taken out again, so that what meets meets in the same places, bit by bit."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid

Points = npt.NDArray[np.float64]
Place = tuple[float, ...]
ROUNDED_M = GRID_M * 0.72  # a place rounded to the grid lies at most half its diagonal off the edge it was put on
STRAIGHT_M = 2 * ROUNDED_M  # and twice that when the edge was bent before, by another place put on it
HAIR_M = 0.001  # surveys give millimetres: a corner on another one's edge may lie that far off it


@dataclass(frozen=True, slots=True)
class Meeting:
    """A shape and a line that have a vertex in common wherever they meet; ``places`` ``(n, 2)`` are those vertices.

    Where they run along each other, the ends of that stretch are places, its vertices in between are not.
    """

    shape: BaseGeometry
    line: BaseGeometry
    places: Points


def bring_together(shape: Any, line: Any) -> Meeting:
    """Return a shape on the grid and a line with common vertices wherever they meet; metres of a zone.

    A vertex of one that lies on an edge of the other, as far as the grid can say, is where they meet: it becomes a
    vertex of both. What else is a crossing is rounded to the grid, and where a corner of the shape is next to it, that
    is the place: no edge is as short as the grid.
    """
    corners = shapely.get_coordinates(shape)
    line = shapely.transform(on_grid(line), lambda xy: _settled(xy, corners))
    shape = insert_vertices(shape, _near(shapely.get_coordinates(line), outline_of(shape)))
    line = insert_vertices(line, _near(shapely.get_coordinates(shape), line))
    crossings = np.round(shapely.get_coordinates(_meetings(outline_of(shape), line)), 4) + 0.0
    crossings = _settled(crossings, shapely.get_coordinates(shape))
    shape, line = insert_vertices(shape, crossings), insert_vertices(line, crossings, 2 * STRAIGHT_M)
    met = shapely.get_coordinates(_meetings(outline_of(shape), line))
    common = places_of(shape) & places_of(line)
    return Meeting(shape, line, as_points({place for place in map(tuple, met.tolist()) if place in common}))


def expect_sound(shape: Any) -> None:
    """Raise ``UserError`` SHAPE-UNSOUND for a shape that crosses or overlaps itself, as imported ones may."""
    if not shape.is_valid:
        raise UserError("SHAPE-UNSOUND")


def insert_vertices(shape: Any, points: Points, reach_m: float = STRAIGHT_M) -> Any:
    """Return a line or area with ``points`` ``(n, 2)`` as vertices where its outline runs within ``reach_m`` of one.

    A point that is a vertex already changes nothing; no other vertex moves. The same object comes back when there is
    nothing to insert.
    """
    inserted = False

    def with_points(path: BaseGeometry) -> Points:
        nonlocal inserted
        xy = shapely.get_coordinates(path)
        found = _inserted(xy, points, reach_m)
        inserted = inserted or len(found) != len(xy)
        return found

    if not len(points):
        return shape
    built: BaseGeometry = rebuild(shape, with_points)
    return built if inserted else shape


def drop_vertices(shape: Any, places: Collection[Place]) -> Any:
    """Return a line or area without those of its vertices in ``places`` that lie straight between their neighbours.

    Straight is what rounding to the grid leaves of a straight edge; the ends of lines stay.
    """
    return rebuild(shape, lambda path: _without(shapely.get_coordinates(path), places)) if places else shape


def seam_places(areas: Sequence[Any]) -> set[Place]:
    """Return the vertices of the borders that two of the areas share edge by edge."""
    seen: Counter[frozenset[Place]] = Counter()
    for area in areas:
        for ring in shapely.get_parts(area.boundary):
            xy = [tuple(point) for point in shapely.get_coordinates(ring).tolist()]
            seen.update(frozenset(pair) for pair in zip(xy[:-1], xy[1:], strict=True))
    return {place for pair, count in seen.items() if count > 1 for place in pair}


def places_of(shape: Any) -> set[Place]:
    """Return the vertices of a shape."""
    return {tuple(xy) for xy in shapely.get_coordinates(shape).tolist()}


def as_points(places: Collection[Place]) -> Points:
    """Return places as an array ``(n, 2)``, in the same order whatever they are a set of."""
    return np.array(sorted(places), dtype=np.float64).reshape(-1, 2)


def outline_of(shape: Any) -> Any:
    """Return the rings of an area, or a line as it is."""
    return shape.boundary if shape.area else shape


def rebuild(shape: Any, change: Callable[[Any], Points]) -> Any:
    """Return a shape of the same kind from its paths (lines, or rings) after ``change``, which gets each as a line."""
    if shape.geom_type == "Polygon":
        return shapely.Polygon(change(shape.exterior), [change(ring) for ring in shape.interiors])
    if shape.geom_type in ("LineString", "LinearRing"):
        return shapely.LineString(change(shape))
    if shape.geom_type == "MultiPolygon":
        return shapely.MultiPolygon([rebuild(part, change) for part in shape.geoms])
    if shape.geom_type == "MultiLineString":
        return shapely.MultiLineString([change(part) for part in shape.geoms])
    return shape


def node_areas(areas: Sequence[Any], reach_m: float = HAIR_M) -> list[Any]:
    """Return areas with a vertex wherever one of another area lies within ``reach_m`` of an edge and of no corner."""
    xy, owner = shapely.get_coordinates(areas, return_index=True)
    rings, area_of = rings_of(areas)
    edges, ring_of = edges_of(rings)
    points: Any = shapely.points(xy)
    which, where = shapely.STRtree(points).query(edges, predicate="dwithin", distance=reach_m)
    edge_owner = area_of[ring_of[which]]
    strange = edge_owner != owner[where]
    edge_owner, where = edge_owner[strange], where[strange]
    found = list(areas)
    for number in np.unique(edge_owner).tolist():
        near = np.unique(xy[where[edge_owner == number]], axis=0)
        found[number] = insert_corners(areas[number], near, reach_m)
    return found


def insert_corners(shape: Any, points: Points, reach_m: float = HAIR_M) -> Any:
    """Return a shape with those of ``points`` as vertices that lie within ``reach_m`` of an edge, and of no vertex."""
    return insert_vertices(shape, is_away(points, shapely.get_coordinates(shape), reach_m), reach_m)


def is_away(points: Points, corners: Points, reach_m: float = HAIR_M) -> Points:
    """Return those of ``points`` ``(n, 2)`` that lie within ``reach_m`` of none of ``corners``."""
    if not len(points) or not len(corners):
        return points
    return points[~shapely.dwithin(shapely.points(points), shapely.multipoints(corners), reach_m)]


def rings_of(areas: Any) -> tuple[Any, npt.NDArray[np.intp]]:
    """Return the rings of areas, single or of several parts, and which area each is of."""
    parts, area_of = shapely.get_parts(areas, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    return rings, area_of[part_of]


def segments_of(areas: Any) -> Points:
    """Return the edges ``(n, 2, 2)`` of areas, each from its beginning to its end."""
    lines, _ = edges_of(rings_of(areas)[0])
    return shapely.get_coordinates(lines).reshape(-1, 2, 2)


def edges_of(rings: Any) -> tuple[Any, npt.NDArray[np.intp]]:
    """Return the edges of rings as lines, and which ring each is of."""
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    return shapely.linestrings(np.stack([xy[:-1][inside], xy[1:][inside]], axis=1)), ring[:-1][inside]


def _settled(xy: Points, corners: Points) -> Points:
    """Return points ``(n, 2)``, those next to one of ``corners`` on the grid moved onto it."""
    moved = xy.copy()
    known: Any = shapely.points(corners)
    which, where = shapely.STRtree(known).query_nearest(shapely.points(xy), max_distance=STRAIGHT_M, all_matches=False)
    moved[which] = corners[where]
    return moved


def _near(xy: Points, outline: Any) -> Points:
    """Return those of the points that lie on an outline, as far as the grid can say."""
    return xy[shapely.dwithin(shapely.points(xy), outline, ROUNDED_M)]


def _meetings(outline: Any, line: Any) -> Any:
    """Return the points where two lines meet, and of each stretch they have in common the two ends."""
    met = shapely.get_parts(shapely.intersection(outline, line))
    points = met[shapely.get_dimensions(met) == 0]
    common = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(met[shapely.get_dimensions(met) == 1])))
    ends = [point for path in common for point in (shapely.get_point(path, 0), shapely.get_point(path, -1))]
    return np.concatenate([points, np.array(ends, dtype=object)])


def _inserted(xy: Points, points: Points, reach_m: float) -> Points:
    """Put each point into the edge that it lies on; edges are as they were, whatever else comes into them."""
    known = set(map(tuple, xy.tolist()))
    start, step = xy[:-1], np.diff(xy, axis=0)
    length = (step**2).sum(axis=1)
    found: list[tuple[int, float, Place]] = []
    for point in sorted({tuple(point) for point in points.tolist()} - known):
        along = np.divide(((point - start) * step).sum(axis=1), length, out=np.zeros(len(start)), where=length > 0)
        away = np.hypot(*(start + along[:, np.newaxis] * step - point).T)
        away[(along <= 0) | (along >= 1)] = np.inf
        place = int(np.argmin(away)) if len(away) else 0
        if len(away) and away[place] <= reach_m:
            found.append((place + 1, float(along[place]), point))
    found.sort()
    return np.insert(xy, [place for place, _, _ in found], [point for _, _, point in found], axis=0) if found else xy


def _without(xy: Points, places: Collection[Place]) -> Points:
    is_ring = len(xy) > 3 and bool((xy[0] == xy[-1]).all())
    kept = [tuple(point) for point in xy.tolist()][: -1 if is_ring else None]
    times = Counter(kept)
    is_wanted = [point in places and times[point] == 1 for point in kept]
    if all(is_wanted) or not any(is_wanted):
        return xy
    if is_ring:  # begin at a vertex that stays
        first = is_wanted.index(False)
        kept, is_wanted = kept[first:] + kept[: first + 1], is_wanted[first:] + is_wanted[: first + 1]
    is_wanted[0] = is_wanted[-1] = False
    stays = [place for place, wanted in enumerate(is_wanted) if not wanted]
    left = kept[:1]
    for begin, end in pairwise(stays):
        run = kept[begin + 1 : end]
        if _is_straight(kept[begin], run, kept[end]):
            run = []
        for number, point in enumerate(run):
            if not _is_straight(left[-1], [point], [*run, kept[end]][number + 1]):
                left.append(point)
        left.append(kept[end])
    return np.array(left) if len(left) >= (4 if is_ring else 2) else xy


def _is_straight(before: Place, run: Sequence[Place], after: Place) -> bool:
    return (
        not run or float(shapely.distance(shapely.LineString([before, after]), shapely.points(run)).max()) <= STRAIGHT_M
    )
