"""Coordinate tables as decisions carry them: corner, X (north), Y (east), edge S; one polygon or several."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.text import clean_text, fold_text
from exchange.declared_axis import find_declared_system
from exchange.delimited import Line, Pair, Role, is_number, readable, role_of, split_lines
from exchange.problems import RowProblem
from exchange.text_table import TextTable
from geodesy.numbers import AmbiguousNumber, decide_decimal, parse_number

EDGE_TOLERANCE_M = 0.05  # CRD-01: 0.05 m and 1e-4 of the length
EDGE_TOLERANCE_SHARE = 1e-4
CLOSING_TOLERANCE_M = 0.01
SMALLEST_RING = 3

_TITLE = re.compile(r"toa do (?:cac )?(?:goc|moc|dinh|diem|ranh)|bang ke toa do|goc ranh|goc thua")
_NOT_A_CORNER = re.compile(r"kinh tuyen|chu vi|dien tich|toa do tam|tong|ghi chu|bang ke|he toa do|so hieu|nguoi|ngay ")
_GENERIC_TITLE = re.compile(
    r"b[ảa]ng|k[êe]|li[ệe]t|th[ốo]ng|t[ọo][aạ]|[đd][ộo]|c[áa]c|[đd]i[ểe]m|g[óo]c|ranh|gi[ớo]i|m[ốo]c|[đd][ỉi]nh",
    re.IGNORECASE,
)
_NAME = re.compile(r"^\s*(?:tên|đồ án|dự án|công trình|khu vực)[^:]*:\s*(.+)$", re.IGNORECASE)
_AREA = re.compile(r"dien tich[^:=]*[:=]?\s*([\d][\d.,\s]*\d|\d)\s*(ha|m2|m²|met vuong)")


@dataclass(slots=True)
class _Corner:
    line: Line
    label: str
    east: float
    north: float
    edge: float | None


@dataclass(slots=True)
class _Ring:
    corners: list[_Corner] = field(default_factory=list)
    closing: _Corner | None = None


def is_coordinate_table(text: str) -> bool:
    """Whether a text lists a polygon's corners: by its title, its edges, or because it ends where it began."""
    lines, pair = split_lines(text)
    if pair is None:
        return False
    start = _first_row(lines, pair)
    before = readable([line.text for line in lines[:start]])
    if any(_TITLE.search(fold_text(line)) for line in before):
        return True
    rows, roles = lines[start:], _roles(lines, start)
    if "edge" in roles and _edges_fit(_read_corners(rows, pair, roles, TextTable(None, decoded=True))):
        return True
    return len(rows) > SMALLEST_RING and pair.first > 0 and _same_corner(rows[0], rows[-1], pair)


def parse_coordinate_table(text: str, *, decoded: bool) -> TextTable:
    """Return one polygon for each closed run of corners.

    Edges that differ from their stated length by more than 0.05 m and 1e-4 of it are warnings (EDGE-LENGTH). A corner
    that cannot be read, is listed twice, or closes elsewhere (CELL-NOT-NUMBER, VERTEX-TWICE, RING-CLOSURE) spoils the
    polygon: it is rejected with its line and no polygon comes back.
    """
    lines, pair = split_lines(text)
    assert pair is not None
    start = _first_row(lines, pair)
    titles = readable([line.text for line in lines])
    table = TextTable(
        "polygon",
        decoded,
        declared=find_declared_system(titles),
        axis_order="north-east" if pair.north_first else "east-north",
        type_hint="planning_boundary",
        capture_method="tu_bang_toa_do",
    )
    roles = _roles(lines, start)
    corners = _read_corners(lines[start:], pair, roles, table)
    rings = [] if table.rejected else _close_rings(corners, table)
    for ring in [] if table.rejected else rings:
        _add_polygon(table, ring)
        _check_edges(ring, table)
    _describe(table, readable([line.text for line in lines[:start]]), titles)
    return table


def _first_row(lines: Sequence[Line], pair: Pair) -> int:
    for place, line in enumerate(lines):
        if len(line.cells) > pair.second and any(is_number(cell) for cell in pair.of(line.cells)):
            return place
    return len(lines)


def _roles(lines: Sequence[Line], start: int) -> list[Role | None]:
    return [role_of(cell) for cell in readable(lines[start - 1].cells)] if start else []


def _same_corner(one: Line, other: Line, pair: Pair) -> bool:
    return one.cells[: pair.second + 1] == other.cells[: pair.second + 1]


def _read_corners(lines: Sequence[Line], pair: Pair, roles: Sequence[Role | None], table: TextTable) -> list[_Corner]:
    edge_column = roles.index("edge") if "edge" in roles else pair.second + 1
    edge_mark = pair.decimal or decide_decimal(
        line.cells[edge_column] for line in lines if edge_column < len(line.cells)
    )
    corners: list[_Corner] = []
    between: float | None = None
    for line in lines:
        east, north = pair.of(line.cells)
        edge = _edge(line, edge_column, edge_mark)
        if not east and not north and edge is not None:
            between = edge  # tables that print the edge on a line of its own, between its two corners
            continue
        if not (is_number(east) or is_number(north)) and _NOT_A_CORNER.search(fold_text(readable([line.text])[0])):
            continue
        placed = _place(line, pair)
        if isinstance(placed, RowProblem):
            table.rejected.append(placed)
            continue
        label = line.cells[pair.first - 1] if pair.first else ""
        corners.append(_Corner(line, label, *placed, edge if edge is not None else between))
        between = None
    return corners


def _place(line: Line, pair: Pair) -> tuple[float, float] | RowProblem:
    found = []
    for cell, name in zip(pair.of(line.cells), ("Y", "X"), strict=True):
        try:
            found.append(parse_number(cell, pair.decimal))
        except AmbiguousNumber:
            return RowProblem(line.number, name, cell, "CELL-AMBIGUOUS")
        except ValueError:
            return RowProblem(line.number, name, cell or line.text[:80], "CELL-NOT-NUMBER")
    return found[0], found[1]


def _edge(line: Line, column: int, decimal: str | None) -> float | None:
    if column >= len(line.cells) or not line.cells[column]:
        return None
    try:
        return parse_number(line.cells[column], "," if decimal == "," else "." if decimal == "." else None)
    except ValueError:
        return None


def _close_rings(corners: Sequence[_Corner], table: TextTable) -> list[_Ring]:
    """Return the rings in file order; a label that comes back closes its ring, or is a mistake."""
    rings: list[_Ring] = []
    ring = _Ring()
    for corner in corners:
        first = ring.corners[0] if ring.corners else None
        if first is None or not _returns(corner, first, len(ring.corners)):
            ring.corners.append(corner)
            continue
        if math.dist((corner.east, corner.north), (first.east, first.north)) > CLOSING_TOLERANCE_M:
            facts = {"first": first.line.number}
            table.rejected.append(RowProblem(corner.line.number, None, corner.label, "RING-CLOSURE", facts))
        ring.closing = corner
        rings.append(ring)
        ring = _Ring()
    if ring.corners:
        rings.append(ring)
    for found in rings:
        _check_ring(found, table)
    return rings


def _returns(corner: _Corner, first: _Corner, count: int) -> bool:
    """Whether a corner is the first one again: by its label, or by its place where corners have none."""
    if count < 2:
        return False
    same_place = (corner.east, corner.north) == (first.east, first.north)
    return corner.label == first.label if corner.label and first.label else same_place


def _check_ring(ring: _Ring, table: TextTable) -> None:
    seen: dict[str, int] = {}
    for corner in ring.corners:
        if corner.label and corner.label in seen:
            facts = {"first": seen[corner.label]}
            table.rejected.append(RowProblem(corner.line.number, None, corner.label, "VERTEX-TWICE", facts))
        seen.setdefault(corner.label, corner.line.number)
    if len(ring.corners) < SMALLEST_RING:
        table.rejected.append(
            RowProblem(ring.corners[0].line.number, None, None, "RING-SHORT", {"count": len(ring.corners)})
        )


def _add_polygon(table: TextTable, ring: _Ring) -> None:
    closed = [*ring.corners, ring.corners[0]]
    table.east += [corner.east for corner in closed]
    table.north += [corner.north for corner in closed]
    table.sizes.append(len(closed))
    table.rows.append(ring.corners[0].line.number)
    source = [*ring.corners, *([ring.closing] if ring.closing else [])]
    table.raw_rows.append("\n".join(corner.line.text for corner in source))


def _check_edges(ring: _Ring, table: TextTable) -> None:
    """Compare the stated lengths with the coordinates; a table has them before or after the corner."""
    corners = [*ring.corners, ring.closing or ring.corners[0]]
    before = [
        problem for one, two in zip(corners, corners[1:], strict=False) if (problem := _edge_problem(one, two, two))
    ]
    after = [
        problem for one, two in zip(corners, corners[1:], strict=False) if (problem := _edge_problem(one, two, one))
    ]
    stated_first = ring.corners[0].edge is not None and (ring.closing is None or ring.closing.edge is None)
    if ring.closing is None:
        before = before[: -1 if before and before[-1].row == ring.corners[0].line.number else None]
    table.warnings += after if len(after) < len(before) or (len(after) == len(before) and stated_first) else before


def _edges_fit(corners: Sequence[_Corner]) -> bool:
    """Whether most of the stated lengths are those between neighbouring corners; a bridge's length is not."""
    pairs = list(zip(corners, corners[1:], strict=False))
    return any(
        2 * sum(1 for pair in pairs if pair[holder].edge is not None and _edge_problem(*pair, pair[holder]) is None)
        > len(pairs)
        for holder in (0, 1)
    )


def _edge_problem(one: _Corner, two: _Corner, holder: _Corner) -> RowProblem | None:
    if holder.edge is None:
        return None
    measured = math.dist((one.east, one.north), (two.east, two.north))
    if abs(measured - holder.edge) <= EDGE_TOLERANCE_M + EDGE_TOLERANCE_SHARE * holder.edge:
        return None
    facts = {"measured": f"{measured:.3f}", "from": one.label, "to": two.label}
    return RowProblem(holder.line.number, "S", f"{holder.edge:.3f}", "EDGE-LENGTH", facts)


def _describe(table: TextTable, before: Sequence[str], everything: Sequence[str]) -> None:
    """Add what the titles say of the polygon: its name, and the stated area in hectares."""
    count = len(table.rows)
    name = next((clean_text(found[1]) for line in everything if (found := _NAME.search(line))), None) or _name_in(
        before
    )
    table.columns["ten"] = [name] * count
    table.numbers["dien_tich"] = [_area_ha(everything)] * count
    table.numbers["so_dinh"] = [float(size - 1) for size in table.sizes]


def _name_in(titles: Sequence[str]) -> str | None:
    """Return what a title says beyond the words every such table begins with."""
    for title in titles:
        if not _TITLE.search(fold_text(title)):
            continue
        words = clean_text(title).split()
        while words and _GENERIC_TITLE.fullmatch(words[0]):
            words.pop(0)
        if words:
            return " ".join(words)
    return None


def _area_ha(lines: Sequence[str]) -> float | None:
    for line in lines:
        if found := _AREA.search(fold_text(line)):
            try:
                area = parse_number(found[1], prefer=",")
            except ValueError:
                continue
            return area if found[2] == "ha" else area / 10_000
    return None
