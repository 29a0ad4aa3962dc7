import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geodesy.datum import OPERATION_ID, build_pipeline, operation_between, transform_geometries, transform_xy
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, coded_zones, tm_system

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
COUNTRY = {"lon": (102.0, 118.0), "lat": (4.5, 23.5)}  # QCVN 80:2024/BTNMT, with the sea
BEN_THANH = [[106.698, 10.7725]]


def apart(one, other):
    return float(np.hypot(*(np.asarray(one) - np.asarray(other))[0]))


@pytest.mark.parametrize("vector", VECTORS["computed_with_pinned_pipeline"], ids=lambda vector: vector["id"])
def test_computed_vectors_agree_to_half_a_millimetre(vector):
    xy = transform_xy([[vector["lon"], vector["lat"]]], WGS84, tm_system(vector["lon0"]))
    assert np.abs(xy - [[vector["Y"], vector["X"]]]).max() <= 0.0005


def test_the_published_plane_vector_agrees():
    vector = VECTORS["published"][0]
    lonlat = transform_xy([[vector["Y"], vector["X"]]], tm_system(vector["lon0"]), WGS84)
    assert np.abs(lonlat - [[vector["lon"], vector["lat"]]]).max() <= vector["tol_deg"]


def test_the_published_vector_with_height_agrees():
    vector = VECTORS["published"][1]
    source = tm_system(vector["lon0"])
    found = transform_xy([[vector["Y"], vector["X"], vector["h_vn2000"]]], source, WGS84)
    assert np.abs(found[0, :2] - [vector["lon"], vector["lat"]]).max() <= vector["tol_deg"]
    assert found[0, 2] == pytest.approx(vector["h_wgs84"], abs=vector["tol_h"])
    back = transform_xy(found, WGS84, source)
    assert np.abs(back - [[vector["Y"], vector["X"], vector["h_vn2000"]]]).max() <= 1e-4


def test_the_height_matters_for_a_plane_position_high_up():
    vector = VECTORS["published"][1]
    plane = transform_xy([[vector["Y"], vector["X"]]], tm_system(vector["lon0"]), WGS84)
    metres = np.abs(plane - [[vector["lon"], vector["lat"]]]).max() * 111_320
    assert 0.01 < metres < 0.05


def everywhere(count=500):
    random = np.random.default_rng(3)
    return np.column_stack([random.uniform(102.2, 109.4, count), random.uniform(8.4, 23.3, count)])


def test_zone_to_zone_comes_back_to_a_tenth_of_a_millimetre():
    start = transform_xy(everywhere(), VN2000_GEOGRAPHIC, tm_system(105.5))
    for other in (tm_system(108.25), tm_system(105.0, 6), VN2000_GEOGRAPHIC):
        back = transform_xy(transform_xy(start, tm_system(105.5), other), other, tm_system(105.5))
        assert np.abs(back - start).max() <= 1e-4


@settings(deadline=None)
@given(
    lon=st.floats(*COUNTRY["lon"]),
    lat=st.floats(*COUNTRY["lat"]),
    zone=st.sampled_from([zone for zone in coded_zones() if zone.datum == "VN2000"]),
    through=st.sampled_from([WGS84, tm_system(105.0, 6, "WGS84")]),
)
def test_through_wgs84_and_back_nothing_moves_anywhere_in_the_country(lon, lat, zone, through):
    start = transform_xy([[lon, lat]], VN2000_GEOGRAPHIC, zone)
    back = start
    for _ in range(3):
        back = transform_xy(transform_xy(back, zone, through), through, zone)
    if np.isfinite(start).all():
        assert np.abs(back - start).max() <= 1e-5  # the task allows 1 mm, the grid of the store is 0.1 mm


def test_wgs84_comes_back_through_vn2000_too():
    lonlat = everywhere()
    back = transform_xy(transform_xy(lonlat, WGS84, tm_system(106.0)), tm_system(106.0), WGS84)
    assert np.abs(back - lonlat).max() * 111_320 <= 1e-5


def test_the_pipeline_taken_backwards_alone_is_a_millimetre_off():
    lonlat = everywhere()
    there = transform_xy(lonlat, WGS84, tm_system(106.0))
    plain = Transformer.from_pipeline(build_pipeline(tm_system(106.0), WGS84)).transform(*there.T)
    off_m = np.abs(np.column_stack(plain) - lonlat).max() * 111_320
    assert 0.5e-3 < off_m < 1.5e-3


def test_through_wgs84_with_heights_comes_back_as_well():
    start = transform_xy(everywhere(), VN2000_GEOGRAPHIC, tm_system(106.0))
    solid = np.column_stack([start, np.full(len(start), 300.0)])
    again = transform_xy(transform_xy(solid, tm_system(106.0), WGS84), WGS84, tm_system(106.0))
    assert np.abs(again - solid).max() <= 1e-4


def test_the_choice_of_proj_itself_lies_80_cm_off_in_ho_chi_minh_city():
    ours = transform_xy(BEN_THANH, WGS84, tm_system(105.75))
    theirs = [Transformer.from_crs(4326, 9210, always_xy=True).transform(*BEN_THANH[0])]
    assert apart(ours, theirs) == pytest.approx(0.80, abs=0.01)


def test_the_signs_of_the_rotations_hold():
    pipeline = build_pipeline(tm_system(105.75), WGS84)
    wrong = pipeline.replace("coordinate_frame", "position_vector")
    assert wrong != pipeline
    xy = transform_xy(BEN_THANH, WGS84, tm_system(105.75))[0]
    lonlat = np.array([Transformer.from_pipeline(wrong).transform(*xy)])
    assert apart(transform_xy(lonlat, WGS84, tm_system(105.75)), [xy]) == pytest.approx(0.545, abs=0.01)


def test_no_datum_change_costs_225_m():
    moved = transform_xy(BEN_THANH, WGS84, tm_system(105.75))
    unmoved = transform_xy(BEN_THANH, VN2000_GEOGRAPHIC, tm_system(105.75))
    assert 220 < apart(moved, unmoved) < 230


def test_the_operation_is_named_only_where_the_datum_changes():
    assert operation_between(WGS84, tm_system(106.0)) == OPERATION_ID == "VN2000-QD05-2007-CF"
    assert operation_between(tm_system(105.5), tm_system(106.0)) == "none"
    assert "helmert" not in build_pipeline(tm_system(105.5), tm_system(106.0))
    assert "+x=-191.90441429 +y=-39.30318279 +z=-111.45032835" in build_pipeline(WGS84, tm_system(106.0))


def test_the_input_is_left_alone_and_what_has_no_image_is_nan():
    xy = np.array([[106.0, 21.0], [np.nan, 21.0], [np.inf, 0.0]])
    kept = xy.copy()
    found = transform_xy(xy, WGS84, tm_system(106.0))
    assert np.array_equal(xy, kept, equal_nan=True)
    assert np.isfinite(found[0]).all() and np.isnan(found[1:]).all()
    assert transform_xy(np.empty((0, 2)), WGS84, tm_system(106.0)).shape == (0, 2)
    with pytest.raises(ValueError, match="two or three columns"):
        transform_xy([1.0, 2.0], WGS84, tm_system(106.0))


def test_geometries_become_plane_ones_and_none_stays():
    shapes = np.array([shapely.Point(106, 21, 5), None, shapely.box(106, 21, 106.01, 21.01)], dtype=object)
    moved = transform_geometries(shapes, WGS84, tm_system(106.0))
    assert moved[1] is None and not shapely.has_z(moved).any()
    assert np.allclose(shapely.get_coordinates(moved[0]), transform_xy([[106, 21]], WGS84, tm_system(106.0)))
    assert shapely.get_num_coordinates(moved[2]) == 5
    assert transform_geometries(shapely.Point(1, 2, 3), WGS84, WGS84).wkt == "POINT (1 2)"


def test_threads_do_not_share_a_transformer():
    start = transform_xy(everywhere(2000), VN2000_GEOGRAPHIC, tm_system(106.0))
    expected = transform_xy(start, tm_system(106.0), WGS84)
    gate = threading.Barrier(4)

    def work(_):
        gate.wait()
        return all(np.array_equal(transform_xy(start, tm_system(106.0), WGS84), expected) for _ in range(5))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
