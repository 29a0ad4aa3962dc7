"""Laying a scanned drawing beside the map: points by mouse, coordinates by keyboard or from the map."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from desktop.sheets.sheet_dialog import EAST as EAST_CELL
from desktop.sheets.sheet_dialog import NORTH as NORTH_CELL
from desktop.sheets.sheet_dialog import RESIDUAL, SheetDialog
from desktop.theme import Tone
from forms.record import Record
from services.basemaps import list_basemaps
from services.desk import Desk
from services.editing import insert_record
from services.reading import fetch_record
from tests.gui.window.hands import Hand

WIDTH, HEIGHT = 800, 600
EAST, NORTH = 437_000.0, 2_487_000.0
CORNERS = ((100, 100), (700, 120), (680, 500), (120, 480))


def ground(column: float, row: float) -> tuple[float, float]:
    return EAST + column / 2, NORTH - row / 2


@pytest.fixture
def drawing(desk: Desk) -> Record:
    values = {"name": "Bản đồ quy hoạch", "drawing_no": "QH-04", "scale_denom": 2000}
    return insert_record(desk, "planning_drawing", values, None).record


@pytest.fixture
def dialog(
    drawing: Record, window: DeskWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> SheetDialog:
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    pixels[280:320, 380:420] = 0
    path = tmp_path / "bản vẽ.png"
    Image.fromarray(pixels).save(path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.commands.show_page("map")
    window.selecting.choose({"planning_drawing": [drawing.uid]})
    window.actions_by_key["lay-sheet"].trigger()
    qtbot.waitUntil(lambda: bool(window.findChildren(SheetDialog)), timeout=20_000)
    [found] = window.findChildren(SheetDialog)
    qtbot.waitUntil(lambda: found.view._picture is not None, timeout=20_000)
    return found


def point_at(dialog: SheetDialog, qtbot: QtBot, column: float, row: float) -> None:
    at = dialog.view.to_widget(column, row).toPoint()
    qtbot.mouseClick(dialog.view, Qt.MouseButton.LeftButton, pos=at)
    dialog.rows[-1].column, dialog.rows[-1].row = column, row  # a widget's pixel is coarser than the scan's


def type_in(dialog: SheetDialog, qtbot: QtBot, text: str) -> None:
    editor = dialog.table.findChild(QLineEdit)
    editor.setText(text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.wait(20)


def enter(dialog: SheetDialog, qtbot: QtBot, column: float, row: float) -> None:
    east, north = ground(column, row)
    point_at(dialog, qtbot, column, row)
    type_in(dialog, qtbot, f"{north:.3f}".replace(".", ","))
    type_in(dialog, qtbot, f"{east:.3f}".replace(".", ","))


def test_the_scan_is_seen(dialog: SheetDialog) -> None:
    _, image = dialog.view._picture
    assert image.pixelColor(image.width() // 2, image.height() // 2).lightness() < 40
    assert image.pixelColor(3, 3).lightness() > 240
    dialog.view.look_at(400, 300)
    assert dialog.view.to_scan(QPointF(dialog.view.width() / 2, dialog.view.height() / 2)) == pytest.approx((400, 300))


def test_a_sheet_is_laid_and_the_drawing_knows(
    dialog: SheetDialog, window: DeskWindow, desk: Desk, drawing: Record, qtbot: QtBot
) -> None:
    assert not dialog.go.isEnabled()
    for column, row in CORNERS:
        enter(dialog, qtbot, column, row)
    assert [(round(p.east, 3), round(p.north, 3)) for p in dialog.points] == [ground(*at) for at in CORNERS]
    assert "0,000" in dialog.result_line.text()
    assert "cho phép 1,00" in dialog.result_line.text()
    assert dialog.remarks.text() == ""
    dialog.go.click()
    dialog.go.click()  # a double press lays one sheet
    qtbot.waitUntil(lambda: bool(list_basemaps(desk)), timeout=20_000)
    settle_window(window)
    [laid] = list_basemaps(desk)
    assert laid.bounds == pytest.approx((EAST, NORTH - 300, EAST + 400, NORTH), abs=0.01)
    record = fetch_record(desk, drawing.uid)
    assert (record.values["georef"], record.values["gcp_count"]) == ("affine", 4)
    assert record.geometry.area == pytest.approx(400 * 300, rel=1e-4)
    dialog.rows[0].east += 3.0
    dialog._fill()
    dialog.go.click()
    settle_window(window)
    qtbot.waitUntil(lambda: fetch_record(desk, drawing.uid).values["rms_m"] > 0.1, timeout=20_000)
    assert len(list_basemaps(desk)) == 1, "laid anew, not once more"


def test_a_place_comes_from_the_map(dialog: SheetDialog, window: DeskWindow, qtbot: QtBot) -> None:
    point_at(dialog, qtbot, 100, 100)
    window.map.zoom_to((EAST - 50, NORTH - 50, EAST + 350, NORTH + 300))
    dialog.place_wanted.emit()
    assert window.map.tool.name == "place"
    Hand(window, qtbot).click(EAST, NORTH)
    assert (dialog.rows[0].east, dialog.rows[0].north) == (EAST, NORTH), "snapped to the end of a road"
    assert window.map.tool.name == "select"
    assert dialog.table.item(0, NORTH_CELL).text() != ""


def test_what_fixes_nothing_is_told(dialog: SheetDialog, qtbot: QtBot) -> None:
    assert "Mới có 0 điểm" in dialog.result_line.text()
    for at in ((100, 100), (200, 200), (300, 300)):
        enter(dialog, qtbot, *at)
    assert "trên một đường thẳng" in dialog.result_line.text()
    assert not dialog.go.isEnabled()
    point_at(dialog, qtbot, 500, 100)
    type_in(dialog, qtbot, "hai triệu")
    assert dialog.rows[3].north is None
    assert "“hai triệu” ở điểm 4" in dialog.remarks.text()
    type_again = dialog.table.item(3, NORTH_CELL)
    type_again.setText("2.487.000,5")
    assert "hai triệu" not in dialog.remarks.text()
    dialog.table.setCurrentCell(3, EAST_CELL)
    dialog.drop_point()
    assert len(dialog.rows) == 3


def test_a_point_that_is_off_by_more_than_the_paper_shows_is_red(dialog: SheetDialog, qtbot: QtBot) -> None:
    for at in CORNERS:
        enter(dialog, qtbot, *at)
    red = QColor(Tone.ERROR.value)
    assert [dialog.table.item(place, RESIDUAL).foreground().color() == red for place in range(4)] == [False] * 4
    dialog.rows[2].east += 9.0  # 4.5 mm on 1:2000; four points of an affine fit share it
    dialog._fill()
    assert [dialog.table.item(place, RESIDUAL).foreground().color() == red for place in range(4)] == [True] * 4
    assert "2,00 m" in dialog.table.item(2, RESIDUAL).toolTip()


def test_the_wheel_and_a_drag_move_the_scan(dialog: SheetDialog, qtbot: QtBot) -> None:
    before = dialog.view.to_scan(QPointF(10, 10))
    qtbot.mousePress(dialog.view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(dialog.view, QPoint(130, 120))
    qtbot.mouseMove(dialog.view, QPoint(160, 140))
    qtbot.mouseRelease(dialog.view, Qt.MouseButton.LeftButton, pos=QPoint(160, 140))
    assert dialog.view.to_scan(QPointF(10, 10)) != before
    assert dialog.rows == [], "a drag sets no point"
