"""What is typed and cannot be stored is kept: another record, a closed window, a killed program."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from pytestqt.qtbot import QtBot

from desktop.entry.record_form import Lookup
from desktop.main_window import DeskWindow
from desktop.panels.record_panel import RecordPanel
from desktop.pictures import settle_window
from desktop.session import Session
from forms.record import Actor
from services.desk import Desk
from services.drafting import fetch_drafts
from services.editing import insert_record, update_values
from services.reading import count_by_type, fetch_page, fetch_record
from services.workspaces import create_desk, open_desk
from tests.gui.window.conftest import NOW

Rest = Callable[[], None]

TYPE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from PySide6.QtTest import QTest
from core.clock import utc_now
from desktop.application import prepare
from desktop.entry.record_form import Lookup
from desktop.panels.record_panel import RecordPanel
from desktop.session import Session
from forms.record import Actor
from services.drafting import fetch_drafts
from services.reading import fetch_page
from services.workspaces import open_desk

folder, what = Path(sys.argv[1]), sys.argv[2]
app = prepare("vi")
desk = open_desk(folder, actor=Actor("can_bo"), clock=utc_now)
session = Session(desk)
panel = RecordPanel(session, Lookup())
panel.show()

def enter(key, text, leave=True):
    line = panel.form.rows[key].editor.line
    line.setText(text)
    line.textEdited.emit(text)
    if leave:
        line.editingFinished.emit()

if what == "stored":
    panel.show_record(fetch_page(desk, "road_segment", limit=1).records[0].uid)
    enter("valid_from", "31/02/2026")
    enter("carriageway_w", "bay met", leave=False)
else:
    panel.begin_record("asset_inspection")
    enter("inspector", "Nguyen Van An")
    enter("inspected_on", "31/02/2026")
waited = 0
while not any(len(draft.texts) >= (2 if what == "stored" else 1) for draft in fetch_drafts(desk)):
    QTest.qWait(50)
    waited += 50
    assert waited < 30_000, "nothing was kept"
os.kill(os.getpid(), signal.SIGKILL)
"""


def _panel(session: Session, qtbot: QtBot) -> RecordPanel:
    panel = RecordPanel(session, Lookup())
    qtbot.addWidget(panel)
    panel.show()
    return panel


def _enter(panel: RecordPanel, key: str, text: str, *, leave: bool = True) -> None:
    line = panel.form.rows[key].editor.line
    line.setText(text)
    line.textEdited.emit(text)
    if leave:
        line.editingFinished.emit()


def _uids(desk: Desk) -> list[str]:
    return [record.uid for record in fetch_page(desk, "road_segment").records]


def _kill(folder: Path, what: str) -> None:
    """Type in another program, which is killed once it has kept what was typed."""
    script = [sys.executable, "-c", TYPE_AND_DIE, str(folder), what]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    root = Path(__file__).resolve().parents[3]
    died = subprocess.run(script, cwd=root, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = create_desk(tmp_path / "Sổ bị ngắt", "01153", actor=Actor("can_bo"), clock=lambda: NOW)
    line = shapely.LineString([(437_000, 2_487_000), (437_300, 2_487_000)])
    insert_record(made, "road_segment", {"name": "Đường Lê Lợi"}, line)
    made.close()
    return tmp_path / "Sổ bị ngắt"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such end of a process here")
def test_texts_of_a_stored_record_outlive_a_killed_program(folder: Path, qtbot: QtBot) -> None:
    _kill(folder, "stored")
    with open_desk(folder, actor=Actor("can_bo"), clock=lambda: NOW) as desk:
        session = Session(desk)
        panel = _panel(session, qtbot)
        uid = _uids(desk)[0]
        panel.show_record(uid)
        assert "Còn 2 ô chưa lưu" in panel.entry.bar.label.text()
        panel.entry.bar.buttons[0].click()
        assert panel.form.rows["valid_from"].editor.line.text() == "31/02/2026"
        assert panel.form.rows["carriageway_w"].editor.line.text() == "bay met"
        assert panel.form.rows["valid_from"].message
        _enter(panel, "valid_from", "28/02/2026")
        _enter(panel, "carriageway_w", "7")
        qtbot.waitUntil(lambda: not session.runner.running)
        assert fetch_record(desk, uid).values["valid_from"] == "2026-02-28"
        qtbot.waitUntil(lambda: not session.runner.running and not fetch_drafts(desk))
        session.runner.shut_down()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such end of a process here")
def test_a_new_record_outlives_a_killed_program_and_is_offered_at_the_start(folder: Path, qtbot: QtBot) -> None:
    _kill(folder, "new")
    with open_desk(folder, actor=Actor("can_bo"), clock=lambda: NOW) as desk:
        session = Session(desk)
        window = DeskWindow(session)
        qtbot.addWidget(window)
        window.show()
        settle_window(window)
        assert window.notices.toast.text == "Có 1 bản ghi đang nhập dở."
        window.notices.toast._button.click()
        settle_window(window)
        form = window.record.form
        assert form.values()["inspector"] == "Nguyen Van An"
        assert form.rows["inspected_on"].editor.line.text() == "31/02/2026"
        _enter(window.record, "inspected_on", "1/3/2026")
        window.record.save()
        settle_window(window)
        assert sum(count_by_type(desk)["asset_inspection"].values()) == 1
        assert fetch_drafts(desk) == []
        window.map.shut_down()
        session.runner.shut_down()


def test_another_record_does_not_cost_what_was_typed(session: Session, desk: Desk, rest: Rest, qtbot: QtBot) -> None:
    panel = _panel(session, qtbot)
    first, second = _uids(desk)[:2]
    panel.show_record(first)
    _enter(panel, "valid_from", "31/02/2026")
    panel.show_record(second)
    assert panel.form.rows["valid_from"].editor.line.text() == ""
    rest()
    panel.show_record(first)
    assert panel.form.rows["valid_from"].editor.line.text() == ""
    assert "Còn 1 ô chưa lưu" in panel.entry.bar.label.text()
    _enter(panel, "valid_to", "32/1/2026")
    panel.show_record(second)
    rest()
    panel.show_record(first)
    assert "Còn 2 ô chưa lưu" in panel.entry.bar.label.text()
    panel.entry.bar.buttons[1].click()
    rest()
    assert panel.entry.bar.isHidden()
    assert fetch_drafts(desk) == []


def test_a_kept_text_asks_when_the_record_changed_since(session: Session, desk: Desk, rest: Rest, qtbot: QtBot) -> None:
    panel = _panel(session, qtbot)
    first, second = _uids(desk)[:2]
    panel.show_record(first)
    _enter(panel, "carriageway_w", "bảy mét")
    panel.show_record(second)
    rest()
    update_values(desk, first, {"carriageway_w": 9.0}, expected=fetch_record(desk, first).revision)
    panel.show_record(first)
    panel.entry.bar.buttons[0].click()
    row = panel.form.rows["carriageway_w"]
    assert row.editor.line.text() == "bảy mét"
    assert "9,00" in row.note.label.text()
    row.note.buttons[1].click()
    rest()
    assert row.editor.line.text() in ("9", "9,00")
    assert fetch_record(desk, first).values["carriageway_w"] == 9.0


def test_closing_the_window_keeps_what_is_being_typed(
    window: DeskWindow, session: Session, desk: Desk, qtbot: QtBot
) -> None:
    uid = _uids(desk)[0]
    window.selecting.open_record(uid)
    settle_window(window)
    _enter(window.record, "valid_from", "chưa rõ ngày", leave=False)
    assert window.close()
    kept = fetch_drafts(desk)
    assert [(draft.uid, draft.texts) for draft in kept] == [(uid, {"valid_from": "chưa rõ ngày"})]


def test_two_new_records_half_typed_do_not_cover_each_other(
    session: Session, desk: Desk, rest: Rest, qtbot: QtBot
) -> None:
    panel = _panel(session, qtbot)
    for inspector in ("An", "Bình"):
        panel.begin_record("asset_inspection")
        _enter(panel, "inspector", inspector)
        panel.show_record(None)
        rest()
    assert sorted(draft.values["inspector"] for draft in fetch_drafts(desk)) == ["An", "Bình"]
    assert panel.empty._list.count() == 2
    panel.resume(panel.entry.drafts.shelf.drafts[0])
    assert panel.form.values()["inspector"] in ("An", "Bình")


def test_what_is_left_half_typed_is_called_by_its_name(session: Session, desk: Desk, rest: Rest, qtbot: QtBot) -> None:
    window = DeskWindow(session)
    qtbot.addWidget(window)
    window.show()
    settle_window(window)
    panel = window.record
    panel.show_record(_uids(desk)[0])
    _enter(panel, "valid_from", "31/02/2026")
    panel.begin_record("road_segment")
    _enter(panel, "name", "Đường mới chưa xong", leave=False)
    qtbot.waitUntil(lambda: len(fetch_drafts(desk)) == 2)
    told = {draft.uid is None: panel.empty.describe(draft) for draft in panel.entry.drafts.shelf.drafts}
    assert told[False].startswith("Đoạn đường “Đường Lê Lợi”: 1 ô chưa lưu")
    assert told[True].startswith("Đoạn đường mới: Đường mới chưa xong")
    settle_window(window)
    window.map.shut_down()
