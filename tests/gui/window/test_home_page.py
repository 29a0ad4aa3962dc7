"""The first page: the seven figures with their steps, and how they went over time."""

from datetime import date

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from desktop.main_window import DeskWindow
from desktop.pages.home_figures import FigureRows
from desktop.pages.home_plots import HistoryPlot
from services.figures import KeptFigure, fetch_history
from validation.seven_words import Figure, Step


def links_of(window: DeskWindow) -> list[QPushButton]:
    return [button for button in window.home.figures.findChildren(QPushButton) if button.property("link")]


def test_a_step_that_fills_a_field_lists_the_records_that_lack_it(window: DeskWindow) -> None:
    [link] = [button for button in links_of(window) if "Điền" in button.text()]
    assert "cho 3 bản ghi loại Đoạn đường" in link.text()
    link.click()
    assert window.table.type_id == "road_segment"
    where, text = window.table.filter_texts()
    assert where is not None
    assert where.endswith(" IS NULL")
    assert text is None
    assert window.table.model is not None
    assert window.table.model.rowCount() == 3


def test_every_step_leads_somewhere(window: DeskWindow) -> None:
    window.commands.take_step(Step("FIGURE-STEP-RULE", 1, {}, rule_id="ATT-01"))
    assert window.under.currentIndex() == 1
    window.commands.take_step(Step("FIGURE-STEP-PART", 1, {}, type_id="planning_dossier"))
    assert window.pages.currentIndex() == 4
    window.commands.take_step(Step("FIGURE-STEP-SEND", 1))
    assert window.pages.currentIndex() == 3


def test_the_figures_are_kept_when_they_are_shown(window: DeskWindow) -> None:
    kept = fetch_history(window.session.desk, days=1)
    assert {item.word for item in kept} >= {"dung", "du", "sach"}


@pytest.mark.parametrize(
    ("good", "total", "shown"), [(0, 7, "0 %"), (1, 1000, "1 %"), (999, 1000, "99 %"), (7, 7, "100 %"), (0, 0, "–")]
)
def test_a_percentage_reads_whole_only_when_nothing_is_missing(qtbot, good: int, total: int, shown: str) -> None:  # type: ignore[no-untyped-def]
    rows = FigureRows()
    qtbot.addWidget(rows)
    rows.show_figures([Figure("dung", good, total)])
    assert shown in [label.text() for label in rows.findChildren(QLabel)]


def test_a_word_has_a_line_through_the_days_on_which_it_was_measured(qtbot) -> None:  # type: ignore[no-untyped-def]
    plot = HistoryPlot()
    qtbot.addWidget(plot)
    days = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 30)]
    kept = [KeptFigure(day, "dung", place, 4) for place, day in enumerate(days)]
    plot.show_history([*kept, KeptFigure(days[1], "song", 0, 0), KeptFigure(days[0], "du", 1, 2)])
    lines = {item.name(): item.getData() for item in plot.lines}
    assert set(lines) == {"Đúng", "Đủ"}
    assert lines["Đúng"][0].tolist() == [day.toordinal() for day in days]
    assert lines["Đúng"][1].tolist() == [0, 25, 50]
    plot.show_history(kept[:1])
    assert len(plot.lines) == 2, "one day is no line; what was drawn stays"
