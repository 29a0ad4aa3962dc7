"""Outlines, holes and parts, changed where the hand drew and nowhere else."""

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.grid import on_grid
from geodesy.shaping.outlines import add_part, cut_hole, fill_hole, remove_part, replace_stretch
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

SQUARE = box(0, 0, 100, 100)


def test_a_line_outside_adds() -> None:
    shape = replace_stretch(SQUARE, line((90, 20), (130, 20), (130, 60), (90, 60)))
    assert shape.area == pytest.approx(10000 + 30 * 40)
    assert set(at((100, 20), (130, 20), (130, 60), (100, 60))) <= vertices(shape)
    assert not set(at((90, 20), (90, 60))) & vertices(shape), "what the line had inside is left out"


def test_a_line_inside_takes_away() -> None:
    shape = replace_stretch(SQUARE, line((110, 20), (80, 20), (80, 60), (110, 60)))
    assert shape.area == pytest.approx(10000 - 20 * 40)


def test_a_hole_goes_with_what_is_taken_away() -> None:
    holed = shapely.Polygon(SQUARE.exterior, [box(85, 30, 95, 40).exterior, box(10, 10, 20, 20).exterior])
    shape = replace_stretch(holed, line((110, 20), (80, 20), (80, 60), (110, 60)))
    assert len(shape.interiors) == 1
    assert shape.area == pytest.approx(10000 - 800 - 100)


def test_a_stretch_of_a_line_is_replaced() -> None:
    road = line((0, 0), (100, 0), (200, 0))
    shape = replace_stretch(road, line((150, -10), (150, 20), (50, 20), (50, -10)))
    assert shapely.get_coordinates(shape).tolist() == [
        list(xy) for xy in at((0, 0), (50, 0), (50, 20), (150, 20), (150, 0), (200, 0))
    ]


@given(stars(), st.floats(0, 1), st.floats(0, 1))
def test_the_line_may_begin_and_end_on_the_outline(shape: shapely.Polygon, first: float, last: float) -> None:
    assume(shape.is_valid)
    hull = shape.convex_hull
    ends = on_outline(hull, first), on_outline(hull, last)
    assume(ends[0].distance(ends[1]) > 0.01)
    out = shapely.Point(
        EAST + (ends[0].x + ends[1].x - 2 * EAST) * 500, NORTH + (ends[0].y + ends[1].y - 2 * NORTH) * 500
    )
    assume(shapely.Polygon([ends[0], out, ends[1]]).area > 1)
    found = replace_stretch(on_grid(hull), shapely.LineString([ends[0], out, ends[1]]))
    assert all(has_vertex(found, end) for end in ends)


def test_a_hole_that_the_line_crosses_becomes_a_bay() -> None:
    holed = shapely.Polygon(SQUARE.exterior, [box(70, 30, 95, 40).exterior])
    shape = replace_stretch(holed, line((110, 20), (80, 20), (80, 60), (110, 60)))
    assert len(shape.interiors) == 0
    assert shape.area == pytest.approx(10000 - 800 - 100)


def test_an_outline_is_not_drawn_over_another_part() -> None:
    both = shapely.MultiPolygon([SQUARE, box(120, 20, 130, 60)])
    refused("PART-OVERLAPS", lambda: replace_stretch(both, line((90, 10), (140, 10), (140, 70), (90, 70))))


def test_what_stands_in_a_filled_hole_becomes_one_with_it() -> None:
    holed = shapely.Polygon(SQUARE.exterior, [box(30, 30, 70, 70).exterior])
    both = shapely.MultiPolygon([holed, box(45, 45, 55, 55), box(200, 0, 210, 10)])
    filled = fill_hole(both, at((40, 40))[0])
    assert filled.is_valid
    assert filled.equals(shapely.union(SQUARE, box(200, 0, 210, 10)))


def test_the_part_that_is_met_changes() -> None:
    both = shapely.MultiPolygon([SQUARE, box(300, 0, 310, 10)])
    shape = replace_stretch(both, line((90, 20), (130, 20), (130, 60), (90, 60)))
    assert shape.area == pytest.approx(10000 + 1200 + 100)


def test_a_line_that_meets_once_changes_nothing() -> None:
    refused("STRETCH-MISSES", lambda: replace_stretch(SQUARE, line((50, 50), (150, 50))))
    refused("STRETCH-MISSES", lambda: replace_stretch(SQUARE, line((150, 50), (250, 50))))
    refused("CUT-POINT", lambda: replace_stretch(shapely.Point(at((0, 0))[0]), line((0, 0), (1, 1))))


@given(stars(), cutters())
def test_a_reshaped_area_is_valid_and_on_the_grid(shape: shapely.Polygon, cutter: shapely.LineString) -> None:
    assume(shape.is_valid)
    try:
        found = replace_stretch(shape, cutter)
    except UserError:
        return
    assert found.is_valid
    assert is_on_grid(found)


def test_holes_are_cut_and_filled() -> None:
    holed = cut_hole(SQUARE, box(10, 10, 20, 20))
    assert holed.area == pytest.approx(9900)
    assert fill_hole(holed, at((15, 15))[0]).equals(SQUARE)
    refused("HOLE-NONE", lambda: fill_hole(holed, at((50, 50))[0]))
    refused("HOLE-OUTSIDE", lambda: cut_hole(SQUARE, box(90, 10, 120, 20)))
    refused("HOLE-OUTSIDE", lambda: cut_hole(SQUARE, box(0, 10, 20, 20)))
    refused("SKETCH-CROSSES", lambda: cut_hole(SQUARE, area((10, 10), (20, 20), (20, 10), (10, 20))))


def test_parts_come_and_go() -> None:
    both = add_part(SQUARE, box(200, 0, 210, 10))
    assert both.geom_type == "MultiPolygon"
    assert add_part(SQUARE, box(100, 0, 110, 100)).geom_type == "Polygon"
    assert remove_part(both, at((205, 5))[0]).equals(SQUARE)
    refused("PART-LAST", lambda: remove_part(SQUARE, at((5, 5))[0]))
    refused("PART-OVERLAPS", lambda: add_part(SQUARE, box(90, 0, 110, 100)))
    lines = add_part(line((0, 0), (10, 0)), line((0, 5), (10, 5)))
    assert lines.geom_type == "MultiLineString"
    assert remove_part(lines, at((0, 6))[0]).equals(line((0, 0), (10, 0)))
