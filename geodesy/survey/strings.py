"""Lines out of the codes of survey points: which points belong together, where a line begins, ends and closes; pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.tables import load_table
from core.text import fold_text

Mark = Literal["start", "end", "close"]

_CODE = re.compile(r"([A-Z]+)\s*[.\-_]?\s*(\d*)")


@dataclass(frozen=True, slots=True)
class PointCode:
    """What a code says: its letters, the number of its line (``""`` for none), and its marks."""

    letters: str
    number: str
    marks: frozenset[Mark]


@dataclass(frozen=True, slots=True)
class SurveyString:
    """Points that make one line: their places in order; a closed one comes back to its first."""

    letters: str
    number: str
    places: tuple[int, ...]
    is_closed: bool


@cache
def known_codes() -> dict[str, dict[str, str]]:
    """Return the rows of the table of codes by their letters."""
    return {row["code"]: row for row in load_table("survey_codes")}


@cache
def _marks() -> dict[str, Mark]:
    return {row["mark"]: row["means"] for row in load_table("survey_marks")}  # type: ignore[misc]


def parse_code(text: str | None) -> PointCode | None:
    """Return what a code such as ``TIM1 BD``, ``M-2.C`` or ``tim`` says, ``None`` for an empty one."""
    plain = fold_text(text or "").upper().strip()
    found = _CODE.match(plain)
    if not found:
        return None
    words = [word for word in re.split(r"[\s.\-_/,;*+]+", plain[found.end() :]) if word]
    marks = {_marks()[word] for word in (*words, " ".join(words)) if word in _marks()}
    return PointCode(found[1], found[2], frozenset(marks))


def draws_line(code: PointCode) -> bool:
    """Whether points of a code make lines: the table says so, or the code itself has a mark."""
    row = known_codes().get(code.letters)
    return bool(code.marks) if row is None else row["draws"] == "line"


def build_strings(codes: Iterable[str | None]) -> list[SurveyString]:
    """Return the lines that the codes of points, in the order of measuring, draw; each has at least two points.

    Points of the same code and number follow one another, whatever was measured between them. A start begins a new
    line, an end and a closing finish one.
    """
    open_runs: dict[tuple[str, str], list[int]] = {}
    found: list[SurveyString] = []

    def finish(key: tuple[str, str], *, is_closed: bool = False) -> None:
        places = open_runs.pop(key, [])
        if len(places) > (2 if is_closed else 1):
            found.append(SurveyString(*key, tuple(places), is_closed))

    for place, text in enumerate(codes):
        code = parse_code(text)
        if code is None or not draws_line(code):
            continue
        key = (code.letters, code.number)
        if "start" in code.marks:
            finish(key)
        open_runs.setdefault(key, []).append(place)
        if "close" in code.marks or "end" in code.marks:
            finish(key, is_closed="close" in code.marks)
    for key in list(open_runs):
        finish(key)
    return sorted(found, key=lambda item: item.places[0])


def unknown_codes(codes: Sequence[str | None]) -> dict[str, int]:
    """Return the letters that the table does not hold, and how many points have them."""
    counted: dict[str, int] = {}
    for text in codes:
        code = parse_code(text)
        if code is not None and code.letters not in known_codes():
            counted[code.letters] = counted.get(code.letters, 0) + 1
    return counted
