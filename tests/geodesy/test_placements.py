import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.datum import transform_xy
from geodesy.mercator import lonlat_from_unit, unit_from_lonlat
from geodesy.meshes import WITHIN_PX, build_mesh, to_picture, to_world_square
from geodesy.placements import Placement, parse_world_file
from geodesy.systems import WGS84, tm_system

HOME = tm_system(108.25)


def test_the_square_of_web_mercator_has_its_known_places() -> None:
    assert unit_from_lonlat([(0, 0), (-180, 85.0511287798066), (90, 0)]).ravel() == pytest.approx(
        [0.5, 0.5, 0, 0, 0.75, 0.5], abs=1e-12
    )
    # 20037508.342789244 m is half the square; EPSG:3857 of 106 E, 20 N is 11799866.02, 2273030.93
    x, y = unit_from_lonlat([(106, 20)])[0] * 2 * 20037508.342789244 - 20037508.342789244
    assert (x, -y) == pytest.approx((11799866.0238, 2273030.9270), abs=0.001)


@given(st.floats(-179, 179), st.floats(-84, 84))
def test_degrees_come_back_from_the_square(lon: float, lat: float) -> None:
    assert lonlat_from_unit(unit_from_lonlat([(lon, lat)]))[0] == pytest.approx((lon, lat), abs=1e-9)


@given(
    st.floats(0.001, 1000),
    st.floats(-3.2, 3.2),
    st.floats(0.3, 3),
    st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),
    st.tuples(st.floats(0, 1e5), st.floats(0, 1e5)),
)
def test_pixels_come_back_from_the_plane(size, angle, stretch, at, pixel) -> None:
    cos, sin = size * np.cos(angle), size * np.sin(angle)
    placement = Placement(cos, sin * stretch, at[0], sin, -cos * stretch, at[1])
    assert placement.to_pixels(placement.to_plane([pixel]))[0] == pytest.approx(pixel, abs=1e-4)


def test_a_world_file_counts_from_the_middle_of_the_first_pixel() -> None:
    placement = parse_world_file("0.5\n0\n0\n-0.5\n500000.25\n2399999.75\n", "a.tfw")
    assert placement.to_plane([(0, 0), (2, 2)]).tolist() == [[500000.0, 2400000.0], [500001.0, 2399999.0]]
    assert placement.pixel_size == 0.5
    assert placement.corners(2, 4)[2].tolist() == [500001.0, 2399998.0]


def test_a_placement_that_is_none_is_refused() -> None:
    for numbers in ((1, 1, 0, 1, 1, 0), (0, 0, 0, 0, 0, 0), (float("inf"), 0, 0, 0, 1, 0), (1, 0, 1e15, 0, 1, 0)):
        with pytest.raises(ValueError, match="placement"):
            Placement(*numbers)
    with pytest.raises(UserError):
        parse_world_file("1 2 3", "a.tfw")


@pytest.mark.parametrize("metres_per_pixel", [0.1, 3.0, 120.0, 2400.0])
def test_a_mesh_errs_by_less_than_it_promises(metres_per_pixel: float) -> None:
    width, height = 640, 480
    east, north = 620_000.0, 1_700_000.0
    bounds = (
        east - width * metres_per_pixel / 2,
        north - height * metres_per_pixel / 2,
        east + width * metres_per_pixel / 2,
        north + height * metres_per_pixel / 2,
    )
    for to_source in (
        to_world_square(HOME),
        to_picture(HOME, tm_system(105.0, 6), Placement(0.5, 0, 4e5, 0, -0.5, 2.3e6)),
        to_picture(HOME, WGS84, Placement(1e-5, 0, 105, 0, -1e-5, 20)),
    ):
        mesh = build_mesh(bounds, width, height, to_source)
        cells = len(mesh) - 1
        shares = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(
            bounds[0] + shares * width * metres_per_pixel, bounds[3] - shares * height * metres_per_pixel
        )
        exact = to_source(np.column_stack([x.ravel(), y.ravel()])).reshape(cells, cells, 2)
        guessed = (mesh[:-1, :-1] + mesh[1:, :-1] + mesh[:-1, 1:] + mesh[1:, 1:]) / 4
        pixel = np.linalg.norm(mesh[0, 1] - mesh[0, 0]) / (width / cells)
        assert np.linalg.norm(guessed - exact, axis=2).max() < 2 * WITHIN_PX * pixel


def test_the_corners_of_a_mesh_are_exact() -> None:
    bounds = (600_000.0, 1_700_000.0, 601_000.0, 1_700_500.0)
    mesh = build_mesh(bounds, 100, 50, to_world_square(HOME))
    corner = unit_from_lonlat(transform_xy([(bounds[0], bounds[3])], HOME, WGS84))[0]
    assert mesh[0, 0] == pytest.approx(corner, abs=1e-15)
