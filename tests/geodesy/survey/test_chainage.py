"""Stake-out along a road and back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodesy.survey.chainage import axis_length, point_at, station_of
from tests.geodesy.survey.refusing import refused

BENT = [(0.0, 0.0), (0.0, 100.0), (0.0, 100.0), (100.0, 100.0)]


@st.composite
def gentle_axes(draw: st.DrawFn) -> np.ndarray:
    """Axes that turn by less than 10 degrees every 100 m or more, so that 20 m beside them no two parts compete."""
    turns = np.cumsum(draw(st.lists(st.floats(-10, 10), min_size=1, max_size=12)))
    lengths = np.array([draw(st.floats(100, 500)) for _ in turns])
    steps = np.column_stack([np.sin(np.radians(turns)) * lengths, np.cos(np.radians(turns)) * lengths])
    return np.array([437_000.0, 2_487_000.0]) + np.vstack([[0, 0], np.cumsum(steps, axis=0)])


@given(gentle_axes(), st.floats(0, 1), st.floats(-20, 20))
def test_a_staked_point_reads_back(axis: np.ndarray, share: float, offset: float) -> None:
    along = share * axis_length(axis)
    point = point_at(axis, along, offset)
    found = station_of(axis, point)
    if found.is_square:
        assert math.dist(point_at(axis, found.along_m, found.offset_m), point) < 1e-4
    bends = np.cumsum(np.hypot(*np.diff(axis, axis=0).T))[:-1]
    if not len(bends) or np.abs(bends - along).min() > 10:
        assert found.is_square
        assert (found.along_m, found.offset_m) == pytest.approx((along, offset), abs=1e-4)


def test_right_is_positive_and_a_bend_belongs_to_the_part_behind_it() -> None:
    assert point_at(BENT, 50, 5) == pytest.approx((5, 50))
    assert point_at(BENT, 50, -5) == pytest.approx((-5, 50))
    assert point_at(BENT, 100, 5) == pytest.approx((0, 95))
    assert point_at(BENT, 150) == pytest.approx((50, 100))
    assert point_at(BENT, 200, 5) == pytest.approx((100, 95))
    assert axis_length(BENT) == 200


def test_outside_a_bend_and_past_an_end_no_right_angle_reaches() -> None:
    outside = station_of(BENT, (-3, 104))
    assert (outside.along_m, outside.offset_m, outside.is_square) == (100, pytest.approx(-5), False)
    behind = station_of(BENT, (3, -4))
    assert (behind.along_m, behind.offset_m, behind.is_square) == (0, pytest.approx(5), False)
    assert station_of(BENT, (0, 40)).offset_m == 0


@pytest.mark.parametrize("along", [-0.001, 200.001, math.nan, math.inf])
def test_no_point_lies_beyond_the_road(along: float) -> None:
    with refused("SURVEY-BEYOND-AXIS") as caught:
        point_at(BENT, along)
    assert caught.value.context["length"]["en"] == "200.000"


def test_what_is_no_axis() -> None:
    for axis in ([], [(1, 1)], [(1, 1), (1, 1)]):
        with refused("SURVEY-NO-AXIS"):
            point_at(axis, 0)
    with refused("SURVEY-DISTANCE"):
        point_at(BENT, 10, math.inf)
