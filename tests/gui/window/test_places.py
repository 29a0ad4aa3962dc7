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
from geodesy.systems import WGS84
from services.bookmarks import fetch_bookmarks
from services.desk import Desk
from services.editing import insert_record
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.exact_hands import ENTER, Rest


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
