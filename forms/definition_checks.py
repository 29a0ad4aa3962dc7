"""What the model alone cannot see in a definition: names that must exist elsewhere, texts that must be whole."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pygeofilter import ast

from core.errors import UserError
from core.messages import LANGUAGES
from core.text import fold_text
from forms.appending import CORRECTS
from forms.choices import ChoiceList
from forms.computed import COMPUTED, DEFAULTS, find_circle
from forms.content import GEOMETRY, LINEAGE
from forms.expressions import compile_expression, field_names, is_too_large, parse_expression, walk_expression
from forms.model import (
    AnyField,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    IntegerField,
    MomentField,
    NumberField,
    RecordType,
    ReferenceField,
    TextField,
)
from forms.record import LINEAGE_KEYS
from forms.yaml_marks import Path

_REPEATED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*[*+](?:[^()\\]|\\.)*\)[*+{]")

SYSTEM_COLUMNS = (
    "fid",
    "uid",
    "revision",
    "base_revision",
    "state",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "deleted_at",
)
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]*(?:_[A-Z][A-Za-z0-9]*)*_[APL]")
PACKAGE_COLUMNS = ("operation", "before_hash")
SQLITE_NAMES = ("rowid", "oid")
CQL2_WORDS = ("and", "or", "not", "in", "is", "null", "like", "between", "true", "false", "date", "timestamp")
CQL2_FUNCTIONS = ("casei", "accenti")
RESERVED_KEYS = frozenset(
    {GEOMETRY, LINEAGE}.union(SYSTEM_COLUMNS, LINEAGE_KEYS, PACKAGE_COLUMNS, SQLITE_NAMES, CQL2_WORDS, CQL2_FUNCTIONS)
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What definitions may refer to: the ids of all types, the groups, and the code lists (``None``: built later)."""

    types: Collection[str]
    groups: Collection[str]
    lists: Mapping[str, ChoiceList | None]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a path of the definition; ``reason`` is the end of a FORM-REASON message code."""

    path: Path
    reason: str
    context: dict[str, object] = field(default_factory=dict)


def check_type(record_type: RecordType, around: Surroundings) -> Iterator[Problem]:
    """Yield what is wrong with one record type among its surroundings."""
    if record_type.group not in around.groups:
        yield Problem(("group",), "GROUP", {"known": sorted(around.groups)})
    yield from check_text(("title",), record_type.title)
    for index, tab in enumerate(record_type.tabs):
        yield from check_text(("tabs", index, "label"), tab.label)
    for index, section in enumerate(record_type.sections):
        yield from check_text(("sections", index, "label"), section.label)
    yield from _check_named_fields(record_type)
    yield from _check_classes(record_type)
    for index, item in enumerate(record_type.fields):
        for problem in _check_field(item, record_type, around):
            yield Problem(("fields", index, *problem.path), problem.reason, problem.context)
    yield from _check_computations(record_type)
    yield from _check_import_names(record_type)


def _check_named_fields(record_type: RecordType) -> Iterator[Problem]:
    """Yield what is wrong with the fields that the type itself names: its identity, its day, its correction."""
    fields = {item.key: item for item in record_type.fields}
    for index, key in enumerate(record_type.identity):
        if fields[key].computed or isinstance(fields[key], FilesField):
            yield Problem(("identity", index), "IDENTITY", {"name": key})
    dated_by = record_type.dated_by
    if dated_by is not None and not isinstance(fields[dated_by], DateField | MomentField):
        yield Problem(("dated_by",), "DATED-BY", {"name": dated_by})
    if record_type.append_only:
        corrects = fields.get(CORRECTS)
        if not isinstance(corrects, ReferenceField) or record_type.id not in corrects.target:
            yield Problem(("append_only",), "CORRECTS")


def _check_classes(record_type: RecordType) -> Iterator[Problem]:
    paths: list[Path] = [("tt16_class",)] if record_type.tt16_class else []
    paths += [("tt16_other_classes", index) for index in range(len(record_type.tt16_other_classes))]
    for path, name in zip(paths, record_type.tt16_classes, strict=True):
        if not _CLASS_NAME.fullmatch(name):
            yield Problem(path, "TT16", {"name": name})


def _check_computations(record_type: RecordType) -> Iterator[Problem]:
    """Yield the computed fields that need each other in a circle, and those that need a field the type lacks."""
    places = {item.key: index for index, item in enumerate(record_type.fields)}
    if circle := find_circle(record_type.fields):
        yield Problem(("fields", places[circle[0]], "computed"), "CIRCLE", {"circle": " → ".join((*circle, circle[0]))})
    for index in places.values():
        name = record_type.fields[index].computed
        missing = [needed for needed in COMPUTED[name].needs if needed not in places] if name in COMPUTED else []
        if missing:
            yield Problem(("fields", index, "computed"), "NEEDS", {"name": name, "missing": missing})


def check_text(path: Path, text: Mapping[Any, str] | None) -> Iterator[Problem]:
    """Yield a problem when a text does not stand in every language."""
    if text is not None and any(not text.get(language, "").strip() for language in LANGUAGES):
        yield Problem(path, "LANGUAGE", {"languages": LANGUAGES})


def _check_field(item: AnyField, record_type: RecordType, around: Surroundings) -> Iterator[Problem]:
    if item.key in RESERVED_KEYS:
        yield Problem(("key",), "RESERVED", {"name": item.key})
    yield from check_text(("label",), item.label)
    yield from check_text(("help",), item.help)
    yield from _check_limits(item)
    if isinstance(item, ChoiceField | ChoicesField) and item.choices not in around.lists:
        yield Problem(("choices",), "LIST", {"name": item.choices})
    if isinstance(item, ReferenceField):
        for index, target in enumerate(item.target):
            if target not in around.types:
                yield Problem(("target", index), "TARGET", {"name": target})
    if item.computed is not None and item.computed not in COMPUTED:
        yield Problem(("computed",), "FUNCTION", {"name": item.computed, "known": sorted(COMPUTED)})
    if item.default is not None and item.default not in DEFAULTS:
        yield Problem(("default",), "FUNCTION", {"name": item.default, "known": sorted(DEFAULTS)})
    for key in ("required_when", "visible_when"):
        text = getattr(item, key)
        if text is not None:
            yield from check_expression((key,), text, record_type, around)


def _check_limits(item: AnyField) -> Iterator[Problem]:
    if isinstance(item, IntegerField | NumberField):
        low, high = item.minimum, item.maximum
        if low is not None and high is not None and low > high:
            yield Problem(("minimum",), "LIMITS")
    if isinstance(item, TextField) and item.pattern is not None:
        try:
            re.compile(item.pattern)
        except re.error:
            yield Problem(("pattern",), "PATTERN")
        if _REPEATED_REPEAT.search(item.pattern):
            yield Problem(("pattern",), "SLOW-PATTERN")
    if item.required_when is not None and item.required is None:
        yield Problem(("required_when",), "STRENGTH")


def check_expression(path: Path, text: str, record_type: RecordType, around: Surroundings) -> Iterator[Problem]:
    """Yield what is wrong with a CQL2 text over the fields of a type: its syntax, a field, a code it compares with."""
    try:
        if is_too_large(text):
            yield Problem(path, "LARGE")
            return
        compile_expression(text)
    except UserError as error:
        yield Problem(path, "EXPRESSION", {"column": error.context["column"]})
        return
    fields = {item.key: item for item in record_type.fields}
    for name in sorted(field_names(text) - set(fields)):
        yield Problem(path, "FIELD", {"name": name})
    for name, code in _compared_codes(text):
        item = fields.get(name)
        codes = around.lists.get(item.choices) if isinstance(item, ChoiceField) else None
        if codes is not None and code not in codes:
            yield Problem(path, "CODE", {"code": code, "name": codes.key})


def _compared_codes(text: str) -> Iterator[tuple[str, str]]:
    """Yield every pair of field name and text literal that an expression compares for equality."""
    for node in walk_expression(parse_expression(text)):
        if isinstance(node, ast.Equal | ast.NotEqual):
            options = [node.rhs]
        elif isinstance(node, ast.In):
            options = list(node.sub_nodes)
        else:
            continue
        if isinstance(node.lhs, ast.Attribute):
            yield from ((node.lhs.name, option) for option in options if isinstance(option, str))


def _check_import_names(record_type: RecordType) -> Iterator[Problem]:
    """Yield the import names that would lead one column to two fields."""
    owner = {item.key: item.key for item in record_type.fields}
    for index, item in enumerate(record_type.fields):
        for place, name in enumerate(item.import_names):
            if owner.setdefault(fold_text(name), item.key) != item.key:
                yield Problem(("fields", index, "import_names", place), "SYNONYM", {"name": owner[fold_text(name)]})
