"""The plane that typed distances and azimuths are meant in: the axis of the status bar, or the zone under degrees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import UserError
from core.messages import current_language
from geodesy.coordinates import parse_position
from geodesy.datum import transform_xy
from geodesy.envelopes import inside_envelope
from geodesy.numbers import decimal_mark, parse_number
from geodesy.survey.positions import Point
from geodesy.systems import WGS84, CoordinateSystem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EntryPlane:
    """How what is typed becomes metres of the workspace's zone: ``own`` is the zone, ``display`` what is shown."""

    own: CoordinateSystem
    display: CoordinateSystem

    @property
    def plane(self) -> CoordinateSystem:
        """The system of distances and azimuths: the one shown where it is a plane, else the zone."""
        return self.display if self.display.kind == "tm" else self.own

    def to_plane(self, xy: Sequence[Point]) -> list[Point]:
        """Return points of the zone in the plane."""
        return _points(_move(np.array(xy, dtype=np.float64).reshape(-1, 2), self.own, self.plane))

    def to_own(self, xy: npt.ArrayLike) -> Floats:
        """Return points ``(n, 2)`` of the plane in the zone, on its grid; those of the zone itself stay as they are."""
        moved = _move(np.array(xy, dtype=np.float64).reshape(-1, 2), self.plane, self.own)
        rounded: Floats = np.round(moved, 4) + 0.0
        return rounded

    def read_point(self, text: str, entered: Sequence[Point], usual: Point | None) -> Point:
        """Return a point of the plane: ``#3`` the third vertex, nothing the usual one, else typed coordinates.

        Raise ``UserError`` EXACT-VERTEX, EXACT-POINT-MISSING, or what ``read_position`` raises.
        """
        plain = text.strip()
        if not plain:
            if usual is None:
                raise UserError("EXACT-POINT-MISSING")
            return usual
        if plain.lstrip("#").isdecimal() and len(plain) < 6:
            number = int(plain.lstrip("#"))
            if not 1 <= number <= len(entered):
                raise UserError("EXACT-VERTEX", number=number, count=len(entered))
            return entered[number - 1]
        return self.read_position(plain)

    def read_pair(self, north: str, east: str) -> Point:
        """Return the point of two texts of which each is known; raise COORD-…, LOCATE-OUTSIDE or EXACT-SWAPPED."""
        labels = ("lat", "lon") if self.display.kind == "geographic" else ("X", "Y")
        return self.read_position(f"{labels[0]} {north} ; {labels[1]} {east}")

    def read_position(self, text: str) -> Point:
        """Return the point of the plane that two numbers or angles mean.

        Raise ``UserError`` COORD-…, LOCATE-OUTSIDE, or EXACT-SWAPPED when they lie in the country the other way round.
        """
        typed = parse_position(text)
        source = WGS84 if typed.geographic and self.display.kind != "geographic" else self.display
        place = np.array([[typed.east, typed.north]])
        if not inside_envelope(place, source)[0]:
            if inside_envelope(place[:, ::-1], source)[0]:
                raise UserError("EXACT-SWAPPED")
            labels: dict[str, str] = {language: source.label(language) for language in ("vi", "en")}
            raise UserError("LOCATE-OUTSIDE", text=text[:80], system=labels)
        return _points(_move(place, source, self.plane))[0]


def read_number(text: str) -> float:
    """Return a length typed in metres, decimal comma and thousands in points accepted; raise EXACT-NUMBER."""
    plain = text.strip().removesuffix("m").strip()
    try:
        return parse_number(plain, prefer=decimal_mark(current_language()))
    except ValueError as error:
        raise UserError("EXACT-NUMBER", text=text.strip()[:40]) from error


def _move(xy: Floats, source: CoordinateSystem, target: CoordinateSystem) -> Floats:
    return xy if source == target else transform_xy(xy, source, target)


def _points(xy: Floats) -> list[Point]:
    return [(float(east), float(north)) for east, north in xy]
