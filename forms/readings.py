"""What had to be put right before the numbers of a file were coordinates, as a record's lineage keeps it."""

import math
from collections.abc import Mapping
from typing import Any

from core.canonical import canonical_json
from core.messages import Language, render
from geodesy.numbers import format_number
from geodesy.proposals import unit_name

READING_KEYS = ("scale", "shift", "swapped")
_DECIMALS = 16  # a factor such as that of the US survey foot is told whole


def build_reading(swapped: bool, scale: float, shift: tuple[float, float]) -> dict[str, Any]:
    """Return what a reading puts right, and nothing of what it takes as it stands: empty for the plain one.

    ``swapped`` (the first number was north), ``scale`` (what the numbers were multiplied with to be metres) and
    ``shift`` (east, north, in metres, added after that).
    """
    reading: dict[str, Any] = {}
    if scale != 1.0:
        reading["scale"] = float(scale)
    if tuple(shift) != (0.0, 0.0):
        reading["shift"] = [float(part) + 0.0 for part in shift]
    if swapped:
        reading["swapped"] = True
    return reading


def plain_reading(reading: Any) -> dict[str, Any]:
    """Return a reading in its one spelling; raise ``ValueError`` or ``TypeError`` on what is none."""
    if not isinstance(reading, Mapping) or not set(reading) <= set(READING_KEYS):
        raise ValueError(f"{reading!r} is no reading")
    scale, shift, swapped = reading.get("scale", 1.0), reading.get("shift", (0.0, 0.0)), reading.get("swapped", False)
    if not isinstance(swapped, bool) or not isinstance(shift, (list, tuple)) or len(shift) != 2:
        raise TypeError(f"{reading!r} is no reading")
    if not all(map(_is_finite, (scale, *shift))) or not scale:
        raise ValueError(f"{reading!r} is no reading")
    plain = build_reading(swapped, scale, (shift[0], shift[1]))
    if canonical_json(plain) != canonical_json(reading):
        raise ValueError(f"{reading!r} is spelled otherwise than {plain!r}")
    return plain


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def reading_words(reading: Mapping[str, Any], language: Language) -> list[str]:
    """Return a sentence for each thing that was put right."""
    words = [render("READING-SWAPPED", {}, language)] if reading.get("swapped") else []
    if (scale := reading.get("scale")) is not None:
        facts = {"factor": _number(scale, _DECIMALS, language), "unit": unit_name(scale)}
        words.append(render("READING-SCALED", facts, language))
    east, north = reading.get("shift", (0.0, 0.0))
    for code, metres in (("READING-NORTHING", north), ("READING-EASTING", east)):
        if metres:
            facts = {"axis": render(code, {}, language), "metres": _number(abs(metres), 4, language)}
            words.append(render("READING-ADDED" if metres > 0 else "READING-TAKEN", facts, language))
    return words


def _number(value: float, decimals: int, language: Language) -> str:
    return format_number(value, len(f"{value:.{decimals}f}".rstrip("0").partition(".")[2]), language)
