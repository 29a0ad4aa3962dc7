"""Drawing by hand: snapping, tracing, steps, shared borders, overlap, repair."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.settings import load_settings
from desktop.main_window import DeskWindow
from desktop.map.drawing_aids import DrawingAids
from desktop.map.snapping import ALL_KINDS, SnapKind
from desktop.map.tools.marks import numeral
from desktop.pictures import settle_window
from desktop.window_drawing import FLAGS
from forms.record import Record
from services.desk import Desk
from services.editing import insert_record, undo
from services.reading import fetch_record, list_records
from tests.gui.window.hands import RIGHT, Hand
from tests.gui.window.lots import EAST, LOTS, NORTH, place


@pytest.fixture
def hand(lots: list[Record], window: DeskWindow, qtbot: QtBot) -> Hand:
    window.commands.show_page("map")
    window.selecting.show_type(LOTS)
    settle_window(window)
    window.map.zoom_to((EAST - 60, NORTH - 360, EAST + 420, NORTH - 100))
    window.map.set_aids(DrawingAids(kinds=ALL_KINDS))
    settle_window(window)
    return Hand(window, qtbot)


def draw(hand: Hand) -> None:
    hand.window.actions_by_key["draw"].trigger()


@pytest.mark.parametrize(
    ("first", "cursor", "kind", "wanted"),
    [
        (None, (99, -201), SnapKind.VERTEX, (100, -200)),
        (None, (51, -202), SnapKind.MIDPOINT, (50, -200)),
        (None, (30, -202), SnapKind.EDGE, (30, -200)),
        ((30, -150), (31, -202), SnapKind.PERPENDICULAR, (30, -200)),
        (None, (240, -202), SnapKind.EXTENSION, (240, -200)),
        ((250, -150), (300, -148), None, None),
    ],
)
def test_what_the_cursor_sticks_to(
    hand: Hand, first: Any, cursor: tuple[float, float], kind: SnapKind | None, wanted: tuple[float, float] | None
) -> None:
    draw(hand)
    if first is not None:
        hand.window.map.set_snapping(False)
        hand.click(*place(*first))
        hand.tool.points[0] = place(*first)
        hand.window.map.set_snapping(True)
    hand.move(*place(*cursor))
    snap = hand.tool.snap
    if kind is None:
        assert snap is None
        return
    assert snap.kind is kind
    assert np.hypot(snap.x - place(*wanted)[0], snap.y - place(*wanted)[1]) < (1.2 if kind is SnapKind.EDGE else 1.0)
    assert round(snap.x, 4) == snap.x


def test_crossing_lines_are_met_where_they_cross(hand: Hand, desk: Desk) -> None:
    for ends in (((250, -300), (350, -200)), ((250, -200), (350, -300))):
        insert_record(desk, "road_segment", {"name": "x"}, shapely.LineString([place(*end) for end in ends]))
    hand.window.news.note_change(None)
    settle_window(hand.window)
    draw(hand)
    hand.move(*place(301, -249))
    assert (hand.tool.snap.kind, hand.tool.snap.x, hand.tool.snap.y) == (SnapKind.INTERSECTION, *place(300, -250))


def test_kinds_are_switched_at_the_snapping_button_and_kept(hand: Hand) -> None:
    button = hand.window.tool_bar.widgetForAction(hand.window.actions_by_key["snapping"])
    action = next(item for item in button.menu().actions() if item.text() == "Bắt vào đường kéo dài")
    action.setChecked(not action.isChecked())
    assert "extension" in load_settings()["drawing"]["kinds"]
    reach = next(item for item in button.menu().actions() if "20" in item.text())
    reach.trigger()
    assert hand.window.map.aids.reach_px == 20
    assert load_settings()["drawing"]["reach_px"] == 20


def test_tracing_follows_the_border_to_the_bit(hand: Hand, lots: list[Record]) -> None:
    hand.window.actions_by_key["tracing"].setChecked(False)
    hand.window.actions_by_key["tracing"].trigger()
    draw(hand)
    hand.click(*place(0, -300))
    hand.click(*place(200, -200))
    points = hand.tool.points
    assert points[0] == place(0, -300)
    assert points[-1] == place(200, -200)
    corners = {tuple(xy) for lot in lots for xy in shapely.get_coordinates(lot.geometry).tolist()}
    assert len(points) > 2
    assert set(points) <= corners
    hand.key(Qt.Key.Key_Backspace)
    assert hand.tool.points == [place(0, -300)], "a traced way is one step"


def test_steps_back_and_forward(hand: Hand, desk: Desk) -> None:
    hand.window.map.set_snapping(False)
    draw(hand)
    for at in ((220, -250), (260, -250), (260, -220)):
        hand.click(*place(*at))
    before = list(hand.tool.points)
    hand.window.actions_by_key["undo"].trigger()
    assert hand.tool.points == before[:2]
    hand.window.actions_by_key["redo"].trigger()
    assert hand.tool.points == before
    hand.key(Qt.Key.Key_Escape)
    assert hand.tool.points == []
    hand.window.actions_by_key["redo"].trigger()
    assert hand.tool.points == before, "what was given up comes back"
    hand.window.actions_by_key["select"].trigger()
    draw(hand)
    hand.window.actions_by_key["redo"].trigger()
    assert hand.tool.points == before, "also after another tool"
    settle_window(hand.window)
    assert len(list_records(desk, LOTS)) == 2, "no record was undone for it"


def test_shift_keeps_to_the_eighths_of_a_turn(hand: Hand) -> None:
    hand.window.map.set_snapping(False)
    draw(hand)
    hand.click(*place(220, -250))
    hand.click(*place(260, -250))
    x, y = hand.tool.points[1]
    hand.move(*place(263, -205), keys=Qt.KeyboardModifier.ShiftModifier)
    first = hand.tool.points[0]
    turn = np.degrees(np.arctan2(hand.tool.cursor_at[1] - y, hand.tool.cursor_at[0] - x))
    base = np.degrees(np.arctan2(y - first[1], x - first[0]))
    assert (turn - base) % 45 == pytest.approx(0, abs=1e-3) or (turn - base) % 45 == pytest.approx(45, abs=1e-3)


def test_a_vertex_moves_in_both_lots_in_one_step(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.actions_by_key["vertices"].trigger()
    hand.click(*place(50, -250))
    hand.drag(place(100, -200), place(120, -180))
    settle_window(hand.window)
    shapes = [fetch_record(desk, lot.uid).geometry for lot in lots]
    assert shapely.coverage_is_valid(shapes)
    assert not any(tuple(place(100, -200)) in {tuple(xy) for xy in shapely.get_coordinates(s).tolist()} for s in shapes)
    undo(desk)
    assert [fetch_record(desk, lot.uid).geometry for lot in lots] == [lot.geometry for lot in lots]


def test_an_edge_moves_in_both_lots(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.actions_by_key["vertices"].trigger()
    hand.click(*place(50, -250))
    hand.drag(place(100, -240), place(115, -240))
    settle_window(hand.window)
    shapes = [fetch_record(desk, lot.uid).geometry for lot in lots]
    assert shapely.coverage_is_valid(shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(20_000, abs=0.01)
    assert shapes[0].area == pytest.approx(11_500, abs=130)


def test_a_vertex_put_on_a_common_border_is_in_both(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.map.set_snapping(False)
    hand.window.actions_by_key["vertices"].trigger()
    hand.click(*place(50, -250))
    hand._send(QEvent.Type.MouseButtonDblClick, *place(100, -240), Qt.MouseButton.LeftButton)
    settle_window(hand.window)
    shapes = [fetch_record(desk, lot.uid).geometry for lot in lots]
    assert [shapely.get_num_coordinates(shape) for shape in shapes] == [6, 6]
    assert shapely.coverage_is_valid(shapes)
    hand.key(Qt.Key.Key_Delete)
    settle_window(hand.window)
    shapes = [fetch_record(desk, lot.uid).geometry for lot in lots]
    assert [shapely.get_num_coordinates(shape) for shape in shapes] == [5, 5]


def test_alone_a_vertex_moves_in_its_own_lot(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.map.set_aids(DrawingAids(is_topological=False))
    hand.window.actions_by_key["vertices"].trigger()
    hand.click(*place(50, -250))
    hand.drag(place(100, -200), place(120, -180))
    settle_window(hand.window)
    assert sorted(fetch_record(desk, lot.uid).revision for lot in lots) == [1, 2]


def overlapping(hand: Hand) -> tuple[QMessageBox, Any]:
    """Draw over the eastern lot; return the question and what was drawn."""
    hand.window.map.set_aids(DrawingAids(avoids_overlap=True, kinds=frozenset()))
    draw(hand)
    for at in ((150, -280), (280, -280), (280, -230), (150, -230)):
        hand.click(*place(*at))
    drawn = shapely.Polygon(hand.tool.points)
    hand.click(*place(150, -230), RIGHT)
    settle_window(hand.window)
    return hand.window.findChild(QMessageBox, "trim"), drawn


def press(box: QMessageBox, text: str) -> None:
    next(button for button in box.buttons() if button.text() == text).click()


def test_what_overlaps_is_shown_first_and_cut_off_when_asked(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    question, drawn = overlapping(hand)
    neighbour = fetch_record(desk, lots[1].uid).geometry
    [shown] = hand.window.map.preview.shapes
    assert shown.area == pytest.approx(shapely.intersection(drawn, neighbour).area, abs=0.05)
    assert numeral(shown.area, 1) in question.text()
    assert fetch_record(desk, lots[1].uid).revision == 1, "nothing is stored before it is decided"
    press(question, "Cắt bỏ phần chồng")
    settle_window(hand.window)
    begun = fetch_record(desk, hand.window.record.record.uid).geometry
    assert begun.area == pytest.approx(shapely.difference(drawn, neighbour).area, abs=0.05)
    assert shapely.area(shapely.intersection(begun, neighbour)) == 0
    assert shapely.coverage_is_valid([begun, fetch_record(desk, lots[1].uid).geometry])
    assert hand.window.map.preview.shapes == ()
    undo(desk)
    assert [lot.geometry for lot in list_records(desk, LOTS)] == [lot.geometry for lot in lots], "one step"


def test_what_overlaps_is_kept_when_asked(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    question, drawn = overlapping(hand)
    press(question, "Giữ như đã vẽ")
    settle_window(hand.window)
    begun = fetch_record(desk, hand.window.record.record.uid).geometry
    assert begun.area == pytest.approx(drawn.area, abs=0.05)
    assert shapely.area(shapely.intersection(begun, lots[1].geometry)) > 1000


def test_what_overlaps_goes_back_to_the_hand(hand: Hand, desk: Desk) -> None:
    question, _ = overlapping(hand)
    question.reject()
    settle_window(hand.window)
    assert len(hand.tool.points) == 4
    assert len(list_records(desk, LOTS)) == 2


def test_nothing_left_of_it_says_so_and_the_sketch_goes_on(hand: Hand) -> None:
    hand.window.map.set_aids(DrawingAids(avoids_overlap=True, kinds=frozenset()))
    draw(hand)
    hand.draw(place(20, -280), place(60, -280), place(40, -240))
    assert "không còn gì" in hand.window.notices.toast.text
    assert len(hand.tool.points) == 3


def bow_tie(hand: Hand) -> QMessageBox:
    hand.window.map.set_aids(DrawingAids(kinds=frozenset()))
    draw(hand)
    hand.draw(place(220, -300), place(280, -240), place(280, -300), place(220, -240))
    return hand.window.findChild(QMessageBox, "repair")


def test_a_crossing_sketch_is_repaired_only_when_asked(hand: Hand, desk: Desk) -> None:
    question = bow_tie(hand)
    assert "2 phần" in question.text()
    assert len(hand.window.map.preview.shapes) == 2
    next(button for button in question.buttons() if button.text() == "Nhận bản sửa").click()
    settle_window(hand.window)
    begun = hand.window.record.record.geometry
    assert begun.is_valid
    assert begun.geom_type == "MultiPolygon"
    assert hand.window.map.preview.shapes == ()


def test_a_crossing_sketch_goes_on_when_the_repair_is_refused(hand: Hand) -> None:
    question = bow_tie(hand)
    question.reject()
    assert len(hand.tool.points) == 4
    assert hand.window.map.preview.shapes == ()


def test_a_line_of_no_length_is_no_line(hand: Hand) -> None:
    hand.window.selecting.show_type("road_segment")
    draw(hand)
    hand.tool.take_points(np.array([place(0, 0), place(0, 0.00001)]))
    hand.tool.finish()
    assert "trùng nhau" in hand.window.notices.toast.text
    assert len(hand.tool.points) == 2


def test_a_vertex_set_twice_is_one(hand: Hand, desk: Desk) -> None:
    hand.window.map.set_aids(DrawingAids(kinds=frozenset()))
    draw(hand)
    corners = [place(220, -250), place(260, -250), place(260, -250.00002), place(260, -210), place(220, -250)]
    hand.tool.take_points(np.array(corners))
    hand.tool.finish()
    settle_window(hand.window)
    stored = fetch_record(desk, hand.window.record.record.uid).geometry
    assert shapely.get_coordinates(stored).tolist()[:-1] == [list(corners[at]) for at in (0, 1, 3)]


def long_border(hand: Hand, desk: Desk, far: float) -> list[tuple[float, float]]:
    """A river bank that leaves the view and comes back, a record for each bend; return its vertices."""
    bends = [
        (300, -150),
        (310, -150 + far / 2),
        (300, -150 + far),
        (200, -150 + far),
        (220, -150 + far / 2),
        (220, -150),
    ]
    corners = [place(*bend) for bend in bends]
    for pair in pairwise(corners):
        insert_record(desk, "planning_control_line", {}, shapely.MultiLineString([pair]))
    hand.window.news.note_change(None)
    settle_window(hand.window)
    hand.window.map.set_aids(DrawingAids(is_tracing=True, kinds=frozenset({SnapKind.VERTEX})))
    return corners


@pytest.mark.parametrize("far", [300, 3_000])
def test_tracing_follows_a_border_out_of_view(hand: Hand, desk: Desk, far: float) -> None:
    corners = long_border(hand, desk, far)
    draw(hand)
    hand.click(*corners[0])
    hand.click(*corners[-1])
    assert hand.tool.points == corners
    hand.key(Qt.Key.Key_Backspace)
    assert hand.tool.points == corners[:1]


def test_tracing_takes_the_shortest_way_also_when_a_longer_one_is_in_view(hand: Hand, desk: Desk) -> None:
    corners = long_border(hand, desk, 300)
    detour = [
        corners[0],
        *(place(*bend) for bend in ((300, -160), (-50, -160), (-50, -340), (250, -340), (220, -160))),
        corners[-1],
    ]
    insert_record(desk, "planning_control_line", {}, shapely.MultiLineString([detour]))
    hand.window.news.note_change(None)
    settle_window(hand.window)
    draw(hand)
    hand.click(*corners[0])
    hand.click(*corners[-1])
    assert hand.tool.points == corners


@pytest.mark.parametrize(("far", "told"), [(60_000, "quá xa"), (None, "Không có ranh giới nào")])
def test_what_cannot_be_traced_is_told_and_drawn_straight(hand: Hand, desk: Desk, far: float | None, told: str) -> None:
    corners = long_border(hand, desk, far or 300)
    end = corners[-1] if far else place(0, -300)
    draw(hand)
    hand.click(*corners[0])
    hand.click(*end)
    assert hand.tool.points == [corners[0], end]
    assert told in hand.window.notices.toast.text


def test_aids_are_as_they_were_left_at_the_next_start(hand: Hand, reopen: Callable[[], DeskWindow]) -> None:
    actions = hand.window.actions_by_key
    hand.window.map.set_aids(DrawingAids())
    for key in FLAGS:
        actions[key].setChecked(getattr(hand.window.map.aids, FLAGS[key]))
        actions[key].trigger()
    button = hand.window.tool_bar.widgetForAction(actions["snapping"])
    for item in button.menu().actions():
        if "30" in item.text() or item.text() == "Bắt vào điểm giữa cạnh":
            item.trigger()
    left = hand.window.map.aids
    again = reopen()
    assert again.map.aids == left
    assert left == DrawingAids(
        is_snapping=False,
        reach_px=30,
        kinds=left.kinds,
        is_tracing=True,
        is_topological=False,
        spans_types=True,
        avoids_overlap=True,
    )
    assert SnapKind.MIDPOINT in left.kinds
    assert not again.actions_by_key["snapping"].isChecked()
    assert again.map.snap(*place(0, -300)) is None
