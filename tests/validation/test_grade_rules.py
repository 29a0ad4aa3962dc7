"""ATT-07 and ATT-05 over the infrastructure types: grades against sizes, every number against its range."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely

from forms.catalogue import Catalogue
from forms.model import IntegerField, NumberField
from validation import rule as rules
from validation.batch import Batch
from validation.finding import Finding, Severity
from validation.rule import rule_pack_hash

Find = Callable[..., list[Finding]]
Make = Callable[..., Batch]
SPAN = {"bridge_kind": "cau_duong_bo", "max_span_m": 30.0}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({**SPAN, "work_grade": "III"}, None),
        ({**SPAN, "work_grade": "II"}, "ATT-07"),
        ({**SPAN, "work_grade": "IV"}, "ATT-07"),
        ({**SPAN, "work_grade": "IV", "grade_basis": "Quyết định 12/QĐ-UBND"}, "ATT-07.documented"),
        ({**SPAN, "work_grade": None}, None),
        ({"bridge_kind": "cau_phao", "max_span_m": 30.0, "work_grade": "I"}, None),
    ],
)
def test_a_grade_is_compared_with_its_size(values: dict[str, Any], code: str | None, find: Find, make_batch: Make):
    found = find("ATT-07", make_batch("bridge", values=[values]))
    assert [item.text_code for item in found] == ([code] if code else [])
    for item in found:
        assert item.field == "work_grade"
        assert item.severity == (Severity.INFO if code == "ATT-07.documented" else Severity.WARNING)


def test_the_finding_names_criterion_value_and_table(find: Find, make_batch: Make):
    (finding,) = find("ATT-07", make_batch("bridge", values=[{**SPAN, "work_grade": "I"}]))
    vietnamese, english = finding.text("vi"), finding.text("en")
    assert "nhịp kết cấu lớn nhất 30,00 m" in vietnamese and "Cấp III" in vietnamese and "2.5.1a" in vietnamese
    assert "longest span 30.00 m" in english and "Grade III" in english
    assert (finding.context["grade"], finding.context["rule"]) == ("III", "GRD-BRIDGE-SPAN")


def test_a_short_pipe_says_that_it_was_lowered(find: Find, make_batch: Make):
    line = shapely.LineString([(437_000, 2_487_000), (437_400, 2_487_000)])
    values = [{"diameter_mm": 400.0, "work_grade": "II"}]
    (finding,) = find("ATT-07", make_batch("water_supply_line", [line], values))
    assert "400 m" in finding.text("vi") and "Cấp III" in finding.text("vi")


def test_a_code_is_shown_by_its_words(find: Find, make_batch: Make):
    (finding,) = find("ATT-07", make_batch("telecom_line", values=[{"cable_scope": "lien_tinh", "work_grade": "II"}]))
    assert "phạm vi Liên tỉnh" in finding.text("vi") and "scope Between provinces" in finding.text("en")


def test_a_gap_of_the_tables_is_no_finding(find: Find, make_batch: Make):
    values = [{"mgmt_class": "duong_do_thi", "lanes": 5, "work_grade": grade} for grade in ("I", "II", "III", "IV")]
    assert find("ATT-07", make_batch("road_segment", values=values)) == []


def test_other_tables_are_another_rule_pack(monkeypatch: pytest.MonkeyPatch):
    before = rule_pack_hash()
    load = rules.load_table
    monkeypatch.setattr(rules, "load_table", lambda name: () if name == "construction_grades" else load(name))
    assert rule_pack_hash() != before


def test_every_number_of_every_type_is_held_to_its_range(catalogue: Catalogue, find: Find, make_batch: Make):
    for record_type in catalogue.types.values():
        for field in record_type.fields:
            if not isinstance(field, NumberField | IntegerField):
                continue
            bounds = [(field.minimum, -1, "low"), (field.maximum, 1, "high")]
            for bound, step, word in bounds:
                if bound is None:
                    continue
                batch = make_batch(record_type.id, values=[{field.key: bound}, {field.key: bound + step}])
                found = find("ATT-05", batch)
                assert [(item.text_code, item.uid) for item in found] == [(f"ATT-05.{word}", batch.uids[1])], field.key


@pytest.mark.parametrize(
    "type_id",
    [
        "culvert",
        "transport_facility",
        "water_supply_line",
        "water_supply_facility",
        "drainage_line",
        "drainage_node",
        "power_line",
        "power_facility",
        "lighting_asset",
        "telecom_line",
        "telecom_facility",
        "solid_waste_facility",
    ],
)
def test_every_typed_number_has_a_range(catalogue: Catalogue, type_id: str):
    for field in catalogue.type(type_id).fields:
        if isinstance(field, NumberField | IntegerField) and not field.computed:
            assert field.minimum is not None, field.key
            assert field.maximum is not None or field.key == "cost_vnd", field.key
