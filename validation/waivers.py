"""Waivers: a person's reasoned decision that a finding is to stand as it is, and which findings may have none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from core.tables import load_table
from core.text import clean_text
from validation.finding import Finding, Severity

SHORTEST_REASON = 10  # letters and digits
LONGEST_REASON = 500  # signs


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why one finding of one record is left as it is, who said so and when (a timestamp).

    It speaks of the finding's ``key`` and of the content that the person saw: ``revisions`` holds the revision of the
    record and of each other one that the finding is about. Once one of them has another, the waiver has lapsed.
    """

    key: str
    rule_id: str
    type_id: str
    uid: str
    field: str | None
    revisions: Mapping[str, int]
    reason: str
    person: str
    at: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "key": self.key,
            "rule_id": self.rule_id,
            "type_id": self.type_id,
            "uid": self.uid,
            "field": self.field,
            "revisions": dict(self.revisions),
            "reason": self.reason,
            "person": self.person,
            "at": self.at,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Waiver":
        """Return what ``as_dict`` made plain."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers that stand and those that have lapsed, each by the key of its finding."""

    standing: Mapping[str, Waiver] = field(default_factory=dict)
    lapsed: Mapping[str, Waiver] = field(default_factory=dict)
    _uids: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = {waiver.uid for some in (self.standing, self.lapsed) for waiver in some.values()}
        object.__setattr__(self, "_uids", frozenset(own))

    def find(self, finding: Finding) -> Waiver | None:
        """Return the waiver that stands for a finding in the revision in which it was found, ``None`` without one."""
        waiver = self.standing.get(finding.key) if finding.uid in self._uids else None
        if waiver is None or waiver.revisions.get(finding.uid) != finding.revision:
            return None
        return waiver

    def find_lapsed(self, finding: Finding) -> Waiver | None:
        """Return the waiver that was given for an earlier content of a finding's records."""
        if finding.uid not in self._uids or self.find(finding):
            return None
        return self.lapsed.get(finding.key) or self.standing.get(finding.key)

    def blocks(self, finding: Finding) -> bool:
        """Whether the finding holds its record back: it is an error, and nobody has waived it."""
        return finding.severity is Severity.ERROR and self.find(finding) is None

    def of(self, findings: Iterable[Finding]) -> dict[str, Waiver]:
        """Return the waivers that stand for some of ``findings``, by key."""
        if not self.standing:
            return {}
        return {finding.key: waiver for finding in findings if (waiver := self.find(finding))}


NO_WAIVERS = Waivers()


@cache
def _never_waived() -> dict[str, dict[str, str]]:
    return {row["rule"]: {"vi": row["vi"], "en": row["en"]} for row in load_table("rules_never_waived")}


def why_never(rule_id: str) -> dict[str, str] | None:
    """Return in both languages why a rule of the program may not be waived, ``None`` when it may.

    ``resources/facts/rules_never_waived.csv`` names rules, or a whole family by the letters before the dash.
    """
    rows = _never_waived()
    return rows.get(rule_id) or rows.get(rule_id.partition("-")[0])


def is_reason(text: str) -> bool:
    """Whether a text says enough to be a reason, and not too much to travel."""
    cleaned = clean_text(text)
    letters = sum(sign.isalnum() for sign in cleaned)
    return letters >= SHORTEST_REASON and len(cleaned) <= LONGEST_REASON and len(set(cleaned.casefold())) > 3
