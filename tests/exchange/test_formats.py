"""Every format that is read, from files other libraries wrote: Vietnamese text and coordinates as they were."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from PIL import Image

from core.errors import UserError
from exchange.kinds import KINDS
from exchange.reading import inspect_file, read_table
from exchange.table import Table
from geodesy.systems import WGS84
from tests.exchange.samples import ZONE, gpx, kml

NAMES = ["Đường Nguyễn Huệ", "Ngõ 5 – thôn Pù Ngọm"]
PLACES = [(437050.252, 2487289.588), (437206.687, 2487142.565)]
DEGREES = [(104.8279109, 22.3680756), (104.942579, 22.4383652)]

_WRITE = """
import json, sys
import numpy as np, pyogrio, shapely
path, driver, crs, options = json.loads(sys.argv[1])
names, places = json.loads(sys.argv[2])
pyogrio.raw.write(
    path, shapely.to_wkb(shapely.points(places)), [np.array(names, dtype=object), np.array([1.25, 3.5])],
    fields=["ten", "rong"], geometry_type="Point", crs=crs, driver=driver, layer="duong", **options,
)
"""


def write(path: Path, driver: str, crs: str | None, places: list[tuple[float, float]], **options: object) -> Path:
    """Write two points in a process of its own: GDAL stays out of this one."""
    arguments = [json.dumps([str(path), driver, crs, options]), json.dumps([NAMES, places])]
    subprocess.run([sys.executable, "-c", _WRITE, *arguments], check=True, capture_output=True)
    return path


def zipped(path: Path, source: Path, inside: str = "") -> Path:
    """Zip a file with its neighbours of the same stem, or a whole folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(source.rglob("*") if source.is_dir() else source.parent.glob(f"{source.stem}.*")):
            name = part.relative_to(source.parent) if source.is_dir() else part.name
            if part.is_file() and part != path:
                archive.write(part, f"{inside}{name}")
    return path


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Toạ độ"
    sheet.append(["ten", "X", "Y", "ngày đo"])
    for name, (east, north) in zip(NAMES, PLACES, strict=True):
        sheet.append([name, north, east, "2026-03-02"])
    book.create_sheet("Ghi chú").append(["chỉ có chữ"])
    book.save(path)
    return path


def ods(path: Path) -> Path:
    def cell(value: object) -> str:
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows: list[list[object]] = [["ten", "X", "Y"], *([name, n, e] for name, (e, n) in zip(NAMES, PLACES, strict=True))]
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Tọa độ">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{space}"/>')
    return path


def photo(path: Path) -> Path:
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    (lon, lat), degrees = (
        DEGREES[0],
        lambda value: (float(int(value)), float(int(value * 60 % 60)), round(value * 3600 % 60, 6)),
    )
    exif[34853] = {1: "N", 2: degrees(lat), 3: "E", 4: degrees(lon), 5: 0, 6: 120.5}
    image.save(path, exif=exif)
    return path


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


CSV_ROWS = [f"{name};{n};{e}" for name, (e, n) in zip(NAMES, PLACES, strict=True)]
VN2000 = f"EPSG:{ZONE.epsg}"
WAYPOINTS = "".join(
    f'<wpt lat="{lat}" lon="{lon}"><name>{name}</name></wpt>' for name, (lon, lat) in zip(NAMES, DEGREES, strict=True)
)
PLACEMARKS = "".join(
    f"<Placemark><name>{name}</name><Point><coordinates>{lon},{lat}</coordinates></Point></Placemark>"
    for name, (lon, lat) in zip(NAMES, DEGREES, strict=True)
)


def _kmz(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", kml(PLACEMARKS))
    return path


def _bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _bare(path: Path) -> Path:
    """A shapefile in UTF-8 that says nothing of it, nor of its system."""
    write(path, "ESRI Shapefile", VN2000, PLACES, layer_options={"ENCODING": "UTF-8"})
    for suffix in (".cpg", ".prj"):
        path.with_suffix(suffix).unlink()
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    "gpkg": lambda at: write(at / "a.gpkg", "GPKG", VN2000, PLACES),
    "shp": lambda at: write(at / "a.shp", "ESRI Shapefile", VN2000, PLACES, encoding="UTF-8"),
    "shp bare": lambda at: _bare(at / "a.shp"),
    "shp in zip": lambda at: zipped(
        at / "a.zip", write(at / "đường.shp", "ESRI Shapefile", VN2000, PLACES, encoding="UTF-8"), "hồ sơ/"
    ),
    "gpkg in zip": lambda at: zipped(at / "b.zip", write(at / "a.gpkg", "GPKG", VN2000, PLACES)),
    "gdb": lambda at: write(at / "a.gdb", "OpenFileGDB", VN2000, PLACES),
    "gdb in zip": lambda at: zipped(at / "a.gdb.zip", write(at / "a.gdb", "OpenFileGDB", VN2000, PLACES)),
    "geojson": lambda at: write(
        at / "a.geojson", "GeoJSON", "EPSG:4326", DEGREES, layer_options={"COORDINATE_PRECISION": "9"}
    ),
    "fgb": lambda at: write(at / "a.fgb", "FlatGeobuf", VN2000, PLACES, layer_options={"SPATIAL_INDEX": "NO"}),
    "kml": lambda at: _bytes(at / "a.kml", kml(PLACEMARKS)),
    "kmz": lambda at: _kmz(at / "a.kmz"),
    "gpx": lambda at: _bytes(at / "a.gpx", gpx(WAYPOINTS)),
    "tab": lambda at: write(
        at / "a.tab",
        "MapInfo File",
        "EPSG:4326",
        DEGREES,
        layer_options={"ENCODING": "UTF-8", "BOUNDS": "102,8,110,24"},
    ),
    "mif": lambda at: write(
        at / "a.mif",
        "MapInfo File",
        VN2000,
        PLACES,
        dataset_options={"FORMAT": "MIF"},
        layer_options={"ENCODING": "UTF-8", "BOUNDS": "0,0,3000000,3000000"},
    ),
    "sqlite": lambda at: write(at / "a.sqlite", "SQLite", VN2000, PLACES),
    "spatialite": lambda at: write(
        at / "a.db",
        "SQLite",
        VN2000,
        PLACES,
        layer_options={"FORMAT": "SPATIALITE"},
        dataset_options={"SPATIALITE": "NO"},
    ),
    "gml": lambda at: write(at / "a.gml", "GML", VN2000, PLACES),
    "csv": lambda at: text(at / "a.csv", "\n".join(["ten;X;Y", *CSV_ROWS])),
    "csv comma": lambda at: text(
        at / "a.csv", "\n".join(["ten;X;Y", *(row.replace(".", ",") for row in CSV_ROWS)]), "utf-16"
    ),
    "txt": lambda at: text(at / "a.txt", "\n".join(row.replace(";", "\t") for row in CSV_ROWS)),
    "xlsx": lambda at: workbook(at / "a.xlsx"),
    "ods": lambda at: ods(at / "a.ods"),
}
IN_DEGREES = {"geojson", "kml", "kmz", "gpx", "tab"}
ON_A_GRID = {"gdb", "gdb in zip"}
"""Formats that keep coordinates on a grid of their own: within a tenth of a millimetre."""


def names_of(table: Table) -> list[str]:
    column = next(key for key in ("ten", "name", "Name", "point") if key in table.columns)
    return table.columns[column]


@pytest.mark.parametrize("case", MAKERS)
def test_text_and_coordinates_are_what_was_written(tmp_path: Path, case: str) -> None:
    path = MAKERS[case](tmp_path)
    found = inspect_file(path)
    layer = next(layer for layer in found.layers if layer.count == 2)
    table = read_table(path, layer.name, encoding="auto")
    assert names_of(table) == NAMES
    assert table.rejected == ()
    wanted = np.array(DEGREES if case in IN_DEGREES else PLACES)
    apart = np.abs(shapely.get_coordinates(table.geometries) - wanted).max()
    assert apart <= (1e-4 if case in ON_A_GRID else 1e-8 if case == "tab" else 1e-9)
    if case in IN_DEGREES:
        assert table.declared == WGS84


@pytest.mark.parametrize(("suffix", "encoding"), [(".shp", None), (".tab", "CP1258")])
def test_legacy_bytes_reach_the_text_doctor(tmp_path: Path, suffix: str, encoding: str | None) -> None:
    if suffix == ".shp":
        path = _bare(tmp_path / "a.shp")
        assert "ten" in read_table(path).undecoded
    else:
        path = write(tmp_path / "a.tab", "MapInfo File", "EPSG:4326", DEGREES)
        assert len(read_table(path)) == 2


def test_tracks_and_routes_of_a_receiver(tmp_path: Path) -> None:
    points = "".join(f'<{{0}} lat="{lat}" lon="{lon}"><ele>12.5</ele></{{0}}>' for lon, lat in DEGREES)
    track = f"<trk><name>{NAMES[0]}</name><trkseg>{points.format('trkpt')}</trkseg></trk>"
    route = f"<rte><name>{NAMES[1]}</name>{points.format('rtept')}</rte>"
    path = _bytes(tmp_path / "a.gpx", gpx(WAYPOINTS + route + track))
    assert [layer.name for layer in inspect_file(path).layers] == ["waypoints", "tracks", "routes"]
    tracks, routes = read_table(path, "tracks"), read_table(path, "routes")
    assert (tracks.columns["name"], routes.columns["name"]) == ([NAMES[0]], [NAMES[1]])
    for table in (tracks, routes):
        assert np.array_equal(shapely.get_coordinates(table.geometries), np.array(DEGREES))
        assert table.heights is not None
        assert table.heights.tolist() == [12.5, 12.5]


def test_a_photo_is_a_point(tmp_path: Path) -> None:
    table = read_table(photo(tmp_path / "hố ga 5.jpg"))
    assert table.columns["name"] == ["hố ga 5"]
    assert table.declared == WGS84
    assert np.abs(shapely.get_coordinates(table.geometries)[0] - DEGREES[0]).max() < 1e-8
    assert table.heights is not None
    assert table.heights.tolist() == [120.5]


def test_a_photo_without_a_place(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
    with pytest.raises(UserError) as caught:
        read_table(tmp_path / "a.jpg")
    assert caught.value.code == "FILE-NO-PLACE"


def test_a_workbook_shows_its_sheets(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    assert [(layer.name, layer.geometry, layer.count) for layer in inspect_file(path).layers] == [
        ("Toạ độ", "Point", 2)
    ]
    assert read_table(path).columns["ngày đo"] == ["2026-03-02"] * 2


def test_several_shapefiles_in_a_zip_are_layers(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("đường", "cầu"):
            made = write(tmp_path / f"{name}.shp", "ESRI Shapefile", VN2000, PLACES, encoding="UTF-8")
            for part in tmp_path.glob(f"{made.stem}.*"):
                archive.write(part, f"x/{part.name}")
    assert {layer.name: layer.count for layer in inspect_file(tmp_path / "a.zip").layers} == {"đường": 2, "cầu": 2}
    assert read_table(tmp_path / "a.zip", "cầu").columns["ten"] == NAMES


def test_a_zip_with_two_data_files_asks(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.kml", kml(PLACEMARKS))
        archive.writestr("b.csv", "ten;X;Y")
    with pytest.raises(UserError) as caught:
        inspect_file(tmp_path / "a.zip")
    assert caught.value.code == "ARCHIVE-SEVERAL"


def test_names_inside_a_zip_are_no_paths(tmp_path: Path) -> None:
    made = write(tmp_path / "d.gpkg", "GPKG", VN2000, PLACES)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(made, "../../../../tmp/canary_4711.gpkg")
    assert len(read_table(tmp_path / "a.zip")) == 2
    assert not Path("/tmp/canary_4711.gpkg").exists()  # noqa: S108


def test_every_kind_has_a_case() -> None:
    drawings = {"dxf", "dgn"}
    assert {kind.key for kind in KINDS} - drawings - {"text", "sheets", "photo", "zip"} <= set(MAKERS)
