"""Control points of a scanned sheet as lines of text: column, row, X (north), Y (east), parted by semicolons."""

import re
from collections.abc import Sequence

from core.errors import UserError
from geodesy.fitting import ControlPoint
from geodesy.numbers import parse_number

_PARTS = re.compile(r"[;\t]|\s{1,}")


def write_points(points: Sequence[ControlPoint]) -> str:
    """Return control points as lines: column, row, X (north), Y (east), parted by semicolons."""
    return "\n".join(f"{point.column:.2f}; {point.row:.2f}; {point.north:.4f}; {point.east:.4f}" for point in points)


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
