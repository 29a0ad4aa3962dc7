"""Survey points as total stations and receivers write them, whatever the delimiter, mark and headings."""

from collections.abc import Sequence
from dataclasses import replace
from math import nan

from core.errors import UserError
from exchange.declared_axis import find_declared_system
from exchange.delimited import HEIGHT_M, WIDEST, Line, Pair, Role, is_number, numbers_in, readable, role_of, split_lines
from exchange.problems import RowProblem
from exchange.text_table import TextTable
from geodesy.numbers import AmbiguousNumber, Mark, decide_decimal, parse_number

_COMMENT = ("#", "//", "%")
_BY_PLACE: dict[Role, str] = {
    "north": "X",
    "east": "Y",
    "lat": "lat",
    "lon": "lon",
    "height": "H",
    "code": "code",
    "point": "point",
}


def parse_survey(text: str, *, decoded: bool, shown: str) -> TextTable:
    """Return the points of a delimited text, one a line; east and north are told apart by size, then by heading.

    A table with headings and no coordinates comes back without geometry. Raises TEXT-NO-COORDINATES when there is
    neither.
    """
    lines, pair = split_lines(text)
    lines = [line for line in lines if not line.text.lstrip().startswith(_COMMENT)]
    if not lines:
        raise UserError("TEXT-NO-ROWS", file=shown)
    if max(len(line.cells) for line in lines) > WIDEST:
        raise UserError("TEXT-NO-COORDINATES", file=shown)
    start = _first_row(lines, pair)
    headings = _headings(lines[:start], lines[start:])
    roles = [role_of(cell) for cell in readable(headings)] if headings else []
    pair = pair or _pair_by_heading(roles)
    if pair and not pair.certain and pair.first < len(roles) and roles[pair.first] == "east":
        pair = replace(pair, north_first=False)
    if pair is None and (not headings or len(headings) < 2 or start == len(lines)):
        raise UserError("TEXT-NO-COORDINATES", file=shown)
    roles = roles or _roles_by_place(lines[start:], pair)
    names = _column_names(headings, roles)
    table = TextTable(
        "point" if pair else None, decoded, declared=find_declared_system(readable(_titles(lines, start)))
    )
    if pair:
        table.placed = pair.of(names)
        table.type_hint, table.capture_method = "survey_point", "do_dac_toan_dac"
        table.axis_order = "north-east" if pair.north_first else "east-north"
        if pair.geographic:
            table.capture_method = None
    _fill(table, lines[start:], names, roles, pair)
    return table


def _first_row(lines: Sequence[Line], pair: Pair | None) -> int:
    """Return where the rows begin: at the first number among the coordinates, else behind the first line."""
    if pair is None:
        return 1
    for place, line in enumerate(lines):
        cells = pair.of(line.cells)
        if len(line.cells) > pair.second and any(is_number(cell) for cell in cells):
            return _after_titles(lines[:place])
    return 0


def _after_titles(before: Sequence[Line]) -> int:
    """Return how many lines before the first sound row are titles: what goes wrong behind the headings is a row."""
    for place, line in enumerate(before):
        if _pair_by_heading([role_of(cell) for cell in readable(line.cells)]) is not None:
            behind = range(place + 1, len(before))
            return next((row for row in behind if any(_is_filled_in(cell) for cell in before[row].cells)), len(before))
    return len(before)


def _is_filled_in(cell: str) -> bool:
    """Whether a cell is a row's own, and not a unit or a column's number in brackets."""
    return any(letter.isdigit() for letter in cell) and not cell.startswith(("(", "["))


def _headings(before: Sequence[Line], rows: Sequence[Line]) -> tuple[str, ...]:
    """Return the cells of the line right before the rows when it reads like headings and not like a row gone wrong."""
    if not before:
        return ()
    cells = before[-1].cells
    widest = max((len(line.cells) for line in rows), default=0)
    return cells if len(cells) > 1 and len(cells) >= widest - 1 and not any(is_number(cell) for cell in cells) else ()


def _titles(lines: Sequence[Line], start: int) -> list[str]:
    return [line.text for line in lines[:start]]


def _pair_by_heading(roles: Sequence[Role | None]) -> Pair | None:
    pairs: tuple[tuple[Role, Role, bool], ...] = (("north", "east", False), ("lat", "lon", True))
    for one, two, geographic in pairs:
        if one in roles and two in roles:
            north, east = list(roles).index(one), list(roles).index(two)
            return Pair(min(north, east), max(north, east), north < east, geographic, None)
    return None


def _roles_by_place(rows: Sequence[Line], pair: Pair | None) -> list[Role | None]:
    """Return what the columns hold where nothing names them: point, coordinates, height, code, in the habit of
    surveyors.
    """
    assert pair is not None
    width = max(len(line.cells) for line in rows)
    roles: list[Role | None] = [None] * width
    north, east = (pair.first, pair.second) if pair.north_first else (pair.second, pair.first)
    roles[north], roles[east] = ("lat", "lon") if pair.geographic else ("north", "east")
    if pair.first > 0:
        roles[pair.first - 1] = "point"
    after = pair.second + 1
    if after < width and _is_height([line.cells[after] for line in rows if after < len(line.cells)], pair.decimal):
        roles[after] = "height"
        after += 1
    if after < width:
        roles[after] = "code"
    return roles


def _is_height(cells: Sequence[str], mark: Mark | None) -> bool:
    """Whether cells are heights; where they do not tell their decimal mark (10,000) it is that of the coordinates."""
    filled = [cell for cell in cells if cell]
    found = numbers_in(filled, decide_decimal(filled) or mark or ".")
    return (
        bool(found) and len(found) >= 0.8 * len(filled) and all(HEIGHT_M[0] <= value <= HEIGHT_M[1] for value in found)
    )


def _column_names(headings: Sequence[str], roles: Sequence[Role | None]) -> list[str]:
    """Return one name a column, each different: the heading, else what the column holds, else its place."""
    names: list[str] = []
    for place, role in enumerate(roles):
        name = headings[place] if place < len(headings) else ""
        name = name or (_BY_PLACE.get(role, "") if role and not headings else "") or f"column{place + 1}"
        while name in names:
            name += "_"
        names.append(name)
    return names


def _fill(
    table: TextTable, rows: Sequence[Line], names: Sequence[str], roles: Sequence[Role | None], pair: Pair | None
) -> None:
    height = roles.index("height") if "height" in roles else None
    height_mark = None
    if height is not None:
        height_mark = decide_decimal(line.cells[height] for line in rows if height < len(line.cells))
    cells_of: list[list[str | None]] = [[] for _ in names]
    for line in rows:
        if pair is not None:
            placed = _place(line, pair, names)
            if isinstance(placed, RowProblem):
                table.rejected.append(placed)
                continue
            table.east.append(placed[0])
            table.north.append(placed[1])
            table.height.append(_height(line, height, height_mark or pair.decimal))
            table.sizes.append(1)
        table.rows.append(line.number)
        table.raw_rows.append(line.text)
        for place, cells in enumerate(cells_of):
            cells.append((line.cells[place] or None) if place < len(line.cells) else None)
    table.columns.update(zip(names, cells_of, strict=True))


def _place(line: Line, pair: Pair, names: Sequence[str]) -> tuple[float, float] | RowProblem:
    if len(line.cells) <= pair.second:
        return RowProblem(line.number, None, line.text[:80], "ROW-SHORT", {"cells": len(line.cells)})
    found = []
    for cell, name in zip(pair.of(line.cells), pair.of(names), strict=True):
        try:
            found.append(parse_number(cell, pair.decimal))
        except AmbiguousNumber:
            return RowProblem(line.number, name, cell, "CELL-AMBIGUOUS")
        except ValueError:
            return RowProblem(line.number, name, cell, "CELL-NOT-NUMBER")
    return found[0], found[1]


def _height(line: Line, place: int | None, decimal: str | None) -> float:
    """Return the height, NaN where there is none; the cell itself stays among the columns for the form's own check."""
    if place is None or place >= len(line.cells) or not line.cells[place]:
        return nan
    try:
        return parse_number(line.cells[place], "," if decimal == "," else "." if decimal == "." else None)
    except ValueError:
        return nan
