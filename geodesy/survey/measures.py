"""Lengths, areas, angles and closing errors of typed or clicked vertices, in the plane of the zone.

The area is Gauss's formula (the surveyor's formula), taken about the first vertex so that seven-digit coordinates cost
no millimetre.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodesy.grid import GRID_M
from geodesy.survey.angles import azimuth
from geodesy.survey.positions import Point, azimuth_between, distance_between

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch from vertex to vertex: its number from 1, length in metres, azimuth, and the angle at its start.

    ``angle_deg`` is turned clockwise from the stretch before to this one, as a theodolite reads it; ``None`` at the
    first. The azimuth is ``None`` where both ends are one place.
    """

    number: int
    length_m: float
    azimuth_deg: float | None
    angle_deg: float | None


@dataclass(frozen=True, slots=True)
class ClosingError:
    """How a traverse misses the point it should end in: metres north and east, and the way it went."""

    north_m: float
    east_m: float
    path_m: float

    @property
    def linear_m(self) -> float:
        """The distance missed."""
        return float(np.hypot(self.north_m, self.east_m))

    @property
    def ratio(self) -> int | None:
        """The n of 1:n, path to distance missed; ``None`` when it closes on the grid."""
        return None if self.linear_m < GRID_M else round(self.path_m / self.linear_m)


def path_length(xy: npt.ArrayLike) -> float:
    """Return the length of a path ``(n, 2)`` in metres."""
    points = np.asarray(xy, dtype=np.float64)
    return float(np.hypot(*np.diff(points, axis=0).T).sum()) if len(points) > 1 else 0.0


def perimeter(xy: npt.ArrayLike) -> float:
    """Return the length around vertices ``(n, 2)``, the way from the last to the first included."""
    points = np.asarray(xy, dtype=np.float64)
    return path_length(np.vstack([points, points[:1]])) if len(points) > 1 else 0.0


def ring_area(xy: npt.ArrayLike) -> float:
    """Return the area within vertices ``(n, 2)`` in square metres; 0 below three vertices."""
    points = np.asarray(xy, dtype=np.float64)
    if len(points) < 3:
        return 0.0
    east, north = (points - points[0]).T
    return abs(float(np.dot(east, np.roll(north, -1)) - np.dot(north, np.roll(east, -1)))) / 2


def angle_at(before: Point, vertex: Point, after: Point) -> float:
    """Return the angle at ``vertex`` clockwise from ``before`` to ``after``, 0 up to 360 degrees.

    Raise SURVEY-SAME-POINT.
    """
    return azimuth(azimuth_between(vertex, after) - azimuth_between(vertex, before))


def legs_of(xy: npt.ArrayLike) -> list[Leg]:
    """Return every stretch of a path ``(n, 2)``."""
    points: list[Point] = [(float(x), float(y)) for x, y in np.asarray(xy, dtype=np.float64).reshape(-1, 2)]
    found: list[Leg] = []
    before: float | None = None
    for number, (start, end) in enumerate(zip(points, points[1:], strict=False), start=1):
        length = distance_between(start, end)
        way = azimuth_between(start, end) if length >= GRID_M else None
        angle = azimuth(way - before - 180) if way is not None and before is not None else None
        found.append(Leg(number, length, way, angle))
        before = way
    return found


def closing_error(xy: npt.ArrayLike, target: Point | None = None) -> ClosingError:
    """Return by how much the last vertex of ``(n, 2)`` misses ``target``, or the first vertex when none is given."""
    points = np.asarray(xy, dtype=np.float64)
    goal = points[0] if target is None else np.asarray(target)
    east, north = (points[-1] - goal).tolist()
    return ClosingError(float(north), float(east), path_length(points))
