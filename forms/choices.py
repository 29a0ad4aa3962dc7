"""Code lists: closed sets of codes with their words, and a search that needs no diacritics."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from core.messages import Language
from core.text import clean_text, fold_text

ChoiceStatus = Literal["official", "internal", "legacy", "unverified"]
_WORD = re.compile(r"\w+")
SELECTABLE: frozenset[ChoiceStatus] = frozenset({"official", "internal"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One code of a list.

    ``status``: ``official`` stands in a law or standard, ``internal`` is this program's own, ``legacy`` comes from
    older rules (kept on import, not offered), ``unverified`` waits for someone to read the source (never a value).
    ``valid_from`` and ``valid_to`` are days as ``YYYY-MM-DD``; ``color`` is ``#RRGGBB``.
    """

    code: str
    label: Mapping[Language, str]
    valid_from: str | None = None
    valid_to: str | None = None
    source: str = ""
    status: ChoiceStatus = "official"
    color: str | None = None

    @property
    def is_selectable(self) -> bool:
        """Whether a form offers this code for new data."""
        return self.status in SELECTABLE

    def is_valid_on(self, day: str) -> bool:
        """Whether the code is in force on ``day`` (``YYYY-MM-DD``)."""
        return (self.valid_from or "") <= day <= (self.valid_to or "9999-12-31")


class ChoiceList:
    """The codes of one list in file order; iterating yields ``Choice`` objects."""

    def __init__(self, key: str, items: Sequence[Choice]) -> None:
        self.key = key
        self.items = tuple(items)

    def __iter__(self) -> Iterator[Choice]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __repr__(self) -> str:
        return f"ChoiceList({self.key!r}, {len(self.items)} codes)"

    @cached_property
    def _by_code(self) -> dict[str, Choice]:
        return {item.code: item for item in self.items}

    @cached_property
    def _folded(self) -> list[tuple[str, str, Choice]]:
        """Code and words of every choice that may be offered, folded, each word with a blank before it."""
        return [
            (fold_words(item.code), " ".join(fold_words(text) for text in dict.fromkeys(item.label.values())), item)
            for item in self.items
            if item.is_selectable
        ]

    @cached_property
    def _by_label(self) -> dict[str, tuple[Choice, ...]]:
        """Label, as it is written, to every choice it may mean."""
        found: dict[str, tuple[Choice, ...]] = {}
        for item in self.items:
            for key in set(item.label.values()):
                found[key] = (*found.get(key, ()), item)
        return found

    @cached_property
    def _by_text(self) -> dict[str, tuple[Choice, ...]]:
        """Folded code or label to every choice it may mean."""
        found: dict[str, tuple[Choice, ...]] = {}
        for item in self.items:
            for key in {fold_text(item.code), *(fold_text(text) for text in item.label.values())}:
                found[key] = (*found.get(key, ()), item)
        return found

    def get(self, code: str) -> Choice | None:
        """Return the choice with exactly this code, or ``None``."""
        return self._by_code.get(code)

    def label(self, code: str, language: Language) -> str:
        """Return the words for ``code``; a code that is not in the list stands for itself."""
        item = self._by_code.get(code)
        return item.label[language] if item else code

    def match(self, text: str) -> tuple[Choice, ...]:
        """Return the choices that ``text`` may mean as a code or as a whole label, marks and case aside.

        An exact code decides alone, then exact words (Văn Lang and Văn Lăng are two communes of one province), then a
        code but for case, then words but for marks and case.
        """
        if exact := self._by_code.get(text):
            return (exact,)
        if same := self._by_label.get(text):
            return same
        folded = fold_text(text)
        found = self._by_text.get(folded, ())
        by_code = tuple(item for item in found if fold_text(item.code) == folded)
        return by_code or found

    def search(self, text: str, limit: int = 50) -> list[Choice]:
        """Return up to ``limit`` selectable choices that hold every word of ``text``, best first.

        Without diacritics and in both languages; the code itself first, then what begins with the text, then what has
        it from the start of a word, then its words apart; within each in file order. An empty text returns the first.
        """
        wanted = fold_words(text)
        if not wanted:
            return [item for _, _, item in self._folded[:limit]]
        words = [f" {word}" for word in wanted.split()]
        ranks: tuple[list[Choice], ...] = ([], [], [], [], [], [])
        for code, label, item in self._folded:
            rank = _rank(code, label, wanted, words)
            if rank is not None:
                ranks[rank].append(item)
        return [item for rank in ranks for item in rank][:limit]


_fold_word = lru_cache(maxsize=1 << 15)(fold_text)  # long lists say few different words


def fold_words(text: str) -> str:
    """Return the words of ``text`` folded, a blank before each, whatever stood between them."""
    return "".join(f" {_fold_word(word)}" for word in _WORD.findall(clean_text(text)))


def _rank(code: str, label: str, wanted: str, words: Sequence[str]) -> int | None:
    """Return how well a choice fits, 0 best, ``None`` when it does not."""
    if code == wanted:
        return 0
    if code.startswith(wanted):
        return 1
    at = label.find(wanted)
    if at >= 0:
        return 2 if at == 0 else 3
    if all(word in label or word in code for word in words):
        return 4
    return 5 if all(word[1:] in label for word in words) else None
