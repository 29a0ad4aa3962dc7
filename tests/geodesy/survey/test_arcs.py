"""Arcs: on the grid, within their tolerance, through the points that were given."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geodesy.grid import GRID_M, on_grid
from geodesy.survey.arcs import MOST_VERTICES, Arc, arc_by_points, arc_by_radius
from geodesy.survey.positions import point_by_azimuth
from tests.geodesy.survey.refusing import refused

Point = tuple[float, float]
CENTRE = (437_000.0, 2_487_000.0)


def check(arc: Arc) -> None:
    """An arc lies on the grid, its vertices on the circle, its chords within tolerance."""
    assert (np.round(arc.xy, 4) == arc.xy).all()
    path = shapely.LineString(arc.xy)
    assert on_grid(path).equals_exact(path, 0)
    away = np.hypot(*(arc.xy - np.array(arc.centre)).T) - arc.radius_m
    assert np.abs(away).max() <= GRID_M
    middles = (arc.xy[:-1] + arc.xy[1:]) / 2
    rise = arc.radius_m - np.hypot(*(middles - np.array(arc.centre)).T)
    assert rise.max() <= arc.tolerance_m
    assert path.is_simple


@given(
    st.floats(1, 3_000), st.floats(0, 359), st.floats(2, 178), st.floats(2, 178), st.booleans(),
    st.sampled_from([0.001, 0.01, 0.1, 1.0]),
)  # fmt: skip
def test_an_arc_by_three_points(
    radius: float, begin: float, first: float, second: float, to_right: bool, tolerance: float
) -> None:
    way = 1 if to_right else -1
    start, through, end = (
        tuple(np.round(point_by_azimuth(CENTRE, begin + way * turned, radius), 4).tolist())
        for turned in (0, first, first + second)
    )
    assume(min(math.dist(start, through), math.dist(through, end), math.dist(start, end)) > 0.5)
    arc = arc_by_points(start, through, end, tolerance)
    check(arc)
    assert tuple(arc.xy[0]) == start
    assert tuple(arc.xy[-1]) == end
    assert through in [tuple(place) for place in arc.xy.tolist()]
    assert (arc.sweep_deg > 0) == to_right
    assert abs(arc.sweep_deg) == pytest.approx(first + second, abs=0.2)


@given(st.floats(5, 2_000), st.floats(0, 359), st.floats(0.1, 0.99), st.booleans(), st.booleans())
def test_an_arc_by_radius(radius: float, azimuth: float, share: float, to_right: bool, is_major: bool) -> None:
    end = point_by_azimuth(CENTRE, azimuth, 2 * radius * share)
    arc = arc_by_radius(CENTRE, end, radius, to_right=to_right, is_major=is_major)
    check(arc)
    assert (abs(arc.sweep_deg) > 180) == is_major
    assert (arc.sweep_deg > 0) == to_right
    assert tuple(arc.xy[0]) == CENTRE
    assert tuple(arc.xy[-1]) == tuple(np.round(end, 4).tolist())
    assert arc.length_m == pytest.approx(shapely.LineString(arc.xy).length, rel=0.01)


def test_a_right_curve_bulges_to_the_left_of_its_chord() -> None:
    arc = arc_by_radius((0, 0), (0, 10), 8, to_right=True)
    assert arc.xy[:, 0].min() < -1
    assert arc.xy[:, 0].max() <= 0
    through = tuple(arc.xy[len(arc.xy) // 2].tolist())
    assert arc_by_points((0, 0), through, (0, 10)).radius_m == pytest.approx(8, abs=0.01)


def test_the_inverse_of_radius_is_three_points() -> None:
    arc = arc_by_radius(CENTRE, (437_080.0, 2_487_060.0), 120.0, to_right=False)
    middle = tuple(arc.xy[len(arc.xy) // 2].tolist())
    again = arc_by_points(CENTRE, middle, (437_080.0, 2_487_060.0))
    assert again.radius_m == pytest.approx(120.0, abs=1e-3)
    assert math.dist(again.centre, arc.centre) < 1e-3


def test_half_a_circle_is_the_least_radius() -> None:
    arc = arc_by_radius((0, 0), (0, 10), 5, to_right=True)
    assert abs(arc.sweep_deg) == pytest.approx(180)
    with refused("SURVEY-RADIUS") as caught:
        arc_by_radius((0, 0), (0, 10), 4.9, to_right=True)
    assert caught.value.context["least"]["en"] == "5.000"


def test_what_makes_no_arc() -> None:
    with refused("SURVEY-ONE-LINE"):
        arc_by_points((0, 0), (5, 5.0001), (10, 10))
    with refused("SURVEY-SAME-POINT"):
        arc_by_points((0, 0), (5, 5), (0, 0))
    with refused("SURVEY-ARC-TOLERANCE"):
        arc_by_points((0, 0), (5, 6), (10, 0), 0.0)
    with refused("SURVEY-RADIUS"):
        arc_by_radius((0, 0), (0, 10), math.nan, to_right=True)
    with refused("SURVEY-ARC-LONG") as caught:
        arc_by_radius((0, 0), (0, 300_000), 200_000, to_right=True, tolerance_m=0.001)
    assert caught.value.context["most"] == MOST_VERTICES
