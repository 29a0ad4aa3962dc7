"""The coordinate systems this program knows: VN-2000 and WGS 84, geographic or in a transverse Mercator zone."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.errors import UserError
from core.messages import Language, render
from core.tables import load_table

Datum = Literal["VN2000", "WGS84", "HN72"]
"""HN-72 is named where a file seems to be in it; nothing is ever computed from it."""
FALSE_EASTING_M = 500_000.0
AXIS_RANGE = (99.0, 120.0)  # a central meridian outside of it serves no place of Vietnam

_ZONE = re.compile(r"(?:(VN-?2000|WGS-?84|AXIS|KTT)\s*[:= ]\s*)?(.+?)(?:/([36]))?", re.IGNORECASE)
_AXIS = re.compile(r"""(\d{2,3})(?:[.,](\d+))?°?(?:\s*(\d{1,2})['′]?(?:\s*00["″])?)?""")
_GEOGRAPHIC_NAMES = {"WGS84": "WGS84", "CRS84": "WGS84", "OGCCRS84": "WGS84", "VN2000": "VN2000"}
_GEOGRAPHIC_CODES: dict[int, Datum] = {4326: "WGS84", 4979: "WGS84", 4756: "VN2000"}


@dataclass(frozen=True, slots=True)
class CoordinateSystem:
    """A datum with either degrees (east, north) or metres (east, north) of one zone.

    ``axis`` is the central meridian in degrees and ``width`` the zone's width in degrees, both ``None`` when
    geographic. ``epsg`` is ``None`` for an axis that has no code. Equal systems are equal objects.
    """

    kind: Literal["tm", "geographic"]
    datum: Datum
    axis: float | None = None
    width: Literal[3, 6] | None = None
    epsg: int | None = None

    @property
    def id(self) -> str:
        """The stable text of this system: ``EPSG:9209`` when it has a code, else ``VN2000:105.25/3``."""
        return f"EPSG:{self.epsg}" if self.epsg else f"{self.datum}:{self.axis:g}/{self.width}"

    @property
    def scale_factor(self) -> float:
        """The scale at the central meridian: 0.9999 in 3° zones, 0.9996 in 6° zones, 1 when geographic."""
        return 1.0 if self.datum == "HN72" else {None: 1.0, 3: 0.9999, 6: 0.9996}[self.width]

    @property
    def is_supported(self) -> bool:
        """Whether coordinates of this system can be brought into another."""
        return self.datum != "HN72"

    def label(self, language: Language | None = None) -> str:
        """Return a short name for people, such as ``VN-2000 105°30' múi 3°``."""
        datum = {"VN2000": "VN-2000", "WGS84": "WGS 84", "HN72": "HN-72"}[self.datum]
        if self.axis is None:
            return render("CRS-LABEL-GEOGRAPHIC", {"datum": datum}, language)
        context = {"datum": datum, "axis": format_axis(self.axis), "width": self.width}
        return render("CRS-LABEL-ZONE", context, language)


WGS84 = CoordinateSystem("geographic", "WGS84", epsg=4326)
VN2000_GEOGRAPHIC = CoordinateSystem("geographic", "VN2000", epsg=4756)


@cache
def coded_zones() -> tuple[CoordinateSystem, ...]:
    """Return every zone that has an EPSG code, 3° before 6°, from west to east."""
    return tuple(
        CoordinateSystem(
            "tm",
            "VN2000" if row["datum"] == "VN2000" else "WGS84",
            float(row["axis"]),
            3 if row["width"] == "3" else 6,
            int(row["epsg"]),
        )
        for row in load_table("vn2000_zones")
    )


@cache
def tm_system(axis: float, width: Literal[3, 6] = 3, datum: Datum = "VN2000") -> CoordinateSystem:
    """Return the zone of a central meridian; raise CRS-UNKNOWN when no place of Vietnam could use it."""
    if not AXIS_RANGE[0] <= axis <= AXIS_RANGE[1]:
        raise UserError("CRS-UNKNOWN", system=f"{axis:g}")
    for zone in coded_zones():
        if (zone.datum, zone.axis, zone.width) == (datum, axis, width):
            return zone
    return CoordinateSystem("tm", datum, axis, width)


def epsg_system(code: int) -> CoordinateSystem:
    """Return the system of an EPSG code; raise CRS-DEPRECATED, CRS-UNSUPPORTED or CRS-UNKNOWN."""
    if code in _GEOGRAPHIC_CODES:
        return WGS84 if _GEOGRAPHIC_CODES[code] == "WGS84" else VN2000_GEOGRAPHIC
    for zone in coded_zones():
        if zone.epsg == code:
            return zone
    refuse_code(code)
    raise UserError("CRS-UNKNOWN", system=f"EPSG:{code}")


def refuse_code(code: int) -> None:
    """Raise CRS-DEPRECATED or CRS-UNSUPPORTED when the table of refused systems holds ``code``."""
    for row in load_table("refused_systems"):
        if int(row["epsg"]) == code:
            system = f"EPSG:{code} ({row['name']})"
            if row["reason"] == "deprecated":
                raise UserError("CRS-DEPRECATED", system=system, instead=f"EPSG:{row['instead']}")
            raise UserError("CRS-UNSUPPORTED", system=system)


def parse_system(text: str) -> CoordinateSystem:
    """Return the system that ``text`` names.

    Takes ``4326``, ``EPSG:9209``, ``axis:105.5``, ``105°30'``, ``VN2000:105.25/3``, ``WGS84``, ``VN2000`` and the WKT
    of a ``.prj``. Raises CRS-UNKNOWN, CRS-DEPRECATED (6956 to 6959) or CRS-UNSUPPORTED (HN-72 and other datums).
    """
    plain = text.strip()
    if "[" in plain:
        found = system_from_wkt(plain)
        if found is None:
            raise UserError("CRS-UNKNOWN", system=plain[:60])
        return found
    if code := re.fullmatch(r"(?:EPSG\s*:{1,2}\s*)?(\d{4,6})", plain, re.IGNORECASE):
        return epsg_system(int(code[1]))
    if name := _GEOGRAPHIC_NAMES.get(re.sub(r"[\s:_-]", "", plain).upper()):
        return WGS84 if name == "WGS84" else VN2000_GEOGRAPHIC
    if zone := _ZONE.fullmatch(plain):
        axis = parse_axis(zone[2])
        if axis is not None:
            datum: Datum = "WGS84" if (zone[1] or "").upper().startswith("WGS") else "VN2000"
            return tm_system(axis, 6 if zone[3] == "6" else 3, datum)
    raise UserError("CRS-UNKNOWN", system=plain[:60])


def system_from_wkt(wkt: str) -> CoordinateSystem | None:
    """Return the system of a well-known text, or ``None`` when the text says nothing (empty, local, unreadable).

    Raises CRS-DEPRECATED and CRS-UNSUPPORTED: a file that says something impossible must not pass as one that says
    nothing.
    """
    from geodesy.wkt import read_wkt  # loads PROJ, which nothing else here needs

    return read_wkt(wkt)


def parse_axis(text: str) -> float | None:
    """Return the central meridian of ``105.5``, ``105,5``, ``105°30'`` or ``105-30`` in degrees, else ``None``."""
    found = _AXIS.fullmatch(text.strip().replace("-", "°").replace("º", "°"))
    if not found or (found[2] and found[3]):
        return None
    minutes = int(found[3] or 0)
    return float(f"{found[1]}.{found[2] or 0}") + minutes / 60 if minutes < 60 else None


def format_axis(axis: float) -> str:
    """Return a central meridian as ``105°30'``."""
    degrees, minutes = divmod(round(axis * 60, 4), 60)
    return f"{int(degrees)}°{minutes:02.0f}'" if minutes == int(minutes) else f"{axis:g}°"
