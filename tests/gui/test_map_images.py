"""Pictures under and over the layers, in the renderer's own process."""

import gc
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import shapely
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from desktop.map.backdrop import BLOCK_PX, BlockGrid, intersection
from desktop.map.camera import Camera
from desktop.map.images import PlacedImage
from desktop.map.layers import MapLayer
from desktop.map.render_link import BACKGROUND
from desktop.map.styles import FillSymbol, LayerStyle, SymbolSet
from desktop.map.view import MapView
from geodesy.arrays import build_arrays
from tests.gui.map_hands import E0, N0

RED = LayerStyle(classes=(SymbolSet(polygon=FillSymbol(fill="#ff0000", line=None)),))


def plain(name: str, box: tuple[float, float, float, float], rgba: tuple[int, ...], **more) -> PlacedImage:
    pixels = np.empty((round(box[3] - box[1]), round(box[2] - box[0]), 4), np.uint8)
    pixels[:] = rgba
    return PlacedImage(name, pixels, (E0 + box[0], N0 + box[1], E0 + box[2], N0 + box[3]), **more)


def seen(image: QImage, view: MapView, east: float, north: float) -> str:
    x, y = view.canvas.to_screen(np.array([(E0 + east, N0 + north)]))[0]
    return QColor(image.pixel(int(x), int(y))).name()


def square() -> MapLayer:
    arrays = build_arrays([1], np.array([shapely.box(E0 + 100, N0 + 100, E0 + 200, N0 + 200)], dtype=object))
    return MapLayer("areas", "areas", arrays, RED)


def test_an_image_lies_under_the_layers_or_over_them(view: MapView) -> None:
    view.set_layers([square()])
    under = plain("a", (50, 50, 250, 250), (0, 0, 255, 255))
    view.set_images([under])
    image = view.grab_image()
    assert seen(image, view, 150, 150) == "#ff0000"
    assert seen(image, view, 70, 70) == "#0000ff"
    assert seen(image, view, 300, 200) == BACKGROUND
    view.set_images([PlacedImage(under.id, under.rgba, under.bounds, 1.0, True)])
    assert seen(view.grab_image(), view, 150, 150) == "#0000ff"
    view.set_images([])
    image = view.grab_image()
    assert seen(image, view, 70, 70) == BACKGROUND
    assert seen(image, view, 150, 150) == "#ff0000"


def test_images_are_drawn_to_the_pixel_and_mixed_by_their_opacity(view: MapView) -> None:
    chequered = np.zeros((4, 4, 4), np.uint8)
    chequered[::2, ::2] = chequered[1::2, 1::2] = (255, 255, 255, 255)
    chequered[::2, 1::2] = chequered[1::2, ::2] = (0, 0, 0, 255)
    view.set_images([PlacedImage("c", chequered, (E0 + 100, N0 + 100, E0 + 104, N0 + 104))])
    image = view.grab_image()
    found = [[seen(image, view, 100.5 + x, 103.5 - y) for x in range(4)] for y in range(4)]
    black, white = "#000000", "#ffffff"
    assert found == [[white, black] * 2, [black, white] * 2] * 2
    half = plain("h", (200, 200, 220, 220), (0, 0, 0, 255), opacity=0.5)
    clear = plain("k", (240, 200, 260, 220), (0, 0, 0, 51))
    view.set_images([half, clear])
    image = view.grab_image()
    ground = QColor(BACKGROUND).red()
    assert abs(QColor(seen(image, view, 210, 210)).red() - ground * 0.5) <= 1
    assert abs(QColor(seen(image, view, 250, 210)).red() - ground * 0.8) <= 1


def test_later_images_lie_over_earlier_ones_and_stay_on_the_map_when_it_moves(view: MapView) -> None:
    first, second = plain("a", (0, 0, 200, 300), (9, 9, 9, 255)), plain("b", (100, 0, 300, 300), (99, 99, 99, 255))
    view.set_images([first, second])
    assert seen(view.grab_image(), view, 150, 150) == "#636363"
    view.set_images([second, first])
    assert seen(view.grab_image(), view, 150, 150) == "#090909"
    view.canvas.look(view.camera.moved(-37, 21))
    image = view.grab_image()
    assert seen(image, view, 150, 150) == "#090909"
    assert seen(image, view, 250, 150) == "#636363"
    view.zoom_by(0.25)
    view.centre_on(E0 + 200, N0 + 100)
    image = view.grab_image()
    assert seen(image, view, 199, 100) == "#090909"
    assert seen(image, view, 201, 100) == "#636363"


def open_blocks() -> int:
    found = 0
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the listing's own
            found += "diaba-map" in os.readlink(f"/proc/self/fd/{name}")
    return found


def test_memory_is_given_back_when_an_image_goes(view: MapView) -> None:
    view.set_layers([square()])
    view.grab_image()
    before = open_blocks()
    for turn in range(6):
        view.set_images([plain(f"{turn}-{n}", (0, 0, 300, 300), (9, 9, n, 255)) for n in range(4)])
        view.grab_image()
        assert open_blocks() <= before + 8
    view.set_images([])
    view.grab_image()
    gc.collect()
    assert open_blocks() == before
    pid = view._link.process_id
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert maps.count("diaba-map") <= before + 1


def test_a_new_renderer_is_told_of_the_images(view: MapView, qtbot: QtBot) -> None:
    view.set_images([plain("a", (50, 50, 250, 250), (0, 0, 255, 255))])
    view.grab_image()
    old = view._link.process_id
    view._link._process.kill()
    qtbot.waitUntil(lambda: view._link.process_id not in {0, old}, timeout=10_000)
    view.canvas.look(view.camera.moved(5, 5))
    assert seen(view.grab_image(), view, 150, 150) == "#0000ff"


def camera(x: float = 0.0, y: float = 0.0, resolution: float = 0.7) -> Camera:
    return Camera(x, y, resolution, 1366, 768)


def test_a_grid_goes_on_fitting_while_the_map_moves_by_whole_pixels() -> None:
    first = camera(437_000.3, 2_487_000.1)
    grid = BlockGrid.under(first)
    assert grid.fits(first)
    assert grid.fits(first.moved(301, -77))
    assert not grid.fits(first.moved(0, 0).zoomed(1.5, 10, 10))
    assert not grid.fits(Camera(first.x + 0.3, first.y, 0.7, 1366, 768))


def test_blocks_cover_a_view_and_the_middle_comes_first() -> None:
    seen_by = camera(5.0, 9.0)
    grid = BlockGrid.under(seen_by)
    blocks = grid.blocks_over(seen_by.bounds)
    assert len(blocks) == 3 * 2
    assert blocks[0][0] == 1
    boxes = [grid.bounds(block) for block in blocks]
    union = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    assert intersection(union, seen_by.bounds) == pytest.approx(seen_by.bounds)
    assert all(box[2] - box[0] == pytest.approx(BLOCK_PX * 0.7) for box in boxes)
    assert grid.kept(blocks, seen_by.moved(-5 * BLOCK_PX, 0).bounds) == set()
    assert grid.kept(blocks, seen_by.bounds) == set(blocks)


def test_boxes_apart_have_nothing_in_common() -> None:
    assert intersection((0, 0, 1, 1), (1, 0, 2, 1)) is None
    assert intersection((0, 0, 2, 2), (1, 1, 3, 3)) == (1, 1, 2, 2)
