"""The engine: one code path, an order, moments, and nothing said of what is cancelled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from core.errors import Cancelled, UserError
from forms.catalogue import Catalogue
from forms.record import Lineage, Record, State
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.engine import blocks, check_all, check_batch, check_record, rules_for
from validation.finding import Severity
from validation.rule import ALL_MOMENTS, RULES, Moment, Rule, rule, rule_pack_hash
from validation.tolerances import default_tolerances, merge_tolerances

FAR = shapely.Point(600_000, 2_487_000)
HERE = shapely.Point(437_000, 2_487_000)
OUTLINE = shapely.box(432_000, 2_482_000, 442_000, 2_492_000)


def record(**changes: Any) -> Record:
    lineage = Lineage(src_crs="EPSG:9211", src_axis=106.0, datum_operation="none")
    values = {"point_no": "M1", "commune_code": "01153"}
    return replace(Record("u", "survey_point", values, HERE, lineage, revision=1), **changes)


def test_gravest_first(context: CheckContext) -> None:
    found = check_record(record(geometry=FAR, values={}), replace(context, boundary=OUTLINE))
    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, key=list(Severity).index)
    assert {Severity.ERROR, Severity.WARNING} <= set(severities)


def test_only_errors_block(context: CheckContext) -> None:
    found = check_record(record(values={"commune_code": "01153"}), context)
    assert {finding.text_code for finding in found if blocks(finding)} == {"ATT-01.approve"}
    assert {finding.text_code for finding in found if not blocks(finding)} == {"ATT-01.complete"}


def test_asked_for_errors_only_rules_that_can_but_warn_are_spared_and_no_error_with_them(
    context: CheckContext, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    assert RULES["CRS-04"].severity is Severity.WARNING
    monkeypatch.setitem(RULES, "CRS-04", replace(RULES["CRS-04"], check=lambda *_: asked.append("CRS-04") or iter(())))
    outside = replace(context, boundary=OUTLINE)
    batch = Batch.of(catalogue.type("survey_point"), [record(geometry=FAR, values={})])
    errors = check_batch(batch, outside, errors_only=True)
    assert asked == []
    assert errors == [finding for finding in check_batch(batch, outside) if blocks(finding)] != []
    assert asked == ["CRS-04"]


def test_a_finding_knows_its_record(context: CheckContext) -> None:
    found = check_record(record(uid="abc", revision=7, values={"commune_code": "99999"}), context)[0]
    assert (found.uid, found.revision, found.type_id, found.field) == ("abc", 7, "survey_point", "commune_code")
    assert found.as_dict()["place"] is None
    assert found.text("vi") != found.text("en")


def test_a_batch_finds_what_its_records_find(catalogue: Catalogue, context: CheckContext) -> None:
    """Rules about one record say the same whether it comes alone or among others."""
    surroundings = replace(context, boundary=OUTLINE)
    examples = [
        item
        for rule_id in sorted(RULES)
        if not rule_id.startswith(("TOP", "NET")) and rule_id not in ("ATT-15", "ATT-16", "ATT-17")
        for item in (*RULES[rule_id].good, *RULES[rule_id].bad)
        if item.type_id == "road_segment"
    ]
    batches = [item.batch(catalogue) for item in examples]
    records = [
        Record(
            f"{number:04}-{place}",
            "road_segment",
            batch.values_of(place),
            batch.geometries[place],
            batch.lineages[place],
            1,
        )
        for number, batch in enumerate(batches)
        for place in range(len(batch))
    ]
    together = check_batch(Batch.of(catalogue.type("road_segment"), records), surroundings)
    alone = [finding for one in records for finding in check_record(one, surroundings, ALL_MOMENTS)]
    assert len(together) > len(RULES)
    of_one = [finding for finding in together if not finding.rule_id.startswith(("TOP", "NET"))]
    assert sorted(map(repr, of_one)) == sorted(map(repr, alone))


def test_cancelled_records_are_left_out(context: CheckContext, catalogue: Catalogue) -> None:
    batch = Batch.of(catalogue.type("survey_point"), [record(uid="a", values={}, state=State.CANCELLED)])
    assert check_batch(batch, context) == []
    both = Batch.of(batch.type, [record(uid="a", values={}, state=State.CANCELLED), record(uid="b", values={})])
    assert {finding.uid for finding in check_batch(both, context)} == {"b"}


def test_an_unsaved_record_counts_as_drawn_in_the_zone(context: CheckContext) -> None:
    drawn = record(revision=0, lineage=Lineage())
    assert not [finding for finding in check_record(drawn, context) if finding.rule_id.startswith("CRS")]
    stored = record(revision=1, lineage=Lineage())
    assert "CRS-01.missing" in {finding.text_code for finding in check_record(stored, context)}


def test_moments(context: CheckContext, catalogue: Catalogue) -> None:
    boundary = catalogue.type("planning_boundary")
    assert "TOP-05" not in {item.id for item in rules_for(boundary, context, [Moment.ENTRY])}
    assert "TOP-05" in {item.id for item in rules_for(boundary, context, [Moment.PROVINCE])}
    assert "TOP-05" in {item.id for item in rules_for(boundary, context)}


def test_a_rule_is_asked_only_while_in_force(context: CheckContext, catalogue: Catalogue) -> None:
    road = catalogue.type("road_segment")
    assert rules_for(road, replace(context, today=date(2025, 6, 30))) == []
    assert rules_for(road, replace(context, today=date(2025, 7, 1)))


def test_check_all_reads_each_type_once(stocked: Callable[..., CheckContext], make_batch: Callable[..., Batch]) -> None:
    surroundings = stocked(make_batch("survey_point", [HERE], point_no="1", commune_code="01153"))
    asked: list[str] = []

    def counting(type_id: str) -> Batch:
        asked.append(type_id)
        return surroundings.batches(type_id)

    found = check_all(["survey_point", "land_use_plan_area"], replace(surroundings, batches=counting))
    assert {finding.text_code for finding in found} == {"ATT-01.complete"}
    assert sorted(asked) == sorted(set(asked))


def test_an_unknown_type_is_the_users_error(context: CheckContext) -> None:
    with pytest.raises(UserError) as caught:
        check_all(["castle"], context)
    assert caught.value.code == "TYPE-UNKNOWN"


def test_progress_counts_up_and_can_cancel(context: CheckContext, make_batch: Callable[..., Batch]) -> None:
    steps: list[tuple[int, int | None]] = []

    class Watch:
        def step(self, done: int, total: int | None = None) -> None:
            steps.append((done, total))

    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            if done == 3:
                raise Cancelled

    batch = make_batch("survey_point", [HERE])
    check_batch(batch, context, progress=Watch())
    assert steps == [(done, len(steps) - 1) for done in range(len(steps))]
    with pytest.raises(Cancelled):
        check_batch(batch, context, progress=Stop())


def test_an_empty_batch_finds_nothing(context: CheckContext, catalogue: Catalogue) -> None:
    for record_type in catalogue.types.values():
        assert check_batch(Batch.of(record_type, []), context) == []


def test_values_of_the_wrong_kind_do_not_stop_the_check(context: CheckContext, catalogue: Catalogue) -> None:
    strange: list[Any] = [5, -1.5, float("nan"), True, "x", "", ["a"], [], {"a": 1}, "2026-13-40", "١٢"]
    for record_type in catalogue.types.values():
        for value in strange:
            values = {field.key: value for field in record_type.fields}
            stray = Record("u", record_type.id, values, None, Lineage(), revision=1)
            for finding in check_record(stray, context, ALL_MOMENTS):
                assert finding.text("vi")


def test_a_rule_id_is_taken_once() -> None:
    taken = RULES["GEO-01"]
    with pytest.raises(ValueError, match="GEO-01 is already taken by geometry_missing"):
        rule("GEO-01", Severity.ERROR, scope=taken.scope, good=(), bad=())(taken.check)


def test_the_pack_hash_follows_what_decides_and_not_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rule_pack_hash()
    assert rule_pack_hash() == before
    assert rule_pack_hash(default_tolerances()) == before
    assert rule_pack_hash({"top04_overlap_m2": 2.0}) != before
    as_it_is = RULES["GEO-01"]
    changed: Rule = replace(as_it_is, version=as_it_is.version + 1)
    monkeypatch.setitem(RULES, "GEO-01", changed)
    assert rule_pack_hash() != before
    monkeypatch.setitem(RULES, "GEO-01", replace(as_it_is, good=()))
    assert rule_pack_hash() == before


def test_an_office_sets_its_tolerances_within_limits(context: CheckContext) -> None:
    own = merge_tolerances({"adm03_warning_m": 1000.0})
    assert replace(context, tolerances=own).tolerance("adm03_warning_m") == 1000.0
    assert context.tolerance("adm03_warning_m") == 500.0
    for tolerances, code in (({"adm03": 1.0}, "TOLERANCE-UNKNOWN"), ({"adm03_info_m": 1e9}, "TOLERANCE-RANGE")):
        with pytest.raises(UserError) as caught:
            merge_tolerances(tolerances)
        assert caught.value.code == code
    with pytest.raises(KeyError):
        context.tolerance("adm03")


def test_a_tolerance_moves_the_finding(context: CheckContext) -> None:
    beside = record(geometry=shapely.Point(442_400, 2_487_000))
    for warning_m, code in ((500.0, "ADM-03.off"), (300.0, "ADM-03.far")):
        surroundings = replace(context, boundary=OUTLINE, tolerances={"adm03_warning_m": warning_m})
        assert code in {finding.text_code for finding in check_record(beside, surroundings)}


def test_columns_of_a_batch(catalogue: Catalogue) -> None:
    batch = Batch.of(catalogue.type("survey_point"), [record(uid="a"), record(uid="b", geometry=None)])
    assert batch.column("point_no") == ["M1", "M1"]
    assert batch.column("no_such_field") == [None, None]
    assert batch.located.tolist() == [True, False]
    assert np.isnan(batch.bounds[1]).all()
    one = batch.take([1])
    assert (one.uids, len(one), one.geometries.tolist()) == (["b"], 1, [None])
    assert batch.standing() is batch


def test_indices_of_takes_lists_too() -> None:
    assert indices_of([1, 2, None, 2], lambda value: value == 2) == [1, 3]
    assert indices_of([["a"], None, ["b"]], lambda value: value == ["b"]) == [2]
    assert indices_of([], bool) == []
