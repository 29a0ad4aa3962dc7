"""Points where two measured distances or directions meet; plane metres, azimuths from grid north in degrees.

Circles: the radical line of two circles. Rays: Cramer's rule on the two directions. Both are of elementary analytic
geometry (Bourke 1997, Intersection of two circles; Ghilani, Elementary Surveying, ch. 11).
"""

import math

from core.errors import UserError
from geodesy.grid import GRID_M
from geodesy.numbers import number_words
from geodesy.survey.positions import Point, azimuth_between, check_distance, distance_between, point_by_offset

LEAST_ANGLE_DEG = 1 / 60  # directions closer than a minute of arc meet nowhere in particular
_BEHIND_M = -GRID_M


def intersect_distances(one: Point, one_m: float, two: Point, two_m: float) -> tuple[Point, ...]:
    """Return the points at both distances: left of the line from ``one`` to ``two``, then right of it.

    Circles that only touch give one point; a gap below the grid counts as touching. Raise SURVEY-SAME-POINT,
    SURVEY-DISTANCE, SURVEY-CIRCLES-APART or SURVEY-CIRCLE-INSIDE with the ``gap`` in metres.
    """
    for distance in (one_m, two_m):
        check_distance(distance)
    between = distance_between(one, two)
    azimuth_between(one, two)
    if between > one_m + two_m + GRID_M:
        raise UserError("SURVEY-CIRCLES-APART", gap=number_words(between - one_m - two_m, 3))
    if between < abs(one_m - two_m) - GRID_M:
        raise UserError("SURVEY-CIRCLE-INSIDE", gap=number_words(abs(one_m - two_m) - between, 3))
    along = (between**2 + (one_m - two_m) * (one_m + two_m)) / (2 * between)
    across = math.sqrt(max(0.0, (one_m - along) * (one_m + along)))
    if across < GRID_M:
        return (point_by_offset(one, two, along, 0.0),)
    return point_by_offset(one, two, along, -across), point_by_offset(one, two, along, across)


def intersect_bearings(one: Point, one_deg: float, two: Point, two_deg: float) -> Point:
    """Return where two rays meet.

    Raise SURVEY-SAME-POINT, SURVEY-PARALLEL when they are within a minute of arc of parallel, or SURVEY-BEHIND with
    the ``number`` of the ray, 1 or 2, that points away from where the lines meet.
    """
    azimuth_between(one, two)
    first, second = _direction(one_deg), _direction(two_deg)
    determinant = first[0] * second[1] - first[1] * second[0]
    if abs(determinant) < math.sin(math.radians(LEAST_ANGLE_DEG)):
        raise UserError("SURVEY-PARALLEL")
    east, north = two[0] - one[0], two[1] - one[1]
    reaches = (
        (east * second[1] - north * second[0]) / determinant,
        (east * first[1] - north * first[0]) / determinant,
    )
    for number, reach in enumerate(reaches, start=1):
        if reach < _BEHIND_M:
            raise UserError("SURVEY-BEHIND", number=number)
    return one[0] + reaches[0] * first[0], one[1] + reaches[0] * first[1]


def intersect_bearing_and_distance(one: Point, one_deg: float, two: Point, two_m: float) -> tuple[Point, ...]:
    """Return where a ray from ``one`` meets the circle around ``two``, the nearer point first.

    A ray that only touches gives one point, as does one that begins inside. Raise SURVEY-DISTANCE, or SURVEY-RAY-MISSES
    with the ``gap`` in metres by which it passes the circle, or by which the circle lies behind it.
    """
    check_distance(two_m)
    direction = _direction(one_deg)
    east, north = two[0] - one[0], two[1] - one[1]
    along = east * direction[0] + north * direction[1]
    across = east * direction[1] - north * direction[0]
    if abs(across) > two_m + GRID_M:
        raise UserError("SURVEY-RAY-MISSES", gap=number_words(abs(across) - two_m, 3))
    half = math.sqrt(max(0.0, (two_m - abs(across)) * (two_m + abs(across))))
    reaches = [along] if half < GRID_M else [along - half, along + half]
    reached = tuple(
        (one[0] + reach * direction[0], one[1] + reach * direction[1]) for reach in reaches if reach >= _BEHIND_M
    )
    if not reached:
        raise UserError("SURVEY-RAY-MISSES", gap=number_words(-max(reaches), 3))
    return reached


def _direction(azimuth_deg: float) -> Point:
    angle = math.radians(azimuth_deg)
    return math.sin(angle), math.cos(angle)
