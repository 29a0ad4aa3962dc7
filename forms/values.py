"""Text to value and back, per field type: the one reading that typing, import and the command line share.

Only the form of a value is judged here. Limits, future days and required fields are rules' business, for an import must
be able to hold what is wrong until somebody puts it right.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from core.errors import UserError
from core.identity import is_uid
from core.messages import LANGUAGES, Language, render
from core.text import clean_text, fold_text
from forms.catalogue import Catalogue
from forms.choices import Choice, ChoiceList
from forms.days import day_of, format_day, format_moment, moment_of, parse_day, parse_moment
from forms.files import file_links, plain_links
from forms.land_use import LAND_CODES, mixed_codes
from forms.measures import KILOMETRE, parse_chainage, split_measure
from forms.model import (
    AnyField,
    BooleanField,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    IntegerField,
    MomentField,
    NumberField,
    ReferenceField,
    TextField,
)
from forms.storable import LARGEST_INTEGER, WHOLE_LIMIT, word_integer
from geodesy.numbers import AmbiguousNumber, Mark, format_number, parse_number

SEPARATOR = ";"
SIMILAR = 3
_ETH = str.maketrans({"Ð": "Đ", "ð": "đ"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TRUE = frozenset({"co", "yes", "true", "1", "x", "dung", "y", "t"})
_FALSE = frozenset({"khong", "no", "false", "0", "sai", "n", "f"})
_YES: dict[Language, str] = {"vi": "Có", "en": "Yes"}
_NO: dict[Language, str] = {"vi": "Không", "en": "No"}
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text is read with, beside its field."""

    catalogue: Catalogue
    decimal: Mark | None
    prefer: Mark | None


def parse_value(
    field: AnyField, raw: object, catalogue: Catalogue, *, decimal: Mark | None = None, prefer: Mark | None = None
) -> Any:
    """Return the value that ``raw`` (text, or what a file's typed column holds) means for the field; empty is ``None``.

    ``decimal`` is the decimal mark of the whole source column, ``prefer`` the mark of the user's language, for what a
    typed number leaves open. Raise ``UserError`` VALUE-…, with field and value, when it means nothing.
    """
    if isinstance(raw, float) and math.isnan(raw):
        return None
    text = clean_text(raw) if isinstance(raw, str) else raw
    if text is None or text == "":
        return None
    if isinstance(raw, int) and abs(raw) >= LARGEST_INTEGER:
        raise UserError("VALUE-INTEGER-SIZE", field=field.label, value=word_integer(raw))
    try:
        return _PARSERS[type(field)](field, text, _Reading(catalogue, decimal, prefer))
    except UserError as error:
        context: dict[str, Any] = {"field": field.label, "value": raw, **error.context}
        raise UserError(error.code, **context) from error


def format_value(field: AnyField, value: Any, catalogue: Catalogue, language: Language) -> str:
    """Return the value as people read it: words for codes, dd/mm/yyyy, the field's decimals; ``None`` as empty text.

    A value of another type than the field's is shown as it is, never an error.
    """
    if value is None:
        return ""
    try:
        return _FORMATTERS[type(field)](field, value, catalogue, language)
    except (TypeError, ValueError):
        return str(value)


def _parse_text(field: TextField, raw: Any, reading: _Reading) -> str:
    text = raw if isinstance(raw, str) else _plain(raw)
    text = text.translate(_ETH) if "Ð" in text or "ð" in text else text
    if not text.isprintable():
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not field.multiline:
            text = " ".join(text.replace("\t", " ").split("\n"))
        if found := _CONTROL.search(text):
            raise UserError("VALUE-CONTROL", position=found.start() + 1)
    if len(text) > field.max_length:
        raise UserError("VALUE-TOO-LONG", length=len(text), maximum=field.max_length)
    if field.pattern is not None and not re.fullmatch(field.pattern, text):
        raise UserError("VALUE-PATTERN", pattern=field.pattern)
    return text


def _plain(raw: object) -> str:
    """Return a typed value as text: a whole number of a decimal column without its point."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return raw.isoformat() if isinstance(raw, date) else str(raw)


def _parse_integer(field: IntegerField, raw: Any, reading: _Reading) -> int:
    if isinstance(raw, str) and field.prefix:
        raw = re.sub(rf"^(?:{re.escape(field.prefix)}|1\s*[:/])\s*", "", raw)
    number = _read_number(field, raw, reading, whole=True)
    if not number.is_integer():
        raise UserError("VALUE-INTEGER")
    if abs(number) > WHOLE_LIMIT:
        raise UserError("VALUE-INTEGER-SIZE")
    return int(number)


def _parse_number(field: NumberField, raw: Any, reading: _Reading) -> float:
    return _read_number(field, raw, reading, whole=False) + 0.0  # no minus zero


def _read_number(field: IntegerField | NumberField, raw: Any, reading: _Reading, *, whole: bool) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if not math.isfinite(raw):
            raise UserError("VALUE-NUMBER")
        return float(raw)
    if not isinstance(raw, str):
        raise UserError("VALUE-NUMBER")
    if field.unit == KILOMETRE and (kilometres := parse_chainage(raw)) is not None:
        return kilometres
    measure = split_measure(raw, field.unit, field.prefixes if isinstance(field, NumberField) else ())
    try:
        found = measure.in_unit(parse_number(measure.number, reading.decimal, prefer=reading.prefer))
    except AmbiguousNumber as error:
        both = (parse_number(measure.number, ","), parse_number(measure.number, "."))
        readings = sorted({measure.in_unit(number) for number in both})
        likely = [number for number in readings if _is_within(field, number) and (number.is_integer() or not whole)]
        if len(likely) == 1:
            return likely[0]
        raise UserError("VALUE-AMBIGUOUS", readings=_word_readings(readings)) from error
    except ValueError as error:
        raise UserError("VALUE-NUMBER") from error
    if measure.is_converted and not _is_within(field, found):
        raise UserError("VALUE-UNIT-SIZE", converted=_word_readings([found]), unit=field.unit)
    return found


def _is_within(field: IntegerField | NumberField, number: float) -> bool:
    low, high = field.minimum, field.maximum
    return (low is None or low <= number) and (high is None or number <= high)


def _word_readings(readings: list[float]) -> dict[Language, str]:
    return {
        language: " / ".join(format_number(number, 0 if number.is_integer() else 3, language) for number in readings)
        for language in LANGUAGES
    }


def _parse_boolean(field: BooleanField, raw: Any, reading: _Reading) -> bool:
    word = fold_text(raw if isinstance(raw, str) else _plain(raw))
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise UserError("VALUE-BOOLEAN")


def _parse_date(field: DateField, raw: Any, reading: _Reading) -> str:
    if isinstance(raw, str):
        return parse_day(raw).isoformat()
    if isinstance(raw, date):
        return day_of(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 1 <= raw < 110_000:
        return (_EXCEL_EPOCH + timedelta(days=int(raw))).isoformat()
    raise UserError("VALUE-DATE")


def _parse_moment(field: MomentField, raw: Any, reading: _Reading) -> str:
    if isinstance(raw, str):
        return parse_moment(raw)
    if isinstance(raw, date):
        return moment_of(raw)
    raise UserError("VALUE-MOMENT")


def _parse_choice(field: ChoiceField, raw: Any, reading: _Reading) -> str:
    return _read_code(reading.catalogue.choice_list(field.choices), raw if isinstance(raw, str) else _plain(raw))


def _parse_choices(field: ChoicesField, raw: Any, reading: _Reading) -> list[str] | None:
    parts = raw.replace("\n", SEPARATOR).split(SEPARATOR) if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        raise UserError("VALUE-CHOICE", choices=field.choices, hint="")
    codes = reading.catalogue.choice_list(field.choices)
    found = [_read_code(codes, clean_text(str(part))) for part in parts if str(part).strip()]
    return list(dict.fromkeys(found)) or None


def _read_code(codes: ChoiceList, text: str) -> str:
    """Return the code that ``text`` names by code or by words; what nobody has verified is no value."""
    found = codes.match(text)
    if not found and codes.key == LAND_CODES and (parts := mixed_codes(text, codes)):
        raise UserError("VALUE-LAND-MIXED", value=text, parts=parts, count=len(parts))
    if not found:
        raise UserError("VALUE-CHOICE", value=text, choices=codes.key, hint=_word_hint(_similar(codes, text)))
    usable = [item for item in found if item.status != "unverified"]
    if not usable:
        raise UserError("VALUE-CHOICE-UNVERIFIED", value=text, source=found[0].source)
    if len(usable) > 1:
        raise UserError("VALUE-CHOICE-AMBIGUOUS", value=text, near=_label_all(usable))
    return usable[0].code


def _similar(codes: ChoiceList, text: str) -> list[Choice]:
    """Return a few choices that hold the words of ``text``, or as many of them from the first as any choice holds."""
    words = text.split()
    for count in range(len(words), len(words) // 2, -1):
        if found := codes.search(" ".join(words[:count]), SIMILAR):
            return found
    return []


def _label_all(items: list[Choice]) -> dict[Language, str]:
    return {language: ", ".join(f"{item.code} ({item.label[language]})" for item in items) for language in LANGUAGES}


def _word_hint(items: list[Choice]) -> dict[Language, str]:
    """Return a sentence that names similar choices, empty when there are none; a key of ours says nothing to anyone."""
    if not items:
        return dict.fromkeys(LANGUAGES, "")
    near = {
        language: ", ".join(
            item.label[language] if item.code.islower() else f"{item.code} ({item.label[language]})" for item in items
        )
        for language in LANGUAGES
    }
    return {language: " " + render("VALUE-CHOICE-HINT", {"near": near}, language) for language in LANGUAGES}


def _parse_reference(field: ReferenceField, raw: Any, reading: _Reading) -> str:
    text = str(raw).lower()
    if not is_uid(text):
        raise UserError("VALUE-REFERENCE")
    return text


def _parse_files(field: FilesField, raw: Any, reading: _Reading) -> list[dict[str, Any]] | None:
    try:
        return plain_links(json.loads(raw) if isinstance(raw, str) else raw)
    except (ValueError, RecursionError) as error:
        raise UserError("VALUE-FILES") from error


def _format_integer(field: IntegerField, value: Any, catalogue: Catalogue, language: Language) -> str:
    plain = field.unit is None and field.prefix is None  # a year or a number of something: no thousands
    return (field.prefix or "") + (str(int(value)) if plain else format_number(int(value), 0, language))


def _format_choices(field: ChoicesField, value: Any, catalogue: Catalogue, language: Language) -> str:
    codes = catalogue.choice_list(field.choices)
    labels = ((code, codes.label(code, language)) for code in value)
    return f"{SEPARATOR} ".join(code if SEPARATOR in label else label for code, label in labels)


_PARSERS: dict[type, Callable[[Any, Any, _Reading], Any]] = {
    TextField: _parse_text,
    IntegerField: _parse_integer,
    NumberField: _parse_number,
    BooleanField: _parse_boolean,
    DateField: _parse_date,
    MomentField: _parse_moment,
    ChoiceField: _parse_choice,
    ChoicesField: _parse_choices,
    ReferenceField: _parse_reference,
    FilesField: _parse_files,
}
_FORMATTERS: dict[type, Callable[[Any, Any, Catalogue, Language], str]] = {
    TextField: lambda field, value, catalogue, language: str(value),
    IntegerField: _format_integer,
    NumberField: lambda field, value, catalogue, language: format_number(float(value), field.decimals, language),
    BooleanField: lambda field, value, catalogue, language: (_YES if value else _NO)[language],
    DateField: lambda field, value, catalogue, language: format_day(cast(str, value)),
    MomentField: lambda field, value, catalogue, language: format_moment(cast(str, value)),
    ChoiceField: lambda field, value, catalogue, language: catalogue.choice_list(field.choices).label(value, language),
    ChoicesField: _format_choices,
    ReferenceField: lambda field, value, catalogue, language: str(value),
    FilesField: lambda field, value, catalogue, language: f"{SEPARATOR} ".join(link.name for link in file_links(value)),
}
