"""Fixes as they are written: one step, undone by one undo, refused when the record has moved on."""

import pytest
import shapely

from core.errors import Cancelled, UserError
from forms.record import Record
from geodesy.grid import is_same_on_grid
from localdb.journal import verify_chain
from services.desk import Desk
from services.desk_checks import check_desk
from services.editing import insert_record, undo, undo_labels, update_values
from services.fix_words import account_lines, describe_fix
from services.fixing import OfferedFix, apply_all, apply_fix, fixes_for
from services.reading import fetch_record, history_of, list_records
from validation.finding import Finding

EAST, NORTH = 437_000.0, 2_481_000.0


def at(wkt: str) -> shapely.Geometry:
    return shapely.transform(shapely.from_wkt(wkt), lambda xy: xy + [EAST, NORTH])


def store(desk: Desk, type_id: str, wkt: str, **values: object) -> Record:
    return insert_record(desk, type_id, values, at(wkt)).record


def found(desk: Desk, rule_id: str) -> list[Finding]:
    return [finding for finding in check_desk(desk).findings if finding.rule_id == rule_id]


def offered(desk: Desk, rule_id: str) -> list[OfferedFix]:
    return fixes_for(desk, found(desk, rule_id)[0])


def content(desk: Desk) -> dict[str, tuple[object, ...]]:
    return {
        record.uid: (dict(record.values), None if record.geometry is None else record.geometry.wkt)
        for type_id in desk.catalogue.types
        for record in list_records(desk, type_id)
    }


BOW_TIE = "POLYGON ((0 0, 40 30, 40 0, 0 30, 0 0))"


def test_a_shape_is_made_valid_and_one_undo_takes_it_back(desk: Desk) -> None:
    record = store(desk, "land_use_plan_area", BOW_TIE, name="Lô 1")
    before = content(desk)
    [fix] = offered(desk, "GEO-02")
    changed = apply_fix(desk, fix)
    assert changed.label == "Sửa lỗi GEO-02: Làm cho hình hợp lệ, giữ nguyên phần khoét"
    after = fetch_record(desk, record.uid)
    assert after.geometry is not None
    assert after.geometry.is_valid
    assert not found(desk, "GEO-02")
    assert is_same_on_grid(after.geometry, fix.new_shapes[record.uid][0])
    assert after.values["area_ha"] == pytest.approx(after.geometry.area / 10_000, abs=1e-4)
    assert undo_labels(desk)[0] == changed.label
    undo(desk)
    assert content(desk) == before


def test_what_is_offered_tells_area_before_and_after(desk: Desk) -> None:
    store(desk, "land_use_plan_area", BOW_TIE, name="Lô 1")
    [fix] = offered(desk, "GEO-02")
    assert describe_fix(fix, desk.catalogue, "vi") == ["Lô 1: diện tích 0,0 → 600,0 m² (+600,0 m²)"]
    assert describe_fix(fix, desk.catalogue, "en") == ["Lô 1: area 0.0 → 600.0 m² (+600.0 m²)"]


def test_looking_changes_nothing(desk: Desk) -> None:
    store(desk, "land_use_plan_area", BOW_TIE, name="Lô 1")
    finding = found(desk, "GEO-02")[0]
    before = (content(desk), undo_labels(desk))
    fixes_for(desk, finding)
    assert (content(desk), undo_labels(desk)) == before


def test_a_finding_of_an_older_revision_is_refused(desk: Desk) -> None:
    record = store(desk, "land_use_plan_area", BOW_TIE, name="Lô 1")
    finding = found(desk, "GEO-02")[0]
    fix = fixes_for(desk, finding)[0]
    update_values(desk, record.uid, {"name": "Lô 2"}, expected=fetch_record(desk, record.uid).revision)
    with pytest.raises(UserError) as refused:
        fixes_for(desk, finding)
    assert refused.value.code == "FIX-STALE"
    with pytest.raises(UserError) as refused:
        apply_fix(desk, fix)
    assert refused.value.code == "STORE-STALE"
    assert fetch_record(desk, record.uid).values["name"] == "Lô 2"


def test_a_cut_gives_the_neighbour_the_corners_that_it_needs(desk: Desk) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "QHC xã"}, None).record.uid
    one = store(desk, "land_use_plan_area", "POLYGON ((0 0, 50 0, 50 50, 0 50, 0 0))", dossier_uid=dossier)
    two = store(desk, "land_use_plan_area", "POLYGON ((45 10, 90 10, 90 40, 45 40, 45 10))", dossier_uid=dossier)
    fixes = offered(desk, "TOP-04")
    assert [fix.option for fix in fixes] == [two.uid, one.uid]
    apply_fix(desk, fixes[0])
    shapes = [fetch_record(desk, uid).geometry for uid in (one.uid, two.uid)]
    assert shapely.intersection(*shapes).area == 0
    assert shapely.intersection(*shapes).length == 30
    corners = shapely.get_coordinates(shapes[0]).tolist()
    assert [EAST + 50, NORTH + 10] in corners
    assert [EAST + 50, NORTH + 40] in corners
    assert not found(desk, "TOP-04")
    undo(desk)
    assert len(found(desk, "TOP-04")) == 1


def test_a_boundary_of_two_parts_becomes_two_records_with_codes_of_their_own(desk: Desk) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "QHC xã"}, None).record.uid
    whole = store(
        desk,
        "planning_boundary",
        "MULTIPOLYGON (((0 0, 10 0, 10 10, 0 0)), ((50 0, 90 0, 90 90, 50 0)))",
        dossier_uid=dossier,
        name="Ranh giới",
    )
    [fix] = offered(desk, "TOP-01")
    assert not fix.is_certain
    apply_fix(desk, fix)
    both = list_records(desk, "planning_boundary")
    assert sorted(record.geometry.area for record in both if record.geometry) == [50, 1800]
    kept = next(record for record in both if record.uid == whole.uid)
    other = next(record for record in both if record.uid != whole.uid)
    assert kept.geometry is not None
    assert kept.geometry.area == 1800
    assert other.lineage.derived_from == (whole.uid,)
    assert other.values["local_code"] not in (None, kept.values["local_code"])
    undo(desk)
    assert [record.uid for record in list_records(desk, "planning_boundary")] == [whole.uid]


def test_what_named_a_twin_names_the_one_that_stays(desk: Desk) -> None:
    line = "LINESTRING (0 0, 90 0)"
    one = store(desk, "road_segment", line, name="Đường A")
    two = store(desk, "road_segment", line, name="Đường A", lanes=2)
    bridge = store(desk, "bridge", "POINT (40 0)", name="Cầu", road_segment_uid=two.uid)
    before = content(desk)
    fix = next(each for each in offered(desk, "TOP-11") if each.option == one.uid)
    assert any("bị xóa" in text for text in describe_fix(fix, desk.catalogue, "vi"))
    apply_fix(desk, fix)
    assert [record.uid for record in list_records(desk, "road_segment")] == [one.uid]
    assert fetch_record(desk, bridge.uid).values["road_segment_uid"] == one.uid
    assert fetch_record(desk, one.uid).values["lanes"] == 2
    assert fetch_record(desk, one.uid).lineage.derived_from == (two.uid,)
    undo(desk)
    assert content(desk) == before


def test_a_code_of_its_own_is_given(desk: Desk) -> None:
    for name in ("A", "B"):
        store(desk, "road_segment", "LINESTRING (0 0, 90 0)" if name == "A" else "LINESTRING (0 9, 90 9)", name=name)
    first, second = list_records(desk, "road_segment")
    update_values(desk, second.uid, {"local_code": first.values["local_code"]}, expected=second.revision)
    fixes = [fixes_for(desk, finding)[0] for finding in found(desk, "ATT-15")]
    chosen = next(fix for fix in fixes if fix.is_certain)
    assert chosen.finding.uid == second.uid
    assert describe_fix(chosen, desk.catalogue, "vi") == ["B: nhận mã nội bộ mới khi lưu"]
    apply_fix(desk, chosen)
    codes = [record.values["local_code"] for record in list_records(desk, "road_segment")]
    assert len(set(codes)) == 2
    assert codes[0] == first.values["local_code"]
    assert "…" not in codes[1]


def test_all_of_a_kind_in_one_step_each_on_what_the_others_left(desk: Desk) -> None:
    """Three ends at one junction, a few centimetres apart: each goes where the ones before it have gone."""
    store(desk, "road_segment", "LINESTRING (0 0, 100 0)", name="Chính")
    for place, name in ((20, "A"), (50, "B"), (80, "C")):
        store(desk, "road_segment", f"LINESTRING ({place} 0.3, {place} 80)", name=name)
    findings = found(desk, "NET-01")
    before = content(desk)
    account = apply_all(desk, "snap_end", findings)
    assert len(account.done) == 3
    assert not account.skipped
    assert account.changed is not None
    assert account.changed.label == "Sửa nhiều lỗi: Nối đầu đường cho khít"
    main = next(record for record in list_records(desk, "road_segment") if record.values["name"] == "Chính")
    assert shapely.get_num_coordinates(main.geometry) == 5
    assert not found(desk, "NET-01")
    undo(desk)
    assert content(desk) == before


def test_what_does_not_fit_any_more_is_passed_over_and_told(desk: Desk) -> None:
    line = "LINESTRING (0 0, 10 0, 10.01 0, 20 0)"
    records = [store(desk, "road_segment", line.replace(" 0,", f" {n * 9},"), name=f"Đường {n}") for n in range(3)]
    findings = found(desk, "GEO-05")
    update_values(desk, records[1].uid, {"name": "Đã đổi"}, expected=fetch_record(desk, records[1].uid).revision)
    account = apply_all(desk, "drop_vertices", findings)
    assert account.counts() == {"done": 2, "stale": 1}
    assert account_lines(account, "vi") == [
        "Đã sửa 2 lỗi.",
        "1 lỗi bỏ qua vì bản ghi đã thay đổi sau lần kiểm tra",
    ]
    assert not history_of(desk, records[1].uid)[-1].label.startswith("Sửa nhiều")


def test_what_is_in_doubt_is_left_unless_a_way_is_chosen(desk: Desk) -> None:
    store(desk, "drainage_line", "LINESTRING (0 0, 30 0)", name="Cống 1", diameter_mm=60.0)
    findings = found(desk, "ATT-14")
    account = apply_all(desk, "change_unit", findings)
    assert account.counts() == {"done": 0, "choice": 1}
    assert account.changed is None
    assert apply_all(desk, "change_unit", findings, option="10").counts() == {"done": 1}
    assert list_records(desk, "drainage_line")[0].values["diameter_mm"] == 600


def test_a_fix_that_settles_others_says_so(desk: Desk) -> None:
    """Of three records of one road two go with the first fix; the finding on the third has nothing left to do."""
    for _ in range(3):
        store(desk, "road_segment", "LINESTRING (0 0, 90 0)", name="Đường A")
    findings = found(desk, "TOP-11")
    account = apply_all(desk, None, findings)
    assert len(list_records(desk, "road_segment")) == 1
    assert account.counts()["done"] + account.counts().get("settled", 0) == len(findings)


def test_nothing_to_do_leaves_no_step_behind(desk: Desk) -> None:
    store(desk, "road_segment", "LINESTRING (0 0, 90 0)", name="Đường A", built_year=2027)
    label = undo_labels(desk)[0]
    account = apply_all(desk, None, found(desk, "ATT-06"))
    assert account.counts() == {"done": 0, "nothing": 1}
    assert undo_labels(desk)[0] == label


def test_a_record_that_is_only_added_to_is_not_fixed(desk: Desk) -> None:
    road = store(desk, "road_segment", "LINESTRING (0 0, 90 0)", name="Đường A")
    insert_record(desk, "asset_inspection", {"asset_uid": road.uid, "note": "a\u0096b"}, None)
    findings = found(desk, "ENC-01")
    assert findings
    assert not fixes_for(desk, findings[0])
    assert apply_all(desk, None, findings).counts() == {"done": 0, "locked": 1}


def test_legacy_letters_are_read_as_their_own_letters_prove(desk: Desk) -> None:
    store(desk, "road_segment", "LINESTRING (0 0, 90 0)", name="Ñöôøng Nguyeãn Hueä")
    store(desk, "road_segment", "LINESTRING (0 9, 90 9)", name="§­êng NguyÔn HuÖ")
    account = apply_all(desk, "read_legacy_text", found(desk, "ENC-02"))
    assert account.counts() == {"done": 2}
    assert [record.values["name"] for record in list_records(desk, "road_segment")] == ["Đường Nguyễn Huệ"] * 2


def test_a_sliver_joins_its_neighbour_and_what_named_it_follows(desk: Desk) -> None:
    sliver = store(desk, "housing_site", "POLYGON ((0 0, 50 0, 50 0.08, 0 0.08, 0 0))", name="Vụn")
    other = store(desk, "housing_site", "POLYGON ((0 0.08, 50 0.08, 50 30, 0 30, 0 0.08))", name="Khu A")
    before = content(desk)
    fix = next(each for each in offered(desk, "GEO-06") if each.kind == "give_sliver")
    assert (fix.finding.uid, fix.option) == (sliver.uid, other.uid)
    assert set(fix.old_shapes) == {sliver.uid, other.uid}
    apply_fix(desk, fix)
    [left] = list_records(desk, "housing_site")
    assert left.uid == other.uid
    assert left.geometry is not None
    assert left.geometry.area == pytest.approx(1500)
    undo(desk)
    assert content(desk) == before


def test_a_drain_that_is_turned_says_so(desk: Desk) -> None:
    drain = store(desk, "drainage_line", "LINESTRING (0 0, 30 0, 60 9)", name="Cống", invert_up=12.1, invert_dn=12.4)
    turn, swap = offered(desk, "NET-04")
    assert describe_fix(turn, desk.catalogue, "vi") == [
        "Cống: vẽ theo chiều ngược lại",
        "Cống: Cao độ đáy đầu tuyến “12,100” → “12,400”",
        "Cống: Cao độ đáy cuối tuyến “12,400” → “12,100”",
    ]
    assert swap.title("vi") == "Đổi chỗ hai cao độ đáy 12,10 m và 12,40 m"
    apply_fix(desk, turn)
    after = fetch_record(desk, drain.uid)
    assert after.geometry is not None
    assert shapely.get_coordinates(after.geometry)[0].tolist() == [EAST + 60, NORTH + 9]
    assert (after.values["invert_up"], after.values["invert_dn"]) == (12.4, 12.1)


class StopsAt:
    """Progress that is cancelled at its n-th step."""

    def __init__(self, number: int) -> None:
        self._left = number

    def step(self, done: int, total: int | None = None) -> None:
        self._left -= 1
        if self._left < 0:
            raise Cancelled


def test_cancelled_on_the_way_nothing_is_changed(desk: Desk) -> None:
    for number in range(3):
        line = f"LINESTRING (0 {number * 9}, 10 {number * 9}, 10.01 {number * 9}, 20 {number * 9})"
        store(desk, "road_segment", line, name=f"Đường {number}")
    findings, before, label = found(desk, "GEO-05"), content(desk), undo_labels(desk)[0]
    with pytest.raises(Cancelled):
        apply_all(desk, "drop_vertices", findings, progress=StopsAt(2))
    assert content(desk) == before
    assert undo_labels(desk)[0] == label


def test_the_journal_stays_whole(desk: Desk) -> None:
    """Several changes of one record in one step, records that go and come: the chain of hashes holds."""
    store(desk, "road_segment", "LINESTRING (0 0, 100 0)", name="Chính")
    for place in (20, 50, 80):
        store(desk, "road_segment", f"LINESTRING ({place} 0.3, {place} 80)", name=f"Nhánh {place}")
        store(desk, "road_segment", f"LINESTRING ({place} 80, {place} 0.3)", name=f"Nhánh {place}")
    assert apply_all(desk, None, found(desk, "TOP-11")).counts() == {"done": 3}
    assert apply_all(desk, None, found(desk, "NET-01")).counts() == {"done": 3}, "hidden by the twins until now"
    with desk.reading() as connection:
        assert verify_chain(connection) is None
    undo(desk)
    undo(desk)
    assert len(list_records(desk, "road_segment")) == 7
