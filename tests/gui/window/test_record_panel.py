"""The record panel: every finished edit is stored at once, and what cannot be stored is said and kept."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from pytestqt.qtbot import QtBot

from core.errors import EnvironmentFault
from desktop.entry import saving
from desktop.entry.record_form import Lookup
from desktop.panels.record_panel import RecordPanel
from desktop.session import Session
from services.desk import Desk
from services.editing import undo_labels, update_values
from services.reading import count_by_type, fetch_page, fetch_record

Rest = Callable[[], None]


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[RecordPanel]:
    made = RecordPanel(session, Lookup())
    qtbot.addWidget(made)
    made.resize(340, 700)
    made.show()
    yield made


def _first(desk: Desk) -> str:
    return fetch_page(desk, "road_segment", limit=1).records[0].uid


def _enter(panel: RecordPanel, key: str, text: str) -> None:
    line = panel.form.rows[key].editor.line
    line.setText(text)
    line.textEdited.emit(text)
    line.editingFinished.emit()


def test_an_edit_is_stored_when_the_field_is_left(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    _enter(panel, "carriageway_w", "5,5")
    rest()
    stored = fetch_record(desk, uid)
    assert stored.values["carriageway_w"] == 5.5
    assert panel.record.revision == stored.revision
    undo, _ = undo_labels(desk)
    assert "Đoạn đường" in undo


def test_edits_that_follow_fast_are_all_stored(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    for key, text in (("name", "Đường Hùng Vương"), ("road_code", "ĐX.9"), ("lanes", "2"), ("from_place", "Chợ")):
        _enter(panel, key, text)
    assert panel.settle()
    rest()
    values = fetch_record(desk, uid).values
    assert (values["name"], values["road_code"], values["lanes"], values["from_place"]) == (
        "Đường Hùng Vương",
        "ĐX.9",
        2,
        "Chợ",
    )
    assert panel.form.values()["name"] == "Đường Hùng Vương"
    assert panel.head.title.text().startswith("ĐX.9")


def test_typing_is_checked_before_it_is_stored(qtbot: QtBot, panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    panel.show_record(_first(desk))
    rest()
    line = panel.form.rows["name"].editor.line
    line.setText("")
    line.textEdited.emit("")
    qtbot.waitUntil(lambda: bool(panel.form.rows["name"].message), timeout=5_000)
    assert fetch_record(desk, panel.record.uid).values["name"]


def test_a_record_changed_elsewhere_is_shown_again_and_said(
    panel: RecordPanel, desk: Desk, rest: Rest, qtbot: QtBot
) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    rest()
    update_values(desk, uid, {"note": "người khác"}, expected=fetch_record(desk, uid).revision)
    with qtbot.waitSignal(panel._session.failed) as told:
        _enter(panel, "name", "Tên tôi gõ")
    assert told.args[0].error.code == "STORE-STALE"
    rest()
    assert panel.form.values()["note"] == "người khác"
    assert panel.form.values()["name"] != "Tên tôi gõ"


def test_what_could_not_be_written_is_kept_and_written_again(
    panel: RecordPanel, desk: Desk, rest: Rest, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    rest()

    def full(*_: Any, **__: Any) -> None:
        raise EnvironmentFault("STORE-FULL", folder="")

    monkeypatch.setattr(saving, "update_values", full)
    with qtbot.waitSignal(panel._session.failed):
        _enter(panel, "name", "Giữ lấy tôi")
    assert not panel.head.note.isHidden()
    assert panel.form.rows["name"].editor.line.text() == "Giữ lấy tôi"
    monkeypatch.undo()
    panel.head.again.click()
    rest()
    assert fetch_record(desk, uid).values["name"] == "Giữ lấy tôi"
    assert panel.head.note.isHidden()


def test_a_drawn_record_is_stored_with_its_geometry(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    line = shapely.LineString([(437_000, 2_487_000), (437_100, 2_487_000.12345)])
    panel.begin_record("road_segment", line, "so_hoa_ban_do")
    rest()
    stored = fetch_record(desk, panel.record.uid)
    assert stored.geometry.length == pytest.approx(100, abs=0.01)
    assert stored.lineage.capture_method == "so_hoa_ban_do"
    assert stored.values["commune_code"] == "01153"
    assert panel.head.chip.text() in ("Nháp", "Đạt kiểm tra")


def test_a_pinned_value_goes_into_the_next_new_record(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    panel.show_record(_first(desk))
    _enter(panel, "from_place", "Thôn Nái")
    rest()
    panel.form.rows["from_place"]._pin.setChecked(True)
    panel.begin_record("road_segment", shapely.LineString([(437_000, 2_487_000), (437_010, 2_487_000)]))
    rest()
    assert fetch_record(desk, panel.record.uid).values["from_place"] == "Thôn Nái"


def test_a_record_without_a_place_is_begun_in_the_form(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    before = sum(count_by_type(desk).get("planning_dossier", {}).values())
    panel.begin_record("planning_dossier")
    rest()
    _enter(panel, "name", "Đồ án quy hoạch chung xã")
    rest()
    assert sum(count_by_type(desk)["planning_dossier"].values()) == before + 1
    assert fetch_record(desk, panel.record.uid).values["name"] == "Đồ án quy hoạch chung xã"
    assert not panel.tabs.isTabVisible(1)


def test_geometry_and_history_are_told(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    assert "2 đỉnh" in panel.geometry_view._summary.text()
    assert panel.geometry_view.model.rows[0].cells[1].replace("\u00a0", " ").startswith("2 487 000,000")
    _enter(panel, "road_code", "ĐX.1")
    rest()
    panel.tabs.setCurrentWidget(panel.history)
    lines = [panel.history.list.item(row).text() for row in range(panel.history.list.count())]
    assert len(lines) >= 2
    assert "Số hiệu đường" in lines[0]
    assert "can_bo" in lines[-1]
    assert not any("WORK-" in line for line in lines)


def test_nothing_chosen_says_what_to_do(panel: RecordPanel) -> None:
    panel.show_record(None)
    assert panel._pages.currentIndex() == 0
