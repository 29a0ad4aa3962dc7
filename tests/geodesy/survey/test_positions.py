"""Points from distances and angles, and back to a tenth of a millimetre."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geodesy.survey.positions import (
    azimuth_between,
    deflection_at,
    distance_between,
    offset_of,
    point_by_azimuth,
    point_by_deflection,
    point_by_offset,
    point_by_polar,
    polar_of,
)
from tests.geodesy.survey.refusing import refused

TENTH_MM = 1e-4
points = st.tuples(st.floats(150_000, 850_000), st.floats(900_000, 2_600_000))
angles = st.floats(0, 359.999)
distances = st.floats(0.01, 20_000)


def is_near(one: tuple[float, float], two: tuple[float, float]) -> bool:
    return math.dist(one, two) <= TENTH_MM


@pytest.mark.parametrize(
    ("azimuth", "step"), [(0, (0, 100)), (90, (100, 0)), (180, (0, -100)), (270, (-100, 0)), (30, (50, 86.6025))]
)
def test_azimuths_run_from_north_clockwise(azimuth: float, step: tuple[float, float]) -> None:
    east, north = point_by_azimuth((437_000.0, 2_487_000.0), azimuth, 100.0)
    assert (east - 437_000.0, north - 2_487_000.0) == pytest.approx(step, abs=TENTH_MM)


@given(points, angles, distances)
def test_distance_and_azimuth_read_back(start: tuple[float, float], azimuth: float, distance: float) -> None:
    end = point_by_azimuth(start, azimuth, distance)
    assert distance_between(start, end) == pytest.approx(distance, abs=TENTH_MM)
    assert is_near(point_by_azimuth(start, azimuth_between(start, end), distance_between(start, end)), end)


@given(points, points, angles, distances)
def test_deflection_and_polar_read_back(
    one: tuple[float, float], two: tuple[float, float], angle: float, distance: float
) -> None:
    assume(distance_between(one, two) > 1)
    reached = point_by_deflection(one, two, angle, distance)
    assert is_near(point_by_deflection(one, two, *deflection_at(one, two, reached)), reached)
    seen = point_by_polar(one, two, angle, distance)
    assert is_near(point_by_polar(one, two, *polar_of(one, two, seen)), seen)


def test_a_deflection_to_the_right_goes_right_and_a_polar_angle_turns_from_the_sight() -> None:
    assert is_near(point_by_deflection((0, 0), (0, 100), 90, 10), (10, 100))
    assert is_near(point_by_deflection((0, 0), (0, 100), -90, 10), (-10, 100))
    assert is_near(point_by_deflection((0, 0), (0, 100), 0, 10), (0, 110))
    assert is_near(point_by_polar((0, 100), (0, 0), 90, 10), (-10, 100))


@given(points, points, st.floats(-5_000, 5_000), st.floats(-5_000, 5_000))
def test_right_angles_read_back(
    one: tuple[float, float], two: tuple[float, float], along: float, offset: float
) -> None:
    assume(distance_between(one, two) > 1)
    point = point_by_offset(one, two, along, offset)
    assert offset_of(one, two, point) == pytest.approx((along, offset), abs=TENTH_MM)


def test_a_positive_offset_lies_right_of_the_base() -> None:
    assert is_near(point_by_offset((0, 0), (0, 50), 20, 5), (5, 20))


@pytest.mark.parametrize("distance", [0, -1, math.nan, math.inf, 2e6])
def test_no_point_comes_of_an_absurd_distance(distance: float) -> None:
    with refused("SURVEY-DISTANCE"):
        point_by_azimuth((0, 0), 10, distance)


@pytest.mark.parametrize("length", [math.nan, math.inf, -2e6])
def test_no_point_comes_of_an_absurd_offset(length: float) -> None:
    with refused("SURVEY-DISTANCE"):
        point_by_offset((0, 0), (0, 1), length, 0)


def test_one_place_twice_has_no_direction() -> None:
    for call in (
        lambda: azimuth_between((5, 5), (5, 5)),
        lambda: point_by_polar((5, 5), (5, 5.00001), 10, 10),
        lambda: offset_of((5, 5), (5, 5), (6, 6)),
    ):
        with refused("SURVEY-SAME-POINT"):
            call()
