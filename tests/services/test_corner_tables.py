"""Coordinate tables at the desk: systems proposed, placed, area checked, stored, and written out again."""

from pathlib import Path

import pytest
import shapely

from geodesy.corner_sheet import build_sheet
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84
from services import corner_tables
from services.corner_tables import check_area, kind_of, place_corners, read_corners, sheet_of
from services.desk import Desk
from services.editing import insert_record
from services.reading import fetch_record
from tests.services.desks import HOME, OLD_AXIS, refused, sample_square

WEST, SOUTH = (round(value, 3) for value in sample_square(0, 0, 1).centroid.coords[0])


def square(east: float, north: float, size: float) -> shapely.Polygon:
    """A square of the desk's own zone, its lower left corner so far from the sample's middle."""
    return shapely.box(WEST + east, SOUTH + north, WEST + east + size, SOUTH + north + size)


def table_of(shape: shapely.Geometry, system=HOME, **changes: str) -> tuple[str, str]:
    text = build_sheet(shape, HOME, system).text("vi")
    for old, new in changes.items():
        text = text.replace(old, new)
    return text, ""


def test_a_record_copied_out_and_pasted_in_is_the_same_to_the_last_bit(desk: Desk) -> None:
    shape = shapely.difference(square(0, 0, 120), square(30, 30, 20))
    saved = insert_record(desk, "planning_boundary", {"name": "Khu A"}, shape).record
    read = read_corners(desk, (sheet_of(desk, saved.uid).text("vi"), ""))
    assert read.system == HOME
    placed = place_corners(desk, read, HOME, kind_of(desk.catalogue.type("planning_boundary")))
    again = corner_tables.insert_corners(desk, "planning_boundary", {"name": "Khu B"}, placed).record
    assert shapely.to_wkb(again.geometry) == shapely.to_wkb(saved.geometry)
    assert (again.lineage.capture_method, again.lineage.src_crs) == ("tu_bang_toa_do", HOME.id)
    assert again.lineage.raw_coordinates is not None
    assert again.lineage.raw_coordinates.startswith("1\t")
    assert placed.notes == ()


def test_the_boundary_finds_the_axis_that_a_table_does_not_name(desk: Desk) -> None:
    shape = square(0, 0, 120)
    text = "\n".join(build_sheet(shape, HOME, OLD_AXIS).text("vi").splitlines()[2:])
    read = read_corners(desk, (text, ""))
    assert read.table.declared is None
    assert read.system == OLD_AXIS
    placed = place_corners(desk, read, OLD_AXIS, "polygon")
    assert shapely.equals_exact(shapely.normalize(placed.geometry), shapely.normalize(shape), 2e-4)
    assert placed.lineage.src_axis == 105.5
    refused("CORNERS-ELSEWHERE", lambda: place_corners(desk, read, HOME, "polygon"))


def test_degrees_come_in_through_the_pinned_operation(desk: Desk) -> None:
    shape = square(0, 0, 120)
    read = read_corners(desk, table_of(shape, WGS84))
    placed = place_corners(desk, read, WGS84, "polygon")
    assert placed.lineage.datum_operation == "VN2000-QD05-2007-CF"
    assert shapely.hausdorff_distance(placed.geometry, shape) < 1.5e-3  # there and back at height 0


def test_a_spoilt_table_is_not_taken_and_says_why(desk: Desk) -> None:
    text, html = table_of(square(0, 0, 120))
    rows = text.splitlines()
    spoilt = "\n".join([*rows[:5], rows[5].replace("3\t", "2\t", 1), *rows[6:]])
    error = refused("CORNERS-SPOILT", lambda: place_corners(desk, read_corners(desk, (spoilt, html)), HOME, "polygon"))
    assert "6" in str(error)


def test_the_stated_area_is_held_against_the_coordinates(desk: Desk) -> None:
    shape = square(0, 0, 120)  # 14,400 m²
    text = table_of(shape)[0]
    wrong = text.replace("Diện tích: 14400,0 m²", "Diện tích: 1,54 ha")
    assert wrong != text
    notes = place_corners(desk, read_corners(desk, (wrong, "")), HOME, "polygon", stated_ha=1.44).notes
    assert [note.code for note in notes] == ["AREA-STATED"]
    assert notes[0].context["off"]["vi"] == "-1\u00a0000,0"
    notes = place_corners(desk, read_corners(desk, (text, "")), HOME, "polygon", stated_ha=1.6).notes
    assert [note.code for note in notes] == ["AREA-DECISION"]


@pytest.mark.parametrize(
    ("stated_ha", "is_noted"),
    [(1.44, False), (1.4472, False), (1.4473, True), (1.4, False), (1.3, True), (14.4, True), (1.5, True), (0.0, True)],
)
def test_half_a_percent_or_the_last_decimal_is_no_difference(stated_ha: float, is_noted: bool) -> None:
    assert (check_area(square(0, 0, 120), stated_ha) is not None) == is_noted


def test_a_small_area_may_differ_by_a_square_metre_and_a_line_has_none() -> None:
    assert check_area(shapely.box(0, 0, 10, 10), 0.01008) is None
    assert check_area(shapely.box(0, 0, 10, 10), 0.01012) is not None
    assert check_area(shapely.LineString([(0, 0), (1, 1)]), 1.0) is None


def test_a_table_replaces_the_geometry_of_a_record(desk: Desk, tmp_path: Path) -> None:
    saved = insert_record(desk, "land_use_plan_area", {"lot_no": "1"}, square(0, 0, 50)).record
    file = tmp_path / "bảng kê.txt"
    file.write_text(table_of(square(100, 0, 60))[0], encoding="utf-8")
    read = read_corners(desk, file)
    placed = corner_tables.fit_placed(desk, saved.type_id, place_corners(desk, read, HOME, "polygon"))
    refused("STORE-STALE", lambda: corner_tables.store_corners(desk, saved.uid, placed, expected=9))
    corner_tables.store_corners(desk, saved.uid, placed)
    assert fetch_record(desk, saved.uid).geometry == placed.geometry
    assert placed.lineage.source_file == "bảng kê.txt"
    again = transform_geometries(placed.geometry, HOME, HOME)
    assert shapely.area(again) == pytest.approx(3600)


def test_types_say_what_rows_make(desk: Desk) -> None:
    assert kind_of(desk.catalogue.type("survey_point")) == "point"
    assert kind_of(desk.catalogue.type("road_segment")) == "line"
    refused("CORNERS-NO-PLACE", lambda: kind_of(desk.catalogue.type("planning_dossier")))
    bare = insert_record(desk, "land_use_plan_area", {"lot_no": "1"}, None).record
    refused("CORNERS-NO-GEOMETRY", lambda: sheet_of(desk, bare.uid))


def test_a_dossier_states_the_area_that_its_boundary_does_not(desk: Desk) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "Đồ án", "area_ha": 1.44}, None).record
    values = {"name": "Khu", "dossier_uid": dossier.uid}
    boundary = insert_record(desk, "planning_boundary", values, square(0, 0, 120)).record
    assert corner_tables.decision_area_ha(desk, boundary) == 1.44
    own = insert_record(desk, "planning_boundary", {**values, "area_decision_ha": 2.0}, square(0, 0, 120)).record
    assert corner_tables.decision_area_ha(desk, own) == 2.0
    assert corner_tables.decision_area_ha(desk, None) is None
