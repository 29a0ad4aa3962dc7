"""Coordinate tables as field files: each closed run of corners becomes a polygon of its own."""

import re
from collections.abc import Sequence

from core.text import clean_text, fold_text
from exchange.corner_checks import check_edges, check_places, check_rings, check_sizes
from exchange.corners import (
    SMALLEST_RING,
    Ring,
    close_rings,
    edges_fit,
    edges_of,
    first_row,
    read_corners,
    roles_before,
    rows_of,
    unfold,
)
from exchange.declared_axis import find_declared_system
from exchange.delimited import Line, Pair, readable, split_lines
from exchange.text_table import TextTable
from geodesy.numbers import parse_number

_TITLE = re.compile(r"toa do (?:cac )?(?:goc|moc|dinh|diem|ranh)|bang ke toa do|goc ranh|goc thua")
_GENERIC_TITLE = re.compile(
    r"b[ảa]ng|k[êe]|li[ệe]t|th[ốo]ng|t[ọo][aạ]|[đd][ộo]|c[áa]c|[đd]i[ểe]m|g[óo]c|ranh|gi[ớo]i|m[ốo]c|[đd][ỉi]nh",
    re.IGNORECASE,
)
_NAME = re.compile(r"^\s*(?:tên|đồ án|dự án|công trình|khu vực)[^:]*:\s*(.+)$", re.IGNORECASE)
_AREA = re.compile(r"dien tich[^:=]*[:=]?\s*([\d][\d.,\s]*\d|\d)\s*(ha|m2|m²|met vuong)")


def is_coordinate_table(text: str) -> bool:
    """Whether a text lists a polygon's corners: by its title, its edges, or because it ends where it began."""
    lines, pair = split_lines(text)
    if pair is None:
        return False
    lines = unfold(lines, pair)
    start = first_row(lines, pair)
    before = readable([line.text for line in lines[:start]])
    if any(_TITLE.search(fold_text(line)) for line in before):
        return True
    rows, roles = rows_of(lines, start), roles_before(lines, start)
    if "edge" in roles and edges_fit(read_corners(rows, pair, roles).corners):
        return True
    return len(rows) > SMALLEST_RING and pair.first > 0 and _same_corner(rows[0], rows[-1], pair)


def parse_coordinate_table(text: str, *, decoded: bool) -> TextTable:
    """Return one polygon for each closed run of corners; a run headed as an inner boundary is a hole of the one before.

    Edges that differ from their stated length by more than 0.05 m and 1e-4 of it are warnings (EDGE-LENGTH), with the
    corner to suspect (CORNER-SUSPECT, CORNER-OFF), as is a corner on another one (CORNER-SAME-PLACE). A corner that
    cannot be read, is listed twice, lies away from all others, or closes elsewhere (CELL-NOT-NUMBER, VERTEX-TWICE,
    CORNER-FAR, CORNER-DIGITS, RING-CLOSURE) spoils the polygon: it is rejected with its line and no polygon comes back.
    """
    lines, pair = split_lines(text)
    assert pair is not None
    lines = unfold(lines, pair)
    start = first_row(lines, pair)
    titles = readable([line.text for line in lines])
    table = TextTable(
        "polygon",
        decoded,
        declared=find_declared_system(titles),
        axis_order="north-east" if pair.north_first else "east-north",
        type_hint="planning_boundary",
        capture_method="tu_bang_toa_do",
    )
    found = read_corners(rows_of(lines, start), pair, roles_before(lines, start))
    table.rejected += found.rejected
    if not table.rejected:
        rings, problems = close_rings(found)
        table.rejected += [*problems, *check_rings(rings, geographic=pair.geographic), *check_sizes(rings)]
        if not table.rejected:
            _add_polygons(table, rings, geographic=pair.geographic)
    _describe(table, readable([line.text for line in lines[:start]]), titles)
    return table


def _same_corner(one: Line, other: Line, pair: Pair) -> bool:
    return one.cells[: pair.second + 1] == other.cells[: pair.second + 1]


def _add_polygons(table: TextTable, rings: Sequence[Ring], *, geographic: bool) -> None:
    for ring in rings:
        closed = [*ring.corners, ring.corners[0]]
        table.east += [corner.east for corner in closed]
        table.north += [corner.north for corner in closed]
        table.sizes.append(len(closed))
        source = [*ring.corners, *([ring.closing] if ring.closing else [])]
        raw = "\n".join(corner.line.text for corner in source)
        if ring.role == "inner" and table.rows:
            table.rings[-1] += 1
            table.raw_rows[-1] += f"\n\n{raw}"
        else:
            table.rings.append(1)
            table.rows.append(ring.corners[0].line.number)
            table.raw_rows.append(raw)
        table.warnings += [] if geographic else check_edges(edges_of(ring))
    table.warnings += check_places(rings)


def _describe(table: TextTable, before: Sequence[str], everything: Sequence[str]) -> None:
    """Add what the titles say of the polygon: its name, and the stated area in hectares."""
    count = len(table.rows)
    name = next((clean_text(found[1]) for line in everything if (found := _NAME.search(line))), None) or _name_in(
        before
    )
    table.columns["ten"] = [name] * count
    table.numbers["dien_tich"] = [stated_area_ha(everything)] * count
    firsts = [sum(table.rings[:place]) for place in range(count)]
    table.numbers["so_dinh"] = [
        float(sum(table.sizes[first : first + rings]) - rings) for first, rings in zip(firsts, table.rings, strict=True)
    ]


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


def stated_area_ha(lines: Sequence[str]) -> float | None:
    """Return the area that one of the lines states, in hectares."""
    for line in lines:
        if found := _AREA.search(fold_text(line)):
            try:
                area = parse_number(found[1], prefer=",")
            except ValueError:
                continue
            return area if found[2] == "ha" else area / 10_000
    return None
