"""A dossier handed in by circular 16/2025/TT-BXD: the folder, what other programs read of it, what breaches stand."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from core.errors import Cancelled, UserError
from exchange.out_layer import OutLayer
from exchange.writing import write_databases
from forms.record import Record
from forms.tt16 import DATABASES, load_classes, load_sheets
from geodesy.systems import tm_system
from services.desk import Desk
from services.dossiers import open_dossier
from services.editing import update_values
from services.tt16_checking import check_dossier_folder
from services.tt16_package import DossierPackage, export_dossier
from services.workspaces import create_desk
from tests.services.conftest import own_config
from tests.services.desks import AN, FakeClock, refused
from tests.services.tt16_dossiers import CODE, DOSSIER, NO_SCAN, make_dossier, put

PLEIKU = (473_000.0, 1_546_000.0)
FOLDER = "CSDL_QuyHoachChungXaBacQuangDenNam2040"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Record, DossierPackage]]:
    """A dossier of a commune of Gia Lai, whose zone is that of the real empty databases, handed in."""
    folder = tmp_path_factory.mktemp("nộp")
    with own_config(folder):
        desk = create_desk(folder / "sổ", "23575", boundary_file=None, actor=AN, clock=FakeClock())
        dossier = make_dossier(desk, folder / "tệp", PLEIKU)
        (folder / "ra").mkdir()
        yield desk, dossier, export_dossier(desk, dossier.uid, folder / "ra")
        desk.close()


@pytest.fixture(scope="session")
def empty_databases(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real empty databases, unpacked."""
    folder = tmp_path_factory.mktemp("mẫu TT16")
    with zipfile.ZipFile(shared_data / "real" / "tt16" / "gia_lai_tt16_template.gdb.zip") as archive:
        archive.extractall(folder)
    return folder


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_is_laid_out_as_the_circular_says(packed: tuple[Desk, Record, DossierPackage]) -> None:
    _, _, done = packed
    assert done.folder.name == FOLDER
    assert files_below(done.folder) == {
        "HoSoBASIC/VanBan/thuyet_minh.docx",
        "HoSoBASIC/VanBan/khảo sát.jpg",
        "HoSoScan/VanBan/QĐ 2820 phê duyệt.pdf",
        "HoSoScan/BanVe/SDD/QH-04.jpg",
        "HoSoScan/BanVe/GT/QH-05 tờ 2.jpg",
        f"HoSoScan/{CODE}.xlsx",
        *(f"HoSoGIS/{name}.gpkg" for name in DATABASES),
        f"HoSoGIS/{FOLDER.removeprefix('CSDL_')}.qgs",
    }
    assert (done.folder / "HoSoBASIC" / "BanVe").is_dir()
    assert [one.code for one in done.breaches] == [NO_SCAN]
    assert sorted(path.name for path in done.folder.parent.iterdir()) == [FOLDER]


def test_the_workbook_has_its_three_sheets(packed: tuple[Desk, Record, DossierPackage]) -> None:
    _, _, done = packed
    book = openpyxl.load_workbook(done.folder / "HoSoScan" / f"{CODE}.xlsx")
    assert book.sheetnames == ["HoSo", "BanVe", "VanBan"]
    tables = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}
    for name, columns in load_sheets().items():
        assert tables[name][0] == [column.title for column in columns]
    plan = dict(zip(*tables["HoSo"], strict=True))
    assert (plan["Mã hồ sơ"], plan["Mã thông tin quy hoạch"]) == (CODE, "082612012345")
    assert (plan["Loại quy hoạch"], plan["Tỷ lệ"], plan["Tình trạng"]) == ("Quy hoạch chung", "1/5000", "Đã phê duyệt")
    assert (f"{plan['Ngày QĐ']:%Y-%m-%d}", plan["Hệ tọa độ"]) == ("2026-02-19", "VN-2000 108°15' múi 3° (EPSG:9217)")
    assert (plan["Thư mục"], plan["Có HoSoBASIC"], plan["Có HoSoGIS"]) == (FOLDER, "Có", "Có")
    assert "Cơ quan thẩm định: Sở Xây dựng" in plan["Ghi chú"].splitlines()
    assert [row[1] for row in tables["BanVe"][1:]] == ["QH-04", "QH-05"]
    assert [row[4:6] for row in tables["BanVe"][1:]] == [["1", "SDD"], ["2/3", "GT"]]
    assert [row[1] for row in tables["VanBan"][1:]] == ["QĐ 2820 phê duyệt.pdf", "thuyet_minh.docx"]


def rows_of(path: Path, layer: str) -> list[dict[str, Any]]:
    meta, _, shapes, fields = pyogrio.raw.read(str(path), layer=layer, datetime_as_string=True)
    cells = [column.tolist() for column in fields]
    return [
        {**dict(zip(meta["fields"].tolist(), row, strict=True)), "shape": shapely.from_wkb(shape)}
        for row, shape in zip(zip(*cells, strict=True), shapes, strict=True)
    ]


def test_another_library_reads_the_classes(packed: tuple[Desk, Record, DossierPackage]) -> None:
    _, _, done = packed
    gis = done.folder / "HoSoGIS"
    [boundary] = rows_of(gis / "QuyHoach.gpkg", "RanhGioiQuyHoach_A")
    assert boundary["maHoSoQH"] == CODE
    assert boundary["maThongTinQH"] == DOSSIER["legacy_info_code"]
    assert (boundary["tenDoAn"], boundary["ngayQDQH"][:10]) == (DOSSIER["name"], "2026-02-19")
    assert (boundary["danSoQuyHoach"], boundary["coQuanPheduyet"]) == (7400, "UBND cấp tỉnh")
    assert boundary["shape"].geom_type == "MultiPolygon"
    assert boundary["shape"].area == 160_000.0
    assert pyogrio.read_info(gis / "QuyHoach.gpkg", layer="RanhGioiQuyHoach_A")["crs"] == "EPSG:9217"
    planned = rows_of(gis / "QuyHoach.gpkg", "ChucNangSuDungDat_A")
    existing = rows_of(gis / "HienTrang.gpkg", "ChucNangSuDungDat_A")
    assert [row["kyHieuLoDat"] for row in planned + existing] == ["OM-12", "CX-01"]
    assert (planned[0]["chucNangSuDungDatMuc2"], planned[0]["matDoXayDung"]) == ("Nhóm nhà ở", "45,5")
    lines = {name: rows_of(gis / "QuyHoach.gpkg", name) for name in ("ChiGioiDuongDo_L", "ChiGioiXayDung_L")}
    assert [row.get("khoangLuiXayDung") for [row] in lines.values()] == [None, "6,5"]
    [marker] = rows_of(gis / "MocGioi.gpkg", "MocGioiQuyHoach_P")
    assert (marker["tenDoiTuong"], marker["toaDoX"], marker["toaDoY"]) == ("M12", 1_546_020.0, 473_010.0)
    assert marker["caoDo"] == pytest.approx(87.654, abs=1e-5)


def test_what_was_handed_in_loads_into_the_empty_databases(
    packed: tuple[Desk, Record, DossierPackage], empty_databases: Path, tmp_path: Path
) -> None:
    _, _, done = packed
    for name in DATABASES:
        ours = done.folder / "HoSoGIS" / f"{name}.gpkg"
        target = shutil.copytree(empty_databases / f"{name}.gdb", tmp_path / f"{name}.gdb")
        _load(ours, target)
        for layer in load_classes()[name]:
            mine, theirs = rows_of(ours, layer), rows_of(target, layer)
            assert len(mine) == len(theirs), layer
            for own, other in zip(mine, theirs, strict=True):
                assert _plain(own) == _plain({key: other.get(key) for key in own}), layer


def test_every_field_of_every_class_loads_into_the_empty_databases(empty_databases: Path, tmp_path: Path) -> None:
    """Not only what this dossier fills: one row with every cell filled, in each of the 153 classes."""
    cells = {"text": "Ấp Bắc", "short": -7, "long": 70_000, "float": 1.5, "double": 1_546_020.123, "date": "2026-02-19"}
    shapes = {
        "Point": shapely.Point(PLEIKU),
        "MultiLineString": shapely.MultiLineString([[PLEIKU, (473_100.0, 1_546_050.0)]]),
        "MultiPolygon": shapely.MultiPolygon([shapely.box(*PLEIKU, 473_100.0, 1_546_050.0)]),
    }
    files, layers = [], []
    for database, classes in load_classes().items():
        for item in classes.values():
            columns = {column.name: [cells[column.kind]] for column in item.columns}
            shape = np.array([shapes[item.geometry]], dtype=object)
            types = {column.name: column.kind for column in item.columns}
            files.append(f"{database}.gpkg")
            layers.append(OutLayer(item.name, columns, shape, tm_system(108.25), types, item.geometry))
    assert len(layers) == 153
    write_databases(tmp_path, "GPKG", files, layers)
    for database, classes in load_classes().items():
        target = shutil.copytree(empty_databases / f"{database}.gdb", tmp_path / f"{database}.gdb")
        _load(tmp_path / f"{database}.gpkg", target)
        for item in classes.values():
            [row] = rows_of(target, item.name)
            facts = pyogrio.read_info(target, layer=item.name)
            assert set(facts["fields"]) - {"Shape_Length", "Shape_Area"} == {one.name for one in item.columns}
            for column in item.columns:
                found = row[column.name]
                assert (found[:10] if column.kind == "date" else found) == cells[column.kind], (item.name, column.name)


def _load(source: Path, target: Path) -> None:
    """Append every layer by ogr2ogr; it complains on standard error about a field that has no place."""
    program = shutil.which("ogr2ogr")
    if program is None:
        pytest.skip("ogr2ogr is not installed")
    command = [program, "-update", "-append", str(target), str(source)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert [line for line in told.stderr.splitlines() if "unknown time zone" not in line] == []  # its days are moments


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    found = {key: None if cell is None or cell != cell or cell == "" else cell for key, cell in row.items()}
    shape = found.pop("shape")
    days = {key: cell[:10] if isinstance(cell, str) and key.startswith("ngay") else cell for key, cell in found.items()}
    return {**days, "shape": shapely.normalize(shape).wkt}


def test_file_geodatabases_are_written_as_well(packed: tuple[Desk, Record, DossierPackage], tmp_path: Path) -> None:
    desk, dossier, _ = packed
    done = export_dossier(desk, dossier.uid, tmp_path, gis="gdb")
    assert [one.code for one in done.breaches] == [NO_SCAN]
    [boundary] = rows_of(done.folder / "HoSoGIS" / "QuyHoach.gdb", "RanhGioiQuyHoach_A")
    assert boundary["maHoSoQH"] == CODE
    assert [one.code for one in check_dossier_folder(done.folder, system=tm_system(108.25))] == [NO_SCAN]


def test_a_folder_is_never_written_over(packed: tuple[Desk, Record, DossierPackage]) -> None:
    desk, dossier, done = packed
    before = files_below(done.folder)
    refused("TT16-EXISTS", lambda: export_dossier(desk, dossier.uid, done.folder.parent))
    assert files_below(done.folder) == before


def test_what_cannot_be_handed_in_is_refused_in_words(desk: Desk, tmp_path: Path) -> None:
    plan = put(desk, "planning_dossier", name="Quy hoạch thôn")
    refused("TT16-NO-CODE", lambda: export_dossier(desk, plan.uid, tmp_path))
    update_values(desk, plan.uid, {"dossier_code": CODE}, expected=plan.revision)
    refused("EXPORT-NO-FOLDER", lambda: export_dossier(desk, plan.uid, tmp_path / "không có"))
    refused("RECORD-UNKNOWN", lambda: export_dossier(desk, "không", tmp_path))


class _Stop:
    """Cancels once some files are written."""

    def __init__(self, after: int) -> None:
        self._left = after

    def step(self, done: int, total: int | None = None) -> None:
        self._left -= 1
        if self._left < 0:
            raise Cancelled


@pytest.mark.parametrize("after", [0, 3, 8])
def test_cancelled_it_leaves_nothing(packed: tuple[Desk, Record, DossierPackage], tmp_path: Path, after: int) -> None:
    desk, dossier, _ = packed
    with pytest.raises(Cancelled):
        export_dossier(desk, dossier.uid, tmp_path, progress=_Stop(after))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(
    packed: tuple[Desk, Record, DossierPackage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, dossier, _ = packed
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0))
        refused("EXPORT-NO-SPACE", lambda: export_dossier(desk, dossier.uid, tmp_path))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused("EXPORT-NO-SPACE", lambda: export_dossier(desk, dossier.uid, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_place_is_told(desk: Desk, tmp_path: Path) -> None:
    plan = put(desk, "planning_dossier", name="Quy hoạch xã", dossier_code=CODE, legacy_info_code="082612012345")
    put(desk, "dossier_document", dossier_uid=plan.uid, name="Tờ trình", file_sha256="ab" * 32, file_name="tt.pdf")
    line = shapely.LineString([(385_544, 2_481_302), (385_600, 2_481_330)])
    put(desk, "planning_control_line", line, dossier_uid=plan.uid, kind="khac")
    put(desk, "planning_control_line", line, dossier_uid=plan.uid, kind="CGDD", note="x" * 240, width_m=5.0)
    done = export_dossier(desk, plan.uid, tmp_path)
    told = {breach.code for breach in done.breaches}
    assert {"TT16-FILE-AWAY", "TT16-NO-CLASS", "TT16-ASIDE", "TT16-NO-BOUNDARY", "TT16-FILE-MISSING"} <= told
    [aside] = [breach for breach in done.breaches if breach.code == "TT16-ASIDE"]
    assert aside.context == {"files": 0, "references": 0, "outlines": 0, "values": 1}
    [row] = list(openpyxl.load_workbook(done.folder / aside.place)["TruongKhac"].values)[1:]
    assert row[2:] == ("Bề rộng hành lang", "5")
    assert all(breach.text("vi") != breach.text("en") and breach.legal for breach in done.breaches)


def test_infrastructure_within_the_boundary_goes_along(filled: Desk, tmp_path: Path) -> None:
    dossier = make_dossier(filled, tmp_path / "tệp")
    (tmp_path / "ra").mkdir()
    with_works = export_dossier(filled, dossier.uid, tmp_path / "ra", works=True)
    assert with_works.counts["road_segment"] > 0
    area = open_dossier(filled, dossier.uid).boundaries[0].geometry
    path = with_works.folder / "HoSoGIS" / "QuyHoach.gpkg"
    roads = rows_of(path, "MangLuoiGiaoThongDuongBo_L")
    assert all(row["shape"].intersects(area) for row in roads)
    with pytest.raises(UserError):
        export_dossier(filled, dossier.uid, tmp_path / "ra", works=True)
