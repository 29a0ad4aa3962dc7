"""Lines and outlines offset, thinned out, rounded, turned about; how far the result strays is told."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import on_grid
from geodesy.shaping.vertices import expect_sound, outline_of, rebuild

Points = npt.NDArray[np.float64]
_ROUNDS_AT_MOST = 6
_STRAIGHT = 1e-12
_PLACES = 6
_LEAST_SHARE = 0.01  # a cut that takes less of the tolerance only adds vertices
_LEAST_EDGE_M = 0.025  # vertices closer than 0.02 m are found by GEO-05
_SHARES = (1.0, 0.75, 0.5)  # where a ring begins may stray twice as far: once with its edge, once by itself


@dataclass(frozen=True, slots=True)
class Curved:
    """A shape with fewer or more vertices than before, and the greatest distance between the two, in metres."""

    shape: BaseGeometry
    strays_m: float


def offset_shape(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """Return the parallel of a line, or an area grown by a distance in metres; corners stay corners.

    Of a line, a positive distance lies at its right hand, in the direction it was drawn; of an area, outside. Raise
    ``UserError`` OFFSET-NONE for a distance of 0, a point, or when nothing is left, SHAPE-UNSOUND.
    """
    if not distance_m or not math.isfinite(distance_m) or not shape.length:
        raise UserError("OFFSET-NONE")
    expect_sound(shape)
    found: BaseGeometry
    if shape.area:
        found = shapely.buffer(shape, distance_m, join_style="mitre", mitre_limit=5.0)
    else:
        found = shapely.offset_curve(shape, -distance_m, join_style="mitre", mitre_limit=5.0)
    found = on_grid(found)
    if found.is_empty or not found.is_valid:
        raise UserError("OFFSET-NONE")
    return found


def simplify_shape(shape: BaseGeometry, tolerance_m: float) -> Curved:
    """Return a shape with the vertices that matter: it strays from the old one by the tolerance at most.

    Douglas and Peucker (1973), keeping areas valid. Raise ``UserError`` TOLERANCE for one that is not above 0.
    """
    _expect_tolerance(tolerance_m)
    for part in _SHARES:
        found = on_grid(shapely.simplify(shape, tolerance_m * part, preserve_topology=True))
        strays_m = how_far(shape, found)
        if strays_m <= tolerance_m:
            break
    return Curved(found, strays_m)


def smooth_shape(shape: BaseGeometry, tolerance_m: float) -> Curved:
    """Return a shape with its corners rounded off, as far as it strays from the old one by the tolerance at most.

    Corners are cut again and again as Chaikin (1974) does, but no cut takes more off a corner than the tolerance
    leaves; the ends of lines stay. Raise ``UserError`` TOLERANCE for one that is not above 0.
    """
    _expect_tolerance(tolerance_m)
    found = on_grid(rebuild(shape, lambda path: _rounded(shapely.get_coordinates(path), tolerance_m, _is_ring(path))))
    if found.area and not found.is_valid:
        raise UserError("SKETCH-CROSSES")
    return Curved(found, how_far(shape, found))


def reverse_shape(shape: BaseGeometry) -> BaseGeometry:
    """Return a line that runs the other way."""
    return shapely.reverse(shape)


def count_vertices(shape: BaseGeometry) -> int:
    """Return how many vertices a shape has, a ring's first one counted once."""
    rings = sum(1 + len(part.interiors) for part in shapely.get_parts(shape) if part.geom_type == "Polygon")
    return int(shapely.get_num_coordinates(shape)) - rings


def how_far(before: BaseGeometry, after: BaseGeometry) -> float:
    """Return the greatest distance in metres between the outlines of two shapes."""
    return max(_away(before, after), _away(after, before)) if before.length else 0.0


def _expect_tolerance(tolerance_m: float) -> None:
    if not (math.isfinite(tolerance_m) and tolerance_m > 0):
        raise UserError("TOLERANCE")


def _away(one: Any, other: Any) -> float:
    """Return how far the outline of one lies from the other's at most, looked at in six places of every edge."""
    first, last = (points.repeat(_PLACES, axis=0) for points in _edges(one))
    share = np.tile(np.linspace(0, 1, _PLACES), len(first) // _PLACES)[:, np.newaxis]
    edges: Any = shapely.linestrings(np.stack(_edges(other), axis=1))
    places = shapely.points(first + share * (last - first))
    _, far = shapely.STRtree(edges).query_nearest(places, return_distance=True, all_matches=False)
    return float(far.max())


def _edges(shape: Any) -> tuple[Points, Points]:
    """Return where the edges of an outline begin and where they end, each ``(n, 2)``."""
    xy, path = shapely.get_coordinates(shapely.get_parts(outline_of(shape)), return_index=True)
    inside = path[1:] == path[:-1]
    return xy[:-1][inside], xy[1:][inside]


def _is_ring(path: Any) -> bool:
    return bool(path.geom_type == "LinearRing")


def _rounded(xy: Points, tolerance_m: float, is_ring: bool) -> Points:
    """Cut corners: each cut takes less than a quarter of both its sides, and at most half of what may still be lost."""
    left = tolerance_m
    for _ in range(_ROUNDS_AT_MOST):
        found = _cut_corners(xy, left / 2, tolerance_m * _LEAST_SHARE, is_ring)
        if len(found) == len(xy):
            break
        xy, left = found, left / 2
    return xy


def _cut_corners(xy: Points, depth_m: float, least_m: float, is_ring: bool) -> Points:
    """Return a path with two vertices for each corner off which ``least_m`` to ``depth_m`` can be taken."""
    points = xy[:-1] if is_ring else xy
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    to_before, to_after = before - points, after - points
    long_before, long_after = np.hypot(*to_before.T), np.hypot(*to_after.T)
    cosine = (to_before * to_after).sum(axis=1) / np.maximum(long_before * long_after, _STRAIGHT)
    half = np.sqrt(np.clip((1 + cosine) / 2, _STRAIGHT, 1))  # cosine of half the angle at the corner
    reach = np.minimum(np.minimum(long_before, long_after) / 4, depth_m / half)
    first = points + to_before / np.maximum(long_before, _STRAIGHT)[:, np.newaxis] * reach[:, np.newaxis]
    second = points + to_after / np.maximum(long_after, _STRAIGHT)[:, np.newaxis] * reach[:, np.newaxis]
    stays = (reach * half < least_m) | (reach < _LEAST_EDGE_M) | (np.hypot(*(second - first).T) < _LEAST_EDGE_M)
    if not is_ring:
        stays[[0, -1]] = True
    first[stays] = points[stays]
    found = np.stack([first, second], axis=1).reshape(-1, 2)
    found = found[np.column_stack([np.ones(len(points), bool), ~stays]).ravel()]
    return np.concatenate([found, found[:1]]) if is_ring else found
