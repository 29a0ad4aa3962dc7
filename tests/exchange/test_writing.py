"""Exports: every format, whole or not at all, and no cell that a spreadsheet would run."""

import csv
import errno
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from core.errors import AppError, Cancelled
from exchange.csv_writing import harmless
from exchange.reading import inspect_file, read_table
from exchange.writing import FORMATS, OutLayer, write_layers
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, tm_system
from tests.exchange.samples import LINES, ZONE, shapes, write

POINTS = shapes([shapely.Point(500000.1234, 2480000.5), None])
FIELDS = {"uid": ["a", "b"], "name": ["Cầu Máng", None], "lanes": [2, None], "width": [5.5, None], "lit": [True, None]}


def layers() -> list[OutLayer]:
    return [
        OutLayer("survey_point", FIELDS, POINTS, ZONE),
        OutLayer("road_segment", {"name": ["Đường A", "Đường B"]}, shapes(LINES), ZONE),
        OutLayer("planning_dossier", {"title": ["Đồ án"]}, None, None),
    ]


def test_a_geopackage_takes_every_layer_under_its_own_name(tmp_path: Path) -> None:
    [path] = write_layers(tmp_path / "xuất.gpkg", "gpkg", layers())
    names = ["survey_point", "road_segment", "planning_dossier"]
    assert [(layer.name, layer.count) for layer in inspect_file(path).layers] == list(
        zip(names, (2, 2, 1), strict=True)
    )
    table = read_table(path, "survey_point")
    assert table.columns == FIELDS
    assert table.declared == ZONE
    assert shapely.equals(table.geometries, POINTS).tolist() == [True, False]
    assert read_table(path, "planning_dossier").columns == {"title": ["Đồ án"]}


@pytest.mark.parametrize("format", ["geojson", "shp", "csv"])
def test_formats_of_one_layer_a_file(tmp_path: Path, format: str) -> None:
    files = write_layers(tmp_path / "xuat", format, layers()[:2])
    assert [path.name for path in files] == [f"survey_point.{format}", f"road_segment.{format}"]
    beside = write_layers(tmp_path / f"tat_ca.{format}", format, layers()[:2])
    assert [path.name for path in beside] == [f"tat_ca_survey_point.{format}", f"tat_ca_road_segment.{format}"]
    [one] = write_layers(tmp_path / f"mot.{format}", format, layers()[:1])
    assert one == tmp_path / f"mot.{format}"


def test_geojson_is_written_in_wgs84(tmp_path: Path) -> None:
    [path] = write_layers(tmp_path / "a.geojson", "geojson", layers()[1:2])
    table = read_table(path)
    assert table.declared == WGS84
    back = transform_geometries(table.geometries, WGS84, ZONE)
    assert float(shapely.hausdorff_distance(back, shapes(LINES)).max()) < 0.001


def test_kml_holds_names_in_wgs84(tmp_path: Path) -> None:
    [path] = write_layers(tmp_path / "a.kml", "kml", layers()[1:2])
    table = read_table(path)
    assert table.columns["Name"] == ["Đường A", "Đường B"]
    assert table.declared == WGS84


def test_single_and_multiple_shapes_become_multiple(tmp_path: Path) -> None:
    mixed = shapes([LINES[0], shapely.MultiLineString(LINES), None])
    [path] = write_layers(tmp_path / "a.gpkg", "gpkg", [OutLayer("duong", {"n": [1, 2, 3]}, mixed, ZONE)])
    found = read_table(path).geometries
    assert found is not None
    assert shapely.get_type_id(found).tolist() == [5, 5, -1]


def test_an_empty_layer(tmp_path: Path) -> None:
    empty = OutLayer("duong", {"name": []}, shapes([]), ZONE)
    for format in ("gpkg", "csv", "geojson"):
        [path] = write_layers(tmp_path / f"a.{format}", format, [empty])
        assert path.exists()


def test_a_zone_without_a_code_is_written_in_full(tmp_path: Path) -> None:
    layer = OutLayer("duong", {"n": [1, 2]}, shapes(LINES), tm_system(105.25))
    for format in ("gpkg", "shp"):
        [path] = write_layers(tmp_path / f"a.{format}", format, [layer])
        assert read_table(path).declared == tm_system(105.25)


def test_an_existing_file_is_replaced_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    path.with_suffix(".cpg").write_text("cũ")
    write_layers(path, "shp", [OutLayer("x", {"ten": ["mới"]}, shapes(LINES[:1]), ZONE)])
    assert read_table(path).columns == {"ten": ["mới"]}
    assert not [item for item in tmp_path.iterdir() if item.name.startswith(".")]


@pytest.mark.parametrize("format", ["gpkg", "csv"])
def test_a_failed_export_leaves_the_old_file(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"a.{format}"
    path.write_text("cũ")

    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_layers(path, format, layers()[:1], Stop())
    assert path.read_text() == "cũ"
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def code_of(out: Path, format: str, what: list[OutLayer]) -> str:
    with pytest.raises(AppError) as caught:
        write_layers(out, format, what)
    assert str(caught.value) != caught.value.code
    return caught.value.code


def test_places_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_of(tmp_path / "khong" / "co" / "a.gpkg", "gpkg", layers()) == "EXPORT-NO-FOLDER"
    assert code_of(tmp_path / "khong" / "co", "csv", layers()) == "EXPORT-NO-FOLDER"
    folder = tmp_path / "a.gpkg"
    folder.mkdir()
    assert code_of(folder, "gpkg", layers()) == "EXPORT-REFUSED"
    assert code_of(tmp_path / "a.xyz", "xyz", layers()) == "EXPORT-FORMAT"
    assert code_of(tmp_path / "a", "csv", layers()[:1] * 2) == "EXPORT-NAMES"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0))
    broken = OutLayer("a", {"uid": ["a"], "UID": ["b"]}, shapes(LINES[:1]), ZONE)
    assert code_of(tmp_path / "b.gpkg", "gpkg", [broken]) in {"EXPORT-NO-SPACE", "EXPORT-FAILED"}
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.gpkg"]


@pytest.mark.parametrize("spare_kib", [0, 12])
@pytest.mark.parametrize("format", sorted(FORMATS.keys() - {"xlsx"}))
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_keeps_the_older_file(tmp_path: Path, format: str, spare_kib: int) -> None:
    disk = tmp_path / "đĩa nhỏ"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        out = disk / f"xuất{FORMATS[format].suffix}"
        out.write_text("cũ")
        room = shutil.disk_usage(disk).free
        (disk / "đầy").write_bytes(bytes(room - spare_kib * 1024))
        names = [f"Đường thôn Minh Tâm {number} {number**9}" for number in range(2000)]
        many = OutLayer("road", {"name": names}, shapes(LINES[:1] * 2000), ZONE)
        assert code_of(out, format, [many]) == "EXPORT-NO-SPACE"
        assert out.read_text() == "cũ"
        assert sorted(item.name for item in disk.iterdir()) == sorted([out.name, "đầy"])
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_for_a_workbook_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Workbook._store_workbook

    def refuse(book: Workbook) -> None:
        store(book)
        raise FileCreateError(OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(Workbook, "_store_workbook", refuse)
    assert code_of(tmp_path / "a.xlsx", "xlsx", layers()) == "EXPORT-NO-SPACE"
    assert list(tmp_path.iterdir()) == []


def test_csv_points_read_as_survey_points(tmp_path: Path) -> None:
    kept = OutLayer("p", {"name": ["Mốc"]}, POINTS[:1], ZONE)
    [path] = write_layers(tmp_path / "a.csv", "csv", [kept])
    table = read_table(path)
    assert table.geometries is not None
    assert (shapely.get_x(table.geometries[0]), shapely.get_y(table.geometries[0])) == (500000.1234, 2480000.5)
    [path] = write_layers(tmp_path / "b.csv", "csv", [OutLayer("p", {}, shapes([shapely.Point(104.5, 22.5)]), WGS84)])
    assert path.read_text("utf-8-sig").splitlines() == ["lon,lat", "104.5,22.5"]
    [path] = write_layers(tmp_path / "c.csv", "csv", layers()[1:2])
    assert "LINESTRING (500200 2480050, 500300 2480000)" in path.read_text("utf-8-sig")


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula(text: str) -> None:
    cell = harmless(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or cell == text
    if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        float(cell.replace(",", "."))
    for mark in ';,"\t\r\n':
        for start in "=+-@":
            assert mark + start not in cell or cell == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("x;=1+1", "x;'=1+1"),
        ('"=1', "\"'=1"),
        ("-5,5", "-5,5"),
        ("+84", "+84"),
        ("Km0+660", "Km0+660"),
        ("Đường A - B", "Đường A - B"),
    ],
)
def test_harmless_cells(text: str, cell: str) -> None:
    assert harmless(text) == cell


def test_numbers_stay_numbers_in_csv(tmp_path: Path) -> None:
    layer = OutLayer("a", {"so": [-5, 7], "thuc": [-1.5, None], "chu": ["=1", "-2"], "=x": [True, False]}, None, None)
    [path] = write_layers(tmp_path / "a.csv", "csv", [layer])
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["so", "thuc", "chu", "'=x"],
            ["-5", "-1.5", "'=1", "true"],
            ["7", "", "-2", "false"],
        ]


def test_every_format_has_a_suffix_of_its_own() -> None:
    assert len({item.suffix for item in FORMATS.values()}) == len(FORMATS)
    assert {"gpkg", "geojson", "shp", "csv", "kml"} <= set(FORMATS)


def test_large_columns_survive(tmp_path: Path) -> None:
    count = 5000
    points = shapely.points(np.column_stack([np.arange(count) + 400_000.0, np.full(count, 2_480_000.0)]))
    [path] = write_layers(
        tmp_path / "a.gpkg", "gpkg", [OutLayer("p", {"ten": [f"Điểm {k}" for k in range(count)]}, points, ZONE)]
    )
    table = read_table(path)
    assert table.columns["ten"][-1] == f"Điểm {count - 1}"
    assert len(table) == count
