"""The divider between a base map and the map, by its pixels."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from desktop.map.images import PlacedImage
from desktop.map.render_link import BACKGROUND
from desktop.map.tools.swipe import STEP
from desktop.map.view import MapView
from tests.gui.map_hands import E0, N0, at, box, collected, color, drag, key, layer, move

BLUE = "#0000ff"
RED = "#ff0000"
EDGE = 20  # pixels beside the divider in which its handle may be seen


def scan(opacity: float = 1.0) -> PlacedImage:
    """A blue sheet over the whole of the map."""
    pixels = np.zeros((300, 400, 4), np.uint8)
    pixels[:] = (0, 0, 255, 255)
    return PlacedImage("scan", pixels, (E0, N0, E0 + 400, N0 + 300), opacity)


@pytest.fixture
def swiped(view: MapView) -> MapView:
    """The map with a red record in its lower half, a blue scan, and the divider in hand."""
    view.set_layers([layer("areas", box(0, 0, 400, 150))])
    view.set_tool("swipe")
    view.set_swiped([scan()])
    return view


def test_left_of_the_divider_is_the_scan_and_right_of_it_the_map(swiped: MapView) -> None:
    image = swiped.grab_image()
    row = [color(image, swiped, east, 100) for east in range(400)]
    assert set(row[30 : 200 - EDGE]) == {BLUE}
    assert set(row[200 + EDGE :]) == {RED}
    assert color(image, swiped, 100, 250) == BLUE
    assert color(image, swiped, 300, 250) == BACKGROUND


def test_the_divider_lies_on_one_pixel_and_has_a_handle(swiped: MapView) -> None:
    image = swiped.grab_image()
    along = [color(image, swiped, 200, north) for north in range(30, 290)]
    assert BLUE not in along
    assert RED not in along
    assert color(image, swiped, 194, 157) == color(image, swiped, 205, 157), "the knob is round the line"
    assert color(image, swiped, 194, 157) not in (BLUE, RED, BACKGROUND)


def test_it_is_dragged_with_the_mouse_from_wherever_it_is_pressed(swiped: MapView) -> None:
    swiped.grab_image()
    drag(swiped, (200, 200), (300, 210))
    image = swiped.grab_image()
    assert color(image, swiped, 300 - EDGE, 100) == BLUE
    assert color(image, swiped, 300 + EDGE, 100) == RED
    move(swiped, 50, 50)
    assert swiped.swipe.share == pytest.approx(0.75, abs=0.003), "let go, it stays"
    drag(swiped, (20, 200), (-80, 200))
    assert swiped.swipe.share == 0


def test_the_arrow_keys_move_and_turn_it(swiped: MapView) -> None:
    key(swiped, Qt.Key.Key_Right)
    assert swiped.swipe.share == pytest.approx(0.5 + STEP)
    key(swiped, Qt.Key.Key_Left)
    key(swiped, Qt.Key.Key_Down)
    assert swiped.swipe.is_across
    assert swiped.swipe.share == pytest.approx(0.5)
    image = swiped.grab_image()
    assert color(image, swiped, 100, 150 + EDGE) == BLUE
    assert color(image, swiped, 100, 150 - EDGE) == RED
    key(swiped, Qt.Key.Key_End)
    assert color(swiped.grab_image(), swiped, 100, 100) == BLUE
    key(swiped, Qt.Key.Key_Home)
    assert color(swiped.grab_image(), swiped, 100, 250) == BACKGROUND
    assert at(swiped, 0, 0).y() == 300, "the map itself has not moved"


def test_the_opacity_lets_the_map_through(swiped: MapView) -> None:
    swiped.set_swiped([scan(0.5)])
    image = swiped.grab_image()
    mixed = color(image, swiped, 100, 100)
    assert (int(mixed[1:3], 16), int(mixed[5:7], 16)) == (pytest.approx(128, abs=2), pytest.approx(128, abs=2))
    assert color(image, swiped, 300, 100) == RED


def test_the_scan_stays_on_the_ground_when_the_map_is_moved_and_zoomed(swiped: MapView) -> None:
    swiped.canvas.look(swiped.camera.moved(-50, 0))
    image = swiped.grab_image()
    assert color(image, swiped, 100, 250) == BLUE
    assert color(image, swiped, 200, 250) == BLUE, "the divider stands still on the screen"
    swiped.canvas.zoom(0.5)
    image = swiped.grab_image()
    assert color(image, swiped, 20, 290) == BLUE
    assert color(image, swiped, 20, 320) == BACKGROUND


def test_esc_ends_it_and_the_map_is_whole_again(swiped: MapView) -> None:
    taken = collected(swiped.tool_changed)
    key(swiped, Qt.Key.Key_Escape)
    assert taken == [("select",)]
    image = swiped.grab_image()
    assert {color(image, swiped, east, 100) for east in range(150, 400)} == {RED}
    assert not swiped.swipe.is_on
