"""A traverse out of a field book's table: stations, left angles, distances, known marks; how it closes, and its points.

The rows follow the traverse. A known mark has both coordinates. The first row may be the mark that was sighted back
from the start (no angle, no distance), the last the one that was sighted at the end; without the latter there is no
closing bearing, and the angles are not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import atan2, degrees
from pathlib import Path
from typing import Any, Literal

from core.errors import UserError
from core.progress import SILENT, Progress
from geodesy.numbers import Mark, decide_decimal, parse_number
from geodesy.survey.angles import azimuth, parse_angle
from geodesy.survey.traverse import Closure, TraverseClass, close_traverse, measured_bearings, traverse_classes
from services.traverse_books import FieldBook, read_book

_LEAST_ROWS = 3
_NOTHING = "", "-", "–"

Place = tuple[float, float]
Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Traverse:
    """A traverse as it was measured; places are (east, north) in metres, angles left ones in degrees.

    ``back`` is the known mark before the first station, ``ahead`` the one after the last, where one was sighted;
    ``marks`` are the names of both. ``unused`` are the stations between whose coordinates the book gives as well.
    """

    stations: tuple[str, ...]
    angles: tuple[float, ...]
    distances: tuple[float, ...]
    start: Place
    end: Place
    back: Place
    ahead: Place | None
    marks: tuple[str, str] = ("", "")
    unused: tuple[str, ...] = ()

    @property
    def coming_deg(self) -> float:
        """The bearing of the line that comes to the first station; raise TRAVERSE-SAME-MARK."""
        return _bearing(self.back, self.start)

    @property
    def leaving_deg(self) -> float | None:
        """The bearing of the line that leaves the last station, where a mark was sighted; raise TRAVERSE-SAME-MARK."""
        return None if self.ahead is None else _bearing(self.end, self.ahead)

    def turned(self) -> "Traverse":
        """Return the traverse with its angles taken for those to the other side of the way."""
        return replace(self, angles=tuple(360.0 - angle for angle in self.angles))


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of a traverse from point to point, as it was measured.

    ``angle_deg`` is the left angle at its beginning, ``None`` on the line from the first mark; ``bearing_deg`` follows
    from the angles as they were measured. ``distance_m`` is ``None`` on the lines that were only sighted; ``place`` is
    where the end lies, (east, north) in metres, ``is_given`` whether the book gives that.
    """

    start: str
    end: str
    angle_deg: float | None
    bearing_deg: float
    distance_m: float | None
    place: Place
    is_given: bool


@dataclass(frozen=True, slots=True)
class AdjustedTraverse:
    """How a traverse closes by a class, the strictest that it keeps where none was asked for, and its stations."""

    traverse: Traverse
    closure: Closure
    kind: TraverseClass

    def legs(self) -> tuple[Leg, ...]:
        """Return the lines in the order of the way, those to the marks that were sighted first and last."""
        book = self.traverse
        names, places = list(book.stations), [(east, north) for east, north in self.closure.points.tolist()]
        lengths: list[float | None] = [*book.distances]
        if book.ahead is not None:
            names, places, lengths = [*names, book.marks[1]], [*places, book.ahead], [*lengths, None]
        bearings = measured_bearings(book.coming_deg, book.angles).tolist()
        last = len(book.stations) - 1
        return (
            Leg(book.marks[0], names[0], None, book.coming_deg, None, book.start, True),
            *(
                Leg(names[at], names[at + 1], angle, bearing, length, places[at + 1], at + 1 >= last)
                for at, (angle, bearing, length) in enumerate(zip(book.angles, bearings, lengths, strict=True))
            ),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``; metres and seconds."""
        found = self.closure
        points = zip(self.traverse.stations, found.points.tolist(), strict=True)
        return {
            "kind": self.kind.key,
            "is_within": found.is_within,
            "angle_seconds": None if found.angle_seconds is None else round(found.angle_seconds, 1),
            "angle_limit_seconds": round(found.angle_limit_seconds, 1),
            "north_m": round(found.north_m, 4),
            "east_m": round(found.east_m, 4),
            "error_m": round(found.error_m, 4),
            "length_m": round(found.length_m, 3),
            "relative": None if found.error_m == 0 else round(found.relative),
            "relative_limit": round(found.relative_limit),
            "stations": [
                {"station": name, "north": round(north, 3), "east": round(east, 3)} for name, (east, north) in points
            ],
        }


def read_traverse(
    path: Path, *, layer: str | None = None, right_angles: bool = False, progress: Progress = SILENT
) -> Traverse:
    """Return the traverse of a CSV or Excel table; with ``right_angles`` the book has those to the right of the way.

    ``layer`` is the sheet of a workbook, else the first. Raise ``UserError`` TRAVERSE-COLUMNS, TRAVERSE-CELL,
    TRAVERSE-ROWS, TRAVERSE-KNOWN, and what reading a file raises.
    """
    return traverse_of(read_book(path, layer=layer, progress=progress), right_angles=right_angles)


def traverse_of(book: FieldBook, *, right_angles: bool = False) -> Traverse:
    """Return the traverse that a field book holds; raise as ``read_traverse``."""
    columns, rows = book.cells, book.rows
    names = [str(cell or "").strip() for cell in columns["station"]]
    turn = book.fields["angle"], right_angles
    angles = [_angle(cell, row, *turn) for row, cell in zip(rows, columns["angle"], strict=True)]
    measures = "distance", "north", "east"
    written = [cell for key in measures for cell in columns[key] if isinstance(cell, str)]
    whole = decide_decimal(written)
    distances, north, east = (_numbers(columns[key], rows, book.fields[key], whole) for key in measures)
    places = [None if one is None or two is None else (one, two) for one, two in zip(east, north, strict=True)]
    if len(names) < _LEAST_ROWS:
        raise UserError("TRAVERSE-ROWS", file=book.file)
    has_back, has_ahead = angles[0] is None, angles[-1] is None and places[-1] is not None and places[-2] is not None
    if not has_back or places[0] is None or places[1] is None:
        raise UserError("TRAVERSE-KNOWN", file=book.file, station=names[0])
    last = len(names) - (2 if has_ahead else 1)
    start, end = places[1], places[last]
    if end is None:
        raise UserError("TRAVERSE-KNOWN", file=book.file, station=names[last])
    turned = angles[1 : last + 1] if has_ahead else angles[1:last]
    legs = distances[1:last]
    for row, angle, leg in zip(rows[1:], turned, [*legs, 1.0], strict=False):
        if angle is None or leg is None or leg <= 0:
            heading = book.fields["angle" if angle is None else "distance"]
            raise UserError("TRAVERSE-CELL", row=row, column=heading, text="")
    return Traverse(
        tuple(names[1 : last + 1]),
        tuple(angle for angle in turned if angle is not None),
        tuple(leg for leg in legs if leg is not None),
        start,
        end,
        places[0],
        places[-1] if has_ahead else None,
        (names[0], names[-1] if has_ahead else ""),
        tuple(name for name, place in zip(names[2:last], places[2:last], strict=True) if place is not None),
    )


def adjust_traverse(traverse: Traverse, kind: str | None = None) -> AdjustedTraverse:
    """Return how a traverse closes by a class, without one by the strictest that it keeps, else the widest.

    Raise ``UserError`` TRAVERSE-CLASS.
    """
    classes = traverse_classes()
    if kind is not None and kind not in classes:
        raise UserError("TRAVERSE-CLASS", kind=kind, known=sorted(classes))
    chosen = [classes[kind]] if kind else sorted(classes.values(), key=lambda one: -one.relative)
    found = [AdjustedTraverse(traverse, _close(traverse, one), one) for one in chosen]
    return next((one for one in found if one.closure.is_within), found[-1])


def _close(traverse: Traverse, kind: TraverseClass) -> Closure:
    known = traverse.start, traverse.end, traverse.coming_deg, traverse.leaving_deg
    return close_traverse(*known, traverse.angles, traverse.distances, kind)


def _bearing(start: Place, end: Place) -> float:
    if start == end:
        raise UserError("TRAVERSE-SAME-MARK")
    return azimuth(degrees(atan2(end[0] - start[0], end[1] - start[1])))


def _angle(cell: Any, row: int, heading: str, right_angles: bool) -> float | None:
    if cell is None or str(cell).strip() in _NOTHING:
        return None
    try:
        angle = float(cell) if isinstance(cell, int | float) else parse_angle(str(cell))
    except UserError as error:
        raise UserError("TRAVERSE-CELL", row=row, column=heading, text=str(cell)) from error
    return 360.0 - angle if right_angles else angle


def _numbers(cells: Sequence[Any], rows: Sequence[int], heading: str, whole: Mark | None) -> list[float | None]:
    """Return a column's numbers; ``whole`` is the decimal mark of the book, for a column that proves none.

    Three decimals in a column of distances below a kilometre prove nothing: ``150,012``.
    """
    decimal = decide_decimal(cell for cell in cells if isinstance(cell, str)) or whole
    found: list[float | None] = []
    for row, cell in zip(rows, cells, strict=True):
        if cell is None or str(cell).strip() in _NOTHING:
            found.append(None)
        elif isinstance(cell, int | float):
            found.append(float(cell))
        else:
            try:
                found.append(parse_number(cell, decimal))
            except ValueError as error:
                raise UserError("TRAVERSE-CELL", row=row, column=heading, text=cell) from error
    return found
