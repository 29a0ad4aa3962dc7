"""Where measured distances and directions meet."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geodesy.survey.intersections import intersect_bearing_and_distance, intersect_bearings, intersect_distances
from geodesy.survey.positions import azimuth_between, distance_between, point_by_azimuth
from tests.geodesy.survey.refusing import refused

Point = tuple[float, float]
TENTH_MM = 1e-4
places = st.tuples(st.floats(436_000, 438_000), st.floats(2_486_000, 2_488_000))


def angle_between(one: Point, point: Point, two: Point) -> float:
    """The acute angle under which two lines meet in ``point``, in degrees."""
    turned = abs(azimuth_between(point, one) - azimuth_between(point, two)) % 180
    return min(turned, 180 - turned)


@given(places, places, places)
def test_one_of_both_solutions_is_the_point_that_was_measured(one: Point, two: Point, point: Point) -> None:
    assume(min(math.dist(one, two), math.dist(one, point), math.dist(two, point)) > 1)
    assume(angle_between(one, point, two) > 1)
    found = intersect_distances(one, math.dist(one, point), two, math.dist(two, point))
    assert min(math.dist(point, each) for each in found) < TENTH_MM
    for each in found:
        assert distance_between(one, each) == pytest.approx(math.dist(one, point), abs=TENTH_MM)
        assert distance_between(two, each) == pytest.approx(math.dist(two, point), abs=TENTH_MM)


def test_the_left_solution_comes_first() -> None:
    left, right = intersect_distances((0, 0), 50, (0, 60), 50)
    assert left == pytest.approx((-40, 30))
    assert right == pytest.approx((40, 30))


def test_circles_that_touch_give_one_point_and_those_that_do_not_meet_say_by_how_much() -> None:
    assert intersect_distances((0, 0), 30, (100, 0), 70) == (pytest.approx((30, 0)),)
    assert len(intersect_distances((0, 0), 30, (100, 0), 69.99995)) == 1
    with refused("SURVEY-CIRCLES-APART") as apart:
        intersect_distances((0, 0), 30, (100, 0), 60)
    assert apart.value.context["gap"]["en"] == "10.000"
    with refused("SURVEY-CIRCLE-INSIDE") as inside:
        intersect_distances((0, 0), 200, (100, 0), 60)
    assert inside.value.context["gap"]["en"] == "40.000"
    with refused("SURVEY-SAME-POINT"):
        intersect_distances((0, 0), 30, (0, 0), 30)
    with refused("SURVEY-DISTANCE"):
        intersect_distances((0, 0), 0, (0, 10), 30)


@given(places, places, places)
def test_two_directions_meet_in_the_point_they_were_sighted_to(one: Point, two: Point, point: Point) -> None:
    assume(min(math.dist(one, two), math.dist(one, point), math.dist(two, point)) > 1)
    assume(angle_between(one, point, two) > 1)
    found = intersect_bearings(one, azimuth_between(one, point), two, azimuth_between(two, point))
    assert math.dist(found, point) < TENTH_MM


@pytest.mark.parametrize("second", [45.0, 225.0, 45.01])
def test_parallel_directions_meet_nowhere(second: float) -> None:
    with refused("SURVEY-PARALLEL"):
        intersect_bearings((0, 0), 45, (10, 0), second)


def test_a_direction_that_looks_away_is_named() -> None:
    with refused("SURVEY-BEHIND") as caught:
        intersect_bearings((0, 0), 0, (10, 10), 90)
    assert caught.value.context["number"] == 2
    with refused("SURVEY-BEHIND") as caught:
        intersect_bearings((0, 0), 180, (10, 10), 270)
    assert caught.value.context["number"] == 1


@given(places, places, st.floats(0, 359.99), st.floats(1, 2_000))
def test_a_direction_and_a_distance_give_points_on_both(one: Point, two: Point, azimuth: float, radius: float) -> None:
    target = point_by_azimuth(two, azimuth, radius)
    assume(math.dist(one, target) > 1)
    assume(abs(abs((azimuth_between(one, target) - azimuth) % 180) - 90) < 89)
    found = intersect_bearing_and_distance(one, azimuth_between(one, target), two, radius)
    assert min(math.dist(target, each) for each in found) < TENTH_MM
    for each in found:
        assert distance_between(two, each) == pytest.approx(radius, abs=TENTH_MM)


def test_the_nearer_of_two_comes_first_and_what_lies_behind_does_not_count() -> None:
    near, far = intersect_bearing_and_distance((0, 0), 0, (0, 100), 30)
    assert (near, far) == (pytest.approx((0, 70)), pytest.approx((0, 130)))
    assert intersect_bearing_and_distance((0, 100), 0, (0, 100), 30) == (pytest.approx((0, 130)),)
    assert intersect_bearing_and_distance((0, 0), 0, (30, 100), 30) == (pytest.approx((0, 100)),)


@pytest.mark.parametrize(("azimuth", "gap"), [(90, "70.000"), (180, "70.000")])
def test_a_direction_that_misses_says_by_how_much(azimuth: float, gap: str) -> None:
    with refused("SURVEY-RAY-MISSES") as caught:
        intersect_bearing_and_distance((0, 0), azimuth, (0, 100), 30)
    assert caught.value.context["gap"]["en"] == gap
