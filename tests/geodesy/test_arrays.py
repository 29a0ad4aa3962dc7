import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodesy.arrays import GeometryArrays, build_arrays

HOLED = shapely.Polygon([(0, 0), (0, 9), (9, 9), (9, 0)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])  # both the wrong way
TWO = shapely.MultiPolygon([shapely.box(20, 0, 21, 1), HOLED])


def rings_of(arrays: GeometryArrays, place: int) -> list[np.ndarray]:
    first, last = arrays.feature_offsets[place : place + 2]
    return [arrays.xy[arrays.path_offsets[path] : arrays.path_offsets[path + 1]] for path in range(first, last)]


def test_kinds_are_parted_and_keep_their_order():
    shapes = [
        shapely.Point(1, 2),
        HOLED,
        None,
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.Polygon(),
        shapely.Point(3, 4, 5),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 4)]]),
        TWO,
        shapely.GeometryCollection([shapely.Point(0, 0)]),
    ]
    found = build_arrays(range(10, 19), shapes, category=range(9))
    assert {kind: arrays.ids.tolist() for kind, arrays in found.items()} == {
        "point": [10, 15],
        "line": [13, 16],
        "polygon": [11, 17],
    }
    assert found["line"].category.tolist() == [3, 6]
    assert [len(ring) for ring in rings_of(found["line"], 1)] == [2, 3]
    assert found["point"].xy.tolist() == [[1, 2], [3, 4]]
    assert len(rings_of(found["polygon"], 0)) == 2
    assert len(rings_of(found["polygon"], 1)) == 3
    assert found["polygon"].bounds.tolist() == [[0, 0, 9, 9], [0, 0, 21, 9]]
    assert found["polygon"].total_bounds == (0, 0, 21, 9)


def test_outer_rings_run_counter_clockwise_and_holes_clockwise():
    arrays = build_arrays([1, 2], [HOLED, TWO])["polygon"]
    turns = [bool(shapely.is_ccw(shapely.LinearRing(ring))) for place in (0, 1) for ring in rings_of(arrays, place)]
    assert turns == [True, False, True, True, False]


def test_nothing_gives_nothing():
    assert build_arrays([], []) == {}
    assert build_arrays([1], [None]) == {}


def test_points_and_multipoints_stand_side_by_side():
    arrays = build_arrays([1, 2], [shapely.Point(0, 0), shapely.MultiPoint([(1, 1), (2, 2)])])["point"]
    assert arrays.feature_offsets.tolist() == [0, 1, 3]
    assert arrays.path_offsets.tolist() == [0, 1, 2, 3]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.booleans()), min_size=1, max_size=40))
def test_polygons_come_back_equal_and_well_turned(corners):
    shapes = []
    for east, north, turned in corners:
        box = shapely.box(east, north, east + 3, north + 2, ccw=not turned)
        hole = shapely.box(east + 1, north + 0.5, east + 2, north + 1, ccw=not turned)
        shapes.append(shapely.Polygon(box.exterior.coords, [hole.exterior.coords]))
    arrays = build_arrays(range(len(shapes)), shapes)["polygon"]
    back = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, arrays.xy, (arrays.path_offsets, arrays.feature_offsets)
    )
    assert shapely.equals(back, shapes).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(back)).all()
    assert not shapely.is_ccw(shapely.get_interior_ring(back, 0)).any()
