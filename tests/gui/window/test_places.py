"""Measuring, going to a place, and bookmarks."""

import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from desktop.exact.bookmark_dialog import BookmarkDialog
from desktop.exact.strip import MEASURE
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from geodesy.datum import transform_xy
from geodesy.systems import WGS84, tm_system
from services.bookmarks import fetch_bookmarks, keep_bookmark
from services.desk import Desk
from services.editing import insert_record
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.exact_hands import ENTER, Rest, official
from tests.gui.window.scanning import texts_of


def test_what_is_measured_is_listed_and_copied(window: DeskWindow, qtbot: QtBot) -> None:
    window.actions_by_key["measure-panel"].trigger()
    settle_window(window)
    assert window.exact.strip.currentIndex() == MEASURE
    window.map.zoom_to((EAST - 100, NORTH - 100, EAST + 100, NORTH + 100))
    settle_window(window)
    window.map.tool.take_points(np.array([(EAST, NORTH), (EAST + 60, NORTH), (EAST + 60, NORTH + 80)]))
    window.map.tool.finish()
    window.map.canvas.viewport().repaint()
    panel = window.exact.strip.measure
    qtbot.waitUntil(lambda: len(panel.model.rows) == 2)
    assert [cell.replace("\u00a0", " ") for cell in panel.model.rows[1].cells] == [
        "2–3", "80,000", "0°00'00,0\"", "90°00'00,0\"",
    ]  # fmt: skip
    text = panel.sums.text().replace("\u00a0", " ")
    assert "2 400,00 m²" in text
    assert "Karney 2013" in text
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert "2–3\t80,000" in QGuiApplication.clipboard().text()
    qtbot.mouseClick(panel.clear, Qt.MouseButton.LeftButton)
    assert panel.model.rows == ()
    assert len(window.map.tool.clicked) == 0


def go(window: DeskWindow, qtbot: QtBot, text: str) -> None:
    window.actions_by_key["go-to"].trigger()
    window.status.position.setText(text)
    qtbot.keyClick(window.status.position, ENTER)
    settle_window(window)


def centre(window: DeskWindow) -> tuple[float, float]:
    return window.map.camera.x, window.map.camera.y


def test_one_box_goes_to_degrees_roads_and_bookmarks(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    lon, lat = transform_xy([[EAST, NORTH]], desk.system, WGS84)[0].tolist()
    go(window, qtbot, f"{lat:.8f} {lon:.8f}")
    assert centre(window) == pytest.approx((EAST, NORTH), abs=5e-3)
    line = shapely.LineString([(EAST, NORTH), (EAST + 500, NORTH)])
    insert_record(desk, "road_segment", {"name": "Đường Hùng Vương", "from_km": 1.0}, line)
    go(window, qtbot, "Km1+200 Hùng Vương")
    assert centre(window) == pytest.approx((EAST + 200, NORTH))
    go(window, qtbot, "đường")
    menu = window.findChild(QMenu, "places menu")
    assert len(menu.actions()) >= 3
    menu.actions()[0].trigger()
    menu.close()


def test_bookmarks_are_added_listed_and_removed(window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest) -> None:
    window.map.zoom_to((EAST, NORTH, EAST + 200, NORTH + 200))
    window.actions_by_key["bookmark"].trigger()
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("Chợ Mới")
    dialog.accept()
    rest()
    assert [one.name for one in fetch_bookmarks(desk)] == ["Chợ Mới"]
    before = centre(window)
    window.map.zoom_to((EAST + 5000, NORTH, EAST + 5200, NORTH + 200))
    window.actions_by_key["bookmarks"].trigger()
    listed = window.findChild(BookmarkDialog)
    qtbot.keyClick(listed.list, ENTER)
    assert centre(window) == pytest.approx(before)
    window.actions_by_key["bookmarks"].trigger()
    listed = next(each for each in window.findChildren(BookmarkDialog) if each.isVisible())
    qtbot.mouseClick(listed.remove, Qt.MouseButton.LeftButton)
    rest()
    assert fetch_bookmarks(desk) == []
    listed.reject()


def sexagesimal(value: float, parts: int) -> str:
    """Degrees, degrees and minutes, or degrees, minutes and seconds."""
    if parts == 1:
        return f"{value:.8f}°"
    whole, minutes = divmod(value * 60, 60)
    if parts == 2:
        return f"{whole:.0f}°{minutes:.6f}'"
    minutes, seconds = divmod(minutes * 60, 60)
    return f"{whole:.0f}°{minutes:.0f}'{seconds:.4f}\""


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize(("north_mark", "east_mark"), [("N", "E"), ("B", "Đ"), ("", "")])
def test_degrees_minutes_and_seconds_go_to_the_same_place(
    window: DeskWindow, desk: Desk, qtbot: QtBot, parts: int, north_mark: str, east_mark: str
) -> None:
    lon, lat = transform_xy([[EAST + 123, NORTH - 45]], desk.system, WGS84)[0].tolist()
    go(window, qtbot, f"{sexagesimal(lat, parts)}{north_mark} {sexagesimal(lon, parts)}{east_mark}")
    assert centre(window) == pytest.approx((EAST + 123, NORTH - 45), abs=5e-3)


@pytest.mark.parametrize("axis", [102.0, 104.75, 105.5, 107.75, 108.5])
def test_numbers_are_meant_in_the_axis_that_is_shown(window: DeskWindow, desk: Desk, qtbot: QtBot, axis: float) -> None:
    shown = tm_system(axis)
    box = window.status.axis
    box.setCurrentIndex(box.findText(shown.label()))
    box.activated.emit(box.currentIndex())
    x, y = transform_xy([[EAST + 77.5, NORTH + 3.25]], desk.system, shown)[0].tolist()
    go(window, qtbot, f"{official(y)} {official(x)}")
    assert centre(window) == pytest.approx((EAST + 77.5, NORTH + 3.25), abs=1e-3)


def test_a_commune_and_a_bookmark_are_gone_to_by_name(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    desk.workspace.replace_boundary(
        {desk.commune.code: shapely.box(EAST, NORTH, EAST + 4000, NORTH + 2000)}, source="x", now=desk.now()
    )
    keep_bookmark(desk, "Ngã ba Chợ Mới", (EAST + 10, NORTH + 10, EAST + 30, NORTH + 30))
    go(window, qtbot, desk.commune.name)
    menu = window.findChild(QMenu, "places menu")
    if menu is not None and menu.isVisible():
        next(action for action in menu.actions() if desk.commune.full_name in action.text()).trigger()
        menu.close()
    assert centre(window) == pytest.approx((EAST + 2000, NORTH + 1000))
    go(window, qtbot, "cho moi")
    assert centre(window) == pytest.approx((EAST + 20, NORTH + 20))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("48.85 2.35", "Việt Nam"),
        ("21°75'00\" 105°00'00\"", "75"),
        ("Km9+999 Đường Lê Lợi", "nằm ngoài"),
        ("Km1+200 đường không có", "Km1+200"),
        ("chỗ nào đó", "chỗ nào đó"),
    ],
)
def test_what_is_no_place_is_told_in_words_and_moves_nothing(
    window: DeskWindow, qtbot: QtBot, text: str, said: str
) -> None:
    window.map.zoom_to((EAST, NORTH, EAST + 200, NORTH + 200))
    before = centre(window)
    go(window, qtbot, text)
    assert centre(window) == before
    shown = " ".join(texts_of(window.notices.toast))
    assert window.notices.toast.isVisible()
    assert said in shown
    assert window.status.position.text() == text, "it stays to be put right"
    assert window.focusWidget() is window.status.position
    assert "LOCATE" not in shown
    assert "COORD" not in shown


def test_what_was_said_of_one_place_is_gone_when_the_next_is_found(window: DeskWindow) -> None:
    window.exact.go_to("không có chỗ nào như vậy", window.status.display)
    settle_window(window)
    assert window.notices.toast.isVisibleTo(window)
    window.exact.go_to(f"{NORTH:.0f} {EAST:.0f}", window.status.display)
    settle_window(window)
    assert not window.notices.toast.isVisibleTo(window)
