"""Moved, turned, enlarged, mirrored, offset, thinned, rounded: by how much, and back again."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geodesy.grid import GRID_M
from geodesy.shaping.curves import count_vertices, offset_shape, reverse_shape, simplify_shape, smooth_shape
from geodesy.shaping.moving import middle_of, mirror_shape, move_shape, scale_shape, turn_shape
from tests.geodesy.shaping.shapes import EAST, NORTH, at, box, is_on_grid, line, refused, stars


def apart(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return float(np.abs(shapely.get_coordinates(one) - shapely.get_coordinates(other)).max())


@given(stars(), st.floats(-500, 500), st.floats(-500, 500))
def test_there_and_back(shape: shapely.Polygon, east: float, north: float) -> None:
    moved = move_shape(shape, east, north)
    assert is_on_grid(moved)
    assert apart(move_shape(moved, -east, -north), shape) <= 1.01 * GRID_M
    assert apart(turn_shape(turn_shape(shape, east), -east, middle_of(turn_shape(shape, east))), shape) < 500


@given(stars(), st.floats(-360, 360))
def test_turned_and_back(shape: shapely.Polygon, degrees: float) -> None:
    around = (EAST + 20, NORTH - 30)
    assert apart(turn_shape(turn_shape(shape, degrees, around), -degrees, around), shape) <= 2 * GRID_M
    assert turn_shape(shape, 360) is shape


def test_clockwise_as_azimuths_are_counted() -> None:
    east = turn_shape(line((0, 0), (0, 10)), 90, at((0, 0))[0])
    assert shapely.get_coordinates(east).tolist() == [list(xy) for xy in at((0, 0), (10, 0))]


@given(stars(), st.floats(0.1, 10))
def test_enlarged(shape: shapely.Polygon, factor: float) -> None:
    assume(shape.is_valid)
    larger = scale_shape(shape, factor)
    assert larger.area == pytest.approx(shape.area * factor**2, abs=2 * GRID_M * larger.length)
    assert middle_of(larger) == pytest.approx(middle_of(shape), abs=GRID_M)


@given(stars(), st.floats(-90, 90), st.floats(-90, 90))
def test_mirrored_twice_it_is_itself(shape: shapely.Polygon, east: float, north: float) -> None:
    axis = at((0, 0), (east, north + 100))
    twice = mirror_shape(mirror_shape(shape, *axis), *axis)
    assert apart(twice, shape) <= 3 * GRID_M


def test_mirrored_at_an_axis() -> None:
    assert mirror_shape(line((1, 0), (5, 3)), *at((0, 0), (0, 9))).equals(line((-1, 0), (-5, 3)))
    refused("MIRROR-AXIS", lambda: mirror_shape(line((1, 0), (5, 3)), *at((0, 0), (0, 0))))
    for factor in (0, -1, float("nan"), float("inf")):
        refused("SCALE-FACTOR", lambda factor=factor: scale_shape(line((1, 0), (5, 3)), factor))


def test_a_parallel_lies_at_its_hand() -> None:
    road = line((0, 0), (100, 0))
    assert offset_shape(road, 5).equals(line((0, -5), (100, -5))), "to the right"
    assert offset_shape(road, -5).equals(line((0, 5), (100, 5)))
    bend = offset_shape(line((0, 0), (100, 0), (100, 100)), -5)
    assert bend.equals(line((0, 5), (95, 5), (95, 100)))


def test_an_area_grows_with_its_corners() -> None:
    assert offset_shape(box(0, 0, 100, 100), 5).equals(box(-5, -5, 105, 105))
    assert offset_shape(box(0, 0, 100, 100), -5).equals(box(5, 5, 95, 95))
    for wrong in (0.0, -50.0, float("nan")):
        refused("OFFSET-NONE", lambda wrong=wrong: offset_shape(box(0, 0, 100, 100), wrong))
    refused("OFFSET-NONE", lambda: offset_shape(shapely.Point(at((0, 0))[0]), 5))


@given(stars(), st.floats(0.01, 20))
def test_thinned_out_it_strays_no_further_than_told(shape: shapely.Polygon, tolerance: float) -> None:
    assume(shape.is_valid)
    found = simplify_shape(shape, tolerance)
    assert found.strays_m <= tolerance + GRID_M
    assert count_vertices(found.shape) <= count_vertices(shape)
    assert found.shape.is_valid


@given(stars(), st.floats(0.5, 5))
def test_rounded_it_strays_no_further_than_told(shape: shapely.Polygon, tolerance: float) -> None:
    assume(shape.is_valid)
    found = smooth_shape(shape, tolerance)
    assert found.strays_m <= tolerance + GRID_M
    assert count_vertices(found.shape) > count_vertices(shape)
    assert found.shape.is_valid
    assert is_on_grid(found.shape)


def test_rounding_adds_no_vertex_where_there_is_no_corner_and_none_next_to_another() -> None:
    straight = line((0, 0), (10, 0), (20, 0), (30, 0), (30, 40))
    rounded = shapely.get_coordinates(smooth_shape(straight, 1.0).shape)
    assert [list(xy) for xy in at((0, 0), (10, 0), (20, 0))] == rounded[:3].tolist()
    assert 6 <= len(rounded) <= 24
    for tolerance in (0.05, 0.5, 5.0):
        xy = shapely.get_coordinates(smooth_shape(straight, tolerance).shape)
        assert np.hypot(*np.diff(xy, axis=0).T).min() > 0.02


@given(stars(), st.floats(0.5, 5))
def test_how_far_it_strays_is_what_is_told(shape: shapely.Polygon, tolerance: float) -> None:
    assume(shape.is_valid)
    for found in (simplify_shape(shape, tolerance), smooth_shape(shape, tolerance)):
        truth = shapely.hausdorff_distance(shape.exterior, found.shape.exterior, densify=0.2)
        assert found.strays_m == pytest.approx(truth, abs=1e-6)


def test_the_ends_of_a_line_stay() -> None:
    road = line((0, 0), (50, 0), (50, 50), (100, 50))
    rounded = smooth_shape(road, 2.0)
    ends = shapely.get_coordinates(rounded.shape)[[0, -1]].tolist()
    assert ends == [list(xy) for xy in at((0, 0), (100, 50))]
    assert 0.5 < rounded.strays_m <= 2.0
    for tolerance in (0.0, -1.0, float("nan")):
        refused("TOLERANCE", lambda tolerance=tolerance: smooth_shape(road, tolerance))
        refused("TOLERANCE", lambda tolerance=tolerance: simplify_shape(road, tolerance))


def test_turned_about() -> None:
    assert shapely.get_coordinates(reverse_shape(line((0, 0), (5, 0)))).tolist() == [
        list(xy) for xy in at((5, 0), (0, 0))
    ]
