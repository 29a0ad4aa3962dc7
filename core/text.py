"""Text as this program stores, compares and searches it."""

import re
import unicodedata
from collections.abc import Sequence

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'"})
_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")  # those of Latin letters, which need no looking up one by one
_BORDER = "|"  # between texts that are folded together: it stays what it is
_BLANKS = ("  ", f" {_BORDER}", f"{_BORDER} ")
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\x00\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean_text(text: str) -> str:
    """Return ``text`` as it is stored: NFC, nothing unseen, no blanks at its ends; inner blanks stay as they are.

    What nobody sees, NUL, marks of zero width and those that turn the direction of writing, would make two equal
    texts differ and one text read as another. A soft hyphen stays: in legacy text that byte is the letter ư. Half of
    a surrogate pair, as a file name in no Unicode gives it, can be stored nowhere: it becomes U+FFFD, which is seen.
    """
    if is_plain(text):
        return text
    return unicodedata.normalize("NFC", without_surrogates(without_unseen(text))).strip()


def is_plain(text: str) -> bool:
    """Whether ``text`` is what ``clean_text`` would make of it, seen at a glance: most texts are.

    What is printable has no control sign, nothing unseen, no half of a surrogate pair and no blank but the usual one.
    """
    return text.isprintable() and text[:1] != " " != text[-1:] and unicodedata.is_normalized("NFC", text)


def without_surrogates(text: str) -> str:
    """Return ``text`` with U+FFFD for each lone surrogate, so that it can be encoded."""
    return _SURROGATES.sub("\ufffd", text)


def without_unseen(text: str) -> str:
    """Return ``text`` without NUL and the signs of zero width or direction, which nobody sees."""
    return _UNSEEN.sub("", text)


def fold_text(text: str) -> str:
    """Return ``text`` for search: without marks, đ as d, case folded, blanks collapsed.

    FTS5's own folding misses đ, which is a letter and not a d with a mark.
    """
    return " ".join(_fold(text).split())


def fold_texts(texts: Sequence[str]) -> list[str]:
    """Return ``fold_text`` of each of very many texts, folded as one long text."""
    if not texts:
        return []
    joined = _BORDER.join(texts)
    if joined.isprintable() and joined.count(_BORDER) == len(texts) - 1:
        folded = _fold(joined)
        if not any(blanks in f"{_BORDER}{folded}{_BORDER}" for blanks in _BLANKS):
            return folded.split(_BORDER)
        return [" ".join(text.split()) for text in folded.split(_BORDER)]
    joined = "\n".join([text.replace("\n", " ") for text in texts])
    return [" ".join(text.split()) for text in _fold(joined).split("\n")]


def _fold(text: str) -> str:
    seen = text if text.isprintable() else without_surrogates(without_unseen(text))
    plain = seen.replace("đ", "d").replace("Đ", "D").replace("ð", "d").replace("Ð", "D")
    apart = unicodedata.normalize("NFD", plain)
    if all(sign.isascii() or _MARKS.match(sign) for sign in set(apart)):
        return apart.encode("ascii", "ignore").decode("ascii").replace("`", "'").lower()
    bare = _MARKS.sub("", apart)
    for mark in filter(unicodedata.combining, set(bare)):
        bare = bare.replace(mark, "")
    return bare.translate(_APOSTROPHES).casefold()
