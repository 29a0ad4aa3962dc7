"""Forms for phones and what they send back: each submission once, edits proposed, bad rows told, photos attached."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely

from forms.files import file_links
from forms.record import Record
from services.attaching import detach_file, open_content
from services.desk import Desk
from services.editing import delete_records, insert_record, undo, update_values
from services.field_forms import export_xlsform, take_submissions
from services.field_report import FieldReport
from tests.services.desks import records_of, refused, sample_line, sample_xy, snapshot
from tests.services.phones import Form, picture, place_text, write_central, write_geojson, write_kobo

ONE, TWO, THREE = (f"0b54f1a8-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
LINE = ((0.0, 0.0), (120.0, 40.0), (260.0, 30.0))
Writer = Callable[..., Path]


@pytest.fixture
def road_form(desk: Desk, tmp_path: Path) -> Form:
    return Form(export_xlsform(desk, "road_segment", tmp_path / "đường.xlsx").files[0])


def road(instance: str, **more: Any) -> dict[str, Any]:
    return {
        "instance": instance,
        "name": "Đường thôn Trung; đoạn 1",
        "road_code": "ĐX.223",
        "carriageway_w": "1.234",
        "lanes": "2",
        "surface": "BTN",
        "lighting": "false",
        "inspected_on": "2026-03-01",
        "affected_communes": "01144 01147",
        "note": 'Dòng một\ndòng "hai", hết',
        "location_line": place_text(LINE),
        **more,
    }


def only(desk: Desk, type_id: str = "road_segment") -> Record:
    (record,) = records_of(desk, type_id)
    return record


def words(path: Path, form: Form, rows: Sequence[Mapping[str, Any]]) -> Path:
    return write_kobo(path, form, rows, words=True)


@pytest.mark.parametrize("write", [write_central, write_kobo, words, write_geojson])
def test_every_export_becomes_the_same_record(desk: Desk, road_form: Form, tmp_path: Path, write: Writer) -> None:
    suffix = ".geojson" if write is write_geojson else ".csv"
    report = take_submissions(desk, write(tmp_path / f"gửi về{suffix}", road_form, [road(ONE)]))
    assert (report.read, report.written, report.known, report.rejected, report.updates) == (1, 1, 0, (), ())
    record = only(desk)
    wanted = {
        "name": "Đường thôn Trung; đoạn 1",
        "road_code": "ĐX.223",
        "carriageway_w": 1.234,
        "lanes": 2,
        "surface": "BTN",
        "lighting": False,
        "inspected_on": "2026-03-01",
        "affected_communes": ["01144", "01147"],
        "note": 'Dòng một\ndòng "hai", hết',
        "commune_code": "01153",
        "official_id_status": None,
    }
    assert {key: record.values[key] for key in wanted} == wanted
    assert shapely.hausdorff_distance(record.geometry, sample_line(*LINE)) < 0.002
    assert record.values["length_m"] == pytest.approx(record.geometry.length, abs=0.01)
    lineage = record.lineage
    assert (lineage.source_file, lineage.capture_method, lineage.datum_operation) == (
        f"gửi về{suffix}",
        "gnss_cam_tay",
        "VN2000-QD05-2007-CF",
    )
    assert lineage.src_crs == "EPSG:4326"
    assert lineage.accuracy_m == (None if write is write_geojson else 4.5)
    assert f"uuid:{ONE}" in lineage.raw_values["instanceID"].split()


def test_the_same_submissions_add_nothing_twice(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    rows = [road(ONE), road(TWO, name="Đường hai")]
    take_submissions(desk, write_central(tmp_path / "odk.csv", road_form, rows))
    before = snapshot(desk)
    for write, name in ((write_central, "odk.csv"), (write_kobo, "kobo.csv"), (write_geojson, "kobo.geojson")):
        report = take_submissions(desk, write(tmp_path / name, road_form, rows), update=True)
        assert (report.read, report.known, report.written, report.updates, report.changed) == (2, 2, 0, (), ())
    assert snapshot(desk) == before
    more = take_submissions(desk, write_central(tmp_path / "odk.csv", road_form, [*rows, road(THREE)]))
    assert (more.known, more.written, more.warnings) == (2, 1, ())
    assert len(records_of(desk, "road_segment")) == 3


def test_a_submission_that_stands_twice_in_the_file_is_one(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    rows = [road(ONE, lanes="1"), road(ONE, lanes="2")]
    report = take_submissions(desk, write_kobo(tmp_path / "kobo.csv", road_form, rows))
    assert (report.read, report.written, report.known) == (2, 1, 1)
    assert only(desk).values["lanes"] == 2


def test_an_edited_submission_is_proposed_and_written_only_when_asked(
    desk: Desk, road_form: Form, tmp_path: Path
) -> None:
    path = tmp_path / "odk.csv"
    take_submissions(desk, write_central(path, road_form, [road(ONE)]))
    first = only(desk)
    moved = place_text([*LINE[:2], (300.0, 20.0)])
    write_central(path, road_form, [road(ONE, lanes="3", note="", location_line=moved, edits=1)])
    proposed = take_submissions(desk, path)
    (update,) = proposed.updates
    assert (update.uid, update.applied, update.moved, update.conflicts) == (first.uid, False, True, ())
    assert update.changes == {"lanes": (2, 3), "note": (first.values["note"], None)}
    assert only(desk).revision == first.revision
    written = take_submissions(desk, path, update=True)
    assert [item.applied for item in written.updates] == [True]
    record = only(desk)
    assert (record.values["lanes"], record.values["note"], record.uid) == (3, None, first.uid)
    assert shapely.hausdorff_distance(record.geometry, sample_line(*LINE[:2], (300.0, 20.0))) < 0.002
    assert record.values["length_m"] == pytest.approx(record.geometry.length, abs=0.01)
    assert take_submissions(desk, path, update=True).known == 1
    assert undo(desk) is not None
    assert only(desk).values["lanes"] == 2


def test_an_edit_in_the_field_never_overwrites_one_at_the_desk(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    path = tmp_path / "odk.csv"
    take_submissions(desk, write_central(path, road_form, [road(ONE)]))
    record = only(desk)
    update_values(desk, record.uid, {"lanes": 4}, expected=record.revision)
    write_central(path, road_form, [road(ONE, lanes="3", road_code="ĐX.224", edits=1)])
    (update,) = take_submissions(desk, path, update=True).updates
    assert (update.conflicts, dict(update.changes)) == (("lanes",), {"road_code": ("ĐX.223", "ĐX.224")})
    assert (only(desk).values["lanes"], only(desk).values["road_code"]) == (4, "ĐX.224")
    (again,) = take_submissions(desk, path, update=True).updates
    assert (again.conflicts, again.changes, again.applied) == (("lanes",), {}, False)


def test_an_edit_under_a_new_name_is_known_by_the_old_one(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    path = tmp_path / "kobo.csv"
    take_submissions(desk, write_kobo(path, road_form, [road(ONE)]))
    write_kobo(path, road_form, [road(TWO, lanes="3", deprecated=ONE)])
    assert [update.changes for update in take_submissions(desk, path, update=True).updates] == [{"lanes": (2, 3)}]
    write_kobo(path, road_form, [road(THREE, lanes="4", deprecated=TWO)])
    assert [update.changes for update in take_submissions(desk, path, update=True).updates] == [{"lanes": (3, 4)}]
    assert only(desk).values["lanes"] == 4


def test_a_deleted_record_stays_deleted_and_an_undone_import_can_be_taken_again(
    desk: Desk, road_form: Form, tmp_path: Path
) -> None:
    path = write_central(tmp_path / "odk.csv", road_form, [road(ONE)])
    take_submissions(desk, path)
    undo(desk)
    assert take_submissions(desk, path).written == 1
    delete_records(desk, [only(desk).uid])
    report = take_submissions(desk, path)
    assert (report.buried, report.written, report.known) == (1, 0, 0)
    assert records_of(desk, "road_segment") == []


def test_bad_rows_are_told_and_the_others_come_in(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    rows = [
        road(ONE),
        road(TWO, surface="vàng", lanes="hai"),
        road(THREE, location_line="21.9 105.1 0 0"),
        road("0b54f1a8-0000-4000-8000-000000000004", commune_code="00691"),
        road("0b54f1a8-0000-4000-8000-000000000005", location_line=""),
    ]
    report = take_submissions(desk, write_kobo(tmp_path / "kobo.csv", road_form, rows))
    assert report.written == 1
    told = {(item.row, (item.column or "").rpartition("/")[2], item.value, item.code) for item in report.rejected}
    assert {
        (3, "surface", "vàng", "VALUE-CHOICE"),
        (3, "lanes", "hai", "VALUE-NUMBER"),
        (4, "location_line", "21.9 105.1 0 0", "SUBMISSION-PLACE"),
        (5, "", "00691", "SUBMISSION-OTHER-COMMUNE"),
        (6, "", None, "IMPORT-EMPTY-GEOMETRY"),
    } <= told
    assert all("{" not in item.text and len(item.text) > 20 for item in report.rejected)


def test_a_dry_run_tells_the_same_and_writes_nothing(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    path = write_central(tmp_path / "odk.csv", road_form, [road(ONE), road(TWO, lanes="x")])
    before = snapshot(desk)
    report = take_submissions(desk, path, dry_run=True)
    assert (report.read, report.accepted, report.written, len(report.rejected)) == (2, 1, 0, 1)
    assert snapshot(desk) == before


def test_points_keep_their_accuracy_and_areas_close(desk: Desk, tmp_path: Path) -> None:
    form = Form(export_xlsform(desk, "bridge", tmp_path / "cầu.xlsx").files[0])
    rows = [
        {"instance": ONE, "name": "Cầu Một", "location_point": place_text([(5.0, 6.0)], accuracy=3.25)},
        {"instance": TWO, "name": "Cầu Hai", "location_point": place_text([(50.0, 6.0)], accuracy=0)},
    ]
    if "location_kind" in form.paths:
        rows = [{**row, "location_kind": "geopoint"} for row in rows]
    assert take_submissions(desk, write_central(tmp_path / "cầu.csv", form, rows)).written == 2
    found = {record.values["name"]: record for record in records_of(desk, "bridge")}
    assert [found[name].lineage.accuracy_m for name in ("Cầu Một", "Cầu Hai")] == [3.25, None]
    assert found["Cầu Một"].geometry.distance(shapely.Point(sample_xy([(5.0, 6.0)])[0])) < 0.002
    form = Form(export_xlsform(desk, "land_use_plan_area", tmp_path / "đất.xlsx").files[0])
    ring = ((0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0))
    area = {"instance": ONE, "location_area": place_text(ring)}
    report = take_submissions(desk, write_kobo(tmp_path / "đất.csv", form, [area]))
    assert report.written == 1
    record = only(desk, "land_use_plan_area")
    assert (record.geometry.geom_type, record.geometry.area) == ("MultiPolygon", pytest.approx(1200, rel=1e-3))


def test_a_reference_names_a_record_that_was_chosen(desk: Desk, tmp_path: Path) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "Quy hoạch chung xã"}, None).record
    form = Form(export_xlsform(desk, "dossier_document", tmp_path / "văn bản.xlsx").files[0])
    assert [row["name"] for row in form.choices if row["list_name"] == "records_dossier_uid"] == [dossier.uid]
    row = {"instance": ONE, "name": "Tờ trình", "doc_no": "12/TTr-UBND", "dossier_uid": dossier.uid}
    assert take_submissions(desk, write_central(tmp_path / "văn bản.csv", form, [row])).written == 1
    assert only(desk, "dossier_document").values["dossier_uid"] == dossier.uid


def test_a_form_of_somebody_else_is_read_by_its_columns(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "phiếu.csv"
    path.write_text(f"Tên đường,vi_tri,_uuid\nĐường Ba,{place_text(LINE)},{ONE}\n", encoding="utf-8")
    refused("SUBMISSION-TYPE", lambda: take_submissions(desk, path))
    assert take_submissions(desk, path, type_id="road_segment").written == 1
    assert only(desk).values["name"] == "Đường Ba"


def test_submissions_of_another_type_are_refused(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    path = write_central(tmp_path / "odk.csv", road_form, [road(ONE)])
    refused("SUBMISSION-OTHER-TYPE", lambda: take_submissions(desk, path, type_id="bridge"))
    empty = write_central(tmp_path / "trống.csv", road_form, [])
    refused("SUBMISSION-TYPE", lambda: take_submissions(desk, empty))
    nothing: FieldReport = take_submissions(desk, empty, type_id="road_segment")
    assert (nothing.read, nothing.written) == (0, 0)


def test_photos_are_attached_with_what_the_camera_noted(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    media = tmp_path / "media"
    photo = picture(media / "1.jpg", "red")
    picture(media / ONE / "chung.jpg", "green")
    picture(media / TWO / "chung.jpg", "blue")
    rows = [road(ONE, photo_1="1.jpg", photo_2="chung.jpg"), road(TWO, photo_1="chung.jpg", photo_2="mất.jpg")]
    path = write_kobo(tmp_path / "kobo.csv", road_form, rows)
    report = take_submissions(desk, path)
    assert (report.photos.attached, report.photos.missing, report.photos.refused) == (3, ((3, "mất.jpg"),), ())
    found = {}
    for record in records_of(desk, "road_segment"):
        names = str(record.lineage.raw_values["instanceID"])
        found[names.removeprefix("uuid:")] = file_links(record.values["attachments"])
    assert [[link.name for link in found[key]] for key in (ONE, TWO)] == [["1.jpg", "chung.jpg"], ["chung.jpg"]]
    assert found[ONE][1].sha256 != found[TWO][0].sha256
    assert b"".join(open_content(desk, found[ONE][0].sha256)) == photo.read_bytes()
    assert found[ONE][0].place == pytest.approx((104.875, 22.0 + 25 / 60), abs=1e-4)
    before = snapshot(desk)
    again = take_submissions(desk, path)
    assert (again.photos.attached, again.photos.missing, snapshot(desk)) == (0, ((3, "mất.jpg"),), before)
    picture(media / "mất.jpg", "yellow")
    assert take_submissions(desk, path).photos.attached == 1


def test_a_photo_taken_off_a_record_stays_off(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    picture(tmp_path / "ảnh" / "1.jpg", "red")
    path = write_central(tmp_path / "odk.csv", road_form, [road(ONE, photo_1="1.jpg")])
    assert take_submissions(desk, path, media=tmp_path / "ảnh").photos.attached == 1
    record = only(desk)
    detach_file(desk, record.uid, file_links(record.values["attachments"])[0].sha256, expected=record.revision)
    assert take_submissions(desk, path, media=tmp_path / "ảnh").photos.attached == 0
    assert not only(desk).values["attachments"]


def test_a_file_that_is_no_photo_is_refused_and_the_record_stays(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "1.jpg").write_bytes(b"MZ" + bytes(2000))
    path = write_central(tmp_path / "odk.csv", road_form, [road(ONE, photo_1="1.jpg")])
    report = take_submissions(desk, path)
    assert (report.written, report.photos.attached) == (1, 0)
    assert [(row, name) for row, name, _ in report.photos.refused] == [(2, "1.jpg")]


def test_a_record_that_is_only_ever_added_is_not_changed_from_the_field(desk: Desk, tmp_path: Path) -> None:
    (type_id, *_) = [item.id for item in desk.catalogue.types.values() if item.append_only and not item.geometry]
    form = Form(export_xlsform(desk, type_id, tmp_path / "kiểm tra.xlsx").files[0])
    path = tmp_path / "kiểm tra.csv"
    assert take_submissions(desk, write_central(path, form, [{"instance": ONE, "note": "một"}])).written == 1
    write_central(path, form, [{"instance": ONE, "note": "hai", "edits": 1}])
    report = take_submissions(desk, path, update=True)
    assert ([item.code for item in report.rejected], report.updates) == (["FIELD-APPEND-ONLY"], ())
    assert only(desk, type_id).values["note"] == "một"


def test_a_photo_that_came_late_is_attached_after_an_edit_names_it(desk: Desk, road_form: Form, tmp_path: Path) -> None:
    picture(tmp_path / "media" / "11.jpg", "red")
    path = tmp_path / "odk.csv"
    first = write_central(path, road_form, [road(ONE, photo_1="1.jpg", photo_2="11.jpg")])
    assert take_submissions(desk, first).photos.missing == ((2, "1.jpg"),)
    linked = file_links(only(desk).values["attachments"])
    detach_file(desk, only(desk).uid, linked[0].sha256, expected=only(desk).revision)
    picture(tmp_path / "media" / "1.jpg", "blue")
    edited = write_central(path, road_form, [road(ONE, photo_1="1.jpg", photo_2="11.jpg", lanes="3", edits=1)])
    assert take_submissions(desk, edited, update=True).photos.attached == 1
    record = only(desk)
    assert [link.name for link in file_links(record.values["attachments"])] == ["1.jpg"]
    assert record.values["lanes"] == 3


@pytest.mark.parametrize("digits", [20, 39, 400, 5000])
def test_a_number_of_very_many_digits_is_one_bad_row(desk: Desk, road_form: Form, tmp_path: Path, digits: int) -> None:
    rows = [road(ONE), road(TWO, lanes="9" * digits)]
    report = take_submissions(desk, write_central(tmp_path / "odk.csv", road_form, rows))
    assert report.written == 1
    assert [(item.row, item.code) for item in report.rejected] == [
        (3, "VALUE-NUMBER" if digits > 308 else "VALUE-INTEGER-SIZE")
    ]
    assert all("{" not in item.text for item in report.rejected)
