"""Names of administrative units, as they are compared: spelling varies by source, the unit does not."""

import re
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import normalize

from core.text import fold_text

UNIT_WORDS: dict[str, tuple[str, ...]] = {
    "dac khu": ("dk",),
    "thi tran": ("tt",),
    "phuong": ("p", "f"),
    "huyen": ("h",),
    "xa": ("x",),
}
PROVINCE_WORDS = ("thanh pho", "tinh", "tp")

_LATE_MARK = re.compile(
    r"(?P<first>[oO])(?P<second>[àáảãạèéẻẽẹÀÁẢÃẠÈÉẺẼẸ])(?![\w\u0300-\u036f])|(?<![qQ])(?P<u>[uU])(?P<y>[ỳýỷỹỵỲÝỶỸỴ])(?![\w\u0300-\u036f])"
)
_EARLY_QUY = re.compile(r"(?P<q>[qQ])(?P<u>[ùúủũụÙÚỦŨỤ])(?P<y>[yY])(?![\w\u0300-\u036f])")
_APOSTROPHES = re.compile("[’‘ʼ´`]")
_MARKS = {"\u0300", "\u0301", "\u0309", "\u0303", "\u0323"}


def canonical_name(text: str) -> str:
    """Return a name in one spelling: NFC, single blanks, hòa and not hoà, straight apostrophes.

    ``Hoà Bình`` and ``Hòa  Bình`` become ``Hòa Bình``, ``M’Drắk`` becomes ``M'Drắk``, ``Qúy`` becomes ``Quý``. For
    comparing, not for showing: people read the official spelling.
    """
    plain = _APOSTROPHES.sub("'", " ".join(normalize("NFC", text).split()))
    plain = _LATE_MARK.sub(lambda found: _move(found[0], 0), plain)
    return _EARLY_QUY.sub(lambda found: found["q"] + _move(found["u"] + found["y"], 1), plain)


@lru_cache(maxsize=65_536)
def name_key(text: str) -> str:
    """Return the search key of a name: folded, apostrophes gone, every other sign a blank (``ea hleo``)."""
    return " ".join(re.sub(r"[^0-9a-z]+", " ", fold_text(text).replace("'", "")).split())


def unit_keys(full_name: str) -> set[str]:
    """Return the search keys of a unit: full, without the unit's word, and with the word cut short."""
    full = name_key(full_name)
    bare = without_words(full, UNIT_WORDS)
    word = full.removesuffix(bare).strip()
    return {full, bare, *(f"{short} {bare}" for short in UNIT_WORDS.get(word, ()))}


def without_words(key: str, words: Iterable[str]) -> str:
    """Return a search key without the first of ``words`` that it begins with."""
    for word in words:
        if key.startswith(f"{word} "):
            return key.removeprefix(f"{word} ")
    return key


def _move(pair: str, place: int) -> str:
    """Return two vowels with their one tone mark on the vowel at ``place``."""
    letters = normalize("NFD", pair)
    mark = next(char for char in letters if char in _MARKS)
    bare = [char for char in letters if char not in _MARKS]
    bare[place] += mark
    return normalize("NFC", "".join(bare))
