"""Local codes of records: made at once in the window, on request for imports, and no substitute for a name."""

from datetime import UTC, datetime

import pytest

from forms.identity import is_made_code, parse_local_code
from services import editing
from services.approving import approve
from services.checking import check_values
from services.desk import Desk
from services.desk_checks import check_desk
from services.identity import assign_codes, device_mark_of, holders_of
from services.importing import propose_import, run_import
from services.reading import fetch_record
from tests.services.desks import SAMPLE, records_of, refused, sample_line

LINE = sample_line((0, 0), (120, 40), (260, 30))


def insert(desk: Desk, **values: object):
    return editing.insert_record(desk, "road_segment", values, LINE).record


def test_a_record_made_in_the_window_has_a_code_at_once(desk: Desk) -> None:
    first, second = insert(desk, name="Đường A"), insert(desk, name="Đường B")
    mark = device_mark_of(desk)
    type_code = desk.catalogue.type("road_segment").code
    assert first.values["local_code"] == f"01153-{type_code}-2026-0001-{mark}"
    assert parse_local_code(second.values["local_code"]).sequence == 2
    assert fetch_record(desk, first.uid) == first


def test_a_code_that_somebody_typed_stays(desk: Desk) -> None:
    assert insert(desk, name="Đường A", local_code="ĐX-01").values["local_code"] == "ĐX-01"


def test_the_year_is_that_of_vietnam(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert parse_local_code(insert(desk, name="Đường A").values["local_code"]).year == 2027


def test_undo_does_not_give_a_code_twice(desk: Desk) -> None:
    first = insert(desk, name="Đường A").values["local_code"]
    editing.undo(desk)
    second = insert(desk, name="Đường B").values["local_code"]
    assert first != second


def test_imports_get_codes_only_when_asked(desk: Desk) -> None:
    plan = propose_import(desk, SAMPLE / "duong_cu.shp", type_id="road_segment")
    run_import(desk, plan)
    bare = [record for record in records_of(desk, "road_segment") if record.values["local_code"] is None]
    assert bare
    changed = assign_codes(desk, uids=[bare[0].uid])
    assert {uid for _, uid in changed.records} == {bare[0].uid}
    assign_codes(desk, type_ids=["road_segment"])
    codes = [record.values["local_code"] for record in records_of(desk, "road_segment")]
    assert None not in codes
    assert len(set(codes)) == len(codes)
    assert not assign_codes(desk).records
    editing.undo(desk)
    assert sum(record.values["local_code"] is None for record in records_of(desk, "road_segment")) == len(bare) - 1
    refused("RECORD-UNKNOWN", lambda: assign_codes(desk, uids=["017f22e2-79b0-7cc3-98c4-dc0c0c07398f"]))
    refused("TYPE-UNKNOWN", lambda: assign_codes(desk, type_ids=["cau_tau"]))


def test_an_import_with_codes(desk: Desk) -> None:
    from dataclasses import replace

    plan = propose_import(desk, SAMPLE / "khoanh_dat.geojson", type_id="land_use_plan_area")
    run_import(desk, replace(plan, codes=True))
    codes = [record.values["local_code"] for record in records_of(desk, "land_use_plan_area")]
    assert [parse_local_code(code).sequence for code in codes] == list(range(1, len(codes) + 1))


@pytest.mark.parametrize(("values", "wanted"), [({}, True), ({"local_code": "ĐX-9"}, False), ({"name": "A"}, False)])
def test_a_made_code_does_not_make_a_nameless_record_approvable(desk: Desk, values: dict, wanted: bool) -> None:
    record = insert(desk, **values)
    assert is_made_code(record.values["local_code"]) == ("local_code" not in values)
    report = approve(desk)
    blocked = [finding.text_code for finding in report.blocked.get(record.uid, ()) if finding.field == "name"]
    assert blocked == (["ATT-01.approve"] if wanted else [])


def test_a_code_twice_is_found_on_both_and_while_typing(desk: Desk) -> None:
    one = insert(desk, name="Đường A", local_code="ĐX-01")
    far = editing.insert_record(
        desk, "road_segment", {"name": "Đường B", "local_code": "đx-01"}, sample_line((0, 400), (120, 440))
    )
    assert [finding.text_code for finding in far.findings if finding.rule_id == "ATT-15"] == ["ATT-15"]
    assert holders_of(desk, "road_segment", "ĐX-01") == [one.uid, far.record.uid]
    typed = {"name": "C", "local_code": "ĐX-01", "commune_code": "01153"}
    told = check_values(desk, "road_segment", typed, sample_line((0, 800), (9, 800)))
    assert [(item.text_code, item.context["count"]) for item in told if item.rule_id == "ATT-15"] == [("ATT-15", 2)]
    assert not [item for item in check_values(desk, "road_segment", typed, None, uid=one.uid) if item.uid != one.uid]
    found = [finding for finding in check_desk(desk).findings if finding.rule_id == "ATT-15"]
    assert {finding.uid for finding in found} == {one.uid, far.record.uid}
    assert found[0].others == (found[1].uid,)
