"""Every file of the real folder of Xã Bắc Quang comes in, and is equal to the reference within 2 cm."""

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from forms.record import Record
from geodesy.datum import transform_xy
from geodesy.systems import tm_system
from services.desk import Desk
from services.desk_checks import check_desk
from services.drawing_profiles import find_profile, save_profile
from services.import_report import ImportReport
from services.importing import propose_import, run_import
from services.reading import fetch_boundary, list_records
from tests.cli.running import run
from tests.services.conftest import own_config
from tests.services.desks import bring, copy_desk
from validation.rule import RULES

ROADS = 45
WITHIN_M = 0.02
FILES = {
    "roads_wgs84.gpkg": "road_segment",
    "duong_cu.shp": "road_segment",
    "ban_ve.dxf": "road_segment",
    "ban_ve.dgn": "road_segment",
    "bang_ke_toa_do.txt": "planning_boundary",
    "toan_dac.csv": "survey_point",
    "gps.gpx": "survey_point",
}
PARTS = {".shx", ".dbf"}


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory, real_template: Path) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("thư mục thật")
    with own_config(folder), copy_desk(real_template, folder / "Bắc Quang") as desk:
        yield desk


@pytest.fixture(scope="module")
def reports(register: Desk, real_folder: Path) -> dict[str, ImportReport]:
    return {name: bring(register, real_folder / name, type_id) for name, type_id in FILES.items()}


def taken(desk: Desk, report: ImportReport) -> list[Record]:
    by_uid = {record.uid: record for record in list_records(desk, report.plan.type_id)}
    return [by_uid[uid] for uid in report.uids]


def test_no_file_of_the_folder_is_forgotten(real_folder: Path) -> None:
    assert {path.name for path in real_folder.iterdir() if path.suffix not in PARTS} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_every_row_comes_in(reports: dict[str, ImportReport], name: str) -> None:
    report = reports[name]
    assert report.rejected == ()
    assert report.written == report.accepted == report.read
    assert report.written == {"road_segment": ROADS, "planning_boundary": 1, "survey_point": 225}[FILES[name]]


@pytest.mark.parametrize("name", [name for name, kind in FILES.items() if kind == "road_segment"])
def test_the_centre_lines_are_the_reference(register: Desk, reports: dict[str, ImportReport], name: str) -> None:
    reference = taken(register, reports["roads_wgs84.gpkg"])
    found = taken(register, reports[name])
    assert {record.geometry.geom_type for record in found if record.geometry} == {"LineString"}
    apart = [shapely.hausdorff_distance(a.geometry, b.geometry) for a, b in zip(reference, found, strict=True)]
    assert max(apart) < WITHIN_M
    if name != "ban_ve.dgn":  # it holds no text
        names = [
            [unicodedata.normalize("NFC", str(record.values["name"])) for record in rows] for rows in (reference, found)
        ]
        assert names[0] == names[1]


def test_the_drawing_joined_what_its_format_split(reports: dict[str, ImportReport]) -> None:
    table = reports["ban_ve.dgn"].plan.reading.table  # type: ignore[union-attr]
    assert set(table.columns["Layer"]) == {"0"}
    assert int(shapely.get_num_coordinates(table.geometries).max()) > 38, "chains of pieces of 38 vertices"


@pytest.mark.parametrize("name", ["toan_dac.csv", "gps.gpx"])
def test_the_points_lie_on_the_reference(register: Desk, reports: dict[str, ImportReport], name: str) -> None:
    """The total station's points were made with a centimetre of measuring: 9 of 225 lie up to 24 mm beside the line."""
    lines = shapely.multilinestrings([record.geometry for record in taken(register, reports["roads_wgs84.gpkg"])])
    apart = np.array([shapely.distance(record.geometry, lines) for record in taken(register, reports[name])])
    assert (apart > WITHIN_M).sum() == (9 if name == "toan_dac.csv" else 0)
    assert apart.max() < 0.024


def test_the_points_are_the_files_own_numbers(
    register: Desk, reports: dict[str, ImportReport], real_folder: Path
) -> None:
    rows = [line.split(";") for line in (real_folder / "toan_dac.csv").read_text(encoding="utf-8").splitlines()]
    wanted = [[float(row[place].replace(",", ".")) for place in (2, 1)] for row in rows]
    found = transform_xy(
        shapely.get_coordinates([record.geometry for record in taken(register, reports["toan_dac.csv"])]),
        tm_system(106.0),
        tm_system(105.5),
    )
    assert np.abs(found - wanted).max() < 1e-4


def test_the_table_of_corners_is_the_outline_drawn(
    register: Desk, reports: dict[str, ImportReport], real_folder: Path
) -> None:
    """The table lists corners of the outline that the drawing holds whole."""
    [table] = taken(register, reports["bang_ke_toa_do.txt"])
    [drawn] = taken(register, bring(register, real_folder / "ban_ve.dxf", "planning_boundary"))
    corners = shapely.multipoints(shapely.get_coordinates(drawn.geometry))
    apart = [shapely.distance(shapely.Point(corner), corners) for corner in shapely.get_coordinates(table.geometry)]
    assert max(apart) < WITHIN_M
    boundary = fetch_boundary(register)
    assert shapely.area(shapely.symmetric_difference(boundary, drawn.geometry)) / shapely.area(boundary) < 0.05


def test_a_profile_reads_the_same_again(register: Desk, reports: dict[str, ImportReport], real_folder: Path) -> None:
    path = real_folder / "ban_ve.dxf"
    save_profile(register, "ban_ve_duong", reports["ban_ve.dxf"].plan)
    part = find_profile(register, "ban_ve_duong").part_for("road_segment")
    plan = propose_import(register, path, type_id="road_segment", recipe=part.recipe)
    assert (plan.recipe, plan.mapping) == (reports["ban_ve.dxf"].plan.recipe, part.mapping)
    assert run_import(register, plan, dry_run=True).accepted == ROADS


@pytest.mark.parametrize("name", FILES)
def test_the_command_line_brings_in_the_same(
    register: Desk, reports: dict[str, ImportReport], real_template: Path, real_folder: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "sổ"
    copy_desk(real_template, folder).close()
    done = run("import", folder, real_folder / name, "--type", FILES[name], "--json")
    assert done.code == 0, done.err
    document = done.document("import")
    assert document["written"] == reports[name].written
    listed = json.loads(run("list", folder, FILES[name], "--json").out)
    ours = [shapely.to_geojson(record.geometry) for record in taken(register, reports[name])]
    assert sorted(json.dumps(json.loads(one)["coordinates"]) for one in ours) == sorted(
        json.dumps(item["geometry"]["coordinates"]) for item in listed
    )


def test_no_rule_about_origins_doubts_the_real_data(register: Desk, reports: dict[str, ImportReport]) -> None:
    """Every file of the folder is in the workspace together: readings, areas, communes and columns are in order."""
    assert len(reports) == len(FILES)
    doubting = {"CRS-06", "CRS-07", "CRD-04", "GEO-04", "TOP-16", "SEC-02", "PKG-07"}
    assert doubting <= RULES.keys()
    assert [item.text() for item in check_desk(register).findings if item.rule_id in doubting] == []
