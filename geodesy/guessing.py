"""Which coordinate system a file's bare numbers are in: candidates, held against the commune's boundary.

A boundary decides the central meridian and the order of X and Y: a wrong axis shifts data by 27 km and more. It cannot
decide the datum (225 m) nor a 3° against a 6° zone (some 300 to 700 m): those stay undecided, the likely one first,
unless records of known place decide (``geodesy.known_layers``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geodesy.datum import transform_xy
from geodesy.envelopes import inside_envelope
from geodesy.known_layers import KnownShapes, judge_by_known
from geodesy.leading_digits import completed_readings, hanoi72_readings, prefixed_readings
from geodesy.proposals import Confidence, Floats, Proposal, arrange
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, CoordinateSystem, coded_zones, tm_system

__all__ = ["SCALES", "Confidence", "Proposal", "arrange", "propose_systems", "suits"]

SCALES = (1.0, 0.001, 1000.0)  # metres, a drawing in millimetres, a table in kilometres
NEAR_M = (
    500.0  # a point this near counts as the commune's: real records cross boundaries, reference boundaries are coarse
)
FITTING_SHARE = 0.5  # a system fits when at least so many points are near
RIVAL_MARGIN = 0.15  # another axis whose share comes so close cannot be told apart
EVEN_MARGIN = 0.1  # of readings that cannot be told apart, one that has so much less inside is not preselected
_SAMPLE = 400
_SIMPLIFIED_M = 5.0
_PREFERRED_WITHIN_M = 100_000.0


def suits(xy: npt.ArrayLike, system: CoordinateSystem, swapped: bool = False, scale: float = 1.0) -> bool:
    """Whether the middle of ``xy``, so read, lies in the country's extent."""
    return _middle_inside(_finite(xy), system, swapped, scale, "country")


def propose_systems(
    xy: npt.ArrayLike,
    *,
    declared: CoordinateSystem | None,
    boundary: BaseGeometry | None,
    home: CoordinateSystem,
    legacy_axes: Sequence[float],
    asked: CoordinateSystem | None = None,
    known: KnownShapes | None = None,
    scales: Sequence[float] = SCALES,
) -> tuple[Proposal, ...]:
    """Return the readings of ``xy`` ``(n, 2)`` that could be meant, best first; the first is the one to preselect.

    ``declared`` is what the file says of itself, ``boundary`` the commune's polygon in the system ``home``,
    ``legacy_axes`` the central meridians of the commune's older data, ``asked`` one more system to judge, which the
    table of zones need not hold, ``known`` shapes of known place in the system ``home``, ``scales`` the lengths in
    metres that the numbers' unit may have, the likelier first. HN-72 is named among the rejected where the numbers may
    be in it. A declared or asked system that puts everything outside Vietnam is among them too; a rejected reading
    names in ``rivals`` what would fit. No finite number, no proposal.
    """
    points = _sample(_finite(xy))
    if not len(points):
        return ()
    systems = _candidates(declared, asked, home, legacy_axes)
    readings = [
        Proposal(system, swapped, scale, None, None, "rejected", "CRS-OUTSIDE")
        for system in systems
        for swapped, scale in _arrangements(system, scales)
        if _middle_inside(points, system, swapped, scale, "country")
    ]
    readings += prefixed_readings(points, systems)
    if boundary is None or boundary.is_empty:
        found = _judge_by_size(points, readings, declared, home, legacy_axes)
    else:
        measured = _measure(points, readings, boundary, home)
        measured += _fitting(_measure(points, completed_readings(points, systems, boundary, home), boundary, home))
        found = _judge_by_boundary(measured, declared, home, legacy_axes)
    if known is not None and len(known):
        found = list(judge_by_known(points, tuple(found), known, home))
    found += hanoi72_readings(points, found)
    for system in dict.fromkeys((declared, asked)):
        if system is not None and all(reading.system != system for reading in readings):
            fitting = tuple(reading.system for reading in found[:1] if reading.confidence != "rejected")
            found.append(Proposal(system, False, 1.0, None, None, "rejected", "CRS-NOT-VIETNAM", fitting))
    return tuple(found)


def _finite(xy: npt.ArrayLike) -> Floats:
    points: Floats = np.asarray(xy, dtype=np.float64)[:, :2]
    finite = np.isfinite(points)
    return points if finite.all() else points[finite.all(axis=1)]


def _sample(points: Floats) -> Floats:
    if len(points) <= _SAMPLE:
        return points
    chosen: Floats = points[np.linspace(0, len(points) - 1, _SAMPLE).astype(int)]
    return chosen


def _candidates(
    declared: CoordinateSystem | None,
    asked: CoordinateSystem | None,
    home: CoordinateSystem,
    legacy_axes: Sequence[float],
) -> list[CoordinateSystem]:
    """Return every candidate once, the likelier first."""
    zones = [zone for zone in coded_zones() if zone.datum == "VN2000"]
    likely = [home, *(tm_system(axis) for axis in legacy_axes), *zones, WGS84, VN2000_GEOGRAPHIC]
    return list(dict.fromkeys(system for system in (declared, *likely, asked) if system is not None))


def _arrangements(system: CoordinateSystem, scales: Sequence[float]) -> Iterator[tuple[bool, float]]:
    for scale in scales if system.kind == "tm" else (1.0,):
        yield False, scale
        yield True, scale


def _middle_inside(
    points: Floats, system: CoordinateSystem, swapped: bool, scale: float, envelope: Literal["country", "mainland"]
) -> bool:
    if not len(points):
        return False
    middle = np.median(arrange(points, swapped, scale), axis=0)[np.newaxis]
    return bool(inside_envelope(middle, system, envelope)[0])


def _fitting(measured: list[tuple[Proposal, float]]) -> list[tuple[Proposal, float]]:
    return [(reading, near) for reading, near in measured if near >= FITTING_SHARE]


def _measure(
    points: Floats, readings: list[Proposal], boundary: BaseGeometry, home: CoordinateSystem
) -> list[tuple[Proposal, float]]:
    """Return each reading with its distances, and the share of points near the boundary."""
    coarse = shapely.simplify(boundary, _SIMPLIFIED_M)
    coarse = boundary if coarse.is_empty else coarse
    shapely.prepare(boundary)
    found = []
    for reading in readings:
        east, north = transform_xy(reading.read(points), reading.system, home).T
        inside = shapely.contains_xy(boundary, east, north)
        distances = np.zeros(len(points))
        distances[~inside] = shapely.distance(shapely.points(east[~inside], north[~inside]), coarse)
        distances[np.isnan(distances)] = np.inf
        middle = float(np.median(distances))
        measured = replace(reading, inside_share=float(inside.mean()), distance_m=middle if middle < np.inf else None)
        found.append((measured, float((distances <= NEAR_M).mean())))
    return found


def _family(reading: Proposal) -> tuple[object, ...]:
    """What a boundary can tell apart: everything but the datum and the width of the zone."""
    return reading.system.kind, reading.system.axis, reading.swapped, reading.scale, reading.shift


def _judge_by_boundary(
    measured: list[tuple[Proposal, float]],
    declared: CoordinateSystem | None,
    home: CoordinateSystem,
    legacy_axes: Sequence[float],
) -> list[Proposal]:
    shares: dict[tuple[object, ...], float] = {}
    for reading, near in measured:
        shares[_family(reading)] = max(near, shares.get(_family(reading), 0.0))
    best = max(shares.values(), default=0.0)
    if best < FITTING_SHARE:
        return _judge_misfits(measured, declared, home, legacy_axes)
    fitting = {family for family, share in shares.items() if share >= max(FITTING_SHARE, best - RIVAL_MARGIN)}
    good = [reading for reading, near in measured if _family(reading) in fitting and near >= FITTING_SHARE]
    even = max(reading.inside_share or 0.0 for reading in good) - EVEN_MARGIN
    judged = [_judge_fitting(reading, good, len(fitting) > 1, declared) for reading in good]
    judged.sort(key=lambda r: (r.confidence != "decided", (r.inside_share or 0.0) < even))  # stable: the likelier first
    bad = [replace(reading, rivals=(judged[0].system,)) for reading, _ in measured if reading not in good]
    return judged + sorted(bad, key=_distance)


def _distance(reading: Proposal) -> float:
    return float("inf") if reading.distance_m is None else reading.distance_m


def _judge_fitting(
    reading: Proposal, good: list[Proposal], several: bool, declared: CoordinateSystem | None
) -> Proposal:
    rivals = tuple(dict.fromkeys(other.system for other in good if other != reading))
    if max(reading.shift) > 0:
        return replace(reading, confidence="undecided", reason_code="CRS-DIGITS", rivals=rivals)
    if several:
        return replace(reading, confidence="undecided", reason_code="CRS-FITS-SEVERAL", rivals=rivals)
    if reading.system == declared and (declared.epsg or declared.datum == "VN2000"):
        return replace(reading, confidence="decided", reason_code="CRS-FITS-DECLARED", rivals=rivals)
    if not rivals:
        code = "CRS-FITS" if reading.shift == (0.0, 0.0) else "CRS-PREFIX"
        return replace(reading, confidence="decided", reason_code=code)
    systems = tuple(dict.fromkeys((reading.system, *rivals)))
    return replace(reading, confidence="undecided", reason_code="CRS-FITS-UNPROVEN", rivals=systems)


def _judge_misfits(
    measured: list[tuple[Proposal, float]],
    declared: CoordinateSystem | None,
    home: CoordinateSystem,
    legacy_axes: Sequence[float],
) -> list[Proposal]:
    """Judge data of which most lies outside in every reading: a whole province's, or another commune's."""
    likely = {home, *(tm_system(axis) for axis in legacy_axes), WGS84, VN2000_GEOGRAPHIC}

    def rank(item: tuple[Proposal, float]) -> tuple[bool, bool, bool, float]:
        reading, near = item
        within_reach = reading.system in likely and _distance(reading) <= _PREFERRED_WITHIN_M
        return near == 0, reading.system != declared, not within_reach, _distance(reading)

    return [
        replace(reading, confidence="undecided", reason_code="CRS-FITS-PARTLY")
        if near > 0
        else replace(reading, reason_code="CRS-NOTHING-FITS")
        for reading, near in sorted(measured, key=rank)
    ]


def _judge_by_size(
    points: Floats,
    readings: list[Proposal],
    declared: CoordinateSystem | None,
    home: CoordinateSystem,
    legacy_axes: Sequence[float],
) -> list[Proposal]:
    """Judge without a boundary: what is declared, then the mainland before the sea, then the likelier axis."""
    likely = [home, *(tm_system(axis) for axis in legacy_axes)]

    def judge(reading: Proposal) -> Proposal:
        if reading.system == declared:
            code: tuple[Confidence, str] = ("decided", "CRS-DECLARED-UNCHECKED")
        elif reading.system.kind == "geographic":
            code = ("undecided", "CRS-MAGNITUDE")
        elif reading.system == home:
            code = ("undecided", "CRS-HOME-AXIS")
        else:
            code = ("undecided", "CRS-LEGACY-AXIS" if reading.system in likely else "CRS-OTHER-AXIS")
        return replace(reading, confidence=code[0], reason_code=code[1])

    def rank(reading: Proposal) -> tuple[bool, bool, int, float]:
        system = reading.system
        on_land = _middle_inside(points, system, reading.swapped, reading.scale, "mainland")
        place = likely.index(system) if system in likely else len(likely)
        return system != declared, not on_land, place, abs((system.axis or 0.0) - (home.axis or 0.0))

    return sorted((judge(reading) for reading in readings), key=rank)
