"""A traverse out of a field book's table: stations, left angles, distances, known marks; how it closes, and its points.

The rows follow the traverse. A known mark has both coordinates. The first row may be the mark that was sighted back
from the start (no angle, no distance), the last the one that was sighted at the end; without the latter there is no
closing bearing, and the angles are not judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, degrees
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from core.tables import load_table
from exchange.reading import read_quoted
from exchange.workbook_rows import read_workbook
from forms.unit_names import name_key
from geodesy.numbers import decide_decimal, parse_number
from geodesy.survey.angles import azimuth, parse_angle
from geodesy.survey.traverse import Closure, TraverseClass, close_traverse, traverse_classes

_NEEDED = ("station", "angle", "distance", "north", "east")
_LEAST_ROWS = 3
_NOTHING = "", "-", "–"

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Traverse:
    """A traverse as it was measured; places are (east, north) in metres, angles left ones in degrees.

    ``back`` is the known mark before the first station, ``ahead`` the one after the last, where one was sighted.
    """

    stations: tuple[str, ...]
    angles: tuple[float, ...]
    distances: tuple[float, ...]
    start: Place
    end: Place
    back: Place
    ahead: Place | None


@dataclass(frozen=True, slots=True)
class AdjustedTraverse:
    """How a traverse closes by a class, the strictest that it keeps where none was asked for, and its stations."""

    traverse: Traverse
    closure: Closure
    kind: TraverseClass

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


def read_traverse(path: Path, *, right_angles: bool = False, progress: Progress = SILENT) -> Traverse:
    """Return the traverse of a CSV or Excel table; with ``right_angles`` the book has those to the right of the way.

    Raise ``UserError`` TRAVERSE-COLUMNS, TRAVERSE-CELL, TRAVERSE-ROWS, TRAVERSE-KNOWN, and what reading a file raises.
    """
    columns = _columns(path, progress)
    names = [str(cell or "").strip() for cell in columns["station"]]
    angles = [_angle(cell, row, right_angles) for row, cell in enumerate(columns["angle"], start=2)]
    distances, north, east = (_numbers(columns[key], key) for key in ("distance", "north", "east"))
    places = [None if one is None or two is None else (one, two) for one, two in zip(east, north, strict=True)]
    if len(names) < _LEAST_ROWS:
        raise UserError("TRAVERSE-ROWS", file=path.name)
    has_back, has_ahead = angles[0] is None, angles[-1] is None and places[-1] is not None and places[-2] is not None
    if not has_back or places[0] is None or places[1] is None:
        raise UserError("TRAVERSE-KNOWN", file=path.name, station=names[0])
    last = len(names) - (2 if has_ahead else 1)
    start, end = places[1], places[last]
    if end is None:
        raise UserError("TRAVERSE-KNOWN", file=path.name, station=names[last])
    turned = angles[1 : last + 1] if has_ahead else angles[1:last]
    legs = distances[1:last]
    for row, (angle, leg) in enumerate(zip(turned, [*legs, 1.0], strict=False), start=3):
        if angle is None or leg is None or leg <= 0:
            column = "angle" if angle is None else "distance"
            raise UserError("TRAVERSE-CELL", row=row, column=column, text="")
    return Traverse(
        tuple(names[1 : last + 1]),
        tuple(angle for angle in turned if angle is not None),
        tuple(leg for leg in legs if leg is not None),
        start,
        end,
        places[0],
        places[-1] if has_ahead else None,
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
    leaving = None if traverse.ahead is None else _bearing(traverse.end, traverse.ahead)
    coming = _bearing(traverse.back, traverse.start)
    return close_traverse(traverse.start, traverse.end, coming, leaving, traverse.angles, traverse.distances, kind)


def _bearing(start: Place, end: Place) -> float:
    if start == end:
        raise UserError("TRAVERSE-SAME-MARK")
    return azimuth(degrees(atan2(end[0] - start[0], end[1] - start[1])))


def _columns(path: Path, progress: Progress) -> Mapping[str, list[Any]]:
    """Return the table's columns by what they hold."""
    if path.suffix.lower() == ".xlsx":
        sheets = [rows for rows in read_workbook(path, progress=progress).values() if rows]
        rows = [list(row) for row in sheets[0]] if sheets else []
        heads = [str(cell or "") for cell in rows[0]] if rows else []
        told = {head: [row[at] if at < len(row) else None for row in rows[1:]] for at, head in enumerate(heads)}
    else:
        told = dict(read_quoted(path, progress=progress).columns)
    known = {row["name"]: row["field"] for row in load_table("traverse_columns")}
    found: dict[str, list[Any]] = {}
    for head, cells in told.items():
        field = known.get(name_key(head))
        if field is not None:
            found.setdefault(field, cells)
    if missing := [field for field in _NEEDED if field not in found]:
        raise UserError("TRAVERSE-COLUMNS", file=path.name, missing=missing, found=list(told))
    kept = [row for row, cells in enumerate(zip(*(found[key] for key in _NEEDED), strict=True)) if any(cells)]
    return {key: [found[key][row] for row in kept] for key in _NEEDED}


def _angle(cell: Any, row: int, right_angles: bool) -> float | None:
    if cell is None or str(cell).strip() in _NOTHING:
        return None
    try:
        angle = float(cell) if isinstance(cell, int | float) else parse_angle(str(cell))
    except UserError as error:
        raise UserError("TRAVERSE-CELL", row=row, column="angle", text=str(cell)) from error
    return 360.0 - angle if right_angles else angle


def _numbers(cells: Sequence[Any], column: str) -> list[float | None]:
    decimal = decide_decimal(cell for cell in cells if isinstance(cell, str))
    found: list[float | None] = []
    for row, cell in enumerate(cells, start=2):
        if cell is None or str(cell).strip() in _NOTHING:
            found.append(None)
        elif isinstance(cell, int | float):
            found.append(float(cell))
        else:
            try:
                found.append(parse_number(cell, decimal))
            except ValueError as error:
                raise UserError("TRAVERSE-CELL", row=row, column=column, text=cell) from error
    return found
