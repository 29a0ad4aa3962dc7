"""Cutting and joining: nothing lost, nothing twice, seams bit-identical, and back to what it was."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.shaping.cutting import cut_shape, insert_vertices
from geodesy.shaping.joining import fill_room, join_areas
from tests.geodesy.shaping.shapes import EAST, NORTH, area, at, box, cutters, is_on_grid, line, refused, stars, vertices


def test_a_square_is_cut_in_two() -> None:
    cut = cut_shape(box(0, 0, 100, 100), line((-10, 30), (110, 30)))
    assert [part.area for part in cut.parts] == pytest.approx([7000, 3000])
    assert {tuple(xy) for xy in cut.nodes.tolist()} == set(at((0, 30), (100, 30)))


def test_a_line_that_ends_inside_cuts_nothing() -> None:
    for cutter in (line((-10, 30), (50, 30)), line((-10, -5), (110, -5)), line((0, 0), (0, 100))):
        refused("CUT-MISSES", lambda cutter=cutter: cut_shape(box(0, 0, 100, 100), cutter))
    refused("CUT-POINT", lambda: cut_shape(shapely.Point(EAST, NORTH), line((0, 0), (1, 1))))


def test_a_hole_stays_a_hole() -> None:
    ring = shapely.Polygon(box(0, 0, 100, 100).exterior, [box(40, 40, 60, 60).exterior])
    cut = cut_shape(ring, line((-10, 50), (110, 50)))
    assert [part.area for part in cut.parts] == pytest.approx([4800, 4800])
    assert join_areas(cut.parts).equals_exact(ring.normalize(), 0) or join_areas(cut.parts).equals(ring)


def test_parts_that_the_line_leaves_alone_stay_with_the_largest() -> None:
    both = shapely.MultiPolygon([box(0, 0, 100, 100), box(300, 0, 350, 50)])
    cut = cut_shape(both, line((-10, 30), (110, 30)))
    assert [part.area for part in cut.parts] == pytest.approx([9500, 3000])


def test_a_line_is_cut_where_it_is_crossed() -> None:
    road = line((0, 0), (100, 0), (100, 100))
    cut = cut_shape(road, line((40, -10), (40, 10), (120, 50), (90, 50)))
    assert sorted(part.length for part in cut.parts) == pytest.approx([10, 40, 50, 100])
    assert [tuple(xy) for xy in cut.nodes.tolist()] == at((40, 0), (100, 40), (100, 50))
    refused("CUT-MISSES", lambda: cut_shape(road, line((0, 5), (50, 5))))


@given(stars(), cutters())
def test_nothing_is_lost_and_nothing_is_twice(shape: shapely.Polygon, cutter: shapely.LineString) -> None:
    assume(shape.is_valid)
    try:
        cut = cut_shape(shape, cutter)
    except UserError:
        assume(False)
    assert sum(part.area for part in cut.parts) == pytest.approx(shape.area, abs=1e-4 * shape.length)
    for part in cut.parts:
        assert part.is_valid
        assert is_on_grid(part)
    for one, other in itertools.combinations(cut.parts, 2):
        assert shapely.area(shapely.intersection(one, other)) == 0
    assert vertices(shape) <= set().union(*map(vertices, cut.parts))


@given(stars(), cutters())
def test_cut_and_joined_again_it_is_what_it_was(shape: shapely.Polygon, cutter: shapely.LineString) -> None:
    assume(shape.is_valid)
    try:
        cut = cut_shape(shape, cutter)
    except UserError:
        assume(False)
    again = join_areas(cut.parts)
    assert abs(again.area - shape.area) <= 1e-6
    assert again.normalize().equals_exact(shape.normalize(), 0.0)


@given(stars(), cutters(), st.floats(0, 6.28))
def test_a_neighbour_takes_the_nodes_of_the_seam(
    shape: shapely.Polygon, cutter: shapely.LineString, turn: float
) -> None:
    """A neighbour that lies at the outline gets the same vertices, so that their border stays one to the bit."""
    assume(shape.is_valid)
    far = shapely.Point(EAST, NORTH).buffer(900, quad_segs=4)
    neighbour = shapely.Polygon(far.exterior, [shape.exterior])
    try:
        cut = cut_shape(shape, cutter)
    except UserError:
        assume(False)
    mended = insert_vertices(neighbour, cut.nodes)
    ring = {tuple(xy) for xy in shapely.get_coordinates(mended.interiors[0]).tolist()}
    assert {tuple(xy) for xy in cut.nodes.tolist()} <= ring
    assert shapely.area(shapely.intersection(mended, shapely.union_all(cut.parts))) == 0


def test_inserting_changes_nothing_else() -> None:
    square = box(0, 0, 100, 100)
    assert insert_vertices(square, np.array(at((0, 0), (100, 100)))) is square
    assert insert_vertices(square, np.array(at((50, 3)))) is square
    more = insert_vertices(square, np.array(at((50, 0.00005), (100, 20))))
    assert vertices(more) == vertices(square) | set(at((50, 0.00005), (100, 20)))
    lines = shapely.MultiLineString([line((0, 0), (10, 0)), line((0, 5), (10, 5))])
    assert len(shapely.get_coordinates(insert_vertices(lines, np.array(at((5, 5)))))) == 5


def test_joined_areas_keep_the_vertices_that_neighbours_have() -> None:
    cut = cut_shape(area((0, 0), (100, 7), (90, 80), (-5, 90)), line((50, -50), (51, 150)))
    south = min(cut.nodes.tolist(), key=lambda xy: xy[1])
    assert tuple(south) not in vertices(join_areas(cut.parts))
    assert tuple(south) in vertices(join_areas(cut.parts, np.array([south])))


def test_a_corner_at_the_end_of_a_border_is_no_trace_of_a_cut() -> None:
    joined = join_areas([box(0, 0, 10, 10), box(10, 0, 20, 12)])
    assert set(at((10, 10), (10, 12))) <= vertices(joined)


def test_the_room_between_neighbours_is_filled() -> None:
    frame = [box(0, 0, 30, 10), box(0, 20, 30, 30), box(0, 10, 10, 20), box(20, 10, 30, 20)]
    room = fill_room(frame, at((15, 15))[0])
    assert room.equals(box(10, 10, 20, 20))
    assert vertices(room) == set(at((10, 10), (20, 10), (20, 20), (10, 20)))
    refused("ROOM-TAKEN", lambda: fill_room(frame, at((5, 5))[0]))
    refused("ROOM-OPEN", lambda: fill_room(frame[:3], at((15, 15))[0]))
    refused("ROOM-OPEN", lambda: fill_room(frame, at((500, 15))[0]))


def test_what_stands_in_the_room_is_left_out() -> None:
    frame = [box(0, 0, 30, 10), box(0, 20, 30, 30), box(0, 10, 10, 20), box(20, 10, 30, 20), box(13, 13, 15, 15)]
    assert fill_room(frame, at((18, 18))[0]).area == pytest.approx(96)
