"""Findings put right in the window: from the list to the card, the ghosts on the map, the fix and the way back."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.messages import use_language
from desktop.fixing.menu import fix_menu
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from services.desk import Desk
from services.editing import insert_record, update_values
from services.reading import fetch_record, list_records
from tests.gui.window.lots import LOTS, place
from validation.finding import Finding

BOW_TIE = shapely.Polygon([place(0, 0), place(40, 30), place(40, 0), place(0, 30)])


@pytest.fixture
def bow_tie(desk: Desk) -> str:
    """The uid of a lot that crosses itself; stored before the window opens."""
    return insert_record(desk, LOTS, {"lot_no": "K1"}, BOW_TIE).record.uid


@pytest.fixture
def bow_ties(desk: Desk) -> list[str]:
    shapes = [shapely.transform(BOW_TIE, lambda xy, at=at: xy + (100 * at, 0)) for at in range(3)]
    return [insert_record(desk, LOTS, {"lot_no": f"K{at}"}, shape).record.uid for at, shape in enumerate(shapes)]


def choose(window: DeskWindow, rule_id: str) -> Finding:
    """Click on the first finding of a rule in the list."""
    window.commands.show_under("findings")
    finding = next(each for each in window.findings.findings if each.rule_id == rule_id)
    window.findings.show_finding(finding)
    return finding


def open_card(window: DeskWindow, qtbot: QtBot, rule_id: str) -> Finding:
    """Open the card for the first finding of a rule, as every list does."""
    finding = next(each for each in window.findings.findings if each.rule_id == rule_id)
    window.findings.fix_wanted.emit(finding)
    settle_window(window)
    qtbot.waitUntil(window.fixing.panel.isVisible)
    return finding


def test_from_the_list_to_a_mended_shape_and_back(bow_tie: str, window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    open_card(window, qtbot, "GEO-02")
    card = window.fixing.panel
    assert window.pages.currentWidget() is window.map_page
    assert [button.text() for button in card.buttons] == ["Làm cho hình hợp lệ, giữ nguyên phần khoét"]
    assert "diện tích 0,0 → 600,0 m² (+600,0 m²)" in card.changes.text()
    assert window.fixing.ghosts.is_shown
    assert not fetch_record(desk, bow_tie).geometry.is_valid, "looking changes nothing"  # type: ignore[union-attr]
    qtbot.mouseClick(card.do_one, Qt.MouseButton.LeftButton)
    settle_window(window)
    assert fetch_record(desk, bow_tie).geometry.is_valid  # type: ignore[union-attr]
    assert not card.isVisible()
    assert not window.fixing.ghosts.is_shown
    toast = window.notices.toast
    assert toast.isVisible()
    assert "Sửa lỗi GEO-02" in toast.text
    assert not [finding for finding in window.findings.findings if finding.rule_id == "GEO-02"]
    qtbot.mouseClick(toast._button, Qt.MouseButton.LeftButton)
    settle_window(window)
    assert not fetch_record(desk, bow_tie).geometry.is_valid  # type: ignore[union-attr]


def test_one_after_the_other_and_passing_over(
    bow_ties: list[str], window: DeskWindow, desk: Desk, qtbot: QtBot
) -> None:
    first = open_card(window, qtbot, "GEO-02")
    card = window.fixing.panel
    assert card.do_all.text() == "Sửa tất cả cùng loại (3)"
    qtbot.mouseClick(card.leave, Qt.MouseButton.LeftButton)
    settle_window(window)
    assert card.isVisible()
    second = window.fixing.finding
    assert second is not None
    assert second.uid != first.uid
    qtbot.mouseClick(card.do_one, Qt.MouseButton.LeftButton)
    settle_window(window)
    third = window.fixing.finding
    assert third is not None
    assert third.uid not in (first.uid, second.uid)
    qtbot.mouseClick(card.leave, Qt.MouseButton.LeftButton)
    settle_window(window)
    assert not card.isVisible()
    valid = {
        record.uid for record in list_records(desk, LOTS) if record.geometry is not None and record.geometry.is_valid
    }
    assert valid == {second.uid}


def test_all_of_a_kind_is_one_step(bow_ties: list[str], window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    open_card(window, qtbot, "GEO-02")
    update_values(desk, bow_ties[1], {"lot_no": "đổi"}, expected=fetch_record(desk, bow_ties[1]).revision)
    qtbot.mouseClick(window.fixing.panel.do_all, Qt.MouseButton.LeftButton)
    settle_window(window)
    assert "Đã sửa 2 lỗi." in window.notices.toast.text
    assert "bản ghi đã thay đổi" in window.notices.toast.text
    assert sum(record.geometry.is_valid for record in list_records(desk, LOTS) if record.geometry is not None) == 2
    window.editing.undo()
    settle_window(window)
    assert not any(record.geometry.is_valid for record in list_records(desk, LOTS) if record.geometry is not None)


def test_ways_are_chosen_by_their_button(
    desk: Desk, window: DeskWindow, qtbot: QtBot, rest: Callable[[], None]
) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "QHC xã"}, None).record.uid
    for number, (west, east) in enumerate(((0, 50), (40, 100))):
        box = shapely.box(*place(west, 0), *place(east, 40))
        insert_record(desk, LOTS, {"lot_no": f"K{number}", "dossier_uid": dossier}, box)
    window.news.note_change(None)
    settle_window(window)
    open_card(window, qtbot, "TOP-04")
    card = window.fixing.panel
    first, second = card.buttons
    assert "K1" in first.text()
    assert "K0" in second.text()
    second.click()
    assert card.chosen is not None
    assert "K0" in card.changes.text()
    qtbot.mouseClick(card.do_one, Qt.MouseButton.LeftButton)
    settle_window(window)
    areas = {record.values["lot_no"]: record.geometry.area for record in list_records(desk, LOTS) if record.geometry}
    assert areas == {"K0": 1600, "K1": 2400}


def test_what_only_a_person_can_mend_says_so(desk: Desk, window: DeskWindow, qtbot: QtBot) -> None:
    insert_record(desk, LOTS, {"lot_no": "K1", "code_plan": "ONT+CLN"}, shapely.box(*place(0, 0), *place(9, 9)))
    window.news.note_change(None)
    settle_window(window)
    open_card(window, qtbot, "ATT-08")
    assert "không tự sửa được" in window.fixing.panel.changes.text()
    assert not window.fixing.panel.do_one.isVisible()


def test_the_button_waits_for_a_finding_that_may_be_fixed(bow_tie: str, window: DeskWindow, qtbot: QtBot) -> None:
    window.commands.show_under("findings")
    assert not window.findings.fix_button.isVisible()
    choose(window, "GEO-02")
    assert window.findings.fix_button.isEnabled()
    choose(window, "ATT-01")
    assert not window.findings.fix_button.isEnabled()
    choose(window, "GEO-02")
    qtbot.mouseClick(window.findings.fix_button, Qt.MouseButton.LeftButton)
    settle_window(window)
    assert window.fixing.panel.isVisible()


def test_from_the_findings_of_a_record(bow_tie: str, window: DeskWindow, qtbot: QtBot) -> None:
    window.selecting.open_record(bow_tie)
    settle_window(window)
    listed = window.record.findings
    window.record.tabs.setCurrentWidget(listed)
    settle_window(window)
    rows = [listed.list.item(at).data(Qt.ItemDataRole.UserRole).rule_id for at in range(listed.list.count())]
    listed.list.setCurrentRow(rows.index("GEO-02"))
    assert listed.fix_button.isVisible()
    qtbot.mouseClick(listed.fix_button, Qt.MouseButton.LeftButton)
    settle_window(window)
    assert window.fixing.panel.isVisible()
    assert window.fixing.panel.buttons
    window.fixing.panel.close_panel()
    assert not window.fixing.ghosts.is_shown


def test_by_the_command(bow_tie: str, window: DeskWindow) -> None:
    window.findings.card.show_nothing()
    window.actions_by_key["fix-finding"].trigger()
    assert "Hãy chọn một phát hiện" in window.notices.toast.text
    choose(window, "GEO-02")
    window.actions_by_key["fix-finding"].trigger()
    settle_window(window)
    assert window.fixing.panel.isVisible()


def test_the_menu_of_a_finding(bow_tie: str, window: DeskWindow, qtbot: QtBot) -> None:
    finding = choose(window, "GEO-02")
    asked: list[Finding] = []
    menu: QMenu = fix_menu(finding, asked.append)
    [action] = menu.actions()
    action.trigger()
    assert asked == [finding]
    tree = window.findings.tree
    centre: QPoint = tree.visualRect(tree.currentIndex()).center()
    assert window.findings._finding_at(centre) is finding


def test_a_finding_of_yesterday_is_refused_in_words(bow_tie: str, window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    finding = next(each for each in window.findings.findings if each.rule_id == "GEO-02")
    update_values(desk, bow_tie, {"lot_no": "đổi"}, expected=fetch_record(desk, bow_tie).revision)
    window.findings.fix_wanted.emit(finding)
    settle_window(window)
    assert not window.fixing.panel.isVisible()
    assert "đã được sửa sau lần kiểm tra" in window.notices.toast.text


def test_english_words(bow_tie: str, session: Any, qtbot: QtBot) -> None:
    use_language("en")
    window = DeskWindow(session)
    qtbot.addWidget(window)
    window.show()
    settle_window(window)
    open_card(window, qtbot, "GEO-02")
    card = window.fixing.panel
    assert card.buttons[0].text() == "Make the shape valid, holes stay holes"
    assert "area 0.0 → 600.0 m² (+600.0 m²)" in card.changes.text()
    window.map.shut_down()
