"""A field book on the import page: its traverse's lines, how it closes, its points imported; doubtful points marked."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pages.ghost_map import MARK
from desktop.pages.import_page import ImportPage
from desktop.session import Session
from services.reading import list_records
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.import_hands import choose, look, open_import_page, press, take_picture
from tests.gui.window.scanning import texts_of
from tests.services.test_traverses import MARKS, book


@pytest.fixture
def page(qtbot: QtBot, window: DeskWindow) -> ImportPage:
    window.resize(1366, 768)
    window.commands.show_page("import-page")
    return window.import_page


def shown(page: ImportPage) -> str:
    return " ".join(texts_of(page.traverse))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_book_is_computed_before_it_is_imported(
    qtbot: QtBot, session: Session, tmp_path: Path, language: Any
) -> None:
    window = open_import_page(qtbot, session, language)
    page = window.import_page
    look(qtbot, page, book(tmp_path / "so_duong_chuyen.csv", spoil_s=14))
    card = page.traverse
    assert card.isVisible() and not card.problem.isVisible()
    assert [row.cells[:2] for row in card.table.rows_model.rows] == [
        ("P0", "P1"),
        ("P1", "P2"),
        ("P2", "P3"),
        ("P3", "P4"),
    ]
    assert card.table.rows_model.rows[1].cells[2].startswith("221°02'03")
    told = shown(page)
    assert ("+14,0″" if language == "vi" else "+14.0″") in told
    assert re.search(r"1:\d", card.closure.text())
    assert card.class_box.currentData() == "cap_1"
    assert not re.search(r"\bđạt\b|không đạt|passed|failed", told.casefold())
    assert ("chưa có nguồn văn bản" if language == "vi" else "no official verdict") in card.unknown.text()
    assert window.width() == 1366, "what is shown of a task is no reason to grow beyond the screen"
    take_picture(qtbot, window, f"traverse-{language}")
    page._cards.ensureWidgetVisible(card.points_box)
    take_picture(qtbot, window, f"traverse-foot-{language}")
    window.map.shut_down()


def test_a_class_is_compared_in_its_own_figures(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    look(qtbot, page, book(tmp_path / "sổ.csv", spoil_s=30))
    card = page.traverse
    assert card.class_box.currentData() == "cap_2"
    assert "góc trong mức ±34,6″" in card.verdict.text()
    choose(card.class_box, "cap_1")
    assert "góc vượt mức ±17,3″" in card.verdict.text()
    assert page.plan is not None and page.plan.traverse is None


def test_the_adjusted_points_become_records(qtbot: QtBot, page: ImportPage, session: Session, tmp_path: Path) -> None:
    look(qtbot, page, book(tmp_path / "sổ.csv"))
    before = page.plan.reading.table
    assert len(before.rejected) == 1  # the new station has no place of its own
    page.traverse.points_box.click()
    qtbot.waitUntil(lambda: page.plan.traverse == "left" and not page.is_busy, timeout=60_000)
    assert page.traverse.isVisible() and page.traverse.points_box.isChecked()
    choose(page.coordinates.system_box, session.desk.system)
    press(qtbot, page, "import_button")
    records = {record.values["point_no"]: record for record in list_records(session.desk, "survey_point")}
    placed = np.array([shapely.get_coordinates(records[f"P{place}"].geometry)[0] for place in range(5)])
    assert placed == pytest.approx(MARKS, abs=1e-3)


def test_right_angles_are_turned_at_once_and_read_again(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    look(qtbot, page, book(tmp_path / "sổ.csv", right=True))
    card = page.traverse
    assert "góc phải" in card.unknown.text()
    card.right_box.click()
    assert "góc phải" not in card.unknown.text()
    assert card.class_box.currentData() == "cap_1" and not page.is_busy
    card.points_box.click()
    qtbot.waitUntil(lambda: page.plan.traverse == "right" and not page.is_busy, timeout=60_000)
    assert page.plan.reading.table.geometries[2].coords[0] == pytest.approx(tuple(MARKS[2]), abs=1e-3)
    card.right_box.click()
    qtbot.waitUntil(lambda: page.plan.traverse == "left" and not page.is_busy, timeout=60_000)
    card.points_box.click()
    qtbot.waitUntil(lambda: page.plan.traverse is None and not page.is_busy, timeout=60_000)
    look(qtbot, page, book(tmp_path / "khác.csv"))
    assert not card.right_box.isChecked()


def test_what_cannot_be_judged_is_said(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    look(qtbot, page, book(tmp_path / "sổ.csv", ahead=False))
    assert "không kiểm tra được sai số khép góc" in page.traverse.angle.text()
    assert "góc" not in page.traverse.verdict.text()
    path = book(tmp_path / "hỏng.csv")
    path.write_text(path.read_text("utf-8").replace("P2;141", "P2;x141"), encoding="utf-8")
    look(qtbot, page, path)
    card = page.traverse
    assert "cột Góc đo" in card.problem.text() and card.problem.isVisible()
    assert not card.table.isVisible() and not card.points_box.isEnabled()
    take_picture(qtbot, page.window(), "traverse-problem")


def test_no_field_book_no_card(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    look(qtbot, page, book(tmp_path / "sổ.csv"))
    page.traverse.points_box.click()
    qtbot.waitUntil(lambda: page.plan.traverse == "left" and not page.is_busy, timeout=60_000)
    look(qtbot, page, points(tmp_path / "điểm.csv", ["1 0 0 10", "2 50 5 10", "3 0 40 10"]))
    assert page.traverse.isHidden()
    assert page.traverse.choice is None and page.plan.traverse is None


def points(path: Path, rows: list[str]) -> Path:
    """Write rows of ``number north east height``, metres from the desk's middle."""
    lines = []
    for row in rows:
        number, north, east, height = row.split()
        lines.append(f"{number};{NORTH + float(north):.3f};{EAST + float(east):.3f};{float(height):.2f};TIM")
    path.write_text("\n".join(lines).replace(".", ","), encoding="utf-8")
    return path


DOUBTFUL = [
    *(f"P{place} {place * 10} {place % 3} {10 + place / 10}" for place in range(12)),
    "P3 30.01 0 10.3",
    "P5 90.5 40 10.5",
    "P20 40.01 1 10.4",
    "P21 99000 0 10",
    "P22 60 30 900",
]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_doubtful_points_are_listed_and_marked(qtbot: QtBot, session: Session, tmp_path: Path, language: Any) -> None:
    window = open_import_page(qtbot, session, language)
    page = window.import_page
    look(qtbot, page, points(tmp_path / "toan_dac.csv", DOUBTFUL))
    choose(page.coordinates.system_box, session.desk.system)
    table, ghosts = page.survey.table, page.coordinates.ghosts
    codes = [warning.code for warning in page.plan.reading.table.warnings]
    assert table.rows_model.rowCount() == len(codes) == 5
    assert "(5)" in page.survey.notes.text()
    assert all(row.colour == MARK.name() for row in table.rows_model.rows)
    at = codes.index("SURVEY-NUMBER-TWICE")
    taken = page.coordinates.ghosts.marks[at]
    assert np.vstack(taken) == pytest.approx(np.array([[EAST + 40, NORTH + 90.5], [EAST + 2, NORTH + 50]]), abs=1e-3)
    take_picture(qtbot, window, f"doubtful-{language}")
    for warning, code in enumerate(codes):
        table.clicked.emit(table.rows_model.index(warning, 0))
        assert ghosts.pointed == warning, code
        pixels = ghosts.to_screen(np.vstack(ghosts.marks[warning]))
        assert ((pixels > 0) & (pixels < [ghosts.width(), ghosts.height()])).all(), code
        qtbot.wait(30)
        image = ghosts.grab().toImage()
        x, y = pixels[0].tolist()
        ring = {image.pixelColor(round(x + dx), round(y)).name() for dx in (-10, -9, -8, 8, 9, 10)}
        assert MARK.name() in ring, code
    table.clicked.emit(table.rows_model.index(at, 0))
    take_picture(qtbot, window, f"doubtful-pointed-{language}")
    page.survey.lines_box.click()
    qtbot.waitUntil(lambda: page.plan.linework and not page.is_busy, timeout=60_000)
    kept = [warning.code for warning in page.plan.reading.table.warnings].index("SURVEY-NUMBER-TWICE")
    assert len(ghosts.marks[kept]) == 2, "joined to lines, the points are still where they were"
    window.map.shut_down()
