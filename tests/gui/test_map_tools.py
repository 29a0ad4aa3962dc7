"""What the hand does on the map with each of its tools."""

import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QPainter, QShortcut
from PySide6.QtTest import QTest

from desktop.map.toolbox import TOOLS
from desktop.map.tools.marks import draw_handles, without_crowd
from desktop.map.view import MapView
from tests.gui.map_hands import E0, LEFT, N0, RIGHT, at, box, click, collected, drag, key, layer, move


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
    ((layer_id, fid, geometry, before),) = edited
    assert before.equals(box(100, 100, 200, 200))
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
    assert [geometry.x - E0 for _, _, geometry, _ in edited] == pytest.approx([180, 60], abs=1)


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


def test_a_crowded_path_keeps_its_course_and_its_ends() -> None:
    path = np.column_stack([np.linspace(0, 100, 50_001), np.zeros(50_001)])
    thinned = without_crowd(path)
    assert len(thinned) < 110
    assert (thinned[[0, -1]] == path[[0, -1]]).all()
    assert np.abs(np.diff(thinned[:, 0])).max() <= 1.01
    corners = np.array([(0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 0.0)])
    assert (without_crowd(corners) == corners).all()


def test_handles_are_drawn_where_the_map_looks_however_many_lie_before_them(view: MapView) -> None:
    image = QImage(200, 100, QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    far = np.full((5_000, 2), -1_000.0)
    painter = QPainter(image)
    draw_handles(painter, np.concatenate([far, [(50.0, 50.0)]]))
    painter.end()
    assert any(image.pixelColor(x, 50) != QColor("white") for x in range(40, 60))
