"""What stands behind a finding: the rule, the law, the tolerance in use, and whether a person may let it stand."""

from dataclasses import dataclass
from typing import Any

from core.messages import Language, current_language, load_messages, render
from core.tables import load_table
from services.desk import Desk
from validation.engine import rules_by_id
from validation.finding import Finding
from validation.own_tolerances import own_tolerances
from validation.tolerances import default_tolerances
from validation.waivers import NO_WAIVERS, Waiver, Waivers, why_never


@dataclass(frozen=True, slots=True)
class LegalSource:
    """A document that a rule rests on: number, what of it is meant, since when (ISO date) where that is known."""

    reference: str
    text: str
    since: str | None


@dataclass(frozen=True, slots=True)
class ToleranceInUse:
    """A tolerance that decided, in words, with its value and unit."""

    text: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding in words of one language. ``why_never`` is why nobody may waive it, ``None`` where a person may."""

    title: str
    text: str
    sources: tuple[LegalSource, ...]
    tolerances: tuple[ToleranceInUse, ...]
    why_never: str | None
    waiver: Waiver | None
    lapsed: Waiver | None


def explain(desk: Desk, finding: Finding, waivers: Waivers = NO_WAIVERS) -> Explanation:
    """Return what a reader needs to judge one finding, in the language in use."""
    language = current_language()
    rule = rules_by_id(desk.catalogue).get(finding.rule_id)
    never = None
    if rule is None or not rule.waivable:
        never = (why_never(finding.rule_id) or {}).get(language, "")
    return Explanation(
        title=rule_title(finding.rule_id),
        text=finding.text(language),
        sources=_sources(rule.legal if rule else (), language),
        tolerances=_tolerances(desk, rule.tolerances if rule else (), language),
        why_never=never,
        waiver=waivers.find(finding),
        lapsed=waivers.find_lapsed(finding),
    )


def rule_title(rule_id: str) -> str:
    """Return what a rule demands, in a few words; a rule that an office declares has its id alone."""
    code = f"RULE-{rule_id}"
    return render(code) if code in load_messages() else rule_id


def _sources(keys: tuple[str, ...], language: Language) -> tuple[LegalSource, ...]:
    """Return the documents; what is no row of the table is the text that an office gave for its own rule."""
    rows = {row["key"]: row for row in load_table("legal_sources")}
    return tuple(_source(rows[key], language) if key in rows else LegalSource(key, "", None) for key in keys)


def _source(row: dict[str, Any], language: Language) -> LegalSource:
    return LegalSource(row["reference"], row[language], row["valid_from"] or None)


def _tolerances(desk: Desk, keys: tuple[str, ...], language: Language) -> tuple[ToleranceInUse, ...]:
    rows = {row["key"]: row for row in load_table("tolerances")}
    values = {**default_tolerances(), **own_tolerances(desk.catalogue)}
    return tuple(ToleranceInUse(rows[key][language], values[key], rows[key]["unit"]) for key in keys if key in rows)
