"""A desk of commune 01153 with a few records, a session on it, and the window."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pytestqt.qtbot import QtBot

from core.identity import new_uids
from core.messages import use_language
from desktop import pictures, window_news
from desktop.entry import drafts, typed_check
from desktop.main_window import DeskWindow
from desktop.pages.import_page import ImportPage
from desktop.pictures import settle_window
from desktop.session import Session
from desktop.theme import STYLE, apply_theme
from forms.catalogue import Catalogue
from forms.loader import load_catalogue
from forms.record import Actor, Lineage, Record
from services.desk import Desk
from services.editing import insert_record
from services.workspaces import create_desk
from tests.gui.window.lots import LOTS, box

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
EAST, NORTH = 437_000.0, 2_487_000.0
ROADS = ("Đường Lê Lợi", "Đường Trần Phú", "Ngõ 5 Quang Trung")


@pytest.fixture(autouse=True)
def _vietnamese() -> Iterator[None]:
    use_language("vi")
    yield
    use_language("vi")


@pytest.fixture(autouse=True)
def _themed(qapp: Any) -> None:
    """Dress the application as the program does; once, for a new style sheet is laid over every widget that is left."""
    if qapp.styleSheet() != STYLE:
        apply_theme(qapp)


@pytest.fixture
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = create_desk(tmp_path / "Sổ xã", "01153", actor=Actor("can_bo"), clock=lambda: NOW)
    for place, name in enumerate(ROADS):
        line = shapely.LineString([(EAST + 100 * place, NORTH), (EAST + 100 * place + 300, NORTH + 250)])
        insert_record(made, "road_segment", {"name": name}, line)
    yield made
    made.close()


@pytest.fixture
def many_points(desk: Desk) -> int:
    """Put 450 survey points into the desk's store."""
    count = 450
    kind = desk.catalogue.type("survey_point")
    values: dict[str, list[Any]] = {field.key: [None] * count for field in kind.fields}
    values["point_no"] = [f"P{number:04d}" for number in range(count)]
    values["height_m"] = [float(number) / 2 for number in range(count)]
    values["commune_code"] = ["01153"] * count
    numbers = np.arange(count)
    shapes = shapely.points(EAST + numbers % 30 * 10.0, NORTH + numbers // 30 * 10.0)
    with desk.work("WORK-INSERT", type=kind.title) as work:
        work.insert_many(kind, uids=new_uids(count), values=values, geometries=shapes, lineages=[Lineage()] * count)
    return count


@pytest.fixture
def session(qtbot: QtBot, desk: Desk) -> Iterator[Session]:
    made = Session(desk)
    yield made
    made.runner.shut_down()


@pytest.fixture
def rest(qtbot: QtBot, session: Session) -> Callable[[], None]:
    """Wait until no task of the session runs."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not session.runner.running, timeout=10_000)
        qtbot.wait(20)
        qtbot.waitUntil(lambda: not session.runner.running, timeout=10_000)

    return wait


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a pause of the typist."""
    monkeypatch.setattr(window_news, "CHECK_AFTER_MS", 20)
    monkeypatch.setattr(typed_check, "CHECK_AFTER_MS", 20)
    monkeypatch.setattr(drafts, "KEEP_AFTER_MS", 20)
    monkeypatch.setattr(pictures, "QUIET_MS", 80)


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Iterator[DeskWindow]:
    made = DeskWindow(session)
    qtbot.addWidget(made)
    made.show()
    settle_window(made)
    yield made
    settle_window(made)
    made.map.shut_down()


@pytest.fixture
def reopen(window: DeskWindow, session: Session, qtbot: QtBot) -> Iterator[Callable[[], DeskWindow]]:
    """Close the window, and open another on the same desk as the next start of the program does."""
    made = [window]

    def again() -> DeskWindow:
        settle_window(made[-1])
        made[-1].close()
        fresh = DeskWindow(session)
        qtbot.addWidget(fresh)
        fresh.show()
        settle_window(fresh)
        made.append(fresh)
        return fresh

    yield again
    settle_window(made[-1])
    made[-1].map.shut_down()


@pytest.fixture
def lots(desk: Desk) -> list[Record]:
    """Two lots with a common border, 100 by 100 m, south of the roads."""
    shapes = [box(0, -300, 100, -200), box(100, -300, 200, -200)]
    return [insert_record(desk, LOTS, {"lot_no": f"K{at}"}, shape).record for at, shape in enumerate(shapes, 1)]


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> ImportPage:
    """An import page by itself."""
    made = ImportPage(session)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made
