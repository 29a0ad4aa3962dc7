"""The seven words: which findings count against which, and what would raise each most."""

import random

import pytest

from core.messages import load_messages
from forms.catalogue import Catalogue
from validation.declared import declared_rules
from validation.finding import Finding, Severity
from validation.rule import RULES
from validation.seven_words import WORDS, Figure, Step, Tally, measure_words, part_definitions, word_code


def finding(uid: str, rule_id: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        rule_id=rule_id,
        severity=severity,
        type_id="road_segment",
        uid=uid,
        revision=1,
        field=None,
        place=None,
        context={},
        others=(),
        text_code=rule_id,
    )


def measured(*findings: Finding, records: int = 10) -> dict[str, Figure]:
    return {figure.key: figure for figure in measure_words(Tally(records), findings)}


def test_without_records_nothing_is_measured() -> None:
    assert [figure.share for figure in measured(records=0).values()] == [None] * 7
    assert list(measured()) == list(WORDS)


def test_a_record_counts_once_however_much_is_wrong_with_it() -> None:
    found = measured(finding("a", "GEO-02"), finding("a", "TOP-04"), finding("a", "GEO-02"), finding("b", "ENC-01"))
    assert (found["dung"].good, found["dung"].total) == (8, 10)
    assert (found["sach"].good, found["sach"].total) == (8, 10)
    assert {part.key: part.good for part in found["sach"].parts} == {"duplicates": 10, "shapes": 9, "texts": 9}


def test_right_is_told_by_severity_and_errors_alone_make_the_figure() -> None:
    found = measured(
        finding("a", "ATT-05"), finding("b", "ATT-03", Severity.WARNING), finding("c", "ADM-03", Severity.INFO)
    )["dung"]
    assert found.good == 9
    assert {part.key: part.good for part in found.parts} == {"errors": 9, "warnings": 9, "infos": 9}


def test_a_remark_keeps_nothing_from_being_clean_or_uniform() -> None:
    found = measured(finding("a", "ADM-03", Severity.INFO), finding("b", "DOS-08", Severity.INFO))
    assert found["thong_nhat"].good == 10


def test_the_step_is_the_rule_that_alone_keeps_most_records() -> None:
    both = [finding(uid, rule_id) for uid in "abc" for rule_id in ("ATT-05", "ATT-06")]
    step = measured(*both, finding("d", "ADM-06"))["dung"].step
    assert step is not None
    assert (step.rule_id, step.gain, step.facts["count"]) == ("ADM-06", 1, 1)
    step = measured(*both)["dung"].step
    assert step is not None
    assert (step.rule_id, step.gain, step.facts["count"]) == ("ATT-05", 0, 3)


def test_mending_the_step_raises_the_figure_by_what_it_says() -> None:
    dice = random.Random(7)
    rules = ("ATT-05", "ATT-06", "GEO-02", "ADM-06")
    for _ in range(50):
        findings = [finding(f"r{dice.randrange(10)}", dice.choice(rules)) for _ in range(dice.randrange(1, 15))]
        before = measured(*findings)["dung"]
        assert before.step is not None
        after = measured(*(item for item in findings if item.rule_id != before.step.rule_id))["dung"]
        assert after.good - before.good == before.step.gain


def test_counted_parts_add_up_and_the_best_step_wins() -> None:
    counts = {"fields": (30, 40), "parts": (5, 8), "delivered": (0, 1), "published": (7, 10), "open": (6, 10)}
    steps = {"du": [Step("FIGURE-STEP-PART", 3), Step("FIGURE-STEP-FIELD", 9), Step("FIGURE-STEP-DELIVER", 0)]}
    found = {figure.key: figure for figure in measure_words(Tally(10, counts, steps), [])}
    assert (found["du"].good, found["du"].total) == (35, 49)
    assert found["du"].step is not None
    assert found["du"].step.gain == 9
    assert (found["dung_chung"].good, found["dung_chung"].total) == (6, 10), "published alone does not make it shared"
    assert found["song"].share is None


def test_every_rule_that_the_table_names_exists(catalogue: Catalogue) -> None:
    known = {**RULES, **declared_rules(catalogue)}
    for item in part_definitions():
        assert item.word in WORDS
        assert item.severities <= {severity.value for severity in Severity}
        assert bool(item.rules) == bool(item.severities)
        for start in item.rules:
            assert start == "*" or any(rule_id.startswith(start) for rule_id in known), start


@pytest.mark.parametrize("key", WORDS)
def test_every_word_has_a_name(key: str) -> None:
    assert set(load_messages()[word_code(key)]) == {"vi", "en"}
