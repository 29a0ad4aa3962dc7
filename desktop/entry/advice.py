"""What the program adds to what is typed: a document's number in its one spelling, the grade of the tables."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from core.messages import current_language
from core.text import without_unseen
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.decision_numbers import DecisionNumber, read_decision_number
from forms.grades import GradeSuggestion, suggest_grade
from forms.model import AnyField, RecordType
from forms.values import format_value
from geodesy.numbers import format_number

DATES_OF = {"decision_no": "decision_date", "task_decision_no": "task_decision_date", "doc_no": "doc_date"}
GRADE = "work_grade"


def read_number(field: AnyField, value: Any) -> DecisionNumber | None:
    """Return a document's number as it is stored, ``None`` when the field holds none or it is written so already."""
    if field.key not in DATES_OF or not isinstance(value, str):
        return None
    found = read_decision_number(value)
    return None if found.number == value else found


def cleaned(text: str) -> str | None:
    """Say what is taken out of a text before it is stored, ``None`` when it is stored as it was typed."""
    seen = without_unseen(text)
    if seen != text:
        return word("UI-UNSEEN-REMOVED", count=len(text) - len(seen))
    return None if unicodedata.is_normalized("NFC", text) else word("UI-MARKS-COMPOSED")


def suggest(
    record_type: RecordType, values: Mapping[str, Any], geometry: BaseGeometry | None, catalogue: Catalogue
) -> tuple[str | None, str] | None:
    """Return the grade that the tables suggest and why, ``None`` when they have nothing to say or it is taken already.

    The grade is ``None`` when the record lies in a gap of the tables: then a person has to read them.
    """
    found = suggest_grade(record_type.id, values, geometry)
    if found is None or (found.grade is not None and found.grade == values.get(GRADE)):
        return None
    facts = {"table": found.table, "reason": _reason(record_type, found, catalogue)}
    note = pick(found.note)
    if found.grade is None:
        return None, word("UI-GRADE-GAP", **facts, note=note).strip()
    grade = catalogue.choice_list(record_type.field(GRADE).choices).label(found.grade, current_language())
    return found.grade, word("UI-GRADE-SUGGESTED", grade=_lower_first(grade), **facts, note=note).strip()


def _reason(record_type: RecordType, found: GradeSuggestion, catalogue: Catalogue) -> str:
    """Return the criterion with the value that answered it, such as ``đường kính trong 400 mm``."""
    words, value = pick(found.criterion), found.value
    if value is None:
        return words
    if isinstance(value, str):
        field = record_type.field(found.field) if found.field else None
        shown = format_value(field, value, catalogue, current_language()) if field else value
    else:
        shown = format_number(value, 0 if float(value).is_integer() else 2, current_language())
    return " ".join(part for part in (words, shown, found.unit) if part)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
