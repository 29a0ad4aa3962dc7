"""The map with its renderer's process: what it shows, and what the hand does on it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.errors import EnvironmentFault
from desktop.map.layers import MapLayer
from desktop.map.render_link import BACKGROUND
from desktop.map.styles import FillSymbol, LayerStyle, LineSymbol, PointSymbol, SymbolSet
from desktop.map.view import TOOLS, MapView
from geodesy.arrays import build_arrays

E0, N0 = 437_000.0, 2_487_000.0
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
STYLE = LayerStyle(
    classes=(
        SymbolSet(
            polygon=FillSymbol(fill="#ff0000", line=None),
            line=LineSymbol(color="#0000ff", width=3),
            point=PointSymbol(size=8, fill="#00ff00", width=0),
        ),
    )
)


def layer(layer_id: str, *geometries: shapely.Geometry, **changes: Any) -> MapLayer:
    """A layer whose records have the fids 1, 2, 3 …"""
    arrays = build_arrays(range(1, len(geometries) + 1), np.array(geometries, dtype=object))
    return MapLayer(layer_id, layer_id, arrays, STYLE, **changes)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(E0 + west, N0 + south, E0 + east, N0 + north)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[MapView]:
    """A map of 400 by 300 pixels, one metre a pixel, its south-west corner at E0, N0."""
    made = MapView()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.zoom_to((E0, N0, E0 + 400, N0 + 300))
    made.canvas.look(made.camera.at_scale(made.camera.denominator / made.camera.resolution))
    yield made
    made.shut_down()


def at(view: MapView, east: float, north: float) -> QPoint:
    """The place on the widget of a point of the world."""
    x, y = view.canvas.to_screen(np.array([(E0 + east, N0 + north)]))[0]
    return QPoint(round(x), round(y))


def click(view: MapView, east: float, north: float, button: Qt.MouseButton = LEFT, keys: Any = None) -> None:
    place = at(view, east, north)
    move(view, east, north)
    QTest.mouseClick(view.canvas.viewport(), button, keys or Qt.KeyboardModifier.NoModifier, place)


def move(view: MapView, east: float, north: float) -> None:
    QTest.mouseMove(view.canvas.viewport(), at(view, east, north))
    QApplication.processEvents()


def drag(view: MapView, start: tuple[float, float], end: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    viewport = view.canvas.viewport()
    QTest.mousePress(viewport, button, pos=at(view, *start))
    for share in (0.5, 1.0):
        move(view, *(a + (b - a) * share for a, b in zip(start, end, strict=True)))
    QTest.mouseRelease(viewport, button, pos=at(view, *end))


def key(view: MapView, which: Qt.Key) -> None:
    QTest.keyClick(view.canvas, which)


def color(image: QImage, view: MapView, east: float, north: float) -> str:
    place = at(view, east, north)
    return QColor(image.pixel(place)).name()


def collected(signal: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    signal.connect(lambda *arguments: found.append(arguments))
    return found


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


def test_a_click_picks_and_a_second_one_goes_deeper(view: MapView) -> None:
    view.set_layers(
        [layer("areas", box(0, 0, 300, 300), box(50, 50, 150, 150)), layer("posts", shapely.Point(E0 + 100, N0 + 100))]
    )
    picked = collected(view.picked)
    for _ in range(4):
        click(view, 100, 100)
    assert [item[0] for item in picked] == [[("posts", 1)], [("areas", 2)], [("areas", 1)], [("posts", 1)]]
    click(view, 200, 200, keys=Qt.KeyboardModifier.ShiftModifier)
    assert picked[-1] == ([("areas", 1)], True)
    click(view, 350, 30)
    assert picked[-1] == ([], False)


def test_a_dragged_box_picks_all_it_touches(view: MapView) -> None:
    view.set_layers([layer("areas", box(10, 10, 40, 40), box(60, 10, 90, 40), box(200, 200, 240, 240))])
    boxed = collected(view.boxed)
    drag(view, (5, 50), (70, 5))
    assert boxed == [([("areas", 1), ("areas", 2)], False)]


def test_delete_asks_and_a_double_click_opens(view: MapView) -> None:
    view.set_layers([layer("areas", box(10, 10, 140, 140))])
    asked, opened = collected(view.delete_requested), collected(view.opened)
    key(view, Qt.Key.Key_Delete)
    QTest.mouseDClick(view.canvas.viewport(), LEFT, pos=at(view, 50, 50))
    assert len(asked) == 1
    assert opened == [("areas", 1)]


def test_a_polygon_is_drawn_with_snapping_and_ended_by_the_right_button(view: MapView) -> None:
    corner = (E0 + 100.123456, N0 + 100.654321)
    view.set_layers([layer("areas", shapely.box(*corner, E0 + 300, N0 + 290))])
    view.set_tool("draw_polygon")
    view.set_snapping(True, 12)
    done = collected(view.sketch_finished)
    click(view, 104, 96)
    click(view, 20, 60)
    click(view, 40, 250)
    click(view, 40, 250, RIGHT)
    ((kind, xy),) = done
    assert kind == "polygon"
    assert xy.shape == (3, 2)
    assert tuple(xy[0]) == corner, "snapped bit by bit"
    assert xy[1:] == pytest.approx(np.array([(E0 + 20, N0 + 60), (E0 + 40, N0 + 250)]), abs=1.0)


def test_without_snapping_points_lie_where_they_were_clicked(view: MapView) -> None:
    view.set_layers([layer("areas", box(100, 100, 300, 290))])
    view.set_snapping(False)
    view.set_tool("draw_point")
    done = collected(view.sketch_finished)
    click(view, 104, 96)
    ((kind, xy),) = done
    assert kind == "point"
    assert xy[0] == pytest.approx([E0 + 104, N0 + 96], abs=1.0)
    assert xy[0].tolist() != [E0 + 100, N0 + 100]


def test_backspace_steps_back_escape_gives_up_and_too_few_vertices_are_refused(view: MapView) -> None:
    view.set_tool("draw_line")
    done, hints = collected(view.sketch_finished), collected(view.hinted)
    click(view, 20, 60)
    key(view, Qt.Key.Key_Return)
    assert not done
    assert "2" in hints[-1][0]
    click(view, 120, 60)
    click(view, 120, 160)
    key(view, Qt.Key.Key_Backspace)
    key(view, Qt.Key.Key_Return)
    assert done[0][1].shape == (2, 2)
    click(view, 20, 60)
    click(view, 90, 90)
    key(view, Qt.Key.Key_Escape)
    click(view, 20, 60, RIGHT)
    assert len(done) == 1


def test_a_double_click_ends_a_line_without_doubling_its_last_vertex(view: MapView) -> None:
    view.set_tool("draw_line")
    done = collected(view.sketch_finished)
    click(view, 20, 60)
    click(view, 120, 60)
    QTest.mouseDClick(view.canvas.viewport(), LEFT, pos=at(view, 120, 60))
    assert len(done[0][1]) == 2


def test_the_first_corner_closes_a_polygon(view: MapView) -> None:
    view.set_tool("draw_polygon")
    done = collected(view.sketch_finished)
    for east, north in ((20, 20), (120, 20), (120, 120), (22, 21)):
        click(view, east, north)
    assert done[0][1].shape == (3, 2)


def test_a_dragged_vertex_gives_the_new_geometry_on_release_only(view: MapView) -> None:
    view.set_layers([layer("areas", box(100, 100, 200, 200)), layer("posts", shapely.Point(E0 + 250.5, N0 + 250.25))])
    view.set_tool("vertices")
    edited = collected(view.geometry_edited)
    click(view, 150, 150)
    QTest.mousePress(view.canvas.viewport(), LEFT, pos=at(view, 200, 200))
    move(view, 230, 230)
    assert not edited
    move(view, 248, 252)
    QTest.mouseRelease(view.canvas.viewport(), LEFT, pos=at(view, 248, 252))
    ((layer_id, fid, geometry),) = edited
    assert (layer_id, fid) == ("areas", 1)
    assert geometry.is_valid
    expected = shapely.Polygon(
        [(E0 + 100, N0 + 100), (E0 + 200, N0 + 100), (E0 + 250.5, N0 + 250.25), (E0 + 100, N0 + 200)]
    )
    assert geometry.equals(expected)
    click(view, 150, 150)
    assert len(edited) == 1, "a click moves nothing"


def test_vertices_are_inserted_on_an_edge_and_removed(view: MapView) -> None:
    line = shapely.LineString([(E0 + 50, N0 + 50), (E0 + 250, N0 + 50)])
    view.set_layers([layer("roads", line)])
    view.set_tool("vertices")
    edited = collected(view.geometry_edited)
    click(view, 120, 50)
    QTest.mouseDClick(view.canvas.viewport(), LEFT, pos=at(view, 150, 50))
    assert edited[-1][2].equals(shapely.LineString([(E0 + 50, N0 + 50), (E0 + 150, N0 + 50), (E0 + 250, N0 + 50)]))
    key(view, Qt.Key.Key_Delete)
    assert edited[-1][2].equals(line)
    hints = collected(view.hinted)
    click(view, 50, 50)
    key(view, Qt.Key.Key_Delete)
    assert len(edited) == 2, "a line keeps two vertices"
    assert hints


def test_the_vertex_tool_has_delete_before_the_window_has(view: MapView) -> None:
    shortcut = QShortcut(QKeySequence(Qt.Key.Key_Delete), view)
    taken = collected(shortcut.activated)
    view.set_layers(
        [layer("roads", shapely.LineString([(E0 + 50, N0 + 50), (E0 + 150, N0 + 90), (E0 + 250, N0 + 50)]))]
    )
    view.canvas.setFocus()
    view.set_tool("vertices")
    edited = collected(view.geometry_edited)
    key(view, Qt.Key.Key_Delete)
    assert (len(taken), len(edited)) == (1, 0), "no vertex is chosen: the key is the window's"
    click(view, 150, 90)
    click(view, 150, 90)
    key(view, Qt.Key.Key_Delete)
    assert (len(taken), len(edited)) == (1, 1)


def test_an_edit_that_was_refused_is_forgotten(view: MapView) -> None:
    view.set_layers([layer("posts", shapely.Point(E0 + 100, N0 + 100))])
    view.set_tool("vertices")
    edited = collected(view.geometry_edited)
    click(view, 100, 100)
    drag(view, (100, 100), (180, 120))
    view.discard_edit()
    drag(view, (100, 100), (60, 60))
    assert [geometry.x - E0 for _, _, geometry in edited] == pytest.approx([180, 60], abs=1)


def test_holes_and_parts_survive_an_edit(view: MapView) -> None:
    ring = shapely.Polygon(box(20, 20, 120, 120).exterior, [box(50, 50, 80, 80).exterior])
    parts = shapely.MultiPolygon([ring, box(200, 20, 280, 100)])
    view.set_layers([layer("areas", parts)])
    view.set_tool("vertices")
    edited = collected(view.geometry_edited)
    click(view, 30, 30)
    drag(view, (280, 100), (300, 140))
    geometry = edited[0][2]
    assert geometry.geom_type == "MultiPolygon"
    assert geometry.is_valid
    assert [len(part.interiors) for part in geometry.geoms] == [1, 0]
    assert geometry.geoms[0].equals(ring)


def test_layers_that_are_not_editable_cannot_be_taken(view: MapView) -> None:
    view.set_layers([layer("areas", box(100, 100, 200, 200), is_editable=False)])
    view.set_tool("vertices")
    edited = collected(view.geometry_edited)
    click(view, 150, 150)
    drag(view, (200, 200), (240, 240))
    assert not edited


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


@pytest.mark.parametrize("tool", [kind.name for kind in TOOLS])
def test_every_tool_can_be_taken_says_what_to_do_and_paints(view: MapView, tool: str) -> None:
    hints = collected(view.hinted)
    view.set_layers([layer("areas", box(100, 100, 200, 200))])
    view.set_tool(tool)
    assert hints[-1][0]
    assert not hints[-1][0].startswith("MAP-")
    for east, north in ((50, 50), (101, 99), (150, 150), (210, 40)):
        click(view, east, north)
    view.flash(E0 + 10, N0 + 10)
    view.flash_geometry(box(0, 0, 20, 20))
    assert not view.grab().isNull()
    key(view, Qt.Key.Key_Escape)


def test_measuring_tells_length_and_area() -> None:
    from desktop.map.tools.measure import describe_measure as describe

    assert describe(np.array([(0.0, 0.0), (30.0, 40.0)])) == "50,00 m · phương vị 36°52'12\""
    assert "100,0 m²" in describe(np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]))


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
