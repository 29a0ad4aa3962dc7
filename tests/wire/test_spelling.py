"""Whatever a payload says, reading it by columns gives what reading each content by itself would."""

from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json
from core.text import clean_text
from forms.content import GEOMETRY, LINEAGE, Content, content_hash, geometry_from_hex, geometry_to_hex
from forms.record import Lineage
from tests.wire.samples import LINE, PHOTO, ROAD, UID, road_content
from wire.cells import BadCell
from wire.changes import RecordChange, change_id, plain_content
from wire.layers import Layer
from wire.spelling import Spellings

LAYER = Layer.of(ROAD, 9211)
signs = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"]) | st.sampled_from(' "\\/'))
texts = signs.map(str.strip).filter(lambda text: clean_text(text) == text)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": texts,
    "lanes": st.integers(-(2**63), 2**63 - 1),
    "width_m": st.floats(allow_nan=False, allow_infinity=False),
    "lit": st.booleans(),
    "opened_on": st.dates().map(str),
    "seen_at": st.just("2026-01-02T03:04:05.678Z"),
    "surface": texts,
    "communes": st.lists(texts),
    "parent": st.just(UID.format(900)),
    "photos": st.just([PHOTO]),
}
lineages = st.builds(
    Lineage,
    source_file=st.none() | texts,
    source_row=st.none() | st.integers(0, 9),
    accuracy_m=st.none() | st.floats(0, 9),
    raw_values=st.dictionaries(texts, texts | st.integers(0, 9) | st.lists(st.none())),
)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    values = {key: draw(st.none() | strategy) for key, strategy in VALUES.items()}
    shape = draw(st.none() | st.floats(0, 1e6).map(lambda east: shapely.LineString([(east, 1.0), (2.0, 3.5)])))
    lineage = draw(lineages).as_dict()
    return plain_content(ROAD, {**values, GEOMETRY: geometry_to_hex(shape), LINEAGE: lineage})


def changes_of(said: list[Content | None]) -> list[RecordChange]:
    return [
        RecordChange("road", UID.format(place), "delete" if content is None else "insert", 1, None, None, content)
        for place, content in enumerate(said)
    ]


@given(st.lists(st.none() | contents(), max_size=6))
def test_columns_say_what_each_content_says(said: list[Content | None]) -> None:
    spellings = Spellings()
    changes = LAYER.decode([LAYER.encode(change) for change in changes_of(said)], spellings)
    assert changes == changes_of(said)
    for change, content in zip(changes, said, strict=True):
        assert spellings.text(change.content) == (None if content is None else canonical_json(content).decode())
        assert spellings.digest(change.content) == (None if content is None else content_hash(content))
        known = spellings.digest(change.content)
        assert change_id(UID.format(0), change, known) == change_id(UID.format(0), change)
    shapes = spellings.shapes([change.content for change in changes])
    assert list(shapes) == [content and geometry_from_hex(content[GEOMETRY]) for content in said]


@given(st.lists(contents(), max_size=4))
def test_what_no_payload_told_is_found_out(said: list[Content]) -> None:
    spellings = Spellings()
    assert [spellings.text(content) for content in said] == [canonical_json(content).decode() for content in said]
    assert [spellings.digest(content) for content in said] == [content_hash(content) for content in said]
    assert list(spellings.shapes([None, *said])) == [None, *(geometry_from_hex(one[GEOMETRY]) for one in said)]


def test_contents_that_say_the_same_are_told_apart() -> None:
    first, second = road_content(), road_content(name="Đường khác")
    spellings = Spellings()
    assert spellings.digest(first) != spellings.digest(second)
    assert spellings.digest(road_content()) == spellings.digest(first)


ROW = LAYER.encode(RecordChange("road", UID.format(1), "insert", 1, None, None, road_content()))
COLUMNS = list(LAYER.columns)


def spoilt(**cells: Any) -> tuple[Any, ...]:
    row = list(ROW)
    for column, cell in cells.items():
        row[COLUMNS.index(column)] = cell
    return tuple(row)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([spoilt(width_m="5"), spoilt(name=1)], "width_m"),
        ([spoilt(), spoilt(lineage="{}", lanes=1.5)], "lanes"),
        ([spoilt(lineage=None), spoilt(uid="1")], "lineage"),
        ([spoilt(geom=ROW[0][:8] + b"\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00"), spoilt(lit=2)], "lit"),
        ([spoilt(operation="delete", base_revision=1)], "operation"),
    ],
)
def test_the_first_cell_in_the_order_of_rows_is_named(rows: list[tuple[Any, ...]], named: str) -> None:
    with pytest.raises(BadCell, match=named):
        LAYER.decode(rows)


@pytest.mark.parametrize(
    "cells",
    [
        ('{"a":[{}', "{}]}", "{},{}"),
        ("{},{}", "{"),
        ("{} ", "{}"),
        ('["a"', '"b"]'),
    ],
)
def test_arrays_and_objects_do_not_run_over_into_the_next_cell(cells: tuple[str, ...]) -> None:
    with pytest.raises(BadCell):
        LAYER.decode([spoilt(uid=UID.format(place), lineage=cell) for place, cell in enumerate(cells)])
    with pytest.raises(BadCell, match="communes"):
        LAYER.decode([spoilt(uid=UID.format(place), communes=cell) for place, cell in enumerate(cells)])


def test_a_shape_between_records_without_one_stays_with_its_record() -> None:
    rows = [spoilt(geom=None), ROW, spoilt(geom=None)]
    spellings = Spellings()
    found = [change.content for change in LAYER.decode(rows, spellings)]
    assert list(spellings.shapes(found)) == [None, LINE, None]
