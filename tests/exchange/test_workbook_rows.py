"""Workbooks cell by cell, FileGDBs, and shapes as text: read in the child, and nothing but what belongs to them."""

import shutil
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely

from core.errors import AppError
from exchange.out_layer import OutLayer
from exchange.reading import describe_file, read_table, read_tables
from exchange.workbook_rows import read_workbook
from exchange.writing import write_databases
from geodesy.systems import tm_system

ZONE = tm_system(106.0)


def code_of(call: object) -> str:
    with pytest.raises(AppError) as caught:
        call()  # type: ignore[operator]
    assert str(caught.value) != caught.value.code
    return caught.value.code


def test_a_workbook_of_another_program(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Hồ sơ"
    sheet.append(["Mã", "Số", None, "Ngày", "Đúng", "Công thức"])
    sheet.append(["dòng 1\ndòng 2", 12.5, None, date(2026, 2, 19), True, "=1+1"])
    sheet["A5"] = 82612012345
    book.create_sheet("Trống")
    path = tmp_path / "sổ.xlsx"
    book.save(path)
    found = read_workbook(path)
    assert list(found) == ["Hồ sơ", "Trống"]
    assert found["Hồ sơ"] == (
        ("Mã", "Số", None, "Ngày", "Đúng", "Công thức"),
        ("dòng 1\ndòng 2", 12.5, None, 46072, True, None),
        (),
        (),
        (82612012345,),
    )
    assert found["Trống"] in ((), ((),))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "FILE-DAMAGED"),
        ("b.xlsx", b"text", "FILE-CONTENT"),
        ("c.docx", b"PK\x03\x04", "FILE-KIND"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert code_of(lambda: read_workbook(path)) == code


def test_an_entity_in_a_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><workbook xmlns="http://x"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/_rels/workbook.xml.rels", bomb)
        archive.writestr("xl/workbook.xml", bomb)
    assert code_of(lambda: read_workbook(path)) == "FILE-UNSAFE"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    shapes = np.array([shapely.Point(385_544.2869, 2_481_302.9256)], dtype=object)
    columns = {"ten": ["Mốc"], "cao": [87.654], "so": [7], "ngay": ["2026-02-19"]}
    types = {"cao": "float", "so": "short", "ngay": "date"}
    layers = [OutLayer("Moc_P", columns, shapes, ZONE, types, "Point")]  # type: ignore[arg-type]
    layers.append(OutLayer("Duong_L", {"ten": []}, np.empty(0, dtype=object), ZONE, {}, "MultiLineString"))
    write_databases(tmp_path, "OpenFileGDB", ["MocGioi.gdb"] * 2, layers)
    return tmp_path / "MocGioi.gdb"


def test_a_file_geodatabase_is_read_as_it_is(database: Path) -> None:
    found = describe_file(database)
    assert [(layer.name, layer.geometry, layer.count) for layer in found.layers] == [
        ("Moc_P", "Point", 1),
        ("Duong_L", "MultiLineString", 0),
    ]
    assert dict(found.layers[0].columns) == {"ten": "text", "cao": "float", "so": "short", "ngay": "date"}
    assert found.layers[0].declared == ZONE
    table = read_table(database, "Moc_P")
    assert (table.columns["ten"], table.columns["cao"], table.columns["so"]) == (["Mốc"], [87.654], [7])
    assert list(read_tables(database, ["Duong_L", "Moc_P"])) == ["Duong_L", "Moc_P"]


def test_only_the_files_of_a_geodatabase_are_handed_on(database: Path, tmp_path: Path) -> None:
    secret = tmp_path / "bí mật.txt"
    secret.write_text("x")
    (database / "a00000099.gdbtable").symlink_to(secret)
    (database / "khác.txt").write_text("x")
    assert read_table(database, "Moc_P").columns["ten"] == ["Mốc"]
    empty = tmp_path / "rỗng.gdb"
    empty.mkdir()
    assert code_of(lambda: read_table(empty)) == "FILE-EMPTY"
    damaged = Path(shutil.copytree(database, tmp_path / "hỏng.gdb", symlinks=True))
    (damaged / "a00000001.gdbtable").write_bytes(b"\x00" * 40)
    assert code_of(lambda: read_table(damaged, "Moc_P")) in {"FILE-DAMAGED", "FILE-NO-LAYERS", "LAYER-MISSING"}
    plain = tmp_path / "tệp.gdb"
    plain.write_bytes(b"x")
    assert code_of(lambda: read_table(plain)) == "FILE-CONTENT"


def test_shapes_as_text_are_shapes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('ten;WKT\nA;"LINESTRING (1 2, 3 4)"\nB;\nC;POLYGON((\n', encoding="utf-8")
    table = read_table(path)
    assert table.geometries is not None
    assert [None if shape is None else shape.wkt for shape in table.geometries] == ["LINESTRING (1 2, 3 4)", None, None]
    assert list(table.columns) == ["ten"]
    assert [(problem.row, problem.code) for problem in table.rejected] == [(4, "GEOMETRY-UNREADABLE")]
    path.write_text("ten;geometry\nA;vuông\n", encoding="utf-8")
    assert read_table(path).geometries is None
