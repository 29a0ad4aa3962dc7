"""Field files in: what comes in, what is told, and what is refused; on the shipped sample and on small files."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from core.errors import Cancelled
from core.messages import render, render_label, use_language
from core.resources import resource_path
from forms.record import Lineage, State
from geodesy.systems import parse_system, tm_system
from localdb.engine import fetch_rows
from services.approving import approve
from services.desk import Desk
from services.editing import redo, undo, undo_labels
from services.importing import propose_import, run_import
from services.reading import count_by_type, fetch_boundary, history_of, search
from tests.services.conftest import MakeDesk
from tests.services.desks import (
    BINH,
    SAMPLE,
    bring,
    open_again,
    records_of,
    refused,
    sample_line,
    sample_xy,
    snapshot,
    write_points,
    write_roads,
)

LINE = sample_line((0, 0), (120, 40), (260, 30))


@pytest.mark.parametrize(
    ("name", "type_id", "count", "crs", "operation"),
    [
        ("duong_cu.shp", "road_segment", 12, "EPSG:9209", "none"),
        ("cau.csv", "bridge", 4, "EPSG:9209", "none"),
        ("khoanh_dat.geojson", "land_use_plan_area", 4, "EPSG:9209", "none"),
        ("bang_ke_toa_do.txt", "planning_boundary", 1, "EPSG:9209", "none"),
        ("toan_dac.csv", "survey_point", 90, "EPSG:9209", "none"),
        ("gps.gpx", "survey_point", 12, "EPSG:4326", "VN2000-QD05-2007-CF"),
    ],
)
def test_every_file_of_the_sample_comes_in_and_can_be_approved(
    desk: Desk, name: str, type_id: str, count: int, crs: str, operation: str
) -> None:
    report = bring(desk, SAMPLE / name, type_id)
    assert (report.read, report.written, report.rejected) == (count, count, ())
    assert report.plan.system is not None
    assert (report.plan.system.id, report.operation) == (crs, operation)
    outline = fetch_boundary(desk)
    assert all(shapely.within(record.geometry, outline) for record in records_of(desk, type_id))
    approval = approve(desk)
    assert (len(approval.approved), dict(approval.blocked)) == (count, {})


def test_old_text_becomes_vietnamese(filled: Desk) -> None:
    names = {record.values["name"] for record in records_of(filled, "road_segment")}
    assert {"Đường tỉnh 199 đoạn qua xã", "Đường vào Trường Tiểu học Tân Lập", "Đường ngõ số 3 thôn Trung Tâm"} <= names
    raw = records_of(filled, "road_segment")[0].lineage.raw_values["TEN_DUONG"]
    assert raw != "Đường tỉnh 199 đoạn qua xã"


def test_lineage_says_where_each_record_comes_from(filled: Desk) -> None:
    road = records_of(filled, "road_segment")[2]
    assert isinstance(road.lineage, Lineage)
    assert (road.lineage.source_file, road.lineage.source_layer, road.lineage.source_row) == (
        "duong_cu.shp",
        "duong_cu",
        3,
    )
    assert (road.lineage.src_crs, road.lineage.src_axis, road.lineage.datum_operation) == ("EPSG:9209", 105.5, "none")
    assert road.lineage.raw_coordinates is not None
    raw = shapely.from_wkt(road.lineage.raw_coordinates)
    assert abs(raw.length - road.values["length_m"]) < 2.0
    point = records_of(filled, "survey_point")[0]
    assert point.lineage.raw_coordinates == "P0001;2481007,512;437018,346;120,23;TIM"
    assert point.lineage.capture_method == "do_dac_toan_dac"
    assert (point.values["height_m"], point.values["code"]) == (120.23, "TIM")


def test_the_surveyed_points_lie_on_the_surveyed_road(filled: Desk) -> None:
    roads = shapely.unary_union([record.geometry for record in records_of(filled, "road_segment")])
    apart = [shapely.distance(record.geometry, roads) for record in records_of(filled, "survey_point")]
    assert np.median(apart) < 0.01


def test_an_unlisted_code_is_left_out_with_the_reason(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A", "mat_duong": "nhựa đường kiểu mới"}, LINE)])
    plan = propose_import(desk, path, type_id="road_segment")
    assert plan.mapping == {"name": "ten"}
    assert "nhựa đường kiểu mới" in plan.unmapped["mat_duong"]
    assert run_import(desk, plan).written == 1
    [record] = records_of(desk, "road_segment")
    assert record.lineage.raw_values["mat_duong"] == "nhựa đường kiểu mới"


def test_columns_are_found_by_any_of_their_names(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"Tên Đường": "Đường A", "SO_LAN_XE": 2, "Bề rộng mặt": "5,5"}, LINE)])
    plan = propose_import(desk, path, type_id="road_segment")
    assert plan.mapping == {"name": "Tên Đường", "lanes": "SO_LAN_XE", "carriageway_w": "Bề rộng mặt"}
    run_import(desk, plan)
    [record] = records_of(desk, "road_segment")
    assert (record.values["lanes"], record.values["carriageway_w"]) == (2, 5.5)


def test_computed_values_follow_from_the_geometry(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A", "chieu_dai": 999}, LINE)])
    bring(desk, path, "road_segment")
    [record] = records_of(desk, "road_segment")
    assert record.values["length_m"] == pytest.approx(LINE.length, abs=0.02)


def test_geometry_lies_on_the_grid(desk: Desk, tmp_path: Path) -> None:
    bring(desk, write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE)]), "road_segment")
    [record] = records_of(desk, "road_segment")
    xy = shapely.get_coordinates(record.geometry)
    assert np.array_equal(xy, np.round(xy, 4))
    assert shapely.hausdorff_distance(record.geometry, LINE) < 0.002


def import_facts(desk: Desk) -> dict[str, Any]:
    """What the journal says of the last import."""
    with desk.reading() as connection:
        [(label,)] = fetch_rows(connection, "SELECT label FROM change_groups ORDER BY number DESC LIMIT 1")
    return dict(json.loads(label))


# Mapping and constants


def test_constants_fill_every_record_but_do_not_overrule_the_file(desk: Desk, tmp_path: Path) -> None:
    roads = [({"ten": "Đường A", "mat_duong": None}, LINE), ({"ten": "Đường B", "mat_duong": "dat"}, LINE)]
    plan = propose_import(desk, write_roads(tmp_path / "d.geojson", roads), type_id="road_segment")
    report = run_import(desk, replace(plan, constants={"surface": "BTXM", "built_year": "2014"}))
    assert report.written == 2
    found = [(record.values["surface"], record.values["built_year"]) for record in records_of(desk, "road_segment")]
    assert found == [("BTXM", 2014), ("dat", 2014)]


@pytest.mark.parametrize(
    ("mapping", "constants", "code"),
    [
        ({"nam": "ten"}, {}, "IMPORT-NO-FIELD"),
        ({"length_m": "ten"}, {}, "IMPORT-NO-FIELD"),
        ({"name": "TENN"}, {}, "IMPORT-NO-COLUMN"),
        ({}, {"nam": "x"}, "IMPORT-NO-FIELD"),
        ({}, {"surface": "thủy tinh"}, "VALUE-CHOICE"),
        ({}, {"commune_code": "99999"}, "VALUE-CHOICE"),
    ],
)
def test_a_mapping_to_what_does_not_exist_is_refused(
    desk: Desk, tmp_path: Path, mapping: dict[str, str], constants: dict[str, str], code: str
) -> None:
    before = snapshot(desk)
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE)])
    plan = propose_import(desk, path, type_id="road_segment")
    refused(code, lambda: run_import(desk, replace(plan, mapping=mapping, constants=constants)))
    assert snapshot(desk) == before


def test_another_communes_code_blocks_approval(desk: Desk, tmp_path: Path) -> None:
    """A code that exists but is not this register's: taken in, reported, never approved."""
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A", "ma_xa": "00004"}, LINE)])
    report = bring(desk, path, "road_segment")
    assert report.written == 1
    assert {str(item.severity) for item in report.findings if item.rule_id.startswith("ADM")} >= {"error"}
    approval = approve(desk)
    assert approval.approved == ()
    assert [found[0].field for found in approval.blocked.values()] == ["commune_code"]


# Rejected rows


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Five points: row 2 has no number for X, row 4 a width that is no number, row 5 no coordinates at all."""
    return write_points(
        tmp_path / "điểm đo.csv",
        [
            ("P1", "0", "0", "100,10", "TIM"),
            ("P2", "437000", "hai triệu", "100,20", "TIM"),
            ("P3", "20", "0", "100,30", "TIM"),
            ("P4", "30", "0", "cao", "TIM"),
            ("P5", "40", "0", "100,50", "MD"),
        ],
    )


def test_rejected_rows_are_told_with_row_column_value_and_reason(desk: Desk, mixed: Path) -> None:
    before = snapshot(desk)
    plan = replace(
        propose_import(desk, mixed, type_id="survey_point"),
        mapping={"point_no": "point", "height_m": "H", "code": "code"},
    )
    report = run_import(desk, plan)
    assert (report.read, report.accepted, report.written, report.changed) == (5, 3, 0, None)
    assert [(item.row, item.column, item.value) for item in report.rejected] == [(2, "X", "hai triệu"), (4, "H", "cao")]
    assert [item.code for item in report.rejected] == ["CELL-NOT-NUMBER", "VALUE-NUMBER"]
    assert all(item.value in item.text for item in report.rejected if item.value)
    assert snapshot(desk) == before, "all or nothing"


def test_skip_bad_takes_the_good_rows_in_one_step(desk: Desk, mixed: Path) -> None:
    plan = replace(
        propose_import(desk, mixed, type_id="survey_point"),
        mapping={"point_no": "point", "height_m": "H", "code": "code"},
    )
    report = run_import(desk, plan, skip_bad=True)
    assert (report.read, report.accepted, report.written, len(report.rejected)) == (5, 3, 3, 2)
    assert [record.values["point_no"] for record in records_of(desk, "survey_point")] == ["P1", "P3", "P5"]
    assert [record.lineage.source_row for record in records_of(desk, "survey_point")] == [1, 3, 5]
    undo(desk)
    assert records_of(desk, "survey_point") == []


def test_nothing_good_is_nothing_written(desk: Desk, tmp_path: Path) -> None:
    path = write_points(tmp_path / "d.csv", [("P1", "0", "0"), ("P2", "10", "0")])
    before = snapshot(desk)
    report = bring(desk, path, "road_segment", skip_bad=True)
    assert (report.accepted, report.written, len(report.rejected)) == (0, 0, 2)
    assert {item.code for item in report.rejected} == {"GEOMETRY-KIND"}
    assert "không nhận kiểu hình này: điểm." in report.rejected[0].text
    assert snapshot(desk) == before


def test_a_row_without_geometry_is_rejected(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE), ({"ten": "Đường B"}, None)])
    report = bring(desk, path, "road_segment")
    assert [(item.row, item.code) for item in report.rejected] == [(2, "IMPORT-EMPTY-GEOMETRY")]
    assert report.written == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_vertex_that_is_no_number_rejects_its_row(desk: Desk, tmp_path: Path, number: str) -> None:
    path = write_roads(
        tmp_path / "a.geojson",
        [({"name": "một"}, sample_line((0, 0), (9, 9), (20, 9))), ({"name": "hai"}, sample_line((0, 0), (50, 5)))],
    )
    text = path.read_text("utf-8")
    vertex = json.dumps(json.loads(text)["features"][0]["geometry"]["coordinates"][1][0])
    path.write_text(text.replace(vertex, number, 1), "utf-8")
    report = bring(desk, path, "road_segment", skip_bad=True)
    assert [(item.row, item.code) for item in report.rejected] == [(1, "IMPORT-NOT-FINITE")]
    assert [record.values["name"] for record in records_of(desk, "road_segment")] == ["hai"]


def test_reasons_are_worded_in_the_language_in_use(desk: Desk, mixed: Path) -> None:
    report = bring(desk, mixed, "survey_point")
    vietnamese = report.rejected[0].text
    use_language("en")
    try:
        assert report.rejected[0].text != vietnamese
    finally:
        use_language("vi")


class _Stop:
    """Progress of somebody who thinks better of it at the ``at``-th report."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, done: int, total: int | None = None) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


@pytest.mark.parametrize("at", [0, 2])
def test_a_cancelled_import_leaves_nothing(desk: Desk, at: int) -> None:
    before = snapshot(desk)
    plan = propose_import(desk, SAMPLE / "toan_dac.csv", type_id="survey_point")
    try:
        report = run_import(desk, plan, progress=_Stop(at))
    except Cancelled:
        assert snapshot(desk) == before
        assert run_import(desk, plan).written == 90
    else:
        assert report.written == 90


def test_the_file_is_read_anew_when_it_has_changed_since(desk: Desk, tmp_path: Path) -> None:
    """A table on disk is not what was proposed: what is imported is what stands there now."""
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE)])
    plan = propose_import(desk, path, type_id="road_segment")
    write_roads(path, [({"ten": "Đường B mới"}, LINE), ({"ten": "Đường C"}, LINE)])
    assert run_import(desk, plan).written == 2
    assert [record.values["name"] for record in records_of(desk, "road_segment")] == ["Đường B mới", "Đường C"]


def test_a_shapefile_is_read_anew_when_only_its_table_has_changed(desk: Desk, tmp_path: Path) -> None:
    for part in ("shp", "shx", "dbf"):
        (tmp_path / f"d.{part}").write_bytes((SAMPLE / f"duong_cu.{part}").read_bytes())
    plan = propose_import(desk, tmp_path / "d.shp", type_id="road_segment")
    old = (tmp_path / "d.dbf").read_bytes()
    (tmp_path / "d.dbf").write_bytes(old.replace(b"199", b"200"))
    run_import(desk, plan)
    assert records_of(desk, "road_segment")[0].values["road_code"] == "ĐT.200"


# Where it lies


@pytest.mark.parametrize("axis", ["axis:104", "axis:106"])
def test_a_wrong_axis_is_refused_and_the_fitting_one_named(desk: Desk, axis: str) -> None:
    before = snapshot(desk)
    plan = propose_import(desk, SAMPLE / "duong_cu.shp", type_id="road_segment", system=parse_system(axis))
    error = refused("IMPORT-WRONG-SYSTEM", lambda: run_import(desk, plan))
    assert "105°30'" in str(error)
    assert "zone 3°" in render(error.code, error.context, "en"), "the error speaks the language of whoever reads it"
    assert error.context["option"] == "--crs EPSG:9209"
    assert snapshot(desk) == before
    assert run_import(desk, replace(plan, system=parse_system("EPSG:9209")), dry_run=True).accepted == 12


def test_a_wrong_order_is_refused(desk: Desk) -> None:
    plan = propose_import(desk, SAMPLE / "duong_cu.shp", type_id="road_segment", swapped=True)
    refused("IMPORT-WRONG-ORDER", lambda: run_import(desk, plan))
    refused("IMPORT-WRONG-ORDER", lambda: run_import(desk, replace(plan, system=parse_system("EPSG:9209"))))
    assert count_by_type(desk)["road_segment"] == {}


def test_exchanged_coordinates_are_recognised_and_told(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE)], swap=True)
    plan = propose_import(desk, path, type_id="road_segment")
    assert plan.swapped
    report = run_import(desk, plan)
    assert report.as_dict()["plan"]["swapped"] is True
    reading = {"crs": "EPSG:4326", "swapped": True, "scale": 1.0, "shift": [0.0, 0.0]}
    assert import_facts(desk)["reading"] == reading, "the journal says how the numbers were turned"
    [record] = records_of(desk, "road_segment")
    assert shapely.hausdorff_distance(record.geometry, LINE) < 0.002
    refused(
        "IMPORT-WRONG-ORDER",
        lambda: bring(desk, path, "road_segment", system=parse_system("4326"), swapped=False),
    )


def test_another_communes_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    """Some 60 km away: no axis brings it into the commune."""
    far = shapely.transform(LINE, lambda xy: xy + [3_000.0, -60_000.0])
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, far)])
    before = snapshot(desk)
    refused("IMPORT-ELSEWHERE", lambda: bring(desk, path, "road_segment"))
    assert snapshot(desk) == before


def test_without_an_outline_the_axis_is_a_question_not_an_error(make_bare: Callable[[], Desk]) -> None:
    desk = make_bare()
    plan = propose_import(desk, SAMPLE / "duong_cu.shp", type_id="road_segment")
    assert plan.proposals
    assert {item.confidence for item in plan.proposals if item.system.kind == "tm"} == {"undecided"}
    assert run_import(desk, replace(plan, system=tm_system(105.5), swapped=False)).written == 12


@pytest.fixture
def make_bare(tmp_path: Path) -> Any:
    from tests.services.desks import make_desk

    opened: list[Desk] = []

    def make() -> Desk:
        opened.append(make_desk(tmp_path / "không ranh giới", None))
        return opened[-1]

    yield make
    for found in opened:
        found.close()


def test_a_drawing_in_millimetres_is_recognised(desk: Desk, tmp_path: Path) -> None:
    xy = sample_xy([(0, 0), (50, 0), (50, 60)])
    points = "".join(f"0\nPOINT\n8\nTIM\n10\n{x * 1000:.1f}\n20\n{y * 1000:.1f}\n30\n0\n" for x, y in xy)
    path = tmp_path / "ban_ve.dxf"
    path.write_text(f"0\nSECTION\n2\nENTITIES\n{points}0\nENDSEC\n0\nEOF\n", encoding="ascii")
    report = bring(desk, path, "survey_point")
    assert (report.plan.scale, report.written) == (0.001, 3)
    found = shapely.get_coordinates([record.geometry for record in records_of(desk, "survey_point")])
    assert np.abs(found - xy).max() < 0.001


# Undo


def test_an_import_is_one_step_that_undo_takes_back_on_another_day(desk: Desk, tmp_path: Path) -> None:
    bring(desk, SAMPLE / "duong_cu.shp", "road_segment")
    before = records_of(desk, "road_segment")
    label = undo_labels(desk)[0]
    assert label is not None
    assert "12" in label
    assert "duong_cu.shp" in label
    folder = desk.workspace.folder
    desk.close()
    with open_again(folder, actor=BINH) as later:
        changed = undo(later)
        assert changed is not None
        assert len(changed.records) == 12
        assert "duong_cu.shp" in render_label(changed.label)
        assert records_of(later, "road_segment") == []
        assert search(later, "truong tieu hoc") == []
    with open_again(folder) as again:
        assert undo_labels(again)[1] is not None
        redo(again)
        after = records_of(again, "road_segment")
        assert [(item.uid, item.values, item.geometry) for item in after] == [
            (item.uid, item.values, item.geometry) for item in before
        ]
        assert len(search(again, "truong tieu hoc")) == 1
        assert [change.operation for change in history_of(again, before[0].uid)][0] == "insert"


def test_what_is_already_there_stays_as_it_is(filled: Desk, open_copy: MakeDesk) -> None:
    before = {record.uid: record for record in records_of(filled, "road_segment")}
    bring(filled, SAMPLE / "duong_cu.shp", "road_segment")
    after = {record.uid: record for record in records_of(filled, "road_segment")}
    assert len(after) == 24
    assert {uid: after[uid] for uid in before} == before


def test_an_import_puts_nothing_in_any_state_but_draft(filled: Desk) -> None:
    assert {state for states in count_by_type(filled).values() for state in states} == {State.DRAFT}


def test_the_same_file_again_is_told(desk: Desk) -> None:
    bridges = resource_path("sample", "cau.csv")
    first, again = (run_import(desk, propose_import(desk, bridges, type_id="bridge")) for _ in range(2))
    assert "IMPORT-AGAIN" not in {warning.code for warning in first.warnings}
    assert "IMPORT-AGAIN" in {warning.code for warning in again.warnings}
    undo(desk)
    undo(desk)
    last = run_import(desk, propose_import(desk, bridges, type_id="bridge"), dry_run=True)
    assert "IMPORT-AGAIN" not in {warning.code for warning in last.warnings}
