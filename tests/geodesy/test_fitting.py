"""Sheets with a known truth: each transformation finds it again, tells residuals, refuses what fixes nothing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.fitting import ControlPoint, Fit, fit_points, is_one_sided

WIDTH, HEIGHT = 9933, 7016  # A0 at 300 dpi
EAST, NORTH = 437_000.0, 2_487_000.0


def truth(turn: float = 0.05, scale: float = 0.17) -> Any:
    """Return the map of a sheet turned by ``turn`` radians, ``scale`` metres a pixel."""

    def to_ground(pixels: Any) -> np.ndarray:
        column, row = np.asarray(pixels, dtype=float).reshape(-1, 2).T
        east = EAST + scale * (column * np.cos(turn) - row * np.sin(turn))
        north = NORTH - scale * (column * np.sin(turn) + row * np.cos(turn))
        return np.column_stack([east, north])

    return to_ground


def points(to_ground: Any, *pixels: tuple[float, float], off: Any = 0.0) -> list[ControlPoint]:
    ground = to_ground(pixels) + off
    return [ControlPoint(*pixel, *place) for pixel, place in zip(pixels, ground.tolist(), strict=True)]


CORNERS = ((100.0, 80.0), (9800.0, 120.0), (9700.0, 6900.0), (130.0, 6950.0))
GRID = tuple((float(column), float(row)) for column in range(500, WIDTH, 2200) for row in range(500, HEIGHT, 1900))


@pytest.mark.parametrize("fit", Fit)
def test_a_known_sheet_is_found_again(fit: Fit) -> None:
    found = fit_points(points(truth(), *GRID), fit)
    probe = np.random.default_rng(1).uniform((0, 0), (WIDTH, HEIGHT), (200, 2))
    assert np.abs(found.to_ground(probe) - truth()(probe)).max() < 1e-4
    assert np.abs(found.to_pixels(truth()(probe)) - probe).max() < 1e-2
    assert found.rms_m < 1e-6
    assert found.pixel_m == pytest.approx(0.17, abs=1e-6)


@given(
    turn=st.floats(-3.1, 3.1),
    scale=st.floats(0.01, 20),
    fit=st.sampled_from(list(Fit)),
    seed=st.integers(0, 1000),
)
def test_there_and_back(turn: float, scale: float, fit: Fit, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 2 * scale, (len(GRID), 2))
    found = fit_points(points(truth(turn, scale), *GRID, off=noise), fit)
    probe = np.random.default_rng(seed).uniform((600, 600), (9000, 6000), (50, 2))
    back = found.to_pixels(found.to_ground(probe))
    assert np.nanmax(np.abs(back - probe)) < 0.05


def test_a_sheet_photographed_askew_takes_the_projective_fit() -> None:
    def askew(pixels: Any) -> np.ndarray:
        column, row = np.asarray(pixels, dtype=float).reshape(-1, 2).T
        w = 1 + column * 1e-5 + row * 2e-5
        return np.column_stack([EAST + 0.2 * column / w, NORTH - 0.2 * row / w])

    control = points(askew, *GRID)
    assert fit_points(control, Fit.PROJECTIVE).rms_m < 1e-6
    assert fit_points(control, Fit.AFFINE).rms_m > 5


def test_paper_that_has_shrunk_takes_the_affine_fit() -> None:
    def shrunk(pixels: Any) -> np.ndarray:
        return (truth(0.0)(pixels) - (EAST, NORTH)) * (0.998, 1.003) + (EAST, NORTH)

    control = points(shrunk, *GRID)
    assert fit_points(control, Fit.AFFINE).rms_m < 1e-6
    assert fit_points(control, Fit.HELMERT).rms_m > 0.5


def test_paper_that_has_buckled_takes_the_thin_plate() -> None:
    def buckled(pixels: Any) -> np.ndarray:
        column, row = np.asarray(pixels, dtype=float).reshape(-1, 2).T
        ground = truth()(pixels)
        return ground + np.column_stack([3 * np.sin(column / 3000), 3 * np.cos(row / 2500)])

    control = points(buckled, *GRID)
    probe = np.random.default_rng(4).uniform((800, 800), (8800, 6000), (300, 2))
    plate, affine = fit_points(control, Fit.THIN_PLATE), fit_points(control, Fit.AFFINE)
    assert plate.rms_m < 1e-6, "exact at the control points"
    error = [np.hypot(*(found.to_ground(probe) - buckled(probe)).T).max() for found in (plate, affine)]
    assert error[0] < error[1] / 3
    assert np.nanmax(np.abs(plate.to_pixels(plate.to_ground(probe)) - probe)) < 0.05


def test_a_blunder_shows_where_it_is_left_out() -> None:
    control = points(truth(), *GRID)
    wrong = control[7]
    control[7] = ControlPoint(wrong.column, wrong.row, wrong.east + 50, wrong.north)
    found = fit_points(control, Fit.AFFINE)
    assert int(np.argmax(found.residuals_m)) == 7
    assert found.left_out_m[7] == pytest.approx(50, abs=0.01)
    plate = fit_points(control, Fit.THIN_PLATE)
    assert plate.rms_m < 1e-6
    assert plate.left_out_m[7] > 30, "a thin plate hides it but here"


@pytest.mark.parametrize("fit", Fit)
def test_too_few_say_how_many(fit: Fit) -> None:
    with pytest.raises(UserError) as caught:
        fit_points(points(truth(), *CORNERS[: fit.least - 1]), fit)
    assert caught.value.code == "FIT-FEW"
    found = fit_points(points(truth(), *CORNERS[: fit.least]), fit)
    assert found.left_out_m == (None,) * fit.least
    assert found.rms_m < 1e-6


@pytest.mark.parametrize("fit", [Fit.AFFINE, Fit.PROJECTIVE, Fit.THIN_PLATE])
def test_points_on_one_line_are_refused(fit: Fit) -> None:
    line = [(100.0 * n, 50.0 * n + 7) for n in range(1, 7)]
    for pixels, places in ((line, truth()(line)), (CORNERS, [(EAST + n, NORTH + n) for n in range(4)])):
        with pytest.raises(UserError) as caught:
            fit_points([ControlPoint(*a, *b) for a, b in zip(pixels, np.asarray(places).tolist(), strict=True)], fit)
        assert caught.value.code == "FIT-LINE"


def test_two_points_at_one_place_are_refused() -> None:
    control = points(truth(), *CORNERS)
    for twin in (
        ControlPoint(control[0].column, control[0].row, EAST, NORTH),
        ControlPoint(1.0, 1.0, control[0].east, control[0].north),
    ):
        with pytest.raises(UserError) as caught:
            fit_points([*control, twin], Fit.HELMERT)
        assert caught.value.code == "FIT-TWICE"


def test_what_is_no_number_is_refused() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(UserError):
            fit_points([*points(truth(), *CORNERS), ControlPoint(value, 5, EAST, NORTH)], Fit.AFFINE)


@given(
    st.lists(
        st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=7
    )
)
def test_whatever_is_given_it_fits_or_says_why(rows: list[tuple[float, float, float, float]]) -> None:
    for fit in Fit:
        try:
            found = fit_points([ControlPoint(*row) for row in rows], fit)
        except UserError as error:
            assert error.code.startswith("FIT-")
            continue
        assert np.isfinite(found.residuals_m).all()
        assert np.isfinite(found.pixel_m)


def test_points_on_one_side_are_told() -> None:
    assert is_one_sided(points(truth(), (100, 100), (3000, 6000)), WIDTH, HEIGHT)
    assert is_one_sided(points(truth(), (100, 6000), (9000, 6500)), WIDTH, HEIGHT)
    assert not is_one_sided(points(truth(), *CORNERS), WIDTH, HEIGHT)
    assert is_one_sided([], WIDTH, HEIGHT)
