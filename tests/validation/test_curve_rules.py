"""GEO-10: arcs are found wherever they lie, and nothing else is."""

import math

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from forms.record import Lineage
from geodesy.survey.arcs import arc_by_radius
from validation.curves import find_arcs, is_tolerance_told
from validation.paths import build_paths

ORIGIN = (437_000.0, 2_487_000.0)


def runs_of(*shapes: shapely.Geometry, least: int = 8) -> list[int]:
    geometries = np.array(shapes, dtype=object)
    return find_arcs(build_paths(geometries, np.ones(len(shapes), bool)), least).tolist()


@given(
    st.floats(5, 800),
    st.floats(0, 2 * math.pi),
    st.sampled_from([0.001, 0.01, 0.05]),
    st.booleans(),
)
def test_an_arc_of_chords_is_found_on_the_stored_grid(
    radius: float, direction: float, tolerance: float, to_right: bool
) -> None:
    end = (ORIGIN[0] + radius * math.sin(direction), ORIGIN[1] + radius * math.cos(direction))
    xy = arc_by_radius(ORIGIN, end, radius, to_right=to_right, is_major=True, tolerance_m=tolerance).xy
    turns = 300 / (len(xy) - 1)
    if 1 < turns < 29:
        assert len(runs_of(shapely.LineString(xy))) == 1


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), min_size=12, max_size=60, unique=True))
def test_what_a_hand_drew_is_no_arc(places: list[tuple[int, int]]) -> None:
    xy = np.array(places) / 10.0 + ORIGIN
    assert not runs_of(shapely.LineString(xy))


def test_straight_lines_regular_steps_and_short_runs_are_no_arcs() -> None:
    along = np.arange(30.0)
    straight = shapely.LineString(np.column_stack([along * 10, along * 3]))
    stairs = shapely.LineString(np.column_stack([np.repeat(along, 2)[1:], np.repeat(along, 2)[:-1]]))
    octagon = shapely.Point(0, 0).buffer(20, quad_segs=2)
    assert not runs_of(straight, stairs, octagon)
    circle = shapely.Point(0, 0).buffer(20, quad_segs=8)
    assert len(runs_of(straight, circle, octagon)) == 1
    assert not runs_of(circle, least=40)


def test_a_path_does_not_go_on_in_the_next_one() -> None:
    circle = shapely.get_coordinates(shapely.Point(0, 0).buffer(20, quad_segs=8).exterior)
    assert not runs_of(*(shapely.LineString(circle[at : at + 6]) for at in range(0, 30, 5)))


def test_what_was_typed_or_read_tells_its_tolerance() -> None:
    assert is_tolerance_told(Lineage(raw_coordinates="coordinates [EPSG:9211] 1 2 -> 1 2\narc_points [EPSG:9211] 0,01"))
    assert is_tolerance_told(Lineage(raw_values={"curve_tolerance_m": 0.01}))
    assert not is_tolerance_told(Lineage())
    assert not is_tolerance_told(Lineage(raw_coordinates="LINESTRING (0 0, 1 1)", raw_values={"ten": "arc"}))
