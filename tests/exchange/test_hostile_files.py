"""Files made to harm: disguised, lying, cut short, exploding. None is believed, none brings the program down."""

import io
import random
import sqlite3
import struct
import time
import zipfile
from pathlib import Path

import pytest

from core.errors import AppError, UserError
from exchange.kinds import KINDS
from exchange.reading import inspect_file, read_table
from exchange.sandbox import Limits
from tests.exchange.samples import PLACEMARK, WAYPOINT, edit_geopackage, empty_dbf, gpx, kml, vrt, write

CANARY = "CHIM HOANG YEN 4711"
QUICK = Limits(seconds=60.0)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    folder = tmp_path / "ben_ngoai"
    folder.mkdir()
    path = folder / "canary.csv"
    path.write_text(f"ten;X;Y\n{CANARY};2477276,895;432015,130\n", encoding="utf-8")
    return path


def told(path: Path) -> str:
    """Everything the program says about a file: an error's words and facts, or the whole table."""
    said = []
    for work in (inspect_file, read_table):
        try:
            said.append(repr(work(path, limits=QUICK)))
        except AppError as error:
            assert error.code != str(error), f"no words for {error.code}"
            said.append(f"{error.code} {error} {error.context}")
    return " ".join(said)


def code_of(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_table(path, limits=QUICK)
    assert str(caught.value) != caught.value.code
    return caught.value.code


@pytest.mark.parametrize("suffix", sorted({suffix for kind in KINDS for suffix in kind.suffixes}))
def test_a_vrt_in_any_clothes_is_not_read(tmp_path: Path, canary: Path, suffix: str) -> None:
    for number, content in enumerate((vrt(canary), b"\n  " + vrt(canary), b"\xef\xbb\xbf" + vrt(canary))):
        path = tmp_path / f"du_lieu{number}{suffix}"
        path.write_bytes(content)
        for part in (".shx", ".dbf"):
            if suffix == ".shp":
                path.with_suffix(part).write_bytes(content)
        said = told(path)
        assert CANARY not in said
        assert "FILE-" in said or "ARCHIVE-" in said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", '{"type": "gdal_streamed_alg", "command_line": "gdal vector convert %s x.gpkg"}'),
        ("a.json", '{"type": "Topology", "objects": {}, "$ref": "file://%s"}'),
        ("a.kml", kml("<NetworkLink><Link><href>%s</href></Link></NetworkLink>").decode()),
        ("a.kml", "<?xml version='1.0'?><OGRVRTDataSource><!-- <kml> --></OGRVRTDataSource>"),
        ("a.gpx", "<?xml version='1.0'?><kml/>"),
        ("a.gpx", gpx("<name>&x;</name>", '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file://%s">]>').decode()),
        ("a.kml", kml("&x;", '<!DOCTYPE kml [<!ENTITY x SYSTEM "file://%s">]>').decode()),
        ("a.kml", kml(PLACEMARK, '<!DOCTYPE kml SYSTEM "file://%s">').decode()),
    ],
)
def test_references_to_other_files_are_not_followed(tmp_path: Path, canary: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content.replace("%s", str(canary)), encoding="utf-8")
    assert CANARY not in told(path)


def test_an_entity_bomb_is_refused_at_once(tmp_path: Path) -> None:
    entities = '<!ENTITY a "0123456789">' + "".join(
        f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(9)
    )
    for name, content in (
        ("a.gpx", gpx("<name>&j;</name>", f"<!DOCTYPE gpx [{entities}]>")),
        ("b.kml", kml("<name>&j;</name>", f"<!DOCTYPE kml [{entities}]>")),
        ("c.gpx", gpx("<name>&j;</name>", f"<!DOCTYPE gpx [{entities}]>").decode().encode("utf-16")),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        begun = time.monotonic()
        assert code_of(path) in {"FILE-UNSAFE", "FILE-DAMAGED"}
        assert time.monotonic() - begun < 10


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(kml("<Folder>" * 5000 + "</Folder>" * 5000))
    assert code_of(path) == "FILE-UNSAFE"
    deep = tmp_path / "a.geojson"
    deep.write_text('{"type":"FeatureCollection","features":' + "[" * 200_000)
    assert "FILE-DAMAGED" in told(deep) or "READER-" in told(deep)


def test_random_bytes_of_every_kind(tmp_path: Path) -> None:
    noise = random.Random(20261120)
    for kind in KINDS:
        path = tmp_path / f"a{kind.suffixes[0]}"
        path.write_bytes(noise.randbytes(4000))
        for part in kind.required:
            path.with_suffix(part).write_bytes(noise.randbytes(400))
        assert code_of(path) == "FILE-CONTENT"


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.gpx", "a.kml", "a.shp", "a.kmz"])
@pytest.mark.parametrize("share", [0.98, 0.6, 0.2])
def test_files_cut_short(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    if path.suffix in {".gpx", ".kml"}:
        path.write_bytes(gpx(WAYPOINT * 50) if path.suffix == ".gpx" else kml(PLACEMARK * 50))
    elif path.suffix == ".kmz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", kml("".join(PLACEMARK.replace("22.4", f"22.{k}") for k in range(200))))
    else:
        write(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert code_of(path) in {"FILE-TRUNCATED", "FILE-DAMAGED", "ARCHIVE-DAMAGED"}


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_shapefile_parts_cut_short(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / "a.shp")
    part = path.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:-12])
    assert code_of(path) == "FILE-TRUNCATED"
    part.write_bytes(b"")
    assert code_of(path) == "FILE-TRUNCATED"


def test_claims_of_more_than_there_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    table = path.with_suffix(".dbf")
    whole = table.read_bytes()
    table.write_bytes(whole[:4] + struct.pack("<I", 4_000_000_000) + whole[8:])
    assert code_of(path) == "FILE-TRUNCATED"
    table.write_bytes(empty_dbf(0))
    assert code_of(path) == "FILE-PARTS-DIFFER"
    shape = path.read_bytes()
    path.write_bytes(shape[:24] + struct.pack(">I", 2**31) + shape[28:])
    assert code_of(path) == "FILE-TRUNCATED"


def test_a_record_that_claims_a_billion_points(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    shape = bytearray(path.read_bytes())
    shape[148:152] = struct.pack("<I", 1_000_000_000)
    path.write_bytes(shape)
    said = told(path)
    assert "FILE-DAMAGED" in said or "GEOMETRY-UNREADABLE" in said or "geometries" in said


def test_a_geopackage_that_claims_a_trillion_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    edit_geopackage(path, "UPDATE gpkg_ogr_contents SET feature_count = 1000000000000")
    assert len(read_table(path)) == 2
    edit_geopackage(path, "UPDATE gpkg_ogr_contents SET feature_count = 0")
    assert len(read_table(path)) == 2
    edit_geopackage(path, "UPDATE gpkg_ogr_contents SET feature_count = -5")
    assert len(read_table(path)) == 2


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS fid, NULL AS geom FROM n"


def test_views_and_virtual_tables_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    edit_geopackage(
        path,
        f"CREATE VIEW vo_tan AS {ENDLESS}",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('vo_tan', 'features', 'x', 0)",
        "INSERT INTO gpkg_geometry_columns VALUES ('vo_tan', 'geom', 'POINT', 0, 0, 0)",
        "CREATE VIRTUAL TABLE tim USING fts5(chu)",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('tim', 'attributes', 'y', 0)",
    )
    assert [layer.name for layer in inspect_file(path, limits=QUICK).layers] == ["duong"]
    assert len(read_table(path)) == 2
    for name in ("vo_tan", "tim"):
        with pytest.raises(UserError) as caught:
            read_table(path, name, limits=QUICK)
        assert caught.value.code == "LAYER-MISSING"


def test_a_geopackage_whose_own_tables_compute_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    edit_geopackage(
        path,
        "ALTER TABLE gpkg_contents RENAME TO x",
        "CREATE VIEW gpkg_contents AS SELECT x.*, (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT max(x) FROM n) AS z FROM x",
    )
    assert code_of(path) == "FILE-UNSAFE"


def test_a_database_that_is_no_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()
    assert code_of(path) in {"FILE-DAMAGED", "FILE-NO-LAYERS"}


def test_flipped_bytes_never_bring_the_program_down(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.gpkg").read_bytes()
    noise = random.Random(7)
    path = tmp_path / "b.gpkg"
    for _ in range(6):
        broken = bytearray(whole)
        for _ in range(30):
            broken[noise.randrange(100, len(broken))] ^= 1 << noise.randrange(8)
        path.write_bytes(broken)
        told(path)


def packed(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "name", ["../../thoat.kml", "/tmp/thoat.kml", "C:\\thoat.kml", "con.kml", "a:b.kml", "x/../../../thoat.kml"]
)
def test_names_inside_an_archive_are_no_paths(tmp_path: Path, name: str) -> None:
    path = tmp_path / "sau" / "trong" / "a.kmz"
    path.parent.mkdir(parents=True)
    path.write_bytes(packed((name, kml(PLACEMARK))))
    before = sorted(item.name for item in tmp_path.rglob("*"))
    assert read_table(path).columns["Name"] == ["Cầu Máng"]
    assert sorted(item.name for item in tmp_path.rglob("*")) == before
    assert not list(tmp_path.parent.glob("thoat*"))


def test_archives_that_explode_or_hold_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.kmz"
    path.write_bytes(packed(("doc.kml", kml("") + b" " * 300_000_000)))
    assert path.stat().st_size < 1_000_000
    assert code_of(path) == "ARCHIVE-TOO-LARGE"
    path.write_bytes(packed(("anh.png", b"x")))
    assert code_of(path) == "ARCHIVE-NO-KML"
    path.write_bytes(packed(*((f"{k}.txt", b"") for k in range(10_001))))
    assert code_of(path) == "ARCHIVE-TOO-LARGE"
    whole = bytearray(packed(("doc.kml", kml(PLACEMARK))))
    whole[60:70] = b"0123456789"
    path.write_bytes(whole)
    assert code_of(path) == "ARCHIVE-DAMAGED"
    path.write_bytes(packed(("doc.kml", vrt(Path("/etc/passwd")))))
    assert code_of(path) == "FILE-CONTENT"


def test_text_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content in (b"a;b\x00;c\n", b"\xff\xfea", "a;1;2".encode("utf-32"), b"PK\x03\x04xx", b"{}", b"<html>"):
        path.write_bytes(content)
        assert code_of(path) in {"FILE-CONTENT", "TEXT-NO-COORDINATES", "TEXT-NO-ROWS"}


def test_one_endless_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"1;" * 3_000_000)
    assert code_of(path).startswith(("TEXT-", "FILE-"))


def test_nothing_is_left_behind(tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "tam"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"SQLite format 3\x00" + b"\x00" * 200)
    told(path)
    told(write(tmp_path / "b.gpkg"))
    assert list(scratch.iterdir()) == []
