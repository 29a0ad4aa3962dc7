"""Numbers as people write them into a field that has a unit: ``600 mm``, ``D600``, ``60 cm``, ``Km12+350``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from core.errors import UserError
from core.tables import load_table
from core.text import fold_text

KILOMETRE = "km"
_MEASURE = re.compile(r"([+\-−–]?[\d\s.,]*\d[.,]?(?:e[+-]?\d+)?)\s*([^\W\d_].*|[%‰\"].*)?", re.IGNORECASE)
_CHAINAGE = re.compile(r"(?:km|k)?\s*([0-9]{1,4})\s*\+\s*([0-9]{1,3}(?:[.,][0-9]+)?)\s*m?")
_CHAINAGE_MARK = re.compile(r"(?:km|k)\s*[0-9]|[0-9]+\s*\+")
_STONE = re.compile(r"(?:km|k)\s*([0-9]+(?:[.,][0-9]+)?)")
_SQUARES = str.maketrans({"²": "2", "³": "3", ".": None, " ": None, "\u00a0": None})


@dataclass(frozen=True, slots=True)
class Measure:
    """The number of a measure as text, and what it is multiplied by to stand in the field's unit."""

    number: str
    factor: Decimal

    @property
    def is_converted(self) -> bool:
        """Whether the number was written in another unit than the field's."""
        return self.factor != 1

    def in_unit(self, number: float) -> float:
        """Return ``number``, read from the text, in the field's unit; free of the noise of binary fractions."""
        return float(Decimal(repr(number)) * self.factor) if self.is_converted else number


def parse_chainage(text: str) -> float | None:
    """Return the kilometres of ``Km12+350`` or ``Km 12``, ``None`` when the text is no chainage.

    Raise ``UserError`` VALUE-CHAINAGE when it means to be one and is not: behind the plus stand less than 1,000 m.
    """
    plain = text.casefold().strip()
    if not _CHAINAGE_MARK.match(plain):
        return None
    if found := _CHAINAGE.fullmatch(plain):
        kilometres, metres = found.groups()
        return float(Decimal(kilometres) + Decimal(metres.replace(",", ".")) / 1000)
    if found := _STONE.fullmatch(plain):
        return float(found[1].replace(",", "."))
    raise UserError("VALUE-CHAINAGE", value=text)


def split_measure(text: str, unit: str | None, prefixes: tuple[str, ...] = ()) -> Measure:
    """Return number and factor of ``text`` written for a field in ``unit``; what is no measure comes back whole.

    Raise ``UserError`` VALUE-UNIT for a known unit that is never converted into the field's.
    """
    bare = _without_prefix(text, prefixes)
    found = _MEASURE.fullmatch(bare)
    if unit is None or found is None or not found[2]:
        return Measure(bare, Decimal(1))
    number, written = found.groups()
    if fold_unit(written) == fold_unit(unit):
        return Measure(number, Decimal(1))
    readings = _readings()
    factor = readings.get((fold_unit(unit), fold_unit(written)))
    if factor is not None:
        return Measure(number, factor)
    if fold_unit(written) in _known_units():
        raise UserError("VALUE-UNIT", value=text, written=written, unit=unit)
    return Measure(bare, Decimal(1))


def _without_prefix(text: str, prefixes: tuple[str, ...]) -> str:
    for prefix in sorted(prefixes, key=len, reverse=True):
        if text.casefold().startswith(prefix.casefold()) and text[len(prefix) :].lstrip()[:1].isdigit():
            return text[len(prefix) :].lstrip()
    return text


@lru_cache(maxsize=1024)
def fold_unit(text: str) -> str:
    """Return a unit as it is compared: without marks, case, blanks, points and raised digits."""
    return fold_text(text).translate(_SQUARES)


@cache
def _readings() -> Mapping[tuple[str, str], Decimal]:
    return {
        (fold_unit(row["unit"]), fold_unit(row["written"])): Decimal(row["factor"])
        for row in load_table("unit_readings")
        if row["factor"]
    }


@cache
def _known_units() -> frozenset[str]:
    return frozenset(fold_unit(row[key]) for row in load_table("unit_readings") for key in ("unit", "written"))
