"""Coordinate tables: the official form, the forms offices make of it, and what must not pass."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.coordinate_table import is_coordinate_table, parse_coordinate_table
from exchange.declared_axis import find_declared_system
from exchange.text_table import TextTable

CORNERS = [(2487289.588, 437050.252), (2487142.565, 437206.687), (2486869.024, 437269.687), (2486897.236, 437467.073)]
TITLE = "BẢNG KÊ TỌA ĐỘ GÓC RANH\nHệ tọa độ VN-2000, kinh tuyến trục 105°30', múi chiếu 3°\n"
HEAD = "Số hiệu điểm\tX (m)\tY (m)\tS (m)\n"


def official(value: float) -> str:
    return f"{value:,.3f}".translate(str.maketrans(",.", ".,"))


def rows(corners: list[tuple[float, float]], *, close: bool = True, edges: str = "before") -> str:
    closed = [*corners, corners[0]] if close else corners
    lengths = [math.dist(one, two) for one, two in zip(closed, closed[1:], strict=False)]
    lines = []
    for number, (north, east) in enumerate(closed):
        edge = ""
        if edges == "before" and number:
            edge = official(lengths[number - 1])
        if edges == "after" and number < len(lengths):
            edge = official(lengths[number])
        lines.append(f"{number % len(corners) + 1}\t{official(north)}\t{official(east)}\t{edge}")
    return "\n".join(lines) + "\n"


def parse(text: str) -> TextTable:
    assert is_coordinate_table(text)
    return parse_coordinate_table(text, decoded=True)


def ring(table: TextTable) -> list[tuple[float, float]]:
    return list(zip(table.north, table.east, strict=True))


def test_the_official_form() -> None:
    table = parse(TITLE + HEAD + rows(CORNERS))
    assert ring(table) == [*CORNERS, CORNERS[0]]
    assert table.sizes == [5]
    assert table.rows == [4]
    assert table.declared == "VN2000:105.5/3"
    assert (table.rejected, table.warnings) == ([], [])
    assert table.axis_order == "north-east"
    assert (table.type_hint, table.capture_method) == ("planning_boundary", "tu_bang_toa_do")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + rows(CORNERS),
        TITLE + rows(CORNERS),
        TITLE + HEAD + rows(CORNERS, close=False),
        TITLE + HEAD + rows(CORNERS, edges="after"),
        (TITLE + HEAD + rows(CORNERS)).replace("\t", ";"),
        (TITLE + HEAD + rows(CORNERS)).replace("\t", " | "),
        (TITLE + HEAD + rows(CORNERS)).replace("\t", "   "),
        TITLE + HEAD + "\n".join(reversed(rows(CORNERS, edges="").splitlines())),
        TITLE + HEAD + rows(CORNERS) + "Chu vi: 1.000 m\nDiện tích: 5,5 ha\n",
        rows(CORNERS, edges=""),
    ],
)
def test_the_same_polygon_in_other_clothes(text: str) -> None:
    table = parse(text)
    assert table.rejected == []
    assert table.warnings == []
    found = ring(table)
    assert found[0] == found[-1]
    assert set(found) == set(CORNERS)


def test_east_first_is_seen_by_size() -> None:
    lines = [
        f"{number}\t{official(east)}\t{official(north)}" for number, (north, east) in enumerate([*CORNERS, CORNERS[0]])
    ]
    table = parse(TITLE + "\n".join(lines).replace("4\t437050", "0\t437050"))
    assert table.axis_order == "east-north"
    assert set(ring(table)) == set(CORNERS)


def test_an_edge_on_a_line_of_its_own() -> None:
    text = TITLE + HEAD
    closed = [*CORNERS, CORNERS[0]]
    for number, (north, east) in enumerate(closed):
        if number:
            text += f"\t\t\t{official(math.dist(closed[number - 1], (north, east)))}\n"
        text += f"{number % 4 + 1}\t{official(north)}\t{official(east)}\t\n"
    table = parse(text)
    assert (table.rejected, table.warnings, table.sizes) == ([], [], [5])


@pytest.mark.parametrize("edges", ["before", "after"])
def test_wrong_edges_are_warnings_with_their_line(edges: str) -> None:
    length = math.dist(CORNERS[1], CORNERS[2])
    text = TITLE + HEAD + rows(CORNERS, edges=edges)
    table = parse(text.replace(official(length), official(length + 0.2)))
    assert [(problem.code, problem.row) for problem in table.warnings] == [
        ("EDGE-LENGTH", 6 if edges == "before" else 5)
    ]
    assert table.warnings[0].context["measured"]["en"] == f"{length:.3f}"
    within = parse(text.replace(official(length), official(length + 0.04)))
    assert within.warnings == []


@pytest.mark.parametrize(
    ("old", "new", "code", "row"),
    [
        ("437.206,687", "437.2O6,687", "CELL-NOT-NUMBER", 5),
        ("437.206,687", "", "CELL-NOT-NUMBER", 5),
        ("\n2\t", "\n1\t", "RING-SHORT", 4),
        ("\n3\t", "\n2\t", "VERTEX-TWICE", 6),
    ],
)
def test_a_spoilt_corner_spoils_the_polygon(old: str, new: str, code: str, row: int) -> None:
    text = TITLE + HEAD + rows(CORNERS)
    if code == "RING-SHORT":
        text = TITLE + HEAD + rows(CORNERS[:2], close=False) + "Diện tích: 1,5 ha\n"
        old, new = "zzz", "zzz"
    table = parse(text.replace(old, new, 1))
    assert table.rows == []
    assert (code, row) in [(problem.code, problem.row) for problem in table.rejected]
    assert all(problem.text("en") != problem.code for problem in table.rejected)


def test_a_closing_corner_elsewhere_is_a_mistake() -> None:
    text = TITLE + HEAD + rows(CORNERS)
    last = text.rstrip().rsplit("\n", 1)[1]
    table = parse(text.replace(last, last.replace("2.487.289,588", "2.487.289,688")))
    assert [problem.code for problem in table.rejected] == ["RING-CLOSURE"]


def plain(words: dict[str, str]) -> str:
    return words["en"].replace("\u00a0", "")


LENGTHS = [math.dist(one, two) for one, two in zip(CORNERS, [*CORNERS[1:], CORNERS[0]], strict=True)]


@pytest.mark.parametrize("edges", ["before", "after"])
@pytest.mark.parametrize(
    ("old", "new", "axis", "maybe", "off"),
    [
        ("2.487.142,565", "2.487.142.565", "X", "2487142.565", "2484655.425"),  # no mark at all: a thousandfold
        ("2.487.142,565", "2.487.412,565", "X", "2487142.565", "270.000"),  # two digits exchanged
        ("2.487.142,565", "2.487.192,565", "X", "2487142.565", "50.000"),  # one digit wrong
        ("437.206,687", "437.0206,687", "Y", None, None),  # wrongly grouped: no number
        ("437.206,687", "437.286,687", "Y", "437206.687", "80.000"),
    ],
)
def test_a_corner_with_one_wrong_digit_is_named_with_what_it_may_be(
    edges: str, old: str, new: str, axis: str, maybe: str | None, off: str | None
) -> None:
    table = parse(TITLE + HEAD + rows(CORNERS, edges=edges).replace(old, new))
    if maybe is None or new.count(".") == 3:
        assert 5 in [problem.row for problem in table.rejected]
        return
    suspects = [problem for problem in table.warnings if problem.code == "CORNER-SUSPECT"]
    assert [(one.row, one.column, plain(one.context["maybe"]), plain(one.context["off"])) for one in suspects] == [
        (5, axis, maybe, off)
    ]
    assert sum(problem.code == "EDGE-LENGTH" for problem in table.warnings) == 2
    assert maybe in suspects[0].text("en").replace("\u00a0", "")
    assert maybe.replace(".", ",") in suspects[0].text("vi").replace("\u00a0", "")


@pytest.mark.parametrize(
    ("old", "new", "axis", "digits"),
    [("2.487.142,565", "248.142,565", "X", 6), ("437.206,687", "37.206,687", "Y", 5)],
)
def test_a_lost_digit_before_the_mark_is_refused_with_its_row(old: str, new: str, axis: str, digits: int) -> None:
    table = parse(TITLE + HEAD + rows(CORNERS, edges="").replace(old, new))
    assert [(one.code, one.row, one.column, one.context["digits"]) for one in table.rejected] == [
        ("CORNER-DIGITS", 5, axis, digits)
    ]
    assert table.rows == []


@pytest.mark.parametrize(
    ("old", "new", "row", "axis", "maybe"),
    [("437.269,687", "437.269,87", 6, "Y", "437269.687"), ("2.487.142,565", "2.487.142,65", 5, "X", "2487142.565")],
)
def test_a_digit_lost_behind_the_mark_is_named_where_one_edge_shows_it(
    old: str, new: str, row: int, axis: str, maybe: str
) -> None:
    table = parse(TITLE + HEAD + rows(CORNERS).replace(old, new))
    suspects = [problem for problem in table.warnings if problem.code == "CORNER-SUSPECT"]
    assert [(one.row, one.column, plain(one.context["maybe"])) for one in suspects] == [(row, axis, maybe)]


def test_a_corner_that_no_digit_explains_is_named_with_both_misfits() -> None:
    text = rows(CORNERS).replace("2.487.142,565", "2.487.151,118").replace("437.206,687", "437.190,002")
    off = [problem for problem in parse(TITLE + HEAD + text).warnings if problem.code == "CORNER-OFF"]
    assert [(one.row, one.value) for one in off] == [(5, "2")]
    assert off[0].context["before"]["vi"].startswith("-")


def test_one_wrong_length_alone_accuses_no_corner() -> None:
    text = TITLE + HEAD + rows(CORNERS)
    table = parse(text.replace(official(LENGTHS[1]), official(LENGTHS[1] + 1.5)))
    assert [problem.code for problem in table.warnings] == ["EDGE-LENGTH"]
    assert table.warnings[0].context["off"]["en"] == "1.500"


def test_where_every_edge_is_wrong_few_corners_are_accused() -> None:
    corners = [(2487000 + 10.0 * place, 437000 + 300.0 * (place % 2)) for place in range(60)]
    text = TITLE + HEAD + rows(corners, edges="").replace("\t\n", "\t7,5\n")
    codes = [problem.code for problem in parse(text).warnings]
    assert codes.count("EDGE-LENGTH") == 60
    assert codes.count("CORNER-SUSPECT") + codes.count("CORNER-OFF") == 20


def test_a_corner_on_another_one_is_named() -> None:
    text = TITLE + HEAD + rows([*CORNERS, CORNERS[1]], edges="")
    table = parse(text)
    assert [(one.code, one.row, one.context["first"]) for one in table.warnings] == [("CORNER-SAME-PLACE", 8, 5)]


def test_headings_make_parts_and_holes() -> None:
    inner = [(2487180.0, 437150.0), (2487190.0, 437150.0), (2487190.0, 437160.0)]
    other = [(north + 1000, east + 1000) for north, east in CORNERS]
    text = (
        TITLE + HEAD + "Phần 1, ranh ngoài\n" + rows(CORNERS, edges="after")
        + "Phần 1, ranh trong 1\n" + rows(inner, edges="after") + "Phần 2, ranh ngoài\n" + rows(other, close=False)
    )  # fmt: skip
    table = parse(text)
    assert (table.rejected, table.warnings) == ([], [])
    assert (table.sizes, table.rings) == ([5, 4, 5], [2, 1])
    assert table.numbers["so_dinh"] == [7.0, 4.0]


def test_two_rings_are_two_polygons() -> None:
    other = [(north + 1000, east + 1000) for north, east in CORNERS]
    table = parse(TITLE + HEAD + rows(CORNERS) + rows(other))
    assert table.sizes == [5, 5]
    assert table.rows == [4, 9]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("BẢNG KÊ TỌA ĐỘ GÓC RANH\nTên đồ án: Khu dân cư Nà Lũng", "Khu dân cư Nà Lũng"),
        ("BẢNG KÊ TỌA ĐỘ GÓC RANH KHU DÂN CƯ NÀ LŨNG", "KHU DÂN CƯ NÀ LŨNG"),
        ("BẢNG KÊ TỌA ĐỘ GÓC RANH", None),
    ],
)
def test_the_title_may_hold_the_name(title: str, name: str | None) -> None:
    assert parse(title + "\n" + HEAD + rows(CORNERS)).columns["ten"] == [name]


@pytest.mark.parametrize(
    ("text", "area_ha"), [("Diện tích: 212,24 ha", 212.24), ("Diện tích S = 12.345,6 m2", 1.23456), ("Tổng: 3", None)]
)
def test_the_stated_area(text: str, area_ha: float | None) -> None:
    assert parse(TITLE + HEAD + rows(CORNERS) + text + "\n").numbers["dien_tich"] == [area_ha]


@pytest.mark.parametrize(
    "text",
    [
        "P1;2477276,895;432015,130;720,55;TIM\nP2;2479470,492;433870,570;798,84;COC\nP3;2479475,492;433875,570;798,84;COC",
        "ten;X;Y;chieu_dai\nA;2477276,895;432015,130;24,6\nB;2479470,492;433870,570;18,2\nC;2479475,4;433875,5;8,2",
        "chỉ có chữ",
        "",
    ],
)
def test_points_are_no_coordinate_table(text: str) -> None:
    assert not is_coordinate_table(text)


@pytest.mark.parametrize(
    ("title", "system"),
    [
        ("Hệ tọa độ VN-2000, kinh tuyến trục 105°30', múi chiếu 3°", "VN2000:105.5/3"),
        ("KTT: 108°15' mui 3", "VN2000:108.25/3"),
        ("kinh tuyến trục 105 độ, múi 6", "VN2000:105/6"),
        ("ktt 107.75", "VN2000:107.75/3"),
        ("KINH TUYẾN TRỤC ĐỊA PHƯƠNG 104-45", "VN2000:104.75/3"),
        ("Hệ tọa độ HN-72, kinh tuyến trục 105", "HN-72"),
        ("Toạ độ WGS84", "WGS84"),
        ("không nói gì", None),
        ("kinh tuyến trục 105°75'", None),
    ],
)
def test_the_axis_in_words(title: str, system: str | None) -> None:
    assert find_declared_system([title]) == system


coordinates = st.tuples(st.integers(900, 2_500), st.integers(200, 700)).flatmap(
    lambda corner: st.lists(  # millimetres, within the 100 km of the widest commune
        st.tuples(
            st.integers(corner[0] * 1_000_000, (corner[0] + 100) * 1_000_000),
            st.integers(corner[1] * 1_000_000, (corner[1] + 100) * 1_000_000),
        ),
        min_size=3,
        max_size=25,
        unique=True,
    )
)


@given(coordinates, st.booleans(), st.sampled_from(["before", "after", ""]))
def test_what_was_printed_is_read(numbers: list[tuple[int, int]], close: bool, edges: str) -> None:
    corners = [(north / 1000, east / 1000) for north, east in numbers]
    table = parse(TITLE + HEAD + rows(corners, close=close, edges=edges))
    assert ring(table) == [*corners, corners[0]]
    assert (table.rejected, table.warnings) == ([], [])


@given(st.text(alphabet="0123456789.,;\t \nXYSabcđ°'-", max_size=300))
def test_any_text_leaves_whole_rings_or_problems(text: str) -> None:
    if not is_coordinate_table(TITLE + text):
        return
    table = parse_coordinate_table(TITLE + text, decoded=True)
    assert sum(table.sizes) == len(table.east) == len(table.north)
    assert all(size >= 4 for size in table.sizes)
    assert not (table.rows and table.rejected)
