"""Typing in the window's forms with the rest of it around: undo, passing lines, where the cursor begins."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.entry.field_row import FieldRow
from desktop.main_window import DeskWindow
from desktop.pages.add_documents import AddDocuments, Incoming
from desktop.panels.status_line import TITLE_PX, RunningTask
from desktop.pictures import settle_window
from desktop.tasks import TaskRunner
from desktop.theme import Tone
from services.desk import Desk
from services.editing import insert_record
from services.reading import fetch_page, fetch_record

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def active(window: DeskWindow, qtbot: QtBot) -> DeskWindow:
    window.resize(1366, 768)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def _road(desk: Desk) -> str:
    return fetch_page(desk, "road_segment", limit=1).records[0].uid


def _key_of_focus() -> str | None:
    widget = QApplication.focusWidget()
    while widget is not None and not isinstance(widget, FieldRow):
        widget = widget.parentWidget()
    return widget.field.key if widget is not None else None


def test_undo_in_a_field_takes_back_typing_first_and_then_the_last_step(active: DeskWindow, desk: Desk) -> None:
    uid = _road(desk)
    active.selecting.open_record(uid)
    settle_window(active)
    form = active.record.form
    form.focus_field("from_place")
    QTest.keyClicks(QApplication.focusWidget(), "Nga ba")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle_window(active)
    assert fetch_record(desk, uid).values["from_place"] == "Nga ba"
    assert _key_of_focus() == "to_place"

    QTest.keyClicks(QApplication.focusWidget(), "Cau")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, CONTROL)
    settle_window(active)
    assert form.rows["to_place"].editor.text() == ""
    assert fetch_record(desk, uid).values["from_place"] == "Nga ba"

    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, CONTROL)
    settle_window(active)
    assert fetch_record(desk, uid).values["from_place"] is None
    assert form.rows["from_place"].editor.text() == ""
    form.focus_field("name")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    settle_window(active)
    assert fetch_record(desk, uid).values["from_place"] == "Nga ba"


def test_a_passing_line_covers_no_form(active: DeskWindow, desk: Desk) -> None:
    toast = active.notices.toast
    active.selecting.open_record(_road(desk))
    settle_window(active)
    toast.show_text("Một câu dài " * 30, Tone.ERROR)
    assert toast.geometry().right() < active.record_dock.mapTo(active, QPoint()).x()
    assert toast.geometry().left() > active.register_dock.geometry().right()
    insert_record(desk, "planning_dossier", {"name": "Quy hoạch chung xã Bắc Quang"}, None)
    active.pages.setCurrentWidget(active.dossiers)
    settle_window(active)
    assert toast.isVisible()
    assert toast.geometry().right() < active.dossiers.side.mapTo(active, QPoint()).x()


def test_a_child_begins_at_its_first_fact_and_not_at_its_code(active: DeskWindow, desk: Desk) -> None:
    active.selecting.open_record(_road(desk))
    settle_window(active)
    active.record.begin_child("asset_inspection", "asset_uid")
    assert active.record.form.values()["local_code"] is None
    assert _key_of_focus() == "inspected_on"


def test_the_name_of_a_running_task_does_not_widen_the_window(qtbot: QtBot) -> None:
    runner = TaskRunner()
    line = RunningTask()
    qtbot.addWidget(line)
    line.follow(runner)
    title = "Thêm tệp " + "Thuyết minh tổng hợp đồ án quy hoạch chung " * 5
    with qtbot.waitSignal(runner.started):
        task = runner.start(lambda progress: None, title=title)
    assert line._title.sizeHint().width() <= TITLE_PX
    assert line._title.toolTip() == title
    qtbot.waitUntil(lambda: not runner.running)
    assert task.title == title
    runner.shut_down()


def test_what_is_asked_of_a_file_has_no_pins(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    dialog = AddDocuments(desk.catalogue.type("dossier_document"), desk.catalogue, [Incoming(tmp_path / "QD.pdf", {})])
    qtbot.addWidget(dialog)
    dialog.show()
    assert all(row._pin.isHidden() for row in dialog.blocks[0].rows.values())


def test_code_lists_are_read_before_a_form_asks(window: DeskWindow, desk: Desk) -> None:
    codes = desk.catalogue.choice_list("former_communes")
    assert "_words" in vars(codes)


def test_a_record_begun_takes_the_place_of_what_was_chosen(window: DeskWindow, desk: Desk) -> None:
    uids = [record.uid for record in fetch_page(desk, "road_segment").records]
    window.selecting.choose({"road_segment": uids})
    window.editing.begin_record("public_building")
    window.editing.new_record()
    settle_window(window)
    assert window.record.record.type_id == "public_building"
    assert window.selecting.uids == []
    window.actions_by_key["delete"].trigger()
    settle_window(window)
    assert [record.uid for record in fetch_page(desk, "road_segment").records] == uids


def test_the_delete_key_in_a_form_deletes_no_record(active: DeskWindow, desk: Desk) -> None:
    uid = _road(desk)
    for key in ("lighting", "length_m"):
        active.selecting.open_record(uid)
        settle_window(active)
        form = active.record.form
        form.focus_field(key)
        if key == "length_m":
            form.rows[key].editor.line.setFocus()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
        settle_window(active)
        assert fetch_record(desk, uid).uid == uid
    active.map.canvas.setFocus()
    QTest.keyClick(active.map.canvas, Qt.Key.Key_Delete)
    settle_window(active)
    assert uid not in [record.uid for record in fetch_page(desk, "road_segment").records]


def test_nothing_out_of_view_is_deleted(window: DeskWindow, desk: Desk) -> None:
    uid = _road(desk)
    window.selecting.open_record(uid)
    settle_window(window)
    window.pages.setCurrentWidget(window.dossiers)
    window.actions_by_key["delete"].trigger()
    settle_window(window)
    assert uid in [record.uid for record in fetch_page(desk, "road_segment").records]
