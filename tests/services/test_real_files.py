"""The real field files of Xã Bắc Quang, point by point, into one register."""

import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from forms.record import Record, State
from services.approving import approve
from services.desk import Desk
from services.desk_checks import check_desk
from services.import_report import ImportReport
from services.importing import propose_import, run_import
from services.inspecting import inspect_for
from services.reading import count_by_type, fetch_boundary, list_records, search
from tests.services.conftest import MakeDesk, own_config
from tests.services.desks import bring, copy_desk, snapshot
from tests.services.shipped import read_once
from validation.rule import Severity

ROADS = 45


@pytest.fixture(scope="module", autouse=True)
def _shipped(shared_data: Path) -> Iterator[None]:
    with read_once(shared_data / "real" / "01153", shared_data / "real"):
        yield


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory, real_template: Path) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("thật")
    with own_config(folder), copy_desk(real_template, folder / "Bắc Quang") as desk:
        yield desk


@pytest.fixture(scope="module")
def first(register: Desk, real_folder: Path) -> ImportReport:
    """The roads as they came, WGS 84."""
    return bring(register, real_folder / "roads_wgs84.gpkg", "road_segment")


@pytest.fixture(scope="module")
def second(register: Desk, first: ImportReport, real_folder: Path) -> ImportReport:
    """The same roads as an old office keeps them."""
    return bring(register, real_folder / "duong_cu.shp", "road_segment")


@pytest.fixture(scope="module")
def source(real_folder: Path) -> list[dict[str, str | None]]:
    """The source's own attributes, row by row, read past GDAL."""
    path = real_folder / "roads_wgs84.gpkg"
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute("SELECT * FROM roads ORDER BY fid")]
    connection.close()
    return rows


@pytest.fixture
def desk(open_copy: MakeDesk, real_template: Path) -> Desk:
    """A register of its own, empty."""
    return open_copy(real_template)


def taken(desk: Desk, report: ImportReport) -> list[Record]:
    """The records of one import in the order of its rows."""
    by_uid = {record.uid: record for record in list_records(desk, report.plan.type_id)}
    return [by_uid[uid] for uid in report.uids]


def test_all_45_roads_come_in(first: ImportReport) -> None:
    assert (first.read, first.accepted, first.written, first.rejected) == (ROADS, ROADS, ROADS, ())
    assert first.operation == "VN2000-QD05-2007-CF"
    assert first.plan.system is not None
    assert (first.plan.system.id, first.plan.swapped) == ("EPSG:4326", False)


def test_names_become_nfc_letter_for_letter(
    register: Desk, first: ImportReport, source: list[dict[str, str | None]]
) -> None:
    names = [record.values["name"] for record in taken(register, first)]
    raw = [str(row["name"]) for row in source]
    assert sum(not unicodedata.is_normalized("NFC", name) for name in raw) >= 40, "the source is what it should be"
    assert names == [unicodedata.normalize("NFC", name).strip() for name in raw]


def test_the_raw_name_is_kept(register: Desk, first: ImportReport, source: list[dict[str, str | None]]) -> None:
    for record, row in zip(taken(register, first), source, strict=True):
        assert record.lineage.raw_values["name"] == row["name"]
        assert record.lineage.source_file == "roads_wgs84.gpkg"
    assert [record.lineage.source_row for record in taken(register, first)] == list(range(1, ROADS + 1))


def test_what_the_source_leaves_empty_stays_empty_and_is_counted(
    register: Desk, first: ImportReport, source: list[dict[str, str | None]]
) -> None:
    records = taken(register, first)
    pairs = {"from_place": "road start location", "to_place": "road end location", "lanes": "section_lanes"}
    for key, column in pairs.items():
        assert first.plan.mapping[key] == column
        assert [record.values[key] is None for record in records] == [row[column] is None for row in source]
        assert first.empty[key] == sum(row[column] is None for row in source) == 44
    never = {"mgmt_class", "function", "tech_class", "surface", "condition", "source_ref", "note", "built_year"}
    for key in never:
        assert {record.values[key] for record in records} == {None}
        assert first.empty[key] == ROADS
    assert first.completeness is not None
    assert first.completeness.missing["lanes"] == 44
    assert first.completeness.missing["surface"] == ROADS
    assert first.completeness.wanted - first.completeness.filled == sum(first.completeness.missing.values())
    assert 0.2 < (first.completeness.share or 0) < 0.4


def test_numbers_are_numbers(register: Desk, first: ImportReport, source: list[dict[str, str | None]]) -> None:
    widths = [record.values["carriageway_w"] for record in taken(register, first)]
    assert widths == [float(str(row["width"])) for row in source]


def test_a_foreign_code_is_not_guessed(first: ImportReport) -> None:
    """The inventory's own numbers for surface and condition are no codes of ours: left out, with the reason."""
    assert {"surface", "condition"} <= set(first.plan.unmapped)
    assert first.plan.unmapped["surface"]
    assert "surface" not in first.plan.mapping


def test_the_roads_lie_in_the_commune(register: Desk, first: ImportReport) -> None:
    outline = fetch_boundary(register)
    lines = [record.geometry for record in taken(register, first)]
    assert {line.geom_type for line in lines if line is not None} == {"LineString"}
    assert sum(shapely.intersects(line, outline) for line in lines) == ROADS
    assert sum(shapely.within(line, shapely.buffer(outline, 50)) for line in lines) >= 40


def test_lengths_are_the_inventorys_own(
    register: Desk, first: ImportReport, source: list[dict[str, str | None]]
) -> None:
    """The source states each length in kilometres by its own reckoning."""
    ours = np.array([record.values["length_m"] for record in taken(register, first)])
    theirs = np.array([1000 * float(str(row["length"])) for row in source])
    assert np.median(np.abs(ours - theirs) / theirs) < 0.01


def test_the_old_file_is_recognised(second: ImportReport) -> None:
    plan = second.plan
    assert plan.system is not None
    assert (plan.system.id, plan.system.axis) == ("EPSG:9209", 105.5)
    assert {plan.encodings[column] for column in ("TEN_DUONG", "SO_HIEU", "HUYEN")} == {"tcvn3"}
    assert second.repaired["TEN_DUONG"] == ROADS
    assert second.operation == "none"


def test_the_old_file_holds_the_same_45_roads_within_2_cm(
    register: Desk, first: ImportReport, second: ImportReport
) -> None:
    pairs = list(zip(taken(register, first), taken(register, second), strict=True))
    assert len(pairs) == ROADS
    apart = [shapely.hausdorff_distance(one.geometry, other.geometry) for one, other in pairs]
    assert max(apart) < 0.02
    assert [one.values["name"] for one, _ in pairs] == [other.values["name"] for _, other in pairs]
    assert [one.values["road_code"] for one, _ in pairs] == [other.values["road_code"] for _, other in pairs]


def test_every_proposal_says_why(register: Desk, real_folder: Path) -> None:
    layer = inspect_for(register, real_folder / "duong_cu.shp").layers[0]
    best = layer.proposals[0]
    assert (best.system.id, best.swapped) == ("EPSG:9209", False)
    assert best.inside_share is not None
    assert best.inside_share > 0.9
    rivals = [item for item in layer.proposals if item.system.axis == 106.0 and not item.swapped]
    assert rivals
    assert all(item.confidence == "rejected" and item.inside_share == 0 for item in rivals)
    assert all(item.text("vi") and item.text("en") for item in layer.proposals)
    name = next(column for column in layer.columns if column.name == "TEN_DUONG")
    assert name.encoding == "tcvn3"
    assert any("Đường" in after for _, after in name.encodings[0].preview)


def test_all_roads_can_be_approved(register: Desk, second: ImportReport) -> None:
    report = approve(register, type_ids=["road_segment"])
    assert (len(report.approved), dict(report.blocked)) == (2 * ROADS, {})
    assert count_by_type(register)["road_segment"] == {State.APPROVED: 2 * ROADS}


def test_names_are_found_without_diacritics(register: Desk, first: ImportReport) -> None:
    hits = search(register, "cau mang minh tam")
    assert {hit.uid for hit in hits} >= {first.uids[1]}
    assert all("Cầu Máng" in hit.title for hit in hits)


def test_one_field_mapped_is_enough(desk: Desk, real_folder: Path) -> None:
    """``--map name=name`` alone: 45 records, approvable, everything else empty."""
    plan = propose_import(desk, real_folder / "roads_wgs84.gpkg", type_id="road_segment")
    report = run_import(desk, replace(plan, mapping={"name": "name"}))
    assert report.written == ROADS
    filled = {key for record in list_records(desk, "road_segment") for key, value in record.values.items() if value}
    assert filled == {"name", "commune_code", "length_m"}
    assert len(approve(desk).approved) == ROADS


def test_dry_run_tells_the_same_and_writes_nothing(desk: Desk, real_folder: Path) -> None:
    before = snapshot(desk)
    plan = propose_import(desk, real_folder / "duong_cu.shp", type_id="road_segment")
    told = run_import(desk, plan, dry_run=True).as_dict()
    assert snapshot(desk) == before
    done = run_import(desk, plan).as_dict()
    assert (told["written"], done["written"]) == (0, ROADS)
    assert (told["uids"], len(done["uids"])) == ([], ROADS)
    for own in ("written", "uids", "dry_run"):
        told.pop(own)
        done.pop(own)
    for report in (told, done):
        for finding in report["findings"]:
            finding.pop("uid")
            finding.pop("others")


def test_the_coordinate_table_is_one_outline(register: Desk, real_folder: Path) -> None:
    report = bring(register, real_folder / "bang_ke_toa_do.txt", "planning_boundary")
    assert (report.read, report.written, report.rejected, report.warnings) == (1, 1, (), ())
    [record] = taken(register, report)
    assert record.lineage.capture_method == "tu_bang_toa_do"
    assert record.lineage.src_axis == 105.5
    assert record.geometry is not None
    assert (record.geometry.geom_type, record.geometry.is_valid) == ("MultiPolygon", True)
    rows = (real_folder / "bang_ke_toa_do.txt").read_text(encoding="utf-8").splitlines()
    corners = [line for line in rows if line[:1].isdigit()]
    assert len(shapely.get_coordinates(record.geometry)) == len(corners)
    outline = fetch_boundary(register)
    shared = shapely.area(shapely.intersection(record.geometry, outline)) / shapely.area(outline)
    assert shared > 0.95, "X was read as northing, and the axis as 105°30'"


def test_a_wrong_edge_length_is_told(register: Desk, real_folder: Path, tmp_path: Path) -> None:
    text = (real_folder / "bang_ke_toa_do.txt").read_text(encoding="utf-8")
    wrong = tmp_path / "bang_ke_sai.txt"
    wrong.write_text(text.replace("\t280,702\n", "\t290,702\n", 1), encoding="utf-8")
    report = bring(register, wrong, "planning_boundary", dry_run=True)
    [warning] = report.warnings
    assert (warning.code, warning.row) == ("EDGE-LENGTH", 6)
    assert "280,7" in warning.text("vi") or "280.7" in warning.text("vi")


@pytest.mark.parametrize(("name", "crs"), [("toan_dac.csv", "EPSG:9209"), ("gps.gpx", "EPSG:4326")])
def test_survey_points_lie_on_the_roads(
    register: Desk, first: ImportReport, real_folder: Path, name: str, crs: str
) -> None:
    report = bring(register, real_folder / name, "survey_point")
    assert report.written == report.read == 225
    assert report.plan.system is not None
    assert report.plan.system.id == crs
    roads = shapely.unary_union([record.geometry for record in taken(register, first)])
    points = taken(register, report)
    apart = np.array([shapely.distance(point.geometry, roads) for point in points])
    assert np.percentile(apart, 95) < 1.0, "they were made from the roads' own bends"
    assert all(point.values["point_no"] for point in points)


def test_total_station_heights_and_codes(register: Desk, real_folder: Path) -> None:
    report = bring(register, real_folder / "toan_dac.csv", "survey_point", dry_run=True)
    assert report.plan.mapping == {"point_no": "point", "height_m": "H", "code": "code"}
    assert "height_m" not in report.empty
    assert report.plan.capture_method == "do_dac_toan_dac"


def test_the_whole_register_can_be_checked(register: Desk, second: ImportReport) -> None:
    report = check_desk(register)
    assert report.checked == sum(sum(states.values()) for states in count_by_type(register).values())
    roads = [item for item in report.findings if item.type_id == "road_segment"]
    assert not [item for item in roads if item.severity is Severity.ERROR]
