"""Points from distances and angles, and back: plane metres, azimuths from grid north clockwise, in degrees.

Formulas are those of plane surveying (first and second geodetic problem in the plane; see any textbook, such as
Ghilani, Elementary Surveying, ch. 10). A point is east and north, in this order; what is right of the way is positive.
"""

import math

from core.errors import UserError
from geodesy.grid import GRID_M
from geodesy.numbers import number_words
from geodesy.survey.angles import azimuth, turn

Point = tuple[float, float]

LONGEST_M = 1_000_000.0  # no leg of a survey is longer, and a slip of the pen soon is


def distance_between(start: Point, end: Point) -> float:
    """Return the plane distance in metres."""
    return math.hypot(end[0] - start[0], end[1] - start[1])


def azimuth_between(start: Point, end: Point) -> float:
    """Return the azimuth from one point to another; raise SURVEY-SAME-POINT when they are one place of the grid."""
    if distance_between(start, end) < GRID_M:
        raise UserError("SURVEY-SAME-POINT")
    return azimuth(math.degrees(math.atan2(end[0] - start[0], end[1] - start[1])))


def point_by_azimuth(start: Point, azimuth_deg: float, distance_m: float) -> Point:
    """Return the point in a direction and a distance; raise SURVEY-DISTANCE for none, a negative or an absurd one."""
    check_distance(distance_m)
    return _move(start, azimuth_deg, distance_m)


def point_by_deflection(before: Point, station: Point, deflection_deg: float, distance_m: float) -> Point:
    """Return the point reached by going on from ``before`` through ``station``, turned by the deflection angle.

    Raise SURVEY-SAME-POINT or SURVEY-DISTANCE.
    """
    return point_by_azimuth(station, azimuth_between(before, station) + deflection_deg, distance_m)


def deflection_at(before: Point, station: Point, point: Point) -> tuple[float, float]:
    """Return deflection angle and distance that lead from ``station`` to ``point``: the inverse of the above."""
    turned = azimuth_between(station, point) - azimuth_between(before, station)
    return turn(turned), distance_between(station, point)


def point_by_polar(station: Point, sight: Point, angle_deg: float, distance_m: float) -> Point:
    """Return the point at a horizontal angle, clockwise from the orientation ``sight``, and a distance.

    Raise SURVEY-SAME-POINT or SURVEY-DISTANCE.
    """
    return point_by_azimuth(station, azimuth_between(station, sight) + angle_deg, distance_m)


def polar_of(station: Point, sight: Point, point: Point) -> tuple[float, float]:
    """Return horizontal angle from ``sight`` and distance of ``point``: the inverse of ``point_by_polar``."""
    turned = azimuth_between(station, point) - azimuth_between(station, sight)
    return azimuth(turned), distance_between(station, point)


def point_by_offset(base_start: Point, base_end: Point, along_m: float, offset_m: float) -> Point:
    """Return the point ``along_m`` from the start of a base line and ``offset_m`` at a right angle, right positive.

    Both may be negative or 0. Raise SURVEY-SAME-POINT or SURVEY-DISTANCE.
    """
    for length in (along_m, offset_m):
        if not abs(length) <= LONGEST_M:
            raise UserError("SURVEY-DISTANCE", distance=number_words(length, 3))
    direction = azimuth_between(base_start, base_end)
    return _move(_move(base_start, direction, along_m), direction + 90, offset_m)


def offset_of(base_start: Point, base_end: Point, point: Point) -> tuple[float, float]:
    """Return how far along a base line and how far right of it a point lies: the inverse of ``point_by_offset``."""
    length = distance_between(base_start, base_end)
    if length < GRID_M:
        raise UserError("SURVEY-SAME-POINT")
    east, north = (base_end[0] - base_start[0]) / length, (base_end[1] - base_start[1]) / length
    x, y = point[0] - base_start[0], point[1] - base_start[1]
    return x * east + y * north, x * north - y * east


def check_distance(distance_m: float) -> None:
    """Raise SURVEY-DISTANCE unless a distance leads to another place of the grid within reach."""
    if not GRID_M <= distance_m <= LONGEST_M:
        raise UserError("SURVEY-DISTANCE", distance=number_words(distance_m, 3))


def _move(start: Point, azimuth_deg: float, distance_m: float) -> Point:
    angle = math.radians(azimuth_deg)
    return start[0] + distance_m * math.sin(angle), start[1] + distance_m * math.cos(angle)
