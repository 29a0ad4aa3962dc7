"""The camera: world to pixels and back, moving, zooming, fitting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.map.camera import COARSEST_M, FINEST_M, Camera

CAMERA = Camera(437_050.0, 2_487_289.0, 0.5, 800, 600)

cameras = st.builds(
    Camera,
    x=st.floats(3e5, 7e5),
    y=st.floats(9e5, 2.6e6),
    resolution=st.floats(0.003, 500),
    width=st.integers(1, 4000),
    height=st.integers(1, 3000),
    ratio=st.sampled_from([1.0, 1.5, 2.0]),
)


def test_the_centre_is_the_middle_of_the_picture_and_north_is_up() -> None:
    pixels = CAMERA.to_pixels(np.array([(437_050.0, 2_487_289.0), (437_060.0, 2_487_299.0)]))
    assert pixels.tolist() == [[400.0, 300.0], [420.0, 280.0]]


@given(cameras, st.floats(0, 4000), st.floats(0, 3000))
def test_a_pixel_survives_the_way_to_the_world_and_back(camera: Camera, px: float, py: float) -> None:
    back = camera.to_pixels(np.array([camera.to_world(px, py)]))[0]
    assert back.tolist() == pytest.approx([px, py], abs=1e-3)


@given(cameras, st.integers(-3000, 3000), st.integers(-3000, 3000))
def test_a_drag_by_whole_pixels_is_known_as_one(camera: Camera, right: int, down: int) -> None:
    assert camera.moved(right, down).shift_from(camera) == (right, down)


def test_another_scale_size_or_part_of_a_pixel_is_no_shift() -> None:
    assert CAMERA.zoomed(1.5, 400, 300).shift_from(CAMERA) is None
    assert CAMERA.resized(801, 600, 1.0).shift_from(CAMERA) is None
    half = Camera(CAMERA.x + 0.25, CAMERA.y, 0.5, 800, 600)
    assert half.shift_from(CAMERA) is None


@given(cameras, st.floats(0.1, 10), st.floats(0, 4000), st.floats(0, 3000))
def test_zooming_keeps_the_place_under_the_cursor(camera: Camera, factor: float, px: float, py: float) -> None:
    nearer = camera.zoomed(factor, px, py)
    assert nearer.to_world(px, py) == pytest.approx(camera.to_world(px, py), abs=1e-4)
    assert FINEST_M <= nearer.resolution <= COARSEST_M


def test_a_box_is_shown_whole_with_a_margin() -> None:
    west, south, east, north = CAMERA.fitted((0.0, 0.0, 1000.0, 100.0)).bounds
    assert west < 0 < 1000 < east
    assert south < 0 < 100 < north
    assert (west + east) / 2 == pytest.approx(500)


def test_a_point_is_shown_with_its_surroundings() -> None:
    assert Camera(0, 0, 50.0, 800, 600).fitted((5.0, 6.0, 5.0, 6.0)).denominator == pytest.approx(1000)
    assert Camera(0, 0, 0.1, 800, 600).fitted((5.0, 6.0, 5.0, 6.0)).resolution == 0.1


def test_scale_is_that_of_a_96_dot_screen_whatever_its_ratio() -> None:
    assert Camera(0, 0, 0.0254 / 96 * 5000, 800, 600).denominator == pytest.approx(5000)
    sharp = Camera(0, 0, 1.0, 800, 600).resized(1600, 1200, 2.0)
    assert sharp.denominator == pytest.approx(Camera(0, 0, 1.0, 800, 600).denominator)
    assert CAMERA.at_scale(2000).denominator == pytest.approx(2000)
