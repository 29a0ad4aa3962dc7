"""A dossier's folder taken in: what was handed in comes back, another hand's is taken whole, faults are told."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.messages import LANGUAGES, load_messages
from forms.record import Record
from services.desk import Desk
from services.dossiers import Dossier, open_dossier
from services.editing import undo
from services.file_contents import open_content
from services.tt16_breaches import known_codes
from services.tt16_checking import check_dossier_folder
from services.tt16_import import import_dossier
from services.tt16_package import DossierPackage, export_dossier
from tests.exchange.document_samples import jpeg, pdf, scanned_page
from tests.services.conftest import MakeDesk, own_config
from tests.services.desks import copy_desk, records_of, refused, snapshot
from tests.services.tt16_dossiers import CODE, NO_SCAN, make_dossier

LOOSE = {"dossier_uid"}  # names a record of the other workspace


@pytest.fixture(scope="module")
def packed(
    tmp_path_factory: pytest.TempPathFactory, sample_template: Path
) -> Iterator[tuple[Desk, Record, DossierPackage]]:
    folder = tmp_path_factory.mktemp("nộp")
    with own_config(folder), copy_desk(sample_template, folder / "sổ") as desk:
        dossier = make_dossier(desk, folder / "tệp")
        (folder / "ra").mkdir()
        yield desk, dossier, export_dossier(desk, dossier.uid, folder / "ra")


@pytest.fixture
def folder(packed: tuple[Desk, Record, DossierPackage], tmp_path: Path) -> Path:
    """A copy of the folder, to be spoilt."""
    return Path(shutil.copytree(packed[2].folder, tmp_path / packed[2].folder.name))


def content(dossier: Dossier) -> list[tuple[str, dict[str, Any], str | None]]:
    """All that a dossier says, without what is of one workspace alone."""
    members = [dossier.record, *(record for held in dossier.held.values() for record in held)]
    return [
        (
            record.type_id,
            {key: value for key, value in record.values.items() if key not in LOOSE},
            None if record.geometry is None else record.geometry.normalize().wkt,
        )
        for record in sorted(members, key=lambda one: (one.type_id, str(one.values.get("local_code"))))
    ]


def test_what_was_handed_in_comes_back(packed: tuple[Desk, Record, DossierPackage], desk: Desk) -> None:
    source, dossier, done = packed
    taken = import_dossier(desk, done.folder)
    assert [one.code for one in taken.breaches] == [NO_SCAN]
    assert (taken.code, taken.files) == (CODE, 5)
    assert taken.counts == done.counts
    assert taken.uid is not None
    ours, theirs = open_dossier(source, dossier.uid), open_dossier(desk, taken.uid)
    assert content(theirs) == content(ours)
    for before, after in zip(ours.documents, theirs.documents, strict=True):
        sha256 = str(before.values["file_sha256"])
        assert b"".join(open_content(desk, sha256)) == b"".join(open_content(source, sha256))
        assert after.lineage.source_layer == "VanBan"
    assert theirs.boundaries[0].lineage.src_crs == "EPSG:9211"
    assert theirs.boundaries[0].lineage.raw_values["maHoSoQH"] == CODE
    refused("TT16-HERE-ALREADY", lambda: import_dossier(desk, done.folder))


def test_it_comes_out_again_as_it_went_in(
    packed: tuple[Desk, Record, DossierPackage], desk: Desk, tmp_path: Path
) -> None:
    first = packed[2].folder
    taken = import_dossier(desk, first)
    assert taken.uid is not None
    again = export_dossier(desk, taken.uid, tmp_path).folder
    names = {path.relative_to(first) for path in first.rglob("*")}
    assert {path.relative_to(again) for path in again.rglob("*")} == names
    books = [openpyxl.load_workbook(one / "HoSoScan" / f"{CODE}.xlsx") for one in (first, again)]
    rows = [{sheet.title: sorted(map(str, sheet.values)) for sheet in book} for book in books]
    assert rows[0] == rows[1]


def test_one_step_that_one_undo_takes_back(packed: tuple[Desk, Record, DossierPackage], desk: Desk) -> None:
    import_dossier(desk, packed[2].folder)
    undo(desk)
    assert not any(records_of(desk, kind) for kind in ("planning_dossier", "dossier_document", "planning_zone"))


def test_a_dry_run_tells_the_same_and_writes_nothing(packed: tuple[Desk, Record, DossierPackage], desk: Desk) -> None:
    before = snapshot(desk)
    told = import_dossier(desk, packed[2].folder, dry_run=True)
    assert (told.uid, told.changed, told.counts, told.files) == (None, None, packed[2].counts, 5)
    assert snapshot(desk) == before


def test_what_is_no_dossier_is_refused(desk: Desk, tmp_path: Path) -> None:
    refused("TT16-NOT-A-DOSSIER", lambda: import_dossier(desk, tmp_path))
    refused("TT16-NOT-A-DOSSIER", lambda: check_dossier_folder(tmp_path / "không có"))
    (tmp_path / "HoSoScan").mkdir()
    refused("TT16-NO-HOSO", lambda: import_dossier(desk, tmp_path))


def test_a_folder_of_another_hand_is_taken_whole(folder: Path, desk: Desk) -> None:
    """Sheets of one drawing in one folder, files that no list names, codes as numbers, a name without its ending."""
    scans = folder / "HoSoScan"
    (scans / "BanVe" / "SDD" / "QH-04 tờ 2.jpg").write_bytes(jpeg(200, 150, dpi=(300, 300)))
    (scans / "BanVe" / "Thêm").mkdir()
    (scans / "BanVe" / "Thêm" / "a.jpg").write_bytes(jpeg(210, 150, dpi=(300, 300)))
    (scans / "VanBan" / "Công văn 15.pdf").write_bytes(pdf([scanned_page(200, "x")]))
    book = openpyxl.load_workbook(scans / f"{CODE}.xlsx")
    plan, papers = book["HoSo"], book["VanBan"]
    plan["B2"] = 82612012345
    plan["D2"] = "QHC"
    papers["B2"] = "QĐ 2820 phê duyệt"
    papers["F2"] = "Về việc phê duyệt"
    plan["T2"] = "Ghi chú của người khác"
    book.save(scans / f"{CODE}.xlsx")
    taken = import_dossier(desk, folder)
    assert taken.uid is not None
    found = open_dossier(desk, taken.uid)
    sheets = [one for one in found.drawings if one.values["drawing_no"] == "QH-04"]
    assert [(one.values["file_name"], one.values["sheet_no"], one.values["sheet_count"]) for one in sheets] == [
        ("QH-04 tờ 2.jpg", 1, 2),
        ("QH-04.jpg", 2, 2),
    ]
    assert {one.values["name"] for one in found.drawings} >= {"a", "Bản đồ sử dụng đất"}
    assert {one.values["file_name"] for one in found.documents} >= {"Công văn 15.pdf", "QĐ 2820 phê duyệt.pdf"}
    decision = next(one for one in found.documents if one.values["doc_kind"] == "quyet_dinh")
    assert "Về việc phê duyệt" in decision.values["note"]
    assert (found.record.values["plan_kind"], found.record.values["note"]) == ("QHC", "Ghi chú của người khác")
    told = {breach.code for breach in taken.breaches}
    assert {"TT16-FILE-UNLISTED", "TT16-DRAWING-UNLISTED", "TT16-CODE-DIFFERS"} <= told


def test_faults_of_the_folder_are_told_with_the_clause(folder: Path) -> None:
    scans = folder / "HoSoScan"
    (scans / "VanBan" / "QĐ 2820 phê duyệt.pdf").unlink()
    (scans / "VanBan" / "ảnh.jpg").write_bytes(jpeg(50, 40, dpi=(72, 72)))
    (scans / "BanVe" / "SDD" / "QH-04.jpg").write_bytes(jpeg(60, 40, dpi=(96, 96)))
    shutil.rmtree(scans / "BanVe" / "GT")
    shutil.rmtree(folder / "HoSoBASIC")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "HoSoGIS" / "QuyHoach.gpkg").write_bytes(b"SQLite format 3\x00")
    (folder / "HoSoGIS" / "MocGioi.gpkg").unlink()
    next((folder / "HoSoGIS").glob("*.qgs")).unlink()
    book = openpyxl.load_workbook(scans / f"{CODE}.xlsx")
    book["HoSo"]["A2"] = "HS-1"
    book["HoSo"]["S1"] = "Từ khoá"
    book["HoSo"]["C2"] = None
    book["BanVe"]["G2"] = "1/2000"
    del book["VanBan"]
    book.save(scans / f"{CODE}.xlsx")
    renamed = folder.rename(folder.with_name("Hồ sơ Bắc Quang"))
    found = check_dossier_folder(renamed)
    codes = {breach.code for breach in found}
    assert codes >= {
        "TT16-FOLDER-NAME",
        "TT16-PART-MISSING",
        "TT16-STRANGE-ENTRY",
        "TT16-NO-PROJECT",
        "TT16-WORKBOOK-NAME",
        "TT16-SHEET-MISSING",
        "TT16-COLUMN-MISSING",
        "TT16-COLUMN-STRANGE",
        "TT16-CELL-EMPTY",
        "TT16-CODE-FORM",
        "TT16-CODE-DIFFERS",
        "TT16-FILE-UNLISTED",
        "TT16-DRAWING-MISSING",
        "TT16-DOCUMENT-KIND",
        "TT16-DOCUMENT-DPI",
        "TT16-DRAWING-DPI",
        "TT16-SCALE-DIFFERS",
        "TT16-DATABASE-MISSING",
        "TT16-DATABASE-UNREAD",
        "TT16-NO-BOUNDARY",
    }
    assert all("Phụ lục II" in breach.legal for breach in found if breach.severity == "error")
    for breach in found:
        assert breach.text("vi") != breach.text("en")
        assert "{" not in breach.text("vi") + breach.text("en")


def test_faults_of_the_databases_are_told(folder: Path) -> None:
    path = folder / "HoSoGIS" / "QuyHoach.gpkg"
    with sqlite3.connect(path) as store:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):  # what the index's triggers call
            store.create_function(name, 1, lambda blob: 0)
        store.execute('ALTER TABLE "ChiGioiDuongDo_L" RENAME COLUMN "chieuDai" TO "dai"')
        store.execute("UPDATE gpkg_contents SET srs_id = 4326 WHERE table_name = 'ChiGioiXayDung_L'")
        store.execute("UPDATE gpkg_geometry_columns SET srs_id = 4326 WHERE table_name = 'ChiGioiXayDung_L'")
        store.execute("UPDATE gpkg_geometry_columns SET geometry_type_name='POINT' WHERE table_name='CongTrinh_A'")
        store.execute("DELETE FROM gpkg_contents WHERE table_name = 'TuyenTKDT_L'")
        store.execute('ALTER TABLE "DiemNhanChinh_P" DROP COLUMN "hinhAnh"')
        store.execute('ALTER TABLE "DiemNhanChinh_P" ADD COLUMN "hinhAnh" DOUBLE')
        store.execute('UPDATE "HanhLangAnToan_L" SET "maHoSoQH" = NULL, "ghiChu" = ?', ("x" * 300,))
        store.execute('UPDATE "RanhGioiQuyHoach_A" SET "maThongTinQH" = ?', ("082612099999",))
    store.close()
    told = {}
    for breach in check_dossier_folder(folder):
        told.setdefault(breach.code, []).append(breach.place.rpartition("/")[2])
    assert told["TT16-FIELD-MISSING"] == ["ChiGioiDuongDo_L"]
    assert told["TT16-FIELD-STRANGE"] == ["ChiGioiDuongDo_L"]
    assert told["TT16-SYSTEM"] == ["ChiGioiXayDung_L"]
    assert told["TT16-CLASS-GEOMETRY"] == ["CongTrinh_A"]
    assert told["TT16-CLASS-MISSING"] == ["QuyHoach.gpkg"]
    assert told["TT16-FIELD-TYPE"] == ["DiemNhanChinh_P"]
    assert told["TT16-ROW-CODE"] == ["HanhLangAnToan_L"]
    assert told["TT16-TEXT-LONG"] == ["HanhLangAnToan_L"]
    assert told["TT16-CODE-DIFFERS"] == ["RanhGioiQuyHoach_A"]


def test_infrastructure_comes_back_as_what_it_was(open_copy: MakeDesk, filled_template: Path, desk: Desk) -> None:
    source = open_copy(filled_template, "nguồn")
    out = Path(source.workspace.folder).parent
    dossier = make_dossier(source, out / "tệp")
    done = export_dossier(source, dossier.uid, out, works=True)
    taken = import_dossier(desk, done.folder)
    assert taken.counts == done.counts
    roads = {record.uid: record for record in records_of(source, "road_segment")}
    back = records_of(desk, "road_segment")
    assert back
    for record in back:
        before = roads[record.uid]
        assert record.geometry is not None
        assert record.geometry.equals(before.geometry)
        kept = {key: value for key, value in before.values.items() if value is not None}
        assert {key: record.values[key] for key in kept} == kept


def test_every_breach_has_words_and_a_clause() -> None:
    words = load_messages()
    for code in known_codes():
        assert set(words[code]) == set(LANGUAGES)
    assert {code for code in words if code.startswith("TT16-")} >= set(known_codes())
