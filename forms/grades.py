"""Which grade (cấp công trình) the tables of TT 06/2021/TT-BXD give a work; the approved document decides, not this."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from shapely.geometry.base import BaseGeometry

from core.messages import LANGUAGES, Language, render
from core.tables import load_table
from forms.catalogue import Catalogue
from forms.expressions import evaluate
from forms.model import RecordType
from forms.values import format_value

Values = Mapping[str, Any]
Words = Mapping[Language, str]

GRADES = ("DB", "I", "II", "III", "IV")
LOWEST = len(GRADES) - 1
_INTERVAL = re.compile(r"([\[(])([0-9.]*);([0-9.]*)([\])])")


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers that give one grade; a whole line when nothing bounds it."""

    low: float
    high: float
    with_low: bool
    with_high: bool

    def __contains__(self, number: float) -> bool:
        above = number > self.low or (self.with_low and number == self.low)
        return above and (number < self.high or (self.with_high and number == self.high))


@dataclass(frozen=True, slots=True)
class Criterion:
    """One rule of the tables: its interval or its code for each grade that it gives.

    ``lowered_to_m``: a line or section up to this length in all drops one grade, not below IV.
    """

    rule_id: str
    table: str
    words: Words
    grades: Mapping[str, Interval | str]
    lowered_to_m: float | None
    note: Words | None


@dataclass(frozen=True, slots=True)
class Use:
    """Where a criterion is answered: a field of a record type, divided by ``divisor`` to reach the rule's unit.

    Without a field the criterion asks for nothing; ``applies`` is CQL2 over the record's fields.
    """

    criterion: Criterion
    record_type: str
    field: str | None
    divisor: float
    unit: str | None
    applies: str | None


@dataclass(frozen=True, slots=True)
class GradeSuggestion:
    """The strictest grade among the criteria a record answers, and the one that decided.

    ``grade`` is ``None`` when ``value`` (in ``unit``, the record's own) lies in a gap of the source and could be
    stricter than what the others give: then a person has to read the tables. ``missing`` are the fields that would
    answer more criteria.
    """

    grade: str | None
    rule_id: str
    criterion: Words
    value: float | str | None
    unit: str | None
    table: str
    note: Words | None
    field: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What one criterion says: the rank of its grade (0 strictest), or that of the strictest one beside the gap."""

    use: Use
    value: float | str | None
    rank: int
    is_open: bool
    length_m: float | None


def suggest_grade(type_id: str, values: Values, geometry: BaseGeometry | None) -> GradeSuggestion | None:
    """Return the grade that the record's facts suggest, ``None`` when no criterion of the tables can be answered.

    ``geometry`` lies in metres of a VN-2000 / TM-3 zone; its length decides whether a pipeline, drain, duct or urban
    road up to 1,000 m drops a grade (TT 06/2021/TT-BXD 1.4.1.3 and 2.10).
    """
    uses = [use for use in load_uses().get(type_id, ()) if use.applies is None or evaluate(use.applies, values) is True]
    length = _length_m(values, geometry)
    judged = [found for use in uses if (found := _judge(use, values, length)) is not None]
    if not judged:
        return None
    strictest = min(judged, key=lambda found: (found.rank, found.is_open))
    answered = {found.use.criterion.rule_id for found in judged}
    missing = [use.field for use in uses if use.field and use.criterion.rule_id not in answered]
    return _suggestion(strictest, tuple(dict.fromkeys(missing)))


def word_criterion(
    record_type: RecordType, suggestion: GradeSuggestion, catalogue: Catalogue, language: Language
) -> str:
    """Return the criterion that decided with the record's own value behind it, as ``đường kính trong 600 mm``."""
    words = suggestion.criterion[language]
    if suggestion.field is None:
        return words
    field = record_type.field(suggestion.field)
    shown = format_value(field, suggestion.value, catalogue, language)
    return f"{words} {shown} {field.unit}" if field.unit else f"{words} {shown}"


@cache
def load_criteria() -> Mapping[str, Criterion]:
    """Return every rule of the tables by its id."""
    return {
        row["rule_id"]: Criterion(
            rule_id=row["rule_id"],
            table=row["table"],
            words={"vi": row["vi"], "en": row["en"]},
            grades={grade: _parse_interval(row[grade]) for grade in GRADES if row[grade]},
            lowered_to_m=float(row["lowered_to_m"]) if row["lowered_to_m"] else None,
            note={"vi": row["note_vi"], "en": row["note_en"]} if row["note_vi"] else None,
        )
        for row in load_table("construction_grades")
    }


@cache
def load_uses() -> Mapping[str, Sequence[Use]]:
    """Return where each record type answers which criterion, by the id of the type."""
    criteria, found = load_criteria(), dict[str, list[Use]]()
    for row in load_table("construction_grade_uses"):
        if row["record_type"]:
            use = Use(
                criterion=criteria[row["rule_id"]],
                record_type=row["record_type"],
                field=row["field"] or None,
                divisor=float(row["divisor"]),
                unit=row["unit"] or None,
                applies=row["applies"] or None,
            )
            found.setdefault(use.record_type, []).append(use)
    return found


def _parse_interval(text: str) -> Interval | str:
    """Return the interval of ``[400;800)``; what has another form is the code that gives the grade."""
    found = _INTERVAL.fullmatch(text)
    if not found:
        return text
    opening, low, high, closing = found.groups()
    return Interval(float(low) if low else -math.inf, float(high) if high else math.inf, opening == "[", closing == "]")


def _length_m(values: Values, geometry: BaseGeometry | None) -> float | None:
    if geometry is not None and geometry.length > 0 and geometry.area == 0:
        return float(geometry.length)
    return _number(values.get("length_m"))


def _number(value: Any) -> float | None:
    """Return a size, ``None`` for what is none: nothing built has less than nothing of anything."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def _judge(use: Use, values: Values, length_m: float | None) -> _Judgement | None:
    """Return what the criterion says of these values, ``None`` when they do not answer it."""
    grades = use.criterion.grades
    value = values.get(use.field) if use.field else None
    if use.field is None:
        rank, is_open = GRADES.index(next(iter(grades))), False
    elif isinstance(value, str):
        given = [grade for grade, code in grades.items() if code == value]
        if not given:
            return None
        rank, is_open = GRADES.index(given[0]), False
    else:
        size = _size(value, use.divisor)
        intervals = [(GRADES.index(grade), item) for grade, item in grades.items() if isinstance(item, Interval)]
        if size is None or not intervals:
            return None
        rank, is_open = _rank_number(intervals, size)
    limit = use.criterion.lowered_to_m
    is_lowered = limit is not None and length_m is not None and length_m <= limit and rank < LOWEST
    return _Judgement(use, value, rank + 1 if is_lowered else rank, is_open, length_m if is_lowered else None)


def _size(value: Any, divisor: float) -> float | None:
    number = _number(value)
    return None if number is None else _number(number / divisor)


def _rank_number(intervals: Sequence[tuple[int, Interval]], number: float) -> tuple[int, bool]:
    """Return the rank of the grade that ``number`` has, or of the strictest beside the gap it lies in, and whether.

    ``intervals`` holds at least one, each with the rank of its grade.
    """
    for rank, interval in intervals:
        if number in interval:
            return rank, False
    above = min((item.low for _, item in intervals if item.low >= number), default=None)
    below = max((item.high for _, item in intervals if item.high <= number), default=None)
    return min(rank for rank, item in intervals if item.low == above or item.high == below), True


def _suggestion(found: _Judgement, missing: tuple[str, ...]) -> GradeSuggestion:
    criterion = found.use.criterion
    notes = [criterion.note] if criterion.note else []
    if found.is_open:
        notes.append(_words("GRADE-GAP", criterion=criterion.words))
    elif found.length_m is not None:
        notes.append(_words("GRADE-LOWERED", length=round(found.length_m), limit=round(criterion.lowered_to_m or 0)))
    return GradeSuggestion(
        grade=None if found.is_open else GRADES[found.rank],
        rule_id=criterion.rule_id,
        criterion=criterion.words,
        value=found.value,
        unit=found.use.unit,
        table=criterion.table,
        note={language: " ".join(note[language] for note in notes) for language in LANGUAGES} if notes else None,
        field=found.use.field,
        missing=missing,
    )


def _words(code: str, **facts: Any) -> Words:
    return {language: render(code, facts, language) for language in LANGUAGES}
