"""The map with its renderer's process: what it shows, how it moves, and what becomes of its processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import shapely
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.errors import EnvironmentFault
from desktop.map.render_link import BACKGROUND
from desktop.map.view import MapView
from geodesy.arrays import build_arrays
from tests.gui.map_hands import E0, N0, at, box, collected, color, drag, key, layer


def test_layers_are_shown(view: MapView) -> None:
    view.set_layers(
        [
            layer("areas", box(50, 50, 150, 150)),
            layer("roads", shapely.LineString([(E0, N0 + 200), (E0 + 400, N0 + 200)])),
        ]
    )
    image = view.grab_image()
    assert color(image, view, 100, 100) == "#ff0000"
    assert color(image, view, 200, 200) == "#0000ff"
    assert color(image, view, 300, 100) == BACKGROUND


def test_hidden_and_removed_layers_are_not_shown(view: MapView) -> None:
    areas = layer("areas", box(50, 50, 150, 150))
    view.set_layers([areas])
    view.update_layer("areas", visible=False)
    assert color(view.grab_image(), view, 100, 100) == BACKGROUND
    assert not view.hits_at(E0 + 100, N0 + 100, 5)
    view.update_layer("areas", visible=True)
    assert color(view.grab_image(), view, 100, 100) == "#ff0000"
    view.set_layers([])
    assert color(view.grab_image(), view, 60, 60) == BACKGROUND


def test_single_records_are_changed_added_and_removed(view: MapView) -> None:
    view.set_layers([layer("areas", box(10, 110, 60, 160), box(100, 110, 160, 160), labels=["a", "b"])])
    view.grab_image()
    view.update_records(
        "areas", build_arrays([2, 9], [box(200, 110, 260, 160), box(300, 110, 360, 160)]), [1], {2: "b", 9: "c"}
    )
    image = view.grab_image()
    assert [color(image, view, x, 130) for x in (30, 130, 230, 330)] == [BACKGROUND, BACKGROUND, "#ff0000", "#ff0000"]
    assert view.scene.layer("areas").labels == ["b", "c"]
    assert [(hit.fid) for hit in view.hits_at(E0 + 330, N0 + 130, 3)] == [9]


def test_a_pan_shows_the_last_picture_moved_before_a_new_one_comes(view: MapView) -> None:
    view.set_layers([layer("areas", box(50, 50, 150, 150))])
    view.grab_image()
    place = at(view, 100, 100)
    os.kill(view._link.process_id, signal.SIGSTOP)  # no new picture can come
    try:
        drag(view, (100, 100), (160, 60), Qt.MouseButton.MiddleButton)
        image = view.grab().toImage()
        assert QColor(image.pixel(place + QPoint(60, 40))).name() == "#ff0000"
        assert QColor(image.pixel(place - QPoint(20, 20))).name() == BACKGROUND
        view.zoom_by(0.5)
        assert view.grab().toImage().width() == 400
    finally:
        os.kill(view._link.process_id, signal.SIGCONT)
    view.zoom_full()
    assert color(view.grab_image(), view, 100, 100) == "#ff0000"


def test_the_wheel_zooms_at_the_cursor(view: MapView) -> None:
    spot = QPointF(300, 50)
    before = view.canvas.to_world(spot)
    wheel = QWheelEvent(
        spot, spot, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    scales = collected(view.scale_changed)
    old = view.camera.denominator
    QApplication.sendEvent(view.canvas.viewport(), wheel)
    assert view.canvas.to_world(spot) == pytest.approx(before)
    assert scales[-1][0] < old


def test_keys_and_the_space_bar_move_the_map(view: MapView) -> None:
    x = view.camera.x
    key(view, Qt.Key.Key_Right)
    assert view.camera.x == pytest.approx(x + 100)
    near = view.camera.resolution
    key(view, Qt.Key.Key_Plus)
    assert view.camera.resolution < near
    x = view.camera.x
    QTest.mouseMove(view.canvas.viewport(), QPoint(100, 100))
    QTest.keyPress(view.canvas, Qt.Key.Key_Space)
    QTest.mouseMove(view.canvas.viewport(), QPoint(160, 100))
    QTest.keyRelease(view.canvas, Qt.Key.Key_Space)
    assert view.camera.x < x


def test_a_killed_renderer_comes_back_with_everything(view: MapView, qtbot: QtBot) -> None:
    view.set_layers([layer("areas", box(50, 50, 150, 150))])
    view.grab_image()
    first = view._link.process_id
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: view._link.process_id not in (0, first), timeout=10_000)
    view.zoom_by(0.9)
    assert color(view.grab_image(), view, 100, 100) == "#ff0000"


def test_a_map_shut_down_right_after_a_crash_starts_nothing_again(view: MapView, qtbot: QtBot) -> None:
    view.grab_image()
    os.kill(view._link.process_id, signal.SIGKILL)
    qtbot.waitUntil(lambda: view._link.process_id == 0, timeout=5_000)
    view.shut_down()
    qtbot.wait(200)
    assert view._link.process_id == 0


def test_a_renderer_that_cannot_live_is_given_up_and_f5_tries_again(
    view: MapView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_layers([layer("areas", box(50, 50, 150, 150))])
    view.grab_image()
    with monkeypatch.context() as patched:
        patched.setattr(
            "desktop.map.render_link.child_command", lambda module: [sys.executable, "-c", "raise SystemExit(3)"]
        )
        with qtbot.waitSignal(view._link.failed, timeout=20_000):
            os.kill(view._link.process_id, signal.SIGKILL)
        with pytest.raises(EnvironmentFault, match="5|giây"):
            view.grab_image(wait_ms=50)
    view.refresh()
    assert color(view.grab_image(), view, 100, 100) == "#ff0000"


def test_a_map_thrown_away_without_a_word_takes_its_renderer_along(qtbot: QtBot) -> None:
    made = MapView()
    made.resize(200, 100)
    made.grab_image()
    process = made._link.process_id
    made.deleteLater()
    del made
    qtbot.waitUntil(lambda: not Path(f"/proc/{process}").exists(), timeout=5_000)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_program_takes_its_renderer_along(qtbot: QtBot) -> None:
    script = """
import os
from PySide6.QtWidgets import QApplication
from desktop.map.view import MapView
app = QApplication([])
view = MapView()
view.grab_image()
print(view._link.process_id, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    process = Path(f"/proc/{int(done.stdout)}")
    qtbot.waitUntil(lambda: not process.exists(), timeout=5_000)


def test_the_renderer_starts_light() -> None:
    heavy = ("pyqtgraph", "shapely", "yaml", "pydantic", "sqlalchemy", "PySide6.QtWidgets")
    code = f"import sys, desktop.map.render_child; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_boundary_is_an_outline_to_which_lines_stick(view: MapView) -> None:
    view.set_boundary(box(50, 50, 350, 250))
    image = view.grab_image()
    assert color(image, view, 200, 150) == BACKGROUND
    along = {color(image, view, x, 50) for x in range(60, 340)}
    assert "#7b1fa2" in along
    found = view.snap(E0 + 55, N0 + 52)
    assert found is not None
    assert (found.x, found.y) == (E0 + 50, N0 + 50)
    assert view.snap(E0 + 90, N0 + 90) is None


def test_findings_are_marked_by_severity(view: MapView) -> None:
    marks = [
        (shapely.Point(E0 + 100, N0 + 100), "error"),
        (shapely.Point(E0 + 200, N0 + 100), "warning"),
        (None, "info"),
    ]
    view.set_findings([SimpleNamespace(place=place, severity=severity) for place, severity in marks])
    image = view.grab_image()
    assert color(image, view, 100, 100) == "#b42318"
    assert color(image, view, 200, 100) == "#d97706"
    view.set_findings([])
    assert color(view.grab_image(), view, 100, 100) == BACKGROUND


def test_the_selection_is_highlighted_and_can_be_shown(view: MapView) -> None:
    view.set_layers([layer("areas", box(100, 100, 200, 200), box(300, 250, 310, 260))])
    view.set_selection({"areas": {2}, "gone": {1}})
    view.zoom_to_selection()
    west, south, east, north = view.camera.bounds
    assert west < E0 + 300 < E0 + 310 < east
    assert east - west < 60
    assert color(view.grab_image(), view, 300, 255) == "#f59e0b"
    view.set_selection({})
    assert color(view.grab_image(), view, 305, 255) == "#ff0000"


def test_an_empty_map_says_what_to_do(view: MapView) -> None:
    empty = view.grab_image()
    texts = sum(QColor(empty.pixel(x, y)).lightness() < 150 for x in range(0, 400, 2) for y in range(130, 170))
    assert texts > 25
    view.set_layers([layer("areas", box(100, 100, 101, 101))])
    assert sum(QColor(view.grab_image().pixel(x, 140)).lightness() < 150 for x in range(400)) < 5


def test_a_box_stays_whole_when_the_window_grows(view: MapView) -> None:
    view.zoom_to((E0, N0, E0 + 1000, N0 + 1000))
    view.resize(800, 700)
    QApplication.processEvents()
    west, south, east, north = view.camera.bounds
    assert south == pytest.approx(N0 - 1000 * 0.06 / 0.88, abs=5)
    centre = view.camera.x, view.camera.y
    view.canvas.zoom(2)
    scale = view.camera.denominator
    view.resize(500, 400)
    QApplication.processEvents()
    assert view.camera.denominator == pytest.approx(scale)
    assert (view.camera.x, view.camera.y) == pytest.approx(centre)


def test_a_sharp_screen_gets_a_sharp_picture(tmp_path: Path) -> None:
    script = f"""
import numpy as np, shapely
from PySide6.QtWidgets import QApplication
from desktop.map.layers import MapLayer
from desktop.map.styles import LayerStyle, LineSymbol, SymbolSet
from desktop.map.view import MapView
from geodesy.arrays import build_arrays
app = QApplication([])
view = MapView()
view.resize(200, 100)
style = LayerStyle(classes=(SymbolSet(line=LineSymbol(color="#ff0000", width=1)),))
view.set_layers([MapLayer("a", "a", build_arrays([1], [shapely.LineString([(0, 0), (10, 0)])]), style)])
view.grab_image().save({str(tmp_path / "sharp.png")!r})
view.shut_down()
"""
    settings = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-c", script], check=True, env=settings, timeout=60)
    image = QImage(str(tmp_path / "sharp.png"))
    assert (image.width(), image.height()) == (400, 200)
    reds = [QColor(image.pixel(200, row)).name() for row in range(200)]
    assert reds.count("#ff0000") == 2
