"""What lies under the cursor, in a box, and within snapping distance."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.map.clipping import clip_segments
from desktop.map.hit_grid import HitGrid
from desktop.map.snapping import Sketched, SnapKind, Target, find_snap
from geodesy.arrays import GeometryArrays, build_arrays

E0, N0 = 437_000.0, 2_487_000.0


def grid_of(*geometries: shapely.Geometry) -> HitGrid:
    (arrays,) = build_arrays(range(len(geometries)), np.array(geometries, dtype=object)).values()
    return HitGrid(arrays)


def places(hits: list[tuple[int, float]]) -> list[int]:
    return [place for place, _ in hits]


def test_a_polygon_is_hit_inside_and_near_its_edge_but_not_in_its_hole() -> None:
    hole = shapely.box(E0 + 40, N0 + 40, E0 + 60, N0 + 60)
    grid = grid_of(shapely.Polygon(shapely.box(E0, N0, E0 + 100, N0 + 100).exterior, [hole.exterior]))
    assert grid.hits(E0 + 20, N0 + 20, 1) == [(0, 0.0)]
    assert grid.hits(E0 + 50, N0 + 50, 1) == []
    assert places(grid.hits(E0 + 50, N0 + 41, 2)) == [0]
    assert grid.hits(E0 - 3, N0 + 50, 2) == []


def test_stacked_polygons_come_topmost_first() -> None:
    grid = grid_of(*[shapely.box(E0, N0, E0 + size, N0 + size) for size in (500, 300, 100)])
    assert places(grid.hits(E0 + 50, N0 + 50, 1)) == [2, 1, 0]
    assert places(grid.hits(E0 + 200, N0 + 200, 1)) == [1, 0]


def test_lines_and_points_come_nearest_first() -> None:
    grid = grid_of(*[shapely.LineString([(E0, N0 + y), (E0 + 900, N0 + y)]) for y in (4.0, 1.0, 30.0)])
    assert places(grid.hits(E0 + 450, N0, 5)) == [1, 0]
    points = grid_of(*[shapely.Point(E0 + x, N0) for x in (3.0, 1.0, 9.0)])
    assert points.hits(E0, N0, 5) == [(1, pytest.approx(1.0)), (0, pytest.approx(3.0))]


def test_records_far_larger_than_a_cell_are_found_too() -> None:
    grid = grid_of(shapely.box(E0, N0, E0 + 40_000, N0 + 40_000), shapely.Point(E0, N0).buffer(2))
    assert places(grid.hits(E0 + 33_333, N0 + 21_000, 1)) == [0]
    assert places(grid.hits(E0 + 1, N0 + 1, 1)) == [1, 0]


def test_a_box_takes_what_it_touches_only() -> None:
    grid = grid_of(
        shapely.Polygon([(E0, N0), (E0 + 100, N0), (E0, N0 + 100)]),
        shapely.box(E0 + 300, N0, E0 + 400, N0 + 50),
    )
    assert grid.inside((E0 + 80, N0 + 80, E0 + 95, N0 + 95)).tolist() == [], "in the bounds, not in the triangle"
    assert grid.inside((E0 + 10, N0 + 10, E0 + 12, N0 + 12)).tolist() == [0], "wholly inside the triangle"
    assert grid.inside((E0 - 10, N0 - 10, E0 + 500, N0 + 500)).tolist() == [0, 1]
    assert grid.inside((E0 - 9e6, N0 - 9e6, E0 + 9e6, N0 + 9e6)).tolist() == [0, 1]


boxes = st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(0.1, 700), st.floats(0.1, 700))


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=30), st.floats(-900, 900), st.floats(-900, 900), st.floats(0.5, 80))
def test_hits_are_those_shapely_finds(found: list[tuple[float, ...]], x: float, y: float, reach: float) -> None:
    shapes = [shapely.box(E0 + a, N0 + b, E0 + a + w, N0 + b + h) for a, b, w, h in found]
    point = shapely.Point(E0 + x, N0 + y)
    near = {number for number, shape in enumerate(shapes) if shape.distance(point) <= reach}
    unsure = {number for number, shape in enumerate(shapes) if abs(shape.distance(point) - reach) < 1e-6}
    assert set(places(grid_of(*shapes).hits(point.x, point.y, reach))) - unsure == near - unsure


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-50, 150).map(lambda value: round(value, 6))] * 4), min_size=1, max_size=20))
def test_clipped_segments_are_what_lies_in_the_box(segments: list[tuple[float, ...]]) -> None:
    given = np.array(segments)
    pieces, kept = clip_segments(given, (0.0, 0.0, 100.0, 100.0))
    box = shapely.box(0, 0, 100, 100)
    expected = [shapely.intersection(shapely.LineString(item.reshape(2, 2)), box).length for item in given]
    lengths = np.zeros(len(given))
    lengths[kept] = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1])
    assert lengths == pytest.approx(np.array(expected), abs=1e-6)


SNAPPED = (E0 + 0.123456789, N0 + 0.987654321)


def test_a_vertex_within_reach_is_met_bit_by_bit() -> None:
    line = grid_of(shapely.LineString([SNAPPED, (E0 + 50, N0)]))
    found = find_snap(SNAPPED[0] + 3, SNAPPED[1] + 3, 5, [Target(line)])
    assert found is not None
    assert (found.x, found.y, found.kind) == (*SNAPPED, SnapKind.VERTEX)


def test_beyond_reach_nothing_is_met() -> None:
    line = grid_of(shapely.LineString([SNAPPED, (E0 + 50, N0)]))
    assert find_snap(SNAPPED[0] - 5.1, SNAPPED[1], 5, [Target(line)]) is None
    assert find_snap(SNAPPED[0] - 4.9, SNAPPED[1], 5, [Target(line)]) is not None


def test_a_vertex_is_preferred_to_an_edge_that_lies_nearer() -> None:
    line = grid_of(shapely.LineString([(E0, N0), (E0 + 100, N0)]))
    found = find_snap(E0 + 4, N0 + 0.1, 5, [Target(line)])
    assert found is not None
    assert (found.x, found.kind) == (E0, SnapKind.VERTEX)
    edge = find_snap(E0 + 50, N0 + 3, 5, [Target(line)])
    assert edge is not None
    assert (edge.x, edge.y, edge.kind) == (E0 + 50, N0, SnapKind.EDGE)


def test_the_record_being_edited_and_nothing_else_is_left_out() -> None:
    lines = grid_of(shapely.LineString([(E0, N0), (E0 + 9, N0)]), shapely.LineString([(E0, N0 + 4), (E0 + 9, N0 + 4)]))
    found = find_snap(E0, N0, 5, [Target(lines, frozenset({0}))])
    assert found is not None
    assert found.y == N0 + 4


def test_the_sketch_itself_is_met_too() -> None:
    found = find_snap(E0, N0, 5, [], sketched=Sketched(np.array([(E0 + 1, N0 + 1)])))
    assert found is not None
    assert (found.x, found.y) == (E0 + 1, N0 + 1)


def test_an_empty_layer_has_nothing_to_hit() -> None:
    none = np.zeros(0)
    empty = GeometryArrays(
        "line",
        none.astype(int),
        none.reshape(0, 2),
        np.zeros(1, int),
        np.zeros(1, int),
        none.reshape(0, 4),
        none.astype(np.int32),
    )
    assert HitGrid(empty).hits(E0, N0, 100) == []
    assert find_snap(E0, N0, 100, [Target(HitGrid(empty))]) is None
