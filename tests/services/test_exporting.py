"""Records out, read back in by the reader of field files: every format says the same."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from exchange.reading import inspect_file, read_table
from exchange.short_names import short_names
from exchange.table import Table
from geodesy.datum import transform_geometries
from geodesy.systems import tm_system
from services.column_mapping import exported_columns, mapping_of, propose_columns
from services.desk import Desk
from services.editing import delete_records, insert_record
from services.exporting import export_records
from tests.services.conftest import MakeDesk
from tests.services.desks import HOME, bring, file_bytes, records_of, refused, sample_line, sample_xy, snapshot

TIGHT_M, THROUGH_WGS84_M = 0.0001, 0.0003


def read_back(path: Path, layer: str | None = None) -> Table:
    return read_table(path, layer)


@pytest.mark.parametrize(
    ("kind", "crs", "tolerance"),
    [("gpkg", "EPSG:9211", TIGHT_M), ("shp", "EPSG:9211", TIGHT_M), ("geojson", "EPSG:4326", THROUGH_WGS84_M)],
)
def test_another_program_reads_the_same(filled: Desk, tmp_path: Path, kind: str, crs: str, tolerance: float) -> None:
    roads = records_of(filled, "road_segment")
    written = export_records(filled, tmp_path / f"đường.{kind}", kind, type_ids=["road_segment"])
    assert (list(written.files), dict(written.counts)) == ([tmp_path / f"đường.{kind}"], {"road_segment": 12})
    table = read_back(written.files[0])
    assert table.declared is not None
    assert table.declared.id == crs
    assert table.geometries is not None
    moved = transform_geometries(table.geometries, table.declared, HOME)
    apart = shapely.hausdorff_distance(moved, np.array([road.geometry for road in roads], dtype=object))
    assert apart.max() < tolerance
    assert table.columns["name"] == [road.values["name"] for road in roads]
    assert table.columns["uid"] == [road.uid for road in roads]
    assert table.columns["state"] == ["draft"] * 12
    width = "carriageway_w"[:10] if kind == "shp" else "carriageway_w"
    assert table.columns[width] == [road.values["carriageway_w"] for road in roads]


def test_a_shapefile_says_its_encoding(filled: Desk, tmp_path: Path) -> None:
    export_records(filled, tmp_path / "duong.shp", "shp", type_ids=["road_segment"])
    assert {path.suffix for path in tmp_path.glob("duong.*")} == {".shp", ".shx", ".dbf", ".prj", ".cpg"}
    assert (tmp_path / "duong.cpg").read_text(encoding="ascii").strip().upper() in ("UTF-8", "UTF8")


def test_a_table_of_values_is_utf8_with_coordinates_as_text(filled: Desk, tmp_path: Path) -> None:
    road = records_of(filled, "road_segment")[0]
    [path] = export_records(filled, tmp_path / "duong.csv", "csv", type_ids=["road_segment"]).files
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 13
    assert "Đường tỉnh 199 đoạn qua xã" in lines[1]
    wkt = lines[1][lines[1].index("LINESTRING") :].split('"')[0]
    assert shapely.hausdorff_distance(shapely.from_wkt(wkt), road.geometry) < TIGHT_M


def test_kml_is_where_it_should_be(filled: Desk, tmp_path: Path) -> None:
    [path] = export_records(filled, tmp_path / "duong.kml", "kml", type_ids=["road_segment"]).files
    table = read_back(path)
    assert table.geometries is not None
    moved = transform_geometries(table.geometries, table.declared, HOME)  # type: ignore[arg-type]
    roads = np.array([road.geometry for road in records_of(filled, "road_segment")], dtype=object)
    assert shapely.hausdorff_distance(moved, roads).max() < THROUGH_WGS84_M
    assert "Đường tỉnh 199 đoạn qua xã" in path.read_text(encoding="utf-8")


def test_a_geopackage_has_a_layer_for_each_type(filled: Desk, tmp_path: Path) -> None:
    written = export_records(filled, tmp_path / "tất cả.gpkg", "gpkg")
    assert dict(written.counts) == {"land_use_plan_area": 4, "road_segment": 12, "survey_point": 90}
    layers = {layer.name: (layer.geometry, layer.count) for layer in inspect_file(written.files[0]).layers}
    assert layers == {
        "land_use_plan_area": ("MultiPolygon", 4),
        "road_segment": ("LineString", 12),
        "survey_point": ("Point", 90),
    }


def test_a_type_of_two_kinds_has_a_layer_for_each_and_loses_no_record(desk: Desk, tmp_path: Path) -> None:
    shapes = [sample_line((0, 0), (30, 0)), shapely.Point(sample_xy([(90, 9)])[0]), None]
    made = [insert_record(desk, "bridge", {"name": f"Cầu {n}"}, shape).record for n, shape in enumerate(shapes)]
    written = export_records(desk, tmp_path / "cầu.gpkg", "gpkg")
    assert dict(written.counts) == {"bridge": 3}
    layers = {name: read_back(written.files[0], name) for name in ("bridge_point", "bridge_line")}
    assert layers["bridge_line"].columns["uid"] == [made[0].uid]
    assert layers["bridge_point"].columns["uid"] == [made[1].uid, made[2].uid]


def test_formats_of_one_layer_give_a_file_for_each_type(filled: Desk, tmp_path: Path) -> None:
    written = export_records(filled, tmp_path / "xa.geojson", "geojson")
    assert {path.name for path in written.files} == {
        "xa_land_use_plan_area.geojson",
        "xa_road_segment.geojson",
        "xa_survey_point.geojson",
    }


def test_what_was_exported_can_be_imported_again(filled: Desk, open_copy: MakeDesk, sample_template: Path) -> None:
    out = filled.workspace.folder.parent / "đường.gpkg"
    export_records(filled, out, "gpkg", type_ids=["road_segment"])
    other = open_copy(sample_template, "xã khác")
    report = bring(other, out, "road_segment")
    assert report.written == 12
    ours, theirs = records_of(filled, "road_segment"), records_of(other, "road_segment")
    assert [record.values for record in theirs] == [record.values for record in ours]
    assert all(one.geometry.equals_exact(other.geometry, 0) for one, other in zip(ours, theirs, strict=True))


def test_deleted_records_are_not_exported(filled: Desk, tmp_path: Path) -> None:
    roads = records_of(filled, "road_segment")
    delete_records(filled, [roads[0].uid])
    export_records(filled, tmp_path / "a.gpkg", "gpkg", type_ids=["road_segment"])
    assert read_back(tmp_path / "a.gpkg").columns["uid"] == [road.uid for road in roads[1:]]


def test_an_existing_file_is_replaced_whole(filled: Desk, tmp_path: Path) -> None:
    out = tmp_path / "a.gpkg"
    out.write_bytes(b"something else")
    export_records(filled, out, "gpkg", type_ids=["survey_point"])
    assert len(read_back(out)) == 90
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.gpkg"]


def test_exporting_writes_nothing_into_the_store(filled: Desk, tmp_path: Path) -> None:
    before = snapshot(filled)
    export_records(filled, tmp_path / "a.csv", "csv", type_ids=["road_segment"])
    assert snapshot(filled) == before


def test_what_cannot_be_exported_is_refused(
    filled: Desk, open_copy: MakeDesk, sample_template: Path, tmp_path: Path
) -> None:
    empty = open_copy(sample_template, "sổ trống")
    out = tmp_path / "ra"
    out.mkdir()
    refused("EXPORT-FORMAT", lambda: export_records(filled, out / "a.dwg", "dwg"))
    refused("EXPORT-EMPTY", lambda: export_records(empty, out / "a.gpkg", "gpkg"))
    refused("EXPORT-EMPTY", lambda: export_records(filled, out / "a.gpkg", "gpkg", type_ids=["bridge"]))
    refused("TYPE-UNKNOWN", lambda: export_records(filled, out / "a.gpkg", "gpkg", type_ids=["cau_tau"]))
    refused("EXPORT-NO-FOLDER", lambda: export_records(filled, out / "không có" / "nữa" / "a.gpkg", "gpkg"))
    assert file_bytes(out) == {}


def test_what_has_no_geometry_goes_beside_a_shapefile(tmp_path: Path, desk: Desk) -> None:
    insert_record(desk, "planning_dossier", {"name": "Quy hoạch chung xã"}, None)
    insert_record(desk, "survey_point", {"point_no": "P1"}, shapely.Point(389_500.0, 2_481_000.0))
    written = export_records(desk, tmp_path / "ra.shp", "shp")
    assert sorted(path.suffix for path in written.files) == [".csv", ".shp"]
    assert "Quy hoạch chung xã" in next(path for path in written.files if path.suffix == ".csv").read_text("utf-8-sig")


@pytest.mark.parametrize("kind", ["shp", "tab", "mif", "gpkg", "fgb"])
def test_an_export_is_imported_as_it_was(
    filled: Desk, open_copy: MakeDesk, sample_template: Path, tmp_path: Path, kind: str
) -> None:
    desk = open_copy(sample_template, "sổ khác")
    roads = records_of(filled, "road_segment")
    [path] = export_records(filled, tmp_path / f"duong.{kind}", kind, type_ids=["road_segment"]).files
    bring(desk, path, "road_segment")
    back = records_of(desk, "road_segment")
    assert [dict(record.values) for record in back] == [dict(record.values) for record in roads]
    for before, after in zip(roads, back, strict=True):
        assert before.geometry is not None
        assert after.geometry is not None
        assert after.geometry.equals_exact(before.geometry, TIGHT_M if kind == "tab" else 0.0)


def test_short_names_find_their_fields_again(desk: Desk) -> None:
    for record_type in desk.catalogue.types.values():
        short = short_names(exported_columns(record_type))
        wanted = {field.key: short[field.key] for field in record_type.fields if not field.computed}
        mapping = mapping_of(propose_columns(record_type, {name: [None] for name in short.values()}, desk.catalogue))
        assert mapping == wanted, record_type.id


def test_another_zone_and_the_drawing_scheme(filled: Desk, tmp_path: Path) -> None:
    system = tm_system(105.5)
    for kind in ("gpkg", "mif", "dxf"):
        export_records(filled, tmp_path / f"a.{kind}", kind, type_ids=["road_segment"], system=system)
    assert read_back(tmp_path / "a.gpkg").declared == system
    assert read_back(tmp_path / "a.mif").declared == system
    drawing = (tmp_path / "a.dxf").read_text("ascii")
    assert "LAYER\n  2\nMangLuoiGiaoThongDuongBo_L\n 70\n0\n 62\n251\n" in drawing.replace("\r", "")
    east, north = shapely.get_coordinates(read_back(tmp_path / "a.gpkg").geometries)[0].tolist()
    assert f" 10\n{round(east, 9)!r}\n 20\n{round(north, 9)!r}\n" in drawing.replace("\r", "")
    refused("EXPORT-SYSTEM", lambda: export_records(filled, tmp_path / "a.kml", "kml", system=system))
