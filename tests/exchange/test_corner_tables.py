"""Coordinate tables row by row: from the clipboard and from files, and the official table out and in again."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from exchange import corner_tables, office_parts
from exchange.coordinate_table import parse_coordinate_table
from exchange.corner_reading import MOST_ROWS, describe_corners, read_pasted
from exchange.corner_tables import CornerTable, gather_table, read_corner_table
from exchange.html_table import read_html_table
from geodesy.arrays import Kind
from geodesy.corner_sheet import build_sheet
from geodesy.datum import transform_geometries
from geodesy.grid import on_grid
from geodesy.systems import WGS84, tm_system
from tests.exchange.test_coordinate_table import CORNERS, HEAD, TITLE, rows

ZONE = tm_system(105.5)


def read(text: str, **choices: Any) -> CornerTable:
    return gather_table([describe_corners(text, "bảng", **choices)], "bảng")


def pasted(text: str, html: str = "") -> CornerTable:
    return gather_table(read_pasted(text.encode(), html.encode(), "bảng"), "bảng")


def square(east: float, north: float, size: float) -> list[tuple[float, float]]:
    return [(east, north), (east + size, north), (east + size, north + size), (east, north + size)]


@st.composite
def shapes(draw: st.DrawFn, west: int = 160_000, east: int = 840_000) -> tuple[Kind, BaseGeometry]:
    """Points, lines, polygons with holes, and several parts, on the grid of 0.1 mm."""
    ticks = st.integers(-4_000_000, 4_000_000)
    base = draw(st.integers(west, east)), draw(st.integers(900_000, 2_600_000))

    def place() -> tuple[float, float]:
        return base[0] + draw(ticks) / 10_000, base[1] + draw(ticks) / 10_000

    kind = draw(st.sampled_from(["point", "line", "polygon"]))
    count = draw(st.integers(1, 3))
    if kind == "point":
        return "point", on_grid(shapely.Point(place()))
    if kind == "line":
        lines = [shapely.LineString([place() for _ in range(draw(st.integers(2, 8)))]) for _ in range(count)]
        return "line", on_grid(lines[0] if count == 1 else shapely.MultiLineString(lines))
    parts = []
    for number in range(count):
        east, north = place()
        size = draw(st.integers(10, 300)) + draw(st.integers(0, 9_999)) / 10_000
        holes = [
            square(east + size * share, north + size * share, size / 10)
            for share in (0.1, 0.3, 0.6)[: draw(st.integers(0, 3))]
        ]
        parts.append(
            shapely.Polygon(
                square(east + 1000 * number, north, size), [[(x + 1000 * number, y) for x, y in hole] for hole in holes]
            )
        )
    return "polygon", on_grid(parts[0] if count == 1 else shapely.MultiPolygon(parts))


def same_bits(one: BaseGeometry, other: BaseGeometry) -> bool:
    return shapely.to_wkb(one) == shapely.to_wkb(other)


@given(shapes(), st.sampled_from(["vi", "en"]), st.booleans())
def test_what_is_copied_out_pastes_in_bit_for_bit(drawn: tuple[Kind, BaseGeometry], language: Any, html: bool) -> None:
    kind, shape = drawn
    sheet = build_sheet(shape, ZONE)
    table = pasted("nothing", sheet.html(language)) if html else pasted(sheet.text(language))
    assert table.rejected == ()
    assert {problem.code for problem in table.warnings} <= {"CORNER-SAME-PLACE"}
    assert table.declared == ZONE
    assert same_bits(on_grid(table.build(kind)), shape)


@given(shapes(400_000, 600_000), st.sampled_from([tm_system(104.5), tm_system(107.75), WGS84]))
def test_copied_in_another_axis_it_comes_back_to_the_same_millimetre(
    drawn: tuple[Kind, BaseGeometry], display: Any
) -> None:
    kind, shape = drawn
    table = pasted(build_sheet(shape, ZONE, display).text("vi"))
    assert table.declared == display
    back = transform_geometries(table.build(kind), display, ZONE)
    away = np.abs(shapely.get_coordinates(back) - shapely.get_coordinates(shape)).max()
    assert away < (2e-3 if display == WGS84 else 2e-4)  # the datum operation there and back, both at height 0: 1 mm


def test_the_official_form() -> None:
    shape = shapely.Polygon([(437050.252, 2487289.588), (437206.687, 2487142.565), (437269.687, 2486869.024)])
    sheet = build_sheet(shape, ZONE)
    assert sheet.text("vi").splitlines() == [
        "BẢNG KÊ TỌA ĐỘ GÓC RANH",
        "Hệ tọa độ VN-2000, kinh tuyến trục 105°30', múi chiếu 3°",
        "Số hiệu điểm\tX (m)\tY (m)\tChiều dài cạnh S (m)",
        "1\t2487289,588\t437050,252\t214,680",
        "2\t2487142,565\t437206,687\t280,702",
        "3\t2486869,024\t437269,687\t474,369",
        "1\t2487289,588\t437050,252\t",
        "Chu vi: 969,75 m",
        f"Diện tích: {shape.area:.1f} m²".replace(".", ","),
    ]
    assert sheet.text("en").splitlines()[3] == "1\t2487289.588\t437050.252\t214.680"
    assert "mso-number-format:'\\@'" in sheet.html("vi")


def test_parts_and_holes_are_labelled_and_numbered_through() -> None:
    holed = shapely.Polygon(square(437_000, 2_487_000, 100), [square(437_010, 2_487_010, 10)])
    other = shapely.Polygon(square(438_000, 2_487_000, 100))
    sheet = build_sheet(shapely.MultiPolygon([holed, other]), ZONE)
    assert [sheet.path_title(path, "vi") for path in sheet.paths] == [
        "Phần 1, ranh ngoài", "Phần 1, ranh trong 1", "Phần 2, ranh ngoài",
    ]  # fmt: skip
    assert [[row.label for row in path.rows] for path in sheet.paths] == [
        ["1", "2", "3", "4", "1"], ["5", "6", "7", "8", "5"], ["9", "10", "11", "12", "9"],
    ]  # fmt: skip
    table = pasted(sheet.text("vi"))
    assert [ring.role for ring in table.rings] == ["outer", "inner", "outer"]


def test_a_tenth_of_a_millimetre_is_shown_where_the_store_has_it() -> None:
    assert (
        build_sheet(shapely.Point(437050.2521, 2487289.5), ZONE)
        .text("vi")
        .splitlines()[3]
        .startswith("1\t2487289,5000\t437050,2521")
    )


def test_rows_carry_what_they_say_and_what_is_measured() -> None:
    table = read(TITLE + HEAD + rows(CORNERS, edges="after") + "Diện tích: 7,5 ha\n")
    assert table.columns == ("point", "north", "east", "edge")
    assert [row.number for row in table.rows] == [4, 5, 6, 7, 8]
    first = table.rows[0]
    assert (first.label, first.north_text, first.east_text) == ("1", "2.487.289,588", "437.050,252")
    assert (first.north, first.east) == CORNERS[0]
    assert first.stated_m == pytest.approx(first.measured_m, abs=5e-4)
    assert (table.area_ha, table.decimal, table.north_first, table.certain) == (7.5, ",", True, True)
    assert table.rings[0].rows == (0, 1, 2, 3)
    assert table.rings[0].closing == 4


def test_a_row_that_is_no_number_is_shown_and_named() -> None:
    table = read(TITLE + HEAD + rows(CORNERS).replace("437.206,687", "437.2O6,687"))
    assert [(problem.row, problem.code) for problem in table.rejected] == [(5, "CELL-NOT-NUMBER")]
    assert (table.rows[1].number, table.rows[1].north, table.rows[1].east_text) == (5, None, "437.2O6,687")


@pytest.mark.parametrize("edges", ["before", "after", ""])
def test_a_long_table_in_blocks_side_by_side_is_read_block_after_block(edges: str) -> None:
    corners = [*CORNERS, (2487400.5, 437400.25), (2487500.5, 437200.75)]
    lines = rows(corners, edges=edges).splitlines()
    halves = zip(lines[:4], [*lines[4:], "\t\t\t"], strict=True)
    text = TITLE + "\t".join([HEAD.strip()] * 2) + "\n" + "\n".join("\t".join(pair) for pair in halves)
    table = read(text)
    assert (table.rejected, table.warnings) == ((), ())
    assert [row.label for row in table.rows] == ["1", "2", "3", "4", "5", "6", "1"]
    assert [row.number for row in table.rows] == [4, 5, 6, 7, 4, 5, 6]
    ring = table.build("polygon").exterior
    assert [(north, east) for east, north in ring.coords] == [*corners, corners[0]]
    assert parse_coordinate_table(text, decoded=True).sizes == [7]


def test_one_corner_in_two_systems_is_one_corner() -> None:
    text = "Điểm\tX\tY\tX\tY\n" + "\n".join(
        f"{number}\t{north}\t{east}\t{north + 100}\t{east - 20_000}"
        for number, (north, east) in enumerate([*CORNERS, CORNERS[0]])
    )
    assert len(read(text.replace("4\t2487289", "0\t2487289")).rows) == 5


def test_the_decimal_mark_and_the_order_can_be_decided() -> None:
    text = "1\t2.487.289\t437.050\n2\t2.487.142\t437.206\n3\t2.486.869\t437.269\n"
    assert read(text).rows[0].east == 437_050
    assert {problem.code for problem in read(text, decimal=".").rejected} == {"CELL-NOT-NUMBER"}
    swapped = read("1\t437050\t2487289\n2\t437206\t2487142\n3\t437269\t2486869\n")
    assert not swapped.north_first
    assert swapped.rows[0].north == 2_487_289
    assert swapped.columns[:3] == ("point", "east", "north")
    far_south = read("1\t800100\t790100\n2\t800200\t790300\n3\t800300\t790100\n")
    assert not far_south.certain
    assert read("1\t800100\t790100\n2\t800200\t790300\n3\t800300\t790100\n", north_first=False).rows[0].north == 790_100


def test_word_and_excel_put_tables_on_the_clipboard() -> None:
    cells = [line.split("\t") for line in rows(CORNERS, edges="after").splitlines()]
    word = "".join(
        f"<tr>{''.join(f'<td><p class=MsoNormal>&nbsp;{cell}<o:p></o:p></p></td>' for cell in line)}</tr>"
        for line in cells
    )
    html = (
        "<html><head><style>td {x: '1\t2\t3'}</style></head><body><h2>BẢNG KÊ TỌA ĐỘ</h2><table>"
        "<tr><td rowspan=2>Số hiệu điểm</td><td colspan=2>Tọa độ</td><td rowspan=2>S (m)</td></tr>"
        f"<tr><td>X (m)</td><td>Y (m)</td></tr>{word}</table><p>Diện tích: 7,5 ha</p></body></html>"
    )
    table = pasted("không có bảng", html)
    assert (table.rejected, table.warnings) == ((), ())
    assert [row.place[::-1] for row in table.rows[:4]] == CORNERS
    assert table.area_ha == 7.5
    assert table.columns == ("point", "north", "east", "edge")


def test_an_edge_cell_over_two_rows_keeps_its_columns() -> None:
    first = "<tr><td>1</td><td rowspan='2'>x</td><td>a</td></tr>"
    html = f"<table>{first}<tr><td>2</td><td>b</td></tr><tr><td>3</td></tr></table>"
    assert read_html_table(html) == "1\tx\ta\n2\t\tb\n3"
    assert read_html_table("<p>không</p>") is None
    wide = read_html_table("<table><tr><td colspan='99999'>1</td></tr></table>")
    assert wide is not None
    assert wide.count("\t") < 100


@given(st.text(alphabet="<>/tdrable=\"' \t\n12.,rowspancol&;", max_size=200))
def test_any_html_leaves_text_or_nothing(html: str) -> None:
    found = read_html_table(html)
    assert found is None or isinstance(found, str)


@given(st.text(alphabet="0123456789.,;\t \nXYSPhần, ranhtongi°'-", max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        table = read(text)
    except UserError as error:
        assert error.code in ("TEXT-NO-COORDINATES", "CRS-UNKNOWN", "CRS-UNSUPPORTED")
        return
    assert all(set(ring.rows) <= set(range(len(table.rows))) for ring in table.rings)


def test_what_makes_no_geometry() -> None:
    with pytest.raises(UserError, check=lambda error: error.code == "CORNERS-KIND"):
        read("1\t2487289\t437050\n2\t2487142\t437206\n").build("polygon")
    text = TITLE + "Phần 1, ranh trong 1\n" + rows(CORNERS) + "Phần 1, ranh ngoài\n" + rows(CORNERS)
    with pytest.raises(UserError, check=lambda error: error.code == "CORNERS-INNER-FIRST"):
        read(text).build("polygon")
    with pytest.raises(UserError, check=lambda error: error.code == "TEXT-NO-COORDINATES"):
        read("chỉ có chữ")
    with pytest.raises(UserError, check=lambda error: error.code == "CORNERS-MANY"):
        read("\n".join(f"{number}\t2487289\t437050" for number in range(MOST_ROWS + 1)))


def test_the_clipboard_is_read_in_the_child_with_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    table = read_corner_table((TITLE + HEAD + rows(CORNERS), ""), shown="Bộ nhớ tạm")
    assert (len(table.rows), table.name, table.declared) == (5, "Bộ nhớ tạm", ZONE)
    monkeypatch.setattr(corner_tables, "PASTED_BYTES", 10)
    with pytest.raises(UserError, check=lambda error: error.code == "PASTE-LARGE"):
        read_corner_table(("x" * 11, ""))


def test_files_go_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "Bảng kê.txt"
    file.write_text(TITLE + HEAD + rows(CORNERS), encoding="utf-16")
    assert len(read_corner_table(file).rows) == 5
    other = tmp_path / "x.gpx"
    other.write_text("<gpx></gpx>")
    with pytest.raises(UserError, check=lambda error: error.code == "FILE-KIND"):
        read_corner_table(other)


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def write_docx(path: Path, lines: list[str], document: str | None = None) -> None:
    """Write what Word makes of titles and one table, as far as a reader looks at it."""

    def paragraph(text: str) -> str:
        half = len(text) // 2  # Word parts a text into runs wherever it likes
        return "<w:p>" + "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in (text[:half], text[half:])) + "</w:p>"

    titles = "".join(paragraph(line) for line in lines if "\t" not in line)
    rows = "".join(
        f"<w:tr>{''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in line.split(chr(9)))}</w:tr>"
        for line in lines
        if "\t" in line
    )
    body = f'<w:document xmlns:w="{WORD}"><w:body>{titles}<w:tbl>{rows}</w:tbl></w:body></w:document>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", document or body)


def test_a_table_in_a_word_document(tmp_path: Path) -> None:
    file = tmp_path / "Quyết định.docx"
    write_docx(file, (TITLE + HEAD + rows(CORNERS, edges="after")).splitlines())
    table = read_corner_table(file)
    assert (table.rejected, table.warnings, table.declared) == ((), (), ZONE)
    assert [row.place[::-1] for row in table.rows[:4]] == CORNERS


@pytest.mark.parametrize("as_numbers", [True, False])
def test_a_table_in_a_workbook(tmp_path: Path, as_numbers: bool) -> None:
    file = tmp_path / "Bảng.xlsx"
    book = xlsxwriter.Workbook(str(file))
    page = book.add_worksheet()
    page.write_string(0, 0, "Hệ tọa độ VN-2000, kinh tuyến trục 105°30', múi chiếu 3°")
    for column, name in enumerate(HEAD.strip().split("\t")):
        page.write_string(2, column + 1, name)
    for number, (north, east) in enumerate([*CORNERS, CORNERS[0]]):
        page.write_number(3 + number, 1, number % 4 + 1)
        for column, value in ((2, north), (3, east)):
            if as_numbers:
                page.write_number(3 + number, column, value)
            else:
                page.write_string(3 + number, column, f"{value:.3f}".replace(".", ","))
    book.close()
    table = read_corner_table(file)
    assert (table.rejected, table.declared) == ((), ZONE)
    assert [row.place[::-1] for row in table.rows[:4]] == CORNERS
    assert [row.label for row in table.rows] == ["1", "2", "3", "4", "1"]
    assert table.rings[0].closing == 4


def test_documents_built_to_harm_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.docx"
    write_docx(file, [], document='<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>')
    with pytest.raises(UserError, check=lambda error: error.code == "FILE-UNSAFE"):
        read_corner_table(file)
    write_docx(file, [], document="<a>")
    with pytest.raises(UserError, check=lambda error: error.code == "FILE-DAMAGED"):
        read_corner_table(file)
    file.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UserError, check=lambda error: error.code == "FILE-DAMAGED"):
        read_corner_table(file)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * (office_parts.PART_BYTES + 10))
    with pytest.raises(UserError):
        read_corner_table(file)


def test_lengths_with_another_decimal_mark_than_the_coordinates_are_held_against_them() -> None:
    corners = [(2_486_900.0, 437_330.0), (2_486_900.0, 437_400.0), (2_486_820.0, 437_400.0), (2_486_820.0, 437_330.0)]
    lengths = ("70,00", "80,00", "75,00", "80,00")
    lines = [f"{n}\t{x:.2f}\t{y:.2f}\t{s}" for n, ((x, y), s) in enumerate(zip(corners, lengths, strict=True), 1)]
    found = read("STT\tX (m)\tY (m)\tCạnh (m)\n" + "\n".join(lines))
    assert [row.stated_m for row in found.rows] == [70, 80, 75, 80]
    assert found.warnings, "the third is 5 m too long"
