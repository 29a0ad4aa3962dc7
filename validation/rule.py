"""The registry of rules: pure functions over a batch, each under an id that is never renamed and never reused."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import shapely

from core.canonical import canonical_json, sha256_hex
from core.tables import load_table
from forms.declared_rules import DeclaredRule
from forms.model import RecordType
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import Example
from validation.finding import Finding, Severity
from validation.reads import Read
from validation.tolerances import default_tolerances
from validation.waivers import why_never

__all__ = ["ALL_MOMENTS", "RULES", "Finding", "Found", "Moment", "Rule", "Scope", "Severity", "rule", "rule_pack_hash"]


class Moment(StrEnum):
    """When a rule runs: while one record is typed, on import, before approval, at the province; over a package."""

    ENTRY = "entry"
    IMPORT = "import"
    APPROVAL = "approval"
    PROVINCE = "province"
    PACKAGE = "package"


ALL_MOMENTS: frozenset[Moment] = frozenset(Moment) - {Moment.PACKAGE}
"""Every moment at which records are checked; a package as a whole (``validation.delivery``) is checked by itself."""
TOGETHER: frozenset[Moment] = frozenset({Moment.APPROVAL, Moment.PROVINCE})


@dataclass(slots=True)  # not frozen: one is made, read and forgotten for each of very many records
class Found:
    """What a check yields: the record's place in the batch, and what is wrong there.

    ``variant`` picks severity and words among the rule's ``findings``. The coordinates of ``place`` join the facts as
    ``east_m`` and ``north_m``.
    """

    index: int
    variant: str = ""
    field: str | None = None
    place: shapely.Point | None = None
    context: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Which record types a rule speaks about; every condition that is given must hold."""

    types: tuple[str, ...] = ()
    geometries: tuple[str, ...] = ()
    field_types: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def covers(self, record_type: RecordType) -> bool:
        """Whether the rule has anything to check in records of this type."""
        return (
            (not self.types or record_type.id in self.types)
            and (not self.geometries or not set(self.geometries).isdisjoint(record_type.geometry))
            and (not self.field_types or not record_type.field_types.isdisjoint(self.field_types))
            and (not self.keys or not record_type.field_keys.isdisjoint(self.keys))
        )


ANY_GEOMETRY = Scope(geometries=("point", "line", "multi_line", "multi_polygon"))

Check = Callable[[Batch, CheckContext], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered check, the law behind it and the examples that prove it.

    ``findings`` maps each variant (an empty text for the only one) to its severity; a variant's words stand in the
    messages under ``<id>.<variant>``, or all under ``words`` where that is given. ``version`` grows whenever the rule
    begins to find something else. Only where it is ``waivable`` may a person let a finding stand with a reason.
    ``reads`` is everything it looks at beside the record: what must be checked again when another record was edited
    follows from it.
    """

    id: str
    check: Check
    version: int
    findings: Mapping[str, Severity]
    moments: frozenset[Moment]
    scope: Scope
    legal: tuple[str, ...]
    tolerances: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    good: Sequence[Example]
    bad: Sequence[Example]
    words: str | None = None
    waivable: bool = True
    reads: tuple[Read, ...] = ()

    @property
    def severity(self) -> Severity:
        """The gravest severity this rule can give."""
        return min(self.findings.values(), key=list(Severity).index)

    def is_in_force(self, today: date) -> bool:
        """Whether the rule applies on ``today``."""
        return self.valid_from <= today and (self.valid_to is None or today <= self.valid_to)

    def text_code(self, variant: str) -> str:
        """Return the code of the message for a variant."""
        code = self.words or self.id
        return f"{code}.{variant}" if variant else code

    def findings_of(self, batch: Batch, context: CheckContext) -> Iterator[Finding]:
        """Yield what the rule finds in ``batch``; of a context for errors only, these."""
        codes = {variant: self.text_code(variant) for variant in self.findings}
        for found in self.check(batch, context):
            if context.errors_only and self.findings[found.variant] is not Severity.ERROR:
                continue
            place = found.place
            facts = found.context if place is None else {**found.context, "east_m": place.x, "north_m": place.y}
            yield Finding(
                rule_id=self.id,
                severity=self.findings[found.variant],
                type_id=batch.type.id,
                uid=batch.uids[found.index],
                revision=batch.revisions[found.index],
                field=found.field,
                place=place,
                context=facts,
                others=found.others,
                text_code=codes[found.variant],
            )

    def facts(self) -> dict[str, Any]:
        """Return what decides the rule's outcome, words left out, as plain data."""
        return {
            "id": self.id,
            "version": self.version,
            "findings": {variant: severity.value for variant, severity in self.findings.items()},
            "moments": sorted(self.moments),
            "scope": {
                "types": self.scope.types,
                "geometries": self.scope.geometries,
                "field_types": self.scope.field_types,
                "keys": self.scope.keys,
            },
            "legal": self.legal,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to and self.valid_to.isoformat(),
            "waivable": self.waivable,
        }


RULES: dict[str, Rule] = {}

TWO_TIERS = date(2025, 7, 1)  # the day from which communes answer to the province alone


def rule(
    id: str,
    findings: Severity | Mapping[str, Severity],
    *,
    scope: Scope,
    good: Iterable[Example],
    bad: Iterable[Example],
    version: int = 1,
    moments: frozenset[Moment] = ALL_MOMENTS,
    legal: tuple[str, ...] = ("diaba",),
    tolerances: tuple[str, ...] = (),
    valid_from: date = TWO_TIERS,
    valid_to: date | None = None,
    reads: tuple[Read, ...] = (),
) -> Callable[[Check], Check]:
    """Register a check; ``legal`` names rows of ``resources/facts/legal_sources.csv``."""

    def register(check: Check) -> Check:
        if id in RULES:
            raise ValueError(f"rule id {id} is already taken by {RULES[id].check.__name__}")
        by_variant = {"": findings} if isinstance(findings, Severity) else dict(findings)
        RULES[id] = Rule(
            id,
            check,
            version,
            by_variant,
            moments,
            scope,
            legal,
            tolerances,
            valid_from,
            valid_to,
            tuple(good),
            tuple(bad),
            waivable=why_never(id) is None,
            reads=reads,
        )
        return check

    return register


def rule_pack_hash(tolerances: Mapping[str, float] | None = None, declared: Iterable[DeclaredRule] = ()) -> str:
    """Return the SHA-256 of everything that decides what the rules find, their words left out.

    Two programs with the same hash find the same in the same records; ``tolerances`` and the ``declared`` rules of the
    catalogue are an office's own.
    """
    own = [item.model_dump(mode="json", exclude={"text"}) for item in declared]
    facts: dict[str, Any] = {
        **({"declared": own} if own else {}),
        "rules": [RULES[rule_id].facts() for rule_id in sorted(RULES)],
        "tolerances": {**default_tolerances(), **(tolerances or {})},
        "envelopes": load_table("coordinate_envelopes"),
        "grades": [load_table("construction_grades"), load_table("construction_grade_uses")],
    }
    return sha256_hex(canonical_json(facts))
