"""CQL2 text to pygeofilter's tree.

pygeofilter's own text grammar gives AND and OR the same rank (``a OR b AND c`` becomes ``(a OR b) AND c``), refuses
NOT before a bracketed OR, knows no doubled quote and takes a dot for LIKE's single character. So the grammar here is
ours; the tree is pygeofilter's, and its backends work on it.
"""

from datetime import date, datetime
from functools import cache
from typing import Any

from lark import Lark, Transformer, v_args
from lark.exceptions import LarkError, UnexpectedInput
from pygeofilter import ast

from core.errors import UserError

_GRAMMAR = r"""
?start: either
?either: both ("OR"i both)*
?both: negation ("AND"i negation)*
?negation: "NOT"i negation                                           -> not_
         | condition
?condition: "(" either ")"
          | sum "=" sum                                              -> equal
          | sum ("<>" | "!=") sum                                    -> not_equal
          | sum "<" sum                                              -> less
          | sum "<=" sum                                             -> less_equal
          | sum ">" sum                                              -> greater
          | sum ">=" sum                                             -> greater_equal
          | sum "BETWEEN"i sum "AND"i sum                            -> between
          | sum "NOT"i "BETWEEN"i sum "AND"i sum                     -> not_between
          | sum "LIKE"i TEXT                                         -> like
          | sum "NOT"i "LIKE"i TEXT                                  -> not_like
          | sum "IN"i "(" sum ("," sum)* ")"                         -> in_
          | sum "NOT"i "IN"i "(" sum ("," sum)* ")"                  -> not_in
          | sum "IS"i "NULL"i                                        -> null
          | sum "IS"i "NOT"i "NULL"i                                 -> not_null
?sum: product
    | sum "+" product                                                -> add
    | sum "-" product                                                -> subtract
?product: atom
        | product "*" atom                                           -> multiply
        | product "/" atom                                           -> divide
?atom: NUMBER                                                        -> number
     | TEXT                                                          -> text
     | "TRUE"i                                                       -> true
     | "FALSE"i                                                      -> false
     | "DATE"i "(" TEXT ")"                                          -> date
     | "TIMESTAMP"i "(" TEXT ")"                                     -> timestamp
     | "CASEI"i "(" sum ")"                                          -> casei
     | "ACCENTI"i "(" sum ")"                                        -> accenti
     | NAME                                                          -> attribute
     | QUOTED                                                        -> attribute
     | "-" atom                                                      -> negative
     | "(" sum ")"
NAME: /[A-Za-z_][A-Za-z0-9_]*/
QUOTED: /"[^"]+"/
TEXT: /'(?:[^']|'')*'/
NUMBER: /[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/
%import common.WS
%ignore WS
"""


@v_args(inline=True)
class _Builder(Transformer):  # type: ignore[type-arg]
    """Turns the parse into pygeofilter nodes; literals become plain Python values."""

    equal, not_equal = ast.Equal, ast.NotEqual
    less, less_equal, greater, greater_equal = ast.LessThan, ast.LessEqual, ast.GreaterThan, ast.GreaterEqual
    add, subtract, multiply, divide = ast.Add, ast.Sub, ast.Mul, ast.Div
    not_ = ast.Not

    def either(self, *parts: Any) -> Any:
        return ast.Or.from_items(*parts)

    def both(self, *parts: Any) -> Any:
        return ast.And.from_items(*parts)

    def between(self, value: Any, low: Any, high: Any) -> Any:
        return ast.Between(value, low, high, False)

    def not_between(self, value: Any, low: Any, high: Any) -> Any:
        return ast.Between(value, low, high, True)

    def like(self, value: Any, pattern: str) -> Any:
        return ast.Like(value, _unquote(pattern), False, "%", "_", "\\", False)

    def not_like(self, value: Any, pattern: str) -> Any:
        return ast.Like(value, _unquote(pattern), False, "%", "_", "\\", True)

    def in_(self, value: Any, *options: Any) -> Any:
        return ast.In(value, list(options), False)

    def not_in(self, value: Any, *options: Any) -> Any:
        return ast.In(value, list(options), True)

    def null(self, value: Any) -> Any:
        return ast.IsNull(value, False)

    def not_null(self, value: Any) -> Any:
        return ast.IsNull(value, True)

    def number(self, text: str) -> int | float:
        return int(text) if text.isdigit() else float(text)

    def text(self, quoted: str) -> str:
        return _unquote(quoted)

    def true(self) -> bool:
        return True

    def false(self) -> bool:
        return False

    def date(self, quoted: str) -> date:
        return date.fromisoformat(_unquote(quoted))

    def timestamp(self, quoted: str) -> datetime:
        moment = datetime.fromisoformat(_unquote(quoted))
        if moment.tzinfo is None:
            raise ValueError("a timestamp needs a time zone")
        return moment

    def casei(self, value: Any) -> Any:
        return ast.Function("casei", [value])

    def accenti(self, value: Any) -> Any:
        return ast.Function("accenti", [value])

    def attribute(self, name: str) -> Any:
        return ast.Attribute(str(name).strip('"'))

    def negative(self, value: Any) -> Any:
        return -value if isinstance(value, int | float) else ast.Sub(0, value)


def _unquote(token: str) -> str:
    return str(token)[1:-1].replace("''", "'")


def like_as_glob(pattern: str) -> str:
    """Return LIKE's pattern as GLOB's, which minds case; ``\\`` takes the next character as it is."""
    parts, letters = [], iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(_glob_literal(next(letters, "\\")))
        else:
            parts.append({"%": "*", "_": "?"}.get(letter) or _glob_literal(letter))
    return "".join(parts)


def _glob_literal(letter: str) -> str:
    return f"[{letter}]" if letter in "*?[" else letter


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False, transformer=_Builder())


def parse_cql2(text: str) -> Any:
    """Return pygeofilter's tree of a CQL2 text; raise ``UserError`` EXPRESSION-SYNTAX naming the column.

    Comparisons, AND, OR, NOT, BETWEEN, LIKE (``%``, ``_``), IN, IS NULL, arithmetic, DATE, TIMESTAMP, CASEI and
    ACCENTI. A name that is also a keyword goes in double quotes.
    """
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        ends = getattr(getattr(error, "token", None), "type", None) == "$END"
        raise UserError("EXPRESSION-SYNTAX", text=text, column=len(text) + 1 if ends else error.column) from error
    except (LarkError, ValueError, RecursionError) as error:
        raise UserError("EXPRESSION-SYNTAX", text=text, column=1) from error
