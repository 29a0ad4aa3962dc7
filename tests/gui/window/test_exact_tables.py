"""Coordinate tables from the real clipboard into records, and back."""

import numpy as np
import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from geodesy.corner_sheet import build_sheet
from geodesy.systems import tm_system
from services.desk import Desk
from services.editing import insert_record
from services.reading import fetch_record, list_records
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.exact_hands import Rest, copy, paste

SQUARE = shapely.Polygon([(EAST, NORTH), (EAST + 120, NORTH), (EAST + 120, NORTH + 120), (EAST, NORTH + 120)])


def test_a_pasted_table_becomes_a_record(window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest) -> None:
    window.selecting.show_type("land_use_plan_area")
    window.actions_by_key["coordinate-table"].trigger()
    sheet = build_sheet(SQUARE, desk.system)
    copy("nothing to see", sheet.html("vi"))
    panel = paste(window, qtbot)
    assert panel.model.rowCount() == 5
    assert panel.problems.count() == 0
    assert panel._preview._paths
    assert "14" in panel.told.text()
    qtbot.mouseClick(panel.take_new, Qt.MouseButton.LeftButton)
    rest()
    record = list_records(desk, "land_use_plan_area")[-1]
    assert shapely.to_wkb(record.geometry.geoms[0]) == shapely.to_wkb(SQUARE)
    assert record.lineage.src_crs == desk.system.id
    assert record.lineage.raw_coordinates.count("\n") == 4
    assert not panel._preview._paths


def test_a_wrong_row_is_named_and_shown_on_the_map(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    window.selecting.show_type("land_use_plan_area")
    window.actions_by_key["coordinate-table"].trigger()
    lines = build_sheet(SQUARE, desk.system).text("vi").splitlines()
    lines[4] = lines[4].replace(f"{EAST + 120:.3f}".replace(".", ","), f"{EAST + 170:.3f}".replace(".", ","))
    copy("\n".join(lines))
    panel = paste(window, qtbot)
    texts = [panel.problems.item(row).text().replace("\u00a0", "") for row in range(panel.problems.count())]
    assert any("Dòng 5" in text and "437120,000" in text and "lệch 50,000 m" in text for text in texts)
    assert len(panel._preview._doubtful) > 0
    suspect = next(row for row, text in enumerate(texts) if "có lẽ" in text)
    panel.problems.itemClicked.emit(panel.problems.item(suspect))
    assert panel.table.currentIndex().row() == 1
    assert panel.take_new.isEnabled()


def test_a_repeated_corner_keeps_the_table_out(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    window.selecting.show_type("land_use_plan_area")
    window.actions_by_key["coordinate-table"].trigger()
    lines = build_sheet(SQUARE, desk.system).text("vi").splitlines()
    copy("\n".join([*lines[:5], lines[4], *lines[5:]]))
    panel = paste(window, qtbot)
    assert not panel.take_new.isEnabled()
    assert "6" in panel.told.text()
    assert panel.model.rowCount() == 6
    copy("chỉ có chữ")
    paste(window, qtbot)
    assert panel.model.rowCount() == 0
    assert "tọa độ" in panel.told.text()


def test_the_axis_is_proposed_and_can_be_chosen(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    window.selecting.show_type("land_use_plan_area")
    window.actions_by_key["coordinate-table"].trigger()
    other = tm_system(104.5)
    copy(build_sheet(SQUARE, desk.system, other).text("vi"))
    panel = paste(window, qtbot)
    assert panel.system.currentData() == other
    assert panel.placed.lineage.src_axis == 104.5
    assert np.abs(shapely.get_coordinates(panel.placed.geometry) - shapely.get_coordinates(SQUARE)).max() < 2e-4


def test_a_table_takes_the_place_of_a_geometry_and_undo_brings_it_back(
    window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest
) -> None:
    saved = insert_record(desk, "planning_boundary", {"name": "Khu", "area_decision_ha": 9.9}, SQUARE).record
    window.selecting.open_record(saved.uid)
    rest()
    qtbot.mouseClick(window.record.geometry_view.from_table, Qt.MouseButton.LeftButton)
    bigger = shapely.transform(SQUARE, lambda xy: xy + 5)
    copy(build_sheet(bigger, desk.system).text("vi"))
    panel = paste(window, qtbot)
    assert "99000,0 m²" in panel.problems.item(0).text().replace("\u00a0", "")
    qtbot.mouseClick(panel.replace, Qt.MouseButton.LeftButton)
    rest()
    assert shapely.equals_exact(fetch_record(desk, saved.uid).geometry.geoms[0], bigger)
    window.editing.undo()
    rest()
    assert fetch_record(desk, saved.uid).geometry == saved.geometry


def test_the_official_table_is_copied_and_pastes_in_again(
    window: DeskWindow, desk: Desk, qtbot: QtBot, rest: Rest
) -> None:
    holed = shapely.MultiPolygon(
        [
            shapely.Polygon(SQUARE.exterior, [shapely.box(EAST + 10, NORTH + 10, EAST + 20.0001, NORTH + 20).exterior]),
            shapely.box(EAST + 200, NORTH, EAST + 250, NORTH + 50),
        ]
    )
    saved = insert_record(desk, "planning_boundary", {"name": "Khu"}, holed).record
    window.selecting.open_record(saved.uid)
    rest()
    view = window.record.geometry_view
    assert [row.cells[0] for row in view.model.rows][:3] == ["Phần 1, ranh ngoài", "1", "2"]
    assert view.model.rows[1].cells[3] != ""
    qtbot.mouseClick(view.copy, Qt.MouseButton.LeftButton)
    data = QGuiApplication.clipboard().mimeData()
    assert "<table" in data.html()
    assert data.text().startswith("BẢNG KÊ TỌA ĐỘ GÓC RANH")
    window.exact.show_table()
    panel = paste(window, qtbot)
    assert shapely.to_wkb(panel.placed.geometry) == shapely.to_wkb(saved.geometry)


def test_what_is_no_table_is_told_and_a_square_has_four_corners(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    window.selecting.show_type("land_use_plan_area")
    window.exact.show_table()
    copy("xin chào\nkhông phải bảng")
    panel = paste(window, qtbot)
    assert "vừa dán" in panel.told.text()
    assert "“”" not in panel.told.text()
    copy(build_sheet(SQUARE, desk.system).text("vi"))
    assert paste(window, qtbot).told.text().startswith("4 đỉnh")
