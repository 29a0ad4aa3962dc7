"""One field of a record type as one question of an XForm: its type, its words and its limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from core.messages import LANGUAGES, Language, render
from exchange.xpath import Kind, pattern_xpath
from forms.computed import DEFAULTS
from forms.model import (
    AnyField,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    GeometryKind,
    IntegerField,
    MomentField,
    NumberField,
    RecordType,
    TextField,
)
from geodesy.numbers import format_number

PHOTOS = 5  # questions, not a repeat: KoboToolbox leaves repeats out of its CSV
YES_NO = "yes_no"
LOCATION_KIND, LOCATION_KINDS = "location_kind", "location_kinds"
LOCATIONS: Mapping[str, str] = {
    "geopoint": "location_point",
    "geotrace": "location_line",
    "geoshape": "location_area",
}
"""Question type to question name, of where a record lies."""

FILE_MARK = "file_sha256"
FILE_FACTS = frozenset({"file_name", FILE_MARK, "file_bytes", "file_mime", "file_dpi"})
"""What a type that stands for one file says of it; filled when the file is taken in."""

_GEOMETRY: Mapping[GeometryKind, str] = {
    "point": "geopoint",
    "line": "geotrace",
    "multi_line": "geotrace",
    "multi_polygon": "geoshape",
}
_TYPES = {
    "text": "text",
    "number": "decimal",
    "boolean": "select_one",
    "date": "date",
    "moment": "dateTime",
    "choice": "select_one",
    "choices": "select_multiple",
    "reference": "select_one",
}
_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "moment": "moment",
    "choice": "code",
    "choices": "list",
    "reference": "code",
}
_INTEGER_LIMIT = 999_999_999  # what a phone takes as an integer; more goes as a decimal
_FEW_CHOICES = 10

Words = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a form's survey.

    ``kind`` is what its answer is to a condition, ``choices`` the list it chooses from.
    """

    type: str
    name: str
    kind: Kind
    label: Words
    hint: Words | None = None
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    constraint_message: Words | None = None
    default: str = ""
    appearance: str = ""
    parameters: str = ""
    choices: str | None = None

    def with_list(self, name: str, *, count: int, from_file: bool = False) -> "Question":
        """Return the question choosing from the list ``name`` of ``count`` entries."""
        several = f"{self.type}_from_file" if from_file else self.type
        return replace(
            self,
            type=f"{several} {name}",
            appearance="minimal autocomplete" if count > _FEW_CHOICES else self.appearance,
        )


def geometry_questions(record_type: RecordType) -> Iterator[Question]:
    """Yield the questions of where a record lies; of a type with two kinds of geometry first which of them it is."""
    types = list(dict.fromkeys(_GEOMETRY[kind] for kind in record_type.geometry))
    if len(types) > 1:
        yield Question(f"select_one {LOCATION_KINDS}", LOCATION_KIND, "code", word("XLSFORM-KIND"), required=True)
    for name in types:
        relevant = f"${{{LOCATION_KIND}}} = '{name}'" if len(types) > 1 else ""
        yield Question(name, LOCATIONS[name], "text", location_words(name), required=True, relevant=relevant)


def location_words(question: str) -> Words:
    """Return the words of a question of where a record lies, by its type."""
    return word({"geopoint": "XLSFORM-POINT", "geotrace": "XLSFORM-LINE", "geoshape": "XLSFORM-AREA"}[question])


def photo_names(record_type: RecordType) -> list[str]:
    """Return the names of the photo questions: several where a record keeps files, one where it stands for a file."""
    if any(isinstance(target, FilesField) for target in record_type.fields):
        return [f"photo_{number}" for number in range(1, PHOTOS + 1)]
    return ["photo_1"] if FILE_MARK in {target.key for target in record_type.fields} else []


def question_of(record_type: RecordType, target: AnyField, day: str) -> Question | None:
    """Return the question of a field, ``None`` for what is computed, or comes with the file itself.

    Raise ``Untranslatable`` for a pattern that a phone does not understand.
    """
    if target.computed or isinstance(target, FilesField):
        return None
    if target.key in FILE_FACTS and FILE_MARK in {item.key for item in record_type.fields}:
        return None
    question = Question(
        _TYPES.get(target.type, "integer"),
        target.key,
        _KINDS[target.type],
        _label(target),
        hint=_hint(target),
        required=target.required == "save",
        default=_default(target, day),
        appearance="multiline" if isinstance(target, TextField) and target.multiline else "",
        choices=_list_of(target),
    )
    return _limited(question, target)


def word(code: str, **facts: object) -> Words:
    """Return a message in every language."""
    return {language: render(code, facts, language) for language in LANGUAGES}


def _list_of(target: AnyField) -> str | None:
    if isinstance(target, ChoiceField | ChoicesField):
        return target.choices
    return {"boolean": YES_NO, "reference": f"records_{target.key}"}.get(target.type)


def _label(target: AnyField) -> Words:
    more = target.unit or (f"{target.prefix}…" if isinstance(target, IntegerField) and target.prefix else None)
    return {
        language: f"{target.label[language]} ({more})" if more else target.label[language] for language in LANGUAGES
    }


def _hint(target: AnyField) -> Words | None:
    """Return the field's help, and that an office will ask for it before it approves."""
    wanted = word("XLSFORM-WANTED") if target.required == "approve" and not target.required_when else None
    parts = [words for words in (target.help, wanted) if words]
    return {language: " ".join(words[language] for words in parts) for language in LANGUAGES} if parts else None


def _default(target: AnyField, day: str) -> str:
    if target.default == "today" and isinstance(target, DateField):
        return "today()"
    if target.default:
        value = DEFAULTS[target.default](date.fromisoformat(day))
        return str(value).lower() if isinstance(value, bool) else str(value)
    return f"${{last-saved#{target.key}}}" if target.carry else ""


def _limited(question: Question, target: AnyField) -> Question:
    """Return the question with its limits as one constraint, and the words for who meets it."""
    limits = list(_limits(target))
    if isinstance(target, IntegerField) and not _fits_integer(target):
        question = replace(question, type="decimal")
        limits.append((". = int(.)", word("XLSFORM-WHOLE")))
    if not limits:
        return question
    message = {language: " ".join(words[language] for _, words in limits) for language in LANGUAGES}
    return replace(question, constraint=" and ".join(limit for limit, _ in limits), constraint_message=message)


def _fits_integer(target: IntegerField) -> bool:
    return target.maximum is not None and target.maximum <= _INTEGER_LIMIT and (target.minimum or 0) >= -_INTEGER_LIMIT


def _limits(target: AnyField) -> Iterator[tuple[str, Words]]:
    if isinstance(target, TextField):
        yield f"string-length(.) <= {target.max_length}", word("XLSFORM-LENGTH", maximum=target.max_length)
        if target.pattern is not None:
            yield pattern_xpath(target.pattern), word("XLSFORM-PATTERN", pattern=target.pattern)
    if isinstance(target, IntegerField | NumberField):
        for limit, sign, code in ((target.minimum, ">=", "XLSFORM-MINIMUM"), (target.maximum, "<=", "XLSFORM-MAXIMUM")):
            if limit is not None:
                yield f". {sign} {_number(limit)}", _limit_words(code, limit)
    if isinstance(target, DateField | MomentField) and not target.future:
        yield (". <= today()" if isinstance(target, DateField) else ". <= now()"), word("XLSFORM-FUTURE")


def _number(limit: float) -> str:
    return str(int(limit)) if float(limit).is_integer() else repr(limit)


def _limit_words(code: str, limit: float) -> Words:
    decimals = 0 if float(limit).is_integer() else len(repr(float(limit)).partition(".")[2])
    return {
        language: render(code, {"limit": format_number(limit, decimals, language)}, language) for language in LANGUAGES
    }
