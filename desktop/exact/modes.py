"""The ways to enter a vertex exactly, as data: what each asks for, and what it computes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import UserError
from desktop.exact.plane import EntryPlane, Floats, read_number
from geodesy.survey.angles import parse_angle
from geodesy.survey.arcs import TOLERANCE_M, arc_by_points, arc_by_radius
from geodesy.survey.intersections import intersect_bearing_and_distance, intersect_bearings, intersect_distances
from geodesy.survey.positions import (
    Point,
    point_by_azimuth,
    point_by_deflection,
    point_by_offset,
    point_by_polar,
)

FieldKind = Literal["coordinate", "point", "length", "angle", "choice", "road", "chainage"]
StakeOut = Callable[[str, str, float], Floats]
"""Returns the place ``(1, 2)`` in the zone at a road, a chainage as typed, and an offset to the right in metres."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of a mode: its key, which names its label too, its kind, and what it may be chosen from."""

    key: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    usual: str = ""

    @property
    def code(self) -> str:
        """The code of its label."""
        return f"EXACT-FIELD-{self.key.upper()}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is there to compute with: the texts of the fields, the vertices entered (of the zone), and the plane."""

    texts: Mapping[str, str]
    vertices: Sequence[Point]
    plane: EntryPlane
    stake_out: StakeOut

    def length(self, key: str) -> float:
        return read_number(self.texts[key])

    def angle(self, key: str) -> float:
        return parse_angle(self.texts[key])

    def point(self, key: str, back: int | None = None) -> Point:
        """Return the point of a field; left empty, the vertex that is ``back`` from the end (1 is the last)."""
        entered = self.plane.to_plane(self.vertices)
        usual = entered[-back] if back is not None and len(entered) >= back else None
        return self.plane.read_point(self.texts[key], entered, usual)

    def last(self, back: int = 1) -> Point:
        entered = self.plane.to_plane(self.vertices)
        if len(entered) < back:
            raise UserError("EXACT-VERTICES", count=back)
        return entered[-back]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to enter; ``compute`` returns the solutions in metres of the zone, each ``(n, 2)``."""

    key: str
    fields: tuple[Asked, ...]
    compute: Callable[[Entry], list[Floats]]

    @property
    def code(self) -> str:
        """The code of its name."""
        return f"EXACT-MODE-{self.key.upper()}"


def _points(entry: Entry, *solutions: Point) -> list[Floats]:
    return [entry.plane.to_own([solution]) for solution in solutions]


def _by_coordinates(entry: Entry) -> list[Floats]:
    north, east = entry.texts["north"].strip(), entry.texts["east"].strip()
    return _points(entry, entry.plane.read_pair(north, east) if east else entry.plane.read_position(north))


def _by_azimuth(entry: Entry) -> list[Floats]:
    return _points(entry, point_by_azimuth(entry.point("start", 1), entry.angle("azimuth"), entry.length("distance")))


def _by_deflection(entry: Entry) -> list[Floats]:
    found = point_by_deflection(entry.last(2), entry.last(), entry.angle("deflection"), entry.length("distance"))
    return _points(entry, found)


def _by_polar(entry: Entry) -> list[Floats]:
    station, sight = entry.point("station", 1), entry.point("sight", 2)
    return _points(entry, point_by_polar(station, sight, entry.angle("angle"), entry.length("distance")))


def _by_offset(entry: Entry) -> list[Floats]:
    start, end = entry.point("base_start", 2), entry.point("base_end", 1)
    return _points(entry, point_by_offset(start, end, entry.length("along"), entry.length("offset")))


def _by_distances(entry: Entry) -> list[Floats]:
    one, two = entry.point("first"), entry.point("second")
    return _points(
        entry, *intersect_distances(one, entry.length("first_distance"), two, entry.length("second_distance"))
    )


def _by_bearings(entry: Entry) -> list[Floats]:
    one, two = entry.point("first"), entry.point("second")
    return _points(entry, intersect_bearings(one, entry.angle("first_azimuth"), two, entry.angle("second_azimuth")))


def _by_bearing_and_distance(entry: Entry) -> list[Floats]:
    one, two = entry.point("first"), entry.point("second")
    return _points(
        entry,
        *intersect_bearing_and_distance(one, entry.angle("first_azimuth"), two, entry.length("second_distance")),
    )


def _by_arc_points(entry: Entry) -> list[Floats]:
    arc = arc_by_points(entry.last(), entry.point("through"), entry.point("end"), entry.length("tolerance"))
    return _arc(entry, arc.xy)


def _by_arc_radius(entry: Entry) -> list[Floats]:
    side = entry.texts["side"]
    arc = arc_by_radius(
        entry.last(),
        entry.point("end"),
        entry.length("radius"),
        to_right=side.startswith("right"),
        is_major=side.endswith("major"),
        tolerance_m=entry.length("tolerance"),
    )
    return _arc(entry, arc.xy)


def _arc(entry: Entry, xy: Floats) -> list[Floats]:
    """Return an arc's vertices without the first, which is the last vertex entered."""
    return [entry.plane.to_own(xy[1:])]


def _by_stake_out(entry: Entry) -> list[Floats]:
    offset = entry.length("road_offset") if entry.texts["road_offset"].strip() else 0.0
    return [np.round(entry.stake_out(entry.texts["road"], entry.texts["chainage"], offset), 4) + 0.0]


_TOLERANCE = Asked("tolerance", "length", usual=f"{TOLERANCE_M:g}")
_FIRST, _SECOND = Asked("first", "point"), Asked("second", "point")

MODES: tuple[Mode, ...] = (
    Mode("coordinates", (Asked("north", "coordinate"), Asked("east", "coordinate")), _by_coordinates),
    Mode("azimuth", (Asked("start", "point"), Asked("azimuth", "angle"), Asked("distance", "length")), _by_azimuth),
    Mode("deflection", (Asked("deflection", "angle"), Asked("distance", "length")), _by_deflection),
    Mode(
        "polar",
        (Asked("station", "point"), Asked("sight", "point"), Asked("angle", "angle"), Asked("distance", "length")),
        _by_polar,
    ),
    Mode(
        "offset",
        (Asked("base_start", "point"), Asked("base_end", "point"), Asked("along", "length"), Asked("offset", "length")),
        _by_offset,
    ),
    Mode("arc_points", (Asked("through", "point"), Asked("end", "point"), _TOLERANCE), _by_arc_points),
    Mode(
        "arc_radius",
        (
            Asked("end", "point"),
            Asked("radius", "length"),
            Asked("side", "choice", ("right", "left", "right-major", "left-major")),
            _TOLERANCE,
        ),
        _by_arc_radius,
    ),
    Mode(
        "distances",
        (_FIRST, Asked("first_distance", "length"), _SECOND, Asked("second_distance", "length")),
        _by_distances,
    ),
    Mode(
        "bearings", (_FIRST, Asked("first_azimuth", "angle"), _SECOND, Asked("second_azimuth", "angle")), _by_bearings
    ),
    Mode(
        "bearing_distance",
        (_FIRST, Asked("first_azimuth", "angle"), _SECOND, Asked("second_distance", "length")),
        _by_bearing_and_distance,
    ),
    Mode(
        "stake_out",
        (Asked("road", "road"), Asked("chainage", "chainage"), Asked("road_offset", "length")),
        _by_stake_out,
    ),
)
