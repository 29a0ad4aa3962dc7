"""Every tool that changes shapes, by mouse and keyboard; what is stored is compared exactly."""

from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QEvent, Qt
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.panels.merge_dialog import MergeDialog
from desktop.panels.transform_dialog import TransformDialog
from desktop.pictures import settle_window
from desktop.shape_needs import NEEDS
from forms.record import Record
from geodesy.grid import on_grid
from services.desk import Desk
from services.editing import insert_record, update_geometry
from services.reading import fetch_record, list_records
from services.reshaping import merge_records
from tests.gui.window.hands import Hand
from tests.gui.window.lots import EAST, LOTS, NORTH, box, place


@pytest.fixture
def hand(lots: list[Record], window: DeskWindow, qtbot: QtBot) -> Hand:
    window.commands.show_page("map")
    window.selecting.show_type(LOTS)
    settle_window(window)
    window.map.zoom_to((EAST - 60, NORTH - 360, EAST + 420, NORTH - 100))
    window.map.set_snapping(False)
    settle_window(window)
    return Hand(window, qtbot)


def choose(hand: Hand, *records: Record) -> None:
    hand.window.selecting.choose({record.type_id: [record.uid for record in records] for record in records})


def areas(desk: Desk) -> list[float]:
    return sorted(record.geometry.area for record in list_records(desk, LOTS))


def test_a_line_cuts_the_selected_lot_and_undo_makes_it_whole(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    hand.window.actions_by_key["cut"].trigger()
    hand.draw(place(-20, -250), place(150, -250))
    settle_window(hand.window)
    found = list_records(desk, LOTS)
    assert len(found) == 3
    shapes = [record.geometry for record in found]
    assert shapely.coverage_is_valid(shapes), "the neighbour has the end of the seam as well"
    assert sum(shape.area for shape in shapes) == pytest.approx(20_000, abs=0.01)
    assert len(hand.window.selecting.uids) == 2
    assert "Cắt thành 2" in hand.window.notices.toast.text
    hand.window.actions_by_key["undo"].trigger()
    settle_window(hand.window)
    assert [record.geometry for record in list_records(desk, LOTS)] == [lot.geometry for lot in lots]


def test_without_a_selection_every_lot_that_is_crossed_is_cut(hand: Hand, desk: Desk) -> None:
    hand.window.selecting.choose({})
    hand.window.actions_by_key["cut"].trigger()
    hand.draw(place(-20, -250), place(250, -250))
    settle_window(hand.window)
    assert areas(desk) == pytest.approx([5000] * 4, abs=60)
    assert shapely.coverage_is_valid([record.geometry for record in list_records(desk, LOTS)])


def test_a_line_that_misses_says_so(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    hand.window.actions_by_key["cut"].trigger()
    hand.draw(place(20, -250), place(60, -250))
    settle_window(hand.window)
    assert "không đi qua hết" in hand.window.notices.toast.text
    assert areas(desk) == [10_000, 10_000]


def test_an_outline_follows_the_line(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[1])
    hand.window.actions_by_key["stretch"].trigger()
    hand.draw(place(180, -280), place(240, -280), place(240, -220), place(180, -220))
    settle_window(hand.window)
    west, south, east, north = fetch_record(desk, lots[1].uid).geometry.bounds
    assert east == pytest.approx(EAST + 240, abs=1)
    assert "Nắn đường biên" in hand.window.notices.toast.text


def test_holes_and_parts(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    hand.window.actions_by_key["hole"].trigger()
    hand.draw(place(20, -280), place(60, -280), place(40, -240))
    settle_window(hand.window)
    assert len(fetch_record(desk, lots[0].uid).geometry.geoms[0].interiors) == 1
    hand.window.actions_by_key["fill-hole"].trigger()
    hand.click(*place(40, -265))
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.area == 10_000
    hand.window.actions_by_key["part"].trigger()
    assert hand.tool.name == "area_part"
    hand.draw(place(250, -300), place(300, -300), place(300, -250))
    settle_window(hand.window)
    assert len(fetch_record(desk, lots[0].uid).geometry.geoms) == 2
    hand.window.actions_by_key["drop-part"].trigger()
    hand.click(*place(290, -280))
    settle_window(hand.window)
    found = fetch_record(desk, lots[0].uid).geometry
    assert found.normalize() == lots[0].geometry.normalize()


def test_the_room_between_lots_becomes_the_shape_of_a_new_record(hand: Hand, desk: Desk) -> None:
    for shape in (box(0, -200, 60, -150), box(140, -200, 200, -150), box(0, -150, 200, -120)):
        insert_record(desk, LOTS, {"lot_no": "x"}, shape)
    hand.window.actions_by_key["room"].trigger()
    hand.click(*place(100, -175))
    settle_window(hand.window)
    assert hand.window.record.record.geometry.equals(box(60, -200, 140, -150))


def test_records_are_dragged_and_stick_to_others(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[1])
    hand.window.map.set_snapping(True)
    hand.window.actions_by_key["move"].trigger()
    hand.drag(place(200, -300), place(101, -199))
    settle_window(hand.window)
    moved = fetch_record(desk, lots[1].uid).geometry
    assert moved.equals(box(0, -200, 100, -100)), "corner on corner"
    assert "Di chuyển 1" in hand.window.notices.toast.text


def test_a_drag_given_up_moves_nothing(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[1])
    hand.window.actions_by_key["move"].trigger()
    tool = hand.tool
    hand.move(*place(150, -250))
    hand._send(QEvent.Type.MouseButtonPress, *place(150, -250), Qt.MouseButton.LeftButton)
    hand.move(*place(250, -250), held=Qt.MouseButton.LeftButton)
    assert tool.uses(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    hand._send(QEvent.Type.MouseButtonRelease, *place(250, -250), Qt.MouseButton.LeftButton)
    settle_window(hand.window)
    assert fetch_record(desk, lots[1].uid).revision == 1


def dialog_of(hand: Hand, key: str) -> TransformDialog:
    hand.window.actions_by_key[key].trigger()
    return hand.window.findChildren(TransformDialog)[-1]


@pytest.mark.parametrize(
    ("key", "texts", "wanted"),
    [
        ("move-shape", ("12,5", "-3"), box(-3, -287.5, 97, -187.5)),
        ("turn-shape", ("90",), box(0, -300, 100, -200)),
        ("scale-shape", ("0,5",), box(25, -275, 75, -225)),
    ],
)
def test_in_figures(hand: Hand, desk: Desk, lots: list[Record], key: str, texts: tuple[str, ...], wanted: Any) -> None:
    choose(hand, lots[0])
    dialog = dialog_of(hand, key)
    for line, text in zip(dialog.lines, texts, strict=True):
        line.setText(text)
    assert shapely.union_all(hand.window.map.preview.shapes).equals(wanted)
    assert fetch_record(desk, lots[0].uid).revision == 1, "a preview stores nothing"
    dialog.accept()
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.equals(wanted)
    assert hand.window.map.preview.shapes == ()


def test_wrong_figures_are_told_and_nothing_is_previewed(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    dialog = dialog_of(hand, "scale-shape")
    for text in ("0", "-2", "hai", ""):
        dialog.lines[0].setText(text)
        assert not dialog.ok.isEnabled()
        assert dialog.complaint.text()
        assert hand.window.map.preview.shapes == ()
    dialog.reject()
    assert fetch_record(desk, lots[0].uid).geometry == lots[0].geometry


def test_a_parallel_is_a_new_record(hand: Hand, desk: Desk) -> None:
    road = list_records(desk, "road_segment")[0]
    choose(hand, road)
    dialog = dialog_of(hand, "offset-shape")
    dialog.lines[0].setText("3,5")
    dialog.accept()
    settle_window(hand.window)
    begun = hand.window.record.record
    assert begun.type_id == "road_segment"
    assert begun.uid != road.uid
    assert shapely.hausdorff_distance(begun.geometry, road.geometry) == pytest.approx(3.5, abs=0.001)


def test_smoothing_tells_how_far_it_strays_and_the_step_records_it(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    dialog = dialog_of(hand, "smooth-shape")
    dialog.lines[0].setText("2")
    assert "4 đỉnh thành" in dialog.note.text()
    dialog.accept()
    settle_window(hand.window)
    assert "dung sai 2 m" in hand.window.notices.toast.text
    assert shapely.get_num_coordinates(fetch_record(desk, lots[0].uid).geometry) > 20


def test_two_lots_become_one(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, *lots)
    hand.window.actions_by_key["merge"].trigger()
    [dialog] = hand.window.findChildren(MergeDialog)
    headings = [dialog.table.horizontalHeaderItem(column).text() for column in range(dialog.table.columnCount())]
    assert "Số hiệu khoanh đất" in headings
    dialog.table.selectRow(1)
    dialog.accept()
    settle_window(hand.window)
    [left] = list_records(desk, LOTS)
    assert (left.uid, left.values["lot_no"]) == (lots[1].uid, "K2")
    assert left.geometry.equals(box(0, -300, 200, -200))
    assert shapely.get_num_coordinates(left.geometry) == 5 or left.geometry.area == 20_000


NEEDING = {"hole": "một bản ghi dạng vùng", "merge": "hai bản ghi cùng loại", "reverse-line": "dạng đường"}


def offered(hand: Hand) -> set[str]:
    return {key for key in NEEDS if hand.window.actions_by_key[key].isEnabled()}


def test_commands_are_offered_where_they_can_work_and_else_say_what_they_need(
    hand: Hand, desk: Desk, lots: list[Record]
) -> None:
    roads = list_records(desk, "road_segment")
    whole = {"move-shape", "mirror", "turn-shape", "scale-shape", "offset-shape", "simplify-shape", "smooth-shape"}
    hand.window.selecting.choose({})
    assert offered(hand) == {"cut", "room"}, "the chosen type has areas"
    for key, told in NEEDING.items():
        assert told in hand.window.actions_by_key[key].toolTip()
    choose(hand, lots[0])
    assert offered(hand) == {*whole, "cut", "room", "stretch", "hole", "part"}
    assert "\n" not in hand.window.actions_by_key["hole"].toolTip()
    choose(hand, *lots)
    assert offered(hand) == {*whole, "cut", "room", "merge"}
    hand.window.selecting.choose({LOTS: [lots[0].uid], "road_segment": [roads[0].uid]})
    assert offered(hand) == {*whole, "cut", "room", "reverse-line"}
    choose(hand, roads[0])
    assert offered(hand) == {*whole, "cut", "room", "stretch", "part", "reverse-line"}
    hand.window.selecting.show_type("survey_point")
    hand.window.selecting.choose({})
    assert offered(hand) == set()


def test_holes_and_parts_are_offered_once_there_are_some(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    hand.window.actions_by_key["hole"].trigger()
    hand.draw(place(20, -280), place(60, -280), place(40, -240))
    settle_window(hand.window)
    assert "fill-hole" in offered(hand) and "drop-part" not in offered(hand)
    hand.window.actions_by_key["part"].trigger()
    hand.draw(place(250, -300), place(300, -300), place(300, -250))
    settle_window(hand.window)
    assert {"fill-hole", "drop-part"} <= offered(hand)


def test_one_hole_at_a_time(hand: Hand, lots: list[Record]) -> None:
    choose(hand, lots[0])
    hand.window.actions_by_key["hole"].trigger()
    choose(hand, *lots)
    hand.draw(place(20, -280), place(60, -280), place(40, -240))
    assert "đúng một" in hand.window.notices.toast.text


SLANTED = (
    ((0, -300), (100, -291.3), (117.7, -205.1), (3.3, -200)),
    ((100, -291.3), (200, -300), (205, -210), (117.7, -205.1)),
)


@pytest.fixture
def slanted(hand: Hand, desk: Desk, lots: list[Record]) -> list[Record]:
    """Two lots with slanted edges in the place of the square ones: a snapped end lies on no edge to the bit."""
    for lot, corners in zip(lots, SLANTED, strict=True):
        shape = on_grid(shapely.Polygon([place(*corner) for corner in corners]))
        update_geometry(desk, lot.uid, shape, expected=lot.revision)
    hand.window.actions_by_key["refresh"].trigger()
    hand.window.map.set_snapping(True)
    settle_window(hand.window)
    return [fetch_record(desk, lot.uid) for lot in lots]


def shapes_of(desk: Desk) -> list[Any]:
    return [record.geometry for record in list_records(desk, LOTS)]


def test_a_cut_may_end_on_snapped_edges_and_merging_brings_all_back(
    hand: Hand, desk: Desk, slanted: list[Record]
) -> None:
    choose(hand, slanted[0])
    hand.window.actions_by_key["cut"].trigger()
    hand.draw(place(30, -297.3), place(108.7, -249))
    settle_window(hand.window)
    assert len(shapes_of(desk)) == 3
    assert shapely.coverage_is_valid(shapes_of(desk))
    assert min(np.hypot(*np.diff(shapely.get_coordinates(shape), axis=0).T).min() for shape in shapes_of(desk)) > 1
    merge_records(desk, hand.window.selecting.uids, keep=slanted[0].uid)
    assert [shape.normalize() for shape in shapes_of(desk)] == [lot.geometry.normalize() for lot in slanted]


def test_several_are_cut_and_one_undo_takes_it_back(hand: Hand, desk: Desk, slanted: list[Record]) -> None:
    choose(hand, *slanted)
    hand.window.actions_by_key["cut"].trigger()
    hand.draw(place(-20, -255), place(230, -251))
    settle_window(hand.window)
    assert len(shapes_of(desk)) == 4
    assert shapely.coverage_is_valid(shapes_of(desk))
    hand.window.actions_by_key["undo"].trigger()
    settle_window(hand.window)
    assert shapes_of(desk) == [lot.geometry for lot in slanted]


def test_an_outline_is_drawn_anew_from_edge_to_edge(hand: Hand, desk: Desk, slanted: list[Record]) -> None:
    choose(hand, slanted[0])
    hand.window.actions_by_key["stretch"].trigger()
    hand.draw(place(20, -298.2), place(50, -330), place(70, -293.9))
    settle_window(hand.window)
    assert fetch_record(desk, slanted[0].uid).geometry.area > slanted[0].geometry.area + 500


def test_a_record_that_changed_meanwhile_is_not_overwritten(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    dialog = dialog_of(hand, "turn-shape")
    dialog.lines[0].setText("45")
    moved = box(0, -310, 100, -210)
    update_geometry(desk, lots[0].uid, moved, expected=lots[0].revision)
    dialog.accept()
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.equals(moved)
    assert hand.window.notices.toast.text


def test_a_shape_that_crosses_itself_is_refused_in_words(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    bow = shapely.Polygon([place(0, -300), place(100, -240), place(100, -300), place(0, -200)])
    update_geometry(desk, lots[0].uid, bow, expected=lots[0].revision)
    settle_window(hand.window)
    choose(hand, lots[0])
    for key, drawn in (("cut", (place(-20, -250), place(150, -250))), ("stretch", (place(-9, -280), place(-9, -220)))):
        hand.window.actions_by_key[key].trigger()
        hand.draw(*drawn)
        settle_window(hand.window)
        assert "tự cắt" in hand.window.notices.toast.text or "ít nhất hai lần" in hand.window.notices.toast.text
    hand.window.actions_by_key["offset-shape"].trigger()
    assert "tự cắt" in hand.window.findChildren(TransformDialog)[-1].complaint.text()


def test_a_part_of_another_kind_is_refused(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    choose(hand, lots[0])
    hand.window.actions_by_key["part"].trigger()
    choose(hand, list_records(desk, "road_segment")[0])
    hand.draw(place(250, -300), place(300, -300), place(300, -250))
    settle_window(hand.window)
    assert "cùng dạng" in hand.window.notices.toast.text


def test_neighbours_are_rounded_together(hand: Hand, desk: Desk, slanted: list[Record]) -> None:
    choose(hand, *slanted)
    dialog = dialog_of(hand, "smooth-shape")
    dialog.lines[0].setText("2")
    dialog.accept()
    settle_window(hand.window)
    assert shapely.coverage_is_valid(shapes_of(desk))
    assert shapely.get_num_coordinates(shapes_of(desk)).min() > 8


def test_records_of_two_types_are_cut_by_one_line(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    road = insert_record(
        desk, "road_segment", {"name": "Ngõ 7"}, shapely.LineString([place(50, -320), place(50, -180)])
    ).record
    hand.window.selecting.choose({LOTS: [lots[0].uid], "road_segment": [road.uid]})
    hand.window.actions_by_key["cut"].trigger()
    hand.draw(place(-20, -250), place(150, -250))
    settle_window(hand.window)
    assert len(hand.window.selecting.uids) == 4
    hand.window.actions_by_key["undo"].trigger()
    settle_window(hand.window)
    assert areas(desk) == [10_000, 10_000]
    assert fetch_record(desk, road.uid).geometry == road.geometry
