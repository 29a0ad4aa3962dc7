"""Shapes moved, turned, enlarged and mirrored, on the grid."""

import math

import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import on_grid

Place = tuple[float, float]


def move_shape(shape: BaseGeometry, east_m: float, north_m: float) -> BaseGeometry:
    """Return a shape moved east and north by metres."""
    return on_grid(affinity.translate(shape, east_m, north_m))


def turn_shape(shape: BaseGeometry, clockwise_deg: float, around: Place | None = None) -> BaseGeometry:
    """Return a shape turned clockwise, as azimuths are counted, around a place or the middle of its box."""
    if clockwise_deg % 360 == 0:
        return shape
    return on_grid(affinity.rotate(shape, -clockwise_deg, origin=around or middle_of(shape)))


def scale_shape(shape: BaseGeometry, factor: float, around: Place | None = None) -> BaseGeometry:
    """Return a shape ``factor`` times as long in both directions; raise ``UserError`` SCALE-FACTOR for 0 or less."""
    if not (math.isfinite(factor) and factor > 0):
        raise UserError("SCALE-FACTOR")
    return on_grid(affinity.scale(shape, factor, factor, origin=around or middle_of(shape)))


def mirror_shape(shape: BaseGeometry, first: Place, second: Place) -> BaseGeometry:
    """Return a shape mirrored at the line through two places; raise ``UserError`` MIRROR-AXIS when they are one."""
    dx, dy = second[0] - first[0], second[1] - first[1]
    length = math.hypot(dx, dy)
    if length == 0:
        raise UserError("MIRROR-AXIS")
    cos, sin = (dx * dx - dy * dy) / length**2, 2 * dx * dy / length**2
    x, y = first
    local = affinity.translate(shape, -x, -y)
    turned = affinity.affine_transform(local, [cos, sin, sin, -cos, 0.0, 0.0])
    return on_grid(affinity.translate(turned, x, y))


def middle_of(shape: BaseGeometry) -> Place:
    """Return the middle of a shape's box."""
    west, south, east, north = shapely.bounds(shape).tolist()
    return (west + east) / 2, (south + north) / 2
