"""Fixes of single values: text in one spelling, codes of the list in force, numbers and dates that can be read."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from core.errors import UserError
from core.text import clean_text
from forms.decision_numbers import read_decision_number
from forms.identity import LOCAL_CODE, is_dossier_code, is_made_code
from forms.model import AnyField, ChoiceField, ChoicesField, RecordType
from forms.record import Record
from forms.requirements import is_filled
from forms.values import parse_value
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.fix import Change, Proposed, alter, fix

_CONTROLS = re.compile("[\x80-\x9f]")
_OFFICIAL_ID, _STATUS, _ISSUED, _OLD_CODE = "official_id", "official_id_status", "da_cap", "legacy_info_code"
_DATES_OF = {"decision_no": "decision_date", "task_decision_no": "task_decision_date"}


def _field(record_type: RecordType, key: str | None) -> AnyField | None:
    return next((item for item in record_type.fields if item.key == key), None)


def _shown(before: Any, after: Any) -> dict[str, Any]:
    return {"before": "" if before is None else before, "after": after}


@fix("compose_text", for_rules=("ENC-03",))
def compose_text(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Letters and their marks become one sign."""
    yield from _respelt(finding, record, lambda text: clean_text(unicodedata.normalize("NFC", text)))


@fix("read_control_signs", for_rules=("ENC-01",))
def read_control_signs(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Signs of Windows that came through as control codes are what Windows shows; a lost letter stays lost."""
    yield from _respelt(finding, record, lambda text: _CONTROLS.sub(_as_windows, text))


def _as_windows(found: re.Match[str]) -> str:
    return found[0].encode("latin-1").decode("cp1252", errors="ignore") or found[0]


def _respelt(finding: Finding, record: Record, spell: Callable[[str], str]) -> Iterator[Proposed]:
    value = record.values.get(finding.field or "")
    if isinstance(value, str) and finding.field and spell(value) != value:
        after = spell(value)
        yield Proposed((alter(record, {finding.field: after}),), facts=_shown(value, after))


@fix("write_number", for_rules=("DOS-02",))
def write_number(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The decision's number in its one spelling; a date that stood beside it goes to its field where that is empty."""
    key = finding.field or ""
    value = record.values.get(key)
    if not isinstance(value, str):
        return
    read = read_decision_number(value)
    values: dict[str, Any] = {key: read.number}
    day_key = _DATES_OF.get(key)
    loses_day = False
    if read.day is not None and day_key is not None:
        known = record.values.get(day_key)
        loses_day = is_filled(known) and known != read.day
        values |= {} if is_filled(known) else {day_key: read.day}
    yield Proposed((alter(record, values),), facts=_shown(value, read.number), is_certain=not loses_day)


@fix("write_dossier_code", for_rules=("DOS-07",))
def write_dossier_code(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Blanks and marks between the signs of a dossier's code go, its letters are capitals."""
    value = str(record.values.get("dossier_code") or "")
    after = re.sub(r"[\s.\-_/]+", "", clean_text(value)).upper()
    if is_dossier_code(after):
        yield Proposed((alter(record, {"dossier_code": after}),), facts=_shown(value, after))


@fix("write_info_code", for_rules=("DOS-08",))
def write_info_code(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Blanks and marks between the 12 digits of a former planning information code go."""
    value = str(record.values.get(_OLD_CODE) or "")
    after = re.sub(r"[\s.\-_/]+", "", clean_text(value))
    if after.isdecimal() and after != value:
        yield Proposed((alter(record, {_OLD_CODE: after}),), facts=_shown(value, after))


@fix("set_code", for_rules=("ATT-02", "ATT-08"))
def set_code(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The code of the list in force: the successor that a source names, or the one choice that the text can mean."""
    field = _field(context.catalogue.type(record.type_id), finding.field)
    if not isinstance(field, (ChoiceField, ChoicesField)):
        return
    codes, wrong = context.catalogue.choice_list(field.choices), str(finding.context.get("value"))
    known = codes.get(wrong)
    named = known.successor if known is not None and known.successor else None
    meant = [named] if named else [item.code for item in codes.match(wrong) if item.is_selectable]
    for code in dict.fromkeys(meant):
        choice = codes.get(code)
        if code == wrong or choice is None:
            continue
        value = record.values.get(field.key)
        after = [code if item == wrong else item for item in value] if isinstance(value, list) else code
        after = list(dict.fromkeys(after)) if isinstance(after, list) else after
        facts = _shown(wrong, code) | {"target": dict(choice.label)}
        yield Proposed((alter(record, {field.key: after}),), code, facts, len(meant) == 1)


@fix("read_value", for_rules=("ATT-05", "ATT-06"))
def read_value(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """A number or a day that stands there as text is read, where it can mean only one."""
    field, value = _field(context.catalogue.type(record.type_id), finding.field), record.values.get(finding.field or "")
    if field is None or not isinstance(value, str):
        return
    try:
        after = parse_value(field, value, context.catalogue)
    except UserError:
        return
    if after is not None and after != value:
        yield Proposed((alter(record, {field.key: after}),), facts=_shown(value, after))


@fix("join_identifier", for_rules=("ATT-17",))
def join_identifier(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Blanks and signs that nobody sees go; every other sign of an official identifier stays as it was issued."""
    value = record.values.get(_OFFICIAL_ID)
    if finding.text_code not in ("ATT-17.blank", "ATT-17.control") or not isinstance(value, str):
        return
    after = "".join(sign for sign in value if not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf"))
    if after:
        yield Proposed((alter(record, {"official_id": after}),), facts=_shown(value, after))


@fix("mark_issued", for_rules=("ATT-17",))
def mark_issued(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """An identifier that is there has been issued."""
    if finding.text_code == "ATT-17.status":
        yield Proposed((alter(record, {_STATUS: _ISSUED}),))


@fix("move_identifier", for_rules=("ATT-17",))
def move_identifier(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """A code that is no official identifier goes to the field it belongs to, where that is empty."""
    value = record.values.get(_OFFICIAL_ID)
    variant = finding.text_code.partition(".")[2]
    key = {"made": LOCAL_CODE, "legacy": _OLD_CODE}.get(variant)
    field = _field(context.catalogue.type(record.type_id), key)
    if field is None or key is None or not isinstance(value, str):
        return
    known = record.values.get(key)
    if is_filled(known) and known != value:
        return
    status = {_STATUS: "chua_cap"} if is_made_code(value) or variant == "legacy" else {}
    facts = _shown(value, value) | {"target": field.label}
    yield Proposed((alter(record, {_OFFICIAL_ID: None, key: value, **status}),), facts=facts)


@fix("new_local_code", for_rules=("ATT-15",))
def new_local_code(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The record gets a code of its own; of several with one code the oldest keeps it."""
    facts = {"before": record.values.get(LOCAL_CODE)}
    is_later = record.uid > min(finding.others, default=record.uid)
    yield Proposed((Change(record.type_id, record.uid, new_code=True),), facts=facts, is_certain=is_later)
