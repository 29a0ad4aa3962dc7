"""A hand that is quicker than the store: shapes edited again before the first edit is stored, or changed meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QEvent, Qt
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from forms.record import Record
from services.desk import Desk
from services.editing import delete_records, insert_record, undo, update_geometry
from services.reading import fetch_record, list_records
from tests.gui.window.hands import LEFT, Hand
from tests.gui.window.lots import EAST, LOTS, NORTH, box, place


@pytest.fixture
def hand(lots: list[Record], window: DeskWindow, qtbot: QtBot) -> Hand:
    window.commands.show_page("map")
    window.selecting.show_type(LOTS)
    settle_window(window)
    window.map.zoom_to((EAST - 60, NORTH - 360, EAST + 420, NORTH - 100))
    window.map.set_aids(replace(window.map.aids, is_snapping=False))
    settle_window(window)
    window.actions_by_key["vertices"].trigger()
    made = Hand(window, qtbot)
    made.click(*place(50, -250))
    return made


def near(shape: Any, corners: Sequence[tuple[float, float]]) -> bool:
    """Whether a shape is that of the corners, as far as a hand meets a place by the pixel."""
    wanted = shapely.Polygon([place(*corner) for corner in corners])
    return float(shapely.hausdorff_distance(shape, wanted)) < 1.5


@pytest.mark.parametrize("is_topological", [False, True])
def test_no_edit_is_lost_or_refused_when_the_next_follows_at_once(
    hand: Hand, desk: Desk, lots: list[Record], is_topological: bool
) -> None:
    hand.window.map.set_aids(replace(hand.window.map.aids, is_topological=is_topological))
    for start, end in (((100, -200), (110, -190)), ((110, -190), (120, -180)), ((100, -300), (105, -310))):
        hand.drag(place(*start), place(*end))
    settle_window(hand.window)
    shapes = [record.geometry for record in list_records(desk, LOTS)]
    assert near(shapes[0], [(0, -300), (105, -310), (120, -180), (0, -200)])
    if is_topological:
        assert near(shapes[1], [(105, -310), (200, -300), (200, -200), (120, -180)])
        assert shapely.coverage_is_valid(shapes), "the border is one still"
    for _ in range(3):
        undo(desk)
    assert [record.geometry for record in list_records(desk, LOTS)] == [lot.geometry for lot in lots]


def test_a_shape_that_changed_under_the_hand_is_not_overwritten(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.move(*place(100, -200))
    hand._send(QEvent.Type.MouseButtonPress, *place(100, -200), LEFT)
    hand._send(QEvent.Type.MouseMove, *place(110, -190), Qt.MouseButton.NoButton, held=LEFT)
    theirs = box(0, -320, 90, -200)
    update_geometry(desk, lots[0].uid, theirs, expected=lots[0].revision)
    hand._send(QEvent.Type.MouseMove, *place(120, -180), Qt.MouseButton.NoButton, held=LEFT)
    hand._send(QEvent.Type.MouseButtonRelease, *place(120, -180), LEFT)
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.equals(theirs)
    assert "không có gì bị ghi đè" in hand.window.notices.toast.text
    hand.drag(place(90, -200), place(80, -190))
    settle_window(hand.window)
    assert near(fetch_record(desk, lots[0].uid).geometry, [(0, -320), (90, -320), (80, -190), (0, -200)])


def test_a_record_deleted_under_the_hand_is_told(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    delete_records(desk, [lots[0].uid])
    hand.drag(place(100, -200), place(110, -190))
    settle_window(hand.window)
    assert "không còn" in hand.window.notices.toast.text
    assert [record.uid for record in list_records(desk, LOTS)] == [lots[1].uid]
    hand.window.actions_by_key["refresh"].trigger()
    settle_window(hand.window)
    assert hand.window.map.scene.hits(*place(20, -250), 1.0, 1000) == []


def test_what_is_typed_beside_a_moved_vertex_stays(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.selecting.open_record(lots[0].uid)
    settle_window(hand.window)
    hand.drag(place(100, -200), place(110, -190))
    line = hand.window.record.form.rows["lot_no"].editor.line
    line.setText("K1b")
    line.textEdited.emit("K1b")
    line.editingFinished.emit()
    hand.drag(place(0, -200), place(0, -180))
    settle_window(hand.window)
    stored = fetch_record(desk, lots[0].uid)
    assert stored.values["lot_no"] == "K1b"
    assert near(stored.geometry, [(0, -300), (100, -300), (110, -190), (0, -180)])


def test_an_empty_drawing_tool_follows_the_type_chosen_in_the_tree(hand: Hand, window: DeskWindow) -> None:
    window.actions_by_key["draw"].trigger()
    assert hand.tool.name == "draw_polygon"
    window.register.choose_type("survey_point")
    assert hand.tool.name == "draw_point"
    assert "Điểm đo" in window.map_page.hint.text()
    window.register.choose_type("planning_dossier")
    assert hand.tool.name == "select", "it has no place on the map"


def test_an_empty_drawing_tool_is_put_away_when_a_record_of_another_type_is_opened(hand: Hand, desk: Desk) -> None:
    hand.window.actions_by_key["draw"].trigger()
    hand.window.selecting.open_record(list_records(desk, "road_segment")[0].uid)
    settle_window(hand.window)
    assert hand.tool.name == "select"


def test_what_was_drawn_for_a_record_deleted_meanwhile_is_kept(hand: Hand, desk: Desk) -> None:
    bare = insert_record(desk, LOTS, {"lot_no": "K9"}, None).record
    hand.window.selecting.open_record(bare.uid)
    hand.window.entry.draw_for_record("polygon")
    for corner in ((220, -300), (320, -300), (320, -200)):
        hand.click(*place(*corner))
    delete_records(desk, [bare.uid])
    hand.key(Qt.Key.Key_Return)
    settle_window(hand.window)
    assert near(hand.window.record.record.geometry, [(220, -300), (320, -300), (320, -200)])
    assert "bản ghi mới" in hand.window.notices.toast.text


def test_delete_takes_back_a_step_of_the_sketch_in_hand_and_no_record(
    hand: Hand, desk: Desk, lots: list[Record]
) -> None:
    hand.window.selecting.choose({LOTS: [lots[1].uid]})
    hand.window.actions_by_key["draw"].trigger()
    for corner in ((220, -300), (320, -300)):
        hand.click(*place(*corner))
    hand.window.map.canvas.setFocus()
    hand.window.actions_by_key["delete"].trigger()
    settle_window(hand.window)
    assert len(hand.tool.points) == 1
    assert len(list_records(desk, LOTS)) == 2


def test_what_undo_takes_away_is_selected_no_more(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.selecting.choose({LOTS: [lots[0].uid]})
    hand.window.actions_by_key["cut"].trigger()
    hand.draw(place(-20, -250), place(150, -250))
    settle_window(hand.window)
    assert len(hand.window.selecting.uids) == 2
    hand.window.actions_by_key["undo"].trigger()
    settle_window(hand.window)
    assert hand.window.selecting.uids == [lots[0].uid]
    hand.window.actions_by_key["turn-shape"].trigger()
    assert hand.tool.name == "turn"
    hand.key(Qt.Key.Key_Escape)


def test_a_record_is_dragged_again_before_the_first_drag_is_stored(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.selecting.choose({LOTS: [lots[1].uid]})
    hand.window.actions_by_key["move"].trigger()
    hand.drag(place(150, -250), place(180, -250))
    hand.drag(place(180, -250), place(180, -230))
    settle_window(hand.window)
    moved = fetch_record(desk, lots[1].uid)
    assert moved.revision == 3
    assert near(moved.geometry, [(130, -280), (230, -280), (230, -180), (130, -180)])
