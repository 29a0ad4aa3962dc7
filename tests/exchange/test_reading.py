"""Reading field files: formats, columns, heights, layers, systems, encodings, and the errors of everyday life."""

import json
import logging
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import shapely

from core.errors import Cancelled, EnvironmentFault, UserError
from core.resources import program_root
from core.text import without_unseen
from exchange.reading import inspect_file, read_table
from exchange.sandbox import Limits
from exchange.writing import OutLayer, write_layers
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, CoordinateSystem, tm_system
from tests.exchange.samples import (
    LINES,
    PLACEMARK,
    WAYPOINT,
    ZONE,
    edit_geopackage,
    gpx,
    kml,
    shapes,
    write,
    write_legacy_shapefile,
)


def code_of(path: Path, layer: str | None = None) -> str:
    with pytest.raises((UserError, EnvironmentFault)) as caught:
        read_table(path, layer)
    assert str(caught.value) != caught.value.code, "no words for it"
    return caught.value.code


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "geojson"])
def test_what_was_written_is_read(tmp_path: Path, suffix: str) -> None:
    system = WGS84 if suffix == "geojson" else ZONE
    table = read_table(write(tmp_path / f"đường xã.{suffix}"))
    assert table.columns == {"ten": ["Đường Nguyễn Huệ", None], "rong": [5.5, None], "lan": [2, None]}
    assert table.declared == system
    assert table.layer == ("duong" if suffix != "shp" else "đường xã")
    assert table.rows.tolist() == [1, 2]
    assert table.kinds() == {"line"}
    expected = transform_geometries(np.array(LINES, dtype=object), ZONE, system)
    assert shapely.equals_exact(table.geometries, expected, tolerance=2e-9).all()
    assert (table.rejected, table.heights, table.undecoded) == ((), None, frozenset())


def test_inspection_lists_layers_and_columns(tmp_path: Path) -> None:
    found = inspect_file(write(tmp_path / "a.gpkg"))
    assert (found.kind, found.driver) == ("gpkg", "GeoPackage")
    [layer] = found.layers
    assert (layer.name, layer.geometry, layer.count, layer.declared) == ("duong", "LineString", 2, ZONE)
    assert [name for name, _ in layer.columns] == ["ten", "rong", "lan"]


def test_upper_case_suffixes_of_a_shapefile(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    for suffix in (".shp", ".shx", ".dbf", ".prj"):
        path.with_suffix(suffix).rename(path.with_suffix(suffix.upper()))
    assert read_table(path.with_suffix(".SHP")).declared == ZONE


def test_a_symbolic_link_the_user_chose_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "lien_ket.gpkg"
    link.symlink_to(write(tmp_path / "a.gpkg"))
    assert len(read_table(link)) == 2


@pytest.mark.parametrize("missing", [".dbf", ".shx"])
def test_a_shapefile_without_its_parts(tmp_path: Path, missing: str) -> None:
    path = write(tmp_path / "duong.shp")
    path.with_suffix(missing).unlink()
    assert code_of(path) == "FILE-PART-MISSING"
    with pytest.raises(UserError, match=f"duong{missing}"):
        inspect_file(path)


def test_a_linked_part_is_no_part(tmp_path: Path) -> None:
    path = write(tmp_path / "duong.shp")
    secret = tmp_path / "secret"
    path.with_suffix(".dbf").rename(secret)
    path.with_suffix(".dbf").symlink_to(secret)
    assert code_of(path) == "FILE-PART-MISSING"


def test_files_that_are_not_there_or_not_files(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nichts.gpkg") == "FILE-MISSING"
    folder = tmp_path / "thu_muc.gpkg"
    folder.mkdir()
    assert code_of(folder) == "FILE-IS-FOLDER"
    empty = tmp_path / "rong.shp"
    empty.touch()
    assert code_of(empty) == "FILE-EMPTY"
    assert code_of(Path("/dev/null")) == "FILE-NOT-REGULAR"
    strange = tmp_path / "a.docx"
    strange.write_bytes(b"PK\x03\x04")
    assert code_of(strange) == "FILE-KIND"


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.gpkg")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("exchange.staging.shutil.copyfile", refuse)
    assert code_of(path) == "FILE-NO-ACCESS"


def test_geopackage_that_is_open_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    path.with_name("a.gpkg-wal").write_bytes(b"x")
    assert code_of(path) == "FILE-IN-USE"


def test_layers_are_chosen_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    edit_geopackage(
        path,
        "CREATE TABLE danh_muc (fid INTEGER PRIMARY KEY, ma TEXT)",
        "INSERT INTO danh_muc (ma) VALUES ('01')",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
        "VALUES ('danh_muc', 'attributes', 'x', 0)",
    )
    assert [layer.name for layer in inspect_file(path).layers] == ["duong", "danh_muc"]
    assert read_table(path).layer == "duong"  # the one that has geometry
    plain = read_table(path, "danh_muc")
    assert (plain.geometries, plain.columns) == (None, {"ma": ["01"]})
    assert code_of(path, "khong_co") == "LAYER-MISSING"
    edit_geopackage(
        path,
        "CREATE TABLE khac (fid INTEGER PRIMARY KEY, geom BLOB)",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('khac', 'features', 'y', 0)",
        "INSERT INTO gpkg_geometry_columns VALUES ('khac', 'geom', 'POINT', 0, 0, 0)",
    )
    assert code_of(path) == "LAYER-SEVERAL"
    assert len(read_table(path, "khac")) == 0


def test_heights_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_bytes(gpx(WAYPOINT + '<wpt lat="22.5" lon="104.8"><name>Mốc 2</name></wpt>'))
    table = read_table(path)
    assert table.columns == {"ele": [120.5, None], "name": ["Mốc 1", "Mốc 2"]}
    assert (table.type_hint, table.capture_method, table.declared) == ("survey_point", "gnss_cam_tay", WGS84)
    deep = tmp_path / "b.geojson"
    deep.write_text(
        '{"type":"FeatureCollection","features":['
        '{"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[104,22,5],[105,22,6.5]]}},'
        '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[104,22,7]}},'
        '{"type":"Feature","properties":{},"geometry":null}]}'
    )
    found = read_table(deep)
    assert found.heights is not None and found.heights.tolist() == [5.0, 6.5, 7.0]
    assert found.point_heights() == [None, 7.0, None]
    assert not shapely.has_z(found.geometries).any()


def test_tracks_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    points = "".join(f'<trkpt lat="22.{k}" lon="104.9"/>' for k in range(3))
    path.write_bytes(gpx(f"<trk><name>Tuyến</name><trkseg>{points}</trkseg></trk>"))
    assert [layer.name for layer in inspect_file(path).layers] == ["tracks"]
    table = read_table(path)
    assert (table.layer, table.kinds()) == ("tracks", {"line"})


def test_kml_and_kmz(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "a.kml"
    path.write_bytes(kml(PLACEMARK))
    table = read_table(path)
    assert table.columns["Name"] == ["Cầu Máng"]
    assert table.geometries is not None and table.geometries[0].equals(shapely.Point(104.9, 22.4))
    packed = tmp_path / "a.kmz"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("files/anh.png", b"x")
        archive.writestr("doc.kml", kml(PLACEMARK))
    assert read_table(packed).columns == table.columns
    assert inspect_file(packed).layers[0].count == 1


def test_dates_and_truth_values(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,'
        '"properties":{"ngay":"2025-11-19","dung":true,"lon":9007199254740991,"nhieu":["a","b"],"rong":""}}]}'
    )
    table = read_table(path)
    assert table.columns["ngay"] == ["2025-11-19"]
    assert table.columns["dung"] == [True]
    assert table.columns["lon"] == [9007199254740991]
    assert table.columns["rong"] == [None]


def test_nul_in_a_text_hides_nothing_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    texts = {"ten": "Cầu\0Bến", "duong_dan": "C:\\u0000\\b", "hai": "\\\0b"}
    feature = {"type": "Feature", "geometry": None, "properties": texts}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    found = read_table(path).columns
    assert {key: without_unseen(str(cells[0])) for key, cells in found.items()} == {
        "ten": "CầuBến",
        "duong_dan": "C:\\u0000\\b",
        "hai": "\\b",
    }


@pytest.mark.parametrize("suffix", ["gpkg", "shp"])
def test_a_day_in_no_calendar_spoils_no_other_cell(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"đường.{suffix}"
    columns = {"ten": ["Đường A", None, "C"], "ngày": ["2026-03-01", None, "2025-12-31"], "lan": [1, 2, None]}
    layer = OutLayer("duong", columns, shapes([LINES[0]] * 3), ZONE, {"ngày": "date"})
    write_layers(path, suffix, [layer])
    sound = read_table(path)
    if suffix == "gpkg":
        edit_geopackage(path, 'UPDATE "duong" SET "ngày" = \'2026-02-31\' WHERE "ngày" = \'2026-03-01\'')
    else:
        table = path.with_suffix(".dbf")
        table.write_bytes(table.read_bytes().replace(b"20260301", b"20260231"))
    found = read_table(path)
    days = sound.columns["ngày"]
    assert days == ["2026-03-01", None, "2025-12-31"]
    assert found.columns == {**sound.columns, "ngày": ["2026-02-31", *days[1:]]}
    assert list(found.columns) == list(sound.columns)
    assert [shape.wkb for shape in found.geometries] == [shape.wkb for shape in sound.geometries]


@pytest.mark.parametrize("epsg", [6956, 6957, 6958, 6959])
def test_withdrawn_systems_are_refused(tmp_path: Path, epsg: int) -> None:
    withdrawn = CoordinateSystem("tm", "VN2000", 105.0, 3, epsg)
    path = write(tmp_path / "a.gpkg", system=withdrawn)
    assert code_of(path) == "CRS-DEPRECATED"
    assert [(layer.declared, layer.refused) for layer in inspect_file(path).layers] == [(None, "CRS-DEPRECATED")]
    assert read_table(path, trust_declared=False).declared is None
    assert code_of(write(tmp_path / "a.shp", system=withdrawn)) == "CRS-DEPRECATED"


def test_a_zone_without_a_code(tmp_path: Path) -> None:
    for suffix in ("gpkg", "shp"):
        assert read_table(write(tmp_path / f"a.{suffix}", system=tm_system(105.25))).declared == tm_system(105.25)


LEGACY = ("§\xadêng NguyÔn HuÖ", "CÇu M¸ng", "QL3")


def test_bytes_of_unknown_encoding_stay_and_are_repaired_on_request(tmp_path: Path) -> None:
    path = write_legacy_shapefile(tmp_path / "cu.shp", [name.encode("latin-1") for name in LEGACY])
    raw = read_table(path)
    assert raw.columns["TEN"] == list(LEGACY)
    assert raw.undecoded == {"TEN"}
    assert raw.declared is None
    for encoding in ("tcvn3", "auto", {"TEN": "abc"}):
        table = read_table(path, encoding=encoding)
        assert table.columns["TEN"] == ["Đường Nguyễn Huệ", "Cầu Máng", "QL3"]
        assert (table.rejected, table.undecoded) == ((), frozenset())
    with pytest.raises(UserError, match="klingon"):
        read_table(path, encoding="klingon")


def test_a_byte_without_a_letter_is_reported_by_row_and_column(tmp_path: Path) -> None:
    path = write_legacy_shapefile(tmp_path / "cu.shp", [LEGACY[0].encode("latin-1"), b"C\xc7u \x81\x8d"])
    table = read_table(path, encoding="auto")
    assert [(item.row, item.column, item.code) for item in table.rejected] == [(2, "TEN", "TEXT-UNMAPPED")]
    assert "2" in table.rejected[0].text("vi") and "TEN" in table.rejected[0].text("en")
    assert table.rows.tolist() == [1, 2]


def test_a_declared_code_page_that_is_wrong_spoils_one_cell(tmp_path: Path) -> None:
    path = write_legacy_shapefile(tmp_path / "cu.shp", ["Cầu Máng".encode(), b"C\xc7u"])
    path.with_suffix(".cpg").write_text("UTF-8")
    table = read_table(path)
    assert table.columns["TEN"] == ["Cầu Máng", "C\ufffdu"]
    assert [(item.row, item.column, item.code) for item in table.rejected] == [(2, "TEN", "TEXT-UNMAPPED")]


def test_broken_utf8_in_a_geopackage_spoils_one_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    edit_geopackage(path, "UPDATE duong SET ten = CAST(x'43C7D3FF' AS TEXT) WHERE fid = 2")
    table = read_table(path)
    assert table.columns["ten"][0] == "Đường Nguyễn Huệ"
    assert [(item.row, item.column) for item in table.rejected] == [(2, "ten")]


def test_a_broken_geometry_is_reported_with_its_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    edit_geopackage(path, "UPDATE duong SET geom = x'4750000125B4' WHERE fid = 2")
    table = read_table(path)
    assert table.geometries is not None and table.geometries[0] is not None and table.geometries[1] is None
    assert [(item.row, item.column, item.code) for item in table.rejected] == [(2, None, "GEOMETRY-UNREADABLE")]
    assert table.columns["rong"] == [5.5, None]


def test_text_in_utf16_and_in_tcvn3(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "Số hiệu;X;Y\nMốc 1;2477276,895;432015,130\n"
    path.write_bytes(text.encode("utf-16"))
    assert read_table(path).columns["Số hiệu"] == ["Mốc 1"]
    path.write_bytes("Sè hiÖu;X;Y\nMèc CÇu;2477276,895;432015,130\n".encode("latin-1"))
    assert read_table(path, encoding="auto").columns["Sè hiÖu"] == ["Mốc Cầu"]


def test_text_cells_that_cannot_be_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("ten;X;Y\nCầu Máng;2477276,895;432015,130\nC\ufffdu;2477276,895;432015,130\n".encode())
    table = read_table(path)
    assert table.rows.tolist() == [2, 3]  # lines of the file, the headings being the first
    assert [(item.row, item.column, item.code) for item in table.rejected] == [(3, "ten", "TEXT-UNMAPPED")]


def test_the_child_is_asked_whether_to_go_on(tmp_path: Path) -> None:
    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_table(write(tmp_path / "a.gpkg"), progress=Stop())


def test_a_file_too_large_to_copy_is_read_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.shp")
    monkeypatch.setattr("exchange.staging.COPY_LIMIT", 10)
    monkeypatch.setattr("exchange.staging.shutil.copyfile", None)
    assert len(read_table(path)) == 2
    assert [layer.name for layer in inspect_file(path).layers] == ["a"]


def test_many_rows_come_in_several_frames(tmp_path: Path) -> None:
    count = 100_003
    names = [f"Thửa {number}" for number in range(count)]
    points = shapely.points(np.column_stack([np.arange(count) + 400_000.0, np.full(count, 2_480_000.0)]))
    steps: list[tuple[int, int | None]] = []

    class Watch:
        def step(self, done: int, total: int | None = None) -> None:
            steps.append((done, total))

    table = read_table(write(tmp_path / "a.gpkg", columns={"ten": names}, geometries=points), progress=Watch())
    assert table.columns["ten"] == names
    assert table.rows.tolist() == list(range(1, count + 1))
    assert shapely.get_x(table.geometries).tolist() == [400_000.0 + number for number in range(count)]
    assert (0, count) in steps


def test_heights_may_begin_in_a_later_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", columns={"n": list(range(100_001))}, geometries=[shapely.Point(5, 6)] * 100_001)
    deep = "475000010000000001E90300000000000000001440000000000000184000000000000020C0"
    edit_geopackage(path, f"UPDATE duong SET geom = x'{deep}' WHERE fid = 100001")
    heights = read_table(path).point_heights()
    assert heights[:2] == [None, None] and heights[-1] == -8.0


def test_the_time_limit_holds(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        read_table(write(tmp_path / "a.gpkg"), limits=Limits(seconds=0.0))
    assert caught.value.code == "READER-TIMEOUT"


def test_gdal_stays_out_of_this_process(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    program = (
        "import sys; from pathlib import Path; from exchange.reading import read_table, inspect_file;"
        f"inspect_file(Path({str(path)!r})); read_table(Path({str(path)!r}));"
        "sys.exit(any(name.split('.')[0] in {'fiona', 'pyogrio', 'osgeo'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=program_root(), check=False).returncode == 0


def test_nothing_is_logged_on_a_good_day(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        read_table(write(tmp_path / "a.gpkg"))
    assert caplog.records == []


# The real samples of one commune.


def test_the_old_shapefile_is_the_same_roads(shared_data: Path) -> None:
    folder = shared_data / "real" / "01153"
    old = read_table(folder / "duong_cu.shp", encoding="auto")
    new = read_table(folder / "roads_wgs84.gpkg")
    assert (len(old), len(new)) == (45, 45)
    clean = [unicodedata.normalize("NFC", name).strip() for name in new.columns["name"]]
    assert [name.strip() for name in old.columns["TEN_DUONG"]] == clean
    assert old.declared is None and new.declared == WGS84
    moved = transform_geometries(old.geometries, tm_system(105.5), tm_system(106.0))
    there = transform_geometries(new.geometries, WGS84, tm_system(106.0))
    assert float(shapely.hausdorff_distance(moved, there).max()) < 0.02


def test_the_real_text_files(shared_data: Path) -> None:
    folder = shared_data / "real" / "01153"
    boundary = read_table(folder / "bang_ke_toa_do.txt")
    assert (len(boundary), boundary.declared, boundary.axis_order) == (1, tm_system(105.5), "north-east")
    assert boundary.geometries is not None and shapely.get_num_coordinates(boundary.geometries[0]) == 145
    assert (boundary.rejected, boundary.warnings) == ((), ())
    points = read_table(folder / "toan_dac.csv")
    assert (len(points), points.axis_order, points.declared) == (225, "north-east", None)
    assert points.point_heights()[0] == 720.55
    assert len(read_table(folder / "gps.gpx")) == 225


def test_the_real_drawing(shared_data: Path) -> None:
    table = read_table(shared_data / "real" / "01153" / "ban_ve.dxf", encoding={"Text": "tcvn3"})
    assert table.kinds() == {"point", "line"}
    assert "Quang Minh-Vô Điếm-Bằng Hành" in table.columns["Text"]
    assert table.capture_method == "chuyen_doi_cad"


def test_a_wrong_cpg_does_not_cost_the_bytes(tmp_path: Path) -> None:
    names = [b"\xa7\xad\xeang t\xd8nh 183", b"X\xb7 Ngh\xdca Ho\xb5", b"Th\xfdn Minh T\xa9m"]
    path = write_legacy_shapefile(tmp_path / "a.shp", names)
    path.with_suffix(".cpg").write_text("UTF-8")
    table = read_table(path)
    assert table.columns["TEN"] == [name.decode("latin-1") for name in names]
    assert (table.undecoded, table.rejected) == (frozenset({"TEN"}), ())
    assert read_table(path, encoding="auto").columns["TEN"][:2] == ["Đường tỉnh 183", "Xã Nghĩa Hoà"]
