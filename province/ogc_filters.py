"""CQL2 conditions and plain ones over the content of records, on both databases, with every value bound."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pygeofilter import ast
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Float,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONB

from core.clock import timestamp
from core.errors import UserError
from forms.cql2 import like_as_glob
from forms.expressions import parse_expression
from forms.model import RecordType
from province.columns import POSTGRESQL
from province.tables import records

Kind = Literal["text", "number", "boolean"]
TEXT_LIMIT, NODE_LIMIT, DEPTH_LIMIT = 4_000, 200, 40
"""How long a condition may be, of how many parts, and how deep they may lie in each other."""

_KINDS: Mapping[str, Kind] = {"integer": "number", "number": "number", "boolean": "boolean"}
_COMPARE = {
    ast.Equal: lambda one, other: one == other,
    ast.NotEqual: lambda one, other: one != other,
    ast.LessThan: lambda one, other: one < other,
    ast.LessEqual: lambda one, other: one <= other,
    ast.GreaterThan: lambda one, other: one > other,
    ast.GreaterEqual: lambda one, other: one >= other,
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?")
_Piece = tuple[ColumnElement[Any], Kind | None]


def queryable_fields(record_type: RecordType, hidden: frozenset[str]) -> dict[str, Kind]:
    """Return the names by which records can be chosen, with what is compared; lists and ``hidden`` fields are none."""
    own = {field.key: _KINDS.get(field.type, "text") for field in record_type.fields}
    lists = {field.key for field in record_type.fields if field.type in ("choices", "files")}
    found: dict[str, Kind] = {key: kind for key, kind in own.items() if key not in lists | hidden}
    return {**found, "uid": "text", "commune_code": "text", "revision": "number", "changed_at": "text"}


def field_condition(names: Mapping[str, Kind], name: str, text: str, dialect: str) -> ColumnElement[bool]:
    """Return that a field has a value as it stands in an address; raise ``UserError`` REQUEST-INVALID."""
    column, kind = _column(name, names, dialect)
    if kind == "text":
        return column == text
    if kind == "boolean":
        if text not in ("true", "false"):
            raise UserError("REQUEST-INVALID", places=[f"query.{name}"])
        return column == literal(text == "true")
    try:
        return column == float(text)
    except ValueError as error:
        raise UserError("REQUEST-INVALID", places=[f"query.{name}"]) from error


def time_condition(text: str) -> ColumnElement[bool]:
    """Return that a record was taken at a moment, or within an interval with ``..`` or nothing for an open end."""
    begin, slash, end = text.partition("/")
    low: str | None
    high: str | None
    if not slash:
        low, high = _moment(begin, last=False), _moment(begin, last=True)
    else:
        low = None if begin in ("", "..") else _moment(begin, last=False)
        high = None if end in ("", "..") else _moment(end, last=True)
        if low is None and high is None:
            raise UserError("REQUEST-INVALID", places=["query.datetime"])
    return and_(
        *([records.c.changed_at >= low] if low is not None else []),
        *([records.c.changed_at <= high] if high is not None else []),
    )


def _moment(text: str, *, last: bool) -> str:
    if not _INSTANT.fullmatch(text):
        raise UserError("REQUEST-INVALID", places=["query.datetime"])
    try:
        if "T" not in text:
            day = date.fromisoformat(text).isoformat()
            return f"{day}T23:59:59.999Z" if last else f"{day}T00:00:00.000Z"
        return timestamp(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError as error:
        raise UserError("REQUEST-INVALID", places=["query.datetime"]) from error


def cql2_condition(names: Mapping[str, Kind], text: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition of a CQL2 text over ``names``.

    Values that cannot be compared, a text with a number, are unknown, as an empty field is: such a record is not
    chosen. Raise ``UserError`` EXPRESSION-SYNTAX, FILTER-UNSUPPORTED, FILTER-TOO-LARGE, or REQUEST-INVALID for a name
    that is none.
    """
    if len(text) > TEXT_LIMIT:
        raise UserError("FILTER-TOO-LARGE", text=text[:80], values=NODE_LIMIT, depth=DEPTH_LIMIT)
    tree = parse_expression(text)
    try:
        _measure(tree)
        return _truth(_Builder(names, dialect).build(tree))
    except (TypeError, OverflowError, RecursionError) as error:
        raise UserError("FILTER-UNSUPPORTED", text=text[:80]) from error


def _measure(tree: Any) -> None:
    count, layer = 0, [tree]
    for _ in range(DEPTH_LIMIT):
        count += len(layer)
        layer = [
            part
            for node in layer
            if isinstance(node, ast.Node)
            for value in vars(node).values()
            for part in (value if isinstance(value, list) else [value])
        ]
        if not layer:
            break
    if layer or count > 3 * NODE_LIMIT:
        raise UserError("FILTER-TOO-LARGE", text="", values=NODE_LIMIT, depth=DEPTH_LIMIT)


class _Builder:
    """Makes SQL of pygeofilter's tree; what cannot be compared becomes NULL."""

    def __init__(self, names: Mapping[str, Kind], dialect: str) -> None:
        self._names, self._dialect = names, dialect

    def build(self, node: Any) -> _Piece:
        if not isinstance(node, ast.Node):
            return _literal(node)
        if isinstance(node, ast.Attribute):
            return _column(node.name, self._names, self._dialect)
        if type(node) in _COMPARE:
            return self._compare(type(node), self.build(node.lhs), self.build(node.rhs))
        if isinstance(node, ast.And | ast.Or):
            join = and_ if isinstance(node, ast.And) else or_
            return join(_truth(self.build(node.lhs)), _truth(self.build(node.rhs))), "boolean"
        if isinstance(node, ast.Not):
            return not_(_truth(self.build(node.sub_node))), "boolean"
        return self._special(node)

    def _special(self, node: Any) -> _Piece:
        if isinstance(node, ast.IsNull):
            column, _ = self.build(node.lhs)
            return (column.is_not(None) if node.not_ else column.is_(None)), "boolean"
        if isinstance(node, ast.Like):
            found = self._like(self.build(node.lhs), node.pattern)
        elif isinstance(node, ast.Between):
            value = self.build(node.lhs)
            low = self._compare(ast.GreaterEqual, value, self.build(node.low))[0]
            found = and_(low, self._compare(ast.LessEqual, value, self.build(node.high))[0])
        elif isinstance(node, ast.In):
            value = self.build(node.lhs)
            found = or_(*(self._compare(ast.Equal, value, self.build(option))[0] for option in node.sub_nodes))
        else:
            raise TypeError(f"{type(node).__name__} has no meaning here")
        return (not_(found) if node.not_ else found), "boolean"

    def _compare(self, kind: Any, left: _Piece, right: _Piece) -> _Piece:
        if left[1] != right[1] or left[1] is None:
            return null(), "boolean"
        return _COMPARE[kind](left[0], right[0]), "boolean"

    def _like(self, value: _Piece, pattern: str) -> ColumnElement[Any]:
        if value[1] != "text":
            return null()
        if self._dialect == POSTGRESQL:
            return value[0].like(pattern, escape="\\")
        return value[0].op("GLOB", is_comparison=True)(like_as_glob(pattern))


def _truth(piece: _Piece) -> ColumnElement[bool]:
    return piece[0] if piece[1] == "boolean" else cast(null(), Boolean)


def _literal(value: Any) -> _Piece:
    if isinstance(value, bool):
        return literal(value), "boolean"
    if isinstance(value, int | float):
        return bindparam(None, float(value), type_=Float(53), unique=True), "number"
    if isinstance(value, datetime):
        return bindparam(None, timestamp(value), type_=String(), unique=True), "text"
    if isinstance(value, date):
        return bindparam(None, value.isoformat(), type_=String(), unique=True), "text"
    if isinstance(value, str):
        return bindparam(None, value, type_=String(), unique=True), "text"
    raise TypeError(f"{type(value).__name__} has no meaning here")


def _column(name: str, names: Mapping[str, Kind], dialect: str) -> _Piece:
    kind = names.get(name)
    if kind is None:
        raise UserError("REQUEST-INVALID", places=[f"filter.{name[:60]}"])
    if name in ("uid", "commune_code", "changed_at"):
        return records.c[name], "text"
    if name == "revision":
        return cast(records.c.revision, Float(53)), "number"
    if dialect != POSTGRESQL:
        found = func.json_extract(records.c.content, f'$."{name}"')
        return (found == 1, "boolean") if kind == "boolean" else (found, kind)
    held = cast(records.c.content, JSONB)
    if kind == "number":
        number = case((func.jsonb_typeof(held[name]) == "number", cast(held[name].astext, Float(53))), else_=null())
        return number, kind
    if kind == "boolean":
        return held[name].astext == "true", kind
    return held[name].astext.collate("C"), kind
