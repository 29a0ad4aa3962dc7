"""Deciding in the window what commune and province changed differently."""

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.conflicts.decide_dialog import DecideDialog
from desktop.conflicts.two_shapes import TwoShapes
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from forms.content import GEOMETRY, geometry_to_hex, record_content
from forms.record import Record, State
from services.conflicts import list_conflicts
from services.desk import Desk
from services.editing import delete_records, update_geometry, update_values
from services.overview import build_overview
from services.reading import fetch_page, fetch_record


@pytest.fixture
def parked(desk: Desk) -> Record:
    """A road whose width, name and shape commune and province changed differently."""
    before = fetch_record(desk, fetch_page(desk, "road_segment").records[0].uid)
    assert before.geometry is not None
    kind, held = desk.catalogue.type("road_segment"), record_content(before)
    theirs = {
        **held,
        "formation_w": 7.0,
        "name": "Đường Lê Lợi nối dài",
        "lanes": 2,
        GEOMETRY: geometry_to_hex(shapely.transform(before.geometry, lambda xy: xy + [0.0, 12.0])),
    }
    with desk.work("WORK-PULL", kind="pull") as work:
        work.set_base(kind, before.uid, revision=1, content=held)
        work.park_conflict(kind, before.uid, revision=2, theirs=theirs)
    ours = {"formation_w": 6.0, "name": "Phố Lê Lợi"}
    saved = update_values(desk, before.uid, ours, expected=before.revision).record
    moved = shapely.transform(before.geometry, lambda xy: xy + [5.0, 0.0])
    return update_geometry(desk, before.uid, moved, expected=saved.revision).record


@pytest.fixture
def window(parked: Record, window: DeskWindow) -> DeskWindow:
    settle_window(window)
    return window


def open_first(window: DeskWindow) -> DecideDialog:
    """Click the row of the conflict on the page Gửi tỉnh."""
    window.commands.show_page("send-page")
    settle_window(window)
    [row] = window.send_page.trouble.rows_model.rows
    assert "Bấm để quyết định" in row.cells[2]
    window.send_page.trouble.clicked.emit(window.send_page.trouble.rows_model.index(0, 0))
    settle_window(window)
    assert window.conflicts.dialog is not None
    return window.conflicts.dialog


def card(dialog: DecideDialog, key: str):  # type: ignore[no-untyped-def]
    return next(item for item in dialog.cards if item.key == key)


def test_every_field_is_decided_by_itself(window: DeskWindow, desk: Desk, parked: Record, qtbot: QtBot) -> None:
    dialog = open_first(window)
    assert {item.key for item in dialog.cards} == {"formation_w", "name", GEOMETRY}
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "Tỉnh đổi Đường Lê Lợi → Đường Lê Lợi nối dài, xã đổi Đường Lê Lợi → Phố Lê Lợi." in texts
    assert "Số làn xe" in texts, "what is not in dispute is named"
    assert not dialog.ok.isEnabled()
    card(dialog, "name").take("theirs")
    card(dialog, GEOMETRY).take("ours")
    width = card(dialog, "formation_w")
    qtbot.keyClicks(width.editor.focusProxy(), "sau")
    assert not dialog.ok.isEnabled(), "what is typed is no number"
    assert width.complaint.isVisible()
    width.editor.set_text("6,5")
    width.editor.edited.emit()
    assert dialog.ok.isEnabled()
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle_window(window)
    now = fetch_record(desk, parked.uid)
    assert (now.values["formation_w"], now.values["name"], now.values["lanes"]) == (6.5, "Đường Lê Lợi nối dài", 2)
    assert now.geometry is not None
    assert now.geometry.equals_exact(parked.geometry, 0)
    assert list_conflicts(desk) == []
    assert window.send_page.trouble.rows_model.rows == ()


def test_all_of_the_provinces_at_once(window: DeskWindow, desk: Desk, parked: Record) -> None:
    dialog = open_first(window)
    dialog.take_all("theirs")
    dialog.ok.click()
    settle_window(window)
    now = fetch_record(desk, parked.uid)
    assert (now.values["name"], now.state) == ("Đường Lê Lợi nối dài", State.ACCEPTED)


def test_later_leaves_everything_as_it_is(window: DeskWindow, desk: Desk, parked: Record) -> None:
    dialog = open_first(window)
    dialog.take_all("ours")
    dialog.later.click()
    settle_window(window)
    assert fetch_record(desk, parked.uid) == parked
    assert [item.uid for item in list_conflicts(desk)] == [parked.uid]


def test_what_moved_meanwhile_is_shown_anew(window: DeskWindow, desk: Desk, parked: Record) -> None:
    dialog = open_first(window)
    update_values(desk, parked.uid, {"formation_w": 6.2}, expected=parked.revision)
    dialog.take_all("theirs")
    dialog.ok.click()
    settle_window(window)
    again = window.conflicts.dialog
    assert again is not dialog
    assert again is not None
    assert "6,20 m" in card(again, "formation_w").buttons.button(0).text()
    assert fetch_record(desk, parked.uid).values["formation_w"] == 6.2


def test_a_deleted_record_is_one_choice(window: DeskWindow, desk: Desk, parked: Record) -> None:
    delete_records(desk, [parked.uid])
    window.conflicts.open(parked.uid)
    settle_window(window)
    dialog = window.conflicts.dialog
    assert dialog is not None
    [only] = dialog.cards
    assert only.editor is None
    assert [button.text() for button in only.buttons.buttons()] == [
        "Lấy bản của xã: xóa bản ghi",
        "Lấy bản của tỉnh: giữ bản ghi",
    ]
    only.take("theirs")
    dialog.ok.click()
    settle_window(window)
    assert fetch_record(desk, parked.uid).values["name"] == "Đường Lê Lợi nối dài"


def test_the_divider_shows_each_side_by_itself(window: DeskWindow) -> None:
    shapes = open_first(window).findChild(TwoShapes)
    assert shapes is not None
    pictures = []
    for value in (0, 1000):
        shapes.slider.setValue(value)
        pictures.append(shapes.map.grab().toImage())
    assert pictures[0] != pictures[1]


def test_the_first_page_names_what_waits(window: DeskWindow, desk: Desk) -> None:
    assert {task.code: task.count for task in build_overview(desk).tasks}["TODAY-CONFLICTS"] == 1
