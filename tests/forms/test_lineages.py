"""Lineages kept by the column say what the same lineages say one by one."""

import json

from hypothesis import given
from hypothesis import strategies as st

from forms.lineages import STORED_FACTS, HeldRows, StoredRows, lineage_column, raw_columns, source_rows
from forms.record import Lineage

CELLS = st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=4, max_size=4)


@given(st.dictionaries(st.text(min_size=1, max_size=4), CELLS, max_size=4), CELLS)
def test_by_the_column_and_one_by_one(cells: dict[str, list[str | None]], files: list[str | None]) -> None:
    rows = source_rows(4, {"source_layer": "đường"}, {"source_file": files}, cells)
    assert raw_columns(rows) == raw_columns(list(rows))
    for key in ("source_file", "source_layer", "src_crs"):
        assert list(lineage_column(rows, key)) == list(lineage_column(list(rows), key))
    assert raw_columns(rows[1:3]) == raw_columns(list(rows)[1:3])


RAW = st.one_of(st.none(), st.dictionaries(st.text(max_size=3), st.one_of(st.none(), st.text(max_size=3)), max_size=3))


@given(st.lists(st.tuples(st.one_of(st.none(), st.text(max_size=3)), RAW), max_size=6))
def test_stored_ones_say_the_same(rows: list[tuple[str | None, dict[str, str | None] | None]]) -> None:
    facts = {key: [None] * len(rows) for key in STORED_FACTS}
    facts["source_file"] = [file for file, _ in rows]
    texts = [("WKT", None if raw is None else json.dumps(raw), '["u1"]', "split") for _, raw in rows]
    stored = StoredRows(facts, HeldRows(texts))
    plain = [
        Lineage(file, raw_coordinates="WKT", raw_values=raw or {}, derived_from=("u1",), derivation="split")
        for file, raw in rows
    ]
    assert list(stored) == plain == [stored[place] for place in range(len(rows))]
    assert list(stored[1:3]) == plain[1:3]
    assert raw_columns(stored) == raw_columns(plain)
    for key in ("source_file", "raw_coordinates"):
        assert list(lineage_column(stored, key)) == list(lineage_column(plain, key))
