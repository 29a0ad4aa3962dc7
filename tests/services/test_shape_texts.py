"""Shapes as text, written late: the same text as at once."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from services.shape_texts import ShapeTexts

PLACES = st.floats(-1e7, 1e7, allow_nan=False)
SHAPES = st.lists(
    st.none() | st.builds(shapely.Point, PLACES, PLACES) | st.just(shapely.from_wkt("POLYGON ((0 0, 1 0, 1 1, 0 0))"))
)


@given(SHAPES, st.data())
def test_texts_are_those_of_all_shapes_at_once(shapes: list[shapely.Point | None], data: st.DataObject) -> None:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    found = ShapeTexts(array)
    told = shapely.to_wkt(array, rounding_precision=-1, trim=True).tolist()
    assert (len(found), list(found), found.count(None)) == (len(told), told, told.count(None))
    begin, end = data.draw(st.integers(0, len(told))), data.draw(st.integers(0, len(told)))
    assert list(found[begin:end]) == told[begin:end]
    assert [found[place] for place in range(len(told))] == told
    for text, shape in zip(told, shapes, strict=True):  # every digit that matters
        assert text is None if shape is None else shapely.from_wkt(text) == shape
