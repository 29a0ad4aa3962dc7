"""One box for every way to say where; and bookmarks."""

import math

import pytest
import shapely

from forms.administration import load_communes
from geodesy.datum import transform_xy
from geodesy.systems import WGS84
from services.bookmarks import fetch_bookmarks, keep_bookmark, remove_bookmark
from services.desk import Desk
from services.editing import insert_record
from services.locating import Place, find_places, place_on_road
from services.reading import fetch_neighbours
from tests.services.desks import HOME, OLD_AXIS, open_again, refused, sample_square

WEST, SOUTH = (round(value, 3) for value in sample_square(0, 0, 1).centroid.coords[0])


def line(*steps: tuple[float, float]) -> shapely.LineString:
    """A line of the desk's own zone, in metres from the sample's middle."""
    return shapely.LineString([(WEST + east, SOUTH + north) for east, north in steps])


def first(desk: Desk, text: str, **more: object) -> Place:
    return find_places(desk, text, **more)[0]


def test_numbers_are_a_position_in_the_axis_shown_or_degrees(desk: Desk) -> None:
    east, north = WEST, SOUTH
    place = first(desk, f"{north:.3f} {east:.3f}")
    assert (place.kind, place.order, place.swapped) == ("position", "proven", False)
    assert math.dist(place.geometry.coords[0], (east, north)) < 1e-3
    assert first(desk, f"{east:.3f} {north:.3f}").swapped
    old_east, old_north = transform_xy([[east, north]], HOME, OLD_AXIS)[0]
    moved = first(desk, f"X {old_north:.3f} Y {old_east:.3f}", display=OLD_AXIS)
    assert math.dist(moved.geometry.coords[0], (east, north)) < 1e-3
    lon, lat = transform_xy([[east, north]], HOME, WGS84)[0]
    assert math.dist(first(desk, f"{lat:.9f}, {lon:.9f}").geometry.coords[0], (east, north)) < 2e-3


def test_what_is_no_place(desk: Desk) -> None:
    refused("LOCATE-NOTHING", lambda: find_places(desk, "không có gì"))
    refused("LOCATE-NOTHING", lambda: find_places(desk, " "))
    refused("LOCATE-OUTSIDE", lambda: find_places(desk, "48.85 2.35"))
    refused("COORD-UNREADABLE", lambda: find_places(desk, "1 2 3"))


@pytest.fixture
def road(desk: Desk) -> str:
    """A road of 300 m east, then 200 m north, from Km1+000."""
    values = {"name": "Đường Lê Lợi", "from_km": 1.0, "to_km": 1.5}
    return insert_record(desk, "road_segment", values, line((0, 0), (300, 0), (300, 200))).record.uid


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("Km1+200 đường Lê Lợi", (200, 0)),
        ("km1+200 le loi", (200, 0)),
        ("Km1 + 200m Lê Lợi", (200, 0)),
        ("Km 1,4 Lê Lợi", (300, 100)),
        ("Km1+200 phải 5 Lê Lợi", (200, -5)),
        ("Km1+200, trái 2,5 m, Lê Lợi", (200, 2.5)),
        ("Km1+000 của tuyến Lê Lợi", (0, 0)),
        ("Km1+500 Lê Lợi", (300, 200)),
    ],
)
def test_a_chainage_of_a_road(desk: Desk, road: str, text: str, step: tuple[float, float]) -> None:
    place = first(desk, text)
    assert place.kind == "chainage"
    assert place.uid == road
    assert math.dist(place.geometry.coords[0], (WEST + step[0], SOUTH + step[1])) < 1e-4


def test_chainages_that_no_road_has(desk: Desk, road: str) -> None:
    refused("LOCATE-ROAD", lambda: find_places(desk, "Km1+200"))
    refused("LOCATE-ROAD", lambda: find_places(desk, "Km1+200 đường không có"))
    refused("SURVEY-BEYOND-AXIS", lambda: find_places(desk, "Km1+600 Lê Lợi"))
    refused("SURVEY-BEYOND-AXIS", lambda: find_places(desk, "Km0+900 Lê Lợi"))
    refused("LOCATE-CHAINAGE", lambda: find_places(desk, "Km1+2000 Lê Lợi"))


def test_a_road_may_count_against_its_drawing(desk: Desk) -> None:
    values = {"name": "Ngược", "from_km": 1.5, "to_km": 1.0}
    record = insert_record(desk, "road_segment", values, line((0, 0), (500, 0))).record
    assert place_on_road(desk, record, 1.4).geometry.coords[0] == pytest.approx((WEST + 100, SOUTH))
    assert place_on_road(desk, record, 1.4, 5).geometry.coords[0] == pytest.approx((WEST + 100, SOUTH + 5))


def test_names_find_communes_bookmarks_and_records(desk: Desk, road: str) -> None:
    assert first(desk, desk.commune.name).kind == "commune"
    assert [place.kind for place in find_places(desk, "lê lợi")] == ["record"]
    keep_bookmark(desk, "Cầu Lê Lợi", (1.0, 2.0, 3.0, 4.0))
    assert [place.kind for place in find_places(desk, "le loi")] == ["bookmark", "record"]
    assert first(desk, "cầu lê lợi").bounds == (1.0, 2.0, 3.0, 4.0)


def test_neighbours_are_found_by_name(open_copy, real_template) -> None:
    desk = open_copy(real_template)
    codes = list(fetch_neighbours(desk))
    name = load_communes()[codes[0]].full_name
    found = first(desk, name.upper())
    assert (found.kind, found.name) == ("commune", name)


def test_bookmarks_stay_in_the_workspace(desk: Desk) -> None:
    keep_bookmark(desk, "  Chợ  ", (0.0, 0.0, 10.0, 10.0))
    keep_bookmark(desk, "Chợ", (0.0, 0.0, 20.0, 20.0))
    refused("BOOKMARK-NAME", lambda: keep_bookmark(desk, " ", (0, 0, 1, 1)))
    refused("BOOKMARK-NAME", lambda: keep_bookmark(desk, "x" * 121, (0, 0, 1, 1)))
    refused("BOOKMARK-BOUNDS", lambda: keep_bookmark(desk, "x", (2, 0, 1, 1)))
    refused("BOOKMARK-BOUNDS", lambda: keep_bookmark(desk, "x", (math.nan, 0, 1, 1)))
    refused("BOOKMARK-UNKNOWN", lambda: remove_bookmark(desk, "không có"))
    desk.close()
    again = open_again(desk.workspace.folder)
    kept = fetch_bookmarks(again)
    assert [(one.name, one.bounds) for one in kept] == [("Chợ", (0.0, 0.0, 20.0, 20.0))]
    assert kept[0].created_by == again.actor.name
    remove_bookmark(again, "Chợ")
    assert fetch_bookmarks(again) == []
    again.close()
