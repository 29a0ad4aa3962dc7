"""Survey points: every delimiter, both decimal marks, headings or none, and rows that cannot be read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from exchange.delimited import decode_bytes
from exchange.survey_points import parse_survey
from exchange.text_table import TextTable


def parse(text: str) -> TextTable:
    return parse_survey(text, decoded=True, shown="do.csv")


@pytest.mark.parametrize(
    "text",
    [
        "P1;2477276,895;432015,130;720,55;TIM\nP2;2479470,492;433870,570;798,84;COC",
        "P1\t2477276.895\t432015.130\t720.55\tTIM\nP2\t2479470.492\t433870.570\t798.84\tCOC",
        "P1,2477276.895,432015.130,720.55,TIM\nP2,2479470.492,433870.570,798.84,COC",
        "P1 2477276.895 432015.130 720.55 TIM\nP2 2479470.492 433870.570 798.84 COC",
        "P1  2 477 276,895  432 015,130  720,55  TIM\nP2  2 479 470,492  433 870,570  798,84  COC",
        "P1|2.477.276,895|432.015,130|720,55|TIM\nP2|2.479.470,492|433.870,570|798,84|COC",
        "P1;432015.130;2477276.895;720.55;TIM\nP2;433870.570;2479470.492;798.84;COC",
        "\ufeffP1;2477276,895;432015,130;720,55;TIM\r\n\r\nP2;2479470,492;433870,570;798,84;COC\r\n".lstrip("\ufeff"),
        "# trạm máy\nP1;2477276,895;432015,130;720,55;TIM\nP2;2479470,492;433870,570;798,84;COC",
    ],
)
def test_the_same_two_points(text: str) -> None:
    table = parse(text)
    assert table.east == [432015.13, 433870.57]
    assert table.north == [2477276.895, 2479470.492]
    assert table.height == [720.55, 798.84]
    assert table.columns["point"] == ["P1", "P2"]
    assert table.columns["code"] == ["TIM", "COC"]
    assert table.rejected == []
    assert table.shape == "point"


def test_order_is_told_by_size_and_kept() -> None:
    assert parse("1;2477276,895;432015,130").axis_order == "north-east"
    assert parse("1;432015,130;2477276,895").axis_order == "east-north"
    wrong_heading = parse("ten;X;Y\nA;432015,130;2477276,895")
    assert (wrong_heading.east, wrong_heading.north) == ([432015.13], [2477276.895])


def test_headings_name_the_columns() -> None:
    table = parse("Tên cầu;X (m);Y (m);Cao độ;Ghi chú\nCầu A;2477276,895;432015,130;12,5;mới")
    assert list(table.columns) == ["Tên cầu", "X (m)", "Y (m)", "Cao độ", "Ghi chú"]
    assert table.rows == [2]
    assert table.height == [12.5]


def test_coordinates_beyond_vietnam_are_told_by_headings() -> None:
    table = parse("PT,E,N\n1,1000.5,2000.25\n2,1001.5,2001.25")
    assert (table.east, table.north) == ([1000.5, 1001.5], [2000.25, 2001.25])


def test_degrees() -> None:
    table = parse("ten;lat;lon\na;22.404;104.888\nb;22.4051;104.8877")
    assert (table.east, table.north) == ([104.888, 104.8877], [22.404, 22.4051])
    swapped = parse("a;104,8881;22,4042")
    assert (swapped.east, swapped.north) == ([104.8881], [22.4042])


def test_a_title_names_the_axis() -> None:
    table = parse("Kinh tuyến trục 105°30', múi 3 độ\nĐiểm;X;Y\nA;2477276,895;432015,130")
    assert table.declared == "VN2000:105.5/3"


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("P2;abc;432015,130;1;TIM", "CELL-NOT-NUMBER", "X"),
        ("P2;2477276,895;;1;TIM", "CELL-NOT-NUMBER", "Y"),
        ("P2;2477276,895", "ROW-SHORT", None),
        ("P2;2477276,895;432015,130,5;1;TIM", "CELL-NOT-NUMBER", "Y"),
    ],
)
def test_bad_rows_are_named_by_line_and_left_out(row: str, code: str, column: str | None) -> None:
    good = "P1;2477276,895;432015,130;1,5;TIM\n"
    table = parse(good + "\n" + row + "\n" + good.replace("P1", "P3"))
    assert table.rows == [1, 4]
    assert [(problem.row, problem.code, problem.column) for problem in table.rejected] == [(3, code, column)]
    assert "3" in table.rejected[0].text("vi")


def test_a_bad_first_row_is_no_heading() -> None:
    table = parse("P1;abc;432015,130;1,5;TIM\nP2;2477276,895;432015,130;1,5;TIM")
    assert [problem.row for problem in table.rejected] == [1]
    assert table.rows == [2]


def test_comma_for_both_is_refused_and_not_misread() -> None:
    with pytest.raises(UserError) as caught:
        parse("P1,2477276,895,432015,130,720,55,TIM\nP2,2477276,896,432015,131,720,55,TIM")
    assert caught.value.code == "TEXT-NO-COORDINATES"


def test_rows_without_coordinates_need_headings() -> None:
    table = parse("so_hieu;ten\nĐX.01;Đường làng\nĐX.02;Đường đồng")
    assert table.shape is None
    assert table.columns == {"so_hieu": ["ĐX.01", "ĐX.02"], "ten": ["Đường làng", "Đường đồng"]}
    for text in ("chỉ là một câu", "", "\n\n", "a\nb\nc"):
        with pytest.raises(UserError):
            parse(text)


def test_quoted_cells() -> None:
    table = parse('ten;X;Y\n"Cầu; ""mới""";2477276,895;432015,130')
    assert table.columns["ten"] == ['Cầu; "mới"']


def test_control_bytes_of_legacy_text_do_not_end_a_line() -> None:
    table = parse_survey("C\x85u;2477276,895;432015,130", decoded=False, shown="x")
    assert table.columns["point"] == ["C\x85u"]


points = st.tuples(
    st.floats(900_000, 2_600_000, allow_nan=False).map(lambda value: round(value, 3)),
    st.floats(200_000, 800_000, allow_nan=False).map(lambda value: round(value, 3)),
    st.floats(0, 3000, allow_nan=False).map(lambda value: round(value, 2)),
)


@given(
    st.lists(points, min_size=1, max_size=20),
    st.sampled_from([(";", ","), (";", "."), ("\t", ","), ("\t", "."), (",", "."), ("|", ","), (" ", ".")]),
    st.booleans(),
    st.booleans(),
)
def test_what_was_written_is_read(
    rows: list[tuple[float, float, float]], form: tuple[str, str], north_first: bool, headed: bool
) -> None:
    delimiter, mark = form
    lines = [delimiter.join(["diem", "X", "Y", "H"] if north_first else ["diem", "Y", "X", "H"])] if headed else []
    for number, (north, east, height) in enumerate(rows):
        pair = (north, east) if north_first else (east, north)
        cells = [
            f"P{number}",
            *(f"{value:.3f}".replace(".", mark) for value in pair),
            f"{height:.2f}".replace(".", mark),
        ]
        lines.append(delimiter.join(cells))
    table = parse("\n".join(lines))
    assert table.north == [row[0] for row in rows]
    assert table.east == [row[1] for row in rows]
    assert table.height == [row[2] for row in rows]
    assert table.rejected == []


@given(st.text(max_size=400))
def test_any_text_is_a_table_or_an_error_with_words(text: str) -> None:
    try:
        table = parse(text)
    except UserError as error:
        assert str(error) != error.code
        return
    assert len(table.rows) == len(table.raw_rows)
    assert all(len(cells) == len(table.rows) for cells in table.columns.values())
    if table.shape:
        assert len(table.east) == len(table.north) == len(table.rows)
        assert all(math.isfinite(value) for value in table.east + table.north)


@pytest.mark.parametrize("broken", ["A;2477276,895", "A;24772x6,895;43x015,130;12,5"])
def test_a_first_row_gone_wrong_is_told_and_the_headings_stay(broken: str) -> None:
    table = parse(f"ten;X;Y;H\n{broken}\nB;2477276,895;432015,130;12,5\nC;2477277,895;432016,130;13,5")
    assert [problem.row for problem in table.rejected] == [2]
    assert table.columns["ten"] == ["B", "C"]


def test_units_and_column_numbers_under_the_headings_are_no_rows() -> None:
    table = parse("ten;X;Y;H\n;m;m;m\n(1);(2);(3);(4)\nB;2477276,895;432015,130;12,5")
    assert (table.rows, table.rejected) == ([4], [])


BODY = "Tên;X;Y\nĐ1;2477276,895;432015,130\n"


@pytest.mark.parametrize("marks", [0, 1, 2, 3])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be"])
def test_marks_of_byte_order_are_no_part_of_the_first_heading(marks: int, charset: str) -> None:
    if charset != "utf-8" and not marks:
        return  # nothing then says what it is
    text, decoded = decode_bytes(("\ufeff" * marks + BODY).encode(charset), "a.csv")
    assert (text, decoded) == (BODY, True)


def test_a_mark_before_text_of_another_encoding_is_left_out() -> None:
    assert decode_bytes(b"\xef\xbb\xbfT\xaan;X", "a.csv") == ("T\xaan;X", False)
