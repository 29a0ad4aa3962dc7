"""What is seen of a whole column at a glance is what its cells say one by one."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from exchange.legacy_text import UNKNOWN
from forms.loader import load_catalogue
from forms.model import TextField
from forms.values import parse_value
from services.column_values import fit_of, plain_texts, read_values, tally

CATALOGUE = load_catalogue()
NAME = next(item for item in CATALOGUE.type("road_segment").fields if item.key == "name")
LAND = next(item for item in CATALOGUE.type("land_use_plan_area").fields if item.key == "code_plan")
ODD = [
    "",
    " ",
    " a",
    "a ",
    "Ð",
    "ð",
    "¶",
    "a ¶",
    UNKNOWN,
    "a\tb",
    "\x00",
    "e\u0302",
    "\u0301",
    "dài" * 200,
    "thường",
    "\ud800",
]
CELLS = st.lists(st.one_of(st.none(), st.sampled_from(ODD), st.text(max_size=5)), max_size=6)


@given(CELLS)
def test_what_is_plain_is_what_the_parser_makes_of_it(cells: list[str | None]) -> None:
    assert isinstance(NAME, TextField)
    for text, value in plain_texts(NAME, cells).items():
        assert parse_value(NAME, text, CATALOGUE) == value == text
        assert UNKNOWN not in text


@given(CELLS)
def test_a_column_fits_as_its_cells_do(cells: list[str | None]) -> None:
    good = total = 0
    for cell in cells:
        if cell not in (None, ""):
            total += 1
            try:
                parse_value(NAME, cell, CATALOGUE)
                good += 1
            except UserError:
                pass
    assert fit_of(NAME, cells, CATALOGUE)[0] == (good / total if total else 1.0)


def test_plain_texts_of_a_usual_column() -> None:
    assert isinstance(NAME, TextField)
    assert plain_texts(NAME, ["Đường 1", None, "", "Ngõ 2"]) == {"Đường 1": "Đường 1", "Ngõ 2": "Ngõ 2"}
    assert plain_texts(NAME, ["Đường 1", 5]) == {}


@given(st.lists(st.sampled_from([True, 1, 1.0, "1", None, "a", 2.5, 0, False, ""]), max_size=12))
def test_a_tally_counts_each_cell_in_the_order_they_come(cells: list[object]) -> None:
    counted = Counter((type(cell), cell) for cell in cells)
    assert [((type(cell), cell), count) for cell, count in tally(cells)] == list(counted.items())


def test_codes_are_counted_over_all_rows() -> None:
    found = read_values(LAND, ["LUC", "lạ", "LUC", None, "", 5, "lạ", "LUC"], CATALOGUE)
    assert [(item.text, item.count, item.how) for item in found] == [
        ("LUC", 3, "listed"),
        ("lạ", 2, "open"),
        ("5", 1, "open"),
    ]
