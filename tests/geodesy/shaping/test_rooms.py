"""Rooms between neighbours: one area taken out of a coverage leaves a room that is filled exactly, edge by edge."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geodesy.shaping.knitting import knit_areas
from geodesy.shaping.rooms import fill_room
from tests.geodesy.shaping.coverages import coverages, expect_whole, terraces
from tests.geodesy.shaping.shapes import EAST, NORTH, area, at, box, is_on_grid, refused, vertices

NEW = -1


def taken_out(shapes: dict[int, Any], data: st.DataObject) -> tuple[Any, dict[int, Any]]:
    """Take an area out that others enclose."""
    outline = shapely.union_all(list(shapes.values())).boundary
    inner = [key for key, shape in shapes.items() if shapely.intersection(shape.boundary, outline).length == 0]
    assume(inner)
    key = data.draw(st.sampled_from(inner))
    return shapes[key], {other: shape for other, shape in shapes.items() if other != key}


def spot_in(shape: Any) -> tuple[float, float]:
    return tuple(shapely.get_coordinates(shapely.point_on_surface(shape))[0].tolist())


@given(coverages(), st.data())
def test_what_is_taken_out_of_a_coverage_is_filled_to_the_bit(shapes: dict[int, Any], data: st.DataObject) -> None:
    gone, rest = taken_out(shapes, data)
    room = fill_room(list(rest.values()), spot_in(gone))
    assert room.normalize().equals_exact(gone.normalize(), 0.0)
    assert knit_areas(rest, {NEW: room}, {}) == {}


@given(terraces(), st.data())
def test_neighbours_give_and_get_the_corners_on_the_border(shapes: dict[int, Any], data: st.DataObject) -> None:
    gone, rest = taken_out(shapes, data)
    room = fill_room(list(rest.values()), spot_in(gone))
    assert room.area == pytest.approx(gone.area, abs=1e-6)
    knit = {**rest, NEW: room, **knit_areas(rest, {NEW: room}, {})}
    expect_whole(knit)
    assert knit_areas({key: shape for key, shape in knit.items() if key != NEW}, {NEW: knit[NEW]}, {}) == {}


@st.composite
def surveyed_rows(draw: st.DrawFn) -> tuple[list[Any], int]:
    """Rows of lots as surveys give them, turned and rounded, that end anywhere; and the place of an inner one."""
    decimals, turn = draw(st.sampled_from([4, 3, 2])), draw(st.floats(0.05, 1.5))
    cosine, sine = np.cos(turn), np.sin(turn)
    found: list[Any] = []
    inner: list[int] = []
    for row in range(3):
        cuts = sorted(draw(st.lists(st.integers(10, 110), min_size=3, max_size=4, unique=True)))
        assume(min(np.diff(cuts)) > 3)
        edges = [-draw(st.floats(1, 15)), *cuts, 120 + draw(st.floats(1, 15))]
        for place, (west, east) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            xy = np.array([(west, row * 30), (east, row * 30), (east, row * 30 + 30), (west, row * 30 + 30)])
            turned = xy @ np.array([[cosine, sine], [-sine, cosine]]) + (EAST, NORTH)
            if row == 1 and 0 < place < len(edges) - 2:
                inner.append(len(found))
            found.append(shapely.Polygon(np.round(turned, decimals)))
    return found, draw(st.sampled_from(inner))


@given(surveyed_rows())
def test_hairlines_that_run_out_of_a_survey_leave_no_room_open(given_rows: tuple[list[Any], int]) -> None:
    shapes, number = given_rows
    gone, rest = shapes[number], [shape for other, shape in enumerate(shapes) if other != number]
    room = fill_room(rest, spot_in(gone))
    assert room.is_valid
    assert is_on_grid(room)
    assert room.area == pytest.approx(gone.area, abs=0.02 * gone.length)
    assert shapely.hausdorff_distance(room, gone) < 0.35
    assert shapely.area(shapely.intersection(room, shapely.union_all(rest))) < 0.001 * room.length


def test_the_room_ends_where_a_slit_between_neighbours_begins() -> None:
    ring = [box(0, 0, 60, 10), box(0, 10, 10, 40), box(50, 10.012, 60, 40), box(0, 40, 60, 50)]
    room = fill_room(ring, at((30, 20))[0])
    assert room.equals(area((10, 10), (50, 10), (50, 10.012), (50, 40), (10, 40)))
    assert set(at((10, 10), (50, 10.012), (50, 40), (10, 40))) <= vertices(room)


def test_a_place_that_nothing_encloses_is_open() -> None:
    ring = [box(0, 0, 60, 10), box(0, 10, 10, 40), box(0, 40, 60, 50)]
    refused("ROOM-OPEN", lambda: fill_room(ring, at((30, 20))[0]))
    refused("ROOM-OPEN", lambda: fill_room([], at((30, 20))[0]))
    refused("ROOM-TAKEN", lambda: fill_room(ring, at((30, 5))[0]))


def test_only_what_is_new_is_knit() -> None:
    around = {"north": box(0, 10, 40, 20), "west": box(-20, -5, 0, 4), "south": box(0, -9, 40, 0)}
    before = {"lot": box(0, 0, 40, 10)}
    bent = {"lot": area((0, 0), (40, 0), (40, 10), (25, 10), (0, 10))}
    knit = knit_areas(around, bent, before)
    assert set(knit) == {"north"}, "the corner of the western one lies on an edge that was there before"
    assert at((25, 10))[0] in vertices(knit["north"])
    assert set(knit_areas(around, bent, {})) == {"lot", "north", "west"}


def test_nothing_is_knit_that_would_cross_itself_by_it() -> None:
    needle = area((0, 10), (40, 10), (40, 10.0005), (0, 20))
    knit = knit_areas({"needle": needle}, {"lot": area((0, 0), (40, 0), (40, 10), (25, 10.0006), (0, 10))}, {})
    assert all(shape.is_valid for shape in knit.values())
