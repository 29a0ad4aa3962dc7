"""A rule that fails on a record is a finding about that record, and the rest of the batch is checked all the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import shapely

from core.errors import Cancelled, UserError
from forms.record import Record
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_all, check_batch, check_record
from validation.finding import Finding
from validation.isolation import FAILED, findings_of
from validation.reads import Near
from validation.rule import ANY_GEOMETRY, RULES, Found, Rule, Severity

POINT, ROAD = "survey_point", "road_segment"
HERE = shapely.Point(437000, 2487000)
TOLD = "GEO-01"  # the rule in whose place those of these tests stand

Check = Callable[[Batch, CheckContext], Iterator[Found]]
MakeBatch = Callable[..., Batch]
Stocked = Callable[..., CheckContext]


def as_rule(check: Check, **changes: object) -> Rule:
    """A rule with a warning to give, as a program may have it that was never meant for these records."""
    findings = {"": Severity.WARNING}
    return replace(RULES[TOLD], check=check, findings=findings, words="GEO-09", scope=ANY_GEOMETRY, **changes)  # type: ignore[arg-type]


def names(batch: Batch) -> list[str]:
    return [str(name) for name in batch.column("point_no")]


def told(findings: list[Finding]) -> tuple[list[str], list[str]]:
    """The uids of the records on which the rule failed, and of those about which it said something."""
    failed = [item.uid for item in findings if item.text_code == FAILED]
    return sorted(failed), sorted(item.uid for item in findings if item.text_code != FAILED)


def stumbling(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Find something in every record, fall over those called "bad"."""
    for index, name in enumerate(names(batch)):
        if name == "bad":
            raise ZeroDivisionError("no such number")
        yield Found(index)


@pytest.mark.parametrize("bad", [(), (0,), (4,), (1, 2), (0, 3, 6), tuple(range(7))])
def test_the_records_on_which_it_fails_are_told_and_the_others_checked(
    make_batch: MakeBatch, context: CheckContext, bad: tuple[int, ...]
) -> None:
    batch = make_batch(POINT, [HERE] * 7, [{"point_no": "bad" if at in bad else "M"} for at in range(7)])
    failed, found = told(findings_of(as_rule(stumbling), batch, context))
    assert failed == [batch.uids[at] for at in bad]
    assert found == [batch.uids[at] for at in range(7) if at not in bad]


def test_what_is_told_is_an_error_that_names_rule_record_and_reason(
    make_batch: MakeBatch, context: CheckContext
) -> None:
    batch = make_batch(POINT, [HERE], [{"point_no": "bad"}])
    [one] = findings_of(as_rule(stumbling), batch, context)
    assert (one.rule_id, one.severity, one.type_id, one.revision) == (TOLD, Severity.ERROR, POINT, batch.revisions[0])
    assert one.context == {"rule": TOLD, "reason": "ZeroDivisionError: no such number"}
    assert TOLD in one.text("vi") and TOLD in one.text("en")


def test_a_fault_of_the_program_is_logged_and_not_printed(
    make_batch: MakeBatch,
    context: CheckContext,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    findings_of(as_rule(stumbling), make_batch(POINT, [HERE], [{"point_no": "bad"}]), context)
    assert "rule failed" in caplog.text
    assert "no such number" in caplog.text
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("error", [UserError("TYPE-UNKNOWN", type="x"), Cancelled(), MemoryError()])
def test_what_is_not_the_rules_fault_is_passed_on(
    make_batch: MakeBatch, context: CheckContext, error: BaseException
) -> None:
    def refused(batch: Batch, surroundings: CheckContext) -> Iterator[Found]:
        raise error

    with pytest.raises(type(error)):
        findings_of(as_rule(refused), make_batch(POINT, [HERE]), context)


def test_where_nobody_is_to_blame_everybody_is_told(make_batch: MakeBatch, context: CheckContext) -> None:
    """A rule that fails whatever it is run over cannot be said to have run over any record."""

    def overwhelmed(batch: Batch, surroundings: CheckContext) -> Iterator[Found]:
        raise RecursionError

    batch = make_batch(POINT, [HERE] * 3)
    assert told(findings_of(as_rule(overwhelmed), batch, context)) == (batch.uids, [])


def pairing(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Find something in every record, fall over those called "bad" wherever they are stored, and over "a" with "b"."""
    stored = context.stored(batch.type.id)
    around = set(names(stored)) if stored is not None else set()
    if "bad" in around | set(names(batch)) or {"a", "b"} <= around | set(names(batch)):
        raise FloatingPointError
    yield from (Found(index) for index in range(len(batch)))


NEAR = as_rule(pairing, reads=(Near(),))


def test_of_two_that_fail_together_the_later_one_is_told(make_batch: MakeBatch, stocked: Stocked) -> None:
    batch = make_batch(POINT, [HERE] * 4, [{"point_no": name} for name in ("x", "a", "b", "y")])
    failed, found = told(findings_of(NEAR, batch, stocked(batch)))
    assert failed == [batch.uids[2]]
    assert found == [batch.uids[at] for at in (0, 1, 3)]


def test_a_record_beside_a_bad_one_is_not_blamed_for_it(make_batch: MakeBatch, stocked: Stocked) -> None:
    """The record is being typed, its neighbours are stored: what is wrong with one of these is said of that one."""
    stored = make_batch(POINT, [HERE] * 4, [{"point_no": name} for name in ("x", "bad", "y", "bad")])
    typed = make_batch(POINT, [HERE], [{"point_no": "z"}], first=90)
    failed, found = told(findings_of(NEAR, typed, stocked(stored)))
    assert failed == [stored.uids[1], stored.uids[3]]
    assert found == typed.uids


def test_a_record_that_fails_only_with_its_neighbour_is_told_itself(make_batch: MakeBatch, stocked: Stocked) -> None:
    stored = make_batch(POINT, [HERE] * 3, [{"point_no": name} for name in ("x", "a", "y")])
    typed = make_batch(POINT, [HERE], [{"point_no": "b"}], first=90)
    assert told(findings_of(NEAR, typed, stocked(stored))) == (typed.uids, [])


def test_a_stored_revision_of_the_record_itself_is_nobody_elses_fault(make_batch: MakeBatch, stocked: Stocked) -> None:
    """What is stored of the record that is typed gives way to it, as bad as it may have been."""
    stored = make_batch(POINT, [HERE] * 2, [{"point_no": "bad"}, {"point_no": "x"}])
    typed = make_batch(POINT, [HERE], [{"point_no": "good"}])
    assert typed.uids == stored.uids[:1]
    assert told(findings_of(NEAR, typed, stocked(stored))) == ([], typed.uids)


def test_a_bad_record_of_another_type_is_told_and_the_rest_checked(make_batch: MakeBatch, stocked: Stocked) -> None:
    def reading(batch: Batch, context: CheckContext) -> Iterator[Found]:
        points = context.stored(POINT)
        if points is not None and "bad" in names(points):
            raise KeyError("bad")
        yield from (Found(index) for index in range(len(batch)))

    points = make_batch(POINT, [HERE] * 3, [{"point_no": name} for name in ("x", "bad", "y")])
    roads = make_batch(ROAD, [shapely.LineString([(0, 0), (9, 9)])] * 2, first=50)
    rule = as_rule(reading, reads=(Near(POINT),))
    assert told(findings_of(rule, roads, stocked(points, roads))) == ([points.uids[1]], roads.uids)


def test_the_engine_goes_on_with_the_other_rules(
    make_batch: MakeBatch, stocked: Stocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make_batch(POINT, [HERE] * 3, [{"point_no": name} for name in ("x", "bad", "y")])
    monkeypatch.setitem(RULES, TOLD, replace(RULES[TOLD], check=RULES[TOLD].check))
    before = check_batch(batch, stocked(batch))
    monkeypatch.setitem(RULES, TOLD, as_rule(stumbling))
    after = check_all([POINT], stocked(batch))
    assert [item.uid for item in after if item.text_code == FAILED] == [batch.uids[1]]
    assert {item.uid for item in after if item.rule_id == TOLD} == set(batch.uids)
    others = [repr(item) for item in after if item.rule_id != TOLD]
    assert sorted(others) == sorted(repr(item) for item in before if item.rule_id != TOLD)


def test_a_form_hears_of_it_too(context: CheckContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, TOLD, as_rule(stumbling))
    typed = Record("u", POINT, {"point_no": "bad"}, HERE)
    assert (TOLD, FAILED) in {(item.rule_id, item.text_code) for item in check_record(typed, context)}
