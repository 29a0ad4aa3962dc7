"""Sketches of several parts with holes, by mouse, keys and typed coordinates; unfinished ones outlive the program."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.map.drawing_aids import DrawingAids
from desktop.panels.sketch_list import SketchList
from desktop.pictures import settle_window
from desktop.session import Session
from forms.record import Actor, Record
from services.desk import Desk
from services.drafting import Draft, fetch_drafts, keep_draft
from services.editing import insert_record
from services.reading import fetch_record, list_records
from services.workspaces import create_desk, open_desk
from tests.gui.window.conftest import NOW
from tests.gui.window.hands import RIGHT, Hand
from tests.gui.window.lots import EAST, LOTS, NORTH, place

FIRST = ((220, -300), (320, -300), (320, -200), (220, -200))
SECOND = ((340, -300), (380, -300), (380, -260))
INSIDE = ((240, -280), (280, -280), (260, -240))
NETWORK = "planning_control_line"


@pytest.fixture
def hand(lots: list[Record], window: DeskWindow, qtbot: QtBot) -> Hand:
    return taken_up(window, qtbot)


def taken_up(window: DeskWindow, qtbot: QtBot, type_id: str = LOTS) -> Hand:
    window.commands.show_page("map")
    window.selecting.show_type(type_id)
    settle_window(window)
    window.map.zoom_to((EAST - 60, NORTH - 360, EAST + 420, NORTH - 100))
    window.map.set_aids(DrawingAids(kinds=frozenset()))
    settle_window(window)
    return Hand(window, qtbot)


def draw(hand: Hand, *places: tuple[float, float]) -> list[tuple[float, float]]:
    """Click places with the drawing tool, without ending; return where the clicks went."""
    if not hand.tool.name.startswith("draw_"):
        hand.window.actions_by_key["draw"].trigger()
    for at in places:
        hand.click(*place(*at))
    return list(hand.tool.points)


def go_on(hand: Hand, key: str) -> None:
    hand.window.actions_by_key[key].trigger()


def begun(hand: Hand) -> Any:
    settle_window(hand.window)
    return hand.window.record.record.geometry


def test_an_area_of_two_parts_with_a_hole_is_one_sketch(hand: Hand) -> None:
    first = draw(hand, *FIRST)
    go_on(hand, "sketch-hole")
    hole = draw(hand, *INSIDE)
    go_on(hand, "sketch-part")
    second = draw(hand, *SECOND)
    hand.click(*place(*SECOND[-1]), RIGHT)
    wanted = shapely.MultiPolygon([(first, [hole]), (second, [])])
    assert begun(hand).equals_exact(shapely.set_precision(wanted, 0), 1e-4)
    assert shapely.get_coordinates(begun(hand)).tolist() == np.round(shapely.get_coordinates(wanted), 4).tolist()
    assert hand.tool.state == ()


def test_keys_begin_parts_and_holes_and_enter_ends(hand: Hand, qtbot: QtBot) -> None:
    draw(hand, *FIRST)
    qtbot.keyClick(hand.window, Qt.Key.Key_H)
    assert [path.is_hole for path in hand.tool.state] == [False, True]
    draw(hand, *INSIDE)
    hand.key(Qt.Key.Key_Return)
    assert len(shapely.get_parts(begun(hand))[0].interiors) == 1


def test_backspace_steps_back_across_parts_and_redo_sets_them_again(hand: Hand) -> None:
    first = draw(hand, *FIRST)
    go_on(hand, "sketch-hole")
    draw(hand, *INSIDE)
    whole = hand.tool.state
    assert "Vẽ lỗ" in hand.window.map_page.hint.text()
    for _ in range(3):
        hand.key(Qt.Key.Key_Backspace)
    assert (hand.tool.points, len(hand.tool.state)) == ([], 2)
    hand.key(Qt.Key.Key_Backspace)
    assert (hand.tool.points, hand.tool.is_hole) == (first, False)
    assert "lỗ" not in hand.window.map_page.hint.text()
    hand.key(Qt.Key.Key_Backspace)
    assert hand.tool.points == first[:-1]
    for _ in range(5):
        go_on(hand, "redo")
    assert hand.tool.state == whole
    for _ in range(5):
        go_on(hand, "undo")
    assert hand.tool.points == first[:-1]


def test_escape_gives_all_parts_up_and_redo_brings_them_back(hand: Hand) -> None:
    draw(hand, *FIRST)
    go_on(hand, "sketch-part")
    draw(hand, *SECOND)
    whole = hand.tool.state
    hand.key(Qt.Key.Key_Escape)
    assert hand.tool.state == ()
    go_on(hand, "redo")
    assert hand.tool.state == whole


@pytest.mark.parametrize(
    ("then", "places", "told"),
    [
        ("sketch-hole", SECOND, "bên trong"),
        ("sketch-part", INSIDE, "chồng"),
        ("sketch-hole", ((240, -280), (280, -240), (280, -280), (240, -240)), "tự cắt"),
    ],
)
def test_what_cannot_be_is_told_and_the_sketch_goes_on(hand: Hand, then: str, places: Any, told: str) -> None:
    draw(hand, *FIRST)
    go_on(hand, then)
    points = draw(hand, *places)
    for again in ("sketch-part", "sketch-finish"):
        go_on(hand, again)
        assert told in hand.window.notices.toast.text
        assert hand.tool.points == points


def test_too_few_vertices_make_no_part(hand: Hand) -> None:
    points = draw(hand, *FIRST[:2])
    go_on(hand, "sketch-part")
    assert "Cần ít nhất 3" in hand.window.notices.toast.text
    assert (hand.tool.points, len(hand.tool.state)) == (points, 1)


def test_a_part_called_for_and_not_drawn_is_none(hand: Hand) -> None:
    draw(hand, *FIRST)
    go_on(hand, "sketch-part")
    hand.click(*place(400, -150), RIGHT)
    assert len(shapely.get_parts(begun(hand))) == 1


def test_lines_have_parts_where_the_type_takes_them(window: DeskWindow, qtbot: QtBot) -> None:
    hand = taken_up(window, qtbot, NETWORK)
    one = draw(hand, *FIRST[:2])
    go_on(hand, "sketch-part")
    other = draw(hand, *SECOND[:2])
    hand.key(Qt.Key.Key_Return)
    assert begun(hand).equals_exact(shapely.MultiLineString([one, other]), 1e-4)
    assert not hand.window.actions_by_key["sketch-hole"].isVisible()


def test_a_type_of_single_lines_says_so(window: DeskWindow, qtbot: QtBot) -> None:
    hand = taken_up(window, qtbot, "road_segment")
    points = draw(hand, *FIRST[:2])
    go_on(hand, "sketch-part")
    assert "một đường liền" in hand.window.notices.toast.text
    assert hand.tool.state[-1].points == tuple(points)


def test_the_buttons_are_there_while_something_is_drawn(hand: Hand) -> None:
    actions = hand.window.actions_by_key
    assert not hand.window.map_page._offers.isVisible()
    go_on(hand, "draw")
    assert hand.window.map_page._offers.isVisible()
    assert not actions["sketch-part"].isEnabled()
    draw(hand, FIRST[0])
    assert actions["sketch-part"].isEnabled()
    go_on(hand, "select")
    assert not hand.window.map_page._offers.isVisible()


def test_typed_coordinates_go_into_every_part(hand: Hand) -> None:
    window = hand.window
    window.actions_by_key["exact-entry"].trigger()
    panel = window.exact.strip.points
    panel.take_mode("coordinates")

    def type_in(*corners: tuple[float, float]) -> list[tuple[float, float]]:
        for east, north in corners:
            panel.editors["north"].setText(f"{NORTH + north:.3f}".replace(".", ","))
            panel.editors["east"].setText(f"{EAST + east:.3f}".replace(".", ","))
            panel._compute()
            panel.add.click()
        return [place(*corner) for corner in corners]

    first = type_in((220.125, -300), (320, -300), (320, -200.001))
    panel.part.click()
    assert panel.vertices == []
    second = type_in((340, -300), (380.5, -300), (380, -260))
    assert panel.finish.isEnabled()
    panel.finish.click()
    found = begun(hand)
    assert shapely.get_coordinates(found).tolist() == [list(xy) for xy in (*first, first[0], *second, second[0])]
    assert hand.tool.state == ()


# What is not finished


def keys_of(desk: Desk) -> list[str]:
    return sorted(draft.key for draft in fetch_drafts(desk))


def test_a_sketch_is_kept_and_offered_again(hand: Hand, desk: Desk, reopen: Callable[[], DeskWindow]) -> None:
    draw(hand, *FIRST)
    go_on(hand, "sketch-hole")
    draw(hand, *INSIDE[:2])
    before = [(path.points, path.is_hole) for path in hand.tool.state]
    again = reopen()
    assert "6 điểm" in again.notices.toast.text
    again.notices.toast._act()
    assert [(path.points, path.is_hole) for path in again.map.tool.state] == before
    assert again.register.type_id == LOTS
    again.map.tool.give_up()
    settle_window(again)
    assert keys_of(desk) == []


def test_a_finished_sketch_is_not_offered(hand: Hand, desk: Desk) -> None:
    draw(hand, *FIRST)
    hand.window.sketches.keep(at_once=True)
    assert keys_of(desk) == [f"sketch:{LOTS}:1"]
    hand.click(*place(260, -210), RIGHT)
    settle_window(hand.window)
    assert not any(key.startswith("sketch") for key in keys_of(desk))


def test_a_second_sketch_leaves_the_first_as_it_is(
    hand: Hand, desk: Desk, reopen: Callable[[], DeskWindow], qtbot: QtBot
) -> None:
    first = draw(hand, *FIRST[:3])
    go_on(hand, "draw")
    assert hand.tool.points == []
    assert hand.window.actions_by_key["kept-sketches"].isEnabled()
    second = draw(hand, *SECOND[:2])
    go_on(hand, "select")
    hand.window.selecting.show_type("road_segment")
    third = draw(hand, *INSIDE[:2])
    again = reopen()
    assert keys_of(desk) == [f"sketch:{LOTS}:1", f"sketch:{LOTS}:2", "sketch:road_segment:1"]
    assert again.actions_by_key["kept-sketches"].isEnabled()
    assert "3 hình" in again.notices.toast.text
    again.notices.toast._act()
    [dialog] = again.findChildren(SketchList)
    assert len(dialog.lines) == 3
    press(dialog, f"sketch:{LOTS}:2", "Bỏ hình này")
    press(dialog, f"sketch:{LOTS}:1", "Vẽ tiếp")
    assert again.map.tool.points == first
    settle_window(again)
    assert keys_of(desk) == [f"sketch:{LOTS}:1", "sketch:road_segment:1"]
    again.sketches.resume("sketch:road_segment:1")
    assert (again.map.tool.name, again.map.tool.points) == ("draw_line", third)
    settle_window(again)
    assert keys_of(desk) == [f"sketch:{LOTS}:1", "sketch:road_segment:1"], "the one before is kept in its turn"
    assert second not in (first, third)


def test_a_sketch_stays_with_the_type_it_was_drawn_for(hand: Hand, desk: Desk) -> None:
    points = draw(hand, *FIRST[:3])
    hand.window.selecting.open_record(list_records(desk, "road_segment")[0].uid)
    settle_window(hand.window)
    assert (hand.tool.name, hand.window.register.type_id) == ("select", "road_segment")
    assert keys_of(desk) == [f"sketch:{LOTS}:1"]
    assert "được giữ lại" in hand.window.notices.toast.text
    hand.window.notices.toast._act()
    assert (hand.tool.points, hand.window.register.type_id) == (points, LOTS)


def press(dialog: SketchList, key: str, text: str) -> None:
    next(button for button in dialog.lines[key].findChildren(QPushButton) if button.text() == text).click()


def test_a_sketch_for_a_record_goes_to_that_record(
    hand: Hand, desk: Desk, reopen: Callable[[], DeskWindow], qtbot: QtBot
) -> None:
    bare = insert_record(desk, LOTS, {"lot_no": "K9"}, None).record
    hand.window.selecting.open_record(bare.uid)
    hand.window.entry.draw_for_record("polygon")
    points = draw(hand, *FIRST[:3])
    again = reopen()
    assert keys_of(desk) == [f"sketch:{bare.uid}:1"]
    assert "K9" in again.notices.toast.text
    again.notices.toast._act()
    Hand(again, qtbot).key(Qt.Key.Key_Return)
    settle_window(again)
    assert fetch_record(desk, bare.uid).geometry.equals_exact(shapely.MultiPolygon([(points, [])]), 1e-4)
    assert len(list_records(desk, LOTS)) == 3
    assert keys_of(desk) == []


def test_a_sketch_kept_by_an_older_program_is_offered(desk: Desk, session: Session, qtbot: QtBot) -> None:
    points = [place(220, -300), place(320, -300)]
    values = {"tool": "draw_polygon", "points": [list(xy) for xy in points]}
    keep_draft(desk, Draft("sketch", LOTS, None, 0, values=values))
    window = DeskWindow(session)
    qtbot.addWidget(window)
    window.notices.toast._act()
    assert window.map.tool.points == points
    settle_window(window)
    window.map.shut_down()


DRAW_AND_DIE = """
import os, signal, sys
from pathlib import Path
from PySide6.QtTest import QTest
import numpy as np
from core.clock import utc_now
from desktop.application import prepare
from desktop.main_window import DeskWindow
from desktop.session import Session
from forms.record import Actor
from services.drafting import fetch_drafts
from services.workspaces import open_desk

app = prepare("vi")
desk = open_desk(Path(sys.argv[1]), actor=Actor("can_bo"), clock=utc_now)
window = DeskWindow(Session(desk))
window.show()
window.selecting.show_type("land_use_plan_area")
window.actions_by_key["draw"].trigger()
window.map.tool.take_points(np.array([(437000.1234, 2487000.5), (437050.25, 2487000.75)]))
waited = 0
while not fetch_drafts(desk):
    QTest.qWait(50)
    waited += 50
    assert waited < 30_000, "nothing was kept"
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such end of a process here")
def test_a_sketch_outlives_a_killed_program(tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "Sổ bị ngắt"
    create_desk(folder, "01153", actor=Actor("can_bo"), clock=lambda: NOW).close()
    script = [sys.executable, "-c", DRAW_AND_DIE, str(folder)]
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    died = subprocess.run(script, cwd=root, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    with open_desk(folder, actor=Actor("can_bo"), clock=lambda: NOW) as desk:
        session = Session(desk)
        window = DeskWindow(session)
        qtbot.addWidget(window)
        assert "2 điểm" in window.notices.toast.text
        window.notices.toast._act()
        assert window.map.tool.points == [(437000.1234, 2487000.5), (437050.25, 2487000.75)]
        settle_window(window)
        window.close()
        session.close()
