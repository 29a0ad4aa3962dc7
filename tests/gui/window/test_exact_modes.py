"""Every way to enter a vertex, walked with the keyboard alone, held against a computation of its own."""

import math
from collections.abc import Callable

import numpy as np
import pyproj
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from desktop.exact.modes import MODES
from desktop.main_window import DeskWindow
from geodesy.systems import tm_system
from services.checking import check_record
from services.desk import Desk
from services.editing import insert_record
from services.reading import list_records
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.exact_hands import ENTER, Rest, begin, official, type_in, vertices

XY = tuple[float, float]
A, B = (EAST + 12.345, NORTH - 7.891), (EAST + 98.764, NORTH + 43.218)  # the two vertices that are there
P, Q = (EAST - 31.25, NORTH + 12.5), (EAST + 120.75, NORTH + 20.0)  # known points beside the sketch
GRID = 0.00006  # half of the stored grid, and a little


def turned(start: XY, degrees: float, distance: float) -> XY:
    """A place by azimuth (clockwise from north) and distance."""
    angle = math.radians(degrees)
    return start[0] + distance * math.sin(angle), start[1] + distance * math.cos(angle)


def azimuth(start: XY, end: XY) -> float:
    return math.degrees(math.atan2(end[0] - start[0], end[1] - start[1]))


def ray(start: XY, degrees: float) -> shapely.LineString:
    return shapely.LineString([start, turned(start, degrees, 1000)])


def crossing(one: shapely.Geometry, other: shapely.Geometry, number: int = 0) -> XY:
    points = shapely.get_coordinates(shapely.intersection(one, other))
    return tuple(points[number].tolist())


def circle_cut(centre: XY, radius: float, line: shapely.LineString) -> list[XY]:
    """Where a circle and a straight line meet, by the quadratic equation."""
    (x0, y0), (x1, y1) = (np.array(shapely.get_coordinates(line)) - centre).tolist()
    a, b = (x1 - x0) ** 2 + (y1 - y0) ** 2, 2 * (x0 * (x1 - x0) + y0 * (y1 - y0))
    roots = np.roots([a, b, x0**2 + y0**2 - radius**2]).real
    return [(x0 + t * (x1 - x0) + centre[0], y0 + t * (y1 - y0) + centre[1]) for t in roots.tolist()]


def two_distances(one: XY, first: float, two: XY, second: float) -> list[XY]:
    """Where two circles meet: on their radical line."""
    dx, dy = two[0] - one[0], two[1] - one[1]
    k = (first**2 - second**2 + dx * dx + dy * dy) / 2
    foot = (one[0] + k * dx / (dx * dx + dy * dy), one[1] + k * dy / (dx * dx + dy * dy))
    line = shapely.LineString([(foot[0] - dy * 10, foot[1] + dx * 10), (foot[0] + dy * 10, foot[1] - dx * 10)])
    return circle_cut(one, first, line)


def text_of(place: XY) -> str:
    return f"{official(place[1])} {official(place[0])}"


DMS = "67°30'15\""
DEGREES = 67 + 30 / 60 + 15 / 3600
WAYS: list[tuple[str, tuple[str, ...], Callable[[], list[XY]]]] = [
    ("coordinates", (official(P[1]), official(P[0])), lambda: [P]),
    ("azimuth", ("", DMS, "45,678"), lambda: [turned(B, DEGREES, 45.678)]),
    ("azimuth", (text_of(P), "200,5", "1.045,678"), lambda: [turned(P, 200.5, 1045.678)]),
    ("deflection", ("-35 15 20", "60"), lambda: [turned(B, azimuth(A, B) - (35 + 15 / 60 + 20 / 3600), 60)]),
    ("polar", ("", "", DMS, "33,3"), lambda: [turned(B, azimuth(B, A) + DEGREES, 33.3)]),
    ("polar", (text_of(P), "#1", "270", "12,5"), lambda: [turned(P, azimuth(P, A) + 270, 12.5)]),
    (
        "offset",
        ("", "", "30", "-8,25"),
        lambda: [turned(turned(A, azimuth(A, B), 30), azimuth(A, B) - 90, 8.25)],
    ),
    (
        "distances",
        (text_of(P), "100", text_of(Q), "90"),
        lambda: two_distances(P, 100, Q, 90),
    ),
    (
        "bearings",
        (text_of(P), DMS, text_of(Q), "330"),
        lambda: [crossing(ray(P, DEGREES), ray(Q, 330))],
    ),
    (
        "bearing_distance",
        (text_of(P), DMS, text_of(Q), "95"),
        lambda: [place for place in circle_cut(Q, 95, ray(P, DEGREES)) if place[1] > P[1]],
    ),
]  # fmt: skip


def take_mode(window: DeskWindow, qtbot: QtBot, key: str) -> None:
    """Choose a way to enter with the arrow keys of its list."""
    box: QComboBox = window.exact.strip.points.mode
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range([mode.key for mode in MODES].index(key)):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData().key == key
    assert list(window.exact.strip.points.editors) == [asked.key for asked in box.currentData().fields]


def begin_with_two(window: DeskWindow, qtbot: QtBot) -> None:
    begin(window, "road_segment")
    for place in (A, B):
        type_in(qtbot, window, official(place[1]), official(place[0]))


def enter_all(window: DeskWindow, qtbot: QtBot, texts: tuple[str, ...]) -> None:
    """Type into every field but leave the last with Enter alone: it adds the vertex."""
    type_in(qtbot, window, *texts, enter=False)
    qtbot.keyClick(list(window.exact.strip.points.editors.values())[len(texts) - 1], ENTER)


@pytest.mark.parametrize(("key", "texts", "expected"), WAYS)
def test_a_way_gives_the_place_that_another_computation_gives(
    window: DeskWindow, qtbot: QtBot, key: str, texts: tuple[str, ...], expected: Callable[[], list[XY]]
) -> None:
    begin_with_two(window, qtbot)
    take_mode(window, qtbot, key)
    type_in(qtbot, window, *texts, enter=False)
    panel, wanted = window.exact.strip.points, expected()
    assert max(panel.solution.count(), 1) == len(wanted)
    found = []
    for _ in wanted:
        panel.solution.setFocus()
        found.append(panel._solutions[max(panel.solution.currentIndex(), 0)][-1].tolist())
        qtbot.keyClick(panel.solution, Qt.Key.Key_Down)
    assert sorted(found) == [pytest.approx(place, abs=GRID) for place in sorted(wanted)]
    qtbot.keyClick(list(panel.editors.values())[-1], ENTER)
    assert vertices(window)[:2] == [A, B]
    assert list(vertices(window)[2]) == found[-1]


def centre_of(one: XY, two: XY, three: XY) -> np.ndarray:
    """The middle of the circle through three points: where two mid-perpendiculars meet."""
    rows = np.array([(two[0] - one[0], two[1] - one[1]), (three[0] - one[0], three[1] - one[1])])
    return np.linalg.solve(rows, (rows**2).sum(axis=1) / 2) + one


def assert_on_arc(xy: np.ndarray, centre: np.ndarray, radius: float, tolerance: float) -> None:
    """All vertices on the circle, and no chord farther from it than the tolerance."""
    assert np.hypot(*(xy - centre).T) == pytest.approx(radius, abs=2 * GRID)
    middles = (xy[1:] + xy[:-1]) / 2
    assert (radius - np.hypot(*(middles - centre).T)).max() <= tolerance + 2 * GRID


def test_an_arc_by_three_points(window: DeskWindow, qtbot: QtBot) -> None:
    begin_with_two(window, qtbot)
    take_mode(window, qtbot, "arc_points")
    enter_all(window, qtbot, (text_of((EAST + 130, NORTH + 60)), text_of(Q), "0,02"))
    found = np.array(vertices(window)[1:])
    assert tuple(found[0]) == B
    assert tuple(found[-1]) == Q
    centre = centre_of(B, (EAST + 130, NORTH + 60), Q)
    assert_on_arc(found, centre, math.dist(centre, B), 0.02)
    assert [EAST + 130, NORTH + 60] in found.tolist()


@pytest.mark.parametrize(("side", "to_right", "is_major"), [(0, True, False), (1, False, False), (2, True, True)])
def test_an_arc_by_its_radius(window: DeskWindow, qtbot: QtBot, side: int, to_right: bool, is_major: bool) -> None:
    begin_with_two(window, qtbot)
    take_mode(window, qtbot, "arc_radius")
    editors = window.exact.strip.points.editors
    editors["side"].setFocus()
    for _ in range(side):
        qtbot.keyClick(editors["side"], Qt.Key.Key_Down)
    enter_all(window, qtbot, (text_of(Q), "50", "", "0,01"))
    found = np.array(vertices(window)[1:])
    assert (tuple(found[0]), tuple(found[-1])) == (B, Q)
    middle, way = (np.array(B) + Q) / 2, np.subtract(Q, B)
    aside = np.array([way[1], -way[0]]) / np.hypot(*way)  # to the right of the way
    height = math.sqrt(50**2 - (way @ way) / 4)
    centre = middle + aside * height * (1 if to_right != is_major else -1)
    assert_on_arc(found, centre, 50, 0.01)
    bulge = (found[len(found) // 2] - middle) @ aside
    assert (bulge < 0) == to_right, "a turn to the right bulges to the left"


def test_a_stake_out_follows_a_bent_road(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    road = shapely.LineString([(EAST, NORTH), (EAST + 300, NORTH + 40), (EAST + 350, NORTH + 260)])
    insert_record(desk, "road_segment", {"name": "Đường 3/2", "from_km": 2.0}, road)
    begin(window, "road_segment")
    take_mode(window, qtbot, "stake_out")
    enter_all(window, qtbot, ("Đường 3/2", "Km2+410,5", "6,5"))
    on_road = road.interpolate(410.5)
    expected = turned((on_road.x, on_road.y), azimuth((EAST + 300, NORTH + 40), (EAST + 350, NORTH + 260)) + 90, 6.5)
    assert vertices(window) == [pytest.approx(expected, abs=GRID)]
    type_in(qtbot, window, "Đường 3/2", "Km2+410,5", enter=False)
    qtbot.keyClick(window.exact.strip.points.editors["road_offset"], ENTER)
    assert vertices(window)[1] == pytest.approx((on_road.x, on_road.y), abs=GRID)


def test_distances_and_azimuths_are_meant_in_the_axis_that_is_shown(window: DeskWindow, qtbot: QtBot) -> None:
    begin_with_two(window, qtbot)
    box = window.status.axis
    box.setCurrentIndex(box.findText(tm_system(105.5).label()))
    box.activated.emit(box.currentIndex())
    take_mode(window, qtbot, "azimuth")
    enter_all(window, qtbot, ("", DMS, "250"))

    def zone(axis: float) -> pyproj.Proj:
        return pyproj.Proj(proj="tmerc", lat_0=0, lon_0=axis, k=0.9999, x_0=500_000, y_0=0, ellps="WGS84")

    own, shown = zone(106.0), zone(105.5)
    expected = own(*shown(*turned(shown(*own(*B, inverse=True)), DEGREES, 250), inverse=True))
    assert vertices(window)[2] == pytest.approx(expected, abs=GRID)


def test_a_typed_arc_is_checked_and_found_to_have_its_tolerance(
    window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest
) -> None:
    begin_with_two(window, qtbot)
    take_mode(window, qtbot, "arc_radius")
    enter_all(window, qtbot, (text_of(Q), "50", "", "0,01"))
    qtbot.mouseClick(window.exact.strip.points.finish, Qt.MouseButton.LeftButton)
    rest()
    record = list_records(desk, "road_segment")[-1]
    assert "GEO-10" not in {finding.rule_id for finding in check_record(desk, record)}
    bare = insert_record(desk, "road_segment", {"name": "Vẽ lại"}, record.geometry).record
    assert "GEO-10" in {finding.rule_id for finding in check_record(desk, bare)}
