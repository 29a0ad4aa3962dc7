"""CQL2 conditions as XPath of an XForm, with the meaning that ``forms.expressions`` gives them.

An XForm knows no empty value: an unanswered question is empty text, and what compares with it is false or, behind
``not``, true. So each condition is built twice, once as what makes it certainly true and once as what makes it
certainly false; NOT takes the other one, and what touches an unanswered question is neither.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pygeofilter import ast

from core.clock import timestamp
from core.text import fold_text
from forms.expressions import parse_expression

Kind = Literal["text", "code", "number", "boolean", "date", "moment", "list", "empty"]
"""What an answer is; ``empty`` is a field that the form does not ask and that is empty in every new record."""

ALWAYS, NEVER = "true()", "false()"

_COMPARE: dict[type, tuple[str, str]] = {
    ast.Equal: ("=", "!="),
    ast.NotEqual: ("!=", "="),
    ast.LessThan: ("<", ">="),
    ast.LessEqual: ("<=", ">"),
    ast.GreaterThan: (">", "<="),
    ast.GreaterEqual: (">=", "<"),
}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mul: "*", ast.Div: "div"}
_STRANGE_PATTERN = re.compile(r"\(\?(?![:=!])|\\[AZzGKQEpPX]|[*+?}]\+")  # what Java's and JavaScript's patterns lack
_SAFE_NAME = re.compile(r"[\w.-]+")
_BASES = "aăâeêioôơuưy"
_TONES = ("\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


class Untranslatable(Exception):
    """A condition for which an XForm has no words."""


@dataclass(frozen=True, slots=True)
class _Operand:
    """Something to compare; ``needs`` are the conditions under which it has a value, ``value`` a literal's own."""

    xpath: str
    kind: Kind
    needs: tuple[str, ...] = ()
    value: Any = None

    @property
    def is_literal(self) -> bool:
        return self.value is not None


def condition_xpath(text: str, kinds: Mapping[str, Kind]) -> str:
    """Return the XPath that is true exactly when the CQL2 ``text`` is true for what has been answered.

    ``kinds`` names every question by its field's key. Raise ``Untranslatable`` for names that are no question and for
    what an XForm cannot say (the order of two texts).
    """
    return _Translation(kinds).truth(parse_expression(text))


def pattern_xpath(pattern: str) -> str:
    """Return the constraint that a whole answer fits a pattern; raise ``Untranslatable`` for one only Python knows."""
    if _STRANGE_PATTERN.search(pattern):
        raise Untranslatable(pattern)
    return f"regex(., {quote_text(f'^(?:{pattern})$')})"


def quote_text(text: str) -> str:
    """Return ``text`` as an XPath literal, which has no way to write a quotation mark inside its own kind."""
    if "${" in text:
        raise Untranslatable(text)
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = ', "\'", '.join(f"'{part}'" for part in text.split("'"))
    return f"concat({parts})"


def choice_name(code: str) -> str:
    """Return a code as an answer's name, in which an XForm allows no blanks; most codes are their own name."""
    return code if _SAFE_NAME.fullmatch(code) else re.sub(r"[^\w.-]", lambda found: f"_{ord(found[0]):x}_", code)


def all_of(parts: Sequence[str]) -> str:
    """Return the condition that every part holds."""
    kept = [part for part in dict.fromkeys(parts) if part != ALWAYS]
    if NEVER in kept:
        return NEVER
    return " and ".join(map(_bracket, kept)) if len(kept) > 1 else kept[0] if kept else ALWAYS


def any_of(parts: Sequence[str]) -> str:
    """Return the condition that some part holds."""
    kept = [part for part in dict.fromkeys(parts) if part != NEVER]
    if ALWAYS in kept:
        return ALWAYS
    return " or ".join(map(_bracket, kept)) if len(kept) > 1 else kept[0] if kept else NEVER


def _bracket(condition: str) -> str:
    return f"({condition})" if " and " in condition or " or " in condition else condition


class _Translation:
    """One form's questions, and how conditions over them read."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds

    def truth(self, node: Any, *, wanted: bool = True) -> str:
        """Return the condition under which ``node`` is certainly true, or with ``wanted`` off certainly false."""
        if isinstance(node, bool):
            return ALWAYS if node is wanted else NEVER
        if isinstance(node, ast.Not):
            return self.truth(node.sub_node, wanted=not wanted)
        if isinstance(node, ast.And | ast.Or):
            join = all_of if isinstance(node, ast.And) is wanted else any_of
            return join([self.truth(node.lhs, wanted=wanted), self.truth(node.rhs, wanted=wanted)])
        if type(node) in _COMPARE:
            return self._compare(_COMPARE[type(node)][not wanted], self._operand(node.lhs), self._operand(node.rhs))
        if isinstance(node, ast.Attribute):
            return self._compare("=", self._operand(node), self._operand(wanted))
        special = self._special.get(type(node))
        if special is None:
            raise Untranslatable(type(node).__name__)
        return special(self, node, wanted is not bool(getattr(node, "not_", False)))

    def _null(self, node: Any, wanted: bool) -> str:
        inner = self._operand(node.lhs)
        if inner.kind == "empty":
            return ALWAYS if wanted else NEVER
        if wanted:
            return any_of([need.replace(" != ", " = ") for need in inner.needs])
        return all_of(inner.needs)

    def _between(self, node: Any, wanted: bool) -> str:
        both = ast.And(ast.GreaterEqual(node.lhs, node.low), ast.LessEqual(node.lhs, node.high))
        return self.truth(both, wanted=wanted)

    def _in(self, node: Any, wanted: bool) -> str:
        options = [ast.Equal(node.lhs, option) for option in node.sub_nodes]
        return self.truth(ast.Or.from_items(*options), wanted=wanted)

    def _like(self, node: Any, wanted: bool) -> str:
        inner = self._operand(node.lhs)
        if inner.kind not in ("text", "code", "date"):
            return NEVER
        found = f"regex({inner.xpath}, {quote_text(_like_pattern(node.pattern))})"
        return all_of([*inner.needs, found if wanted else f"not({found})"])

    _special: Mapping[type, Callable[["_Translation", Any, bool], str]] = {
        ast.IsNull: _null,
        ast.Between: _between,
        ast.In: _in,
        ast.Like: _like,
    }

    def _operand(self, node: Any) -> _Operand:
        if isinstance(node, ast.Attribute):
            kind = self._kinds.get(node.name)
            if kind is None:
                raise Untranslatable(node.name)
            question = f"${{{node.name}}}"
            return _Operand(question, kind, (f"{question} != ''",))
        if type(node) in _ARITHMETIC:
            return self._compute(_ARITHMETIC[type(node)], self._operand(node.lhs), self._operand(node.rhs))
        if isinstance(node, ast.Function):
            return _fold(node.name, self._operand(node.arguments[0]))
        if isinstance(node, ast.Node):
            raise Untranslatable(type(node).__name__)
        return _literal(node)

    def _compute(self, sign: str, left: _Operand, right: _Operand) -> _Operand:
        if left.kind != "number" or right.kind != "number":
            return _Operand("''", "empty")
        needs = left.needs + right.needs + ((f"{right.xpath} != 0",) if sign == "div" else ())
        return _Operand(f"({left.xpath} {sign} {right.xpath})", "number", needs)

    def _compare(self, sign: str, left: _Operand, right: _Operand) -> str:
        left, right = _alike(left, right), _alike(right, left)
        if left.kind != right.kind or left.kind in ("empty", "list"):
            return NEVER
        if left.kind in ("text", "code", "boolean") and sign not in ("=", "!="):
            raise Untranslatable(f"{left.xpath} {sign} {right.xpath}")
        one, other = left.xpath, right.xpath
        if left.kind == "number" and sign in ("=", "!=") and not (left.is_literal or right.is_literal):
            one, other = f"number({one})", f"number({other})"  # two answers are compared as texts
        if left.kind == "moment":
            one, other = f"decimal-date-time({one})", f"decimal-date-time({other})"
        condition = f"{one} {sign} {other}"
        if sign == "=" and any(side.is_literal and side.value != "" for side in (left, right)):
            return condition  # no unanswered question equals something written out
        return all_of([*left.needs, *right.needs, condition])


def _literal(value: Any) -> _Operand:
    if isinstance(value, bool):
        return _Operand(f"'{str(value).lower()}'", "boolean", value=value)
    if isinstance(value, int | float):
        return _Operand(repr(value), "number", value=value)
    if isinstance(value, datetime):
        return _Operand(quote_text(timestamp(value)), "moment", value=timestamp(value))
    if isinstance(value, date):
        return _Operand(f"date('{value.isoformat()}')", "date", value=value.isoformat())
    return _Operand(quote_text(value), "text", value=value)


def _alike(one: _Operand, other: _Operand) -> _Operand:
    """Return ``one`` as the same kind as what it is compared with, where records store both as text."""
    if one.kind == other.kind or one.kind in ("number", "boolean", "list", "empty"):
        return one
    if other.kind == "text" and one.kind == "code" and not other.is_literal:
        return _Operand(one.xpath, "text", one.needs, one.value)
    if not one.is_literal or not isinstance(one.value, str):
        return one
    if other.kind == "code":
        return _Operand(quote_text(choice_name(one.value)), "code", value=one.value)
    if other.kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", one.value):
        return _Operand(f"date('{one.value}')", "date", value=one.value)
    return _Operand(one.xpath, other.kind, value=one.value) if other.kind == "moment" else one


def _fold(name: str, inner: _Operand) -> _Operand:
    """Return text in small letters, with ``accenti`` also without its marks."""
    if inner.kind not in ("text", "code"):
        return _Operand("''", "empty")
    without_marks = name == "accenti"
    if inner.is_literal:
        return _literal(fold_text(inner.value) if without_marks else inner.value.casefold())
    source, target = _folding(without_marks=without_marks)
    return _Operand(f"translate({inner.xpath}, '{source}', '{target}')", "text", inner.needs)


def _folding(*, without_marks: bool) -> tuple[str, str]:
    """Return the letters to exchange, and what for: capitals, and the marked letters of Vietnamese."""
    import unicodedata

    small = {unicodedata.normalize("NFC", base + tone) for base in _BASES for tone in ("", *_TONES)} | {"đ"}
    small |= set("abcdefghijklmnopqrstuvwxyz")
    source = sorted(small | {letter.upper() for letter in small})
    pairs = [(letter, fold_text(letter) if without_marks else letter.lower()) for letter in source]
    changed = [(letter, fresh) for letter, fresh in pairs if letter != fresh]
    return "".join(letter for letter, _ in changed), "".join(fresh for _, fresh in changed)


def _like_pattern(pattern: str) -> str:
    """Return LIKE's regular expression for Java and JavaScript alike."""
    parts, letters = [], iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(_escape(next(letters, "\\")))
        else:
            parts.append({"%": "[\\s\\S]*", "_": "[\\s\\S]"}.get(letter) or _escape(letter))
    return f"^{''.join(parts)}$"


def _escape(letter: str) -> str:
    return "\\" + letter if letter in r"\^$.|?*+()[]{}/" else letter
