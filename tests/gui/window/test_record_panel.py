"""The record panel: every finished edit is stored at once, and what cannot be stored is said and kept."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from pytestqt.qtbot import QtBot

from core.errors import EnvironmentFault
from core.messages import Language, use_language
from desktop.entry import saving
from desktop.entry.record_form import Lookup
from desktop.panels.record_panel import RecordPanel
from desktop.session import Session
from forms.record import Lineage
from services.desk import Desk
from services.editing import insert_record, undo_labels, update_values
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


def test_other_fields_changed_elsewhere_are_taken_over_and_mine_is_stored(
    panel: RecordPanel, desk: Desk, rest: Rest, qtbot: QtBot
) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    rest()
    update_values(desk, uid, {"note": "người khác"}, expected=fetch_record(desk, uid).revision)
    with qtbot.assertNotEmitted(panel._session.failed):
        _enter(panel, "name", "Tên tôi gõ")
        rest()
    stored = fetch_record(desk, uid).values
    assert (stored["note"], stored["name"]) == ("người khác", "Tên tôi gõ")
    assert panel.form.values()["note"] == "người khác"


@pytest.mark.parametrize("mine", [True, False])
def test_the_same_field_changed_elsewhere_asks_which_is_to_stand(
    panel: RecordPanel, desk: Desk, rest: Rest, mine: bool
) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    rest()
    update_values(desk, uid, {"carriageway_w": 6.0}, expected=fetch_record(desk, uid).revision)
    _enter(panel, "carriageway_w", "7")
    rest()
    row = panel.form.rows["carriageway_w"]
    assert "6,00" in row.note.label.text()
    assert "7" in row.note.label.text()
    assert "10:00" in row.note.label.text()
    assert fetch_record(desk, uid).values["carriageway_w"] == 6.0
    panel.save()
    rest()
    assert fetch_record(desk, uid).values["carriageway_w"] == 6.0
    row.note.buttons[0 if mine else 1].click()
    rest()
    assert row.note is None
    assert fetch_record(desk, uid).values["carriageway_w"] == (7.0 if mine else 6.0)
    assert panel.form.values()["carriageway_w"] == (7.0 if mine else 6.0)


def test_a_change_arriving_under_what_is_typed_asks_too(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    rest()
    line = panel.form.rows["name"].editor.line
    line.setText("Tên đang gõ")
    line.textEdited.emit("Tên đang gõ")
    changed = {"name": "Tên của tỉnh", "note": "của tỉnh"}
    update_values(desk, uid, changed, expected=fetch_record(desk, uid).revision)
    panel.reload()
    row = panel.form.rows["name"]
    assert "Tên của tỉnh" in row.note.label.text()
    assert line.text() == "Tên đang gõ"
    assert panel.form.values()["note"] == "của tỉnh"
    line.editingFinished.emit()
    rest()
    assert fetch_record(desk, uid).values["name"] == "Tên của tỉnh"
    row.note.buttons[0].click()
    rest()
    assert fetch_record(desk, uid).values["name"] == "Tên đang gõ"


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
    lines = [card.text for card in panel.history.cards]
    assert len(lines) >= 2
    assert "Số hiệu đường" in lines[0]
    assert "can_bo" in lines[-1]
    assert not any("WORK-" in line for line in lines)


def test_nothing_chosen_says_what_to_do(panel: RecordPanel) -> None:
    panel.show_record(None)
    assert panel._pages.currentIndex() == 0


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "vi",
            [
                "Từ tệp duong.geojson, dòng 3",
                "Đã đổi chỗ X và Y.",
                "Đã nhân tọa độ với 0,001 (số trong tệp ghi bằng milimét).",
            ],
        ),
        (
            "en",
            [
                "From file duong.geojson, row 3",
                "Exchanged X and Y.",
                "Multiplied the coordinates by 0.001 (the file's numbers are in millimetres).",
            ],
        ),
    ],
)
def test_the_shape_s_tab_tells_where_its_numbers_came_from(
    qtbot: QtBot, session: Session, desk: Desk, language: Language, lines: list[str]
) -> None:
    use_language(language)
    panel = RecordPanel(session, Lookup())
    qtbot.addWidget(panel)
    panel.show()
    source = Lineage("duong.geojson", "duong", 3, src_crs="EPSG:9209", reading={"scale": 0.001, "swapped": True})
    line = fetch_record(desk, _first(desk)).geometry
    imported = insert_record(desk, "road_segment", {"name": "Đường nhập"}, line, lineage=source).record
    panel.show_record(imported.uid)
    panel.tabs.setCurrentWidget(panel.geometry_view)
    told = panel.geometry_view.origin.text().split("\n")
    assert [told[0], *told[2:]] == lines
    assert "105°30'" in told[1]
    assert panel.geometry_view.origin.isVisible()
    panel.show_record(_first(desk))
    assert not panel.geometry_view.origin.isVisible(), "what was drawn here came of no file"
