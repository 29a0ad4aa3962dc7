"""Survey points on the import page: codes, what is doubtful, lines by codes."""

import os
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.messages import use_language
from desktop.main_window import DeskWindow
from desktop.session import Session
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.import_hands import look, open_import_page
from tests.gui.window.scanning import texts_of

ROWS = ["1 0 0 TIM1 BD", "2 50 5 TIM1", "3 0 4 M", "4 100 9 TIM1 KT", "5 50 9 M", "6 20 20 COC", "6 40 20 COC"]


def write(path: Path) -> Path:
    lines = []
    for row in ROWS:
        number, dx, dy, code = row.split(" ", 3)
        lines.append(f"{number};{NORTH + float(dx):.2f};{EAST + float(dy):.2f};10,50;{code}".replace(".", ","))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["vi", "en"])
def test_points_and_their_lines(qtbot: QtBot, session: Session, tmp_path: Path, language: Any) -> None:
    window = open_import_page(qtbot, session, language)
    page = window.import_page
    page.inspect(write(tmp_path / "toan_dac.csv"))
    qtbot.waitUntil(lambda: page.plan is not None and not page.is_busy, timeout=60_000)
    assert page.survey.isVisible()
    shown = " ".join(texts_of(page.survey))
    assert "× 3" in shown
    assert ("Tim đường" if language == "vi" else "Centre line") in shown
    assert ("“6”" in shown) and len(page.plan.reading.table.warnings) == 1
    if folder := os.environ.get("DIABA_PICTURES"):
        window.grab().save(f"{folder}/survey-{language}.png")
    page.survey.lines_box.click()
    qtbot.waitUntil(lambda: page.plan.linework and not page.is_busy, timeout=60_000)
    assert page.plan.type_id == "road_segment"
    assert page.plan.reading.table.columns["code"] == ["TIM", "M"]
    assert page.survey.lines_box.isChecked()
    assert "): ." not in page.survey.notes.text()
    page.survey.only_line.setText("tim")
    page.survey.only_line.editingFinished.emit()
    qtbot.waitUntil(lambda: page.plan.only_codes == ("tim",) and not page.is_busy, timeout=60_000)
    assert page.plan.reading.table.columns["code"] == ["TIM"]
    if folder := os.environ.get("DIABA_PICTURES"):
        qtbot.wait(300)
        window.grab().save(f"{folder}/survey-lines-{language}.png")
    window.map.shut_down()


@pytest.mark.parametrize(("language", "factor"), [("vi", "× 0,001"), ("en", "× 0.001")])
def test_a_factor_is_written_as_the_language_does(
    qtbot: QtBot, window: DeskWindow, tmp_path: Path, language: Any, factor: str
) -> None:
    use_language(language)
    path = tmp_path / "mm.csv"
    path.write_text(f"STT,X,Y\n1,{NORTH * 1000:.0f},{EAST * 1000:.0f}\n2,{NORTH * 1000 + 9e4:.0f},{EAST * 1000:.0f}\n")
    window.commands.show_page("import-page")
    look(qtbot, window.import_page, path)
    assert factor in window.import_page.coordinates.table.rows_model.rows[0].cells[1]
