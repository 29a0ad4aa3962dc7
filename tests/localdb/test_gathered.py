"""Columns gathered from pieces of rows, and columns that stay in the store: both are what the rows are."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localdb import fetched, records
from localdb.fetched import FetchedColumn
from localdb.gathered import GatheredColumns
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN
from tests.localdb.test_records import fill

CELLS = st.sampled_from([None, "a", "b", "đ", 1, 2, 1.0, 2.5, True, b"x"])


@given(st.lists(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8), max_size=6))
def test_columns_are_those_of_the_rows(pieces: list[list[tuple[Any, Any, Any]]]) -> None:
    gathered = GatheredColumns(["one", "two", "three"])
    for rows in pieces:
        gathered.add(zip(*rows, strict=True), len(rows))
    rows = [row for piece in pieces for row in piece]
    assert len(gathered) == len(rows)
    for place, name in enumerate(("one", "two", "three")):
        column = gathered.column(name)
        assert [(type(cell), cell) for cell in column] == [(type(row[place]), row[place]) for row in rows]


def test_what_is_empty_everywhere_is_one_list_and_what_is_alike_one_object() -> None:
    gathered = GatheredColumns(["empty", "bare", "name"])
    for _ in range(2):
        names = ["".join(["Đường", " số ", str(place % 2)]) for place in range(20)]
        gathered.add([[None] * 20, [None] * 20, names], 20)
    assert gathered.column("empty") is gathered.column("bare")
    assert len({id(text) for text in gathered.column("name")}) == 2


def test_a_lean_batch_says_what_a_full_one_says(workspace, site, now, monkeypatch):
    monkeypatch.setattr(fetched, "PIECE", 64)
    monkeypatch.setattr(records, "PIECE", 50)
    fill(workspace, site, now)
    with unit_of_work(workspace, actor=AN, now=now(), label="xóa") as work:
        gone = records.uids_in_states(work.connection, site, ["draft"])[10:20]
        work.delete_many(site, gone)
    with workspace.reading() as connection:
        full, lean = records.fetch_batch(connection, site), records.fetch_batch(connection, site, lean=True)
        assert lean.uids == full.uids
        assert lean.values == full.values
        assert list(lean.lineages) == list(full.lineages)
        assert [lean.lineages[place] for place in (200, 3, 64, 63, -1)] == [
            full.lineages[place] for place in (200, 3, 64, 63, -1)
        ]
        assert list(lean.take([250, 7, 7]).lineages) == list(full.take([250, 7, 7]).lineages)
        assert list(lean.lineages[60:70]) == list(full.lineages[60:70])
        for key in ("source_row", "raw_coordinates", "source_file"):
            assert list(lean.origin_column(key)) == list(full.origin_column(key))
        assert lean.source_columns == full.source_columns
        assert isinstance(lean.origin_column("source_row"), FetchedColumn)
