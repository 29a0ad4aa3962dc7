"""Lineages kept by the column say what the same lineages say one by one."""

from hypothesis import given
from hypothesis import strategies as st

from forms.lineages import PlainRows, lineage_column, raw_columns, source_rows, take_lineages
from forms.record import Lineage

CELLS = st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=4, max_size=4)


@given(st.dictionaries(st.text(min_size=1, max_size=4), CELLS, max_size=4), CELLS)
def test_by_the_column_and_one_by_one(cells: dict[str, list[str | None]], files: list[str | None]) -> None:
    rows = source_rows(4, {"source_layer": "đường"}, {"source_file": files}, cells)
    assert raw_columns(rows) == raw_columns(list(rows))
    for key in ("source_file", "source_layer", "src_crs"):
        assert list(lineage_column(rows, key)) == list(lineage_column(list(rows), key))
        assert list(lineage_column(rows[1:3], key)) == list(lineage_column(list(rows)[1:3], key))
    assert raw_columns(rows[1:3]) == raw_columns(list(rows)[1:3])


def test_what_all_have_alike_is_held_once() -> None:
    column = lineage_column(source_rows(5, {"src_axis": 105.5}, {}, {}), "src_axis")
    assert (len(column), column[-1], list(column[3:9]), column.count(105.5)) == (5, 105.5, [105.5, 105.5], 5)
    assert list(lineage_column(source_rows(0, {"src_axis": 105.5}, {}, {}), "src_axis")) == []


@given(
    st.lists(
        st.builds(
            Lineage,
            source_file=st.none() | st.text(max_size=3),
            raw_values=st.dictionaries(st.text(max_size=2), st.none()),
        )
    )
)
def test_those_of_contents_are_what_they_say(lineages: list[Lineage]) -> None:
    rows = PlainRows([lineage.as_dict() for lineage in lineages])
    assert (len(rows), list(rows), list(rows[1:])) == (len(lineages), lineages, lineages[1:])
    assert list(take_lineages(rows, range(len(rows))[::-1])) == lineages[::-1]
    assert raw_columns(rows) == raw_columns(lineages)
    assert list(lineage_column(rows, "source_file")) == [lineage.source_file for lineage in lineages]
