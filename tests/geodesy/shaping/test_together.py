"""Areas changed together: a border is changed once, and what met in a place meets there still."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.curves import count_vertices
from geodesy.shaping.together import simplify_shapes, smooth_shapes
from tests.geodesy.shaping.shapes import EAST, NORTH, area, at, box, is_on_grid, line, refused, vertices


@st.composite
def wavy_cells(draw: st.DrawFn) -> list[Any]:
    """A square cut by wavy lines across and along, each cell an area, on the grid."""
    waves = draw(st.lists(st.floats(-3, 3), min_size=60, max_size=60))
    steps = np.linspace(0, 90, 10)
    lines = []
    for number, place in enumerate((0.0, 30.0, 60.0, 90.0)):
        wave = np.array(waves[number * 10 : number * 10 + 10])
        lines += [np.column_stack([place + wave, steps]), np.column_stack([steps, place + wave[::-1]])]
    paths = [shapely.LineString(np.round(xy + (EAST, NORTH), 4)) for xy in lines]
    noded = on_grid(shapely.union_all(paths, grid_size=GRID_M))
    return list(on_grid(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))))


@given(wavy_cells(), st.floats(0.1, 3))
def test_a_coverage_stays_one(cells: list[Any], tolerance: float) -> None:
    assume(len(cells) > 3 and shapely.coverage_is_valid(cells))
    for change in (simplify_shapes, smooth_shapes):
        found = change(cells, tolerance)
        shapes = [item.shape for item in found]
        assert shapely.coverage_is_valid(shapes)
        assert all(shape.is_valid and is_on_grid(shape) for shape in shapes)
        assert max(item.strays_m for item in found) <= tolerance + GRID_M


def test_where_three_borders_meet_nothing_moves() -> None:
    north = area((0, 10), (10, 10), (20, 10), (20, 20), (0, 20))
    meeting = at((10, 10))[0]
    found = [item.shape for item in smooth_shapes([box(0, 0, 10, 10), box(10, 0, 20, 10), north], 1.0)]
    assert shapely.coverage_is_valid(found)
    assert all(meeting in vertices(shape) for shape in found)
    assert count_vertices(found[0]) > 4, "the corner outside is rounded"


def test_an_island_and_its_hole_are_changed_alike() -> None:
    island = shapely.Point(EAST, NORTH).buffer(20, quad_segs=30)
    island = on_grid(island)
    around = shapely.Polygon(shapely.box(EAST - 50, NORTH - 50, EAST + 50, NORTH + 50).exterior, [island.exterior])
    inner, outer = (item.shape for item in simplify_shapes([island, around], 0.5))
    assert count_vertices(inner) < 40
    assert shapely.Polygon(outer.interiors[0]).equals(inner)


def test_what_would_collapse_stays_and_the_rest_is_changed() -> None:
    bank = [(10.0 * step, 10.0 + 0.2 * (-1) ** step) for step in range(11)]
    south, north = area((0, 0), *bank, (100, 0)), area((0, 30), *bank, (100, 30))
    slim = area((200, 0), (201, 0.2), (202, 0), (201, -0.2))
    beside = area((202, 0), (201, 0.2), (200, 0), (200, 9), (202, 9))
    shapes = [item.shape for item in simplify_shapes([south, north, slim, beside], 1.0)]
    assert [count_vertices(shape) for shape in shapes[:2]] == [4, 4]
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapes[2].area > 0.1


def test_what_is_no_coverage_is_changed_one_by_one() -> None:
    over = [box(0, 0, 10, 10), box(5, 5, 15, 15)]
    assert [item.shape for item in simplify_shapes(over, 1.0)] == over
    mixed = simplify_shapes([box(0, 0, 10, 10), line((0, 0), (5, 0.1), (10, 0))], 1.0)
    assert [count_vertices(item.shape) for item in mixed] == [4, 2]
    for wrong in (0.0, -1.0, float("nan")):
        refused("TOLERANCE", lambda wrong=wrong: simplify_shapes([box(0, 0, 10, 10), box(10, 0, 20, 10)], wrong))


def test_alone_it_is_as_ever() -> None:
    [found] = smooth_shapes([box(0, 0, 10, 10)], 1.0)
    assert found.strays_m == pytest.approx(0.5, abs=0.01)
