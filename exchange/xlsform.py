"""A record type as an XLSForm, the form that ODK Collect and KoboToolbox show on a phone.

What an office asks before it approves is not demanded in the field: only what makes a row a row is required, and where
a record lies. A code list longer than ``LONG_LIST`` goes beside the form as CSV.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import EnvironmentFault, UserError
from core.messages import LANGUAGES, Language
from exchange.field_lists import offered_codes
from exchange.xlsform_questions import (
    LOCATION_KINDS,
    YES_NO,
    Question,
    geometry_questions,
    photo_names,
    question_of,
    word,
)
from exchange.xpath import Kind, Untranslatable, choice_name, condition_xpath, quote_text
from forms.catalogue import Catalogue
from forms.model import AnyField, RecordType

LONG_LIST = 2_000

_LANGUAGE_NAMES: Mapping[Language, str] = {"vi": "Vietnamese (vi)", "en": "English (en)"}
_TRANSLATED = ("label", "hint", "constraint_message", "required_message")
_SURVEY = (
    "type",
    "name",
    *(f"{column}::{name}" for column in _TRANSLATED for name in _LANGUAGE_NAMES.values()),
    "required",
    "relevant",
    "constraint",
    "calculation",
    "default",
    "appearance",
    "parameters",
    "read_only",
)
_CHOICES = ("list_name", "name", *(f"label::{name}" for name in _LANGUAGE_NAMES.values()))
_SETTINGS = ("form_title", "form_id", "version", "default_language", "instance_name")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What a form is made from.

    ``day`` (``YYYY-MM-DD``) decides which codes are in force; ``version`` must grow with each issue of the form;
    ``facts`` are written into every submission, so that it is known again when it comes back; ``records`` gives for
    each reference the records it may name, as pairs of uid and title.
    """

    record_type: RecordType
    catalogue: Catalogue
    day: str
    version: str
    commune_code: str
    facts: Mapping[str, str]
    records: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class XlsForm:
    """The three sheets, row by row, and the lists that go beside the form, by file name."""

    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: Row
    files: Mapping[str, tuple[Row, ...]]


def form_id(record_type: RecordType, commune_code: str) -> str:
    """Return the id under which a server keeps the form."""
    return f"diaba_{commune_code}_{record_type.id}"


def build_form(facts: FormFacts) -> XlsForm:
    """Return the form of a record type; raise ``UserError`` XLSFORM-CONDITION naming the field whose condition an
    XForm cannot say.
    """
    return _Builder(facts).build()


def write_form(form: XlsForm, out: Path) -> tuple[Path, ...]:
    """Write the workbook, and beside it the lists that are too long for it; return the files.

    Raise EXPORT-NO-FOLDER or EXPORT-REFUSED.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxWriterException

    if not out.parent.is_dir():
        raise UserError("EXPORT-NO-FOLDER", folder=str(out.parent))
    part = out.with_name(f".{out.name}.part")
    try:
        with Workbook(str(part), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            bold = book.add_format({"bold": True})
            for name, columns, rows in (
                ("survey", _SURVEY, form.survey),
                ("choices", _CHOICES, form.choices),
                ("settings", _SETTINGS, [form.settings]),
            ):
                sheet = book.add_worksheet(name)
                sheet.freeze_panes(1, 0)
                used = [column for column in columns if any(row.get(column) for row in rows)]
                for place, column in enumerate(used):
                    sheet.write_string(0, place, column, bold)
                    sheet.set_column(place, place, 36 if "::" in column else 18)
                for line, row in enumerate(rows, start=1):
                    for place, column in enumerate(used):
                        if row.get(column):
                            sheet.write_string(line, place, row[column])
        part.replace(out)
        return (out, *(_write_list(out.with_name(name), rows) for name, rows in form.files.items()))
    except (OSError, XlsxWriterException) as error:
        part.unlink(missing_ok=True)
        raise EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=str(error)) from error


def _write_list(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["name", "label"])
        writer.writeheader()
        writer.writerows(rows)
    return path


class _Builder:
    """Collects the rows of one form."""

    def __init__(self, facts: FormFacts) -> None:
        self._facts = facts
        self._type = facts.record_type
        self._choices: list[Row] = []
        self._files: dict[str, tuple[Row, ...]] = {}
        self._listed: set[str] = set()
        self._kinds: dict[str, Kind] = {}

    def build(self) -> XlsForm:
        """Return the finished form."""
        places = list(geometry_questions(self._type))
        questions = {item.key: self._question(item) for item in self._type.fields}
        asked = {key: question for key, question in questions.items() if question is not None}
        self._kinds = {key: "empty" for key, question in questions.items() if question is None and self._is_blank(key)}
        self._kinds |= {key: question.kind for key, question in asked.items()}
        survey = [
            {"type": "start", "name": "start"},
            {"type": "end", "name": "end"},
            *({"type": "calculate", "name": key, "calculation": quote_text(text)} for key, text in self._hidden()),
            _row(Question("note", "diaba_note", "text", word("XLSFORM-NOTE", type=self._type.title))),
            *self._geometry(places),
            *self._fields(asked),
            *self._photos(),
        ]
        return XlsForm(tuple(survey), tuple(self._choices), self._settings(asked), self._files)

    def _hidden(self) -> Iterator[tuple[str, str]]:
        yield from self._facts.facts.items()
        if "commune_code" in {item.key for item in self._type.fields}:
            yield "commune_code", self._facts.commune_code

    def _is_blank(self, key: str) -> bool:
        """Whether a field that the form does not ask is empty in every record made with it."""
        return self._type.field(key).computed is None and key != "commune_code"

    def _settings(self, asked: Mapping[str, Question]) -> Row:
        titles = [key for key in self._type.title_fields if key in asked and asked[key].kind in ("text", "number")]
        return {
            "form_title": f"{self._type.title['vi']} ({self._facts.commune_code})",
            "form_id": form_id(self._type, self._facts.commune_code),
            "version": self._facts.version,
            "default_language": _LANGUAGE_NAMES["vi"],
            "instance_name": f"concat({', '.join(f'${{{key}}}' for key in titles)}, ' ')" if titles else "",
        }

    def _geometry(self, places: Sequence[Question]) -> Iterator[Row]:
        if not places:
            return
        if len(places) > 1:
            self._choices += [_choice(LOCATION_KINDS, place.type, place.label) for place in places[1:]]
        yield _group("diaba_place", word("XLSFORM-PLACE"))
        for place in places:
            yield _row(place)
        yield {"type": "end_group", "name": "diaba_place"}

    def _fields(self, asked: Mapping[str, Question]) -> Iterator[Row]:
        tabs = [
            tab
            for tab in self._type.tabs
            if any(self._of(section.key, asked) for section in self._type.sections_of(tab.key))
        ]
        for tab in tabs:
            if len(tabs) > 1:
                yield _group(f"tab_{tab.key}", tab.label)
            for section in self._type.sections_of(tab.key):
                within = self._of(section.key, asked)
                if within:
                    yield {**_group(f"sec_{section.key}", section.label), "appearance": "field-list"}
                    for target in within:
                        yield self._conditional(target, asked[target.key])
                    yield {"type": "end_group", "name": f"sec_{section.key}"}
            if len(tabs) > 1:
                yield {"type": "end_group", "name": f"tab_{tab.key}"}

    def _of(self, section: str, asked: Mapping[str, Question]) -> list[AnyField]:
        return [target for target in self._type.fields_of(section) if target.key in asked]

    def _conditional(self, target: AnyField, question: Question) -> Row:
        row = _row(question)
        if target.visible_when:
            row["relevant"] = self._translate(target, target.visible_when)
        if question.required and target.required_when:
            row["required"] = self._translate(target, target.required_when)
        return row

    def _translate(self, target: AnyField, text: str) -> str:
        try:
            return condition_xpath(text, self._kinds)
        except Untranslatable as error:
            raise self._refusal(target, text, error) from error

    def _refusal(self, target: AnyField, text: str, error: Untranslatable) -> UserError:
        return UserError("XLSFORM-CONDITION", type=self._type.title, field=target.label, text=text, part=str(error))

    def _question(self, target: AnyField) -> Question | None:
        """Return the question of one field, ``None`` when the form does not ask it."""
        if target.key == "commune_code":
            return None
        try:
            question = question_of(self._type, target, self._facts.day)
        except Untranslatable as error:
            raise self._refusal(target, str(getattr(target, "pattern", "")), error) from error
        if question is None or question.choices is None:
            return question
        name, rows = self._entries(target, question)
        if not rows:
            return None
        if len(rows) > LONG_LIST:
            self._files[f"{name}.csv"] = tuple({"name": row["name"], "label": _both(row)} for row in rows)
            return question.with_list(f"{name}.csv", count=len(rows), from_file=True)
        if name not in self._listed:
            self._listed.add(name)
            self._choices += rows
        return question.with_list(name, count=len(rows))

    def _entries(self, target: AnyField, question: Question) -> tuple[str, list[Row]]:
        if target.type == "reference":
            name = f"records_{target.key}"
            return name, [
                _choice(name, uid, dict.fromkeys(LANGUAGES, title))
                for uid, title in self._facts.records.get(target.key, ())
            ]
        name = str(question.choices)
        if name == YES_NO:
            words = {"true": "XLSFORM-YES", "false": "XLSFORM-NO"}
            return name, [_choice(name, code, word(code_words)) for code, code_words in words.items()]
        return name, [
            _choice(name, choice_name(item.code), item.label)
            for item in offered_codes(self._facts.catalogue, name, self._facts.commune_code, self._facts.day)
        ]

    def _photos(self) -> Iterator[Row]:
        names = photo_names(self._type)
        if not names:
            return
        yield _group("diaba_photos", word("XLSFORM-PHOTOS"))
        for number, name in enumerate(names, start=1):
            row = _row(Question("image", name, "text", word("XLSFORM-PHOTO", number=number)))
            if number > 1:
                row["relevant"] = f"${{{names[number - 2]}}} != ''"
            yield row
        yield {"type": "end_group", "name": "diaba_photos"}


def _both(row: Row) -> str:
    return " / ".join(dict.fromkeys(row[f"label::{name}"] for name in _LANGUAGE_NAMES.values()))


def _group(name: str, label: Mapping[Language, str]) -> Row:
    return {"type": "begin_group", "name": name, **_translated("label", label)}


def _choice(list_name: str, name: str, label: Mapping[Language, str]) -> Row:
    return {"list_name": list_name, "name": name, **_translated("label", label)}


def _translated(column: str, words: Mapping[Language, str]) -> Row:
    return {f"{column}::{name}": words[language] for language, name in _LANGUAGE_NAMES.items()}


def _row(question: Question) -> Row:
    row = {"type": question.type, "name": question.name, **_translated("label", question.label)}
    for column, words in (("hint", question.hint), ("constraint_message", question.constraint_message)):
        if words is not None:
            row |= _translated(column, words)
    if question.required:
        row |= {"required": "yes", **_translated("required_message", word("XLSFORM-REQUIRED", field=question.label))}
    for column in ("relevant", "constraint", "default", "appearance", "parameters"):
        if text := getattr(question, column):
            row[column] = text
    return row
