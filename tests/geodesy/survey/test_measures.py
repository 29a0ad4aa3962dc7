"""Lengths, areas, angles, closing errors, in the plane and on the ellipsoid."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodesy.datum import transform_xy
from geodesy.survey.ellipsoidal import ellipsoidal_area, ellipsoidal_length
from geodesy.survey.measures import angle_at, closing_error, legs_of, path_length, perimeter, ring_area
from geodesy.systems import VN2000_GEOGRAPHIC, tm_system
from tests.geodesy.survey.refusing import refused

SQUARE = np.array(
    [(437_000.0, 2_487_000.0), (437_100.0, 2_487_000.0), (437_100.0, 2_487_100.0), (437_000.0, 2_487_100.0)]
)
ZONE = tm_system(104.5)


def test_lengths_and_areas_of_a_square() -> None:
    assert path_length(SQUARE) == 300
    assert perimeter(SQUARE) == 400
    assert ring_area(SQUARE) == 10_000
    assert ring_area(SQUARE[::-1]) == 10_000
    assert (path_length(SQUARE[:1]), perimeter(SQUARE[:1]), ring_area(SQUARE[:2])) == (0, 0, 0)


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=3, max_size=30))
def test_a_ring_has_the_same_area_wherever_it_lies(corners: list[tuple[float, float]]) -> None:
    here = np.round(np.array(corners), 4)
    assert ring_area(here + np.array([437_000.0, 2_487_000.0])) == pytest.approx(ring_area(here), abs=1e-4)


def test_angles_turn_clockwise_from_the_point_before() -> None:
    assert angle_at((0, 10), (0, 0), (10, 0)) == pytest.approx(90)
    assert angle_at((10, 0), (0, 0), (0, 10)) == pytest.approx(270)
    with refused("SURVEY-SAME-POINT"):
        angle_at((0, 0), (0, 0), (0, 10))


def test_every_stretch_has_length_azimuth_and_angle() -> None:
    first, second, third = legs_of(SQUARE)
    assert (first.number, first.length_m, first.azimuth_deg, first.angle_deg) == (1, 100, 90, None)
    assert (second.azimuth_deg, second.angle_deg) == (0, pytest.approx(90))
    assert third.azimuth_deg == 270
    assert legs_of([(1, 1), (1, 1), (1, 2)])[0].azimuth_deg is None
    assert legs_of([]) == []


def test_a_traverse_says_how_it_misses() -> None:
    missed = closing_error([(0, 0), (100, 0), (100, 100), (0.03, 0.04)])
    assert (missed.east_m, missed.north_m, missed.linear_m) == (0.03, 0.04, pytest.approx(0.05))
    assert missed.ratio == pytest.approx(200 / 0.05 + math.hypot(99.97, 99.96) / 0.05, abs=1)
    assert closing_error([(0, 0), (3, 4)], (3, 4)).ratio is None


@pytest.mark.parametrize("axis", [104.5, 105.0])
def test_the_plane_is_scaled_and_the_ellipsoid_is_not(axis: float) -> None:
    """At its central meridian a zone shrinks lengths by 0.9999; elsewhere by k = k0 (1 + x²/2R²)."""
    zone = tm_system(axis)
    here = transform_xy(SQUARE, ZONE, zone) if axis != 104.5 else SQUARE
    polygon = shapely.Polygon(here)
    radius_m = 6_363_000.0  # the mean of both curvatures here
    factor = 0.9999 * (1 + ((here[:, 0].mean() - 500_000) / 0.9999) ** 2 / (2 * radius_m**2))
    assert ellipsoidal_length(polygon, zone) == pytest.approx(polygon.length / factor, rel=2e-7)
    assert ellipsoidal_area(polygon, zone) == pytest.approx(polygon.area / factor**2, rel=4e-7)


def test_the_ellipsoid_gives_the_same_in_every_axis() -> None:
    """Ten kilometres of straight grid line are no geodesic; the vertices in between keep the difference off."""
    big = shapely.Polygon(SQUARE[0] + (SQUARE - SQUARE[0]) * 100)
    dense = shapely.segmentize(big, 50)
    other = shapely.transform(dense, lambda xy: transform_xy(xy, ZONE, tm_system(105.5)))
    assert ellipsoidal_area(big, ZONE) == pytest.approx(ellipsoidal_area(other, tm_system(105.5)), abs=0.05)
    degrees = shapely.transform(dense, lambda xy: transform_xy(xy, ZONE, VN2000_GEOGRAPHIC))
    assert ellipsoidal_area(degrees, VN2000_GEOGRAPHIC) == pytest.approx(ellipsoidal_area(big, ZONE), abs=0.05)


def test_holes_are_taken_off_and_their_rims_counted() -> None:
    hole = shapely.Point(437_050, 2_487_050).buffer(10, quad_segs=1).exterior
    holed = shapely.Polygon(SQUARE, [hole.coords])
    whole = shapely.Polygon(SQUARE)
    rim = shapely.Polygon(hole)
    assert ellipsoidal_area(holed, ZONE) == pytest.approx(ellipsoidal_area(whole, ZONE) - ellipsoidal_area(rim, ZONE))
    assert ellipsoidal_length(holed, ZONE) == pytest.approx(
        ellipsoidal_length(whole, ZONE) + ellipsoidal_length(rim, ZONE)
    )
    assert ellipsoidal_area(shapely.MultiPolygon([holed]), ZONE) == ellipsoidal_area(holed, ZONE)
    assert ellipsoidal_length(shapely.Point(437_050, 2_487_050), ZONE) == 0
