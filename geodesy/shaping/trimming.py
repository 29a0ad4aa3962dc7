"""Areas that keep off each other: what overlaps is found, and cut off."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.vertices import HAIR_M, edges_of, insert_vertices, rings_of

Points = npt.NDArray[np.float64]
Key = TypeVar("Key")

_LEAST_M2 = 1e-6  # what two areas with one border, bit by bit, never share
_GROWTH = 1.5  # areas that overlapped before may do so a little more: their common border has moved


def expect_unbroken(before: Mapping[Key, BaseGeometry], after: Mapping[Key, BaseGeometry]) -> None:
    """Raise ``UserError`` VERTEX-CROSSES when an area that was sound is none ``after``, by the same keys.

    Nor is one sound whose outline comes within a hair of itself: a part of it would be a sliver.
    """
    for key, shape in after.items():
        if before[key].area and before[key].is_valid:
            if not (shape.is_valid and shape.area):
                raise UserError("VERTEX-CROSSES")
            if is_pinched(shape) and not is_pinched(before[key]):
                raise UserError("VERTEX-CROSSES")


def is_pinched(shape: BaseGeometry) -> bool:
    """Return whether a vertex of an area lies within a hair of an edge of the same area that does not end there."""
    edges, _ = edges_of(rings_of(shape)[0])
    points: Any = shapely.points(np.unique(shapely.get_coordinates(shape), axis=0))
    edge, point = shapely.STRtree(points).query(edges, predicate="dwithin", distance=HAIR_M)
    ends = shapely.extract_unique_points(edges[edge])
    return bool((shapely.distance(ends, points[point]) > HAIR_M).any())


def find_overlaps(before: Mapping[Key, BaseGeometry], after: Mapping[Key, BaseGeometry]) -> list[BaseGeometry]:
    """Return where areas that changed lie on others and did not before, as areas.

    ``before`` are all the areas around, ``after`` those of them that changed; metres of a zone. Unsound ones and those
    that overlapped already are passed over.
    """
    now: dict[Key, Any] = {key: shape for key, shape in {**before, **after}.items() if shape.area and shape.is_valid}
    keys = list(now)
    tree = shapely.STRtree([now[key] for key in keys])
    found: list[BaseGeometry] = []
    for number, key in enumerate(keys):
        if key not in after:
            continue
        for other in tree.query(now[key], predicate="intersects").tolist():
            if other == number or (other < number and keys[other] in after):
                continue
            common = shapely.intersection(now[key], now[keys[other]])
            if common.area > _LEAST_M2 and _is_new(before[key], before[keys[other]], common.area):
                found += [part for part in shapely.get_parts(common) if part.area]
    return found


def _is_new(one: Any, other: Any, area_m2: float) -> bool:
    known = shapely.area(shapely.intersection(_sound(one), _sound(other)))
    return bool(area_m2 > _GROWTH * known + _LEAST_M2)


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


def without_hairs(shape: BaseGeometry) -> BaseGeometry:
    """Return an area without what of it is narrower than two hairs, such as the rounding of two edges leaves."""
    core = shapely.buffer(shape, -HAIR_M, join_style="mitre")
    return shapely.buffer(core, HAIR_M, join_style="mitre")


def _sound(shape: Any) -> Any:
    """Return an area that can be reckoned with: imported ones may cross themselves."""
    return shape if shape.is_valid else shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _lies_on(points: Points, shape: BaseGeometry) -> npt.NDArray[np.bool_]:
    spots: Any = shapely.points(points)
    found: npt.NDArray[np.bool_] = shapely.dwithin(spots, shape.boundary, GRID_M)
    return found
