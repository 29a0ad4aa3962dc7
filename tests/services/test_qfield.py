"""A journey to QField and back: what nobody touched comes home unchanged, and what somebody did arrives."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from forms.files import file_links
from forms.record import Lineage
from geodesy.datum import transform_xy
from geodesy.systems import WGS84
from services.desk import Desk
from services.editing import delete_records, insert_record, update_values
from services.field_forms import export_qfield, take_submissions
from services.field_layers import layers_of
from tests.services.conftest import MakeDesk, own_config
from tests.services.desks import HOME, copy_desk, records_of, refused, sample_line, sample_square, sample_xy, snapshot
from tests.services.phones import picture

QGIS = Path(__file__).parent / "qgis_probe.py"
ROADS = "road_segment"
TYPES = (ROADS, "land_use_plan_area", "incident_report")


def shape_blob(geometry: shapely.Geometry) -> bytes:
    """A geometry as GeoPackage keeps it."""
    head = b"GP\x00\x01" + (HOME.epsg or 0).to_bytes(4, "little")
    return head + shapely.to_wkb(geometry, flavor="iso", byte_order=1)


def edit(path: Path, sql: str, *parameters: Any) -> None:
    """Change the GeoPackage as somebody in the field does; its index functions are not here, so its triggers go."""
    with closing(sqlite3.connect(path)) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(sql, parameters)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, filled_template: Path) -> tuple[Path, Path]:
    """A workspace with the sample's records and one of each awkward kind of value, and its folder for the field."""
    folder = tmp_path_factory.mktemp("thực địa")
    values: Mapping[str, Any] = {
        "name": "Đường {lạ}, \"ngõ\" 3; 'x'",
        "affected_communes": ["00691", "00694"],
        "lighting": False,
        "carriageway_w": 0.1 + 0.2,
        "lanes": 2,
        "inspected_on": "2026-03-01",
        "note": "Dòng một\ndòng hai",
    }
    with own_config(folder), copy_desk(filled_template, folder / "sổ") as desk:
        insert_record(desk, ROADS, values, sample_line((0, 0), (1 / 3, 40)), capture_method="do_dac_toan_dac")
        insert_record(desk, ROADS, {"name": "Đường không hình"}, None)
        moment = "2026-03-01T04:05:06.789Z"
        insert_record(desk, "incident_report", incident(desk, moment), shapely.Point(sample_xy([(5, 5)])[0]))
        export_qfield(desk, folder / "đi", type_ids=TYPES)
    return folder / "sổ", folder / "đi"


@pytest.fixture
def taken_out(open_copy: MakeDesk, package: tuple[Path, Path], tmp_path: Path) -> tuple[Desk, Path]:
    """A copy of both: the desk, and the GeoPackage of its records."""
    shutil.copytree(package[1], tmp_path / "về")
    return open_copy(package[0]), tmp_path / "về" / "diaba_01153.gpkg"


def incident(desk: Desk, moment: str) -> dict[str, Any]:
    """Values with a moment in each field that takes one."""
    fields = desk.catalogue.type("incident_report").fields
    moments = {field.key: moment for field in fields if field.type == "moment"}
    assert moments
    return {"name": "Sạt lở", **moments}


def test_what_nobody_touched_comes_home_as_it_was(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    before = snapshot(desk)
    report = take_submissions(desk, path)
    assert (report.read, report.known) == (12 + 4 + 3, 12 + 4 + 3)
    assert (report.updates, report.rejected, report.written, report.lost, report.changed) == ((), (), 0, (), ())
    assert snapshot(desk) == before


def test_a_change_arrives_and_undo_takes_it_back(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    road = next(record for record in records_of(desk, ROADS) if record.values["lanes"] == 2)
    fresh = sample_line((0, 0), (50, 60))
    edit(
        path,
        f"UPDATE {ROADS} SET lanes = 3, lighting = NULL, affected_communes = '{{00694}}', note = '', "
        "inspected_on = '2026-03-09', geom = ?, diaba_capture = 'gnss_rtk' WHERE uid = ?",
        shape_blob(fresh),
        road.uid,
    )
    codes = {item.code for item in desk.catalogue.choice_list("capture_method")}
    report = take_submissions(desk, path)
    (update,) = report.updates
    assert (update.uid, update.applied, update.stale, update.moved) == (road.uid, True, False, True)
    assert {key: pair[1] for key, pair in update.changes.items()} == {
        "lanes": 3,
        "lighting": None,
        "affected_communes": ["00694"],
        "note": None,
        "inspected_on": "2026-03-09",
    }
    record = next(item for item in records_of(desk, ROADS) if item.uid == road.uid)
    assert (record.values["lanes"], record.revision) == (3, road.revision + 1)
    assert shapely.equals_exact(record.geometry, fresh, 2e-4)
    assert record.values["length_m"] == pytest.approx(fresh.length, abs=0.01)
    assert record.lineage.capture_method == ("gnss_rtk" if "gnss_rtk" in codes else "gnss_cam_tay")
    again = take_submissions(desk, path)
    assert (again.updates, again.changed) == ((), ())


def test_a_record_changed_at_the_desk_meanwhile_is_listed_and_kept(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    one, two = records_of(desk, ROADS)[:2]
    update_values(desk, one.uid, {"lanes": 4}, expected=one.revision)
    update_values(desk, two.uid, {"lanes": 4}, expected=two.revision)
    edit(path, f"UPDATE {ROADS} SET road_code = 'ĐX.9' WHERE uid = ?", one.uid)
    report = take_submissions(desk, path)
    (update,) = report.updates
    assert (update.uid, update.stale, update.applied) == (one.uid, True, False)
    assert update.changes["road_code"] == (one.values["road_code"], "ĐX.9")
    found = {record.uid: record for record in records_of(desk, ROADS)}
    assert (found[one.uid].values["road_code"], found[one.uid].values["lanes"]) == (one.values["road_code"], 4)
    assert found[two.uid].values["lanes"] == 4


def test_new_rows_and_copies_become_records_once(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    source = records_of(desk, ROADS)[0]
    shape = shape_blob(sample_line((0, 0), (10, 60)))
    edit(
        path,
        f"INSERT INTO {ROADS} (geom, name, diaba_field_uid, diaba_capture) VALUES (?, ?, ?, ?)",
        shape,
        "Đường mới",
        "0b54f1a8-0000-4000-8000-000000000001",
        "gnss_cam_tay",
    )
    edit(path, f"INSERT INTO {ROADS} (geom, name, uid) VALUES (?, ?, ?)", shape, "Bản chép", source.uid)
    edit(path, f"INSERT INTO {ROADS} (geom, name, surface) VALUES (?, ?, ?)", shape, "Đường hỏng", "vàng")
    report = take_submissions(desk, path)
    assert (report.written, [item.code for item in report.rejected]) == (2, ["VALUE-CHOICE"])
    names = [record.values["name"] for record in records_of(desk, ROADS)]
    assert {"Đường mới", "Bản chép"} <= set(names)
    fresh = next(record for record in records_of(desk, ROADS) if record.values["name"] == "Đường mới")
    assert (fresh.values["commune_code"], fresh.lineage.capture_method) == ("01153", "gnss_cam_tay")
    assert isinstance(fresh.lineage, Lineage)
    again = take_submissions(desk, path)
    assert (again.written, again.updates) == (0, ())
    edit(path, f"UPDATE {ROADS} SET lanes = 1 WHERE name = 'Đường mới'")
    later = take_submissions(desk, path)
    assert [(update.uid, update.applied) for update in later.updates] == [(fresh.uid, True)]


def test_a_broken_day_or_vertex_is_told_and_the_other_rows_come_home(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    one, two, three = [record for record in records_of(desk, ROADS) if record.geometry is not None][:3]
    with np.errstate(invalid="ignore"):
        broken = shapely.LineString([*two.geometry.coords[:-1], (np.nan, 5.0)])
    edit(path, f"UPDATE {ROADS} SET inspected_on = '2026-02-31' WHERE uid = ?", one.uid)
    edit(path, f"UPDATE {ROADS} SET geom = ? WHERE uid = ?", shape_blob(broken), two.uid)
    edit(path, f"UPDATE {ROADS} SET inspected_on = '2026-02-28' WHERE uid = ?", three.uid)
    report = take_submissions(desk, path)
    assert {item.code for item in report.rejected} == {"VALUE-DATE-NO-DAY", "IMPORT-NOT-FINITE"}
    assert [(update.uid, update.applied) for update in report.updates] == [(three.uid, True)]


def test_what_was_deleted_in_the_field_is_told_and_kept(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    one, two = records_of(desk, ROADS)[:2]
    edit(path, f"DELETE FROM {ROADS} WHERE uid IN (?, ?)", one.uid, two.uid)
    delete_records(desk, [two.uid])
    report = take_submissions(desk, path)
    assert report.lost == ((ROADS, one.uid),)
    assert one.uid in {record.uid for record in records_of(desk, ROADS)}


def test_a_record_deleted_at_the_desk_stays_deleted(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    one = records_of(desk, ROADS)[0]
    edit(path, f"UPDATE {ROADS} SET lanes = 7 WHERE uid = ?", one.uid)
    delete_records(desk, [one.uid])
    report = take_submissions(desk, path)
    assert (report.buried, report.updates) == (1, ())
    assert one.uid not in {record.uid for record in records_of(desk, ROADS)}


def test_a_strange_identity_is_no_record(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    edit(path, f"UPDATE {ROADS} SET uid = '019a0000-0000-7000-8000-000000000001' WHERE fid = 1")
    report = take_submissions(desk, path, dry_run=True)
    assert [item.code for item in report.rejected] == ["FIELD-UNKNOWN-UID"]
    assert len(report.lost) == 1


def test_it_goes_back_to_its_own_workspace_only(taken_out: tuple[Desk, Path], tmp_path: Path) -> None:
    desk, path = taken_out
    edit(path, "UPDATE diaba_export SET value = 'khác' WHERE key = 'workspace'")
    refused("QFIELD-OTHER-WORKSPACE", lambda: take_submissions(desk, path))
    edit(path, "UPDATE diaba_records SET content = NULL WHERE rowid = 1")
    edit(path, "UPDATE diaba_export SET value = ? WHERE key = 'workspace'", desk.workspace.info.workspace_id)
    refused("QFIELD-UNREADABLE", lambda: take_submissions(desk, path))


def test_a_folder_with_something_in_it_is_never_written_over(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "đi"
    out.mkdir()
    export_qfield(desk, out, type_ids=[ROADS])
    refused("QFIELD-EXISTS", lambda: export_qfield(desk, out, type_ids=[ROADS]))
    refused("EXPORT-NO-FOLDER", lambda: export_qfield(desk, tmp_path / "không" / "có", type_ids=[ROADS]))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".diaba")] == []


def test_the_geopackage_names_its_columns_and_domains(taken_out: tuple[Desk, Path]) -> None:
    _, path = taken_out
    with closing(sqlite3.connect(path)) as connection:
        titles = dict(
            connection.execute("SELECT column_name, title FROM gpkg_data_columns WHERE table_name = ?", (ROADS,))
        )
        assert titles["from_km"] == "Lý trình đầu (km)"
        domain = connection.execute(
            "SELECT c.constraint_type, c.value, c.description FROM gpkg_data_columns d "
            "JOIN gpkg_data_column_constraints c "
            "USING (constraint_name) WHERE d.table_name = ? AND d.column_name = 'surface' AND c.value = 'BTN'",
            (ROADS,),
        ).fetchall()
        assert domain == [("enum", "BTN", "Bê tông nhựa")]
        low, high = connection.execute(
            "SELECT min, max FROM gpkg_data_column_constraints WHERE constraint_name = 'range_road_segment_from_km'"
        ).fetchone()
        assert (low, high) == (0, 3000)
        codes = connection.execute("SELECT code, label_vi, label_en FROM list_road_surface").fetchall()
        assert ("BTN", "Bê tông nhựa", "Asphalt concrete") in codes
        kinds = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({ROADS})")}
        assert (kinds["inspected_on"], kinds["lanes"], kinds["lighting"]) == ("DATE", "INTEGER", "BOOLEAN")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture(scope="module")
def python_of_qgis() -> str:
    found = shutil.which("python3", path="/usr/bin")
    if found is None or subprocess.run([found, "-c", "import qgis.core"], capture_output=True, check=False).returncode:
        pytest.skip("QGIS is not on this machine")
    return found


@pytest.fixture
def probe(python_of_qgis: str, taken_out: tuple[Desk, Path], tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What QGIS itself makes of a project with every record type."""
    path = export_qfield(taken_out[0], tmp_path / "tất cả").data
    point = sample_xy([(0, 0)])[0]
    done = subprocess.run(
        [python_of_qgis, str(QGIS), str(path.with_suffix(".qgs")), *map(repr, point.tolist())],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": str(path.parent), "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    yield json.loads(done.stdout.splitlines()[-1])


def test_qgis_reads_the_project_with_its_forms_and_the_pinned_operation(
    probe: dict[str, Any], taken_out: tuple[Desk, Path]
) -> None:
    desk, _ = taken_out
    layers = probe["layers"]
    assert probe["crs"] == f"EPSG:{desk.system.epsg}"
    assert [name for name, layer in layers.items() if not layer["valid"]] == []
    assert {name for item in desk.catalogue.types.values() for name in layers_of(item)} <= set(layers)
    road = layers[ROADS]
    assert (road["count"], road["kind"], road["layout"]) == (14, 1, "tabs")
    assert road["fields"]["surface"]["widget"] == "ValueRelation"
    assert road["fields"]["surface"]["shown"] == {"BTN": "Bê tông nhựa"}
    assert road["fields"]["affected_communes"]["options"]["AllowMulti"] is True
    assert road["fields"]["lighting"]["widget"] == "ValueMap"
    assert road["fields"]["inspected_on"]["widget"] == "DateTime"
    assert road["fields"]["photo_1"]["widget"] == "ExternalResource"
    assert [road["fields"][key]["widget"] for key in ("uid", "revision", "attachments")] == ["Hidden"] * 3
    assert road["fields"]["name"]["alias"] == "Tên đường"
    assert road["fields"]["from_km"]["alias"] == "Lý trình đầu (km)"
    assert road["fields"]["length_m"]["editable"] is False
    assert road["fields"]["from_km"]["limit"] == '"from_km" IS NULL OR ("from_km" >= 0.0 AND "from_km" <= 3000.0)'
    assert road["broken"] == []
    assert not any(layer["broken"] for layer in layers.values())
    lon, lat = transform_xy(sample_xy([(0, 0)]), HOME, WGS84)[0]
    # QGIS takes the height for 0 on the other ellipsoid on the way out: a millimetre (ADR 10)
    assert probe["degrees"] == pytest.approx([lon, lat], abs=2e-8)


def test_a_square_stays_one_part(open_copy: MakeDesk, sample_template: Path, tmp_path: Path) -> None:
    desk = open_copy(sample_template)
    insert_record(desk, "land_use_plan_area", {}, sample_square())
    path = export_qfield(desk, tmp_path / "đi", type_ids=["land_use_plan_area"]).data
    assert take_submissions(desk, path).known == 1


def test_photos_of_the_field_are_attached_once(taken_out: tuple[Desk, Path]) -> None:
    desk, path = taken_out
    picture(path.parent / "DCIM" / "đường_1.jpg", "red")
    road = records_of(desk, ROADS)[0]
    edit(path, f"UPDATE {ROADS} SET photo_1 = 'DCIM/đường_1.jpg', lanes = 9 WHERE uid = ?", road.uid)
    report = take_submissions(desk, path)
    assert (report.photos.attached, report.photos.missing, len(report.updates)) == (1, (), 1)
    record = next(item for item in records_of(desk, ROADS) if item.uid == road.uid)
    assert [link.name for link in file_links(record.values["attachments"])] == ["đường_1.jpg"]
    again = take_submissions(desk, path)
    assert (again.photos.attached, again.updates, again.changed) == (0, (), ())
