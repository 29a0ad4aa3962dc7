import json
import sqlite3
import struct

import numpy as np
import pytest
import shapely

from geodesy.datum import transform_geometries, transform_xy
from geodesy.guessing import propose_systems, suits
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, tm_system

HOME, OLD = tm_system(106.0), tm_system(105.5)


def propose(xy, boundary, **named):
    return propose_systems(xy, **{"declared": None, "boundary": boundary, "home": HOME, "legacy_axes": [105.5]} | named)


@pytest.mark.parametrize("axis", [102.0, 104.75, 105.5, 105.75, 106.0, 106.25, 108.5])
@pytest.mark.parametrize(("swapped", "scale"), [(False, 1.0), (True, 1.0), (False, 0.001), (True, 0.001)])
def test_the_boundary_decides_axis_order_and_scale(boundary, home_points, axis, swapped, scale):
    xy = transform_xy(home_points, HOME, tm_system(axis)) / scale
    best = propose(xy[:, ::-1] if swapped else xy, boundary)[0]
    assert (best.system.axis, best.system.width, best.swapped, best.scale) == (axis, 3, swapped, scale)
    assert (best.confidence, best.reason_code) == ("decided", "CRS-FITS")
    assert best.inside_share == 1.0 and best.distance_m == 0.0
    assert np.allclose(transform_xy(best.read(xy[:, ::-1] if swapped else xy), best.system, HOME), home_points)


def test_every_other_axis_is_rejected_and_says_what_would_fit(boundary, home_points):
    found = propose(transform_xy(home_points, HOME, OLD), boundary, declared=HOME)
    assert found[0].system == OLD
    wrong = next(proposal for proposal in found if proposal.system == HOME)
    assert (wrong.confidence, wrong.reason_code, wrong.rivals) == ("rejected", "CRS-OUTSIDE", (OLD,))
    assert wrong.inside_share == 0 and wrong.distance_m > 40_000
    assert "105°30'" in wrong.text("vi") and "km" in wrong.text("en")


def test_a_declaration_that_the_boundary_confirms_decides(boundary, home_points):
    best = propose(transform_xy(home_points, HOME, OLD), boundary, declared=OLD)[0]
    assert (best.system, best.confidence, best.reason_code) == (OLD, "decided", "CRS-FITS-DECLARED")


def test_three_and_six_degrees_cannot_be_told_apart(boundary, home_points):
    xy = transform_xy(home_points, HOME, tm_system(105.0))
    found = propose(xy, boundary)
    both = [proposal for proposal in found if proposal.confidence != "rejected"]
    assert [proposal.system for proposal in both] == [tm_system(105.0), tm_system(105.0, 6)]
    assert {(proposal.confidence, proposal.reason_code) for proposal in both} == {("undecided", "CRS-FITS-UNPROVEN")}
    assert propose(xy, boundary, declared=tm_system(105.0, 6))[0].system == tm_system(105.0, 6)


def test_the_datum_of_degrees_stays_undecided_with_wgs84_first(boundary, home_points):
    xy = transform_xy(home_points, HOME, WGS84)
    for given, swapped in ((xy, False), (xy[:, ::-1], True)):
        found = propose(given, boundary)
        assert [(p.system, p.swapped, p.confidence) for p in found[:2]] == [
            (WGS84, swapped, "undecided"),
            (VN2000_GEOGRAPHIC, swapped, "undecided"),
        ]
    assert propose(xy, boundary, declared=VN2000_GEOGRAPHIC)[0].confidence == "decided"


def test_a_declaration_that_leads_out_of_vietnam_is_rejected(boundary, home_points):
    found = propose(transform_xy(home_points, HOME, OLD), boundary, declared=WGS84)
    assert found[0].system == OLD
    assert (found[-1].system, found[-1].confidence, found[-1].reason_code) == (WGS84, "rejected", "CRS-NOT-VIETNAM")
    json.dumps([proposal.as_dict() for proposal in found], allow_nan=False)


def test_a_system_that_the_table_lacks_can_be_asked_for(boundary, home_points):
    asked = tm_system(105.25)
    xy = transform_xy(home_points, HOME, asked)
    assert all(proposal.system != asked for proposal in propose(xy, boundary))
    assert propose(xy, boundary, asked=asked)[0].system == asked
    wrong = [p for p in propose(home_points, boundary, asked=asked) if p.system == asked]
    assert [proposal.confidence for proposal in wrong] == ["rejected"]


def test_data_of_which_most_lies_outside_is_left_to_the_user(boundary, home_points):
    xy = np.vstack([home_points[:100], home_points[:300] + [0, 40_000]])
    best = propose(xy, boundary)[0]
    assert (best.system, best.confidence, best.reason_code) == (HOME, "undecided", "CRS-FITS-PARTLY")


def test_data_of_elsewhere_is_rejected_in_every_reading(boundary, home_points):
    found = propose(home_points + [0, 60_000], boundary)
    assert {proposal.confidence for proposal in found} == {"rejected"}
    assert found[0].system == HOME and found[0].reason_code == "CRS-NOTHING-FITS"


def test_a_boundary_too_wide_to_tell_axes_apart_leaves_them_undecided(home_points):
    wide = shapely.box(100_000, 2_300_000, 700_000, 2_600_000)
    found = propose(transform_xy(home_points, HOME, OLD), wide)
    assert found[0].confidence == "undecided" and found[0].reason_code == "CRS-FITS-SEVERAL"
    assert [proposal.system for proposal in found[:2]] == [HOME, OLD]


def test_without_a_boundary_home_and_legacy_axes_come_first(home_points):
    found = propose(home_points, None)
    assert [(p.system, p.reason_code) for p in found[:2]] == [(HOME, "CRS-HOME-AXIS"), (OLD, "CRS-LEGACY-AXIS")]
    assert {proposal.confidence for proposal in found} == {"undecided"}
    assert all(proposal.inside_share is None and proposal.distance_m is None for proposal in found)
    assert propose(home_points[:, ::-1], None)[0].swapped
    assert propose(home_points * 1000, None)[0].scale == 0.001
    assert propose(home_points, None, declared=tm_system(107.0))[0].system == tm_system(107.0)


def test_magnitudes_prove_the_order_in_the_south_where_the_sea_would_suit_too():
    xy = transform_xy([[106.698, 10.7725], [106.71, 10.78]], WGS84, tm_system(105.75))[:, ::-1]
    found = propose_systems(xy, declared=None, boundary=None, home=tm_system(105.75), legacy_axes=())
    assert found[0].swapped and found[0].system == tm_system(105.75)


def test_suits_looks_at_the_country_only(home_points):
    assert suits(home_points, HOME)
    assert not suits(home_points, HOME, swapped=True)
    assert not suits(home_points, WGS84)
    assert not suits(home_points * 1000, HOME) and suits(home_points * 1000, HOME, scale=0.001)
    assert not suits(np.empty((0, 2)), HOME)


def test_no_finite_number_no_proposal(boundary):
    assert propose(np.array([[np.nan, 1.0]]), boundary) == ()
    assert propose(np.empty((0, 2)), boundary) == ()


def test_numbers_that_are_none_are_passed_over(boundary, home_points):
    xy = np.vstack([home_points, [[np.nan, np.nan], [np.inf, 0.0]]])
    assert propose(xy, boundary)[0].system == HOME


def test_every_reason_has_words(boundary, home_points):
    for proposal in (*propose(home_points, boundary), *propose(home_points, None), *propose(home_points * 7, boundary)):
        for language in ("vi", "en"):
            assert proposal.text(language) != proposal.reason_code
            assert "{" not in proposal.text(language) + proposal.label(language)


def read_shapefile_vertices(path):
    """Return the vertices of a polyline shapefile without a driver."""
    data, place, found = path.read_bytes(), 100, []
    while place < len(data):
        length = struct.unpack(">i", data[place + 4 : place + 8])[0] * 2
        record = data[place + 8 : place + 8 + length]
        place += 8 + length
        if struct.unpack("<i", record[:4])[0]:
            parts, points = struct.unpack("<ii", record[36:44])
            found.append(np.frombuffer(record, "<f8", points * 2, 44 + 4 * parts).reshape(-1, 2))
    return np.vstack(found)


def test_the_real_roads_of_bac_quang_lie_in_axis_105_30(shared_data):
    with sqlite3.connect(shared_data / "real" / "communes_tuyen_quang_2026.gpkg") as connection:
        blob = connection.execute("SELECT geom FROM communes WHERE commune_code = '01153'").fetchone()[0]
    connection.close()
    envelope_bytes = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[(blob[3] >> 1) & 7]
    outline = transform_geometries(shapely.from_wkb(blob[8 + envelope_bytes :]), WGS84, HOME)
    xy = read_shapefile_vertices(shared_data / "real" / "01153" / "duong_cu.shp")
    found = propose(xy, outline)
    assert (found[0].system, found[0].swapped, found[0].confidence) == (OLD, False, "decided")
    assert found[0].inside_share > 0.95
    assert max(proposal.inside_share for proposal in found[1:]) == 0.0
