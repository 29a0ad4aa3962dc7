"""CQL2 conditions as SQL, with the meaning that ``forms.expressions`` gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any, Literal

from pygeofilter import ast

from core.clock import timestamp
from core.errors import UserError
from forms.cql2 import like_as_glob
from forms.expressions import parse_expression
from forms.model import RecordType
from forms.record import LINEAGE_KEYS
from localdb.columns import RAW_VALUES
from localdb.geometry_columns import quote_name

Kind = Literal["text", "number", "boolean", "unknown"]

VALUES_LIMIT = 5_000
DEPTH_LIMIT = 500
"""How many values a condition may name, and how deep its brackets may go, those of SQL among them."""

_COMPARE = {
    ast.Equal: "=",
    ast.NotEqual: "<>",
    ast.LessThan: "<",
    ast.LessEqual: "<=",
    ast.GreaterThan: ">",
    ast.GreaterEqual: ">=",
}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mul: "*", ast.Div: "/"}
_FUNCTIONS = {"casei": "diaba_casei", "accenti": "diaba_accenti"}
_FIELD_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("integer", "number"), "number"),
    "boolean": "boolean",
    **dict.fromkeys(("choices", "files"), "unknown"),
}
_OTHER_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("uid", "state", "created_at", "created_by", "updated_at", "updated_by"), "text"),
    **dict.fromkeys(("revision", "base_revision"), "number"),
    **dict.fromkeys((key for key in LINEAGE_KEYS if key != RAW_VALUES), "text"),
    **dict.fromkeys(("source_row", "accuracy_m", "src_axis"), "number"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL, the values of its question marks, and what it yields.

    Values that cannot be compared, text with a number, yield NULL: unknown, as in ``forms.expressions``.
    """

    sql: str
    parameters: tuple[Any, ...] = ()
    kind: Kind = "unknown"


UNKNOWN = Condition("NULL")


def build_condition(record_type: RecordType, text: str) -> Condition:
    """Return the SQL of a CQL2 text over the type's fields, its state, revision, times and lineage.

    Raise ``UserError`` EXPRESSION-SYNTAX, FILTER-FIELD for a name that is no field, FILTER-UNSUPPORTED,
    FILTER-TOO-LARGE.
    """
    kinds: dict[str, Kind] = {**_OTHER_KINDS}
    kinds.update({field.key: _FIELD_KINDS.get(field.type, "text") for field in record_type.fields})
    try:
        return _refuse_large(_truth(_build(parse_expression(text), kinds)), text)
    except _UnknownField as error:
        raise UserError("FILTER-FIELD", field=error.args[0], type=record_type.title, known=sorted(kinds)) from error
    except (TypeError, RecursionError, OverflowError) as error:
        raise UserError("FILTER-UNSUPPORTED", text=text[:80]) from error


class _UnknownField(Exception):
    """A name in the condition is no field."""


def _build(node: Any, kinds: Mapping[str, Kind]) -> Condition:
    kind = type(node)
    if not isinstance(node, ast.Node):
        return _literal(node)
    if isinstance(node, ast.Attribute):
        return _attribute(node.name, kinds)
    if kind in _COMPARE:
        return _compare(_COMPARE[kind], _build(node.lhs, kinds), _build(node.rhs, kinds))
    if kind in _ARITHMETIC:
        return _compute(_ARITHMETIC[kind], _build(node.lhs, kinds), _build(node.rhs, kinds))
    if kind in (ast.And, ast.Or):
        word = "AND" if kind is ast.And else "OR"
        return _join(word, _build(node.lhs, kinds), _build(node.rhs, kinds))
    return _build_special(node, kinds)


def _build_special(node: Any, kinds: Mapping[str, Kind]) -> Condition:
    if isinstance(node, ast.Not):
        return _negate(_build(node.sub_node, kinds))
    if isinstance(node, ast.Function):
        return _function(node.name, _build(node.arguments[0], kinds))
    inner = _build(node.lhs, kinds)
    if isinstance(node, ast.IsNull):
        return Condition(f"({inner.sql} IS {'NOT ' if node.not_ else ''}NULL)", inner.parameters, "boolean")
    if isinstance(node, ast.Like):
        found = _like(inner, node.pattern)
    elif isinstance(node, ast.Between):
        low, high = _build(node.low, kinds), _build(node.high, kinds)
        found = _join("AND", _compare(">=", inner, low), _compare("<=", inner, high))
    elif isinstance(node, ast.In):
        found = _any_of([_compare("=", inner, _build(option, kinds)) for option in node.sub_nodes])
    else:
        raise TypeError(f"{type(node).__name__} has no meaning here")
    return _negate(found) if node.not_ else found


def _any_of(found: Sequence[Condition]) -> Condition:
    """Return OR over conditions, halved again and again: SQLite goes no deeper than a thousand brackets."""
    if len(found) == 1:
        return found[0]
    half = len(found) // 2
    return _join("OR", _any_of(found[:half]), _any_of(found[half:]))


def _refuse_large(condition: Condition, text: str) -> Condition:
    """Return the condition when SQLite takes it: it has limits of its own, and fails beyond them."""
    depth = max(accumulate((letter == "(") - (letter == ")") for letter in condition.sql)) if condition.sql else 0
    if depth > DEPTH_LIMIT or len(condition.parameters) > VALUES_LIMIT:
        raise UserError("FILTER-TOO-LARGE", text=text[:80], values=VALUES_LIMIT, depth=DEPTH_LIMIT)
    return condition


def _attribute(name: str, kinds: Mapping[str, Kind]) -> Condition:
    if name not in kinds:
        raise _UnknownField(name)
    return Condition(quote_name(name), (), kinds[name])


def _literal(value: Any) -> Condition:
    if isinstance(value, bool):
        return Condition("TRUE" if value else "FALSE", (), "boolean")
    if isinstance(value, int | float):
        return Condition("?", (float(value) if abs(value) >= 1 << 63 else value,), "number")
    if isinstance(value, datetime):
        return Condition("?", (timestamp(value),), "text")
    if isinstance(value, date):
        return Condition("?", (value.isoformat(),), "text")
    if isinstance(value, str):
        return Condition("?", (value,), "text")
    raise TypeError(f"{type(value).__name__} has no meaning here")


def _compare(operator: str, left: Condition, right: Condition) -> Condition:
    if left.kind != right.kind or left.kind == "unknown":
        return UNKNOWN
    return Condition(f"({left.sql} {operator} {right.sql})", left.parameters + right.parameters, "boolean")


def _compute(operator: str, left: Condition, right: Condition) -> Condition:
    if left.kind != "number" or right.kind != "number":
        return UNKNOWN
    if operator == "/":  # whole numbers would be cut, and nothing can be divided by zero
        sql = f"(CAST({left.sql} AS REAL) / nullif({right.sql}, 0))"
    else:
        sql = f"({left.sql} {operator} {right.sql})"
    return Condition(sql, left.parameters + right.parameters, "number")


def _truth(condition: Condition) -> Condition:
    return condition if condition.kind == "boolean" else UNKNOWN


def _join(word: str, left: Condition, right: Condition) -> Condition:
    one, other = _truth(left), _truth(right)
    return Condition(f"({one.sql} {word} {other.sql})", one.parameters + other.parameters, "boolean")


def _negate(condition: Condition) -> Condition:
    inner = _truth(condition)
    return Condition(f"(NOT {inner.sql})", inner.parameters, "boolean")


def _function(name: str, inner: Condition) -> Condition:
    if name not in _FUNCTIONS:
        raise TypeError(f"{name} has no meaning here")
    if inner.kind != "text":
        return UNKNOWN
    return Condition(f"{_FUNCTIONS[name]}({inner.sql})", inner.parameters, "text")


def _like(inner: Condition, pattern: str) -> Condition:
    if inner.kind != "text":
        return UNKNOWN
    return Condition(f"({inner.sql} GLOB ?)", (*inner.parameters, like_as_glob(pattern)), "boolean")
