"""Records changed one at a time: saved at once, taken back, never overwritten unseen."""

import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely

from core.clock import timestamp
from forms.record import Record, State
from services import editing
from services.approving import approve, return_to_draft
from services.checking import check_values
from services.desk import Desk
from services.desk_checks import check_desk
from services.reading import (
    count_by_type,
    count_matching,
    fetch_arrays,
    fetch_page,
    fetch_record,
    fid_of,
    history_of,
    search,
    uids_of,
)
from tests.services.conftest import MakeDesk
from tests.services.desks import (
    BINH,
    FakeClock,
    open_again,
    records_of,
    refused,
    sample_line,
    sample_square,
    sample_xy,
    snapshot,
)

LINE = sample_line((0, 0), (120, 40), (260, 30))


@pytest.fixture
def road(desk: Desk) -> Record:
    return editing.insert_record(desk, "road_segment", {"name": "Đường A"}, LINE, capture_method="so_hoa_anh").record


def test_a_new_record_has_its_defaults_and_its_commune(desk: Desk) -> None:
    saved = editing.insert_record(
        desk,
        "road_segment",
        {"name": unicodedata.normalize("NFD", "  Đường A "), "note": " "},
        LINE,
        capture_method="so_hoa_anh",
    )
    stored = fetch_record(desk, saved.record.uid)
    assert stored == saved.record
    assert (stored.values["name"], stored.values["note"], stored.values["commune_code"]) == ("Đường A", None, "01153")
    assert stored.values["length_m"] == pytest.approx(LINE.length, abs=0.01)
    assert (stored.state, stored.revision, stored.base_revision) == (State.DRAFT, 1, None)
    assert (stored.lineage.capture_method, stored.lineage.src_crs, stored.lineage.datum_operation) == (
        "so_hoa_anh",
        "EPSG:9211",
        "none",
    )
    assert stored.created_by == "Nguyễn Văn An"
    assert saved.changed.records == {("road_segment", stored.uid)}


def test_a_record_without_a_shape(desk: Desk) -> None:
    saved = editing.insert_record(desk, "planning_dossier", {"name": "Đồ án A"}, None)
    assert (saved.record.geometry, saved.record.lineage.src_crs) == (None, None)
    assert {item.rule_id for item in saved.findings if str(item.severity) == "error"} == {"ATT-01", "SEC-01"}


def test_a_shape_of_the_wrong_kind_is_refused(desk: Desk) -> None:
    before = snapshot(desk)
    told = refused("GEOMETRY-KIND", lambda: editing.insert_record(desk, "road_segment", {"name": "A"}, sample_square()))
    assert ": vùng." in str(told)
    refused("GEOMETRY-KIND", lambda: editing.insert_record(desk, "survey_point", {"point_no": "A"}, LINE))
    assert snapshot(desk) == before


def test_only_what_differs_is_written(desk: Desk, road: Record) -> None:
    saved = editing.update_values(desk, road.uid, {"name": "Đường B", "lanes": 2}, expected=1)
    assert saved.record.revision == 2
    last = history_of(desk, road.uid)[-1]
    assert (last.before, last.after) == ({"name": "Đường A", "lanes": None}, {"name": "Đường B", "lanes": 2})
    before = snapshot(desk)
    again = editing.update_values(desk, road.uid, {"name": "Đường B", "lanes": 2}, expected=2)
    assert again.record.revision == 2
    assert {name for name, digest in snapshot(desk).items() if before[name] != digest} == set()


def test_a_new_shape_takes_its_length_along(desk: Desk, road: Record) -> None:
    longer = sample_line((0, 0), (500, 0))
    saved = editing.update_geometry(desk, road.uid, longer, expected=1)
    assert saved.record.values["length_m"] == pytest.approx(longer.length, abs=0.01)
    last = history_of(desk, road.uid)[-1]
    assert set(last.after or {}) == {"geometry", "length_m"}
    assert fetch_record(desk, road.uid).geometry == saved.record.geometry


def test_a_stale_edit_is_refused(desk: Desk, road: Record) -> None:
    editing.update_values(desk, road.uid, {"name": "Đường B"}, expected=1)
    before = snapshot(desk)
    error = refused("STORE-STALE", lambda: editing.update_values(desk, road.uid, {"name": "Đường C"}, expected=1))
    assert (error.context["found"], error.context["expected"]) == (2, 1)
    refused("STORE-STALE", lambda: editing.update_geometry(desk, road.uid, sample_line((0, 0), (9, 9)), expected=1))
    assert snapshot(desk) == before


def test_what_does_not_exist_is_told(desk: Desk, road: Record) -> None:
    missing = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    refused("RECORD-UNKNOWN", lambda: fetch_record(desk, missing))
    refused("RECORD-UNKNOWN", lambda: editing.update_values(desk, missing, {"name": "x"}, expected=1))
    refused("RECORD-UNKNOWN", lambda: editing.delete_records(desk, [road.uid, missing]))
    refused("TYPE-UNKNOWN", lambda: editing.insert_record(desk, "cau_tau", {}, None))
    assert fetch_record(desk, road.uid) == road


def test_undo_and_redo_over_several_steps_and_a_restart(desk: Desk, road: Record) -> None:
    editing.update_values(desk, road.uid, {"name": "Đường B"}, expected=1)
    editing.update_geometry(desk, road.uid, sample_line((0, 0), (500, 0)), expected=2)
    editing.delete_records(desk, [road.uid])
    assert records_of(desk, "road_segment") == []
    folder = desk.workspace.folder
    desk.close()
    with open_again(folder, actor=BINH) as later:
        assert editing.undo_labels(later)[0] is not None
        editing.undo(later)
        assert fetch_record(later, road.uid).values["name"] == "Đường B"
        editing.undo(later)
        assert shapely.equals(fetch_record(later, road.uid).geometry, road.geometry)
        editing.undo(later)
        assert fetch_record(later, road.uid).values == road.values
        editing.undo(later)
        assert records_of(later, "road_segment") == []
        assert editing.undo(later) is None
        for _ in range(3):
            assert editing.redo(later) is not None
        assert fetch_record(later, road.uid).values["name"] == "Đường B"
        editing.redo(later)
        assert editing.redo(later) is None
        assert records_of(later, "road_segment") == []
        assert {change.actor.name for change in history_of(later, road.uid)} == {"Nguyễn Văn An", "Trần Thị Bình"}


def test_something_new_ends_what_could_be_done_again(desk: Desk, road: Record) -> None:
    editing.update_values(desk, road.uid, {"name": "Đường B"}, expected=1)
    editing.undo(desk)
    assert editing.undo_labels(desk)[1] is not None
    editing.update_values(desk, road.uid, {"name": "Đường C"}, expected=fetch_record(desk, road.uid).revision)
    assert editing.undo_labels(desk)[1] is None
    assert editing.redo(desk) is None


def test_deleting_many_is_one_step(filled: Desk) -> None:
    doomed = [record.uid for record in records_of(filled, "survey_point")]
    changed = editing.delete_records(filled, doomed)
    assert len(changed.records) == 90
    assert count_by_type(filled)["survey_point"] == {}
    assert search(filled, "P0001") == []
    assert fetch_arrays(filled, "survey_point") == {} or not len(fetch_arrays(filled, "survey_point")["point"].ids)
    editing.undo(filled)
    assert count_by_type(filled)["survey_point"] == {State.DRAFT: 90}


# States


def test_only_what_is_sound_is_approved(desk: Desk, road: Record) -> None:
    nameless = editing.insert_record(desk, "road_segment", {}, sample_line((0, 90), (100, 90))).record
    outside = editing.insert_record(desk, "road_segment", {"name": "Xa"}, sample_line((30_000, 0), (30_100, 0))).record
    report = approve(desk)
    assert report.approved == (road.uid,)
    assert set(report.blocked) == {nameless.uid, outside.uid}
    assert {item.rule_id for item in report.blocked[nameless.uid]} == {"ATT-01"}
    assert {item.rule_id for item in report.blocked[outside.uid]} == {"ADM-03"}
    assert all(item.text("vi") and item.text("en") for found in report.blocked.values() for item in found)
    states = {record.uid: record.state for record in records_of(desk, "road_segment")}
    assert states[road.uid] is State.APPROVED
    assert {states[nameless.uid], states[outside.uid]} == {State.DRAFT}


def test_chosen_records_alone_are_approved(filled: Desk) -> None:
    chosen = [record.uid for record in records_of(filled, "road_segment")[:3]]
    assert set(approve(filled, uids=chosen).approved) == set(chosen)
    assert count_by_type(filled)["road_segment"] == {State.APPROVED: 3, State.DRAFT: 9}
    assert len(approve(filled, type_ids=["land_use_plan_area"]).approved) == 4
    assert count_by_type(filled)["survey_point"] == {State.DRAFT: 90}


def test_approving_what_is_not_there_is_told(filled: Desk) -> None:
    before = snapshot(filled)
    refused("RECORD-UNKNOWN", lambda: approve(filled, uids=["017f22e2-79b0-7cc3-98c4-dc0c0c07398f"]))
    assert snapshot(filled) == before


def test_editing_what_is_approved_makes_it_a_draft(desk: Desk, road: Record) -> None:
    approve(desk)
    saved = editing.update_values(desk, road.uid, {"lanes": 1}, expected=1)
    assert (saved.record.state, saved.record.revision) == (State.DRAFT, 2)
    approve(desk)
    saved = editing.update_geometry(desk, road.uid, sample_line((0, 0), (500, 0)), expected=2)
    assert fetch_record(desk, road.uid).state is State.DRAFT


def test_checking_marks_what_is_sound_and_unmarks_what_is_not(desk: Desk, road: Record) -> None:
    report = check_desk(desk)
    assert (report.checked, report.blocks_package) == (1, False)
    assert fetch_record(desk, road.uid).state is State.CHECKED
    editing.update_values(desk, road.uid, {"name": None}, expected=1)
    assert fetch_record(desk, road.uid).state is State.DRAFT
    report = check_desk(desk)
    assert report.blocks_package
    assert fetch_record(desk, road.uid).state is State.DRAFT


def test_an_approval_can_be_taken_back(desk: Desk, road: Record) -> None:
    approve(desk)
    return_to_draft(desk, [road.uid])
    assert fetch_record(desk, road.uid).state is State.DRAFT
    assert fetch_record(desk, road.uid).revision == 1


def test_findings_come_while_typing_and_nothing_is_stored(desk: Desk) -> None:
    before = snapshot(desk)
    values = editing.new_values(desk, "road_segment")
    found = check_values(desk, "road_segment", values, LINE)
    assert ("ATT-01", "name") in {(item.rule_id, item.field) for item in found}
    assert ("ATT-01", "name") not in {
        (item.rule_id, item.field) for item in check_values(desk, "road_segment", {**values, "name": "A"}, LINE)
    }
    assert snapshot(desk) == before


# Looking things up


@pytest.mark.parametrize("text", ["truong tieu hoc", "TRƯỜNG TIỂU", "tieu hoc tan lap", "duong vao truong"])
def test_search_needs_no_diacritics(filled: Desk, text: str) -> None:
    [hit] = search(filled, text)
    assert hit.type_id == "road_segment"
    assert "Trường Tiểu học" in hit.title


def test_search_follows_every_edit(desk: Desk, road: Record) -> None:
    editing.update_values(desk, road.uid, {"name": "Đường Đồng Đăng"}, expected=1)
    assert [hit.uid for hit in search(desk, "dong dang")] == [road.uid]
    editing.undo(desk)
    assert search(desk, "dong dang") == []
    assert [hit.uid for hit in search(desk, "duong a")] == [road.uid]


def test_search_survives_any_text(filled: Desk) -> None:
    for text in ("", "  ", '"', "a*", "NOT", "AND OR", "(", "x:y", "\x00", "đ" * 500):
        search(filled, text)


def test_pages_follow_one_another(filled: Desk) -> None:
    seen: list[str] = []
    page = fetch_page(filled, "survey_point", sort="point_no", descending=True, limit=25)
    while True:
        seen.extend(record.values["point_no"] for record in page.records)
        if page.next is None:
            break
        page = fetch_page(filled, "survey_point", sort="point_no", descending=True, limit=25, after=page.next)
    assert len(seen) == 90
    assert seen == sorted(seen, reverse=True)


def test_filters_count_what_they_list(filled: Desk) -> None:
    where = "carriageway_w >= 5 AND name LIKE 'Đường%'"
    page = fetch_page(filled, "road_segment", where=where, limit=50)
    assert 0 < len(page.records) < 12
    assert all(record.values["carriageway_w"] >= 5 for record in page.records)
    assert count_matching(filled, "road_segment", where=where) == len(page.records)
    assert count_matching(filled, "road_segment", text="tan lap") == len(
        fetch_page(filled, "road_segment", text="tan lap").records
    )
    refused("FILTER-FIELD", lambda: count_matching(filled, "road_segment", where="chieu_rong > 5"))
    refused("EXPRESSION-SYNTAX", lambda: count_matching(filled, "road_segment", where="name >>> 5"))


def test_the_map_and_the_table_name_the_same_records(filled: Desk) -> None:
    roads = records_of(filled, "road_segment")
    arrays = fetch_arrays(filled, "road_segment")["line"]
    assert uids_of(filled, "road_segment", arrays.ids.tolist()) == [road.uid for road in roads]
    assert [fid_of(filled, "road_segment", road.uid) for road in roads] == arrays.ids.tolist()


# A clock that is wrong


@pytest.mark.parametrize("year", [2016, 2036])
def test_a_clock_ten_years_off_changes_no_record(open_copy: MakeDesk, sample_template: Path, year: int) -> None:
    clock = FakeClock(datetime(year, 3, 2, 1, 0, tzinfo=UTC))
    desk = open_copy(sample_template, clock=clock)
    first = editing.insert_record(desk, "road_segment", {"name": "Đường A"}, LINE).record
    editing.update_values(desk, first.uid, {"name": "Đường B"}, expected=1)
    assert len(approve(desk).approved) == 1
    changes = history_of(desk, first.uid)
    assert [change.sequence for change in changes] == sorted(change.sequence for change in changes)
    assert all(change.at.startswith(str(year)) for change in changes)
    folder = desk.workspace.folder
    desk.close()
    with open_again(folder) as later:
        assert fetch_record(later, first.uid).state is State.APPROVED
        editing.undo(later)
        assert fetch_record(later, first.uid).values["name"] == "Đường A"
        newest = history_of(later, first.uid)[-1]
        assert newest.at < timestamp(datetime(2026, 5, 1, tzinfo=UTC))


def test_points_lie_where_they_were_put(desk: Desk) -> None:
    point = shapely.Point(sample_xy([(12.34567, 1)])[0])
    saved = editing.insert_record(desk, "survey_point", {"point_no": "M1"}, point)
    stored = fetch_record(desk, saved.record.uid).geometry
    assert stored is not None
    assert stored.distance(point) < 0.0001


def test_a_record_is_called_by_its_name_where_it_has_one(desk: Desk) -> None:
    road = editing.insert_record(desk, "road_segment", {"name": "Đường Minh Tâm"}, sample_line((0, 0), (9, 9))).record
    stale = refused("STORE-STALE", lambda: editing.update_values(desk, road.uid, {"lanes": 2}, expected=7))
    both = refused("STORE-STALE", lambda: editing.update_many(desk, [road.uid], {"lanes": 2}, expected={road.uid: 7}))
    editing.delete_records(desk, [road.uid])
    gone = refused("RECORD-UNKNOWN", lambda: fetch_record(desk, road.uid))
    for error in (stale, both, gone):
        assert "“Đường Minh Tâm”" in str(error)
        assert road.uid not in str(error)
    never = refused("RECORD-UNKNOWN", lambda: fetch_record(desk, "01234567-0000-7000-8000-000000000000"))
    assert "01234567-0000-7000-8000-000000000000" in str(never)
