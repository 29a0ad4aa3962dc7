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
from geodesy.shaping.vertices import outline_of, rebuild

Points = npt.NDArray[np.float64]
_ROUNDS_AT_MOST = 6
_STRAIGHT = 1e-12
_SHARES = (1.0, 0.75, 0.5)  # where a ring begins may stray twice as far: once with its edge, once by itself


@dataclass(frozen=True, slots=True)
class Curved:
    """A shape with fewer or more vertices than before, and the greatest distance between the two, in metres."""

    shape: BaseGeometry
    strays_m: float


def offset_shape(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """Return the parallel of a line, or an area grown by a distance in metres; corners stay corners.

    Of a line, a positive distance lies at its right hand, in the direction it was drawn; of an area, outside. Raise
    ``UserError`` OFFSET-NONE for a distance of 0, a point, or when nothing is left.
    """
    if not distance_m or not math.isfinite(distance_m) or not shape.length:
        raise UserError("OFFSET-NONE")
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
        strays_m = _strays(shape, found)
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
    return Curved(found, _strays(shape, found))


def reverse_shape(shape: BaseGeometry) -> BaseGeometry:
    """Return a line that runs the other way."""
    return shapely.reverse(shape)


def count_vertices(shape: BaseGeometry) -> int:
    """Return how many vertices a shape has, a ring's first one counted once."""
    rings = sum(1 + len(part.interiors) for part in shapely.get_parts(shape) if part.geom_type == "Polygon")
    return int(shapely.get_num_coordinates(shape)) - rings


def _expect_tolerance(tolerance_m: float) -> None:
    if not (math.isfinite(tolerance_m) and tolerance_m > 0):
        raise UserError("TOLERANCE")


def _strays(before: Any, after: Any) -> float:
    return float(shapely.hausdorff_distance(outline_of(before), outline_of(after), densify=0.2))


def _is_ring(path: Any) -> bool:
    return bool(path.geom_type == "LinearRing")


def _rounded(xy: Points, tolerance_m: float, is_ring: bool) -> Points:
    """Cut corners: each cut takes less than a quarter of both its sides, and at most half of what may still be lost."""
    left = tolerance_m
    for _ in range(_ROUNDS_AT_MOST):
        if left < tolerance_m / 50:
            break
        xy, left = _cut_corners(xy, left / 2, is_ring), left / 2
    return xy


def _cut_corners(xy: Points, depth_m: float, is_ring: bool) -> Points:
    points = xy[:-1] if is_ring else xy
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    to_before, to_after = before - points, after - points
    long_before, long_after = np.hypot(*to_before.T), np.hypot(*to_after.T)
    cosine = (to_before * to_after).sum(axis=1) / np.maximum(long_before * long_after, _STRAIGHT)
    half = np.sqrt(np.clip((1 + cosine) / 2, _STRAIGHT, 1))  # cosine of half the angle at the corner
    reach = np.minimum(np.minimum(long_before, long_after) / 4, depth_m / half)
    first = points + to_before / np.maximum(long_before, _STRAIGHT)[:, np.newaxis] * reach[:, np.newaxis]
    second = points + to_after / np.maximum(long_after, _STRAIGHT)[:, np.newaxis] * reach[:, np.newaxis]
    found = np.stack([first, second], axis=1).reshape(-1, 2)
    if is_ring:
        return np.concatenate([found, found[:1]])
    return np.concatenate([xy[:1], found[2:-2], xy[-1:]])
