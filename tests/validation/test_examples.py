"""Every rule proves itself by its own examples, and has words for whatever it finds."""

import csv
import json
import re
from pathlib import Path
from string import Formatter

import pytest

from core.messages import LANGUAGES, load_messages
from core.tables import load_table
from forms.catalogue import Catalogue
from validation.examples import Example
from validation.rule import RULES, Rule

WANTED = {
    *("ADM-01", "ADM-02", "ADM-03", "ADM-04", "ADM-06", "ADM-07"),
    *("CRS-01", "CRS-02", "CRS-03", "CRS-04", "CRS-05", "CRS-08"),
    *("GEO-01", "GEO-02", "GEO-03", "GEO-05", "GEO-07", "GEO-10", "TOP-04", "TOP-05", "TOP-06"),
    *("ATT-01", "ATT-02", "ATT-05", "ATT-06", "ATT-07", "ATT-08", "DOS-01", "DOS-02", "DOS-03"),
    *("DOS-04", "DOS-10", "DOS-11", "DOS-12", "SEC-01", "DRW-01", "DRW-02", "DRW-03"),
}
# No type demands a field at saving now; GEOS knows no further reason now; no code of a list but land's is unverified;
# every commune is in force; a draft code without an official one is a gap of the table; no source says what replaces a
# former land code, and none of today's has a last day. Each has a test of its own.
WITHOUT_EXAMPLE = {
    *("ATT-01.save", "GEO-02.other", "ATT-02.unverified", "ADM-01.not-in-force", "ADM-06.withdrawn"),
    *("ATT-08.replaced", "ATT-08.retired"),
}
ADDED = {"ATT-15", "ATT-16", "ATT-17"}  # rules of ours beside the published list: identity, which it does not speak of
RULE_IDS = sorted(RULES)
ROOT = Path(__file__).parents[2]
PUBLISHED = Path(__file__).parent / "published_rules.csv"


def codes_of(rule: Rule) -> set[str]:
    return {rule.text_code(variant) for variant in rule.findings}


def all_examples() -> list[tuple[str, Example]]:
    return [(rule_id, item) for rule_id in RULE_IDS for item in (*RULES[rule_id].good, *RULES[rule_id].bad)]


def test_the_rules_are_there() -> None:
    assert set(RULES) >= WANTED
    assert all(rule_id == rule.id and re.fullmatch(r"[A-Z]{3}-\d\d", rule_id) for rule_id, rule in RULES.items())


@pytest.mark.parametrize(("rule_id", "item"), all_examples())
def test_examples_hold(rule_id: str, item: Example, catalogue: Catalogue) -> None:
    batch, surroundings = item.batch(catalogue), item.context(catalogue).for_one_check()
    assert RULES[rule_id].scope.covers(batch.type)
    found = list(RULES[rule_id].findings_of(batch, surroundings))
    assert tuple(finding.text_code for finding in found) == item.finds
    for finding in found:
        assert json.loads(json.dumps(finding.as_dict(), allow_nan=False))["rule_id"] == rule_id
        for language in LANGUAGES:
            text = finding.text(language)
            assert not re.search(r"[{}]|  |None|nan|\bTrue\b", text), text
            asked = {name for _, name, _, _ in Formatter().parse(load_messages()[finding.text_code][language]) if name}
            assert asked <= set(finding.context)


@pytest.mark.parametrize("rule_id", RULE_IDS)
def test_good_examples_are_good_and_bad_ones_bad(rule_id: str) -> None:
    rule = RULES[rule_id]
    assert rule.good
    assert rule.bad
    assert not any(item.finds for item in rule.good)
    assert all(item.finds for item in rule.bad)


@pytest.mark.parametrize("rule_id", RULE_IDS)
def test_every_finding_has_an_example_and_words(rule_id: str) -> None:
    rule = RULES[rule_id]
    shown = {code for item in rule.bad for code in item.finds}
    assert shown <= codes_of(rule)
    assert codes_of(rule) - shown <= WITHOUT_EXAMPLE
    assert {f"RULE-{rule_id}", *codes_of(rule)} <= load_messages().keys()


def test_no_words_without_a_rule() -> None:
    spoken = {code for rule in RULES.values() for code in (*codes_of(rule), f"RULE-{rule.id}")}
    families = "|".join(sorted({rule_id[:3] for rule_id in RULES}))
    ours = {code for code in load_messages() if re.match(rf"(RULE-)?({families})-\d\d", code)}
    assert ours == spoken


@pytest.mark.parametrize("rule_id", RULE_IDS)
def test_sources_and_tolerances_are_in_the_tables(rule_id: str) -> None:
    rule = RULES[rule_id]
    assert rule.legal
    assert set(rule.legal) <= {row["key"] for row in load_table("legal_sources")}
    assert set(rule.tolerances) == {row["key"] for row in load_table("tolerances") if row["rule"] == rule_id}


def published_rules(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["rule_id"]: row["severity"] for row in csv.DictReader(file)}


def test_every_published_rule_is_a_rule_or_said_to_be_elsewhere() -> None:
    published = published_rules(PUBLISHED)
    elsewhere = {row["rule_id"]: row for row in load_table("rules_elsewhere")}
    assert len(published) == 98
    assert RULES.keys().isdisjoint(elsewhere)
    assert (RULES.keys() | elsewhere.keys()) - ADDED == published.keys()
    for rule_id, row in elsewhere.items():
        assert row["severity"] == published[rule_id]
        assert set(row["code"].split()) <= load_messages().keys()
        module = ROOT / f"{row['where'].replace('.', '/')}.py"
        test = (ROOT / row["test"]).read_text(encoding="utf-8")
        assert module.is_file()
        assert any(code in test for code in row["code"].split())
        assert min(len(row["vi"]), len(row["en"])) > 40


def test_the_list_kept_here_is_the_published_one(shared_data: Path) -> None:
    assert published_rules(shared_data / "validation_rules.csv") == published_rules(PUBLISHED)


def test_rules_agree_with_the_published_severities(shared_data: Path) -> None:
    published = published_rules(shared_data / "validation_rules.csv")
    for rule_id in RULES.keys() - ADDED:
        assert published[rule_id] in {severity.value for severity in RULES[rule_id].findings.values()}
    assert ADDED.isdisjoint(published)
