"""Places as phones write them: ``lat lon altitude accuracy`` in degrees and metres, several joined by ``;``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

_POSITION = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_DEGREES = r"[+-]?\d{1,3}\.\d+"
_PLACES = re.compile(rf"\s*{_DEGREES}\s+{_DEGREES}(?:\s+{_POSITION}){{0,2}}\s*(?:;[\s\d.eE+-]*)*")
_PARTS = (("Latitude", "latitude"), ("Longitude", "longitude"), ("Altitude", "altitude"), ("Accuracy", "precision"))
_FEWEST = {"geopoint": 1, "geotrace": 2, "geoshape": 3}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a submission lies, in degrees of WGS 84, and the worst accuracy of its positions in metres."""

    shape: BaseGeometry | None = None
    accuracy_m: float | None = None


def place_of(text: str, question: str | None) -> Place:
    """Return the place of a question of type ``question``, or what its positions make up when that is unknown.

    Raise ``ValueError`` for what is no place on Earth, or too few positions.
    """
    positions = [_position(part) for part in text.split(";") if part.strip()]
    xy = [position[:2] for position in positions]
    kind = question or _likely(xy)
    if len(set(xy)) < _FEWEST[kind]:
        raise ValueError("too few positions")
    accuracy = max((position[2] for position in positions if position[2] is not None), default=None)
    if kind == "geopoint":
        return Place(shapely.Point(xy[0]), accuracy)
    return Place(shapely.LineString(xy) if kind == "geotrace" else shapely.Polygon(xy), accuracy)


def _position(text: str) -> tuple[float, float, float | None]:
    """Return east, north and accuracy; a phone that knows no accuracy writes 0."""
    numbers = [float(part) for part in text.split()]
    if not 2 <= len(numbers) <= 4 or not (abs(numbers[0]) <= 90 and abs(numbers[1]) <= 180):
        raise ValueError("no position")
    return numbers[1], numbers[0], (numbers[3] or None) if len(numbers) == 4 else None


def _likely(xy: Sequence[tuple[float, float]]) -> str:
    if len(xy) == 1:
        return "geopoint"
    return "geoshape" if len(xy) > 3 and xy[0] == xy[-1] else "geotrace"


def degrees_columns(columns: Mapping[str, Sequence[Any]], name: str) -> tuple[str, list[str | None]] | None:
    """Return a point told in columns of its own (``…-Latitude``, ``_…_latitude``), by its latitude's column."""
    found = []
    for odk, kobo in _PARTS:
        ends = re.compile(rf"(?:^|[/:-]){re.escape(name)}[/:-]{odk}$|^_{re.escape(name)}_{kobo}$")
        found.append(next((column for column in columns if ends.search(column)), None))
    if found[0] is None or found[1] is None:
        return None
    parts = [columns[column] if column else None for column in found]
    return found[0], [_joined(parts, place) for place in range(len(columns[found[0]]))]


def _joined(parts: Sequence[Sequence[Any] | None], place: int) -> str | None:
    cells = [part[place] if part is not None else None for part in parts]
    if cells[0] in (None, "") or cells[1] in (None, ""):
        return None
    return " ".join(str(cell if cell not in (None, "") else 0) for cell in cells)


def column_of_places(columns: Mapping[str, Sequence[Any]]) -> str | None:
    """Return the first column that holds places and nothing else, in a form that is not one of ours."""
    for name, cells in columns.items():
        filled = [cell for cell in cells if cell]
        if filled and all(isinstance(cell, str) and _PLACES.fullmatch(cell) for cell in filled):
            return name
    return None
