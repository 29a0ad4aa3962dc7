"""Finds entries of a long list by their words, without diacritics, fast enough to answer while someone types."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from core.text import clean_text, fold_text

_WORD = re.compile(r"\w+")
_PARTING = "’‘ʼ´–—…“”·"
_LETTERS_D = (("đ", "d"), ("Đ", "d"), ("ð", "d"), ("Ð", "d"))
_FOREIGN = re.compile(r"[^\x00-\x7f\u0300-\u034e\u0350-\u036f]")
_KEPT = "_\n\t\r"
_WORDS_ONLY = bytes(code if chr(code).isalnum() or chr(code) in _KEPT else 32 for code in range(128)) + bytes(128)


class SearchText:
    """The folded words of many entries in one text, a line each: the code, a tab, the labels.

    Before every word stands a blank, so that what begins a word is found by looking for a blank and the word.
    """

    def __init__(self, entries: Sequence[tuple[str, ...]]) -> None:
        self._lines = _fold_lines([_flat(code) + "\t " + "\r ".join(map(_flat, labels)) for code, *labels in entries])
        self._text = "".join(self._lines)
        self._starts = [0, *accumulate(map(len, self._lines))][:-1]

    @staticmethod
    def words_of(text: str) -> list[str]:
        """Return the words of ``text`` folded."""
        return [fold_text(word) for word in _WORD.findall(clean_text(text))]

    def find(self, text: str) -> Iterator[int]:
        """Yield the places of the entries that hold every word of ``text``, best first, within a rank in order.

        The code itself; what begins as the code or as the label; the words together from the start of a word; the
        words apart, from the start of one each; the words anywhere. Ranks are looked through only as far as asked for.
        """
        words = self.words_of(text)
        together = "".join(f" {word}" for word in words)
        seen: set[int] = set()
        for places in self._ranks(words, together):
            for place in places:
                if place not in seen:
                    seen.add(place)
                    yield place

    def _ranks(self, words: Sequence[str], together: str) -> Iterator[Iterator[int]]:
        begun = [f" {word}" for word in words]
        yield self._hits(f"\n{together}\t")
        yield self._hits(f"\n{together}")
        yield self._hits(f"\t{together}")
        yield (place for place in self._hits(together) if together in self._label(place))
        yield self._holding(begun, lambda place: self._lines[place])
        yield self._holding(words, self._label)

    def _label(self, place: int) -> str:
        line = self._lines[place]
        return line[line.index("\t") :]

    def _hits(self, wanted: str) -> Iterator[int]:
        """Yield the place of every entry that holds ``wanted``, once each."""
        at = self._text.find(wanted)
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            yield place
            if place + 1 == len(self._starts):
                return
            at = self._text.find(wanted, self._starts[place + 1])

    def _holding(self, words: Sequence[str], part: Callable[[int], str]) -> Iterator[int]:
        """Yield the entries of which ``part`` holds every word; the rarest word is looked for first."""
        rarest = min(words, key=self._text.count) if len(words) > 1 else words[0]
        return (place for place in self._hits(rarest) if all(word in part(place) for word in words))


def fold_texts(texts: Sequence[str]) -> list[str]:
    """Return what ``fold_text`` makes of each text; long lists say few different words."""
    known: dict[str, str] = {}
    return [
        " ".join([known.get(word) or known.setdefault(word, _fold(word)) for word in text.split()]) for text in texts
    ]


def _flat(text: str) -> str:
    return text if text.isprintable() else " ".join(text.split())


def _fold_lines(lines: Sequence[str]) -> list[str]:
    """Return every line with its words folded, a blank before each and a newline before all; tabs part what they part.

    A carriage return becomes one more blank. The whole text goes through at once, as bytes, unless it holds a letter
    that is no Latin one with marks.
    """
    text = "".join([f"\n {line}" for line in lines])
    for sign in _PARTING:
        text = text.replace(sign, " ")
    for letter, plain in _LETTERS_D:
        text = text.replace(letter, plain)
    bare = unicodedata.normalize("NFD", text)
    if _FOREIGN.search(bare):
        return ["\n" + "\t".join(map(_fold_part, line.split("\t"))) for line in lines]
    folded = bare.encode("ascii", "ignore").lower().translate(_WORDS_ONLY)
    while b"  " in folded:
        folded = folded.replace(b"  ", b" ")
    for mark in (b"\t", b"\r", b"\n"):
        folded = folded.replace(b" " + mark, mark)
    return ["\n" + line for line in folded.rstrip(b" ").decode().replace("\r", " ").split("\n")[1:]]


def _fold_part(text: str) -> str:
    words = (_WORD.findall(clean_text(part)) for part in text.split("\r"))
    return " ".join("".join([f" {_fold(word)}" for word in found]) for found in words)


def _fold(word: str) -> str:
    return word.lower() if word.isascii() and "`" not in word else fold_text(word)
