"""Base maps in the window: added, seen in their place, changed, and gone again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QToolButton
from pytestqt.qtbot import QtBot

from desktop import basemap_control
from desktop.main_window import DeskWindow
from desktop.map.render_link import BACKGROUND
from geodesy.datum import transform_xy
from geodesy.placements import Placement
from geodesy.systems import WGS84
from services.basemaps import list_basemaps
from tests.exchange.raster_samples import blob, marked_tiles, middle_of_mark, write_mbtiles, write_tiff

EAST, NORTH = 437_000.0, 2_487_000.0


@pytest.fixture(autouse=True)
def _closed(window: DeskWindow) -> Iterator[None]:
    yield
    window.surroundings.control.shut_down()


@pytest.fixture
def tiles(window: DeskWindow, tmp_path: Path) -> Path:
    mark = tuple(transform_xy([(EAST, NORTH)], window.session.desk.system, WGS84)[0].tolist())
    return write_mbtiles(tmp_path / "nền.mbtiles", marked_tiles(mark, range(10, 17)), {"name": "Ảnh nền"})


@pytest.fixture
def settle(qtbot: QtBot, window: DeskWindow, rest: Callable[[], None]) -> Callable[[], None]:
    control = window.surroundings.control

    def wait() -> None:
        rest()
        qtbot.waitUntil(lambda: control.is_idle and not window.session.runner.running, timeout=20_000)
        qtbot.wait(60)
        qtbot.waitUntil(lambda: control.is_idle and not window.session.runner.running, timeout=20_000)

    return wait


def add(window: DeskWindow, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.actions_by_key["add-basemap"].trigger()


def look_at_mark(window: DeskWindow) -> None:
    window.map.zoom_to((EAST - 300, NORTH - 200, EAST + 300, NORTH + 200))


def off_mark(window: DeskWindow) -> float:
    """By how many pixels the images of the map show the mark beside its place."""
    found = []
    for image in window.map.scene.images:
        west, south, east, north = image.bounds
        if west < EAST < east and south < NORTH < north:
            x, y = middle_of_mark(image.rgba)
            size = (east - west) / image.rgba.shape[1]
            found.append(np.hypot(west + x * size - EAST, north - y * size - NORTH) / window.map.camera.resolution)
    assert found
    return max(found)


def test_a_base_map_is_added_and_lies_in_its_place(window, tiles, settle, monkeypatch) -> None:
    add(window, tiles, monkeypatch)
    settle()
    look_at_mark(window)
    settle()
    assert off_mark(window) < 0.5
    (row,) = window.basemaps.rows.values()
    assert row.shown.text() == "Ảnh nền"
    assert row.note.text() == ""
    plain = window.map.grab_image()
    row.shown.setChecked(False)
    settle()
    assert window.map.scene.images == ()
    assert window.map.grab_image() != plain
    assert not list_basemaps(window.session.desk)[0].is_shown


def test_moving_keeps_what_is_there_and_zooming_changes_the_scale(window, tiles, settle, monkeypatch) -> None:
    add(window, tiles, monkeypatch)
    settle()
    look_at_mark(window)
    settle()
    before = {image.id for image in window.map.scene.images}
    window.map.canvas.look(window.map.camera.moved(-40, 30))
    settle()
    assert before <= {image.id for image in window.map.scene.images}
    window.map.zoom_by(0.5)
    settle()
    after = window.map.scene.images
    assert before.isdisjoint(image.id for image in after)
    assert all(
        (image.bounds[2] - image.bounds[0]) / image.rgba.shape[1] == pytest.approx(window.map.camera.resolution)
        for image in after
    )
    assert off_mark(window) < 0.5


def test_the_hand_on_the_slider_is_followed_and_remembered(window, tiles, settle, qtbot, monkeypatch) -> None:
    add(window, tiles, monkeypatch)
    settle()
    look_at_mark(window)
    settle()
    (row,) = window.basemaps.rows.values()
    row.slider.setValue(35)
    qtbot.waitUntil(lambda: all(image.opacity == 0.35 for image in window.map.scene.images))
    row.above.setChecked(True)
    qtbot.waitUntil(lambda: list_basemaps(window.session.desk)[0].opacity == 0.35, timeout=5000)
    settle()
    assert all(image.is_above for image in window.map.scene.images)


def test_removing_one_gives_everything_back(window, tiles, settle, monkeypatch) -> None:
    add(window, tiles, monkeypatch)
    settle()
    look_at_mark(window)
    settle()
    copy = list_basemaps(window.session.desk)[0].path
    assert copy.exists()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    (row,) = window.basemaps.rows.values()
    row.remove_wanted.emit()
    settle()
    assert window.basemaps.rows == {}
    assert window.map.scene.images == ()
    assert window.map._link._images == {}
    assert not copy.exists()
    assert tiles.exists()


def test_a_picture_without_system_is_asked_about(window, settle, tmp_path, monkeypatch) -> None:
    home = window.session.desk.system
    placement = Placement(1.0, 0.0, EAST - 200.5, 0.0, -1.0, NORTH + 150.5)
    path = write_tiff(tmp_path / "bản vẽ.tif", blob(400, 300, (200.5, 150.5), 4.0), transform=placement.numbers)
    asked = []

    def answer(parent, title, text, labels, *_):
        asked.append((text, labels))
        return home.label(), True

    monkeypatch.setattr(QInputDialog, "getItem", answer)
    add(window, path, monkeypatch)
    settle()
    look_at_mark(window)
    settle()
    assert "bản vẽ.tif" in asked[0][0]
    assert "Web Mercator" in asked[0][1]
    assert off_mark(window) < 0.5


def test_a_file_that_is_none_is_refused_with_words_and_leaves_the_map_alone(
    window, settle, tmp_path, monkeypatch
) -> None:
    path = tmp_path / "hỏng.mbtiles"
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))
    add(window, path, monkeypatch)
    settle()
    assert window.basemaps.rows == {}
    assert list_basemaps(window.session.desk) == []


def test_a_file_that_is_gone_says_so_in_its_row(window, tiles, settle, monkeypatch) -> None:
    add(window, tiles, monkeypatch)
    settle()
    window.surroundings.control.shut_down()
    list_basemaps(window.session.desk)[0].path.unlink()
    control = window.surroundings.control
    control._is_over = False
    control.load()
    settle()
    (row,) = window.basemaps.rows.values()
    assert row.note.text() == "Không thấy tệp"
    assert window.map.scene.images == ()


def test_grids_and_the_country_are_commands(window, settle) -> None:
    window.actions_by_key["grid"].trigger()
    window.actions_by_key["country"].trigger()
    assert window.map.camera.denominator > 5_000_000
    plain = window.map.grab().toImage()
    window.actions_by_key["grid"].trigger()
    assert window.map.grab().toImage() != plain


def test_the_camera_is_left_in_peace_while_it_moves(window, tiles, settle, monkeypatch) -> None:
    add(window, tiles, monkeypatch)
    settle()
    look_at_mark(window)
    settle()
    asked = []
    for feed in window.surroundings.control._feeds.values():
        monkeypatch.setattr(feed, "ask", asked.append)
    for _ in range(5):
        window.map.zoom_by(0.9)
    assert asked == []
    window.surroundings.control._settling.timeout.emit()
    assert len(asked) == 1
    assert basemap_control.SETTLED_MS >= 100


def test_a_divider_compares_a_base_map_with_the_map(window, tiles, settle, qtbot, monkeypatch) -> None:
    add(window, tiles, monkeypatch)
    settle()
    look_at_mark(window)
    settle()
    view, swipe = window.map, window.map.swipe
    laid = view.scene.images
    assert laid
    window.actions_by_key["swipe"].trigger()
    assert view.tool.name == "swipe"
    assert view.scene.images == ()
    assert view.canvas.hasFocus() or window.focusWidget() is view.canvas
    image, high = view.grab_image(), view.height() // 3
    left, right = (QColor(image.pixel(round(view.width() * share), high)).name() for share in (0.2, 0.8))
    assert (left, right) == ("#fafafa", BACKGROUND)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    assert swipe.share > 0.5
    (row,) = window.basemaps.rows.values()
    row.slider.setValue(50)
    settle()
    faint = QColor(view.grab_image().pixel(round(view.width() * 0.2), high))
    assert faint.name() not in (left, BACKGROUND)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Escape)
    settle()
    assert view.tool.name == "select"
    assert window.actions_by_key["select"].isChecked()
    assert {item.id for item in view.scene.images} == {item.id for item in laid}
    row.findChild(QToolButton, "swipe").click()
    assert view.tool.name == "swipe"
    window.actions_by_key["pan"].trigger()
    assert not swipe.is_on
    assert view.scene.images


def test_without_a_base_map_there_is_nothing_to_compare(window, settle) -> None:
    window.actions_by_key["swipe"].trigger()
    settle()
    assert window.map.tool.name == "select"
    assert window.actions_by_key["select"].isChecked()
    assert window.notices.toast.isVisible()
