"""A drawing on the import page: its layers, the recipe, the profile, the map; and looked at in both languages."""

import os
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pages.import_drawing import LABEL, NAME, TAKE
from desktop.pages.import_page import ImportPage
from desktop.session import Session
from services.desk import Desk
from services.drawing_profiles import list_profiles
from services.reading import list_records
from tests.exchange.drawing_samples import TCVN3, draw, style
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.import_hands import open_import_page, rest
from tests.gui.window.scanning import texts_of


def roads(document: Any, model: Any) -> None:
    """Three roads with their names, four lots that are open by 3 cm, and a stray."""
    style(document, "VNTIME", ".VnTime")
    for place in range(3):
        y = NORTH + place * 100
        model.add_lwpolyline([(EAST, y), (EAST + 200, y + 5)], dxfattribs={"layer": "TIM_DUONG", "color": 1})
        text = {"layer": "TEN_DUONG", "style": "VNTIME", "insert": (EAST + 60, y + 3), "height": 5}
        model.add_text(f"{TCVN3} {place + 1}", dxfattribs=text)
    for place in range(4):
        x = EAST + place * 50
        ring = [(x, NORTH - 50), (x + 50, NORTH - 50), (x + 50, NORTH - 10), (x, NORTH - 10), (x, NORTH - 49.97)]
        model.add_lwpolyline(ring, dxfattribs={"layer": "THUA"})
    model.add_line((0, 0), (10, 0), dxfattribs={"layer": "TIM_DUONG"})
    model.add_line((1, 0), (10, 0), dxfattribs={"layer": "TIM_DUONG"})
    for place in range(3):
        model.add_line((EAST, NORTH + place), (EAST + 1, NORTH + place), dxfattribs={"layer": "TIM_DUONG"})


@pytest.fixture
def page(window: DeskWindow) -> ImportPage:
    window.commands.show_page("import-page")
    return window.import_page


def _row(page: ImportPage, name: str) -> int:
    table = page.drawing.table
    return next(row for row in range(table.rowCount()) if table.item(row, NAME).text() == name)


def _ticked(page: ImportPage, column: int) -> set[str]:
    table = page.drawing.table
    return {table.item(row, NAME).text() for row in range(table.rowCount()) if page.drawing._is_on(row, column)}


def test_a_drawing_from_its_layers_to_records(
    qtbot: QtBot, window: DeskWindow, page: ImportPage, desk: Desk, tmp_path: Path
) -> None:
    path = draw(tmp_path / "ban_ve.dxf", roads)
    before = len(list_records(desk, "road_segment"))
    page.inspect(path)
    qtbot.waitUntil(page.drawing.isVisible, timeout=30_000)
    rest(qtbot, page)
    assert _ticked(page, TAKE) == {"TIM_DUONG"}
    assert _ticked(page, LABEL) == {"TEN_DUONG"}
    assert page.plan.type_id == "road_segment"
    assert "6" in page.drawing.outcome.text()
    assert page.mapping.mapping["name"] == "Label"
    page.drawing.map_button.click()
    qtbot.waitUntil(lambda: len(window.map.preview.shapes) == 6, timeout=30_000)
    window.commands.show_page("import-page")
    qtbot.waitUntil(lambda: not page.is_busy)
    page.drawing_steps.keep("ban_ve")
    qtbot.waitUntil(lambda: page.drawing.profile_box.currentText() == "ban_ve", timeout=30_000)
    assert [profile.name for profile in list_profiles(desk)] == ["ban_ve"]
    page.import_button.click()
    qtbot.waitUntil(lambda: page._done and not page.is_busy, timeout=30_000)
    names = [record.values["name"] for record in list_records(desk, "road_segment")]
    assert len(names) == before + 6
    assert {f"Đường Nguyễn Huệ {place}" for place in (1, 2, 3)} <= set(names)
    assert window.map.preview.shapes == ()


def test_lots_of_the_same_drawing(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    page.inspect(draw(tmp_path / "ban_ve.dxf", roads))
    rest(qtbot, page)
    page.type_box.setCurrentIndex(page.type_box.findData("land_use_plan_area"))
    page.type_box.activated.emit(page.type_box.currentIndex())
    rest(qtbot, page)
    card = page.drawing
    for row in range(card.table.rowCount()):
        card._turn(row, TAKE, on=row == _row(page, "THUA"))
    card.way_box.setCurrentIndex(card.way_box.findData("none"))
    assert card.close_box.isVisible()
    card.apply_button.click()
    rest(qtbot, page)
    assert page.plan.recipe.layers == ("THUA",)
    codes = [warning.code for warning in page.plan.reading.table.warnings]
    assert codes == ["OUTLINE-CLOSED"] * 4
    card.colours_line.setText("3, 5")
    assert card.recipe.colours == ("3", "5")
    card.colours_line.clear()
    card.close_box.setValue(0.01)
    card.apply_button.click()
    rest(qtbot, page)
    assert [problem.code for problem in page.plan.reading.table.rejected] == ["OUTLINE-OPEN"] * 4


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_is_worth_looking_at(qtbot: QtBot, session: Session, tmp_path: Path, language: Any) -> None:
    window = open_import_page(qtbot, session, language)
    window.import_page.inspect(draw(tmp_path / "ban_ve.dxf", roads))
    rest(qtbot, window.import_page)
    if folder := os.environ.get("DIABA_PICTURES"):
        qtbot.wait(300)
        window.grab().save(f"{folder}/drawing-{language}.png")
        window.import_page.drawing.map_button.click()
        qtbot.waitUntil(lambda: len(window.map.preview.shapes) == 6, timeout=30_000)
        qtbot.wait(1500)
        window.map.grab_image()
        window.grab().save(f"{folder}/drawing-map-{language}.png")
    shown = " ".join(texts_of(window.import_page.drawing))
    assert ("AutoCAD 2010; đơn vị vẽ" in shown) == (language == "vi")
    window.map.shut_down()
