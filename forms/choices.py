"""Code lists: closed sets of codes with their words, and a search that needs no diacritics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Literal

from core.messages import Language
from core.text import fold_text
from forms.choice_search import SearchText, fold_texts

ChoiceStatus = Literal["official", "internal", "legacy", "unverified"]
SELECTABLE: frozenset[ChoiceStatus] = frozenset({"official", "internal"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One code of a list.

    ``status``: ``official`` stands in a law or standard, ``internal`` is this program's own, ``legacy`` comes from
    older rules (kept on import, not offered), ``unverified`` waits for someone to read the source (never a value).
    ``valid_from`` and ``valid_to`` are days as ``YYYY-MM-DD``; ``color`` is ``#RRGGBB``; ``successor`` is the code of
    the same list that stands in this one's place, where a source says which.
    """

    code: str
    label: Mapping[Language, str]
    valid_from: str | None = None
    valid_to: str | None = None
    source: str = ""
    status: ChoiceStatus = "official"
    color: str | None = None
    successor: str | None = None

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
    def retired(self) -> Mapping[str, str]:
        """The codes that have a last day (``YYYY-MM-DD``), with it; none in a list about the past."""
        return {} if self.is_past else {item.code: item.valid_to for item in self.items if item.valid_to}

    @cached_property
    def is_past(self) -> bool:
        """Whether every code has a last day: such a list is about the past, as that of the former communes."""
        return all(item.valid_to for item in self.items)

    @cached_property
    def _offered(self) -> tuple[Choice, ...]:
        return tuple(item for item in self.items if item.is_selectable)

    @cached_property
    def _words(self) -> SearchText:
        """The codes and words of every choice that may be offered."""
        return SearchText([(item.code, *dict.fromkeys(item.label.values())) for item in self._offered])

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
        said = [(item, text) for item in self.items for text in {item.code, *item.label.values()}]
        found: dict[str, tuple[Choice, ...]] = {}
        for (item, _), key in zip(said, fold_texts([text for _, text in said]), strict=True):
            same = found.get(key, ())
            if item not in same:
                found[key] = (*same, item)
        return found

    def prepare(self) -> None:
        """Build now what the first search would build, for whoever has time before somebody waits for it."""
        self.search("-", 1)
        self.search("a", 1)

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

    def offered(self, day: str | None = None) -> Iterator[Choice]:
        """Yield the choices that a form offers, in file order; those not in force on ``day`` are left out."""
        return (item for item in self._offered if self._is_offered(item, day))

    def _is_offered(self, item: Choice, day: str | None) -> bool:
        return day is None or self.is_past or item.is_valid_on(day)

    def search(self, text: str, limit: int = 50, *, day: str | None = None) -> list[Choice]:
        """Return up to ``limit`` selectable choices that hold every word of ``text``, best first.

        Without diacritics and in both languages; the code itself first, then what begins with the text, then what has
        it from the start of a word, then its words apart; within each in file order. An empty text returns the first.
        ``day`` (``YYYY-MM-DD``, the one that the record speaks of) leaves out what is not in force then.
        """
        if not SearchText.words_of(text):
            return list(islice(self.offered(day), limit))
        found = (self._offered[place] for place in self._words.find(text))
        return list(islice((item for item in found if self._is_offered(item, day)), limit))
