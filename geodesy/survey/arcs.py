"""Circular arcs as vertices on the grid, no farther from the true arc than a tolerance that is kept with them."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import UserError
from geodesy.grid import GRID_M
from geodesy.numbers import number_words
from geodesy.survey.positions import Point, azimuth_between, distance_between

TOLERANCE_M = 0.01
TOLERANCE_RANGE_M = (0.001, 1.0)
MOST_VERTICES = 5_000


@dataclass(frozen=True, slots=True)
class Arc:
    """An arc made of chords.

    ``xy`` are its vertices ``(n, 2)``, east and north on the 0.1 mm grid, the given points among them. No chord is
    farther from the arc than ``tolerance_m``, rounding to the grid included. ``sweep_deg`` is positive to the right.
    """

    xy: npt.NDArray[np.float64]
    centre: Point
    radius_m: float
    sweep_deg: float
    tolerance_m: float

    @property
    def length_m(self) -> float:
        """The length of the true arc."""
        return self.radius_m * math.radians(abs(self.sweep_deg))


def arc_by_points(start: Point, through: Point, end: Point, tolerance_m: float = TOLERANCE_M) -> Arc:
    """Return the arc from ``start`` through a point of it to ``end``: the circle around a triangle.

    Raise SURVEY-SAME-POINT, SURVEY-ONE-LINE when the three lie on a line, or SURVEY-ARC-TOLERANCE.
    """
    for one, two in ((start, through), (through, end), (start, end)):
        azimuth_between(one, two)
    bx, by = through[0] - start[0], through[1] - start[1]
    cx, cy = end[0] - start[0], end[1] - start[1]
    doubled = 2 * (bx * cy - by * cx)
    if abs(doubled) / 2 < GRID_M * max(math.hypot(bx, by), math.hypot(cx, cy)):
        raise UserError("SURVEY-ONE-LINE")
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    centre = (start[0] + (cy * b2 - by * c2) / doubled, start[1] + (bx * c2 - cx * b2) / doubled)
    radius = distance_between(centre, start)
    to_right = doubled < 0  # the triangle turns right
    sweeps = [_sweep(centre, one, two, to_right) for one, two in ((start, through), (through, end))]
    first, second = (
        _chords(centre, radius, one, two, sweep, tolerance_m)
        for one, two, sweep in ((start, through, sweeps[0]), (through, end, sweeps[1]))
    )
    return Arc(np.vstack([first, second[1:]]), centre, radius, sum(sweeps), tolerance_m)


def arc_by_radius(
    start: Point,
    end: Point,
    radius_m: float,
    *,
    to_right: bool,
    is_major: bool = False,
    tolerance_m: float = TOLERANCE_M,
) -> Arc:
    """Return the arc of a radius from ``start`` to ``end``, curving to the right of the way or to the left.

    Of the two such arcs the shorter one, or the longer when ``is_major``. Raise SURVEY-SAME-POINT, SURVEY-RADIUS with
    the ``least`` radius that reaches, SURVEY-DISTANCE or SURVEY-ARC-TOLERANCE.
    """
    azimuth_between(start, end)
    half = distance_between(start, end) / 2
    if not math.isfinite(radius_m) or radius_m < half - GRID_M / 2:
        raise UserError("SURVEY-RADIUS", radius=number_words(radius_m, 3), least=number_words(half, 3))
    away = math.sqrt(max(0.0, (radius_m - half) * (radius_m + half)))
    side = (1 if to_right else -1) * (-1 if is_major else 1)
    east, north = (end[0] - start[0]) / (2 * half), (end[1] - start[1]) / (2 * half)
    centre = (
        (start[0] + end[0]) / 2 + side * away * north,
        (start[1] + end[1]) / 2 - side * away * east,
    )
    sweep = _sweep(centre, start, end, to_right)
    xy = _chords(centre, max(radius_m, half), start, end, sweep, tolerance_m)
    return Arc(xy, centre, radius_m, sweep, tolerance_m)


def _sweep(centre: Point, start: Point, end: Point, to_right: bool) -> float:
    """Return the degrees from one point of a circle to another, positive to the right, negative to the left."""
    turned = (azimuth_between(centre, end) - azimuth_between(centre, start)) % 360
    return turned if to_right else turned - 360


def _chords(
    centre: Point, radius: float, start: Point, end: Point, sweep_deg: float, tolerance_m: float
) -> npt.NDArray[np.float64]:
    """Return vertices from start to end; the rise of a chord of angle a is r (1 - cos(a / 2))."""
    if not TOLERANCE_RANGE_M[0] <= tolerance_m <= TOLERANCE_RANGE_M[1]:
        tolerance, least, most = (number_words(value, 3) for value in (tolerance_m, *TOLERANCE_RANGE_M))
        raise UserError("SURVEY-ARC-TOLERANCE", tolerance=tolerance, least=least, most=most)
    share = min(1.0, (tolerance_m - GRID_M) / radius)
    widest = 2 * math.acos(1 - share)
    count = max(1, math.ceil(math.radians(abs(sweep_deg)) / widest))
    if count > MOST_VERTICES:
        raise UserError("SURVEY-ARC-LONG", count=count, most=MOST_VERTICES)
    angles = math.radians(azimuth_between(centre, start)) + math.radians(sweep_deg) * np.arange(count + 1) / count
    xy = np.column_stack([centre[0] + radius * np.sin(angles), centre[1] + radius * np.cos(angles)])
    xy[0], xy[-1] = start, end
    rounded: npt.NDArray[np.float64] = np.round(xy, 4) + 0.0
    return rounded
