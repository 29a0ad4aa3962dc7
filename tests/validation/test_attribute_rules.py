"""ATT and DOS: what must be filled, lists, limits, dates; and how full a batch is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import shapely

from forms.catalogue import Catalogue
from forms.choices import Choice, ChoiceList
from forms.loader import build_catalogue
from forms.model import IntegerField, RecordType, TextField
from forms.record import Record, State
from forms.sources import Sources
from validation.batch import Batch
from validation.context import CheckContext
from validation.demands import demands_of
from validation.engine import check_batch, check_record
from validation.finding import Finding, Severity
from validation.measures import Completeness, completeness
from validation.wording import worded

Find = Callable[..., list[Finding]]
Make = Callable[..., Batch]
LABEL = {"vi": "Số", "en": "Number"}


def demanding(**extra: Any) -> RecordType:
    """A type with one field of each strength, the last under a condition."""
    return RecordType(
        id="well",
        version=1,
        title={"vi": "Giếng", "en": "Well"},
        group="water",
        code="GNG",
        title_fields=("number",),
        sections=({"key": "main", "label": LABEL},),
        fields=(
            TextField(key="number", type="text", label=LABEL, required="save"),
            TextField(key="owner", type="text", label=LABEL, required="approve"),
            IntegerField(key="depth_m", type="integer", label=LABEL, required="complete"),
            IntegerField(
                key="pump_kw",
                type="integer",
                label=LABEL,
                required="approve",
                required_when="depth_m > 50",
                visible_when="depth_m IS NOT NULL",
            ),
            TextField(key="note", type="text", label=LABEL),
        ),
        **extra,
    )


def batch_of(record_type: RecordType, *values: dict[str, Any]) -> Batch:
    return Batch.of(
        record_type,
        [Record(f"u{place}", record_type.id, {**item}, revision=1) for place, item in enumerate(values)],
    )


FULL = {"number": "G1", "owner": "Thôn 1", "depth_m": 10}


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (FULL, []),
        ({**FULL, "number": None}, ["ATT-01.save"]),
        ({**FULL, "number": ""}, ["ATT-01.save"]),
        ({**FULL, "owner": None}, ["ATT-01.approve"]),
        ({**FULL, "depth_m": None}, ["ATT-01.complete"]),
        ({**FULL, "depth_m": 0}, []),
        ({**FULL, "depth_m": 60}, ["ATT-01.approve"]),
        ({**FULL, "depth_m": 60, "pump_kw": 0}, []),
        ({}, ["ATT-01.save", "ATT-01.approve", "ATT-01.complete"]),
    ],
)
def test_strengths(values: dict[str, Any], codes: list[str], find: Find) -> None:
    found = find("ATT-01", batch_of(demanding(), values))
    assert [item.text_code for item in found] == codes
    assert all((item.severity is Severity.ERROR) is (item.text_code != "ATT-01.complete") for item in found)


def test_what_is_merely_wanted_is_one_warning(make_batch: Make, find: Find) -> None:
    batch = make_batch("road_segment", values=[{"name": "A"}, {"name": "B", "surface": "BTXM"}], commune_code="01153")
    first, second = find("ATT-01", batch)
    assert set(first.context["keys"]) - set(second.context["keys"]) == {"surface"}
    assert first.field is None
    assert first.context["count"] == len(first.context["keys"]) == len(first.context["fields"])
    assert "Loại mặt đường" not in second.text("vi")


def test_name_or_code_is_enough(make_batch: Make, find: Find) -> None:
    for known in ({"name": "Cầu Trắng"}, {"local_code": "C-1"}, {"official_id": "X", "official_id_status": "da_cap"}):
        codes = [item.text_code for item in find("ATT-01", make_batch("bridge", values=[known], commune_code="01153"))]
        assert codes == ["ATT-01.complete"], known
    nameless = find("ATT-01", make_batch("bridge", values=[{}], commune_code="01153"))
    assert [item.field for item in nameless] == ["name", None]


def test_an_approved_dossier_is_asked_once_for_its_decision(make_batch: Make, context: CheckContext) -> None:
    batch = make_batch("planning_dossier", values=[{"name": "A", "status": "da_phe_duyet"}], commune_code="01153")
    found = check_batch(batch, context)
    asked = [item.field for item in found if item.severity is Severity.ERROR]
    assert sorted(filter(None, asked)) == [
        "approving_authority",
        "decision_date",
        "decision_no",
        "plan_kind",
        "secrecy_declared",
    ]


def test_a_future_decision_is_told_once(make_batch: Make, context: CheckContext) -> None:
    batch = make_batch("planning_dossier", values=[{"decision_date": "2026-11-21", "task_decision_date": "2027-01-01"}])
    found = [item for item in check_batch(batch, context) if item.rule_id in ("ATT-06", "DOS-03")]
    assert sorted((item.text_code, item.field) for item in found) == [
        ("DOS-03.future", "decision_date"),
        ("DOS-03.future", "task_decision_date"),
        ("DOS-03.order", "decision_date"),
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("2820/QĐ-UBND", []),
        ("2820/Q\u00d0-UBND", []),
        ("45/2024/QĐ-TTg", []),
        ("12/NQ-HĐND", []),
        ("212/2026/NĐ-CP", []),
        ("2820/QĐ-UBND ngày 02/3/2026", []),
        ("2820/QD-UBND", ["DOS-02.suggested"]),
        ("2820/QĐ UBND", ["DOS-02"]),
        ("QĐ 2820", ["DOS-02"]),
    ],
)
def test_decision_numbers(text: str, codes: list[str], make_batch: Make, find: Find) -> None:
    found = find("DOS-02", make_batch("planning_dossier", values=[{"decision_no": text}]))
    assert [item.text_code for item in found] == codes
    assert all(item.severity is Severity.WARNING for item in found)
    if codes == ["DOS-02.suggested"]:
        assert found[0].context["suggestion"] == "2820/QĐ-UBND"


def test_an_unverified_code_is_refused_in_any_list(context: CheckContext, make_batch: Make, find: Find) -> None:
    catalogue = context.catalogue
    label = {"vi": "Nhựa", "en": "Asphalt"}
    lists = [ChoiceList("road_surface", [Choice("BTN", label, status="unverified")])] + [
        catalogue.choices[key] for key in catalogue.choices if key not in ("road_surface", "communes")
    ]
    doubted = Catalogue(list(catalogue.types.values()), catalogue.groups, lists)
    batch = make_batch("road_segment", values=[{"surface": "BTN"}])
    found = find("ATT-02", batch, replace(context, catalogue=doubted))
    assert [(item.text_code, item.severity) for item in found] == [("ATT-02.unverified", Severity.ERROR)]
    assert find("ATT-02", batch) == []


def test_every_selectable_code_of_every_list_is_accepted(
    catalogue: Catalogue, make_batch: Make, context: CheckContext
) -> None:
    for record_type in catalogue.types.values():
        for field in record_type.fields:
            if field.type != "choice" or field.choices == "communes":
                continue
            codes = [choice.code for choice in catalogue.choice_list(field.choices).offered(context.today.isoformat())]
            batch = make_batch(record_type.id, values=[{field.key: code} for code in codes])
            found = [item for item in check_batch(batch, context) if item.rule_id in ("ATT-02", "ATT-08")]
            assert found == [], (record_type.id, field.key)


def test_every_other_land_code_is_refused(catalogue: Catalogue, make_batch: Make, find: Find) -> None:
    codes = [choice for choice in catalogue.choice_list("land_use_code") if not choice.is_selectable]
    found = find("ATT-08", make_batch("land_use_plan_area", values=[{"code_plan": choice.code} for choice in codes]))
    assert [item.text_code for item in found] == [f"ATT-08.{choice.status}" for choice in codes]
    assert {item.severity for item in found} == {Severity.ERROR}


def test_a_former_land_code_with_a_successor_names_it(
    catalogue: Catalogue, make_batch: Make, find: Find, context: CheckContext
) -> None:
    name = "land_use_code.csv"
    own = catalogue.sources.choices[name].decode("utf-8").splitlines()
    lines = [line if line.startswith("#") else f"{line}," for line in own]
    said = "\n".join(lines).replace("status,color,", "status,color,successor")
    former = next(line for line in lines if line.startswith("BHK,"))
    said = said.replace(former, f"{former}HNK")
    office = build_catalogue(catalogue.sources.overlaid(Sources(choices={name: said.encode("utf-8")})))
    batch = make_batch("land_use_plan_area", values=[{"code_plan": "BHK"}, {"code_plan": "LUN"}])
    found = find("ATT-08", batch, replace(context, catalogue=office))
    assert [item.text_code for item in found] == ["ATT-08.replaced", "ATT-08.legacy"]
    assert "HNK" in found[0].text("vi") and "HNK" in found[0].text("en")


def test_a_land_code_retired_before_the_records_day_is_found(
    catalogue: Catalogue, make_batch: Make, find: Find, context: CheckContext
) -> None:
    name = "land_use_code.csv"
    own = catalogue.sources.choices[name].decode("utf-8")
    line = next(line for line in own.splitlines() if line.startswith("LUK,"))
    ended = own.replace(line, line.replace(",,,", ",,2026-06-30,", 1))
    office = build_catalogue(catalogue.sources.overlaid(Sources(choices={name: ended.encode("utf-8")})))
    values = [{"code_plan": "LUK", "valid_from": day} for day in ("2026-06-30", "2026-07-01", None)]
    batch = make_batch("land_use_plan_area", values=values)
    found = find("ATT-08", batch, replace(context, catalogue=office))
    assert [(item.text_code, item.uid) for item in found] == [("ATT-08.retired", uid) for uid in batch.uids[1:]]
    assert (found[0].context["last"], found[0].context["day"]) == (date(2026, 6, 30), date(2026, 7, 1))
    assert "30/6/2026" in found[0].text("vi") or "30/06/2026" in found[0].text("vi")
    assert find("ATT-08", batch) == []


def test_the_day_of_a_record_is_its_types_own(make_batch: Make, find: Find) -> None:
    values = [
        {"approving_authority": "UBND_huyen", "decision_date": day} for day in ("2024-05-06", "2026-05-06", "hôm")
    ]
    batch = make_batch("planning_dossier", values=[*values, {"approving_authority": ["UBND_huyen", 5]}])
    found = [item for item in find("ATT-02", batch) if item.text_code == "ATT-02.retired"]
    assert [(item.uid, item.context["day"]) for item in found] == [
        (batch.uids[1], date(2026, 5, 6)),
        (batch.uids[2], date(2026, 11, 20)),
        (batch.uids[3], date(2026, 11, 20)),
    ]


@pytest.mark.parametrize("code", ["ONT+CLN", "ODT + CLN", "ONT-CLN", "LUC/HNK", "ONT, CLN"])
def test_mixed_land_codes(code: str, make_batch: Make, find: Find) -> None:
    found = find("ATT-08", make_batch("land_use_plan_area", values=[{"code_current": code}]))
    assert [item.text_code for item in found] == ["ATT-08.mixed"]
    assert len(found[0].context["parts"]) == 2


def test_limits_are_inclusive_for_every_field(catalogue: Catalogue, make_batch: Make, find: Find) -> None:
    for record_type in catalogue.types.values():
        for field in record_type.fields:
            if field.type not in ("integer", "number"):
                continue
            step = 1 if field.type == "integer" else 0.001
            for limit, sign, code in ((field.minimum, -1, "ATT-05.low"), (field.maximum, 1, "ATT-05.high")):
                if limit is None:
                    continue
                values = [{field.key: limit}, {field.key: limit + sign * step}]
                found = find("ATT-05", make_batch(record_type.id, values=values))
                assert [(item.text_code, item.uid[-1:]) for item in found] == [(code, found[0].uid[-1:])], field.key


def test_today_is_no_future_and_the_day_is_vietnams(make_batch: Make, find: Find, context: CheckContext) -> None:
    values = [{"occurred_at": "2026-11-20T16:59:59.999Z"}, {"occurred_at": "2026-11-20T17:00:00.000Z"}]
    batch = make_batch("incident_report", values=values)
    assert [item.uid for item in find("ATT-06", batch)] == [batch.uids[1]]
    assert find("ATT-06", batch, replace(context, today=date(2026, 11, 21))) == []


def test_completeness_counts_what_is_asked(make_batch: Make) -> None:
    record_type = demanding(geometry=("point",))
    batch = Batch.of(
        record_type,
        [
            Record("a", "well", FULL, shapely.Point(0, 0)),
            Record("b", "well", {"number": "G2", "depth_m": 60}, None),
            Record("c", "well", {}, None, state=State.CANCELLED),
        ],
    )
    # a: geometry and three fields; b: number and depth there, geometry, owner and (deep as it is) the pump not.
    assert completeness(batch) == Completeness(6, 9, {"geometry": 1, "owner": 1, "pump_kw": 1})
    assert completeness(batch).share == pytest.approx(6 / 9)
    assert completeness(batch).as_dict()["wanted"] == 9


def test_completeness_adds_up() -> None:
    total = Completeness(3, 4, {"name": 1}) + Completeness(1, 3, {"name": 1, "surface": 1})
    assert total == Completeness(4, 7, {"name": 2, "surface": 1})
    assert Completeness().share is None
    assert Completeness() + total == total


def test_demands_agree_with_the_findings(catalogue: Catalogue, make_batch: Make, find: Find) -> None:
    for record_type in catalogue.types.values():
        batch = make_batch(record_type.id, values=[{}, {"name": "A", "local_code": "B"}])
        missing = sum(demand.missing_count for demand in demands_of(batch))
        told = sum(item.context.get("count", 1) for item in find("ATT-01", batch))
        told += sum(item.text_code == "SEC-01.undeclared" for item in find("SEC-01", batch))
        assert missing == told


def test_words_are_written_as_each_language_writes_them() -> None:
    facts = {
        "area_m2": 1234.56,
        "value": 5.5,
        "day": date(2026, 3, 2),
        "field": LABEL,
        "items": list(range(20)),
        "n": 7,
    }
    assert worded(facts, "vi") == {
        "area_m2": "1\u00a0234,6",
        "value": "5,5",
        "day": "02/03/2026",
        "field": "Số",
        "items": "0, 1, 2, 3, 4, 5, 6, 7, …",
        "n": 7,
    }
    assert worded(facts, "en")["value"] == "5.5"


def test_a_finding_of_a_form_names_its_field(context: CheckContext) -> None:
    record = Record("u", "road_segment", {"name": "A", "commune_code": "01153", "lanes": 99})
    found = [item for item in check_record(record, context) if item.rule_id == "ATT-05"]
    assert [item.field for item in found] == ["lanes"]
