"""Shapes that share vertices and edges, changed together: what was one border stays one, bit by bit.

Two outlines share what lies within ``HAIR_M`` of each other: surveys give millimetres. Before anything moves, the edges
in hand get a vertex wherever a corner of another shape lies on them, and afterwards wherever they come to lie on one;
so give these functions every shape near the edges in hand (``star_bounds``), not only those with the same vertex.
Coordinates are metres of a zone, on the store's grid.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.shaping.vertices import HAIR_M, insert_corners, is_away, rebuild, rings_of

Points = npt.NDArray[np.float64]
Place = tuple[float, float]
Bounds = tuple[float, float, float, float]
Key = TypeVar("Key")

_LEAST_CORNERS = 3
_STRAIGHT_ON = 2  # borders that leave a vertex along which nothing branches off


def move_vertex(shapes: Mapping[Key, BaseGeometry], old: Place, new: Place) -> dict[Key, BaseGeometry]:
    """Return the shapes that change when the vertex at ``old`` goes to ``new``, as they then are.

    Outlines that run through ``old`` without a vertex there get one first; so do outlines on which the vertex comes
    to lie. Raise ``UserError`` VERTEX-NEEDED when a ring or line is left with too few vertices.
    """
    return move_vertices(shapes, {old: new})


def move_vertices(shapes: Mapping[Key, BaseGeometry], moves: Mapping[Place, Place]) -> dict[Key, BaseGeometry]:
    """Return the shapes that change when several vertices go elsewhere at once, as ``move_vertex`` does with one."""
    old = _points(list(moves))
    now = _noded(shapes, old)
    new = _settled(_points(list(moves.values())), now, old)
    now.update(_with_moved(now, old, new))
    return _changed(shapes, _noded(now, new))


def move_edge(shapes: Mapping[Key, BaseGeometry], ends: tuple[Place, Place], shift: Place) -> dict[Key, BaseGeometry]:
    """Return the shapes that change when an edge is moved by ``shift`` (east, north).

    Both its ends go, and with them every corner of another shape that lies on it: the edge stays straight.
    """
    corners = _corners_in(shapes, _points(ends))
    on_it = corners[shapely.dwithin(shapely.points(corners), shapely.LineString(ends), HAIR_M)]
    places = [*ends, *(tuple(xy) for xy in on_it.tolist())]
    return move_vertices(shapes, {(x, y): (x + shift[0], y + shift[1]) for x, y in places})


def insert_vertex(shapes: Mapping[Key, BaseGeometry], place: Place, to: Place | None = None) -> dict[Key, BaseGeometry]:
    """Return the shapes that get a vertex at ``place`` because their outline runs through it, as they then are.

    With ``to``, the new vertex goes there at once, in all of them.
    """
    point = _settled(_points([place]), shapes, np.empty((0, 2)))
    now = _noded(shapes, point)
    if to is not None:
        now.update(move_vertex(now, tuple(point[0].tolist()), to))
    return _changed(shapes, now)


def remove_vertex(shapes: Mapping[Key, BaseGeometry], place: Place) -> dict[Key, BaseGeometry]:
    """Return the shapes that lose the vertex at ``place``, as they then are.

    Raise ``UserError`` VERTEX-JUNCTION where three borders or more join, or lines end at each other: without their
    common vertex they would come apart; VERTEX-NEEDED when a ring or line would be left with too few.
    """
    point = _points([place])
    now = _noded(shapes, point)
    having = {key: shape for key, shape in now.items() if len(_near(shape, point))}
    _refuse_junction(having, point)
    now.update({key: rebuild(shape, lambda path: _removed(path, point)) for key, shape in having.items()})
    straight = _adjacent(having, point)
    if len(straight) == _STRAIGHT_ON:
        now.update({key: _with_corners_on(now, now[key], straight[np.newaxis]) for key in having})
    return _changed(shapes, now)


def star_bounds(shapes: Mapping[Key, BaseGeometry], places: Collection[Place]) -> Bounds:
    """Return the box (xmin, ymin, xmax, ymax) of the places and of every edge that ends there or runs through."""
    points = _points(list(places))
    edges = [points, *(_star(shape, points).reshape(-1, 2) for shape in shapes.values())]
    low, high = np.concatenate(edges).min(axis=0) - HAIR_M, np.concatenate(edges).max(axis=0) + HAIR_M
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _points(places: Collection[Place]) -> Points:
    return np.round(np.array(places, dtype=np.float64).reshape(-1, 2), 4) + 0.0


def _noded(shapes: Mapping[Key, Any], points: Points) -> dict[Key, Any]:
    """Return shapes with vertices at ``points``, and where others have one on the edges that leave these."""
    found = dict(shapes)
    spots = shapely.multipoints(points)
    stars: dict[Key, Points] = {}
    for key, shape in shapes.items():
        if shapely.dwithin(shape, spots, HAIR_M):
            found[key] = insert_corners(shape, points)
            stars[key] = _star(found[key], points)
    for key, edges in stars.items():
        found[key] = _with_corners_on(found, found[key], edges)
    return found


def _with_corners_on(shapes: Mapping[Key, Any], shape: Any, edges: Points) -> Any:
    """Return a shape with the corners of all shapes that lie on some of its edges ``(n, 2, 2)``."""
    corners = _corners_in(shapes, edges.reshape(-1, 2))
    if not len(corners):
        return shape
    near: Any = shapely.dwithin(shapely.points(corners), shapely.multilinestrings(list(edges)), HAIR_M)
    return insert_corners(shape, corners[near])


def _corners_in(shapes: Mapping[Key, Any], points: Points) -> Points:
    """Return the vertices of shapes within the box of ``points``, each once."""
    if not len(points):
        return points
    xy = shapely.get_coordinates(list(shapes.values()))
    inside = ((xy >= points.min(axis=0) - HAIR_M) & (xy <= points.max(axis=0) + HAIR_M)).all(axis=1)
    return np.unique(xy[inside], axis=0)


def _star(shape: Any, points: Points) -> Points:
    """Return the edges ``(n, 2, 2)`` of a shape that come within a hair of one of ``points``."""
    xy, path = shapely.get_coordinates(_paths(shape), return_index=True)
    inside = path[1:] == path[:-1]
    edges = np.stack([xy[:-1][inside], xy[1:][inside]], axis=1)
    if not len(edges) or not len(points):
        return edges[:0]
    low, high = edges.min(axis=1) - HAIR_M, edges.max(axis=1) + HAIR_M
    meets = ((low <= points.max(axis=0)) & (high >= points.min(axis=0))).all(axis=1)
    edges = edges[meets]
    found: Points = edges[shapely.dwithin(shapely.linestrings(edges), shapely.multipoints(points), HAIR_M)]
    return found


def _paths(shape: Any) -> Any:
    """Return the rings of an area or the lines of a line."""
    return rings_of(shape)[0] if shapely.get_dimensions(shape) == 2 else shapely.get_parts(shape)


def _settled(new: Points, shapes: Mapping[Key, Any], old: Points) -> Points:
    """Return places on the grid, those within a hair of a vertex that stays moved onto it."""
    corners = is_away(_corners_in(shapes, new), old)
    found = np.round(new, 4) + 0.0
    if len(corners):
        known: Any = shapely.points(corners)
        which, where = shapely.STRtree(known).query_nearest(
            shapely.points(found), max_distance=HAIR_M, all_matches=False
        )
        found[which] = corners[where]
    return found


def _with_moved(shapes: Mapping[Key, Any], old: Points, new: Points) -> dict[Key, Any]:
    """Return the shapes with a vertex at one of ``old``, all such vertices moved."""

    def moved(path: Any) -> Points:
        xy = shapely.get_coordinates(path)
        away = np.hypot(*(xy[:, np.newaxis] - old).transpose(2, 0, 1))
        nearest = away.argmin(axis=1)
        goes = away[np.arange(len(xy)), nearest] <= HAIR_M
        xy[goes] = new[nearest[goes]]
        return _without_doubles(path, xy)

    return {key: rebuild(shape, moved) for key, shape in shapes.items() if len(_near(shape, old))}


def _near(shape: Any, points: Points) -> Points:
    """Return the vertices of a shape that lie within a hair of one of ``points``."""
    xy = shapely.get_coordinates(shape)
    is_near = np.zeros(len(xy), dtype=bool)
    for point in points:
        is_near |= np.hypot(*(xy - point).T) <= HAIR_M
    return xy[is_near]


def _adjacent(shapes: Mapping[Key, Any], point: Points) -> Points:
    """Return the places at the other ends of the edges that leave a vertex, each once."""
    ends = np.concatenate([np.empty((0, 2)), *(_star(shape, point).reshape(-1, 2) for shape in shapes.values())])
    found: list[Points] = []
    for xy in np.unique(is_away(ends, point), axis=0):
        if not found or np.hypot(*(np.array(found) - xy).T).min() > HAIR_M:
            found.append(xy)
    return np.array(found).reshape(-1, 2)


def _refuse_junction(shapes: Mapping[Key, Any], point: Points) -> None:
    places = np.concatenate([np.empty((0, 2)), *(_near(shape, point) for shape in shapes.values())])
    lines = [line for shape in shapes.values() if not shape.area for line in shapely.get_parts(shape)]
    ends = shapely.get_coordinates([shapely.boundary(line) for line in lines])
    is_end = bool(len(ends)) and len(is_away(ends, point)) < len(ends)
    if len(_adjacent(shapes, point)) > _STRAIGHT_ON or (is_end and len(places) > 1):
        raise UserError("VERTEX-JUNCTION")


def _changed(before: Mapping[Key, Any], after: Mapping[Key, Any]) -> dict[Key, BaseGeometry]:
    return {
        key: shape
        for key, shape in after.items()
        if shape is not before[key] and not shapely.equals_exact(shape, before[key], 0.0)
    }


def _removed(path: Any, point: Points) -> Points:
    xy = shapely.get_coordinates(path)
    return _without_doubles(path, xy[~shapely.dwithin(shapely.points(xy), shapely.Point(point[0]), HAIR_M)])


def _without_doubles(path: Any, xy: Points) -> Points:
    """Return the vertices of a path without those that repeat the one before, a ring closed again.

    Raise ``UserError`` VERTEX-NEEDED when too few are left.
    """
    is_ring = path.geom_type == "LinearRing"
    differs = np.ones(len(xy), dtype=bool)
    differs[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    kept = xy[differs]
    if is_ring and len(kept) > 1 and (kept[0] == kept[-1]).all():
        kept = kept[:-1]
    if len(kept) < (_LEAST_CORNERS if is_ring else 2):
        raise UserError("VERTEX-NEEDED")
    return np.concatenate([kept, kept[:1]]) if is_ring else kept
