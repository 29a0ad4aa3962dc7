"""The rows of a coordinate table, as decisions carry them: corner, X (north), Y (east), edge S; and their rings."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from core.text import fold_text
from exchange.delimited import Line, Pair, Role, find_pair, is_number, readable, role_of
from exchange.problems import RowProblem
from geodesy.numbers import AmbiguousNumber, Mark, decide_decimal, parse_number
from validation.tolerances import default_tolerances

CLOSING_TOLERANCE_M = 0.01
SMALLEST_RING = 3
SMALLEST_BLOCK = 3  # columns: label, X, Y

RingRole = Literal["outer", "inner", "line"]
"""What a heading between the rows says of the rows below it."""

_NOT_A_CORNER = re.compile(
    r"kinh tuyen|chu vi|dien tich|toa do tam|tong|ghi chu|bang ke|he toa do|so hieu|nguoi|ngay |"
    r"^(?:perimeter|area|total)\b"
)
_HEADINGS: tuple[tuple[RingRole, re.Pattern[str]], ...] = (
    ("inner", re.compile(r"ranh trong|khoang trong|inner (?:ring|boundary)|\bhole\b")),
    (
        "outer",
        re.compile(r"^(?:phan|vung|khu|thua|lo|part|area)\s*(?:so\s*)?\d+\b|^ranh ngoai|^outer (?:ring|boundary)"),
    ),
    ("line", re.compile(r"^(?:tuyen|line)\b")),
)


@dataclass(slots=True)
class Corner:
    """One row that could be read: its line, its label, metres (or degrees) east and north, and its stated edge."""

    line: Line
    label: str
    east: float
    north: float
    edge: float | None
    section: int = 0


@dataclass(slots=True)
class Ring:
    """The corners of one run of rows, and the row that repeats the first of them, where there is one."""

    corners: list[Corner] = field(default_factory=list)
    closing: Corner | None = None
    role: RingRole | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge with its stated length: from one corner to another, stated in the row of ``holder``."""

    start: Corner
    end: Corner
    holder: Corner
    stated_m: float

    @property
    def measured_m(self) -> float:
        """The length by the coordinates."""
        return math.dist((self.start.east, self.start.north), (self.end.east, self.end.north))

    @property
    def is_wrong(self) -> bool:
        """Whether both lengths differ by more than CRD-01 allows."""
        return not edge_fits(self.measured_m, self.stated_m)


@dataclass(slots=True)
class CornerList:
    """Every corner of a table in its order, what each heading between them says, and the rows that spoil it.

    ``rows`` are the corners and, in between, the lines that could not be read.
    """

    corners: list[Corner] = field(default_factory=list)
    sections: list[RingRole | None] = field(default_factory=lambda: [None])
    rows: list[Corner | Line] = field(default_factory=list)
    rejected: list[RowProblem] = field(default_factory=list)


def edge_fits(measured_m: float, stated_m: float) -> bool:
    """Whether a length by coordinates is the stated one, within the tolerances of CRD-01: a length, and a share."""
    limits = default_tolerances()
    return abs(measured_m - stated_m) <= limits["crd01_edge_m"] + limits["crd01_edge_mm_per_m"] / 1000 * stated_m


def unfold(lines: Sequence[Line], pair: Pair) -> list[Line]:
    """Return the lines of a long table that was printed in blocks side by side as one block after the other.

    A block repeats the columns of the first, its label among them; two pairs of coordinates behind one label are the
    same corner in two systems, and stay.
    """
    start = first_row(lines, pair)
    further = find_pair([line.cells[pair.second + 1 :] for line in lines[start:]])
    width = pair.second + 1 + further.first - pair.first if further is not None else 0
    if further is None or width < SMALLEST_BLOCK or further.north_first != pair.north_first:
        return list(lines)
    widest = max(len(line.cells) for line in lines[start:])
    unfolded = [Line(line.number, line.text, line.cells[:width]) for line in lines]
    for left in range(width, widest, width):
        blocks = [Line(line.number, line.text, line.cells[left : left + width]) for line in lines[start:]]
        unfolded += [block for block in blocks if any(block.cells)]
    return [line for line in unfolded if any(line.cells)]


def first_row(lines: Sequence[Line], pair: Pair) -> int:
    """Return where the rows begin."""
    for place, line in enumerate(lines):
        if len(line.cells) > pair.second and any(is_number(cell) for cell in pair.of(line.cells)):
            return place
    return len(lines)


def rows_of(lines: Sequence[Line], start: int) -> Sequence[Line]:
    """Return the rows, with the heading right over the first one where there is one."""
    return lines[start - 1 :] if 0 < start < len(lines) and _heading(lines[start - 1]) else lines[start:]


def _heading(line: Line) -> RingRole | None:
    words = fold_text(readable([line.text])[0])
    return next((role for role, heading in _HEADINGS if heading.search(words)), None)


def roles_before(lines: Sequence[Line], start: int) -> list[Role | None]:
    """Return what the columns are called, by the last line over the rows that calls any of them something."""
    for line in reversed(lines[:start]):
        roles = [role_of(cell) for cell in readable(line.cells)]
        if any(roles):
            return roles
    return []


def read_corners(lines: Sequence[Line], pair: Pair, roles: Sequence[Role | None]) -> CornerList:
    """Return the corners of the rows; lines about perimeter, area and the like are passed over.

    What is no number is among the ``rejected``: CELL-NOT-NUMBER, CELL-AMBIGUOUS.
    """
    edge_column = list(roles).index("edge") if "edge" in roles else pair.second + 1
    edges = (line.cells[edge_column] for line in lines if edge_column < len(line.cells))
    edge_mark = (
        decide_decimal(edges) or pair.decimal
    )  # lengths typed by hand may have another mark than the coordinates
    found = CornerList()
    between: float | None = None
    for line in lines:
        east, north = pair.of(line.cells)
        edge = _edge_length(line, edge_column, edge_mark)
        if not east and not north and edge is not None:
            between = edge  # tables that print the edge on a line of its own, between its two corners
            continue
        if not (is_number(east) or is_number(north)):
            role = _heading(line)
            if role is not None:
                found.sections.append(role)
            if role is not None or _NOT_A_CORNER.search(fold_text(readable([line.text])[0])):
                continue
        placed = _place(line, pair)
        if isinstance(placed, RowProblem):
            found.rejected.append(placed)
            found.rows.append(line)
            continue
        label = line.cells[pair.first - 1] if pair.first else ""
        stated = edge if edge is not None else between
        corner = Corner(line, label, *placed, stated, len(found.sections) - 1)
        found.corners.append(corner)
        found.rows.append(corner)
        between = None
    return found


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


def _edge_length(line: Line, column: int, decimal: Mark | None) -> float | None:
    if column >= len(line.cells) or not line.cells[column]:
        return None
    try:
        return parse_number(line.cells[column], decimal)
    except ValueError:
        return None


def close_rings(found: CornerList) -> tuple[list[Ring], list[RowProblem]]:
    """Return the rings in file order, and the corners that close a ring elsewhere (RING-CLOSURE).

    A label that comes back closes its ring; a heading begins the next one.
    """
    rings: list[Ring] = []
    problems: list[RowProblem] = []
    ring = Ring()
    section = 0
    for corner in found.corners:
        if corner.section != section and ring.corners:
            rings.append(ring)
            ring = Ring()
        section = corner.section
        ring.role = found.sections[section]
        first = ring.corners[0] if ring.corners else None
        if first is None or not _returns(corner, first, len(ring.corners)):
            ring.corners.append(corner)
            continue
        if math.dist((corner.east, corner.north), (first.east, first.north)) > CLOSING_TOLERANCE_M:
            facts = {"first": first.line.number}
            problems.append(RowProblem(corner.line.number, None, corner.label, "RING-CLOSURE", facts))
        ring.closing = corner
        rings.append(ring)
        ring = Ring()
    if ring.corners:
        rings.append(ring)
    return rings, problems


def _returns(corner: Corner, first: Corner, count: int) -> bool:
    """Whether a corner is the first one again: by its label, or by its place where corners have none."""
    if count < 2:
        return False
    same_place = (corner.east, corner.north) == (first.east, first.north)
    return corner.label == first.label if corner.label and first.label else same_place


def edges_of(ring: Ring, *, closed: bool = True) -> list[Edge]:
    """Return the edges that have a stated length; a table states them in the row before or behind the edge.

    Of both readings the one that contradicts the coordinates less is taken; without ``closed`` no edge leads back to
    the first corner.
    """
    corners = list(ring.corners)
    if closed or ring.closing is not None:
        corners.append(ring.closing or ring.corners[0])
    behind, ahead = list(_edges(corners, 1)), list(_edges(corners, 0))
    if ring.closing is None and behind and behind[-1].holder is ring.corners[0]:
        behind.pop()
    wrong_behind, wrong_ahead = (sum(edge.is_wrong for edge in edges) for edges in (behind, ahead))
    stated_first = ring.corners[0].edge is not None and (ring.closing is None or ring.closing.edge is None)
    return ahead if wrong_ahead < wrong_behind or (wrong_ahead == wrong_behind and stated_first) else behind


def edges_fit(corners: Sequence[Corner]) -> bool:
    """Whether most of the stated lengths are those between neighbouring corners; a bridge's length is not."""
    count = len(corners) - 1
    return any(2 * sum(not edge.is_wrong for edge in _edges(corners, holder)) > count for holder in (0, 1))


def _edges(corners: Sequence[Corner], holder: int) -> Iterator[Edge]:
    for pair in pairwise(corners):
        stated = pair[holder].edge
        if stated is not None:
            yield Edge(*pair, pair[holder], stated)
