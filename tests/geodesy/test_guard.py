"""Readings rarer than an axis: kilometres, zone numbers, digits left off, HN-72; and what known shapes decide."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from core.errors import UserError
from geodesy.datum import transform_xy
from geodesy.guessing import Proposal, propose_systems
from geodesy.known_layers import KnownShapes
from geodesy.leading_digits import hanoi72_zone, read_prefix, shifts_to
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, coded_zones, tm_system

HOME, OLD = tm_system(106.0), tm_system(105.5)
SIX = tm_system(105.0, 6)


def propose(xy, boundary, **named):
    return propose_systems(xy, **{"declared": None, "boundary": boundary, "home": HOME, "legacy_axes": [105.5]} | named)


def roads(points):
    """Return lines through consecutive points: what a road layer of the store would be."""
    return np.array([shapely.LineString(points[k : k + 4]) for k in range(0, len(points) - 4, 4)], dtype=object)


@pytest.mark.parametrize("swapped", [False, True])
def test_kilometres_are_read(boundary, home_points, swapped):
    xy = home_points / 1000
    best = propose(xy[:, ::-1] if swapped else xy, boundary)[0]
    assert (best.system, best.swapped, best.scale, best.confidence) == (HOME, swapped, 1000.0, "decided")
    assert "kilômét" in best.label("vi") and "kilometres" in best.label("en")


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("prefix", "zone"), [(48, SIX), (482, tm_system(105.0))])
def test_the_number_of_a_zone_before_the_easting_is_taken_off(boundary, home_points, prefix, zone, swapped):
    xy = transform_xy(home_points, HOME, zone) + [prefix * 1e6, 0]
    given = xy[:, ::-1] if swapped else xy
    best = propose(given, boundary)[0]
    assert (best.system, best.swapped, best.shift) == (zone, swapped, (-prefix * 1e6, 0.0))
    assert (best.confidence, best.reason_code) == ("decided", "CRS-PREFIX")
    assert np.allclose(transform_xy(best.read(given), zone, HOME), home_points, atol=1e-6)
    assert not best.is_plain


@pytest.mark.parametrize(("prefix", "axis"), [(18, 105.0), (19, 111.0)])
def test_hanoi_72_is_named_by_its_zone_number_and_never_converted(boundary, home_points, prefix, axis):
    found = propose(home_points + [prefix * 1e6, 0], boundary)
    assert [(item.system, item.confidence, item.reason_code) for item in found] == [
        (hanoi72_zone(axis), "rejected", "CRS-HANOI72")
    ]
    assert "HN-72" in found[0].label("vi") and "HN-72" in found[0].text("en")
    with pytest.raises(UserError) as caught:
        transform_xy(home_points, hanoi72_zone(axis), HOME)
    assert caught.value.code == "CRS-UNSUPPORTED"


def test_hanoi_72_is_named_beside_a_zone_of_six_degrees(boundary, home_points):
    found = propose(transform_xy(home_points, HOME, SIX), boundary)
    assert (found[-1].system, found[-1].reason_code) == (hanoi72_zone(105.0), "CRS-HANOI72-POSSIBLE")
    assert all(item.system.is_supported for item in propose(home_points, boundary))


@pytest.mark.parametrize("axis", [106.0, 105.5])
@pytest.mark.parametrize(("east", "north"), [(300_000, 2_400_000), (0, 2_000_000)])
@pytest.mark.parametrize("swapped", [False, True])
def test_leading_digits_are_put_back_and_the_user_is_asked(boundary, home_points, axis, east, north, swapped):
    xy = transform_xy(home_points, HOME, tm_system(axis))
    east = east and np.floor(xy[:, 0].min() / 1e5) * 1e5
    short = xy - [east, north]
    if short.max() >= 1e6 or (east and np.ptp(np.floor(xy[:, 0] / 1e5))):
        pytest.skip("these points do not share their first digits")
    found = propose(short[:, ::-1] if swapped else short, boundary)
    fitting = [item for item in found if item.confidence != "rejected"]
    mine = next(item for item in fitting if item.system == tm_system(axis) and item.swapped == swapped)
    assert mine.shift == (east, north)
    assert {item.confidence for item in fitting} == {"undecided"}
    assert mine.reason_code == "CRS-DIGITS"


def test_degrees_and_drawings_of_nowhere_are_no_shortened_coordinates(boundary, home_points):
    assert list(shifts_to(transform_xy(home_points, HOME, WGS84), (4e5, 2.4e6))) == []
    assert list(shifts_to(home_points, (4e5, 2.4e6))) == []
    assert list(shifts_to(home_points - home_points.mean(axis=0), (4e5, 2.4e6))) == []
    assert read_prefix(home_points) is None
    assert read_prefix(home_points + [77e6, 0]) is None


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    "zone", [zone for zone in coded_zones() if zone.datum == "VN2000"], ids=lambda zone: f"{zone.axis:g}-{zone.width}"
)
def test_every_zone_of_the_table_is_a_candidate_in_both_orders(zone, swapped):
    lonlat = np.column_stack([np.linspace(105.0, 105.06, 30), np.linspace(22.4, 22.46, 30)])
    outline = shapely.convex_hull(shapely.MultiPoint(transform_xy(lonlat, VN2000_GEOGRAPHIC, HOME))).buffer(2_000)
    xy = transform_xy(lonlat, VN2000_GEOGRAPHIC, zone)
    found = propose(xy[:, ::-1] if swapped else xy, outline)
    assert any((item.system, item.swapped) == (zone, swapped) and item.confidence != "rejected" for item in found)


@pytest.mark.parametrize("truth", [WGS84, VN2000_GEOGRAPHIC])
def test_known_shapes_decide_the_datum_that_a_boundary_cannot(boundary, home_points, truth):
    known = KnownShapes(roads(home_points))
    xy = transform_xy(home_points[10:60], HOME, truth)
    assert {item.confidence for item in propose(xy, boundary)[:2]} == {"undecided"}
    best, other = propose(xy, boundary, known=known)[:2]
    assert (best.system, best.confidence, best.reason_code) == (truth, "decided", "CRS-KNOWN")
    assert best.known_m < 0.01 and best.known_share == 1.0
    assert (other.confidence, other.reason_code) == ("undecided", "CRS-KNOWN-AGAINST")
    assert best.system.label() in other.text()


@pytest.mark.parametrize("truth", [tm_system(105.0), SIX])
def test_known_shapes_decide_between_three_and_six_degrees(boundary, home_points, truth):
    known = KnownShapes(roads(home_points))
    best = propose(transform_xy(home_points[10:60], HOME, truth), boundary, known=known)[0]
    assert (best.system, best.confidence) == (truth, "decided")


def test_known_shapes_overrule_what_the_file_says_of_itself(boundary, home_points):
    known = KnownShapes(roads(home_points))
    xy = transform_xy(home_points[10:60], HOME, VN2000_GEOGRAPHIC)
    found = propose(xy, boundary, declared=WGS84, known=known)
    assert found[0].system == VN2000_GEOGRAPHIC
    declared = next(item for item in found if item.system == WGS84)
    assert (declared.confidence, declared.reason_code) == ("undecided", "CRS-KNOWN-AGAINST")
    assert declared.known_m > 150 or declared.known_m > 20


def test_known_shapes_decide_without_a_boundary(home_points):
    known = KnownShapes(roads(home_points))
    best = propose(transform_xy(home_points[10:60], HOME, OLD), None, known=known)[0]
    assert (best.system, best.confidence, best.reason_code) == (OLD, "decided", "CRS-KNOWN")


def test_known_shapes_that_have_nothing_to_do_with_the_file_decide_nothing(boundary, home_points):
    elsewhere = KnownShapes(roads(home_points[:60] + [3_000, 3_000]))
    xy = transform_xy(home_points[100:300], HOME, WGS84)
    found = propose(xy, boundary, known=elsewhere)
    assert [(item.system, item.confidence) for item in found[:2]] == [
        (WGS84, "undecided"),
        (VN2000_GEOGRAPHIC, "undecided"),
    ]
    assert all(item.known_m is not None for item in found[:2])


def test_shapes_so_dense_that_any_point_is_near_one_decide_nothing(boundary, home_points):
    west, south, east, north = shapely.bounds(shapely.MultiPoint(home_points[:50])) + [-900, -900, 900, 900]
    lines = [shapely.LineString([(x, south), (x, north)]) for x in np.arange(west, east, 12.0)]
    found = propose(
        transform_xy(home_points[:50], HOME, WGS84), boundary, known=KnownShapes(np.array(lines, dtype=object))
    )
    assert {item.confidence for item in found[:2]} == {"undecided"}


def test_areas_are_known_by_their_outlines(home_points):
    area = shapely.box(0, 0, 1000, 1000)
    known = KnownShapes(np.array([area, None, shapely.Point()], dtype=object))
    assert known.distances(np.array([[500.0, 500.0], [1000.0, 3.0], [np.nan, 0.0]])).tolist() == [500.0, 0.0, np.inf]


def test_a_reading_far_from_every_record_is_said_in_words():
    against = Proposal(HOME, False, 1.0, None, None, "undecided", "CRS-KNOWN-AGAINST", (WGS84,), known_m=40.0)
    beyond = replace(against, known_m=None)
    assert "40" in against.text("vi")
    assert "–" not in beyond.text("vi") + beyond.text("en")
    assert beyond.text("vi") != beyond.text("en")
