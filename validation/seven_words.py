"""The seven words as seven figures: what is counted for each, and what would raise it most; pure.

The parts of each word are rows of ``resources/facts/seven_words.csv``. A part with rules counts the records in which
none of these rules finds anything of its severities; a word made of such parts counts the records that pass all of
them. The other parts are counted in the store (``Tally``), and their word's figure is their sum.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from core.tables import load_table
from forms.model import Text
from validation.finding import Finding

WORDS = ("dung", "du", "sach", "song", "thong_nhat", "lien_thong", "dung_chung")
EVERY_RULE = "*"


@dataclass(frozen=True, slots=True)
class PartDefinition:
    """A row of the table: what a part counts, and whether the word's figure counts it too."""

    word: str
    key: str
    rules: tuple[str, ...]
    severities: frozenset[str]
    in_figure: bool
    label: Text
    text: Text

    def speaks_of(self, finding: Finding) -> bool:
        """Whether a finding keeps its record from passing this part."""
        return finding.severity.value in self.severities and (
            EVERY_RULE in self.rules or finding.rule_id.startswith(self.rules)
        )


@cache
def part_definitions() -> tuple[PartDefinition, ...]:
    """Return every part of every word, in the table's order."""
    return tuple(
        PartDefinition(
            word=row["word"],
            key=row["part"],
            rules=tuple(row["rules"].split()),
            severities=frozenset(row["severities"].split()),
            in_figure=row["in_figure"] == "1",
            label={"vi": row["short_vi"], "en": row["short_en"]},
            text={"vi": row["vi"], "en": row["en"]},
        )
        for row in load_table("seven_words")
    )


@dataclass(frozen=True, slots=True)
class Part:
    """How many of what a part counts (``total``) are ``good``."""

    definition: PartDefinition
    good: int
    total: int

    @property
    def key(self) -> str:
        """The part's name within its word."""
        return self.definition.key

    @property
    def share(self) -> float | None:
        """The good ones' share, 0 to 1, ``None`` where there is nothing to count."""
        return self.good / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody can do to raise a figure: a message ``code`` with its ``facts``, and the share it would add.

    ``rule_id``, ``type_id`` and ``field`` say where, as far as they apply.
    """

    code: str
    gain: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    rule_id: str | None = None
    type_id: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the seven words: ``good`` of ``total``, its parts, and the step that would raise it most."""

    key: str
    good: int
    total: int
    parts: tuple[Part, ...] = ()
    step: Step | None = None

    @property
    def share(self) -> float | None:
        """The figure, 0 to 1, ``None`` where there is nothing to measure."""
        return self.good / self.total if self.total else None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-able data, words and steps left out."""
        return {
            "word": self.key,
            "good": self.good,
            "total": self.total,
            "share": self.share,
            "parts": {part.key: {"good": part.good, "total": part.total} for part in self.parts},
        }


def word_code(key: str) -> str:
    """Return the code of the message that names a word."""
    return f"FIGURE-{key.upper().replace('_', '-')}"


Count = tuple[int, int]


@dataclass(frozen=True)
class Tally:
    """What is counted in the store for the parts that no rule tells.

    ``records`` are the standing records; ``counts`` goes from part to (good, total), and ``steps`` from word to the
    steps that may raise it. A part that is not counted has nothing to count.
    """

    records: int
    counts: Mapping[str, Count] = field(default_factory=dict)
    steps: Mapping[str, Sequence[Step]] = field(default_factory=dict)


def measure_words(tally: Tally, findings: Iterable[Finding]) -> tuple[Figure, ...]:
    """Return the seven figures, in the order of the words; ``findings`` are those of all standing records."""
    found = list(findings)
    return tuple(_measure(word, tally, found) for word in WORDS)


def _measure(word: str, tally: Tally, findings: Sequence[Finding]) -> Figure:
    definitions = [item for item in part_definitions() if item.word == word]
    ruled = [item for item in definitions if item.rules]
    if ruled:
        return _measure_rules(word, ruled, tally.records, findings)
    parts = tuple(Part(item, *tally.counts.get(item.key, (0, 0))) for item in definitions)
    counted = [part for part, item in zip(parts, definitions, strict=True) if item.in_figure]
    steps = [step for step in tally.steps.get(word, ()) if step.gain > 0]
    return Figure(
        word,
        sum(part.good for part in counted),
        sum(part.total for part in counted),
        parts,
        max(steps, key=lambda step: step.gain, default=None),
    )


def _measure_rules(
    word: str, definitions: Sequence[PartDefinition], records: int, findings: Sequence[Finding]
) -> Figure:
    failing: dict[str, set[str]] = {item.key: set() for item in definitions}
    rules_by_uid: dict[str, set[str]] = {}
    for finding in findings:
        for item in definitions:
            if item.speaks_of(finding):
                failing[item.key].add(finding.uid)
                if item.in_figure:
                    rules_by_uid.setdefault(finding.uid, set()).add(finding.rule_id)
    parts = tuple(Part(item, records - len(failing[item.key]), records) for item in definitions)
    return Figure(word, records - len(rules_by_uid), records, parts, _gravest_rule(rules_by_uid))


def _gravest_rule(rules_by_uid: Mapping[str, set[str]]) -> Step | None:
    """Return the rule whose findings, mended alone, would make most records good; else the one with most records."""
    if not rules_by_uid:
        return None
    everywhere = Counter(rule_id for rules in rules_by_uid.values() for rule_id in rules)
    alone = Counter(rule_id for rules in rules_by_uid.values() if len(rules) == 1 for rule_id in rules)
    worst = max(sorted(everywhere), key=lambda rule_id: (alone[rule_id], everywhere[rule_id]))
    return Step("FIGURE-STEP-RULE", alone[worst], {"rule": worst, "count": everywhere[worst]}, rule_id=worst)
