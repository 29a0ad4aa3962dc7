"""A large file on the import page: some rows at once, all of them after it, and nothing to press in between."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from pytestqt.qtbot import QtBot

from core.messages import use_language
from core.progress import Progress
from desktop.main_window import DeskWindow
from desktop.session import Session
from exchange import glancing
from exchange.reading import read_staged
from services import inspecting
from tests.gui.window.conftest import EAST, NORTH
from tests.gui.window.import_hands import LONG, rest, take_picture

ROWS = 6_000


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The whole reading waits until this is set, or somebody stops it."""
    opened = threading.Event()

    def read(*arguments: Any, progress: Progress, **more: Any) -> Any:
        while not opened.wait(0.02):
            progress.step(0, None)
        return read_staged(*arguments, progress=progress, **more)

    monkeypatch.setattr(glancing, "LARGE_BYTES", 10_000)
    monkeypatch.setattr(inspecting, "read_staged", read)
    yield opened
    opened.set()


@pytest.fixture
def shown(qtbot: QtBot, session: Session) -> Iterator[DeskWindow]:
    window = DeskWindow(session)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    window.commands.show_page("import-page")
    yield window
    window.map.shut_down()


def write(path: Path, bad: int | None = None) -> Path:
    lines = ["point;X;Y;H;code"]
    for at in range(ROWS):
        lines.append(f"P{at};{NORTH + at % 77:.2f};{EAST + at // 77:.2f};10,50;COC".replace(".", ","))
    if bad is not None:
        lines[bad] = f"P{bad};mười;{EAST:.0f};10,50;COC"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["vi", "en"])
def test_some_rows_are_shown_while_the_rest_is_read(
    qtbot: QtBot, shown: DeskWindow, gate: threading.Event, tmp_path: Path, language: Any
) -> None:
    use_language(language)
    page = shown.import_page
    page.inspect(write(tmp_path / "rất nhiều điểm.csv", bad=ROWS - 7))
    qtbot.waitUntil(lambda: page.plan is not None, timeout=LONG)
    assert page.is_busy and page.plan.reading.is_part and not page.inspection.is_whole
    [layer] = page.inspection.layers
    assert (layer.counted, layer.count < ROWS, layer.geometry) == (False, True, "Point")
    assert page._head.part_label.isVisible() and "rất nhiều điểm.csv" in page._head.part_label.text()
    assert page.survey.isHidden(), "doubles and strays are told once all is read"
    assert page.mapping.isVisible() and not page.mapping.isEnabled() and not page.type_box.isEnabled()
    assert page.stop_button.isVisible() and not page.import_button.isEnabled() and not page.try_button.isEnabled()
    take_picture(qtbot, shown, f"import-part-{language}")
    gate.set()
    rest(qtbot, page)
    assert page.inspection.is_whole and page.inspection.layers[0].count == ROWS - 1
    assert page._head.part_label.isHidden() and page.mapping.isEnabled() and page.type_box.isEnabled()
    assert not page.plan.reading.is_part and len(page.plan.reading.table) == ROWS - 1
    assert page.survey.isVisible() and page.import_button.isEnabled()


def test_a_file_of_several_layers_opens_at_its_first_with_shapes(
    qtbot: QtBot, shown: DeskWindow, tmp_path: Path
) -> None:
    path = tmp_path / "hai lớp.gpkg"
    for name, shift in (("cột", 0.0), ("hố ga", 40.0)):
        places = shapely.points([[EAST + shift + at, NORTH] for at in range(6)])
        texts = [np.array([f"{name} {at}" for at in range(6)], dtype=object)]
        facts = {"layer": name, "driver": "GPKG", "geometry_type": "Point", "crs": "EPSG:9211"}
        pyogrio.raw.write(path, shapely.to_wkb(places), texts, ["name"], append=path.exists(), **facts)
    page = shown.import_page
    page.inspect(path)
    rest(qtbot, page)
    assert [page.layer_box.itemText(row) for row in range(page.layer_box.count())] == ["cột (6)", "hố ga (6)"]
    assert (page.plan.layer, page.layer_box.isVisible()) == ("cột", True)
    page.layer_box.setCurrentIndex(1)
    page.layer_box.activated.emit(1)
    qtbot.waitUntil(lambda: page.plan.layer == "hố ga" and not page.is_busy, timeout=LONG)


def test_stopping_leaves_no_plan_made_by_a_part(
    qtbot: QtBot, shown: DeskWindow, gate: threading.Event, tmp_path: Path
) -> None:
    page = shown.import_page
    page.inspect(write(tmp_path / "điểm.csv"))
    qtbot.waitUntil(lambda: page.plan is not None, timeout=LONG)
    page.stop_button.click()
    qtbot.waitUntil(lambda: not page.is_busy, timeout=LONG)
    assert page.plan is None and page.inspection is None
    assert page._head.part_label.isHidden() and not page._empty.isHidden()
