"""Layers: exact geometry out of arrays and back, single records put in and taken out; the renderer's messages."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from desktop.map.layers import MapLayer, build_geometry, join_arrays, join_bounds, paths_of, take_records
from desktop.map.requests import Parcels, Select, encode
from desktop.map.shapes import build_columns, concatenate_ranges, split
from desktop.map.styles import LayerStyle
from geodesy.arrays import build_arrays

HOLED = shapely.Polygon(
    shapely.box(0, 0, 9, 9).exterior, [shapely.box(2, 2, 4, 4).exterior, shapely.box(5, 5, 7, 7).exterior]
)
GEOMETRIES = [
    shapely.Point(437050.2521, 2487289.588),
    shapely.MultiPoint([(1, 2), (3, 4)]),
    shapely.LineString([(0.1, 0.2), (0.3, 0.7), (5, 5)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 1)]]),
    shapely.box(0, 0, 1, 1),
    HOLED,
    shapely.MultiPolygon([HOLED, shapely.box(20, 20, 30, 30)]),
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda item: item.geom_type)
def test_a_geometry_comes_out_of_the_arrays_as_it_went_in(geometry: shapely.Geometry) -> None:
    ((kind, arrays),) = build_arrays([7], [geometry]).items()
    found = build_geometry(kind, paths_of(arrays, 0))
    assert found.geom_type == geometry.geom_type
    assert found.normalize().equals_exact(geometry.normalize(), 0.0)


def test_taking_and_joining_records_keeps_every_coordinate() -> None:
    boxes = np.array([HOLED, shapely.box(10, 0, 20, 5), shapely.MultiPolygon([HOLED, shapely.box(50, 50, 60, 60)])])
    arrays = build_arrays([1, 2, 3], boxes, [4, 5, 6])["polygon"]
    parts = [take_records(arrays, np.array([place])) for place in range(3)]
    whole = join_arrays(join_arrays(parts[0], parts[1]), parts[2])
    for name in ("ids", "xy", "path_offsets", "feature_offsets", "bounds", "category"):
        assert np.array_equal(getattr(whole, name), getattr(arrays, name)), name


def test_records_are_replaced_added_removed_with_their_titles() -> None:
    layer = MapLayer("a", "A", build_arrays([1, 2, 3], [shapely.Point(n, 0) for n in range(3)]), labels=["x", "y", "z"])
    changed = build_arrays([2, 8], [shapely.Point(9, 9), shapely.LineString([(0, 0), (1, 1)])])
    after = layer.spliced(changed, [3], {2: "Y", 8: "new"})
    assert after.arrays["point"].ids.tolist() == [1, 2]
    assert after.arrays["point"].xy.tolist() == [[0, 0], [9, 9]]
    assert after.arrays["line"].ids.tolist() == [8]
    assert after.titles() == {"point": ["x", "Y"], "line": ["new"]}
    assert layer.arrays["point"].ids.tolist() == [1, 2, 3], "the old layer stays as it was"


def test_bounds_of_nothing_are_none() -> None:
    assert MapLayer("a", "A").bounds is None
    assert join_bounds([None, (0, 1, 2, 3), None, (-1, 2, 1, 9)]) == (-1, 1, 2, 9)
    layer = MapLayer("a", "A", build_arrays([5], [shapely.box(1, 2, 3, 4)]))
    assert layer.bounds_of([5]) == (1, 2, 3, 4)
    assert layer.bounds_of([6]) is None


def test_how_full_a_polygon_fills_its_box() -> None:
    arrays = build_arrays([1, 2, 3], [shapely.box(0, 0, 2, 2), shapely.Polygon([(0, 0), (2, 0), (0, 2)]), HOLED])[
        "polygon"
    ]
    full = build_columns(arrays, (0.0, 0.0))["fullness"]
    assert full.tolist() == pytest.approx([1.0, 0.5, (81 - 8) / 81])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6)), max_size=30))
def test_ranges_one_after_another(found: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in found], dtype=np.int64)
    ends = starts + np.array([length for _, length in found], dtype=np.int64)
    expected = [place for start, length in found for place in range(start, start + length)]
    assert concatenate_ranges(starts, ends).tolist() == expected


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 100))
def test_splitting_covers_everything_once_and_stays_within_the_budget(costs: list[int], budget: int) -> None:
    runs = list(split(np.array(costs, dtype=np.int64), budget))
    assert [place for run in runs for place in range(run.start, run.stop)] == list(range(len(costs)))
    for run in runs:
        assert run.stop - run.start == 1 or sum(costs[run]) <= budget


@given(st.lists(st.integers(1, 200), min_size=1, max_size=8), st.integers(1, 64))
def test_messages_survive_any_cutting_of_the_pipe(sizes: list[int], step: int) -> None:
    sent = [Select({"layer": {"line": np.arange(size, dtype=np.int32)}}, LayerStyle()) for size in sizes]
    stream = b"".join(encode(message) for message in sent)
    parcels = Parcels()
    found = [message for begin in range(0, len(stream), step) for message in parcels.feed(stream[begin : begin + step])]
    assert [len(message.records["layer"]["line"]) for message in found] == sizes
