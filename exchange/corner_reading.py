"""Reads a coordinate table row by row, inside the child: every row with its measures, its ring, and what is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from exchange.coordinate_table import stated_area_ha
from exchange.corner_checks import check_edges, check_places, check_rings
from exchange.corners import Corner, Ring, close_rings, edges_of, first_row, read_corners, roles_before, rows_of, unfold
from exchange.declared_axis import find_declared_system
from exchange.delimited import Line, Pair, decode_bytes, readable, split_lines
from exchange.frames import Buffer, Header
from exchange.html_table import read_html_table
from exchange.office_tables import read_office_text
from exchange.problems import RowProblem
from geodesy.numbers import Mark

MOST_ROWS = 20_000

Frames = Iterator[tuple[Header, list[Buffer]]]


def read_pasted(text: bytes, html: bytes, shown: str, **choices: Any) -> Frames:
    """Yield the frame of what the clipboard holds: its HTML where that has a table of coordinates, else its text."""
    table = read_html_table(html.decode("utf-8", "replace")) if html else None
    if table is not None and split_lines(table)[1] is not None:
        yield describe_corners(table, shown, **choices)
    else:
        yield describe_corners(text.decode("utf-8", "replace"), shown, **choices)


def read_corner_file(path: Path, kind: str, shown: str, **choices: Any) -> Frames:
    """Yield the frame of a file: text, or a document of an office program."""
    if kind != "text":
        yield describe_corners(read_office_text(path, kind, shown), shown, **choices)
        return
    yield describe_corners(decode_bytes(path.read_bytes(), shown)[0], shown, **choices)


def describe_corners(
    text: str, shown: str, *, decimal: Mark | None = None, north_first: bool | None = None
) -> tuple[Header, list[Buffer]]:
    """Return the frame of a text; ``decimal`` and ``north_first`` are what somebody has decided over the numbers.

    Raise ``UserError`` TEXT-NO-COORDINATES or CORNERS-MANY.
    """
    lines, pair = split_lines(text)
    if pair is None:
        raise UserError("TEXT-NO-COORDINATES", file=shown)
    if len(lines) > MOST_ROWS:
        raise UserError("CORNERS-MANY", file=shown, count=len(lines), most=MOST_ROWS)
    proven = pair
    pair = replace(
        pair,
        decimal=decimal or pair.decimal,
        north_first=pair.north_first if north_first is None else north_first,
    )
    titles = readable([line.text for line in lines])
    lines = unfold(lines, pair)
    start = first_row(lines, pair)
    found = read_corners(rows_of(lines, start), pair, roles_before(lines, start))
    rings, rejected = close_rings(found)
    rejected = [*found.rejected, *rejected, *check_rings(rings, geographic=pair.geographic)]
    warnings = list(check_places(rings))
    measured: dict[int, float] = {}
    if not pair.geographic:
        for ring in rings:
            edges = edges_of(ring, closed=ring.role != "line")
            warnings += check_edges(edges)
            measured |= {id(edge.holder): edge.measured_m for edge in edges}
    place = {id(row): number for number, row in enumerate(found.rows)}
    return {
        "frame": "corners",
        "rows": [_row(row, pair, measured) for row in found.rows],
        "rings": [_ring(ring, place) for ring in rings],
        "columns": list(_columns(lines, start, pair)),
        "rejected": [_plain(problem) for problem in rejected],
        "warnings": [_plain(problem) for problem in warnings],
        "system": find_declared_system(titles),
        "geographic": pair.geographic,
        "north_first": pair.north_first,
        "certain": proven.certain,
        "decimal": pair.decimal,
        "area_ha": stated_area_ha(titles),
    }, []


def _row(row: Corner | Line, pair: Pair, measured: dict[int, float]) -> list[object]:
    """Return number, label, texts and numbers of X and Y, stated and measured edge of a row."""
    line = row if isinstance(row, Line) else row.line
    east, north = pair.of(line.cells)
    label = line.cells[pair.first - 1] if pair.first and len(line.cells) >= pair.first else ""
    if isinstance(row, Line):
        return [line.number, label, north, east, None, None, None, None]
    return [line.number, label, north, east, row.north, row.east, row.edge, measured.get(id(row))]


def _ring(ring: Ring, place: dict[int, int]) -> list[object]:
    closing = None if ring.closing is None else place[id(ring.closing)]
    return [ring.role, [place[id(corner)] for corner in ring.corners], closing]


def _columns(lines: Sequence[Line], start: int, pair: Pair) -> Iterator[str]:
    """Yield what each column was taken for: the headings where there are any, else by what it holds."""
    roles = roles_before(lines, start)
    width = max((len(line.cells) for line in lines[start:]), default=0)
    for place in range(width):
        if place == (pair.first if pair.north_first else pair.second):
            yield "north"
        elif place == (pair.second if pair.north_first else pair.first):
            yield "east"
        elif pair.first and place == pair.first - 1:
            yield "point"
        elif place == (list(roles).index("edge") if "edge" in roles else pair.second + 1):
            yield "edge"
        else:
            yield "unused"


def _plain(problem: RowProblem) -> list[object]:
    return [problem.row, problem.column, problem.value, problem.code, dict(problem.context)]
