"""What the circular has no place for: outlines, captions, files of objects, references, long notes, there and back."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely

from forms.files import FileLink
from forms.model import ReferenceField
from forms.record import Record
from forms.tt16_further import FURTHER, load_further_sheets
from services.attaching import attach_files
from services.desk import Desk
from services.dossiers import open_dossier
from services.editing import delete_records, update_geometry, update_values
from services.tt16_import import DossierImport, import_dossier
from services.tt16_package import DossierPackage, export_dossier
from tests.exchange.document_samples import jpeg, pdf, scanned_page
from tests.services.conftest import MakeDesk, own_config
from tests.services.desks import copy_desk, records_of, sample_xy
from tests.services.tt16_dossiers import NO_SCAN, make_dossier, put, square, write_file

PLACE = f"HoSoBASIC/VanBan/{FURTHER}"
TYPES = ("planning_dossier", "dossier_document", "planning_drawing", "planning_boundary", "planning_zone")
WORKS = ("planning_control_line", "planning_marker", "road_segment", "bridge", "lighting_asset", "power_facility")


@dataclass(frozen=True)
class Handed:
    desk: Desk
    dossier: Record
    done: DossierPackage
    roads: tuple[Record, Record]


def note(desk: Desk, uid: str, **values: Any) -> None:
    record = next(one for kind in (*TYPES, *WORKS) for one in records_of(desk, kind) if one.uid == uid)
    update_values(desk, uid, values, expected=record.revision)


def enrich(desk: Desk, dossier: Record, folder: Path) -> tuple[Record, Record]:
    """Give a dossier what the circular has no column for."""
    at = sample_xy([(0.0, 0.0)])[0]
    line = shapely.LineString([at + (5.0, 5.0), at + (205.0, 25.0)])
    inside = put(desk, "road_segment", line, name="Đường trục xã", local_code="DX-1")
    far = put(desk, "road_segment", shapely.transform(line, lambda xy: xy + 5_000), name="Đường ở xa")
    cabinet = put(desk, "power_facility", shapely.Point(at + (20.0, 20.0)), name="Tủ 1", kind="tu_dien")
    put(desk, "lighting_asset", shapely.Point(at + (25.0, 20.0)), cabinet_uid=cabinet.uid, road_segment_uid=inside.uid)
    put(desk, "bridge", shapely.LineString(line.coords[:2]), name="Cầu Bản", road_segment_uid=inside.uid)
    lines = {one.values["kind"]: one.uid for one in records_of(desk, "planning_control_line")}
    note(desk, lines["CGDD"], road_segment_uid=inside.uid)
    note(desk, lines["CGXD"], road_segment_uid=far.uid)
    note(desk, lines["HLAT"], note="Theo hồ sơ cũ. " * 16)
    older = put(desk, "planning_dossier", name="Đồ án năm 2015", dossier_code="08QHC0000007")
    note(desk, dossier.uid, replaces_uid=older.uid)
    [zone, _] = records_of(desk, "planning_zone")
    own = [
        write_file(folder / "ảnh", "hiện trạng.jpg", jpeg(90, 60)),
        write_file(folder / "ảnh", "b.pdf", pdf([scanned_page(200)])),
    ]
    attach_files(desk, zone.uid, own)
    [zone, _] = records_of(desk, "planning_zone")
    links = [FileLink.from_dict(one) for one in zone.values["attachments"]]
    told = [
        {**links[0].as_dict(), "caption": "Nhìn từ phía đông: “đất trống”", "place": [104.123456789012345, 22.1]},
        {**links[1].as_dict(), "page": 1, "caption": "=1+1"},
        {**links[1].as_dict(), "page": 3, "name": "Biên bản (trang 3).pdf"},
    ]
    note(desk, zone.uid, attachments=told)
    [plan] = [one for one in records_of(desk, "planning_dossier") if one.uid == dossier.uid]
    photo = plan.values["attachments"][0]
    note(
        desk, dossier.uid, attachments=[{**photo, "caption": "Khảo sát đợt 1", "taken_at": "2026-01-05T02:03:04.000Z"}]
    )
    for drawing, east in zip(records_of(desk, "planning_drawing"), (0.1, 300.3), strict=True):
        update_geometry(desk, drawing.uid, square(at, east, 180.7), expected=drawing.revision)
    return inside, far


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory, sample_template: Path) -> Iterator[Handed]:
    folder = tmp_path_factory.mktemp("nộp")
    with own_config(folder), copy_desk(sample_template, folder / "sổ") as desk:
        dossier = make_dossier(desk, folder / "tệp")
        roads = enrich(desk, dossier, folder)
        (folder / "ra").mkdir()
        yield Handed(desk, dossier, export_dossier(desk, dossier.uid, folder / "ra", works=True), roads)


def plain(desk: Desk, record: Record) -> tuple[Any, ...]:
    """All that a record says, its references by what they name."""
    names = {
        one.uid: str(one.values.get("local_code") or one.values.get("name"))
        for kind in (*TYPES, *WORKS)
        for one in records_of(desk, kind)
    }
    kind = desk.catalogue.type(record.type_id)
    values = {
        field.key: names.get(str(value)) if isinstance(field, ReferenceField) else value
        for field in kind.fields
        if (value := record.values.get(field.key)) is not None
    }
    return record.type_id, values, None if record.geometry is None else record.geometry.normalize().wkt


def everything(desk: Desk, kinds: tuple[str, ...], left_out: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    found = [record for kind in kinds for record in records_of(desk, kind) if record.uid not in left_out]
    return sorted((plain(desk, record) for record in found), key=repr)


def test_nothing_that_the_product_knows_is_missing_when_it_comes_back(handed: Handed, desk: Desk) -> None:
    taken = import_dossier(desk, handed.done.folder)
    assert [breach.code for breach in taken.breaches] == [NO_SCAN, "TT16-REFERENCE", "TT16-REFERENCE"]
    assert taken.counts == handed.done.counts
    source = handed.desk
    [older] = [one for one in records_of(source, "planning_dossier") if one.uid != handed.dossier.uid]
    ours = everything(source, (*TYPES, *WORKS), (older.uid, handed.roads[1].uid))
    for kind, values, _ in ours:  # what the other workspace does not have
        if kind == "planning_dossier":
            assert values.pop("replaces_uid") is not None
        if kind == "planning_control_line" and values["kind"] == "CGXD":
            assert values.pop("road_segment_uid") is not None
    theirs = everything(desk, (*TYPES, *WORKS))
    assert len(theirs) == len(ours)
    for one, other in zip(sorted(ours, key=repr), theirs, strict=True):
        assert other == one


def test_what_the_workspace_has_is_found_again(handed: Handed, desk: Desk) -> None:
    older = put(desk, "planning_dossier", name="Quy hoạch cũ", dossier_code="08QHC0000007")
    taken = import_dossier(desk, handed.done.folder)
    assert open_dossier(desk, str(taken.uid)).record.values["replaces_uid"] == older.uid
    [line] = [one for one in records_of(desk, "planning_control_line") if one.values["kind"] == "CGXD"]
    assert line.values["road_segment_uid"] is None
    assert handed.roads[1].uid in line.lineage.raw_values["Của đoạn đường"]


def test_taken_back_and_in_again_it_is_as_it_was(handed: Handed, open_copy: MakeDesk, sample_template: Path) -> None:
    desk = open_copy(sample_template, "một")
    first = import_dossier(desk, handed.done.folder)
    before = everything(desk, (*TYPES, *WORKS))
    held = open_dossier(desk, str(first.uid))
    delete_records(desk, [first.uid or "", *(one.uid for records in held.held.values() for one in records)])
    again = import_dossier(desk, handed.done.folder)  # the road and what stands on it are here still
    assert {breach.code for breach in again.breaches} == {NO_SCAN, "TT16-REFERENCE", "TT16-ALREADY-HERE"}
    assert everything(desk, (*TYPES, *WORKS)) == before


def test_it_goes_out_again_as_it_came(handed: Handed, desk: Desk, tmp_path: Path) -> None:
    taken = import_dossier(desk, handed.done.folder)
    again = export_dossier(desk, str(taken.uid), tmp_path, works=True).folder
    names = {path.relative_to(handed.done.folder) for path in handed.done.folder.rglob("*")}
    assert {path.relative_to(again) for path in again.rglob("*")} == names
    for sheet in ("TepDinhKem", "DuongBao", "TruongKhac"):
        assert rows(again, sheet) == rows(handed.done.folder, sheet)


def rows(folder: Path, sheet: str) -> list[tuple[Any, ...]]:
    return sorted(openpyxl.load_workbook(folder / PLACE)[sheet].values, key=repr)


def test_people_can_read_the_workbook(handed: Handed) -> None:
    aside, scan = handed.done.breaches
    assert scan.code == NO_SCAN, "no row of its own making is lost"
    assert (aside.code, aside.place) == ("TT16-ASIDE", PLACE)
    assert aside.context == {"files": 4, "references": 6, "outlines": 2, "values": 1}
    book = openpyxl.load_workbook(handed.done.folder / PLACE)
    for sheet, columns in load_further_sheets().items():
        assert next(book[sheet].values) == tuple(one.title for one in columns)
    references = {row[2]: row for row in list(book["ThamChieu"].values)[1:]}
    assert references["Điều chỉnh, thay thế hồ sơ"][3:5] == ("Hồ sơ quy hoạch", "08QHC0000007")
    assert references["Tủ điều khiển, cấp điện"][5] == "Tủ 1"
    assert ("=1+1") in {row[6] for row in book["TepDinhKem"].values}


def test_a_workbook_of_another_hand_is_an_attachment(handed: Handed, desk: Desk, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(handed.done.folder, tmp_path / handed.done.folder.name))
    book = openpyxl.Workbook()
    book.active.append(["Việc khác"])
    book.save(folder / PLACE)
    taken = import_dossier(desk, folder)
    names = {one["name"] for one in open_dossier(desk, str(taken.uid)).record.values["attachments"]}
    assert names == {FURTHER, "khảo sát.jpg", "hiện trạng.jpg", "b.pdf"}


def test_rows_that_mean_nothing_are_told_and_harm_nothing(handed: Handed, desk: Desk, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(handed.done.folder, tmp_path / handed.done.folder.name))
    book = openpyxl.load_workbook(folder / PLACE)
    files, outlines, values = book["TepDinhKem"], book["DuongBao"], book["TruongKhac"]
    files["A2"] = "Loại lạ"
    files["D3"] = "HoSoBASIC/VanBan/../../../etc/passwd"
    files["F4"] = "trang ba"
    outlines["C2"] = "EPSG:9999"
    outlines["D3"] = "POLYGON ((0 0, 1"
    values["C2"] = "Trường lạ"
    book["ThamChieu"]["B2"] = "không có mã này"
    book.save(folder / PLACE)
    taken: DossierImport = import_dossier(desk, folder)
    told = [one for one in taken.breaches if one.code == "TT16-CELL-UNREAD"]
    assert len(told) == 7
    assert {one.place.rpartition("/")[2] for one in told} == set(load_further_sheets())
    assert taken.counts == handed.done.counts
    assert taken.files == len({path for path in folder.rglob("*") if path.is_file()}) - 7
    assert all("{" not in one.text(language) for one in told for language in ("vi", "en"))
