"""Choosing by outline, by condition and by place; telling what lies under a click."""

from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.panels.identify_popup import IdentifyPopup
from desktop.panels.select_dialog import SelectDialog
from desktop.pictures import settle_window
from forms.record import Record
from services.desk import Desk
from services.editing import insert_record
from services.reading import list_records
from services.selecting import Join, Relation

EAST, NORTH = 437_000.0, 2_487_000.0


@pytest.fixture
def lot(desk: Desk) -> Record:
    box = shapely.box(EAST - 50, NORTH - 50, EAST + 150, NORTH + 60)
    return insert_record(desk, "land_use_plan_area", {"lot_no": "K1", "code_plan": "ODT"}, box).record


@pytest.fixture
def shown(lot: Record, window: DeskWindow) -> DeskWindow:
    window.commands.show_page("map")
    settle_window(window)
    window.map.zoom_to((EAST - 100, NORTH - 100, EAST + 600, NORTH + 350))
    settle_window(window)
    return window


def at(window: DeskWindow, east: float, north: float) -> QPoint:
    x, y = window.map.canvas.to_screen(np.array([(east, north)]))[0]
    return QPoint(round(x), round(y))


def click(window: DeskWindow, qtbot: QtBot, east: float, north: float, **more: Any) -> None:
    button = more.pop("button", Qt.MouseButton.LeftButton)
    viewport = window.map.canvas.viewport()
    qtbot.mouseMove(viewport, at(window, east, north))
    qtbot.mouseClick(viewport, button, pos=at(window, east, north), **more)


def test_an_outline_picks_what_it_touches(shown: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    shown.actions_by_key["select-polygon"].trigger()
    for east, north in ((EAST - 20, NORTH + 80), (EAST + 120, NORTH + 80), (EAST + 60, NORTH + 130)):
        click(shown, qtbot, east, north)
    click(shown, qtbot, EAST, NORTH + 100, button=Qt.MouseButton.RightButton)
    settle_window(shown)
    road = list_records(desk, "road_segment")[0]
    assert shown.selecting.chosen == {"road_segment": [road.uid]}
    assert shown.actions_by_key["select-polygon"].isChecked()


def test_an_outline_with_shift_adds(shown: DeskWindow, desk: Desk, lot: Record, qtbot: QtBot) -> None:
    shown.selecting.choose({"land_use_plan_area": [lot.uid]})
    shown.actions_by_key["select-polygon"].trigger()
    for east, north in ((EAST - 20, NORTH + 80), (EAST + 120, NORTH + 80), (EAST + 60, NORTH + 130)):
        click(shown, qtbot, east, north)
    shift = Qt.KeyboardModifier.ShiftModifier
    click(shown, qtbot, EAST, NORTH + 100, button=Qt.MouseButton.RightButton, stateKey=shift)
    settle_window(shown)
    assert set(shown.selecting.chosen) == {"land_use_plan_area", "road_segment"}


def test_a_click_tells_of_every_layer(shown: DeskWindow, desk: Desk, lot: Record, qtbot: QtBot) -> None:
    shown.actions_by_key["identify"].trigger()
    click(shown, qtbot, EAST + 24, NORTH + 20)
    [popup] = shown.findChildren(IdentifyPopup)
    titles = [popup.tree.topLevelItem(place).text(0) for place in range(popup.tree.topLevelItemCount())]
    assert titles == ["Đường Lê Lợi", "K1 – Đất ở tại đô thị"]
    lines = [popup.tree.topLevelItem(1).child(place) for place in range(popup.tree.topLevelItem(1).childCount())]
    assert ("Loại đất quy hoạch", "Đất ở tại đô thị") in {(line.text(0), line.text(1)) for line in lines}
    popup.tree.setCurrentItem(popup.tree.topLevelItem(1))
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    settle_window(shown)
    assert shown.record.head.title.text() == "K1 – Đất ở tại đô thị"


def test_a_click_on_nothing_says_so(shown: DeskWindow, qtbot: QtBot) -> None:
    shown.actions_by_key["identify"].trigger()
    click(shown, qtbot, EAST + 580, NORTH - 80)
    [popup] = shown.findChildren(IdentifyPopup)
    assert popup.tree.topLevelItemCount() == 0
    assert not popup.tree.isVisible()
    popup.close()


def choose(box: Any, value: object) -> None:
    box.setCurrentIndex(box.findData(value))


def test_by_condition_and_place(shown: DeskWindow, desk: Desk, lot: Record) -> None:
    shown.selecting.choose({"land_use_plan_area": [lot.uid]})
    shown.actions_by_key["select-by"].trigger()
    dialog = shown.findChild(SelectDialog)
    choose(dialog.type, "road_segment")
    choose(dialog.relation, Relation.INTERSECTS)
    dialog.where.setText("name LIKE 'Đường%'")
    dialog.accept()
    settle_window(shown)
    roads = list_records(desk, "road_segment")
    assert shown.selecting.chosen == {"road_segment": [roads[0].uid, roads[1].uid]}
    assert shown.table.selected_uids() == [roads[0].uid, roads[1].uid]


def test_what_cannot_be_read_is_said_before_it_is_tried(shown: DeskWindow) -> None:
    shown.actions_by_key["select-by"].trigger()
    dialog = shown.findChild(SelectDialog)
    dialog.where.setText("name = ")
    assert not dialog.ok.isEnabled()
    assert "CQL2" in dialog.complaint.text()
    dialog.where.clear()
    choose(dialog.type, "road_segment")
    choose(dialog.relation, Relation.NEAR)
    dialog.distance.setText("2,5")
    choose(dialog.others, "road_segment")
    assert dialog.wanted is not None
    assert dialog.wanted.distance_m == 2.5
    dialog.distance.setText("-2")
    assert dialog.wanted is None
    choose(dialog.others, "")
    assert dialog.complaint.text()
    choose(dialog.type, "planning_dossier")
    assert not dialog.relation.isEnabled()
    dialog.reject()


def test_a_field_that_is_not_there_is_told(shown: DeskWindow) -> None:
    shown.actions_by_key["select-by"].trigger()
    dialog = shown.findChild(SelectDialog)
    choose(dialog.type, "road_segment")
    choose(dialog.join, Join.ADD)
    dialog.where.setText("nothing = 1")
    dialog.accept()
    settle_window(shown)
    assert "nothing" in shown.notices.toast.text
    assert shown.selecting.chosen == {}
