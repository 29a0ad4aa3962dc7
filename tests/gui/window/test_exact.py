"""Exact vertices with real keys."""

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.messages import use_language
from desktop.exact.modes import MODES
from desktop.exact.strip import POINTS, TABLE
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from geodesy.datum import transform_xy
from geodesy.survey.positions import azimuth_between, point_by_azimuth
from geodesy.systems import WGS84, tm_system
from services.desk import Desk
from services.editing import insert_record
from services.reading import list_records
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.exact_hands import ENTER, Rest, begin, official, type_in, vertices


def test_a_polygon_is_typed_with_the_keyboard_alone(window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest) -> None:
    begin(window)
    assert window.map.tool.name == "draw_polygon"
    assert not window.record_dock.isVisible()
    corners = [(EAST, NORTH), (EAST + 100.5, NORTH), (EAST + 100.5, NORTH + 80.1234), (EAST, NORTH + 80)]
    for east, north in corners:
        type_in(qtbot, window, official(north, 4), official(east, 4))
    assert vertices(window) == corners
    assert window.exact.strip.points.model.rowCount() == 4
    assert window.exact.strip.points.editors["north"].hasFocus()
    qtbot.keyClick(window.exact.strip.points.editors["north"], ENTER, Qt.KeyboardModifier.ControlModifier)
    rest()
    record = list_records(desk, "land_use_plan_area")[-1]
    assert shapely.equals_exact(
        shapely.normalize(record.geometry.geoms[0]), shapely.normalize(shapely.Polygon(corners))
    )
    assert record.lineage.capture_method == "tu_bang_toa_do"
    assert len(record.lineage.raw_coordinates.splitlines()) == 4
    assert not window.exact.strip.isVisible()
    assert window.record_dock.isVisible()


def test_what_was_given_up_is_no_source_of_what_is_drawn_next(
    window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest
) -> None:
    begin(window, "road_segment")
    type_in(qtbot, window, official(NORTH), official(EAST))
    window.map.tool.key_pressed(Qt.Key.Key_Escape)
    window.map.tool.take_points(np.array([(EAST + 5, NORTH), (EAST + 50, NORTH)]))
    window.map.tool.finish()
    rest()
    drawn = list_records(desk, "road_segment")[-1].lineage
    assert (drawn.capture_method, drawn.raw_coordinates) == ("so_hoa_ban_do", None)
    begin(window, "road_segment")
    type_in(qtbot, window, official(NORTH), official(EAST))
    window.map.tool.take_points(np.array([(EAST + 50, NORTH)]))
    window.map.tool.finish()
    rest()
    mixed = list_records(desk, "road_segment")[-1].lineage
    assert mixed.capture_method == "so_hoa_ban_do"
    assert mixed.raw_coordinates.startswith("coordinates [")


def test_where_typed_vertices_came_from_outlives_the_window(
    window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest, reopen: Callable[[], DeskWindow]
) -> None:
    begin(window, "road_segment")
    type_in(qtbot, window, official(NORTH), official(EAST))
    type_in(qtbot, window, official(NORTH), official(EAST + 50))
    again = reopen()
    again.notices.toast._act()
    again.map.tool.finish()
    rest()
    made = list_records(desk, "road_segment")[-1].lineage
    assert made.capture_method == "tu_bang_toa_do"
    assert len(made.raw_coordinates.splitlines()) == 2


def test_both_coordinates_may_stand_in_the_first_field(window: DeskWindow, qtbot: QtBot) -> None:
    begin(window)
    type_in(qtbot, window, f"{NORTH:.3f} {EAST:.3f}")
    assert vertices(window) == [(EAST, NORTH)]


def test_exchanged_coordinates_are_told_and_not_taken(window: DeskWindow, qtbot: QtBot) -> None:
    begin(window)
    type_in(qtbot, window, official(EAST), official(NORTH))
    assert vertices(window) == []
    assert "đảo" in window.exact.strip.points.told.text()
    assert not window.exact.strip.points.add.isEnabled()


def test_distance_and_azimuth_from_the_last_vertex(window: DeskWindow, qtbot: QtBot) -> None:
    begin(window, "road_segment")
    type_in(qtbot, window, official(NORTH), official(EAST))
    window.exact.strip.points.take_mode("azimuth")
    type_in(qtbot, window, "", "123°27'41\"", "45,30", enter=False)
    panel = window.exact.strip.points
    assert "45,300" in panel.told.text()
    expected = np.round(point_by_azimuth((EAST, NORTH), 123 + 27 / 60 + 41 / 3600, 45.3), 4).tolist()
    assert panel._preview._points.tolist() == [expected]
    qtbot.keyClick(panel.editors["distance"], ENTER)
    assert vertices(window)[1] == tuple(expected)
    panel.take_mode("deflection")
    type_in(qtbot, window, "-90", "10")
    assert azimuth_between(*vertices(window)[1:]) == pytest.approx(33 + 27 / 60 + 41 / 3600, abs=1e-3)


def test_two_solutions_are_shown_and_one_is_chosen(window: DeskWindow, qtbot: QtBot) -> None:
    begin(window, "road_segment")
    for step in (0, 60):
        type_in(qtbot, window, official(NORTH + step), official(EAST))
    panel = window.exact.strip.points
    panel.take_mode("distances")
    type_in(qtbot, window, "#1", "50", "#2", "50", enter=False)
    assert panel.solution.count() == 2
    assert len(panel._preview._others) == 1
    panel.solution.setCurrentIndex(1)
    panel.solution.activated.emit(1)
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert vertices(window)[-1] == (EAST + 40, NORTH + 30)


@pytest.mark.parametrize(
    ("mode", "texts", "expected"),
    [
        ("polar", ("#2", "#1", "90", "10"), (EAST - 10, NORTH + 60)),
        ("offset", ("#1", "#2", "20", "5"), (EAST + 5, NORTH + 20)),
        ("bearings", ("#1", "45", "#2", "135"), (EAST + 30, NORTH + 30)),
        ("bearing_distance", ("#1", "0", "#2", "30"), (EAST, NORTH + 30)),
    ],
)
def test_every_other_way_gives_its_point(
    window: DeskWindow, qtbot: QtBot, mode: str, texts: tuple[str, ...], expected: tuple[float, float]
) -> None:
    begin(window, "road_segment")
    for step in (0, 60):
        type_in(qtbot, window, official(NORTH + step), official(EAST))
    window.exact.strip.points.take_mode(mode)
    type_in(qtbot, window, *texts, enter=False)
    qtbot.mouseClick(window.exact.strip.points.add, Qt.MouseButton.LeftButton)
    assert vertices(window)[-1] == expected


def test_an_arc_brings_its_vertices_and_keeps_its_tolerance(
    window: DeskWindow, qtbot: QtBot, desk: Desk, rest: Rest
) -> None:
    begin(window, "road_segment")
    type_in(qtbot, window, official(NORTH), official(EAST))
    panel = window.exact.strip.points
    panel.take_mode("arc_radius")
    type_in(qtbot, window, f"{NORTH + 40:.3f} {EAST + 40:.3f}", "40", "", "0,05", enter=False)
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    found = np.array(vertices(window))
    assert tuple(found[-1]) == (EAST + 40, NORTH + 40)
    assert np.hypot(*(found - (EAST + 40, NORTH)).T) == pytest.approx(40, abs=1e-3)
    panel.take_mode("arc_points")
    type_in(qtbot, window, f"{NORTH + 50:.3f} {EAST + 60:.3f}", f"{NORTH + 40:.3f} {EAST + 80:.3f}", enter=False)
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert vertices(window)[-1] == (EAST + 80, NORTH + 40)
    qtbot.mouseClick(panel.finish, Qt.MouseButton.LeftButton)
    rest()
    raw = list_records(desk, "road_segment")[-1].lineage.raw_coordinates
    assert "arc_radius" in raw
    assert "0,05" in raw


def test_a_place_is_staked_out_along_a_road(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    line = shapely.LineString([(EAST, NORTH), (EAST + 500, NORTH)])
    insert_record(desk, "road_segment", {"name": "Đường 3/2", "from_km": 1.0, "to_km": 1.5}, line)
    begin(window, "road_segment")
    window.exact.strip.points.take_mode("stake_out")
    type_in(qtbot, window, "Đường 3/2", "Km1+200", "-5", enter=False)
    qtbot.mouseClick(window.exact.strip.points.add, Qt.MouseButton.LeftButton)
    assert vertices(window) == [(EAST + 200, NORTH + 5)]
    type_in(qtbot, window, "Đường 3/2", "1+900", "", enter=False)
    assert "500" in window.exact.strip.points.told.text()


def test_entry_follows_the_axis_of_the_status_bar(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    begin(window, "road_segment")
    other = tm_system(105.5)
    x, y = transform_xy([[EAST, NORTH]], desk.system, other)[0].tolist()
    box = window.status.axis
    box.setCurrentIndex(box.findText(other.label()))
    box.activated.emit(box.currentIndex())
    type_in(qtbot, window, official(y, 4), official(x, 4))
    assert vertices(window)[0] == pytest.approx((EAST, NORTH), abs=1e-4)
    assert window.exact.strip.points.model.data(window.exact.strip.points.model.index(0, 1)).startswith("2")
    box.setCurrentIndex(box.findText(WGS84.label()))
    box.activated.emit(box.currentIndex())
    lon, lat = transform_xy([[EAST + 50, NORTH]], desk.system, WGS84)[0].tolist()
    type_in(qtbot, window, f"{lat:.9f}", f"{lon:.9f}")
    assert vertices(window)[1] == pytest.approx((EAST + 50, NORTH), abs=1e-3)


def test_every_zone_can_be_shown_and_the_strip_begins_with_the_one_shown(window: DeskWindow) -> None:
    labels = [window.status.axis.itemText(place) for place in range(window.status.axis.count())]
    assert labels[0] == window.session.desk.system.label()
    assert {tm_system(105.5).label(), tm_system(108.25).label(), WGS84.label()} <= set(labels)
    assert window.exact.strip.points._plane.display == window.status.display


def test_vertices_can_be_put_right_and_taken_out(window: DeskWindow, qtbot: QtBot) -> None:
    begin(window)
    for step in (0, 60, 90):
        type_in(qtbot, window, official(NORTH + step), official(EAST + step))
    panel = window.exact.strip.points
    model = panel.model
    assert model.setData(model.index(1, 1), official(NORTH + 61.5))
    qtbot.wait(5)
    assert vertices(window)[1] == (EAST + 60, NORTH + 61.5)
    assert model.setData(model.index(1, 1), "không phải số")
    assert vertices(window)[1] == (EAST + 60, NORTH + 61.5)
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert vertices(window) == [(EAST + 60, NORTH + 61.5), (EAST + 90, NORTH + 90)]


def test_delete_in_the_list_never_deletes_records_and_esc_empties_the_fields(
    window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest
) -> None:
    uids = [record.uid for record in list_records(desk, "road_segment")]
    begin(window, "road_segment")
    window.selecting.choose({"road_segment": uids})
    type_in(qtbot, window, official(NORTH), official(EAST))
    panel = window.exact.strip.points
    panel.table.selectRow(0)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    rest()
    assert vertices(window) == []
    assert len(list_records(desk, "road_segment")) == len(uids)
    type_in(qtbot, window, official(NORTH), enter=False)
    qtbot.keyClick(panel.editors["north"], Qt.Key.Key_Escape)
    assert panel.editors["north"].text() == ""
    qtbot.keyClick(panel.editors["north"], Qt.Key.Key_Escape)
    assert window.map.canvas.hasFocus()


def test_points_clicked_on_the_map_stand_in_the_list(window: DeskWindow, qtbot: QtBot) -> None:
    begin(window, "road_segment")
    window.map.zoom_to((EAST - 100, NORTH - 100, EAST + 100, NORTH + 100))
    settle_window(window)
    qtbot.mouseClick(window.map.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 90))
    window.map.repaint()
    settle_window(window)
    assert len(vertices(window)) == 1
    qtbot.waitUntil(lambda: window.exact.strip.points.model.rowCount() == 1)


def test_a_line_is_closed_and_a_misclosure_is_told(window: DeskWindow, qtbot: QtBot, desk: Desk, rest: Rest) -> None:
    begin(window, "road_segment")
    for east, north in ((0, 0), (100, 0), (100, 100), (0.03, 0.04)):
        type_in(qtbot, window, official(NORTH + north), official(EAST + east))
    panel = window.exact.strip.points
    assert "0,050" in panel.summary.text()
    qtbot.mouseClick(panel.remove, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.close_ring, Qt.MouseButton.LeftButton)
    rest()
    assert list_records(desk, "road_segment")[-1].geometry.is_closed


def test_a_point_record_is_made_by_one_entry(window: DeskWindow, qtbot: QtBot, desk: Desk, rest: Rest) -> None:
    begin(window, "survey_point")
    type_in(qtbot, window, official(NORTH + 0.5), official(EAST))
    rest()
    assert window.record.record.geometry.coords[0] == (EAST, NORTH + 0.5)


def test_every_mode_has_words_and_a_field_to_begin_with(window: DeskWindow) -> None:
    begin(window)
    for language in ("vi", "en"):
        use_language(language)
        for mode in MODES:
            window.exact.strip.points.take_mode(mode.key)
            for row in range(window.exact.strip.points.fields.form.rowCount()):
                label = window.exact.strip.points.fields.form.itemAt(
                    row, window.exact.strip.points.fields.form.ItemRole.LabelRole
                )
                assert "EXACT" not in label.widget().text()
    use_language("vi")


def test_the_keys_are_those_of_qgis(window: DeskWindow) -> None:
    keys = {key: window.actions_by_key[key].shortcut().toString() for key in ("bookmark", "bookmarks", "register")}
    assert keys == {"bookmark": "Ctrl+B", "bookmarks": "Ctrl+Shift+B", "register": "Ctrl+Shift+R"}


def test_the_strip_gives_its_place_back(window: DeskWindow) -> None:
    window.commands.show_page("map")
    assert window.record_dock.isVisible()
    for key, page in (("exact-entry", POINTS), ("coordinate-table", TABLE)):
        window.selecting.show_type("road_segment")
        window.actions_by_key[key].trigger()
        assert window.exact.strip.currentIndex() == page
        assert not window.record_dock.isVisible()
        window.actions_by_key[key].trigger()
        assert window.record_dock.isVisible()
    window.actions_by_key["exact-entry"].trigger()
    window.commands.show_page("home")
    window.commands.show_page("map")
    assert not window.record_dock.isVisible()
    assert window.exact.strip.isVisible()
