"""Text tables: bytes to lines, lines to cells, and which column is what."""

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Literal

from core.errors import UserError
from core.text import fold_text
from exchange.legacy_text import decided_encoding, decode_text, detect_encoding
from geodesy.numbers import AmbiguousNumber, Mark, decide_decimal, parse_number

Role = Literal["point", "north", "east", "lat", "lon", "height", "code", "edge"]

NORTHING_M = (700_000.0, 2_700_000.0)
EASTING_M = (150_000.0, 850_000.0)
LATITUDE = (4.0, 24.0)
LONGITUDE = (101.0, 119.0)
HEIGHT_M = (-200.0, 4_000.0)
WIDEST = 500  # cells; a line with more is no line of a table

_DELIMITERS = ("\t", ";", "|", ",", "  ", " ")
_SAMPLE_ROWS = 300
_SHARE = 0.6  # of a column's cells that must be numbers of the right size before it counts as a coordinate
_LINE_END = re.compile(r"\r\n|\n|\r")  # nothing else: bytes of legacy text look like Unicode's other line ends
# Cells that hold blanks themselves.
_BLANKS_INSIDE = re.compile(r'"|\b(?:POINT|LINESTRING|POLYGON)\s*Z?\s*\(', re.IGNORECASE)
_UNITS = re.compile(r"\(.*?\)|\[.*?\]|vn-?2000|wgs-?84|[_.:]")
_HEADINGS: dict[Role, str] = {
    "point": "diem|ten diem|so hieu|so hieu diem|so hieu dinh|so hieu moc|so hieu goc|stt|tt|moc|ten moc|dinh|ten|point"
    "|pt|id|name",
    "north": "x|toa do x|x bac|bac|n|north|northing",
    "east": "y|toa do y|y dong|dong|e|east|easting",
    "lat": "lat|latitude|vi do|b",
    "lon": "lon|lng|long|longitude|kinh do|l",
    "height": "h|z|cao do|do cao|elevation|height|ele",
    "code": "code|ma|ma diem|ma dia vat|ghi chu|desc|description",
    "edge": "s|edge|edge s|canh|canh s|chieu dai|chieu dai canh|chieu dai canh s|khoang cach|kc",
}
_NAMES = {role: frozenset(names.split("|")) for role, names in _HEADINGS.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number from 1, its text, its cells without blanks around them."""

    number: int
    text: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """The two columns that hold coordinates; ``north_first`` says which of them is north or latitude.

    ``certain`` is false where the sizes of the numbers allow both orders (the islands far south).
    """

    first: int
    second: int
    north_first: bool
    geographic: bool
    decimal: Mark | None
    certain: bool = True

    def of(self, cells: Sequence[str]) -> tuple[str, str]:
        """Return a row's two coordinate cells as (east, north), empty where the row is too short."""
        pair = tuple(cells[place] if place < len(cells) else "" for place in (self.first, self.second))
        return (pair[1], pair[0]) if self.north_first else (pair[0], pair[1])


def decode_bytes(data: bytes, shown: str) -> tuple[str, bool]:
    """Return the text and whether it is known to be Unicode; else it is Latin-1, one character a byte.

    Marks of byte order before it are left out, also one that a program put before another's. Raises FILE-CONTENT for
    what is no text at all.
    """
    while data.startswith(BOM_UTF8):
        data = data[len(BOM_UTF8) :]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16").lstrip("\ufeff")
        except UnicodeDecodeError as error:
            raise UserError("FILE-CONTENT", file=shown, kind="CSV/TXT") from error
        if "\x00" in text:
            raise UserError("FILE-CONTENT", file=shown, kind="CSV/TXT")
        return text, True
    if b"\x00" in data:
        raise UserError("FILE-CONTENT", file=shown, kind="CSV/TXT")
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode("latin-1"), False


def readable(texts: Sequence[str]) -> list[str]:
    """Return texts of unknown encoding as the text doctor would read them, for recognising words alone."""
    best = decided_encoding(detect_encoding(texts))
    return [decode_text(text, best) for text in texts] if best else list(texts)


def split_lines(text: str) -> tuple[list[Line], Pair | None]:
    """Return the lines that are not blank, in cells, and the columns of coordinates where the numbers show them.

    The delimiter is the first of tab, ``;``, ``|``, comma, blanks, under which two neighbouring columns look like
    coordinates.
    """
    lines, pair = _split_once(text)
    return list(lines), pair


@lru_cache(maxsize=1)  # what kind of table a text is, is asked first; then it is read
def _split_once(text: str) -> tuple[tuple[Line, ...], Pair | None]:
    numbered = [(number, line) for number, line in enumerate(_LINE_END.split(text), start=1) if line.strip()]
    best: tuple[int, list[Line]] | None = None
    for delimiter in _DELIMITERS[:-2] if _BLANKS_INSIDE.search(text) else _DELIMITERS:
        sample = [_split(line, delimiter) for _, line in numbered[:_SAMPLE_ROWS]]
        pair = find_pair(sample)
        if pair is None and best and best[0] >= _regularity(sample):
            continue
        lines = [Line(number, line, tuple(_split(line, delimiter))) for number, line in numbered]
        if pair is not None:
            return tuple(lines), find_pair([line.cells for line in lines]) or pair
        best = (_regularity(sample), lines)
    return tuple(best[1]) if best else (), None


def find_pair(rows: Sequence[Sequence[str]]) -> Pair | None:
    """Return the first two neighbouring columns whose numbers have the size of coordinates in Vietnam."""
    width = max((len(row) for row in rows), default=0)
    if width > WIDEST:
        return None
    filled = [row for row in rows if len(row) > 1]
    for first in range(width - 1):
        columns = [[row[place] for row in filled if place < len(row)] for place in (first, first + 1)]
        pair = _pair_of(columns[0], columns[1], first)
        if pair is not None:
            return pair
    return None


def role_of(heading: str) -> Role | None:
    """Return what a column's heading says it holds."""
    plain = " ".join(_UNITS.sub(" ", fold_text(heading)).split())
    return next((role for role, names in _NAMES.items() if plain in names), None)


def is_number(text: str, decimal: Mark | None = None) -> bool:
    """Whether ``text`` is a number, be it an ambiguous one."""
    try:
        parse_number(text, decimal)
    except AmbiguousNumber:
        return True
    except ValueError:
        return False
    return True


def numbers_in(texts: Sequence[str], decimal: Mark | None) -> list[float]:
    """Return the numbers among ``texts``; what is none, or is ambiguous, is passed over."""
    found = []
    for text in texts:
        try:
            found.append(parse_number(text, decimal))
        except ValueError:
            continue
    return found


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    if delimiter == "  ":
        return [cell.strip() for cell in re.split(r"\s{2,}", line.strip())]
    if delimiter == "|":
        line = line.strip().strip("|")
    if '"' in line:
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True))]
        except (csv.Error, StopIteration):
            pass  # a quotation mark that quotes nothing
    return [cell.strip() for cell in line.split(delimiter)]


def _regularity(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows have the commonest number of cells, when that is more than one."""
    counts = [len(row) for row in rows if 1 < len(row) <= WIDEST]
    return max((counts.count(count) for count in set(counts)), default=0)


def _pair_of(one: Sequence[str], two: Sequence[str], first: int) -> Pair | None:
    proven = decide_decimal([*one, *two])
    marks: tuple[Mark | None, ...] = (proven,) if proven else (None, ",", ".")
    for decimal in marks:
        left, right = numbers_in(one, decimal), numbers_in(two, decimal)
        if min(len(left), len(right)) < max(
            1, _SHARE * max(len(one), len(two)) - 3
        ):  # titles and totals are no numbers
            continue
        middle = median(left), median(right)
        for geographic in (False, True):
            orders = [north_first for north_first in (True, False) if _is_plausible(middle, north_first, geographic)]
            if orders:
                return Pair(first, first + 1, orders[0], geographic, decimal, certain=len(orders) == 1)
    return None


def _is_plausible(middle: tuple[float, float], north_first: bool, geographic: bool) -> bool:
    north, east = middle if north_first else middle[::-1]
    ranges = (LATITUDE, LONGITUDE) if geographic else (NORTHING_M, EASTING_M)
    return all(low <= value <= high for value, (low, high) in zip((north, east), ranges, strict=True))
