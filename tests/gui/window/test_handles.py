"""Turning, scaling and offsetting by handles on the map: the figure beside them follows, and what is typed wins."""

import math
from collections.abc import Iterator

import pytest
import shapely
from PySide6.QtCore import QEvent, Qt
from pytestqt.qtbot import QtBot

from core.messages import use_language
from desktop.main_window import DeskWindow
from desktop.map.drawing_aids import DrawingAids
from desktop.map.snapping import SnapKind
from desktop.map.tools.handles import HandleTool
from desktop.panels.transform_dialog import TransformDialog
from desktop.pictures import settle_window
from forms.record import Record
from geodesy.grid import on_grid
from services.desk import Desk
from services.reading import fetch_record
from tests.gui.window.hands import LEFT, RIGHT, Hand
from tests.gui.window.lots import EAST, LOTS, NORTH, box, place

KEYS = ("turn-shape", "scale-shape", "offset-shape")


@pytest.fixture
def hand(lots: list[Record], window: DeskWindow, qtbot: QtBot) -> Hand:
    window.commands.show_page("map")
    window.selecting.show_type(LOTS)
    settle_window(window)
    window.map.zoom_to((EAST - 60, NORTH - 360, EAST + 420, NORTH - 100))
    window.map.set_aids(DrawingAids(kinds=frozenset()))
    settle_window(window)
    window.selecting.choose({LOTS: [lots[0].uid]})
    return Hand(window, qtbot)


@pytest.fixture
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("vi")


def begin(hand: Hand, key: str) -> TransformDialog:
    hand.window.actions_by_key[key].trigger()
    assert isinstance(hand.tool, HandleTool)
    return hand.window.findChildren(TransformDialog)[-1]


def pull(
    hand: Hand, start: tuple[float, float], *ways: tuple[float, float], keys: Qt.KeyboardModifier | None = None
) -> None:
    """Drag from place to place on the ground, and let go at the last."""
    hand.move(*start)
    hand._send(QEvent.Type.MouseButtonPress, *start, LEFT)
    for way in ways:
        modifiers = keys or Qt.KeyboardModifier.NoModifier
        hand._send(QEvent.Type.MouseMove, *way, Qt.MouseButton.NoButton, held=LEFT, keys=modifiers)
    hand._send(QEvent.Type.MouseButtonRelease, *ways[-1], LEFT)


def test_the_knob_turns_in_tenths_of_a_degree_with_a_live_preview(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    dialog = begin(hand, "turn-shape")
    middle, [knob] = hand.tool.pivot, hand.tool.handles()
    arm = math.dist(middle, knob)
    turn = math.radians(37.5)
    pull(hand, knob, (middle[0] + arm * math.sin(turn), middle[1] + arm * math.cos(turn)))
    text = dialog.lines[0].text()
    figure = float(text.replace(",", "."))
    assert (figure == pytest.approx(37.5, abs=0.8), round(figure, 1)) == (True, figure)
    assert "." not in text
    wanted = on_grid(shapely.affinity.rotate(lots[0].geometry, -figure, origin=middle))
    assert shapely.union_all(hand.window.map.preview.shapes).equals(wanted)
    assert math.dist(hand.tool.handles()[0], knob) > arm / 2, "the knob goes along"
    assert fetch_record(desk, lots[0].uid).revision == 1, "a preview stores nothing"
    hand.key(Qt.Key.Key_Return)
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.equals(wanted)
    assert hand.window.actions_by_key["undo"].text() == f"Hoàn tác: Xoay 1 bản ghi, {text}°"
    assert (hand.tool.name, hand.window.map.preview.shapes) == ("select", ())


def test_what_is_typed_after_a_drag_wins(hand: Hand, desk: Desk, lots: list[Record], qtbot: QtBot) -> None:
    dialog = begin(hand, "turn-shape")
    [knob] = hand.tool.handles()
    pull(hand, knob, (knob[0] + 60, knob[1] - 40))
    dialog.lines[0].selectAll()
    qtbot.keyClicks(dialog.lines[0], "90")
    assert hand.tool.figure == 90
    assert hand.tool.handles()[0][0] > hand.tool.pivot[0] + 50, "the knob goes where the figure says"
    qtbot.keyClick(dialog.lines[0], Qt.Key.Key_Return)
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.equals(box(0, -300, 100, -200))


def test_shift_turns_in_steps_of_15_degrees(hand: Hand) -> None:
    dialog = begin(hand, "turn-shape")
    middle, [knob] = hand.tool.pivot, hand.tool.handles()
    turn, arm = math.radians(-47), math.dist(hand.tool.pivot, knob)
    there = middle[0] + arm * math.sin(turn), middle[1] + arm * math.cos(turn)
    pull(hand, knob, there, keys=Qt.KeyboardModifier.ShiftModifier)
    assert dialog.lines[0].text() == "-45"


def test_a_corner_scales_around_a_pivot_that_was_moved(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    begin(hand, "scale-shape")
    hand.window.map.set_aids(DrawingAids(kinds=frozenset({SnapKind.VERTEX})))
    pull(hand, hand.tool.pivot, place(30, -270), place(1, -299))
    assert hand.tool.pivot == place(0, -300), "the pivot sticks to the corner"
    hand.window.map.set_aids(DrawingAids(kinds=frozenset()))
    pull(hand, place(100, -200), place(149, -149), keys=Qt.KeyboardModifier.ShiftModifier)
    hand.click(*place(300, -150), RIGHT)
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.equals(box(0, -300, 150, -150))
    assert hand.window.actions_by_key["undo"].text() == "Hoàn tác: Phóng 1 bản ghi, hệ số 1,5"


def test_an_offset_is_pulled_to_whole_metres(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    dialog = begin(hand, "offset-shape")
    assert not dialog.as_new.isChecked(), "an area that grows is the same record"
    dialog.take_figure(3, None)
    [knob] = hand.tool.handles()
    x, y, right, up = hand.tool._edge()
    pull(hand, knob, (x + right * 8, y + up * 8), keys=Qt.KeyboardModifier.ShiftModifier)
    assert dialog.lines[0].text() == "8"
    hand.key(Qt.Key.Key_Return)
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry.equals(box(-8, -308, 108, -192))


def test_neighbours_are_turned_together_and_stay_neighbours(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    hand.window.selecting.choose({LOTS: [lot.uid for lot in lots]})
    dialog = begin(hand, "turn-shape")
    dialog.take_figure(90, dialog.around)
    dialog.accept()
    settle_window(hand.window)
    assert [
        fetch_record(desk, lot.uid).geometry.equals(shape)
        for lot, shape in zip(lots, (box(50, -250, 150, -150), box(50, -350, 150, -250)), strict=True)
    ] == [True, True]


@pytest.mark.parametrize("key", KEYS)
def test_escape_on_the_map_or_in_the_line_leaves_everything(
    hand: Hand, desk: Desk, lots: list[Record], key: str, qtbot: QtBot
) -> None:
    dialog = begin(hand, key)
    dialog.take_figure(2, None)
    hand.key(Qt.Key.Key_Escape)
    assert (hand.tool.name, hand.window.map.preview.shapes, dialog.isVisible()) == ("select", (), False)
    dialog = begin(hand, key)
    qtbot.keyClick(dialog.lines[0], Qt.Key.Key_Escape)
    assert hand.tool.name == "select"
    begin(hand, key)
    hand.window.actions_by_key["pan"].trigger()
    assert (hand.tool.name, hand.window.map.preview.shapes) == ("pan", ())
    settle_window(hand.window)
    assert fetch_record(desk, lots[0].uid).geometry == lots[0].geometry


def test_a_figure_that_cannot_be_used_is_not_taken_by_enter(hand: Hand, desk: Desk, lots: list[Record]) -> None:
    dialog = begin(hand, "scale-shape")
    dialog.lines[0].setText("không")
    hand.key(Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.complaint.text()
    dialog.reject()


def test_figures_are_written_as_the_language_does(hand: Hand, english: None) -> None:
    dialog = begin(hand, "scale-shape")
    dialog.take_figure(1.25, None)
    assert dialog.lines[0].text() == "1.25"
    assert hand.tool.figure == 1.25
    dialog.reject()
    hand.window.actions_by_key["smooth-shape"].trigger()
    smooth = hand.window.findChildren(TransformDialog)[-1]
    assert smooth.figures == [0.5]
    smooth.reject()
