"""Coordinates with a zone's number before the easting, or with their leading digits left off."""

from collections.abc import Iterator
from functools import cache

import numpy as np
from shapely.geometry.base import BaseGeometry

from core.tables import load_table
from geodesy.datum import transform_xy
from geodesy.proposals import Floats, Proposal, arrange
from geodesy.systems import CoordinateSystem, tm_system

Shift = tuple[float, float]

_ZONE_M = 1_000_000.0  # a zone's number stands in front of six digits
_EASTINGS_M = (100_000.0, 900_000.0)
_DROPPED_M = 100_000.0  # of an easting one digit is left off, of a northing one or two
_LEAST_SPREAD_M = 10.0  # degrees are no metres with their leading digits gone


@cache
def _prefixes() -> dict[int, CoordinateSystem]:
    return {
        int(row["prefix"]): (
            hanoi72_zone(float(row["axis"]))
            if row["datum"] == "HN72"
            else tm_system(float(row["axis"]), 3 if row["width"] == "3" else 6)
        )
        for row in load_table("zone_prefixes")
    }


def hanoi72_zone(axis: float) -> CoordinateSystem:
    """Return a Gauss-Krüger zone of HN-72, which can be named and not be read."""
    return CoordinateSystem("tm", "HN72", axis, 6)


def read_prefix(points: Floats) -> tuple[CoordinateSystem, Shift] | None:
    """Return the zone whose number stands before the eastings of ``points`` ``(n, 2)``, and the shift without it."""
    east = points[:, 0]
    number = int(np.median(east) // _ZONE_M) if np.median(east) < 1e9 else 0
    rest = east - number * _ZONE_M
    zone = _prefixes().get(number)
    if zone is None or not ((rest > _EASTINGS_M[0]) & (rest < _EASTINGS_M[1])).mean() > 0.5:
        return None
    return zone, (-number * _ZONE_M, 0.0)


def shifts_to(points: Floats, target: tuple[float, float]) -> Iterator[Shift]:
    """Yield what must be added to ``points`` ``(n, 2)`` whose leading digits are gone, to bring them near ``target``.

    Only whole digits in front of what is there are added; nothing for numbers that are whole already, that are
    negative, or that lie closer together than metres would.
    """
    if not len(points) or points.min() < 0 or np.ptp(points, axis=0).max() < _LEAST_SPREAD_M:
        return
    (most_east, most_north), (middle_east, middle_north) = points.max(axis=0), np.median(points, axis=0)
    steps = (
        _DROPPED_M if most_east < _DROPPED_M else None,
        _DROPPED_M if most_north < _DROPPED_M else _ZONE_M if most_north < 0.8 * _ZONE_M else None,
    )
    if steps == (None, None):
        return
    east, north = (
        0.0 if step is None else round((wanted - middle) / step) * step
        for step, wanted, middle in zip(steps, target, (middle_east, middle_north), strict=True)
    )
    if (east, north) != (0.0, 0.0) and east >= 0 and north >= 0:
        yield east, north


def prefixed_readings(points: Floats, systems: list[CoordinateSystem]) -> list[Proposal]:
    """Return the readings without a zone's number before the easting."""
    found = []
    for swapped in (False, True):
        told = read_prefix(arrange(points, swapped))
        if told is not None and told[0] in systems:
            found.append(Proposal(told[0], swapped, 1.0, None, None, "rejected", "CRS-OUTSIDE", shift=told[1]))
    return found


def completed_readings(
    points: Floats, systems: list[CoordinateSystem], boundary: BaseGeometry, home: CoordinateSystem
) -> list[Proposal]:
    """Return the readings with leading digits put back, where the boundary says which."""
    middle = np.asarray(boundary.centroid.coords)
    found = []
    for system in systems:
        if system.kind != "tm":
            continue
        east, north = transform_xy(middle, home, system)[0].tolist()
        for swapped in (False, True):
            found += [
                Proposal(system, swapped, 1.0, None, None, "rejected", "CRS-OUTSIDE", shift=shift)
                for shift in shifts_to(arrange(points, swapped), (east, north))
            ]
    return found


def hanoi72_readings(points: Floats, found: list[Proposal]) -> list[Proposal]:
    """Return HN-72 as a reading that is named and refused: for its own zone numbers, and beside 6° zones that fit."""
    for swapped in (False, True):
        told = read_prefix(arrange(points, swapped))
        if told is not None and not told[0].is_supported:
            return [Proposal(told[0], swapped, 1.0, None, None, "rejected", "CRS-HANOI72", shift=told[1])]
    near = [
        reading
        for reading in found
        if (reading.confidence, reading.system.width, reading.system.datum) == ("undecided", 6, "VN2000")
        and reading.inside_share is not None
    ]
    return [
        Proposal(
            hanoi72_zone(reading.system.axis or 0.0),
            reading.swapped,
            reading.scale,
            None,
            None,
            "rejected",
            "CRS-HANOI72-POSSIBLE",
        )
        for reading in near[:1]
    ]
