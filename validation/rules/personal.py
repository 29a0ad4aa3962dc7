"""SEC: what tells of a private person stays in the commune; a package has no place for it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from core.tables import load_table
from forms.model import RecordType, TextField
from forms.unit_names import name_key
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

_NUMBER = re.compile(
    r"(?:cccd|cmnd|cmt|căn cước(?: công dân)?|chứng minh (?:nhân dân|thư)|định danh cá nhân)"
    r"[\s:.\-]*(?:số)?[\s:.\-]*(?:\d{12}|\d{9})(?!\d)",
    re.IGNORECASE,
)


@rule(
    "SEC-02",
    {"id": Severity.ERROR, "text": Severity.ERROR, "contact": Severity.WARNING},
    scope=Scope(),
    legal=("personal_data",),
    good=[
        example("road_segment", sample(None, {"raw_values": {"ten": "Đường Minh Tâm", "chu_dau_tu": "UBND xã"}})),
        example("road_segment", sample(None, {"raw_values": {"CCCD": "", "SDT": None}})),
        example("housing_site", sample(note="Theo Luật Căn cước; hồ sơ 012345678 lưu tại xã")),
    ],
    bad=[
        example("road_segment", sample(None, {"raw_values": {"Số CCCD": "079123456789"}}), finds="SEC-02.id"),
        example("housing_site", sample(None, {"raw_values": {"SO_DIEN_THOAI": "0912345678"}}), finds="SEC-02.contact"),
        example("housing_site", sample(note="Liên hệ ông An, CCCD số: 079123456789"), finds="SEC-02.text"),
    ],
)
def personal_data(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """No field, no column of a source file and no text holds what identifies a private person."""
    for key, strength in personal_fields(batch.type).items():
        facts = {"column": batch.type.field(key).label}
        for index, value in enumerate(batch.column(key)):
            if _is_said(value):
                yield Found(index, strength, key, context=facts)
    strengths = {column: found for column in batch.source_columns if (found := _strength_of(column))}
    if strengths:
        for index, lineage in enumerate(batch.lineages):
            yield from _columns_told(index, lineage.raw_values, strengths)
    for field in batch.type.fields:
        if isinstance(field, TextField):
            if not _NUMBER.search(batch.text_of(field.key)):
                continue
            for index in _numbered(batch.column(field.key)):
                yield Found(index, "text", field.key, context={"field": field.label})


def _columns_told(index: int, raw: Mapping[str, Any], strengths: Mapping[str, str]) -> Iterator[Found]:
    """Yield one finding of each strength: the columns of a source that a record still carries."""
    for strength in ("id", "contact"):
        told = [column for column in raw if strengths.get(column) == strength and _is_said(raw[column])]
        if told:
            yield Found(index, strength, context={"column": told})


def _numbered(column: list[Any]) -> list[int]:
    """Return the places of the texts with a number of an identity paper."""
    return [index for index, value in enumerate(column) if isinstance(value, str) and _NUMBER.search(value)]


def _is_said(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


@cache
def _words() -> Mapping[str, str]:
    return {row["word"]: row["strength"] for row in load_table("personal_words")}


def _strength_of(name: str) -> str | None:
    """Return how personal a column of this name is, ``None`` for not at all."""
    return _words().get(name_key(name))


def personal_fields(record_type: RecordType) -> dict[str, str]:
    """Return the fields that ask for personal data, by their key or their label, with how personal they are."""
    return {
        field.key: strength
        for field in record_type.fields
        if (strength := next(filter(None, map(_strength_of, (field.key, *field.label.values()))), None))
    }
