"""The grade tables of TT 06/2021/TT-BXD: every rule at and around its bounds, gaps, lowering, the strictest wins."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from core.messages import LANGUAGES
from core.tables import load_table
from forms.catalogue import Catalogue
from forms.definition_checks import Surroundings, check_expression
from forms.grades import GRADES, Interval, load_criteria, load_uses, suggest_grade
from forms.model import ChoiceField, IntegerField, NumberField
from tests.forms.grade_bounds import BOUNDS, HIGHWAY, URBAN

STEPS = [
    pytest.param(rule_id, type_id, values, key, value, grade, id=f"{rule_id}-{type_id}-{value}")
    for rule_id, type_id, values, key, steps in BOUNDS
    for value, grade in steps
]


@pytest.mark.parametrize(("rule_id", "type_id", "values", "key", "value", "grade"), STEPS)
def test_every_rule_at_and_around_its_bounds(
    rule_id: str, type_id: str, values: dict[str, Any], key: str | None, value: float | str | None, grade: str | None
):
    found = suggest_grade(type_id, {**values, **({key: value} if key else {})}, None)
    assert found is not None
    assert (found.rule_id, found.grade, found.value, found.field) == (rule_id, grade, value, key)
    assert found.table == load_criteria()[rule_id].table


def test_all_forty_rules_are_used_or_say_why_not():
    reasons = {row["rule_id"]: row["reason"] for row in load_table("construction_grade_uses") if row["reason"]}
    used = {use.criterion.rule_id for uses in load_uses().values() for use in uses}
    tested = {rule_id for rule_id, *_ in BOUNDS}
    assert len(load_criteria()) == 40
    assert used.isdisjoint(reasons)
    assert tested == used
    assert used | set(reasons) == set(load_criteria())
    assert set(reasons) == {"GRD-CEM-A"}


def test_the_table_says_what_the_collected_rules_say(shared_data: Path):
    collected = json.loads((shared_data / "construction_grade_rules.json").read_text(encoding="utf-8"))["rules"]
    criteria = load_criteria()
    assert [rule["rule_id"] for rule in collected] == list(criteria)
    for rule in collected:
        criterion = criteria[rule["rule_id"]]
        assert (criterion.table, criterion.words["vi"]) == (rule["table"], rule["criterion"])
        assert list(criterion.grades) == [grade for grade in GRADES if grade in rule["grades"]]
        assert (criterion.lowered_to_m == 1000) == ("1000 m" in (rule["note"] or ""))
        for grade, interval in criterion.grades.items():
            wanted = rule["grades"][grade]
            if isinstance(interval, Interval):
                low, with_low, high, with_high = wanted
                assert (interval.low, interval.with_low) == (float("-inf") if low is None else low, with_low)
                assert (interval.high, interval.with_high) == (float("inf") if high is None else high, with_high)
            else:
                assert isinstance(wanted, str)


def test_every_use_names_a_field_of_its_type_in_its_unit(catalogue: Catalogue):
    around = Surroundings(set(catalogue.types), {group.key for group in catalogue.groups}, catalogue.choices)
    for type_id, uses in load_uses().items():
        record_type = catalogue.type(type_id)
        assert {item.key for item in record_type.fields} >= {"work_grade", "grade_basis"}, type_id
        for use in uses:
            if use.applies is not None:
                assert list(check_expression((), use.applies, record_type, around)) == [], use
            if use.field is None:
                continue
            field = record_type.field(use.field)
            assert field.unit == use.unit, use
            codes = [code for code in use.criterion.grades.values() if isinstance(code, str)]
            if isinstance(field, ChoiceField):
                assert all(code in catalogue.choice_list(field.choices) for code in codes)
            else:
                assert isinstance(field, NumberField | IntegerField) and not codes


@pytest.mark.parametrize(
    ("type_id", "values", "length", "grade"),
    [
        ("water_supply_line", {"diameter_mm": 800}, 1000.1, "I"),
        ("water_supply_line", {"diameter_mm": 800}, 1000, "II"),
        ("water_supply_line", {"diameter_mm": 100}, 300, "IV"),
        ("drainage_line", {"system": "thai", "diameter_mm": 600}, 999, "III"),
        ("telecom_line", {"kind": "cong_be", "duct_clear_w_m": 0.8}, 500, "IV"),
        ("road_segment", {**URBAN, "design_speed": 80}, 800, "I"),
        ("road_segment", {**URBAN, "lanes": 1}, 800, "IV"),
        ("road_segment", {**HIGHWAY, "design_speed": 80}, 800, "II"),
        ("telecom_line", {"cable_scope": "noi_tinh"}, 800, "II"),
        ("bridge", {"bridge_kind": "cau_duong_bo", "max_span_m": 30}, 60, "III"),
    ],
)
def test_short_pipes_ducts_and_urban_roads_drop_one_grade(
    type_id: str, values: dict[str, Any], length: float, grade: str
):
    line = shapely.LineString([(0, 0), (length, 0)])
    found = suggest_grade(type_id, values, line)
    assert found is not None and found.grade == grade
    by_field = suggest_grade(type_id, {**values, "length_m": length}, None)
    assert by_field is not None and by_field.grade == grade


def test_a_lowered_grade_says_so_in_both_languages():
    found = suggest_grade("water_supply_line", {"diameter_mm": 800}, shapely.LineString([(0, 0), (350, 0)]))
    assert found is not None and found.note is not None
    assert "350 m" in found.note["vi"] and "hạ một cấp" in found.note["vi"]
    assert "350 m" in found.note["en"]
    unlowered = suggest_grade("water_supply_line", {"diameter_mm": 100}, shapely.LineString([(0, 0), (350, 0)]))
    assert unlowered is not None and unlowered.note is None


def test_the_strictest_criterion_decides_and_is_named():
    values = {"bridge_kind": "cau_duong_bo", "max_span_m": 30.0, "pier_h_m": 20.0}
    found = suggest_grade("bridge", values, None)
    assert found is not None
    assert (found.grade, found.rule_id, found.value, found.unit) == ("II", "GRD-BRIDGE-PIER", 20.0, "m")
    assert found.missing == ()
    alone = suggest_grade("bridge", {**values, "pier_h_m": None}, None)
    assert alone is not None
    assert (alone.grade, alone.rule_id, alone.missing) == ("III", "GRD-BRIDGE-SPAN", ("pier_h_m",))


def test_a_gap_is_open_unless_another_criterion_is_at_least_as_strict_as_both_its_sides():
    five_lanes = suggest_grade("road_segment", {**URBAN, "lanes": 5}, None)
    assert five_lanes is not None and five_lanes.grade is None and five_lanes.rule_id == "GRD-URBROAD-LANES"
    assert five_lanes.note is not None and all(five_lanes.criterion[key] in five_lanes.note[key] for key in LANGUAGES)
    slow = suggest_grade("road_segment", {**URBAN, "lanes": 5, "design_speed": 30}, None)
    assert slow is not None and (slow.grade, slow.rule_id) == (None, "GRD-URBROAD-LANES")
    fast = suggest_grade("road_segment", {**URBAN, "lanes": 5, "design_speed": 50}, None)
    assert fast is not None and (fast.grade, fast.rule_id) == ("II", "GRD-URBROAD-V")


def test_a_school_is_graded_by_its_pupils_and_by_its_building():
    values = {"function": "th", "pupils": 300, "floors_above": 9}
    found = suggest_grade("public_building", values, None)
    assert found is not None and (found.grade, found.rule_id) == ("II", "GRD-BLDG-FLOORS")


@pytest.mark.parametrize(
    ("type_id", "values"),
    [
        ("road_segment", {}),
        ("road_segment", {"mgmt_class": "duong_xa", "design_speed": 60}),
        ("road_segment", {"mgmt_class": "quoc_lo", "tech_standard": "TCVN_5729", "design_speed": 120}),
        ("bridge", {"bridge_kind": "cau_phao", "max_span_m": 200}),
        ("water_supply_line", {"diameter_mm": None}),
        ("water_supply_line", {"diameter_mm": -5}),
        ("water_supply_line", {"diameter_mm": "lớn"}),
        ("water_supply_line", {"diameter_mm": float("nan")}),
        ("telecom_line", {"cable_scope": "khac"}),
        ("public_building", {"floors_below": 0, "basement_depth_m": 0}),
        ("transport_facility", {"kind": "bai_do_xe", "area_m2": 50000}),
        ("survey_point", {"height_m": 500}),
        ("unknown_type", {"diameter_mm": 900}),
    ],
)
def test_without_an_answered_criterion_there_is_no_suggestion(type_id: str, values: dict[str, Any]):
    assert suggest_grade(type_id, values, None) is None


@pytest.mark.parametrize("value", [5, 0.0, True, ["a"], {"a": 1}])
def test_what_is_no_code_does_not_answer_a_criterion_of_codes(value: Any):
    coded = [use for uses in load_uses().values() for use in uses if "lien_tinh" in use.criterion.grades.values()]
    assert coded
    for use in coded:
        assert suggest_grade(use.record_type, {use.field: value}, None) is None


def test_the_drawn_size_answers_where_no_document_does():
    tunnel = {"kind": "ham", "length_m": 700.0}
    drawn = suggest_grade("transport_facility", tunnel, None)
    assert drawn is not None and (drawn.grade, drawn.field) == ("I", "length_m")
    stated = suggest_grade("transport_facility", {**tunnel, "length_stated_m": 90.0}, None)
    assert stated is not None and (stated.grade, stated.field) == ("III", "length_stated_m")
