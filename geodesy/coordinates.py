"""Coordinates as people read and type them: X is north and comes first, Y is east; both are always labelled."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from core.errors import UserError
from core.messages import Language, current_language, render
from geodesy.numbers import AmbiguousNumber, Mark, decide_decimal, format_number, parse_number
from geodesy.systems import CoordinateSystem

Order = Literal["labelled", "proven", "customary"]

_LABEL = re.compile(
    r"(?<![^\W\d_])(?:(?P<north>x|n|b|bắc|bac|north|northing|lat|latitude|vĩ độ|vi do)"
    r"|(?P<east>y|e|đ|đông|dong|east|easting|lon|lng|long|longitude|kinh độ|kinh do))(?![^\W\d_])",
    re.IGNORECASE,
)
_ANGLE = re.compile(
    r"""(?<![\d.,])([+-]?\d{1,3}(?:[.,]\d+)?)\s*[°º]\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’]\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*["″”])?"""
)
_NUMERIC = re.compile(r"[-+−]?[\d.,\u0020\u00a0\u202f]*\d[\d.,]*")
_GROUPED = re.compile(r"[-+−]?\d{1,3}(?:[\u0020\u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|[-+−]?\d[\d.,]*")
_NORTH_LEAST_M = 850_000.0  # the magnitudes that prove an order, see the mainland's extent in a TM zone
_EAST_MOST_M = 800_000.0


@dataclass(frozen=True, slots=True)
class TypedPosition:
    """A position somebody typed, in the order east, north: degrees when ``geographic``, else metres.

    ``order`` says why the two numbers were read that way: ``labelled`` by their own labels, ``proven`` by magnitudes
    that allow only one order, ``customary`` as north first. ``swapped`` tells that they stood east first: show it,
    never swap silently.
    """

    east: float
    north: float
    geographic: bool
    order: Order
    swapped: bool


def format_position(east: float, north: float, system: CoordinateSystem, language: Language | None = None) -> str:
    """Return one labelled line: ``X (Bắc) 2 487 289,588  Y (Đông) 437 050,252``, or latitude and longitude."""
    north_text, east_text = format_pair(east, north, system, language)
    code = "COORD-LONLAT" if system.kind == "geographic" else "COORD-PLANE"
    return render(code, {"north": north_text, "east": east_text}, language)


def format_pair(
    east: float, north: float, system: CoordinateSystem, language: Language | None = None
) -> tuple[str, str]:
    """Return north and east as text: millimetres in a zone, degrees, minutes and seconds when geographic."""
    if system.kind == "geographic":
        return format_dms(north, "lat", language), format_dms(east, "lon", language)
    chosen = language or current_language()
    return format_number(north, 3, chosen), format_number(east, 3, chosen)


def format_dms(degrees: float, part: Literal["lat", "lon"], language: Language | None = None) -> str:
    """Return an angle as ``21°01'43,3200"B``; four decimals of a second are 3 mm."""
    chosen = language or current_language()
    letter = {"vi": {"lat": "B", "lon": "Đ"}, "en": {"lat": "N", "lon": "E"}}[chosen][part]
    ticks = round(abs(degrees) * 36_000_000)
    seconds = format_number(ticks % 600_000 / 10_000, 4, chosen).rjust(7, "0")
    sign = "-" if degrees < 0 and ticks else ""
    return f"{sign}{ticks // 36_000_000}°{ticks // 600_000 % 60:02d}'{seconds}\"{letter}"


def parse_position(text: str, decimal: Mark | None = None) -> TypedPosition:
    """Return the position typed in ``text``: two numbers or two angles, with or without labels.

    Without labels north stands first, unless the magnitudes prove the other order. Raises COORD-UNREADABLE, or
    COORD-AMBIGUOUS when the decimal mark cannot be told and ``decimal`` was not given.
    """
    plain = re.sub(r"\([^)]*\)", " ", unicodedata.normalize("NFC", text))
    angles = _parse_angles(plain)
    first, second = angles or _parse_pair(plain, decimal)
    geographic = angles is not None or (abs(first) <= 180 and abs(second) <= 180)
    labels = [label for label, _ in groupby(found.lastgroup for found in _LABEL.finditer(plain))]
    order, swapped = _order(labels, first, second, geographic, text)
    north, east = (second, first) if swapped else (first, second)
    return TypedPosition(east, north, geographic, order, swapped)


def _order(labels: list[str | None], first: float, second: float, geographic: bool, text: str) -> tuple[Order, bool]:
    if labels:
        if sorted(filter(None, labels)) != ["east", "north"]:
            raise _unreadable(text)
        return "labelled", labels[0] == "east"
    if _proves_order(first, second, geographic):
        return "proven", False
    if _proves_order(second, first, geographic):
        return "proven", True
    return "customary", False


def _proves_order(north: float, east: float, geographic: bool) -> bool:
    if geographic:
        return abs(north) <= 90 < abs(east)
    return north >= _NORTH_LEAST_M and east <= _EAST_MOST_M


def _parse_angles(text: str) -> tuple[float, float] | None:
    """Return two angles in degrees, minutes and seconds, or ``None`` when the text holds something else."""
    found = list(_ANGLE.finditer(text))
    if len(found) != 2:
        return None
    first, second = (_degrees(match, text) for match in found)
    return first, second


def _degrees(match: re.Match[str], text: str) -> float:
    minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.group(2, 3))
    if minutes >= 60 or seconds >= 60:
        raise _unreadable(text)
    size = abs(float(match[1].replace(",", "."))) + minutes / 60 + seconds / 3600
    return -size if match[1].startswith("-") else size


def _parse_pair(text: str, decimal: Mark | None) -> tuple[float, float]:
    parts = _split(_LABEL.sub(";", re.sub(r"[:=°º]|(?<=\d)\s*m\b", " ", text)))
    if len(parts) != 2:
        raise _unreadable(text)
    mark = decimal or decide_decimal(parts)
    try:
        return parse_number(parts[0], mark), parse_number(parts[1], mark)
    except AmbiguousNumber:
        raise UserError("COORD-AMBIGUOUS", text=text.strip()[:80]) from None
    except ValueError:
        raise _unreadable(text) from None


def _split(text: str) -> list[str]:
    """Return the texts of the two numbers, parted by what can be no part of a number first."""
    for separator in (r"[;\t\n|]", r",\s", r"[ ]"):
        pieces = [piece.strip(" ,") for piece in re.split(separator, text)]
        pieces = [piece for piece in pieces if piece]
        if len(pieces) == 2 and all(_NUMERIC.fullmatch(piece) for piece in pieces):
            return pieces
    grouped = _GROUPED.findall(text)
    return grouped if len(grouped) == 2 else text.strip(" ;").split(",")


def _unreadable(text: str) -> UserError:
    return UserError("COORD-UNREADABLE", text=text.strip()[:80])
