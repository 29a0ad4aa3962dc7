"""Borders that records share, moved with the mouse: in all of them at once, never into one another unasked."""

from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.settings import load_settings
from desktop.main_window import DeskWindow
from desktop.map.drawing_aids import DrawingAids, load_aids
from desktop.map.snapping import SnapKind
from desktop.pictures import settle_window
from forms.record import Record, State
from services.desk import Desk
from services.editing import insert_record, undo
from services.reading import fetch_record, list_records
from tests.gui.window.hands import LEFT, Hand
from tests.gui.window.lots import EAST, LOTS, NORTH, box, place


@pytest.fixture
def terrace(desk: Desk) -> dict[str, Record]:
    """One long lot in the south; two in the north whose common corner lies on its edge, where it has no vertex."""
    shapes = {"south": box(0, -300, 200, -200), "west": box(0, -200, 80, -120), "east": box(80, -200, 200, -120)}
    return {name: insert_record(desk, LOTS, {"lot_no": name}, shape).record for name, shape in shapes.items()}


@pytest.fixture
def hand(terrace: dict[str, Record], window: DeskWindow, qtbot: QtBot) -> Hand:
    window.commands.show_page("map")
    window.selecting.show_type(LOTS)
    settle_window(window)
    window.map.zoom_to((EAST - 60, NORTH - 340, EAST + 360, NORTH - 80))
    window.map.set_aids(DrawingAids(kinds=frozenset({SnapKind.VERTEX, SnapKind.EDGE})))
    window.actions_by_key["vertices"].trigger()
    settle_window(window)
    return Hand(window, qtbot)


def shapes_of(desk: Desk) -> list[Any]:
    return [record.geometry for record in list_records(desk, LOTS)]


def corners_of(desk: Desk, record: Record) -> set[tuple[float, ...]]:
    return {tuple(xy) for xy in shapely.get_coordinates(fetch_record(desk, record.uid).geometry).tolist()}


def twice(hand: Hand, east: float, north: float) -> None:
    hand._send(QEvent.Type.MouseButtonDblClick, *place(east, north), LEFT)
    settle_window(hand.window)


def set_state(desk: Desk, record: Record, state: State) -> None:
    with desk.work("WORK-CHECK") as work:
        work.set_state(desk.catalogue.type(LOTS), [record.uid], state)


def test_a_corner_on_the_edge_in_hand_goes_into_it(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    before = shapes_of(desk)
    hand.click(*place(100, -280))
    hand.drag(place(200, -200), place(230, -170))
    settle_window(hand.window)
    assert shapely.coverage_is_valid(shapes_of(desk))
    assert place(80, -200) in corners_of(desk, terrace["south"])
    assert fetch_record(desk, terrace["west"].uid).revision == 1
    assert "1 bản ghi xung quanh" in hand.window.notices.toast.text
    undo(desk)
    assert shapes_of(desk) == before


def test_the_edge_goes_with_the_corners_that_lie_on_it(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    hand.click(*place(100, -280))
    hand.drag(place(140, -200), place(140, -180))
    settle_window(hand.window)
    shapes = shapes_of(desk)
    assert shapely.coverage_is_valid(shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(200 * 180, abs=1e-6)
    assert "2 bản ghi xung quanh" in hand.window.notices.toast.text
    norths = {north for _, north in corners_of(desk, terrace["south"])}
    assert len(norths) == 2, "the edge is straight as it was"


def test_a_corner_where_three_join_is_not_removed(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    before = shapes_of(desk)
    hand.click(*place(40, -150))
    hand.click(*place(80, -200))
    hand.key(Qt.Key.Key_Delete)
    settle_window(hand.window)
    assert "nhiều ranh giới gặp nhau" in hand.window.notices.toast.text
    assert shapes_of(desk) == before


def test_a_double_click_that_snaps_off_the_edge_bends_it_for_both(
    hand: Hand, desk: Desk, terrace: dict[str, Record]
) -> None:
    point = insert_record(desk, "survey_point", {"point_no": "P1"}, shapely.Point(*place(82.5, -150))).record
    hand.window.news.note_change(None)
    settle_window(hand.window)
    hand.click(*place(40, -150))
    twice(hand, 80, -150)
    assert tuple(point.geometry.coords[0]) in corners_of(desk, terrace["west"]) & corners_of(desk, terrace["east"])
    assert shapely.coverage_is_valid([fetch_record(desk, terrace[name].uid).geometry for name in ("west", "east")])
    hand.key(Qt.Key.Key_Delete)
    settle_window(hand.window)
    assert shapes_of(desk) == [lot.geometry for lot in terrace.values()], "the new vertex is the chosen one"


def test_a_short_pull_does_not_jump_back(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    hand.click(*place(40, -150))
    pixel = hand.window.map.canvas.camera.metres_per_point
    hand.drag(place(80, -200), place(80 + 7 * pixel, -200 + 7 * pixel))
    settle_window(hand.window)
    moved = corners_of(desk, terrace["west"]) - set(map(tuple, shapely.get_coordinates(terrace["west"].geometry)))
    [(east, north)] = moved
    assert np.hypot(east - EAST - 80, north - NORTH + 200) > 4 * pixel
    assert shapely.coverage_is_valid(shapes_of(desk))


def test_what_would_cross_itself_is_refused_and_shown_as_it_was(
    hand: Hand, desk: Desk, terrace: dict[str, Record]
) -> None:
    before = shapes_of(desk)
    hand.click(*place(40, -150))
    hand.drag(place(80, -200), place(100, -100))
    settle_window(hand.window)
    assert "tự cắt" in hand.window.notices.toast.text
    assert shapes_of(desk) == before
    assert shapely.equals(hand.tool._edited.shape, terrace["west"].geometry)
    hand.window.map.set_aids(DrawingAids(is_topological=False))
    hand.window.notices.toast.hide()
    hand.drag(place(80, -200), place(40, -100))
    settle_window(hand.window)
    assert shapes_of(desk) == before, "nor alone"


def over_the_other(hand: Hand, desk: Desk) -> tuple[Record, QMessageBox]:
    far = insert_record(desk, LOTS, {"lot_no": "far"}, box(260, -300, 340, -120)).record
    hand.window.news.note_change(None)
    settle_window(hand.window)
    hand.click(*place(100, -280))
    hand.drag(place(200, -300), place(300, -280))
    settle_window(hand.window)
    return far, hand.window.findChild(QMessageBox, "overlap")


def test_a_border_pulled_over_another_record_is_asked_about(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    before = shapes_of(desk)
    far, question = over_the_other(hand, desk)
    [common] = hand.window.map.preview.shapes
    assert shapely.covers(far.geometry.buffer(0.001), common)
    question.reject()
    settle_window(hand.window)
    assert shapes_of(desk)[:3] == before
    assert shapely.equals(hand.tool._edited.shape, terrace["south"].geometry)
    assert hand.window.map.preview.shapes == ()


def test_it_is_stored_all_the_same_when_asked(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    far, question = over_the_other(hand, desk)
    next(button for button in question.buttons() if button.text() == "Vẫn lưu").click()
    settle_window(hand.window)
    south = fetch_record(desk, terrace["south"].uid).geometry
    assert shapely.area(shapely.intersection(south, far.geometry)) > 100


def test_who_is_a_draft_again_is_told(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    set_state(desk, terrace["east"], State.APPROVED)
    hand.click(*place(40, -150))
    hand.drag(place(80, -120), place(90, -110))
    settle_window(hand.window)
    assert "1 bản ghi đã kiểm tra hoặc đã duyệt nay trở lại bản nháp" in hand.window.notices.toast.text
    assert fetch_record(desk, terrace["east"].uid).state is State.DRAFT


def test_a_cancelled_neighbour_keeps_the_border_where_it_is(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    set_state(desk, terrace["east"], State.CANCELLED)
    before = shapes_of(desk)
    hand.click(*place(40, -150))
    hand.drag(place(80, -120), place(90, -110))
    settle_window(hand.window)
    assert shapes_of(desk) == before
    assert "đã hủy" in hand.window.notices.toast.text


@pytest.fixture
def zone(hand: Hand, desk: Desk) -> Record:
    """A planning zone with the western lot's outline."""
    made = insert_record(desk, "planning_zone", {"name": "Khu A"}, box(0, -200, 80, -120)).record
    hand.window.news.note_change(None)
    settle_window(hand.window)
    return made


@pytest.mark.parametrize("spans", [False, True])
def test_other_types_go_along_only_when_the_user_says_so(
    hand: Hand, desk: Desk, terrace: dict[str, Record], zone: Record, spans: bool
) -> None:
    hand.window.actions_by_key["topology-all"].setChecked(not spans)
    hand.window.actions_by_key["topology-all"].trigger()
    assert load_settings()["drawing"]["spans_types"] is spans
    assert load_aids().spans_types is spans
    hand.window.selecting.choose({LOTS: [terrace["west"].uid]})
    hand.click(*place(40, -150))
    hand.window.map.set_snapping(False)
    hand.drag(place(0, -120), place(-20, -110))
    settle_window(hand.window)
    assert fetch_record(desk, terrace["west"].uid).revision == 2
    assert fetch_record(desk, zone.uid).revision == (2 if spans else 1)


def test_a_room_is_filled_and_its_corners_are_in_all_around(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    for shape in (box(200, -300, 240, -120), box(0, -70, 240, -40), box(-40, -300, 0, -40), box(200, -120, 240, -70)):
        insert_record(desk, LOTS, {"lot_no": "x"}, shape)
    hand.window.news.note_change(None)
    settle_window(hand.window)
    hand.window.actions_by_key["room"].trigger()
    hand.click(*place(100, -95))
    settle_window(hand.window)
    made = fetch_record(desk, hand.window.record.record.uid).geometry
    assert made.equals(box(0, -120, 200, -70))
    around = [shape for shape in shapes_of(desk) if shapely.touches(shape, made)]
    for shape in around:
        common = shapely.intersection(shape, made)
        assert not common.length or shapely.coverage_is_valid([shape, made])
    assert "bản ghi xung quanh cũng đổi theo" in hand.window.notices.toast.text
    undo(desk)
    assert fetch_record(desk, terrace["south"].uid).geometry == terrace["south"].geometry


def test_a_new_outline_gives_its_ends_to_the_neighbour(hand: Hand, desk: Desk, terrace: dict[str, Record]) -> None:
    hand.window.selecting.choose({LOTS: [terrace["south"].uid]})
    hand.window.actions_by_key["stretch"].trigger()
    hand.draw(place(120, -200), place(120, -230), place(170, -230), place(170, -200))
    settle_window(hand.window)
    common = corners_of(desk, terrace["south"]) & corners_of(desk, terrace["east"])
    assert len(common) == 4, "both ends, and the corners that lie on the new edges beside them"
    assert "1 bản ghi xung quanh" in hand.window.notices.toast.text
