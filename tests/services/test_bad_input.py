"""Every kind of bad field file: a clear message in both languages, nothing written."""

import json
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UserError
from geodesy.systems import parse_system
from services.desk import Desk
from services.importing import propose_import, run_import
from services.inspecting import inspect, inspect_for
from tests.services.desks import SAMPLE, bring, records_of, refused, sample_line, snapshot, write_roads

SECRET = "root:x:0:0"
VRT = (
    b'<OGRVRTDataSource><OGRVRTLayer name="passwd"><SrcDataSource>CSV:/etc/passwd</SrcDataSource></OGRVRTLayer>'
    b"</OGRVRTDataSource>"
)
LINE = sample_line((0, 0), (120, 40))

Make = Callable[[Path], Path]


def content(name: str, data: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def shapefile(name: str = "duong", *, without: str = "", prj: str | None = None) -> Make:
    def make(folder: Path) -> Path:
        for part in ("shp", "shx", "dbf"):
            if part != without:
                shutil.copyfile(SAMPLE / f"duong_cu.{part}", folder / f"{name}.{part}")
        if prj is not None:
            (folder / f"{name}.prj").write_text(prj, encoding="ascii")
        return folder / f"{name}.shp"

    return make


def cut_short(folder: Path) -> Path:
    path = shapefile()(folder)
    path.write_bytes(path.read_bytes()[:400])
    return path


def unlike_parts(folder: Path) -> Path:
    """A table of fewer rows than there are shapes: from another copy of the file."""
    path = shapefile()(folder)
    table = path.with_suffix(".dbf")
    raw = bytearray(table.read_bytes())
    raw[4:8] = struct.pack("<I", 7)
    table.write_bytes(raw)
    return path


def a_folder(folder: Path) -> Path:
    (folder / "duong.shp").mkdir()
    return folder / "duong.shp"


def geojson(name: str, coordinates: list[list[float]]) -> Make:
    shape = {"type": "LineString", "coordinates": coordinates}
    feature = {"type": "Feature", "properties": {"ten": "A"}, "geometry": shape}
    return content(name, json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())


def withdrawn(code: int, axis: float) -> str:
    """The .prj that programs wrote for the withdrawn codes: false easting and northing exchanged."""
    return (
        f'PROJCS["VN-2000 / TM-3",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563]],'
        f'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4756"]],'
        f'PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",{axis}],'
        f'PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",0],PARAMETER["false_northing",500000],'
        f'UNIT["metre",1],AUTHORITY["EPSG","{code}"]]'
    )


FILES: dict[str, tuple[Make, str]] = {
    "missing": (lambda folder: folder / "không có.gpkg", "FILE-MISSING"),
    "a folder": (a_folder, "FILE-IS-FOLDER"),
    "empty gpkg": (content("a.gpkg", b""), "FILE-EMPTY"),
    "empty csv": (content("a.csv", b""), "FILE-EMPTY"),
    "empty shp": (content("a.shp", b""), "FILE-EMPTY"),
    "heading alone": (content("a.csv", b"ten;X;Y\n"), "IMPORT-NO-ROWS"),
    "blank lines": (content("a.csv", b"\n\n \n"), "TEXT-NO-ROWS"),
    "no features": (content("a.geojson", b'{"type":"FeatureCollection","features":[]}'), "IMPORT-NO-ROWS"),
    "VRT as gpkg": (content("a.gpkg", VRT), "FILE-CONTENT"),
    "VRT as kml": (content("a.kml", VRT), "FILE-CONTENT"),
    "VRT as csv": (content("a.csv", VRT), "FILE-CONTENT"),
    "VRT as shp": (content("a.shp", VRT), "FILE-CONTENT"),
    "VRT as geojson": (content("a.geojson", VRT), "FILE-CONTENT"),
    "VRT as gpx": (content("a.gpx", VRT), "FILE-CONTENT"),
    "VRT behind blanks as kml": (content("a.kml", b"<!--" + b" " * 9000 + b"-->" + VRT), "FILE-CONTENT"),
    "VRT in UTF-16 as kml": (content("a.kml", VRT.decode().encode("utf-16")), "FILE-CONTENT"),
    "VRT as vrt": (content("a.vrt", VRT), "FILE-KIND"),
    "kind not known": (content("a.pptx", b"PK\x03\x04"), "FILE-KIND"),
    "half a workbook": (content("a.xlsx", b"PK\x03\x04"), "FILE-DAMAGED"),
    "half an old workbook": (content("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), "FILE-DAMAGED"),
    "half a zip": (content("a.zip", b"PK\x03\x04" + bytes(60)), "ARCHIVE-DAMAGED"),
    "dwg": (content("a.dwg", b"AC1032" + bytes(200)), "FILE-DWG"),
    "dxf without an end": (content("a.dxf", b"  0\nSECTION\n  2\nENTITIES\n"), "IMPORT-NO-ROWS"),
    "dgn cut short": (content("a.dgn", b"\x08\x09\xfe\x02" + bytes(40)), "FILE-DAMAGED"),
    "tab without dat": (content("a.tab", b"!table\n!version 300\n"), "FILE-PART-MISSING"),
    "photo without a place": (content("a.jpg", b"\xff\xd8\xff\xd9"), "FILE-NO-PLACE"),
    "bytes as csv": (content("a.csv", bytes(range(256)) * 8), "FILE-CONTENT"),
    "shapefile without dbf": (shapefile(without="dbf"), "FILE-PART-MISSING"),
    "shapefile without shx": (shapefile(without="shx"), "FILE-PART-MISSING"),
    "shapefile cut short": (cut_short, "FILE-TRUNCATED"),
    "shapefile of two files": (unlike_parts, "FILE-PARTS-DIFFER"),
    "broken geojson": (content("a.geojson", b'{"type": "Featu'), "FILE-DAMAGED"),
    "outside Vietnam": (geojson("a.geojson", [[2.3, 48.8], [2.4, 48.9]]), "IMPORT-ELSEWHERE"),
    "at zero": (geojson("a.geojson", [[0, 0], [0.001, 0.001]]), "IMPORT-ELSEWHERE"),
    "no table of coordinates": (content("a.csv", b"ten;tuoi\nA;5\nB;6\n"), "IMPORT-NO-GEOMETRY"),
    "withdrawn system": (shapefile(prj=withdrawn(6958, 105.5)), "CRS-DEPRECATED"),
    "Hanoi 1972": (
        shapefile(
            prj='PROJCS["Hanoi_1972_GK_Zone_18",GEOGCS["GCS_Hanoi_1972",DATUM["D_Hanoi_1972",'
            'SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
            'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",18500000.0],PARAMETER["False_Northing",0.0],'
            'PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
            'UNIT["Meter",1.0]]'
        ),
        "CRS-UNSUPPORTED",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_is_refused_with_words_and_nothing_is_written(desk: Desk, tmp_path: Path, kind: str) -> None:
    make, code = FILES[kind]
    folder = tmp_path / "Tệp thực địa"
    folder.mkdir()
    path = make(folder)
    before = snapshot(desk)
    error = refused(code, lambda: bring(desk, path, None))  # type: ignore[arg-type]
    assert isinstance(error, UserError)
    assert SECRET not in str(error)
    assert snapshot(desk) == before
    assert not list(desk.workspace.folder.glob("*.new"))


@pytest.mark.parametrize("kind", ["missing", "VRT as kml", "shapefile without dbf", "empty gpkg", "broken geojson"])
def test_inspecting_refuses_it_too(tmp_path: Path, kind: str) -> None:
    make, code = FILES[kind]
    path = make(tmp_path)
    refused(code, lambda: inspect(path))


def test_what_belongs_to_somebody_else_cannot_be_read(desk: Desk, tmp_path: Path) -> None:
    """A link, a device and a pipe are no field files."""
    path = write_roads(tmp_path / "a.geojson", [({"ten": "A"}, LINE)])
    (tmp_path / "ổ.geojson").symlink_to("/dev/zero")
    refused("FILE-NOT-REGULAR", lambda: bring(desk, tmp_path / "ổ.geojson", "road_segment"))
    assert bring(desk, path, "road_segment", dry_run=True).accepted == 1


def test_an_unreadable_file(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not hold root back, so the system's refusal is played."""
    path = write_roads(tmp_path / "a.geojson", [({"ten": "A"}, LINE)])
    real_open = Path.open

    def deny(self: Path, *args: object, **more: object) -> object:
        if self.name == "a.geojson":
            raise PermissionError(13, "Permission denied", str(self))
        return real_open(self, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", deny)
    refused("FILE-NO-ACCESS", lambda: bring(desk, path, "road_segment"))


@pytest.mark.parametrize(("code", "axis"), [(6956, 102.0), (6957, 105.0), (6958, 108.0), (6959, 111.0)])
def test_each_withdrawn_code_names_what_to_use(desk: Desk, tmp_path: Path, code: int, axis: float) -> None:
    error = refused("CRS-DEPRECATED", lambda: parse_system(str(code)))
    assert str(error.context["instead"]).startswith("EPSG:")
    if code == 6957:
        path = shapefile(prj=withdrawn(code, axis))(tmp_path)
        refused("CRS-DEPRECATED", lambda: bring(desk, path, "road_segment"))


def test_a_withdrawn_system_can_be_replaced_by_the_user(desk: Desk, tmp_path: Path) -> None:
    path = shapefile(prj=withdrawn(6958, 105.5))(tmp_path)
    report = bring(desk, path, "road_segment", system=parse_system("axis:105.5"))
    assert report.written == 12


# Text


def legacy_with_unmapped_bytes(folder: Path) -> Path:
    """The sample's old roads; in row 3 two bytes of the name are none of any table's letters."""
    path = shapefile()(folder)
    table = path.with_suffix(".dbf")
    raw = bytearray(table.read_bytes())
    header, size = struct.unpack("<HH", raw[8:12])
    fields, at = {}, 1
    for place in range(32, header - 1, 32):
        name = raw[place : place + 11].split(b"\0")[0].decode()
        fields[name] = (at, raw[place + 16])
        at += raw[place + 16]
    start = header + 2 * size + fields["TEN_DUONG"][0]
    raw[start : start + 2] = b"\x81\x8d"
    table.write_bytes(raw)
    return path


def test_bytes_without_a_letter_are_told_row_by_row(desk: Desk, tmp_path: Path) -> None:
    before = snapshot(desk)
    path = legacy_with_unmapped_bytes(tmp_path)
    report = bring(desk, path, "road_segment")
    assert [(item.row, item.column) for item in report.rejected] == [(3, "TEN_DUONG")]
    assert "TEN_DUONG" in report.rejected[0].text
    assert report.written == 0
    assert snapshot(desk) == before
    report = bring(desk, path, "road_segment", skip_bad=True)
    assert (report.written, len(report.rejected)) == (11, 1)
    assert not any("\ufffd" in str(record.values) for record in records_of(desk, "road_segment"))


def test_a_wrong_encoding_is_told_not_stored(desk: Desk) -> None:
    before = snapshot(desk)
    report = bring(desk, SAMPLE / "duong_cu.shp", "road_segment", encoding="utf-8")
    assert report.accepted < 12
    assert {item.column for item in report.rejected} >= {"TEN_DUONG"}
    assert snapshot(desk) == before
    refused("ENCODING-UNKNOWN", lambda: bring(desk, SAMPLE / "duong_cu.shp", "road_segment", encoding="klingon"))


def test_control_characters_are_rejected(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "a.geojson", [({"ten": "Đường\u0007 A"}, LINE)])
    plan = propose_import(desk, path, type_id="road_segment")
    report = run_import(desk, replace(plan, mapping={"name": "ten"}))
    assert [item.code for item in report.rejected] == ["VALUE-CONTROL"]


def test_a_layer_that_is_not_there(desk: Desk) -> None:
    error = refused("LAYER-MISSING", lambda: bring(desk, SAMPLE / "duong_cu.shp", "road_segment", layer="cầu"))
    assert "duong_cu" in str(error)


def test_a_type_that_is_not_there(desk: Desk) -> None:
    refused("TYPE-UNKNOWN", lambda: bring(desk, SAMPLE / "duong_cu.shp", "cau_tau"))


def test_inspecting_a_sound_file_tells_what_is_in_it(desk: Desk) -> None:
    found = inspect_for(desk, SAMPLE / "duong_cu.shp")
    [layer] = found.layers
    assert (found.driver, layer.name, layer.geometry, layer.count) == ("Shapefile", "duong_cu", "LineString", 12)
    columns = {column.name: column for column in layer.columns}
    assert columns["TEN_DUONG"].samples[0] == "Đường tỉnh 199 đoạn qua xã"
    assert columns["SO_HIEU"].empty == 1
    assert columns["DAI_KM"].kind == "number"
    assert layer.declared is None
    assert layer.proposals[0].system.id == "EPSG:9209"
