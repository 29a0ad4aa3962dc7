"""How well a column's name says that it is a field's: spelled out, cut short, abbreviated or in another language."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache

from core.tables import load_table
from core.text import fold_text
from forms.model import AnyField

EXACT, CUT, WORDS, MOST_WORDS = 1.0, 0.95, 0.9, 0.6
"""The scores of a name: it is one of the field's, the ten letters of a DBF of one, its words, nearly its words."""

_DBF_WIDTH = 10
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[a-z]+|[0-9]+")
_SHARE = 0.6


def plain_name(name: str) -> str:
    """Return a name as it is compared: folded, its words parted by single blanks."""
    return " ".join(fold_text(name).replace("_", " ").replace("-", " ").split())


def names_of(target: AnyField) -> tuple[str, ...]:
    """Return the folded names that a column for this field may have, its key first."""
    names = [target.key, *target.import_names, *target.label.values()]
    return tuple(dict.fromkeys(map(plain_name, names)))


def score_name(target: AnyField, column: str) -> float:
    """Return how well ``column`` names the field, 0 to 1."""
    names, plain = names_of(target), plain_name(column)
    if plain in names:
        return EXACT
    if len(column) == _DBF_WIDTH and any(_is_cut(name, plain) for name in names):
        return CUT
    words = words_of(column)
    shares = [_share(words, words_of(name)) for name in (target.key, *target.import_names, *target.label.values())]
    best = max(shares, default=0.0)
    return WORDS if best == 1.0 else MOST_WORDS + 0.15 * best if best >= _SHARE else 0.0


def _is_cut(name: str, plain: str) -> bool:
    """Whether ``plain`` is what ten letters hold of ``name``, its words parted by a sign or run together."""
    cuts = (name[:_DBF_WIDTH], name.replace(" ", "")[:_DBF_WIDTH])
    return len(name) > _DBF_WIDTH and plain.replace(" ", "") in {cut.replace(" ", "") for cut in cuts}


@lru_cache(maxsize=1 << 14)
def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, abbreviations and English written out as fields are called here."""
    plain = _WORD.findall(fold_text(_HUMP.sub(" ", name)).replace("_", " "))
    known = _meanings()
    found: list[str] = []
    place = 0
    while place < len(plain):
        for width in (2, 1):
            written = " ".join(plain[place : place + width])
            if written in known or width == 1:
                found += known.get(written, written).split()
                place += width
                break
    return frozenset(found)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


@cache
def _meanings() -> Mapping[str, str]:
    return {row["written"]: row["means"] for row in load_table("column_words")}


class ColumnFinder:
    """Finds a file's columns by names that may be spelled otherwise; one that is spelled so goes before its likes.

    ``key`` makes of a name what is compared. A name that several columns are spelled like, none of them exactly, is
    nobody's: which of them is meant, nothing says.
    """

    def __init__(self, columns: Iterable[str], key: Callable[[str], str]) -> None:
        self._key = key
        self._exact = list(columns)
        self._alike: dict[str, list[str]] = {}
        for column in self._exact:
            self._alike.setdefault(key(column), []).append(column)

    def find(self, name: str) -> str | None:
        """Return the column that is meant, ``None`` when there is none or it is not clear."""
        if name in self._exact:
            return name
        alike = self._alike.get(self._key(name), [])
        return alike[0] if len(alike) == 1 else None
