"""Text as this program stores, compares and searches it."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'"})
_ETH = str.maketrans({"Ð": "Đ", "ð": "đ"})


def clean_text(text: str) -> str:
    """Return ``text`` as it is stored: NFC, without blanks at its ends; inner blanks stay as they are."""
    return unicodedata.normalize("NFC", text).strip()


def fold_text(text: str) -> str:
    """Return ``text`` for search: without marks, đ as d, case folded, blanks collapsed.

    FTS5's own folding misses đ, which is a letter and not a d with a mark.
    """
    plain = unicodedata.normalize("NFD", text.translate(_ETH).replace("đ", "d").replace("Đ", "D"))
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return _SPACES.sub(" ", bare.translate(_APOSTROPHES)).strip().casefold()
