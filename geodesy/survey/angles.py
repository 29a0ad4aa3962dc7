"""Angles as field books and decisions write them: ``123°27′41″``, ``123-27-41``, ``123,4614``."""

import re

from core.errors import UserError
from core.messages import Language, current_language
from geodesy.numbers import format_number

FULL_CIRCLE = 360.0

_NUMBER = r"\d+(?:[.,]\d+)?"
_PARTS = re.compile(
    rf"""([+-]?)\s*({_NUMBER})\s*(?:[°ºd\-\s]\s*(?:({_NUMBER})\s*(?:['′’\-\s]\s*(?:({_NUMBER})\s*["″”]?)?)?)?)?"""
)
_WORDS = ((re.compile(r"độ|do|deg"), "°"), (re.compile(r"phút|phut|min"), "'"), (re.compile(r"giây|giay|sec"), '"'))
_SIGNS = str.maketrans({"−": "-", "–": "-"})
_DOUBLE = re.compile(r"''|′′|’’")


def parse_angle(text: str) -> float:
    """Return an angle in decimal degrees, from degrees alone or degrees, minutes and seconds.

    Only the last part may have decimals, after a comma or a point; a minus in front counts for the whole angle. Raise
    ``UserError`` ANGLE-UNREADABLE for anything else, 60 minutes or seconds included.
    """
    plain = _DOUBLE.sub('"', text.strip().casefold().translate(_SIGNS))
    for words, sign in _WORDS:
        plain = words.sub(sign, plain)
    found = _PARTS.fullmatch(plain)
    if not found:
        raise UserError("ANGLE-UNREADABLE", text=text.strip()[:40])
    parts = [part for part in found.group(2, 3, 4) if part is not None]
    degrees, minutes, seconds = [*(float(part.replace(",", ".")) for part in parts), 0.0, 0.0][:3]
    is_split = any(not part.isdecimal() for part in parts[:-1])
    if is_split or minutes >= 60 or seconds >= 60 or degrees > FULL_CIRCLE:
        raise UserError("ANGLE-UNREADABLE", text=text.strip()[:40])
    size = degrees + minutes / 60 + seconds / 3600
    return -size if found[1] == "-" else size


def format_angle(degrees: float, language: Language | None = None, decimals: int = 1) -> str:
    """Return ``123°27'41,0"``; a tenth of a second is half a millimetre in a kilometre."""
    per_second = 10**decimals
    ticks = round(abs(degrees) * 3600 * per_second)
    seconds = format_number(ticks % (60 * per_second) / per_second, decimals, language or current_language())
    width = 3 + decimals if decimals else 2
    minutes = ticks // (60 * per_second)
    sign = "-" if degrees < 0 and ticks else ""
    return f"{sign}{minutes // 60}°{minutes % 60:02d}'{seconds.rjust(width, '0')}\""


def azimuth(degrees: float) -> float:
    """Return the same direction from 0 up to, but not with, 360 degrees."""
    turned = degrees % FULL_CIRCLE
    return 0.0 if turned == FULL_CIRCLE else turned  # a tiny negative angle is rounded up to the full circle


def turn(degrees: float) -> float:
    """Return the same turn above -180 and up to 180 degrees, to the right positive."""
    turned = azimuth(degrees)
    return turned - FULL_CIRCLE if turned > FULL_CIRCLE / 2 else turned
