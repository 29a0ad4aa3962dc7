"""Cutting and joining: nothing lost, nothing twice, seams bit-identical, and back to what it was."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.grid import GRID_M
from geodesy.shaping.curves import count_vertices
from geodesy.shaping.cutting import cut_shape
from geodesy.shaping.joining import join_areas
from geodesy.shaping.rooms import fill_room
from geodesy.shaping.vertices import insert_vertices
from tests.geodesy.shaping.shapes import (
    EAST,
    NORTH,
    area,
    at,
    box,
    cutters,
    has_vertex,
    is_on_grid,
    line,
    on_outline,
    refused,
    stars,
    vertices,
)


def test_a_square_is_cut_in_two() -> None:
    cut = cut_shape(box(0, 0, 100, 100), line((-10, 30), (110, 30)))
    assert [part.area for part in cut.parts] == pytest.approx([7000, 3000])
    assert {tuple(xy) for xy in cut.nodes.tolist()} == set(at((0, 30), (100, 30)))


def test_a_line_that_ends_inside_cuts_nothing() -> None:
    for cutter in (line((-10, 30), (50, 30)), line((-10, -5), (110, -5)), line((0, 0), (0, 100))):
        refused("CUT-MISSES", lambda cutter=cutter: cut_shape(box(0, 0, 100, 100), cutter))
    refused("CUT-POINT", lambda: cut_shape(shapely.Point(EAST, NORTH), line((0, 0), (1, 1))))


def test_no_part_is_thinner_than_a_millimetre() -> None:
    for east in (0.0005, 99.9996):
        refused("CUT-THIN", lambda east=east: cut_shape(box(0, 0, 100, 100), line((east, -10), (east, 110))))
    refused("CUT-THIN", lambda: cut_shape(line((0, 0), (100, 0)), line((0.0006, -1), (0.0006, 1))))
    cut = cut_shape(box(0, 0, 100, 100), line((0.02, -10), (0.02, 110)))
    assert [part.area for part in cut.parts] == pytest.approx([9998, 2])


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


def test_a_line_that_ends_in_another_part_leaves_that_whole() -> None:
    both = shapely.MultiPolygon([box(0, 0, 100, 100), box(200, 0, 300, 100)])
    cut = cut_shape(both, line((50, -10), (50, 110), (150, 50), (250, 50)))
    assert [part.area for part in cut.parts] == pytest.approx([15_000, 14_000 / 3, 1000 / 3], abs=0.01)
    assert vertices(both.geoms[1]) <= vertices(cut.parts[0])
    roads = shapely.MultiLineString([line((0, 0), (100, 0)), line((0, 50), (100, 50)), line((0, 90), (100, 90))])
    cut = cut_shape(roads, line((40, -10), (40, 10)))
    assert [part.length for part in cut.parts] == pytest.approx([260, 40])


def test_a_closed_line_does_not_end_where_its_vertices_begin() -> None:
    ring = line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    assert [part.length for part in cut_shape(ring, line((50, -10), (50, 110))).parts] == [200, 200]
    assert [part.length for part in cut_shape(ring, line((-10, -10), (110, 110))).parts] == [200, 200]
    refused("CUT-MISSES", lambda: cut_shape(ring, line((50, -10), (50, 10))))


def test_where_a_line_is_followed_it_is_cut_at_both_ends_only() -> None:
    road = line((0, 0), (30, 0), (60, 0), (100, 0))
    cut = cut_shape(road, line((20, -5), (20, 0), (30, 0), (60, 0), (80, 0), (80, 5)))
    assert [part.length for part in cut.parts] == pytest.approx([60, 20, 20])


@given(stars(), st.floats(0, 1), st.floats(0, 1))
def test_a_line_may_begin_and_end_on_the_outline(shape: shapely.Polygon, first: float, last: float) -> None:
    assume(shape.is_valid)
    ends = on_outline(shape, first), on_outline(shape, last)
    cutter = shapely.LineString(ends)
    middle = cutter.interpolate(0.5, normalized=True)
    assume(shapely.buffer(shape, 0.001).covers(cutter) and shape.contains(middle))
    assume(shape.exterior.distance(middle) > 0.01)
    cut = cut_shape(shape, cutter)
    assert len(cut.parts) == 2
    assert all(has_vertex(part, end) for part in cut.parts for end in ends)
    assert max(count_vertices(part) for part in cut.parts) <= count_vertices(shape) + 1, "one end is one vertex"
    assert join_areas(cut.parts).normalize().equals_exact(shape.normalize(), 0.0)


@given(stars(), st.floats(0.01, 0.99))
def test_a_line_is_cut_by_one_that_ends_on_it(shape: shapely.Polygon, share: float) -> None:
    road = shapely.LineString(shape.exterior.coords[:-1])
    assume(road.is_simple)
    end = on_outline(road, share)
    assume(end.distance(road.boundary) > 0.01)
    cutter = shapely.LineString([end, (end.x + 0.5, end.y + 3)])
    assume(len(shapely.get_coordinates(shapely.intersection(shapely.buffer(road, 0.001), cutter))) == 2)
    cut = cut_shape(road, cutter)
    assert len(cut.parts) == 2
    assert end.distance(cut.parts[0].boundary) <= GRID_M * 1.5, "there, or in the vertex beside it"


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


@given(st.floats(20, 200), st.floats(20, 200), st.floats(0.1, 0.4), st.floats(0.6, 0.9))
def test_a_room_has_no_spike_along_a_neighbour_s_long_edge(east: float, north: float, one: float, two: float) -> None:
    """Corners that meet a slanted edge between its ends lie off it by their rounding; a face would creep in there."""
    start, step = np.array([EAST, NORTH]), np.array([east, north])
    aside = np.array([-north, east]) / np.hypot(east, north)

    def at_edge(share: float, off_m: float) -> list[float]:
        return np.round(start + step * share + aside * off_m, 4).tolist()

    lots = [
        shapely.Polygon([at_edge(0, 0), at_edge(1, 0), at_edge(1, -30), at_edge(0, -30)]),
        shapely.Polygon([at_edge(0, 0), at_edge(one, 0), at_edge(one, 30), at_edge(0, 30)]),
        shapely.Polygon([at_edge(two, 0), at_edge(1, 0), at_edge(1, 30), at_edge(two, 30)]),
        shapely.Polygon(
            [at_edge(share, off_m) for share, off_m in ((0, 30), (one, 30), (two, 30), (1, 30), (0.5, 90))]
        ),
    ]
    room = fill_room(lots, tuple(at_edge((one + two) / 2, 15)))
    assert vertices(room) == {tuple(at_edge(share, off_m)) for share in (one, two) for off_m in (0, 30)}


def test_what_stands_in_the_room_is_left_out() -> None:
    frame = [box(0, 0, 30, 10), box(0, 20, 30, 30), box(0, 10, 10, 20), box(20, 10, 30, 20), box(13, 13, 15, 15)]
    assert fill_room(frame, at((18, 18))[0]).area == pytest.approx(96)
