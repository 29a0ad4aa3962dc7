"""What the check of a handed-in dossier says of missing scans, names of classes, rows without shape, lost rows."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from forms.tt16 import load_classes
from services.tt16_breaches import Breach
from services.tt16_checking import check_dossier_folder
from services.tt16_class_names import check_class_name, shape_asked
from services.tt16_further import write_further
from services.tt16_gis_checks import scan_codes
from services.tt16_package import export_dossier
from services.tt16_reading import read_folder
from tests.exchange.document_samples import jpeg, pdf, scanned_page
from tests.services.conftest import own_config
from tests.services.desks import copy_desk
from tests.services.tt16_dossiers import CODE, NO_SCAN, make_dossier

NO_CLAUSE = "Địa Bạ ("
FURTHER = "HoSoBASIC/VanBan/ThongTinKhac.xlsx"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, sample_template: Path) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("nộp")
    with own_config(folder), copy_desk(sample_template, folder / "sổ") as desk:
        dossier = make_dossier(desk, folder / "tệp")
        (folder / "ra").mkdir()
        yield export_dossier(desk, dossier.uid, folder / "ra").folder


@pytest.fixture
def folder(packed: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be spoilt."""
    return Path(shutil.copytree(packed, tmp_path / packed.name))


def told(folder: Path, *codes: str) -> list[Breach]:
    """The breaches beyond the one that the sample always has, all of ``codes``, in words in both languages."""
    found = [one for one in check_dossier_folder(folder) if one.code != NO_SCAN or NO_SCAN in codes]
    assert {one.code for one in found} == set(codes)
    for one in found:
        assert one.text("vi") != one.text("en")
        assert "{" not in one.text("vi") + one.text("en")
    return found


def change(folder: Path, *statements: str, database: str = "QuyHoach") -> None:
    with sqlite3.connect(folder / "HoSoGIS" / f"{database}.gpkg") as store:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):  # what the index's triggers call
            store.create_function(name, 1, lambda blob: 0)
        for statement in statements:
            store.execute(statement)
    store.close()


def rename(folder: Path, old: str, new: str) -> None:
    tables = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_extensions")
    change(
        folder,
        f'ALTER TABLE "{old}" RENAME TO "{new}"',
        *(f"UPDATE {table} SET table_name = '{new}' WHERE table_name = '{old}'" for table in tables),
    )


# Scans


def test_an_original_alone_is_no_scan(folder: Path) -> None:
    [one] = told(folder, NO_SCAN)
    assert (one.context["file"], one.severity) == ("thuyet_minh.docx", "warning")
    assert "HoSoScan/VanBan" in one.legal
    (folder / "HoSoScan" / "VanBan" / "thuyet_minh.pdf").write_bytes(pdf([scanned_page(300, "x")]))
    told(folder, "TT16-FILE-UNLISTED")


def test_a_drawing_without_a_scan_is_told(folder: Path) -> None:
    scan = folder / "HoSoScan" / "BanVe" / "SDD" / "QH-04.jpg"
    original = folder / "HoSoBASIC" / "BanVe" / "SDD" / "QH-04.dwg"
    original.parent.mkdir()
    original.write_bytes(b"AC1032")
    scan.unlink()
    [one] = told(folder, "TT16-DRAWING-SCAN")
    assert (one.context["folder"], one.severity) == ("SDD", "warning")
    assert "Phụ lục II" in one.legal
    original.rename(scan.with_suffix(".dwg"))
    assert "TT16-DRAWING-SCAN" in {breach.code for breach in check_dossier_folder(folder)}, "a drawing is no scan"
    scan.write_bytes(jpeg(640, 480, dpi=(300, 300)))
    told(folder, "TT16-DRAWING-KIND")


def test_the_scan_s_code_names_this_dossier_or_a_scan(folder: Path) -> None:
    change(folder, """UPDATE "RanhGioiQuyHoach_A" SET "maHoSoScan" = '08QHC0019999'""")
    [one] = told(folder, "TT16-SCAN-CODE")
    assert (one.context["found"], one.context["code"], one.severity) == ("08QHC0019999", CODE, "warning")
    assert one.legal.startswith(NO_CLAUSE), "the circular itself is not known to have the field"
    known = scan_codes(read_folder(folder), CODE)
    assert {CODE.casefold(), "sdd", "qh-04", "qh-04.jpg", "qđ 2820 phê duyệt"} <= known
    assert "qh-99" not in known
    change(folder, """UPDATE "RanhGioiQuyHoach_A" SET "maHoSoScan" = 'QH-04'""")
    told(folder)


# Classes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("CongTrinhLa_A", "TT16-CLASS-STRANGE"),
        ("CongTrinh_La_A", "TT16-CLASS-STRANGE"),
        ("CongTrinhLa_X", "TT16-CLASS-FORM"),
        ("CongTrinhLa", "TT16-CLASS-FORM"),
        ("congTrinhLa_A", "TT16-CLASS-FORM"),
        ("Công_Trình_Lạ_A", "TT16-CLASS-FORM"),
        ("Cong Trinh La_A", "TT16-CLASS-FORM"),
        ("congtrinh_a", "TT16-CLASS-SPELLED"),
        ("Công trình A", "TT16-CLASS-SPELLED"),
        ("PhanVungDanhGia_A", "TT16-CLASS-DATABASE"),
    ],
)
def test_a_class_of_another_name_is_told_by_what_is_wrong_with_it(name: str, code: str) -> None:
    one = check_class_name("QuyHoach", name, f"HoSoGIS/QuyHoach.gpkg/{name}")
    assert (one.code, one.severity) == (code, "error")
    assert "Phụ lục II" in one.legal
    assert one.context.get("meant", "CongTrinh_A") == "CongTrinh_A"
    assert one.context.get("databases", "HienTrang") == "HienTrang"
    assert name in one.text("vi")
    assert name in one.text("en")


def test_no_published_name_is_wrong() -> None:
    for held in load_classes().values():
        assert all(shape_asked(item.name) == item.geometry for item in held.values())


def test_the_ending_of_a_strange_class_is_held_to_its_shapes(folder: Path) -> None:
    rename(folder, "CongTrinh_A", "CongTrinhLa_P")
    found = told(folder, "TT16-CLASS-MISSING", "TT16-CLASS-STRANGE", "TT16-CLASS-GEOMETRY")
    assert [one.context["asked"] for one in found if one.code == "TT16-CLASS-GEOMETRY"] == ["Point"]


def test_rows_that_lie_nowhere_are_counted(folder: Path) -> None:
    change(folder, 'UPDATE "ChucNangSuDungDat_A" SET geom = NULL WHERE fid = 1')
    [one] = told(folder, "TT16-ROW-SHAPE")
    assert (one.place, one.context["count"]) == ("HoSoGIS/QuyHoach.gpkg/ChucNangSuDungDat_A", 1)
    assert one.legal.startswith(NO_CLAUSE)
    change(folder, 'UPDATE "RanhGioiQuyHoach_A" SET geom = NULL')
    told(folder, "TT16-ROW-SHAPE", "TT16-NO-BOUNDARY")


# The program's own workbook


def codes_of(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "HoSoGIS" / "QuyHoach.gpkg") as store:
        return [code for (code,) in store.execute('SELECT "maDoiTuong" FROM "ChucNangSuDungDat_A"')]


def test_rows_that_resolve_are_not_told(folder: Path) -> None:
    [zone, *_] = codes_of(folder)
    rows = {
        "TruongKhac": [
            {"type": "Ô, lô chức năng", "code": zone, "field": "Ghi chú", "text": "dài"},
            {"type": "Hồ sơ quy hoạch", "code": CODE, "field": "Ghi chú", "text": "dài"},
        ],
        "DuongBao": [{"type": "Bản vẽ quy hoạch", "code": "SDD", "system": "EPSG:9211", "wkt": "POINT (1 2)"}],
        "ThamChieu": [
            {
                "type": "Hồ sơ quy hoạch",
                "code": CODE,
                "field": "Điều chỉnh, thay thế hồ sơ",
                "target_type": "Hồ sơ quy hoạch",
                "target_code": "08QHC0000007",
            }
        ],
        "TepDinhKem": [
            {"type": "Hồ sơ quy hoạch", "code": CODE, "field": "Tệp đính kèm", "file": "HoSoBASIC/VanBan/khảo sát.jpg"}
        ],
    }
    write_further(folder / FURTHER, rows)
    told(folder)


LOST = [
    ("TruongKhac", {"type": "Loại lạ"}, "Loại bản ghi"),
    ("TruongKhac", {"code": "không có"}, "Mã"),
    ("TruongKhac", {"field": "Trường lạ"}, "Trường"),
    ("DuongBao", {"type": "Bản vẽ quy hoạch", "code": "XX", "system": "EPSG:9211", "wkt": "POINT (1 2)"}, "Mã"),
    ("DuongBao", {"system": "EPSG:9999", "wkt": "POINT (1 2)"}, "Hệ tọa độ"),
    ("DuongBao", {"system": "EPSG:9211", "wkt": "POINT (1"}, "Hình (WKT, đông trước bắc)"),
    ("TepDinhKem", {"field": "Tệp đính kèm", "file": "HoSoBASIC/VanBan/../a.pdf"}, "Tệp"),
    ("TepDinhKem", {"field": "Ghi chú", "file": "HoSoBASIC/VanBan/khảo sát.jpg"}, "Trường"),
    ("ThamChieu", {"field": "Ghi chú"}, "Trường"),
    ("ThamChieu", {"target_type": "Đoạn đường", "target_code": "x"}, "Loại được trỏ tới"),
    ("ThamChieu", {"target_type": "Hồ sơ quy hoạch"}, "Mã được trỏ tới"),
]


def test_rows_that_resolve_to_nothing_are_remarks(folder: Path) -> None:
    rows: dict[str, list[dict[str, str]]] = {}
    expected = []
    for sheet, cells, column in LOST:
        own = "Điều chỉnh, thay thế hồ sơ" if sheet == "ThamChieu" else "Ghi chú"
        rows.setdefault(sheet, []).append({"type": "Hồ sơ quy hoạch", "code": CODE, "field": own, **cells})
        expected.append((f"{FURTHER}/{sheet}", len(rows[sheet]) + 1, column))
    write_further(folder / FURTHER, rows)
    found = told(folder, "TT16-FURTHER-LOST")
    assert sorted((one.place, one.context["row"], one.context["column"]) for one in found) == sorted(expected)
    assert {one.severity for one in found} == {"warning"}
    assert all(one.legal.startswith(NO_CLAUSE) for one in found)


def test_what_cannot_be_read_is_not_called_lost(folder: Path) -> None:
    """Another finding says that a database is broken; its objects are not told one by one as well."""
    (folder / "HoSoGIS" / "QuyHoach.gpkg").write_bytes(b"SQLite format 3\x00")
    row = {"type": "Ô, lô chức năng", "code": "không có", "field": "Ghi chú", "text": "dài"}
    write_further(folder / FURTHER, {"TruongKhac": [row]})
    assert "TT16-FURTHER-LOST" not in {one.code for one in check_dossier_folder(folder)}
