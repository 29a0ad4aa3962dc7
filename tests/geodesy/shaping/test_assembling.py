"""Parts and holes drawn one after the other make one shape, vertex by vertex as drawn; what cannot be is refused."""

import numpy as np
import pytest
import shapely
from hypothesis import given

from geodesy.shaping.assembling import DrawnPath, assemble_shape
from geodesy.shaping.changes import Change, apply_change
from tests.geodesy.shaping.shapes import at, box, is_on_grid, line, refused, stars, vertices

OUTER = ((0, 0), (100, 0), (100, 100), (0, 100))


def path(*offsets: tuple[float, float], hole: bool = False) -> DrawnPath:
    return DrawnPath(np.array(at(*offsets)), hole)


def ring(west: float, south: float, size: float, *, hole: bool = False) -> DrawnPath:
    return path((west, south), (west + size, south), (west + size, south + size), (west, south + size), hole=hole)


def test_vertices_stay_in_the_order_in_which_they_were_drawn() -> None:
    shape = assemble_shape("polygon", [path(*reversed(OUTER)), ring(10, 10, 20, hole=True), ring(200, 0, 10)])
    assert shapely.get_coordinates(shape.geoms[0].exterior)[:-1].tolist() == [list(xy) for xy in at(*reversed(OUTER))]
    assert [len(part.interiors) for part in shape.geoms] == [1, 0]
    assert shape.area == 10_000 - 400 + 100


def test_a_hole_belongs_to_the_part_around_it_whenever_it_was_drawn() -> None:
    shape = assemble_shape("polygon", [path(*OUTER), ring(200, 0, 50), ring(10, 10, 20, hole=True)])
    assert [len(part.interiors) for part in shape.geoms] == [1, 0]


def test_an_island_may_stand_in_a_hole() -> None:
    shape = assemble_shape("polygon", [path(*OUTER), ring(20, 20, 60, hole=True), ring(40, 40, 20)])
    assert (shape.is_valid, shape.area) == (True, 10_000 - 3_600 + 400)


def test_parts_along_one_border_become_one() -> None:
    shape = assemble_shape("polygon", [path(*OUTER), path((100, 0), (200, 0), (200, 100), (100, 100))])
    assert shape.equals(box(0, 0, 200, 100))
    assert shape.geom_type == "Polygon"


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        ([path(*OUTER), ring(50, 50, 100)], "PART-OVERLAPS"),
        ([path(*OUTER), ring(90, 90, 30, hole=True)], "HOLE-OUTSIDE"),
        ([path(*OUTER), ring(0, 0, 30, hole=True)], "HOLE-OUTSIDE"),
        ([path(*OUTER), ring(10, 10, 40, hole=True), ring(30, 30, 40, hole=True)], "HOLE-OUTSIDE"),
        ([path(*OUTER), path((200, 0), (250, 50), (250, 0), (200, 50))], "SKETCH-CROSSES"),
        ([path((0, 0), (50, 0), (100, 0))], "SKETCH-CROSSES"),
    ],
)
def test_what_makes_no_area_is_refused(paths: list[DrawnPath], code: str) -> None:
    refused(code, lambda: assemble_shape("polygon", paths))


def test_lines_may_cross() -> None:
    shape = assemble_shape("line", [path((0, 0), (100, 100)), path((0, 100), (100, 0))])
    assert shape.equals(shapely.MultiLineString([line((0, 0), (100, 100)), line((0, 100), (100, 0))]))


@given(stars())
def test_any_sound_ring_is_taken_as_it_is(star: shapely.Polygon) -> None:
    shape = assemble_shape("polygon", [DrawnPath(shapely.get_coordinates(star)[:-1]), ring(900, 900, 10)])
    assert vertices(star) <= vertices(shape)
    assert is_on_grid(shape)


def test_shapes_are_turned_and_scaled_together() -> None:
    pair = [box(0, 0, 100, 100), box(100, 0, 200, 100)]
    assert shapely.coverage_is_valid(apply_change(Change.TURN, pair, [90]).shapes)
    halves = apply_change(Change.SCALE, pair, [0.5], at((0, 0))[0]).shapes
    assert [
        shape.equals(wanted) for shape, wanted in zip(halves, (box(0, 0, 50, 50), box(50, 0, 100, 50)), strict=True)
    ]
    assert apply_change(Change.MOVE, pair[:1], [1, 2]).shapes[0].equals(box(2, 1, 102, 101))
