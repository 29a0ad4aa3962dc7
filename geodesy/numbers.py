"""Numbers as Vietnamese offices write them: ``1.255.172,510``, ``1,255,172.51``, ``2 487 289,588``."""

import math
import re
from collections.abc import Iterable
from typing import Literal

from core.messages import LANGUAGES, Language

Mark = Literal[",", "."]

_BLANKS = "\u0020\u00a0\u2009\u202f\u2007"
_SIGNS = str.maketrans({"−": "-", "–": "-"})
_SHAPE = re.compile(rf"([+-]?)[{_BLANKS}]*([0-9][0-9{_BLANKS}.,]*|[.,][0-9]+)(?:[eE]([+-]?[0-9]+))?")
_GROUP_MARK = "\u00a0"


_PLAIN = re.compile(r"-?[0-9]{1,15}(?:([.,])[0-9]{1,15})?")


class AmbiguousNumber(ValueError):
    """One mark with three digits behind it: the text alone cannot say whether it is a decimal mark."""


def parse_number(text: str, decimal: Mark | None = None, *, prefer: Mark | None = None) -> float:
    """Return the number written in ``text``.

    ``decimal`` is the decimal mark of the whole column: a text that contradicts it is refused. ``prefer`` (the
    user's language, when somebody types) only decides what the text leaves open. Without both, ``2.487`` raises
    AmbiguousNumber; what is no number at all, thousands wrongly grouped included, raises ValueError.
    """
    plain = _PLAIN.fullmatch(text)
    if plain and (plain[1] is None or plain[1] == decimal):  # nearly all that a long table holds
        return float(text.replace(",", "."))
    sign, body, exponent = _split(text)
    mark = decimal or _mark_of(body, "." if exponent else prefer)
    whole, fraction = body.rsplit(mark, 1) if mark and mark in body else (body, "")
    if fraction and not fraction.isdecimal():
        raise ValueError(f"no number: {text!r}")
    digits = _without_groups(whole, "." if mark == "," else ",", text)
    value = float(f"{sign}{digits or 0}.{fraction or 0}e{exponent or 0}")
    if not math.isfinite(value):
        raise ValueError(f"no number a coordinate or a measure could have: {text!r}")
    return value


def is_ambiguous(text: str) -> bool:
    """Whether ``text`` is a number that reads differently with a decimal comma and with a decimal point."""
    try:
        parse_number(text)
    except AmbiguousNumber:
        return True
    except ValueError:
        return False
    return False


def decide_decimal(texts: Iterable[str]) -> Mark | None:
    """Return the decimal mark that a column's texts prove, or ``None`` when they prove none or contradict each other.

    What is no number is passed over.
    """
    proven: set[Mark] = set()
    for text in texts:
        try:
            mark = _mark_of(_split(text)[1], None)
        except ValueError:
            continue
        if mark:
            proven.add(mark)
    return proven.pop() if len(proven) == 1 else None


def decimal_mark(language: Language) -> Mark:
    """Return the decimal mark of a language: a comma in Vietnamese, a point in English."""
    return "," if language == "vi" else "."


def format_number(value: float, decimals: int, language: Language) -> str:
    """Return ``value`` with fixed decimals and no-break blanks between thousands, which no reader takes for a mark."""
    text = f"{value:,.{decimals}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")  # no minus zero
    return text.replace(",", _GROUP_MARK).replace(".", decimal_mark(language))


def number_words(value: float, decimals: int, *, signed: bool = False) -> dict[Language, str]:
    """Return ``value`` as each language writes it, for the facts of an error; ``signed`` puts a plus before it too."""
    sign = "+" if signed and value > 0 else ""
    return {language: sign + format_number(value, decimals, language) for language in LANGUAGES}


def _split(text: str) -> tuple[str, str, str | None]:
    """Return sign, digits with their marks, and exponent."""
    found = _SHAPE.fullmatch(text.translate(_SIGNS).strip())
    if not found:
        raise ValueError(f"no number: {text!r}")
    return found[1], found[2].strip(), found[3]


def _mark_of(body: str, prefer: Mark | None) -> Mark | None:
    """Return the decimal mark the text proves; ``None`` when it has none; raise AmbiguousNumber when it is open."""
    last = max(body.rfind(","), body.rfind("."))
    if last < 0:
        return None
    mark: Mark = "," if body[last] == "," else "."
    other: Mark = "." if mark == "," else ","
    if other in body:
        return mark
    if body.count(mark) > 1:
        return other
    head, tail = body[:last], body[last + 1 :]
    if len(tail) != 3 or len(head) > 3 or head.lstrip("0") != head or not head:
        return mark
    if prefer is None:
        raise AmbiguousNumber(body)
    return prefer


def _without_groups(whole: str, mark: str, text: str) -> str:
    """Return the digits of the whole part, its thousands grouped by ``mark`` or by blanks, or not at all."""
    plain = re.sub(f"[{_BLANKS}]", " ", whole)
    if not plain or plain.isdecimal():
        return plain
    for group_mark in (mark, " "):
        head, *groups = plain.split(group_mark)
        if groups and 1 <= len(head) <= 3 and head.isdecimal() and all(_is_group(group) for group in groups):
            return head + "".join(groups)
    raise ValueError(f"thousands wrongly grouped: {text!r}")


def _is_group(group: str) -> bool:
    return len(group) == 3 and group.isdecimal()
