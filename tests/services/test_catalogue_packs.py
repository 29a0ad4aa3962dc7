"""Catalogue packs: an office adds types, fields, codes and rules; data stays, and what does not fit is refused."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.errors import UserError
from core.resources import program_root
from forms.record import State
from localdb import outbox
from services import catalogue_packs
from services.approving import approve
from services.catalogue_packs import list_packs, load_pack, remove_pack
from services.checking import check_values
from services.desk import Desk
from services.desk_checks import check_desk
from services.editing import insert_record, undo, update_many, update_values
from services.packaging import seal_package
from services.reading import count_by_type, fetch_record, list_records
from services.syncing import enrol, sync
from services.workspaces import open_desk
from tests.services.desks import AN, FakeClock, open_again, refused, sample_line, snapshot
from tests.services.gateways import run_gateway
from tests.services.offices import BUS_STOP, RULES, Office, bus_office

SHIPPED = program_root() / "forms"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return bus_office(tmp_path / "sở")


def stop(desk: Desk, **values: Any) -> Any:
    point = sample_line((0, 0), (1, 1)).centroid
    return insert_record(desk, "bus_stop", {"name": "Trạm chợ", **values}, point, capture_method="khac")


def codes(desk: Desk, values: Mapping[str, Any]) -> set[str]:
    found = check_values(desk, "bus_stop", values, sample_line((0, 0), (1, 1)).centroid)
    return {finding.rule_id for finding in found}


def test_a_pack_brings_type_and_rule_and_they_survive_a_restart(desk: Desk, office: Office) -> None:
    loaded = load_pack(desk, office.issue(), trust=True)
    assert (loaded.change.types, loaded.change.rules) == (("bus_stop",), ("XB-01",))
    assert loaded.catalogue_hash == desk.catalogue.hash
    saved = stop(desk, route_count=0)
    assert "XB-01" in {finding.rule_id for finding in saved.findings}
    worded = next(finding for finding in saved.findings if finding.rule_id == "XB-01")
    assert worded.text("vi").startswith("Điểm dừng phải có")
    assert worded.text("en").startswith("A stop needs")
    assert worded.field == "route_count"
    assert "XB-01" not in codes(desk, {"route_count": 2})
    assert "XB-01" not in codes(desk, {"route_count": None})
    folder = desk.workspace.folder
    desk.close()
    with open_again(folder) as again:
        assert "bus_stop" in again.catalogue.types
        assert [pack.version for pack in list_packs(again)] == [1]
        assert fetch_record(again, saved.record.uid).values["route_count"] == 0
        assert check_desk(again).blocks_package


def test_an_unknown_issuer_is_told_and_nothing_is_written(desk: Desk, office: Office) -> None:
    before = snapshot(desk)
    error = refused("PACK-UNTRUSTED", lambda: load_pack(desk, office.issue()))
    assert error.context["fingerprint"].count(" ") == 9
    assert snapshot(desk) == before
    load_pack(desk, office.issue(), trust=True)
    office.write("definitions/bus_stop.yaml", BUS_STOP.replace("route_count", "routes"))
    office.write("rules/bus_stops.yaml", RULES.replace("route_count", "routes"))
    load_pack(desk, office.issue(2))
    assert list_packs(desk)[0].version == 2


def test_a_dry_run_says_what_would_change(desk: Desk, office: Office) -> None:
    before = snapshot(desk)
    report = load_pack(desk, office.issue(), trust=True, dry_run=True)
    assert report.change.types == ("bus_stop",)
    assert snapshot(desk) == before
    assert "bus_stop" not in desk.catalogue.types


def test_a_removed_field_keeps_its_data_and_comes_back(desk: Desk, office: Office) -> None:
    load_pack(desk, office.issue(), trust=True)
    uid = stop(desk, route_count=3, shelter=True).record.uid
    update_values(desk, uid, {"shelter": False}, expected=1)
    update_values(desk, uid, {"route_count": 4}, expected=2)
    office.write("definitions/bus_stop.yaml", BUS_STOP[: BUS_STOP.index("  - key: route_count")])
    office.write("rules/bus_stops.yaml", "[]\n")
    second = load_pack(desk, office.issue(2))
    assert second.change.fields_gone == ("bus_stop.route_count",)
    assert dict(second.change.retired or {}) == {"bus_stop.route_count": 1}
    update_values(desk, uid, {"name": "Trạm chợ mới"}, expected=3)
    undo(desk)
    office.write("definitions/bus_stop.yaml", BUS_STOP)
    load_pack(desk, office.issue(3))
    back = fetch_record(desk, uid)
    assert (back.values["name"], back.values["route_count"], back.values["shelter"]) == ("Trạm chợ", 4, False)


def test_an_edit_of_a_field_that_is_gone_is_not_undone_by_half(desk: Desk, office: Office) -> None:
    load_pack(desk, office.issue(), trust=True)
    uid = stop(desk, route_count=3).record.uid
    update_values(desk, uid, {"route_count": 4, "name": "Khác"}, expected=1)
    office.write("definitions/bus_stop.yaml", BUS_STOP[: BUS_STOP.index("  - key: route_count")])
    office.write("rules/bus_stops.yaml", "[]\n")
    load_pack(desk, office.issue(2))
    refused("STORE-UNDO-RETIRED", lambda: undo(desk))
    assert fetch_record(desk, uid).values["name"] == "Khác"


def test_pending_changes_survive_and_are_sent(desk: Desk, office: Office) -> None:
    road = insert_record(
        desk, "road_segment", {"name": "Đường mới"}, sample_line((0, 0), (80, 0)), capture_method="khac"
    )
    load_pack(desk, office.issue(), trust=True)
    stop(desk, route_count=2)
    report = approve(desk)
    assert {*report.approved} >= {road.record.uid}
    with desk.reading() as connection:
        assert {item.type_id for item in outbox.fetch_pending(connection, desk.catalogue)} == {
            "road_segment",
            "bus_stop",
        }
    sealed = seal_package(desk)
    assert sealed is not None
    assert sealed.count == 2


def test_an_office_confirms_a_code(desk: Desk, office: Office) -> None:
    """A code marked unverified is no value until an office says that it is."""
    with pytest.raises(UserError):
        _land(desk, "DXH")
    text = (SHIPPED / "choices" / "land_use_code.csv").read_text(encoding="utf-8")
    lines = [
        line.replace(",unverified,", ",official,") if line.startswith("DXH,") else line for line in text.splitlines()
    ]
    office.write("choices/land_use_code.csv", "\n".join(lines) + "\n")
    load_pack(desk, office.issue(), trust=True)
    assert _land(desk, "DXH") == "DXH"


def _land(desk: Desk, code: str) -> Any:
    from forms.values import parse_value

    field = desk.catalogue.type("land_use_plan_area").field("code_plan")
    return parse_value(field, code, desk.catalogue)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("definitions/bus_stop.yaml", BUS_STOP.replace("type: integer", "type: integr"), "FORM-SYNTAX"),
        ("definitions/bus_stop.yaml", BUS_STOP.replace("order: 900", "ordr: 900"), "FORM-SYNTAX"),
        ("rules/bus_stops.yaml", RULES.replace("route_count > 0", "route_count >"), "FORM-SYNTAX"),
        ("rules/bus_stops.yaml", RULES.replace("route_count > 0", "routes > 0"), "FORM-SYNTAX"),
        ("rules/bus_stops.yaml", RULES + RULES, "FORM-SYNTAX"),
        ("rules/bus_stops.yaml", RULES.replace("XB-01", "TOP-04"), "PACK-RULE-TAKEN"),
        ("choices/land_use_code.csv", "code,label\nA,B\n", "FORM-SYNTAX"),
        ("definitions/Bus-Stop.yaml", BUS_STOP.replace("id: bus_stop", "id: Bus-Stop"), "FORM-SYNTAX"),
    ],
)
def test_what_cannot_be_loaded_is_never_sealed(office: Office, name: str, text: str, code: str) -> None:
    office.write(name, text)
    error = refused(code, office.issue)
    if code == "FORM-SYNTAX":
        assert error.context["file"] == Path(name).name
        assert error.context["line"] >= 1


def test_other_storage_is_refused_with_the_reason(desk: Desk, office: Office) -> None:
    load_pack(desk, office.issue(), trust=True)
    stop(desk, route_count=3)
    before = snapshot(desk)
    office.write("rules/bus_stops.yaml", "[]\n")
    office.write("definitions/bus_stop.yaml", BUS_STOP.replace("type: integer", "type: text"))
    error = refused("PACK-INCOMPATIBLE", lambda: load_pack(desk, office.issue(2)))
    assert "route_count" in str(error)
    office.write("definitions/bus_stop.yaml", BUS_STOP.replace("[point]", "[line]"))
    refused("PACK-INCOMPATIBLE", lambda: load_pack(desk, office.issue(3)))
    demanding = BUS_STOP.replace("    type: boolean", "    type: boolean\n    required: save")
    office.write("definitions/bus_stop.yaml", demanding)
    refused("PACK-DEMANDS", lambda: load_pack(desk, office.issue(4)))
    assert snapshot(desk) == before


def test_a_field_does_not_come_back_stored_otherwise(desk: Desk, office: Office) -> None:
    """The column of a field that was left out still holds what it held, in the kind it had."""
    load_pack(desk, office.issue(), trust=True)
    uid = stop(desk, route_count=3).record.uid
    office.write("rules/bus_stops.yaml", "[]\n")
    office.write("definitions/bus_stop.yaml", BUS_STOP[: BUS_STOP.index("  - key: route_count")])
    load_pack(desk, office.issue(2))
    office.write("definitions/bus_stop.yaml", BUS_STOP.replace("type: integer", "type: boolean"))
    error = refused("PACK-INCOMPATIBLE", lambda: load_pack(desk, office.issue(3)))
    assert "route_count" in str(error)
    office.write("definitions/bus_stop.yaml", BUS_STOP)
    load_pack(desk, office.issue(4))
    assert fetch_record(desk, uid).values["route_count"] == 3


@pytest.mark.parametrize("count", [3, 30])
def test_an_undo_of_a_retired_field_says_so(desk: Desk, office: Office, count: int) -> None:
    load_pack(desk, office.issue(), trust=True)
    uids = [stop(desk, route_count=1, name=f"Trạm {number}").record.uid for number in range(count)]
    update_many(desk, uids, {"route_count": 2})
    office.write("rules/bus_stops.yaml", "[]\n")
    office.write("definitions/bus_stop.yaml", BUS_STOP[: BUS_STOP.index("  - key: route_count")])
    load_pack(desk, office.issue(2))
    refused("STORE-UNDO-RETIRED", lambda: undo(desk))


BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))


@pytest.fixture(params=[1 << 17, 1 << 31])
def longest_cell(request: pytest.FixtureRequest) -> Iterator[int]:
    """Yield what the csv module reads at most, its own limit or what another library of the process may set."""
    before = csv.field_size_limit()
    yield request.param
    csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rules/x.yaml", "a0: &a0 [x, x]\n" + BOMB),
        ("rules/x.yaml", "z: &z [*z]\n"),
        ("rules/x.yaml", "[" * 5000 + "]" * 5000),
        ("rules/x.yaml", RULES + "  valid_from: 2026-02-31\n"),
        ("definitions/bus_stop.yaml", BUS_STOP.replace("order: 900", f"order: {'9' * 5000}")),
        ("definitions/bus_stop.yaml", BUS_STOP.replace("order: 900", "order: !!int abc")),
        ("definitions/bus_stop.yaml", BUS_STOP.replace("type: boolean", 'type: text\n    pattern: "(a+)+b"')),
        ("definitions/_common.yaml", ""),
        ("choices/communes.csv", "code,label_vi,label_en,valid_from,valid_to,source,status,color\n"),
        (
            "choices/x.csv",
            "code,label_vi,label_en,valid_from,valid_to,source,status,color\na,a,a,2025-99-99,,s,official,\n",
        ),
        (
            "choices/x.csv",
            f"code,label_vi,label_en,valid_from,valid_to,source,status,color\n{'a' * 140_000},a,a,,,s,official,\n",
        ),
    ],
)
def test_hostile_texts_are_refused_with_their_place(office: Office, name: str, text: str, longest_cell: int) -> None:
    office.write(name, text)
    csv.field_size_limit(longest_cell)
    error = refused("FORM-SYNTAX", office.issue)
    assert error.context["line"] >= 1


def test_a_demand_on_saving_is_refused_however_it_is_worded(desk: Desk, office: Office) -> None:
    load_pack(desk, office.issue(), trust=True)
    stop(desk, route_count=3)
    worded = 'type: boolean\n    required: save\n    required_when: "name IS NOT NULL OR name IS NULL"'
    office.write("definitions/bus_stop.yaml", BUS_STOP.replace("type: boolean", worded))
    refused("PACK-DEMANDS", lambda: load_pack(desk, office.issue(2)))


def test_a_type_cannot_have_a_name_that_sqlite_keeps(desk: Desk, office: Office) -> None:
    (office.folder / "definitions" / "bus_stop.yaml").unlink()
    (office.folder / "rules" / "bus_stops.yaml").unlink()
    office.write("definitions/sqlite_stop.yaml", BUS_STOP.replace("id: bus_stop", "id: sqlite_stop"))
    refused("PACK-INCOMPATIBLE", lambda: load_pack(desk, office.issue(), trust=True))


def test_a_type_with_records_cannot_go(desk: Desk, office: Office) -> None:
    load_pack(desk, office.issue(), trust=True)
    uid = stop(desk, route_count=3).record.uid
    error = refused("PACK-INCOMPATIBLE", lambda: remove_pack(desk, str(office.pack_id)))
    assert "bus_stop" in str(error)
    assert fetch_record(desk, uid).values["route_count"] == 3


def test_a_pack_without_records_goes(desk: Desk, office: Office) -> None:
    load_pack(desk, office.issue(), trust=True)
    remove_pack(desk, str(office.pack_id))
    assert "bus_stop" not in desk.catalogue.types
    assert list_packs(desk) == []
    assert "bus_stop" not in count_by_type(desk)


def test_what_is_only_added_does_not_become_changeable(desk: Desk, office: Office) -> None:
    values = {"inspected_on": "2026-11-02", "inspector": "Tổ quản lý", "condition": "kha"}
    insert_record(desk, "asset_inspection", values, None)
    shipped = (SHIPPED / "definitions" / "asset_inspection.yaml").read_text(encoding="utf-8")
    assert "append_only: true\n" in shipped
    office.write("definitions/asset_inspection.yaml", shipped.replace("append_only: true\n", ""))
    before = snapshot(desk)
    error = refused("PACK-INCOMPATIBLE", lambda: load_pack(desk, office.issue(), trust=True))
    assert "asset_inspection" in str(error)
    assert snapshot(desk) == before
    undo(desk)
    load_pack(desk, office.issue(), trust=True)


def test_a_type_must_not_take_the_name_of_a_system_table(desk: Desk, office: Office) -> None:
    (office.folder / "definitions" / "bus_stop.yaml").unlink()
    (office.folder / "rules" / "bus_stops.yaml").unlink()
    office.write("definitions/changes.yaml", BUS_STOP.replace("id: bus_stop", "id: changes"))
    before = snapshot(desk)
    refused("PACK-INCOMPATIBLE", lambda: load_pack(desk, office.issue(), trust=True))
    assert snapshot(desk) == before


def test_versions_only_go_up(desk: Desk, office: Office) -> None:
    first = office.issue(1)
    load_pack(desk, first, trust=True)
    load_pack(desk, first)
    load_pack(desk, office.issue(3))
    refused("PACK-OLDER", lambda: load_pack(desk, office.issue(2)))
    office.write("definitions/bus_stop.yaml", BUS_STOP.replace("900", "901"))
    refused("PACK-ALTERED", lambda: load_pack(desk, office.issue(3)))
    stranger = Office(office.folder.parent / "khác")
    stranger.write("definitions/bus_stop.yaml", BUS_STOP)
    stranger.pack_id = office.pack_id
    refused("PACK-ALTERED", lambda: load_pack(desk, stranger.issue(9), trust=True))


def test_a_pack_of_another_province_or_a_later_program(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused("PACK-OTHER-PROVINCE", lambda: load_pack(desk, office.issue(1, provinces=["79"]), trust=True))
    monkeypatch.setattr(catalogue_packs, "_program", lambda: "99.0.0")
    later = office.issue(2)
    monkeypatch.undo()
    refused("PACK-NEEDS-PROGRAM", lambda: load_pack(desk, later, trust=True))


def test_every_flipped_byte_is_noticed(desk: Desk, office: Office, tmp_path: Path) -> None:
    good = office.issue().read_bytes()
    bad = tmp_path / "hỏng.zip"
    before = snapshot(desk)
    for place in range(0, len(good), 37):
        bad.write_bytes(good[:place] + bytes([good[place] ^ 0x20]) + good[place + 1 :])
        with pytest.raises(UserError) as caught:
            load_pack(desk, bad, trust=True)
        assert caught.value.code.startswith("PACK"), place
    assert snapshot(desk) == before


def test_a_pack_that_no_longer_fits_can_be_taken_out(
    desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later program may bring what a pack had: the workspace says so, and lets itself be mended."""
    load_pack(desk, office.issue(), trust=True)
    folder = desk.workspace.folder
    with desk.workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE pack_files SET data = ? WHERE folder = 'rules'", (b"- id: [",))
    desk.close()
    refused("PACK-MISFIT", lambda: open_again(folder))
    with open_desk(folder, actor=AN, clock=FakeClock(), without_packs=True) as again:
        assert list_records(again, "road_segment") == []
        load_pack(again, office.issue(2))
    with open_again(folder) as again:
        assert "bus_stop" in again.catalogue.types


def test_the_province_judges_by_the_same_pack(desk: Desk, office: Office, tmp_path: Path) -> None:
    pack = office.issue()
    load_pack(desk, pack, trust=True)
    uid = stop(desk, route_count=2).record.uid
    approve(desk)
    with run_gateway(tmp_path / "tỉnh", pack) as gateway:
        enrol(desk, gateway.url, gateway.code(desk.commune.code))
        assert sync(desk, gateway.url).other_rules == ()
    assert fetch_record(desk, uid).state is State.ACCEPTED
