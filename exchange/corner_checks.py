"""What is wrong with the corners of a coordinate table, by row, and by how much."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median

from exchange.corners import SMALLEST_RING, Corner, Edge, Ring, edge_fits
from exchange.delimited import EASTING_M, NORTHING_M
from exchange.problems import RowProblem
from geodesy.numbers import number_words

FARTHEST_M = 130_000.0  # what a lost digit moves at least; of the communes only the archipelagos are so wide
FEW_SHARE = 1 / 3  # of the corners: where more of them lie far off, the land does
MOST_ACCUSED = 20
_MILLIMETRE = 3


def check_rings(rings: Sequence[Ring], *, geographic: bool) -> Iterator[RowProblem]:
    """Yield what spoils any geometry: VERTEX-TWICE, CORNER-FAR, CORNER-DIGITS."""
    for ring in rings:
        seen: dict[str, int] = {}
        for corner in ring.corners:
            if corner.label and corner.label in seen:
                facts = {"first": seen[corner.label]}
                yield RowProblem(corner.line.number, None, corner.label, "VERTEX-TWICE", facts)
            seen.setdefault(corner.label, corner.line.number)
    if not geographic:
        yield from _check_distance([corner for ring in rings for corner in ring.corners])


def check_sizes(rings: Sequence[Ring]) -> Iterator[RowProblem]:
    """Yield RING-SHORT for what encloses nothing."""
    for ring in rings:
        if len(ring.corners) < SMALLEST_RING:
            facts = {"count": len(ring.corners)}
            yield RowProblem(ring.corners[0].line.number, None, None, "RING-SHORT", facts)


def _check_distance(corners: Sequence[Corner]) -> Iterator[RowProblem]:
    """Yield the corners whose X or Y lies away from all others, as one lost digit puts it."""
    if len(corners) < SMALLEST_RING:
        return
    for axis, values in (("X", [one.north for one in corners]), ("Y", [one.east for one in corners])):
        middle = median(values)
        if sum(abs(value - middle) > FARTHEST_M for value in values) > FEW_SHARE * len(values):
            continue
        for corner, value in zip(corners, values, strict=True):
            away = abs(value - middle)
            if away > FARTHEST_M:
                digits, usual = (len(str(int(abs(size)))) for size in (value, middle))
                facts = {
                    "label": corner.label,
                    "value": number_words(value, 3),
                    "away": number_words(away / 1000, 0),
                    "digits": digits,
                    "usual": usual,
                }
                code = "CORNER-FAR" if digits == usual else "CORNER-DIGITS"
                yield RowProblem(corner.line.number, axis, f"{value:.3f}", code, facts)


def check_edges(edges: Sequence[Edge]) -> Iterator[RowProblem]:
    """Yield EDGE-LENGTH for each edge that is not as long as stated, and the corner that two such edges share.

    CORNER-SUSPECT names the X or Y that one digit, lost, wrong, exchanged or too many, would explain; CORNER-OFF is
    said where nothing so simple does. Where many edges are wrong it is not the corners: only the first few are accused.
    """
    for edge in edges:
        if edge.is_wrong:
            facts = {
                "value": number_words(edge.stated_m, 3),
                "measured": number_words(edge.measured_m, 3),
                "from": edge.start.label,
                "to": edge.end.label,
                "off": number_words(abs(edge.measured_m - edge.stated_m), 3),
            }
            yield RowProblem(edge.holder.line.number, "S", f"{edge.stated_m:.3f}", "EDGE-LENGTH", facts)
    yield from islice(_accusations(edges), MOST_ACCUSED)


def _accusations(edges: Sequence[Edge]) -> Iterator[RowProblem]:
    for one, two in zip(edges, [*edges[1:], *edges[:1]], strict=True):
        if len(edges) < 2 or not _same(one.end, two.start):
            continue
        if one.is_wrong and two.is_wrong:
            yield _suspect(one, two)
        elif one.is_wrong or two.is_wrong:
            yield from _shortened(one, two, edges)


def _same(one: Corner, other: Corner) -> bool:
    return one is other or (one.label == other.label and (one.east, one.north) == (other.east, other.north))


def _suspect(before: Edge, after: Edge) -> RowProblem:
    corner = before.end
    best: tuple[float, str, float, float] | None = None
    for axis in ("X", "Y"):
        written = corner.north if axis == "X" else corner.east
        low, high = NORTHING_M if axis == "X" else EASTING_M
        for value in _one_digit_away(written):
            misfit = _misfit(
                before, after, value if axis == "Y" else corner.east, value if axis == "X" else corner.north
            )
            if low <= value <= high and misfit is not None and (best is None or misfit < best[0]):
                best = misfit, axis, written, value
    row, label = after.start.line.number, corner.label
    if best is None:
        facts = {
            "before": number_words(before.measured_m - before.stated_m, 3, signed=True),
            "after": number_words(after.measured_m - after.stated_m, 3, signed=True),
        }
        return RowProblem(row, None, label, "CORNER-OFF", facts)
    return _accuse(best[1], row, label, best[2], best[3])


def _accuse(axis: str, row: int, label: str, written: float, value: float) -> RowProblem:
    facts = {
        "label": label,
        "value": number_words(written, 3),
        "maybe": number_words(value, 3),
        "off": number_words(abs(value - written), 3),
    }
    return RowProblem(row, axis, f"{written:.3f}", "CORNER-SUSPECT", facts)


def _shortened(before: Edge, after: Edge, edges: Sequence[Edge]) -> Iterator[RowProblem]:
    """Yield CORNER-SUSPECT for the corner of one wrong edge that has fewer decimals than any other and fits with one
    more: a digit lost behind the mark moves it along one of its edges alone.
    """
    corner = before.end
    for axis in ("X", "Y"):
        written = corner.north if axis == "X" else corner.east
        others = [edge.end.north if axis == "X" else edge.end.east for edge in edges if not _same(edge.end, corner)]
        if not others or _decimals(written) >= min(map(_decimals, others)):
            continue
        whole, _, rest = f"{written:.4f}".rstrip("0").partition(".")
        for place in range(len(rest)):
            for digit in "0123456789":
                value = float(f"{whole}.{rest[:place]}{digit}{rest[place:]}")
                east, north = (value, corner.north) if axis == "Y" else (corner.east, value)
                if value != written and _misfit(before, after, east, north) is not None:
                    yield _accuse(axis, after.start.line.number, corner.label, written, value)
                    return


def _decimals(value: float) -> int:
    return len(f"{value:.4f}".rstrip("0").partition(".")[2])


def _misfit(before: Edge, after: Edge, east: float, north: float) -> float | None:
    """Return how badly both edges fit when their common corner lies elsewhere; ``None`` when one does not."""
    lengths = (
        math.dist((before.start.east, before.start.north), (east, north)),
        math.dist((after.end.east, after.end.north), (east, north)),
    )
    stated = (before.stated_m, after.stated_m)
    if not all(edge_fits(length, said) for length, said in zip(lengths, stated, strict=True)):
        return None
    return sum(abs(length - said) for length, said in zip(lengths, stated, strict=True))


def _one_digit_away(value: float) -> Iterator[float]:
    """Yield the numbers that become ``value`` by one slip of the pen."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    for place in range(len(text) + 1):
        yield from (float(f"{text[:place]}{digit}{text[place:]}") for digit in "0123456789")
        if place == len(text) or not text[place].isdigit():
            continue
        yield from (
            float(f"{text[:place]}{digit}{text[place + 1 :]}") for digit in "0123456789" if digit != text[place]
        )
        if len(text) > 1 and (text[:place] + text[place + 1 :]) != ".":
            yield float(text[:place] + text[place + 1 :])
        if place + 1 < len(text) and text[place + 1].isdigit():
            yield float(text[:place] + text[place + 1] + text[place] + text[place + 2 :])


def check_places(rings: Sequence[Ring]) -> Iterator[RowProblem]:
    """Yield CORNER-SAME-PLACE for each corner of a ring that lies where an earlier one does, to the millimetre."""
    for ring in rings:
        seen: dict[tuple[float, float], Corner] = {}
        for corner in ring.corners:
            place = round(corner.east, _MILLIMETRE), round(corner.north, _MILLIMETRE)
            if place in seen:
                facts = {"first": seen[place].line.number, "other": seen[place].label}
                yield RowProblem(corner.line.number, None, corner.label, "CORNER-SAME-PLACE", facts)
            seen.setdefault(place, corner)
