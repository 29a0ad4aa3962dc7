"""The journal's texts by the column are those of one record after another, byte by byte."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json
from forms.content import record_content
from forms.record import Lineage, Record
from localdb.arrivals import hex_column
from localdb.columns import lineage_columns, normalise_values, to_column
from localdb.content_text import content_texts, whole_content
from tests.localdb.samples import PHOTO, SITE_FIELDS, build_type, field, square

SITE = build_type("site", [*SITE_FIELDS, field("zone", "text")], ("multi_polygon",))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"%s"', "\\", "Đường 1%", "\n"]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = {
    "number": NUMBERS,
    "integer": st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "choices": st.lists(TEXTS, max_size=2),
    "files": st.just([PHOTO]) | st.just([PHOTO, {**PHOTO, "sha256": "cd" * 32}]),
}
SHAPES = st.none() | st.just(square()) | st.builds(square, NUMBERS.filter(lambda east: abs(east) < 1e9))


def lineages():
    cells = st.dictionaries(TEXTS, TEXTS | NUMBERS | st.integers() | st.booleans(), max_size=2)
    return st.builds(
        Lineage,
        st.none() | TEXTS,
        source_row=st.none() | st.integers(0, 9),
        accuracy_m=st.none() | NUMBERS,
        raw_values=cells,
        derived_from=st.just(()) | st.just(("a", "b")),
        derivation=st.none() | st.just("split"),
        reading=st.just({}) | st.just({"swapped": True}) | st.just({"scale": 0.001, "shift": [0.0, 2e6]}),
    )


@st.composite
def records(draw):
    count = draw(st.integers(1, 4))
    columns = {}
    for item in SITE.fields:
        kind = VALUES.get(item.type, TEXTS)
        one = draw(st.none() | kind)
        columns[item.key] = draw(st.just([one] * count) | st.lists(st.none() | kind, min_size=count, max_size=count))
    shapes, origins = ([draw(kind) for _ in range(count)] for kind in (SHAPES, lineages()))
    return [
        Record("u", "site", normalise_values(SITE, {key: cells[at] for key, cells in columns.items()}), *rest)
        for at, rest in enumerate(zip(shapes, origins, strict=True))
    ]


def by_column(found):
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = [record.geometry for record in found]
    columns = {}
    for item in SITE.fields:
        columns[item.key] = [to_column(item, record.values[item.key]) for record in found]
    columns |= lineage_columns([record.lineage for record in found])
    return content_texts(SITE, columns, hex_column(shapely.to_wkb(shapes, byte_order=1, flavor="iso")), len(found))


@given(records())
def test_texts_by_the_column_are_those_by_the_row(found):
    contents = [record_content(record) for record in found]
    texts = by_column(found)
    assert texts == [whole_content(content).encode() for content in contents]
    assert texts == [canonical_json({key: cell for key, cell in one.items() if cell is not None}) for one in contents]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_either_way(number):
    found = [
        Record("u", "site", {item.key: None for item in SITE.fields} | {"area_m2": cell}) for cell in (1.5, number)
    ]
    with pytest.raises(ValueError):
        by_column(found)
    with pytest.raises(ValueError):
        whole_content(record_content(found[1]))
