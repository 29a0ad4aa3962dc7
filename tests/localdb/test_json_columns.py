"""Columns become the same JSON, and the same columns of the table, as row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.lineages import SourceRows, lineage_column, source_rows
from forms.record import LINEAGE_KEYS, Lineage
from localdb.columns import lineage_columns, lineage_values
from localdb.json_columns import json_text, object_texts

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', "\\", "Đường 1%", "\n\x01"]
)
CELLS = st.none() | TEXTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
KINDS = [TEXTS, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), CELLS]


@st.composite
def tables(draw):
    size = draw(st.integers(0, 6))
    names = draw(st.lists(TEXTS, max_size=4, unique=True))
    return size, {name: [draw(kind) for _ in range(size)] for name in names for kind in [draw(st.sampled_from(KINDS))]}


def rows_of(size, columns):
    return [{name: cells[at] for name, cells in columns.items() if cells[at] is not None} for at in range(size)]


@given(tables())
def test_objects_are_those_of_one_by_one(table):
    size, columns = table
    assert object_texts(columns, size) == [json_text(row) for row in rows_of(size, columns)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("other", [1.5, None, "a"])
def test_a_number_without_a_json_form_is_refused(value, other):
    with pytest.raises(ValueError):
        object_texts({"x": [other, value]}, 2)


@given(tables(), st.none() | TEXTS, st.sampled_from([{}, {"shift": [1.5, 0.0], "swapped": True}]), st.data())
def test_lineages_by_column_are_lineages_by_row(table, layer, reading, data):
    size, cells = table
    raw = [data.draw(st.none() | TEXTS) for _ in range(size)]
    rows = source_rows(size, {"source_layer": layer, "src_axis": 105.5}, {"raw_coordinates": raw}, cells, reading)
    single = [
        Lineage(source_layer=layer, src_axis=105.5, raw_coordinates=text, raw_values=row, reading=reading)
        for text, row in zip(raw, rows_of(size, cells), strict=True)
    ]
    assert list(rows) == single
    assert [rows[place] for place in range(size)] == single
    assert list(rows[1:4]) == single[1:4]
    for key in ("source_layer", "src_axis", "raw_coordinates", "accuracy_m"):
        assert list(lineage_column(rows, key)) == list(lineage_column(single, key))
    found = lineage_columns(rows)
    expected = zip(LINEAGE_KEYS, zip(*map(lineage_values, single), strict=True), strict=False)
    assert {key: list(column) for key, column in found.items()} == {
        key: list(column) for key, column in expected if any(value is not None for value in column)
    }
    assert {key: list(column) for key, column in lineage_columns(single).items()} == {
        key: list(column) for key, column in found.items()
    }


def test_lineages_of_no_rows():
    assert list(SourceRows(0, {}, {})) == []
    assert lineage_columns(source_rows(0, {}, {}, {})) == {}
