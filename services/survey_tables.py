"""Tables of survey points: what is doubtful among them, how good they are, and the lines that their codes draw."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.tables import load_table
from core.text import fold_text
from exchange.delimited import role_of
from exchange.problems import RowProblem
from exchange.table import Table
from geodesy.linework import find_far
from geodesy.numbers import number_words, parse_number
from geodesy.survey.strings import SurveyString, build_strings, known_codes, parse_code
from geodesy.survey.traverse import close_loop, traverse_classes

Floats = npt.NDArray[np.float64]

CODE, NUMBER, MEANING, POINTS = "code", "string", "meaning", "points"
PLACES = "places"
SUSPECT_SPREAD = 8.0
_MAD = 1.4826
_FIXED = frozenset({"fix", "fixed", "4", "rtk fixed", "rtk fix", "l1 fixed"})
_LISTED = 200


def is_survey(table: Table) -> bool:
    """Whether a table holds survey points out of a text or a workbook, in metres."""
    if table.type_hint != "survey_point" or table.kind not in ("text", "sheets") or table.geometries is None:
        return False
    return bool(len(table)) and float(np.nanmedian(np.abs(shapely.get_coordinates(table.geometries)))) > 1000


def prepare_survey(table: Table) -> Table:
    """Return a table of survey points with what is doubtful as warnings, and each point's accuracy where it is told."""
    if not is_survey(table):
        return table
    xy = shapely.get_coordinates(table.geometries)
    warnings = [*_doubles(table, xy), *_outliers(table, xy), *_closures(table, xy)]
    return replace(table, warnings=(*table.warnings, *warnings), **_quality(table))


@cache
def _tolerance(key: str) -> float:
    return next(float(row["value"]) for row in load_table("survey_tolerances") if row["key"] == key)


def _column(table: Table, role: str) -> list[Any] | None:
    name = next((name for name in table.columns if role_of(name) == role), None)
    return table.columns[name] if name is not None else None


def codes_of(table: Table) -> list[Any]:
    """Return the points' codes, ``None`` each where no column has them."""
    return _column(table, "code") or [None] * len(table)


def _doubles(table: Table, xy: Floats) -> list[RowProblem]:
    rows, numbers = table.rows.tolist(), _column(table, "point") or [None] * len(table)
    found: list[RowProblem] = []
    first: dict[str, int] = {}
    for place, number in enumerate(numbers):
        if not number:
            continue
        before = first.setdefault(str(number), place)
        away = float(np.hypot(*(xy[place] - xy[before])))
        if before != place:
            code = "SURVEY-NUMBER-TWICE" if away > _tolerance("same_number_m") else "SURVEY-MEASURED-TWICE"
            facts = {"first": rows[before], "distance": number_words(away, 3), PLACES: xy[[place, before]].tolist()}
            found.append(RowProblem(rows[place], None, str(number), code, facts))
    assert table.geometries is not None
    tree = shapely.STRtree(table.geometries)
    pairs = tree.query(table.geometries, predicate="dwithin", distance=_tolerance("same_place_m")).T.tolist()
    for one, other in pairs:
        if one < other and (not numbers[one] or numbers[one] != numbers[other]):
            away = float(np.hypot(*(xy[one] - xy[other])))
            facts = {"first": rows[one], "distance": number_words(away, 3), PLACES: xy[[other, one]].tolist()}
            found.append(RowProblem(rows[other], None, numbers[other], "SURVEY-SAME-PLACE", facts))
    return _listed(found)


def _outliers(table: Table, xy: Floats) -> list[RowProblem]:
    rows, numbers = table.rows.tolist(), _column(table, "point") or [None] * len(table)
    assert table.geometries is not None
    found = [
        RowProblem(rows[place], None, numbers[place], "SURVEY-FAR", {PLACES: xy[[place]].tolist()})
        for place in np.flatnonzero(find_far(table.geometries, 200.0)).tolist()
    ]
    heights = np.array([np.nan if value is None else value for value in table.point_heights()])
    known = np.isfinite(heights)
    if known.sum() >= 5:
        middle = float(np.median(heights[known]))
        spread = _MAD * float(np.median(np.abs(heights[known] - middle)))
        limit = max(SUSPECT_SPREAD * spread, _tolerance("height_m"))
        for place in np.flatnonzero(known & (np.abs(np.nan_to_num(heights) - middle) > limit)).tolist():
            facts = {"height": number_words(float(heights[place]), 2), "middle": number_words(middle, 2)}
            facts |= {PLACES: xy[[place]].tolist()}
            found.append(RowProblem(rows[place], None, numbers[place], "SURVEY-HEIGHT", facts))
    return _listed(found)


def _listed(found: list[RowProblem]) -> list[RowProblem]:
    """Return the first of very many, and how many more there are."""
    rest = found[_LISTED:]
    more = [RowProblem(rest[0].row, None, rest[0].value, "SURVEY-MORE", {"count": len(rest)})] if rest else []
    return found[:_LISTED] + more


def places_of(warning: RowProblem) -> Floats:
    """Return where the doubtful points of a warning lie, ``(n, 2)`` east and north in the file's own numbers.

    The first is the row's own point, a second the one that it repeats; none where a warning is about no point.
    """
    return np.asarray(warning.context.get(PLACES, []), dtype=np.float64).reshape(-1, 2)


def _closures(table: Table, xy: Floats) -> list[RowProblem]:
    """Tell how each traverse closes that was measured back to its first point, by the class that is the strictest."""
    codes = [parse_code(code) for code in codes_of(table)]
    numbers = _column(table, "point") or []
    places = [
        place
        for place, code in enumerate(codes)
        if code and known_codes().get(code.letters, {}).get("draws") == "traverse"
    ]
    if len(places) < 4 or not numbers or numbers[places[0]] != numbers[places[-1]]:
        return []
    found = close_loop(xy[places], traverse_classes()["cap_1"])
    kept = [kind for kind in traverse_classes().values() if found.relative >= kind.relative]
    best = max(kept, key=lambda kind: kind.relative) if kept else None
    facts = {
        "error": number_words(found.error_m, 3),
        "north": number_words(found.north_m, 3),
        "east": number_words(found.east_m, 3),
        "length": number_words(found.length_m, 1),
        "relative": "∞" if np.isinf(found.relative) else round(found.relative),
        "kind": best.label if best else "–",
    }
    code = "SURVEY-CLOSES" if best else "SURVEY-OPEN"
    return [RowProblem(int(table.rows[places[-1]]), None, str(numbers[places[-1]]), code, facts)]


def _quality(table: Table) -> dict[str, Any]:
    """Return what columns of a receiver say of each point: its accuracy, and that it was fixed."""
    changed: dict[str, Any] = {}
    for name, cells in table.columns.items():
        row = _gnss_columns().get(
            " ".join(fold_text(name).replace("_", " ").replace("(", " ").replace(")", " ").split())
        )
        if row is None:
            continue
        if row["means"] == "accuracy" and "accuracies" not in changed:
            factor = float(row["factor"])
            changed["accuracies"] = tuple(_metres(cell, factor) for cell in cells)
        elif row["means"] == "fix" and any(fold_text(str(cell)) in _FIXED for cell in cells if cell):
            changed["capture_method"] = "gnss_rtk"
    return changed


@cache
def _gnss_columns() -> dict[str, dict[str, str]]:
    return {row["heading"]: row for row in load_table("gnss_columns")}


def _metres(cell: Any, factor: float) -> float | None:
    if cell is None:
        return None
    try:
        value = float(cell) if isinstance(cell, int | float) else parse_number(str(cell))
    except ValueError:
        return None
    return round(value * factor, 6) if value >= 0 else None


def lines_from_codes(table: Table, only: Sequence[str] = ()) -> Table:
    """Return the lines and outlines that the codes of survey points draw, one row each.

    ``only`` keeps the lines of these codes. Points that draw none are counted in a warning; a line is broken, and that
    is told, where two of its points lie far apart.
    """
    xy = shapely.get_coordinates(table.geometries)
    codes, numbers = codes_of(table), _column(table, "point") or [None] * len(table)
    wanted = {fold_text(code).upper() for code in only}
    warnings: list[RowProblem] = []
    strings = []
    for string in build_strings(codes):
        if not wanted or string.letters in wanted:
            strings += _unbroken(string, xy, table, warnings)
    used = {place for string in strings for place in string.places}
    if len(used) < len(table):
        warnings.append(RowProblem(0, None, None, "SURVEY-NO-LINE", {"count": len(table) - len(used)}))
    shapes = np.empty(len(strings), dtype=object)
    shapes[:] = [
        shapely.Polygon(xy[list(one.places)]) if one.is_closed else shapely.LineString(xy[list(one.places)])
        for one in strings
    ]
    raws = table.raw_rows or tuple("" for _ in range(len(table)))
    labels = [known_codes().get(one.letters, {}).get("vi") for one in strings]
    return replace(
        table,
        columns={
            CODE: [one.letters for one in strings],
            NUMBER: [one.number or None for one in strings],
            MEANING: labels,
            POINTS: [", ".join(str(numbers[place]) for place in one.places if numbers[place]) for one in strings],
        },
        geometries=shapes,
        heights=None,
        rows=np.array([int(table.rows[one.places[0]]) for one in strings], dtype=np.int64),
        raw_rows=tuple("\n".join(raws[place] for place in one.places) for one in strings),
        warnings=(*table.warnings, *warnings),
        accuracies=None,
        type_hint=next(
            (row["type"] for row in (known_codes().get(one.letters, {}) for one in strings) if row.get("type")), None
        ),
        undecoded=frozenset(),
    )


def _unbroken(string: SurveyString, xy: Floats, table: Table, warnings: list[RowProblem]) -> list[SurveyString]:
    """Return a line in the parts between its gaps."""
    runs = [[string.places[0]]]
    for before, place in pairwise(string.places):
        if np.hypot(*(xy[place] - xy[before])) > _tolerance("line_gap_m"):
            gap = number_words(float(np.hypot(*(xy[place] - xy[before]))), 1)
            warnings.append(RowProblem(int(table.rows[place]), None, string.letters, "SURVEY-GAP", {"gap": gap}))
            runs.append([])
        runs[-1].append(place)
    if len(runs) == 1:
        return [string]
    return [SurveyString(string.letters, string.number, tuple(run), False) for run in runs if len(run) > 1]
