"""Control points of a scanned sheet as they are kept: beside the base map, and as lines in the drawing's record."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import UserError
from geodesy.fitting import ControlPoint, Fit, Georeference, fit_points
from geodesy.numbers import parse_number

MOST_BYTES = 1_000_000
_PARTS = re.compile(r"[;\t]|\s{1,}")


def keep_control(found: Georeference) -> dict[str, Any]:
    """Return a georeference as plain JSON-able data: its points and its kind, from which it is worked out anew."""
    points = [[point.column, point.row, point.east, point.north] for point in found.points]
    return {"fit": found.fit.value, "points": points}


def parse_control(data: Mapping[str, Any]) -> Georeference:
    """Return the georeference that ``keep_control`` kept; raise what ``fit_points`` raises."""
    return fit_points([ControlPoint(*map(float, row)) for row in data["points"]], Fit(data["fit"]))


def write_points(points: Sequence[ControlPoint]) -> str:
    """Return control points as lines: column, row, X (north), Y (east), parted by semicolons."""
    return "\n".join(f"{point.column:.2f}; {point.row:.2f}; {point.north:.4f}; {point.east:.4f}" for point in points)


def load_points(path: Path) -> list[ControlPoint]:
    """Return the control points of a text file; raise FILE-MISSING, CONTROL-LINE."""
    try:
        text = path.read_bytes()[:MOST_BYTES].decode("utf-8-sig", "replace")
    except OSError as error:
        raise UserError("FILE-MISSING", file=str(path)) from error
    return read_points(text, path.name)


def read_points(text: str, file: str = "") -> list[ControlPoint]:
    """Return the control points of lines as ``write_points`` writes them, blanks or tabs between the numbers as well.

    Lines without a digit, such as headings, are passed over. Raise ``UserError`` CONTROL-LINE with the number of a line
    that does not hold four numbers.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not any(letter.isdigit() for letter in line) or line.lstrip().startswith("#"):
            continue
        parts = [part for part in _PARTS.split(line.strip()) if part]
        try:
            column, row, north, east = (parse_number(part, prefer=".") for part in parts)
        except ValueError as error:
            raise UserError("CONTROL-LINE", file=file, line=number, text=line.strip()[:80]) from error
        found.append(ControlPoint(column, row, east, north))
    return found
