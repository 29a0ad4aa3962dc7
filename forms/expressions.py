"""CQL2 conditions over a record's own values, in three-valued logic: true, false, or unknown (``None``).

SQL's logic: whatever touches an empty value is unknown, and only IS NULL can tell. Values that cannot be compared (text
with a number) are unknown as well, never an exception: a condition must not stop somebody's work.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from pygeofilter import ast

from core.clock import timestamp
from core.errors import UserError
from core.text import fold_text
from forms.cql2 import parse_cql2

Values = Mapping[str, Any]
Truth = bool | None
Evaluator = Callable[[Values], Any]

LONGEST = 4000
DEEPEST = 60

_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Equal: operator.eq,
    ast.NotEqual: operator.ne,
    ast.LessThan: operator.lt,
    ast.LessEqual: operator.le,
    ast.GreaterThan: operator.gt,
    ast.GreaterEqual: operator.ge,
}
_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mul: operator.mul,
    ast.Div: operator.truediv,
}


@cache
def parse_expression(text: str) -> Any:
    """Return pygeofilter's tree of a CQL2 text (kept); raise ``UserError`` EXPRESSION-SYNTAX."""
    return parse_cql2(text)


@cache
def compile_expression(text: str) -> Callable[[Values], Truth]:
    """Return the condition as a function of a record's values; raise ``UserError`` EXPRESSION-SYNTAX."""
    try:
        return _compile(parse_expression(text))
    except UserError:
        raise
    except (TypeError, RecursionError) as error:
        raise UserError("EXPRESSION-SYNTAX", text=text, column=1) from error


def evaluate(text: str, values: Values) -> Truth:
    """Return whether the CQL2 condition holds for ``values``: true, false, or ``None`` for unknown."""
    return compile_expression(text)(values)


def field_names(text: str) -> frozenset[str]:
    """Return the names of the fields that a CQL2 text speaks of."""
    return frozenset(node.name for node in walk_expression(parse_expression(text)) if isinstance(node, ast.Attribute))


def is_too_large(text: str) -> bool:
    """Whether a CQL2 text is longer, or its parts nested deeper, than any condition that somebody could understand.

    Parts joined by AND or OR nest one in the other. May raise ``UserError`` EXPRESSION-SYNTAX.
    """
    if len(text) > LONGEST:
        return True
    level, depth = [parse_expression(text)], 0
    while level and depth <= DEEPEST:
        level = [child for node in level if isinstance(node, ast.Node) for child in node.get_sub_nodes() or ()]
        depth += 1
    return depth > DEEPEST


def walk_expression(node: Any) -> Iterator[Any]:
    """Yield ``node`` and everything under it, literals included."""
    yield node
    if isinstance(node, ast.Node):
        for child in node.get_sub_nodes() or ():
            yield from walk_expression(child)


def _compile(node: Any) -> Evaluator:
    """Return the function of one node; a literal is a constant function."""
    kind = type(node)
    if kind in _COMPARE:
        return _compile_comparison(_COMPARE[kind], _compile(node.lhs), _compile(node.rhs))
    if kind in _ARITHMETIC:
        return _compile_arithmetic(_ARITHMETIC[kind], _compile(node.lhs), _compile(node.rhs))
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(node)
    if isinstance(node, ast.Node):
        raise TypeError(f"{kind.__name__} has no meaning here")
    literal = _plain(node)
    return lambda values: literal


def _plain(value: Any) -> Any:
    """Return a literal as records store it: days and moments are text."""
    if isinstance(value, datetime):
        return timestamp(value)
    return value.isoformat() if isinstance(value, date) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_comparable(left: Any, right: Any) -> bool:
    if _is_number(left):
        return _is_number(right)
    return type(left) is type(right) and isinstance(left, str | bool)


def _compile_comparison(compare: Callable[[Any, Any], bool], left: Evaluator, right: Evaluator) -> Evaluator:
    def run(values: Values) -> Truth:
        one, other = left(values), right(values)
        return compare(one, other) if _are_comparable(one, other) else None

    return run


def _compile_arithmetic(compute: Callable[[Any, Any], Any], left: Evaluator, right: Evaluator) -> Evaluator:
    def run(values: Values) -> Any:
        one, other = left(values), right(values)
        if not (_is_number(one) and _is_number(other)):
            return None
        try:
            return compute(one, other)
        except (ZeroDivisionError, OverflowError):
            return None

    return run


def _as_truth(value: Any) -> Truth:
    return value if isinstance(value, bool) else None


def _negate(value: Any) -> Truth:
    truth = _as_truth(value)
    return None if truth is None else not truth


def _compile_and(node: Any) -> Evaluator:
    left, right = _compile(node.lhs), _compile(node.rhs)

    def run(values: Values) -> Truth:
        one, other = _as_truth(left(values)), _as_truth(right(values))
        if one is False or other is False:
            return False
        return None if one is None or other is None else True

    return run


def _compile_or(node: Any) -> Evaluator:
    left, right = _compile(node.lhs), _compile(node.rhs)

    def run(values: Values) -> Truth:
        one, other = _as_truth(left(values)), _as_truth(right(values))
        if one is True or other is True:
            return True
        return None if one is None or other is None else False

    return run


def _compile_not(node: Any) -> Evaluator:
    inner = _compile(node.sub_node)
    return lambda values: _negate(inner(values))


def _compile_null(node: Any) -> Evaluator:
    inner, inverted = _compile(node.lhs), bool(node.not_)
    return lambda values: (inner(values) is None) is not inverted


def _compile_between(node: Any) -> Evaluator:
    both = _compile(ast.And(ast.GreaterEqual(node.lhs, node.low), ast.LessEqual(node.lhs, node.high)))
    return (lambda values: _negate(both(values))) if node.not_ else both


def _compile_in(node: Any) -> Evaluator:
    either = _compile(ast.Or.from_items(*(ast.Equal(node.lhs, option) for option in node.sub_nodes)))
    return (lambda values: _negate(either(values))) if node.not_ else either


def _compile_like(node: Any) -> Evaluator:
    inner, inverted = _compile(node.lhs), bool(node.not_)
    pattern = re.compile(_like_pattern(node.pattern), re.DOTALL)

    def run(values: Values) -> Truth:
        text = inner(values)
        if not isinstance(text, str):
            return None
        return (pattern.fullmatch(text) is not None) is not inverted

    return run


def _like_pattern(pattern: str) -> str:
    """Return LIKE's regular expression: ``%`` is any text, ``_`` one character, ``\\`` takes the next one as it is."""
    parts, letters = [], iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(re.escape(next(letters, "\\")))
        else:
            parts.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
    return "".join(parts)


def _compile_function(node: Any) -> Evaluator:
    inner, fold = _compile(node.arguments[0]), str.casefold if node.name == "casei" else fold_text

    def run(values: Values) -> Any:
        text = inner(values)
        return fold(text) if isinstance(text, str) else None

    return run


def _compile_attribute(node: Any) -> Evaluator:
    name = node.name
    return lambda values: values.get(name)


_SPECIAL: dict[type, Callable[[Any], Evaluator]] = {
    ast.And: _compile_and,
    ast.Or: _compile_or,
    ast.Not: _compile_not,
    ast.IsNull: _compile_null,
    ast.Between: _compile_between,
    ast.In: _compile_in,
    ast.Like: _compile_like,
    ast.Function: _compile_function,
    ast.Attribute: _compile_attribute,
}
