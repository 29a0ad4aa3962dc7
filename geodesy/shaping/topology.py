"""Shapes that share vertices and edges, changed together: what was one border stays one, bit by bit."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.vertices import insert_vertices, rebuild

Points = npt.NDArray[np.float64]
Place = tuple[float, float]
Key = TypeVar("Key")

_LEAST_CORNERS = 3


def move_vertex(shapes: Mapping[Key, BaseGeometry], old: Place, new: Place) -> dict[Key, BaseGeometry]:
    """Return the shapes, in metres of a zone, that change when the vertex at ``old`` goes to ``new``, as they then are.

    A shape whose outline runs through ``old`` without a vertex there gets one first, so that no sliver opens.
    """
    target = (np.round(np.array(new, dtype=np.float64), 4) + 0.0).tolist()
    source = np.array(old, dtype=np.float64)
    found: dict[Key, BaseGeometry] = {}
    for key, shape in shapes.items():
        noded = insert_vertices(shape, source.reshape(1, 2))
        if _has_vertex(noded, source):
            found[key] = rebuild(noded, lambda path: _replaced(path, source, target))
    return found


def insert_vertex(shapes: Mapping[Key, BaseGeometry], place: Place) -> dict[Key, BaseGeometry]:
    """Return the shapes that get a vertex at ``place`` because their outline runs through it, as they then are."""
    point: Points = (np.round(np.array([place], dtype=np.float64), 4) + 0.0).astype(np.float64)
    noded = {key: insert_vertices(shape, point) for key, shape in shapes.items()}
    return {key: shape for key, shape in noded.items() if shape is not shapes[key]}


def remove_vertex(shapes: Mapping[Key, BaseGeometry], place: Place) -> dict[Key, BaseGeometry]:
    """Return the shapes that lose the vertex at ``place``, as they then are.

    Raise ``UserError`` VERTEX-NEEDED when a ring or line would be left with too few.
    """
    point = np.array(place, dtype=np.float64)
    return {
        key: rebuild(shape, lambda path: _removed(path, point))
        for key, shape in shapes.items()
        if _has_vertex(shape, point)
    }


def move_edge(shapes: Mapping[Key, BaseGeometry], ends: tuple[Place, Place], shift: Place) -> dict[Key, BaseGeometry]:
    """Return the shapes that change when an edge is moved by ``shift`` (east, north), both its ends with it."""
    found: dict[Key, BaseGeometry] = {}
    now = dict(shapes)
    for end in ends:
        changed = move_vertex(now, end, (end[0] + shift[0], end[1] + shift[1]))
        now.update(changed)
        found.update(changed)
    return found


def trim_overlap(shape: BaseGeometry, others: Sequence[BaseGeometry]) -> tuple[BaseGeometry, Points]:
    """Return an area without what others have of it, and the vertices ``(n, 2)`` that their outlines need for it.

    The result runs along the others through their very vertices. Raise ``UserError`` TRIM-NOTHING when nothing is
    left, SKETCH-CROSSES for an area that crosses itself.
    """
    shape = on_grid(shape)
    if not shape.is_valid:
        raise UserError("SKETCH-CROSSES")
    near = [other for other in map(_sound, others) if other.area and shapely.intersects(other, shape)]
    if not near:
        return shape, np.empty((0, 2))
    taken = shapely.union_all(near)
    left = on_grid(shapely.difference(shape, taken, grid_size=GRID_M))
    parts = [part for part in shapely.get_parts(left).tolist() if part.area > GRID_M]
    if not parts:
        raise UserError("TRIM-NOTHING")
    trimmed = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    corners = shapely.get_coordinates(near)
    trimmed = insert_vertices(trimmed, np.unique(corners[_lies_on(corners, trimmed)], axis=0))
    made = np.unique(shapely.get_coordinates(trimmed), axis=0)
    known = {tuple(xy) for xy in corners.tolist()}
    fresh = made[[tuple(xy) not in known for xy in made.tolist()]]
    return trimmed, fresh[_lies_on(fresh, taken)] if len(fresh) else fresh


def _sound(shape: Any) -> Any:
    """Return an area that can be reckoned with: imported ones may cross themselves."""
    return shape if shape.is_valid else shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _lies_on(points: Points, shape: BaseGeometry) -> npt.NDArray[np.bool_]:
    spots: Any = shapely.points(points)
    found: npt.NDArray[np.bool_] = shapely.dwithin(spots, shape.boundary, GRID_M)
    return found


def _has_vertex(shape: BaseGeometry, point: Points) -> bool:
    return bool((shapely.get_coordinates(shape) == point).all(axis=1).any())


def _replaced(path: Any, old: Points, new: list[float]) -> Points:
    xy = shapely.get_coordinates(path)
    xy[(xy == old).all(axis=1)] = new
    return xy


def _removed(path: Any, point: Points) -> Points:
    xy = shapely.get_coordinates(path)
    is_ring = path.geom_type == "LinearRing"
    corners = xy[:-1] if is_ring else xy
    kept = corners[~(corners == point).all(axis=1)]
    if len(kept) < (_LEAST_CORNERS if is_ring else 2):
        raise UserError("VERTEX-NEEDED")
    return np.concatenate([kept, kept[:1]]) if is_ring else kept
