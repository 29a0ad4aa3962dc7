"""Excel 97 workbooks (.xls), as offices have kept them for twenty years."""

import datetime
from pathlib import Path

import pytest
import shapely
import xlrd

from exchange.reading import inspect_file, read_table
from tests.exchange.old_workbooks import write_xls
from tests.services.desks import refused

ROWS = [
    ["Số hiệu", "X (m)", "Y (m)", "Tên đường", "Ngày đo", "Có đèn"],
    ["M1", 2487123.456, 437210.25, "Đường Nguyễn Huệ", datetime.date(2009, 3, 31), True],
    ["M2", 2487180.0, 437290.125, "Ngõ Ấp Bắc – ổ gà", None, False],
]


def test_the_fixture_is_one_that_another_reader_takes(tmp_path: Path) -> None:
    book = xlrd.open_workbook(write_xls(tmp_path / "cũ.xls", {"Mốc": ROWS}))
    sheet = book.sheet_by_name("Mốc")
    assert sheet.cell_value(1, 3) == "Đường Nguyễn Huệ"
    assert sheet.cell(1, 4).ctype == xlrd.XL_CELL_DATE


def test_rows_letters_numbers_and_dates_are_read(tmp_path: Path) -> None:
    table = read_table(write_xls(tmp_path / "cũ.xls", {"Mốc": ROWS, "Trống": []}))
    assert (table.layer, table.kind) == ("Mốc", "sheets")
    assert table.columns["Tên đường"] == ["Đường Nguyễn Huệ", "Ngõ Ấp Bắc – ổ gà"]
    assert table.columns["Ngày đo"] == ["2009-03-31", None]
    assert table.columns["Có đèn"] == ["true", "false"]
    assert table.geometries is not None
    assert shapely.get_coordinates(table.geometries).tolist() == [[437210.25, 2487123.456], [437290.125, 2487180.0]]


def test_each_sheet_is_a_layer(tmp_path: Path) -> None:
    many = [ROWS[0], *([f"M{row}", 2487000.0 + row, 437000.0 + row, "Đường số 1", None, True] for row in range(3000))]
    path = write_xls(tmp_path / "cũ.xls", {"Mốc": ROWS, "Nhiều": many})
    assert [(layer.name, layer.count) for layer in inspect_file(path).layers] == [("Mốc", 2), ("Nhiều", 3000)]
    assert len(read_table(path, "Nhiều")) == 3000
    refused("LAYER-SEVERAL", lambda: read_table(path))


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_one_that_was_cut_off_is_refused_or_read_whole(tmp_path: Path, kept: float) -> None:
    path = write_xls(tmp_path / "cũ.xls", {"Mốc": ROWS * 40})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    refused("FILE-DAMAGED", lambda: read_table(path))
