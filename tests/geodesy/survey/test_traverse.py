"""Traverse closure: exact ones close, errors come out as they were put in, limits are the table's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodesy.survey.traverse import close_loop, close_traverse, traverse_classes

CLASS = traverse_classes()["cap_2"]
POINTS = np.array([[1000.0, 2000.0], [1150.0, 2080.0], [1240.0, 1990.0], [1400.0, 2100.0]])
BACK, AHEAD = np.array([900.0, 1950.0]), np.array([1500.0, 2050.0])


def bearing(one: np.ndarray, two: np.ndarray) -> float:
    east, north = two - one
    return math.degrees(math.atan2(east, north)) % 360


def observed() -> tuple[list[float], list[float], float, float]:
    """Left angles and distances of the traverse as they would be measured without error."""
    chain = [BACK, *POINTS, AHEAD]
    angles = [(bearing(chain[k], chain[k + 1]) - bearing(chain[k - 1], chain[k]) + 180) % 360 for k in range(1, 5)]
    lengths = [float(np.hypot(*(POINTS[k + 1] - POINTS[k]))) for k in range(3)]
    return angles, lengths, bearing(BACK, POINTS[0]), bearing(POINTS[-1], AHEAD)


def test_an_exact_traverse_closes() -> None:
    angles, lengths, first, last = observed()
    found = close_traverse(tuple(POINTS[0]), tuple(POINTS[-1]), first, last, angles, lengths, CLASS)
    assert found.angle_seconds == pytest.approx(0, abs=1e-6)
    assert found.error_m == pytest.approx(0, abs=1e-9)
    assert found.is_within
    assert np.abs(found.points - POINTS).max() < 1e-9


def test_an_angle_misread_is_told() -> None:
    angles, lengths, first, last = observed()
    angles[2] += 60 / 3600
    found = close_traverse(tuple(POINTS[0]), tuple(POINTS[-1]), first, last, angles, lengths, CLASS)
    assert found.angle_seconds == pytest.approx(60)
    assert found.angle_limit_seconds == 20 * 2, "20 seconds times the root of four stations"
    assert not found.is_within


def test_a_distance_misread_is_told() -> None:
    angles, lengths, first, last = observed()
    lengths[1] += 0.5
    found = close_traverse(tuple(POINTS[0]), tuple(POINTS[-1]), first, last, angles, lengths, CLASS)
    assert found.error_m == pytest.approx(0.5)
    assert found.relative == pytest.approx(sum(lengths) / 0.5)
    assert not found.is_within
    assert np.allclose(found.points[-1], POINTS[-1])


def test_counts_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="fit"):
        close_traverse((0, 0), (1, 1), 0.0, None, [1.0], [1.0, 2.0], CLASS)


@given(st.tuples(*[st.floats(-0.2, 0.2)] * 2))
def test_a_loop_shows_the_error_that_was_put_in(error: tuple[float, float]) -> None:
    loop = np.vstack([POINTS, POINTS[:1] + error])
    found = close_loop(loop, CLASS)
    assert found.error_m == pytest.approx(math.hypot(*error), abs=1e-9)
    assert np.allclose(found.points[0], found.points[-1])
