"""The table before the user as a file: their columns, order and filter, real numbers and days, and no formulas."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.desk import Desk
from services.editing import insert_record
from services.exporting import export_records
from services.view_export import export_view
from tests.services.desks import refused, sample_line

ROADS = "road_segment"
COLUMNS = [
    "name",
    "surface",
    "lanes",
    "carriageway_w",
    "lighting",
    "inspected_on",
    "affected_communes",
    "note",
    "state",
]
EVIL = "=cmd|' /C calc'!A0"


@pytest.fixture
def roads(desk: Desk) -> Desk:
    for number, (name, width) in enumerate((("Đường Ba", 5.5), ("Đường ấp 10", 3.25), ("Đường ấp 2", None)), start=1):
        values: dict[str, Any] = {
            "name": name,
            "surface": "BTN",
            "lanes": number,
            "carriageway_w": width,
            "lighting": number == 1,
            "inspected_on": f"2026-03-0{number}",
            "affected_communes": ["00691", "00694"],
            "note": EVIL,
        }
        insert_record(desk, ROADS, values, sample_line((0, 0), (10.0 * number, 40)))
    return desk


def sheet_of(path: Path) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]


def test_a_workbook_holds_words_numbers_and_days(roads: Desk, tmp_path: Path) -> None:
    written = export_view(roads, ROADS, tmp_path / "đường.xlsx", columns=COLUMNS, sort="name", language="vi")
    assert (written.count, written.path) == (3, tmp_path / "đường.xlsx")
    head, *rows = sheet_of(written.path)
    assert head[:4] == ["Tên đường", "Kết cấu mặt đường", "Số làn xe", "Bề rộng mặt đường (m)"]
    assert [row[0] for row in rows] == ["Đường ấp 2", "Đường ấp 10", "Đường Ba"]
    assert rows[1][1:7] == [
        "Bê tông nhựa",
        2,
        3.25,
        "Không",
        datetime(2026, 3, 2),
        rows[1][6],
    ]
    assert "; " in rows[1][6]
    assert (rows[0][3], rows[0][7], rows[0][8]) == (None, EVIL, "Nháp")
    sheet = openpyxl.load_workbook(written.path).worksheets[0]
    assert (sheet.freeze_panes, sheet.title) == ("A2", "Đoạn đường")
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["đường.xlsx"]


def test_a_csv_follows_the_habit_of_the_language(roads: Desk, tmp_path: Path) -> None:
    out = tmp_path / "đường.csv"
    export_view(roads, ROADS, out, columns=COLUMNS, sort="lanes", descending=True, language="vi")
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = list(csv.reader(file, delimiter=";"))
    assert (head[0], [row[2] for row in rows]) == ("Tên đường", ["3", "2", "1"])
    assert (rows[1][3], rows[1][5], rows[1][7]) == ("3,25", "02/03/2026", f"'{EVIL}")
    export_view(roads, ROADS, out, columns=COLUMNS, sort="lanes", language="en")
    with out.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert (head[0], rows[0][3], rows[0][5], rows[0][4]) == ("Road name", "5.50", "2026-03-01", "Yes")


def test_a_filter_and_codes(roads: Desk, tmp_path: Path) -> None:
    out = tmp_path / "đường.xlsx"
    written = export_view(
        roads, ROADS, out, columns=["uid", "surface", "updated_at"], where="lanes > 1", text="duong ap", labels=False
    )
    head, *rows = sheet_of(out)
    assert (written.count, head, {row[1] for row in rows}) == (2, ["uid", "surface", "updated_at"], {"BTN"})
    assert all(isinstance(row[2], datetime) and row[2].date() == date(2026, 4, 1) for row in rows)


def test_a_reference_is_shown_by_its_name(desk: Desk, tmp_path: Path) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "Quy hoạch chung xã"}, None).record
    insert_record(desk, "dossier_document", {"name": "Tờ trình", "dossier_uid": dossier.uid}, None)
    export_view(desk, "dossier_document", tmp_path / "a.xlsx", columns=["name", "dossier_uid"])
    assert "Quy hoạch chung xã" in sheet_of(tmp_path / "a.xlsx")[1][1]
    export_view(desk, "dossier_document", tmp_path / "a.xlsx", columns=["dossier_uid"], labels=False)
    assert sheet_of(tmp_path / "a.xlsx")[1] == [dossier.uid]


def test_every_type_can_be_written(filled: Desk, tmp_path: Path) -> None:
    for type_id in filled.catalogue.types:
        for name in ("a.xlsx", "a.csv"):
            export_view(filled, type_id, tmp_path / name)
    assert export_view(filled, "survey_point", tmp_path / "a.csv").count == 90


def test_what_cannot_be_written_says_why(roads: Desk, tmp_path: Path) -> None:
    refused("EXPORT-FORMAT", lambda: export_view(roads, ROADS, tmp_path / "đường.doc"))
    refused("VIEW-COLUMN", lambda: export_view(roads, ROADS, tmp_path / "a.xlsx", columns=["nothing"]))
    refused("EXPORT-NO-FOLDER", lambda: export_view(roads, ROADS, tmp_path / "không có" / "a.xlsx"))
    assert list(tmp_path.glob("*.part")) == []


def test_all_records_go_into_one_workbook_a_sheet_a_type(filled: Desk, tmp_path: Path) -> None:
    export = export_records(filled, tmp_path / "sổ.xlsx", "xlsx")
    book = openpyxl.load_workbook(export.files[0])
    assert set(book.sheetnames) == {ROADS, "land_use_plan_area", "survey_point"}
    rows = list(book["survey_point"].iter_rows(values_only=True))
    assert (len(rows), {"uid", "X", "Y"} <= set(rows[0])) == (91, True)
    assert all(2_400_000 < row[rows[0].index("X")] < 2_500_000 for row in rows[1:])
    assert "wkt" not in [cell.value for cell in next(book[ROADS].iter_rows())]
