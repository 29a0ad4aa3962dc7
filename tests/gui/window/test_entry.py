"""Entering records by keyboard: going on, saving, beginning another, and what is said at a field."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.settings import load_settings
from desktop.entry.field_row import FieldRow
from desktop.entry.record_form import Lookup, RecordForm
from desktop.panels.record_panel import RecordPanel
from desktop.session import Session
from desktop.theme import Tone
from forms.catalogue import Catalogue
from services.desk import Desk
from services.editing import insert_record, update_values
from services.reading import count_by_type, fetch_page, fetch_record

Rest = Callable[[], None]
LINE = shapely.LineString([(437_000, 2_487_000), (437_000, 2_488_500)])


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[RecordPanel]:
    made = RecordPanel(session, Lookup())
    qtbot.addWidget(made)
    made.resize(400, 700)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made


def _first(desk: Desk, type_id: str = "road_segment") -> str:
    return fetch_page(desk, type_id, limit=1).records[0].uid


def _type(row: FieldRow, text: str) -> None:
    """Type as a hand does that has not left the field yet."""
    row.editor.line.setText(text)
    row.editor.line.textEdited.emit(text)


def _enter(row: FieldRow, text: str) -> None:
    _type(row, text)
    row.editor.line.editingFinished.emit()


def _told(panel: RecordPanel) -> list[tuple[str, Tone]]:
    said: list[tuple[str, Tone]] = []
    panel.told.connect(lambda text, tone: said.append((text, tone)))
    return said


def _focused(form: RecordForm) -> str | None:
    widget = QApplication.focusWidget()
    return next((row.field.key for row in form.built_rows() if row.editor.focusProxy() is widget), None)


def test_enter_goes_through_every_field_of_every_page_and_back(qtbot: QtBot, panel: RecordPanel, desk: Desk) -> None:
    panel.show_record(_first(desk))
    form = panel.form
    form.focus_first()
    assert _focused(form) == "official_id_status" or not form.rows[_focused(form)].is_locked
    form.focus_field("name")
    seen = []
    for _ in range(len(form.rows)):
        seen.append(_focused(form))
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        if _focused(form) == seen[-1]:
            break
    locked = {key for key, row in form.rows.items() if row.is_locked or row.isHidden()}
    assert seen == [key for key in form.rows if key not in locked]
    for key in reversed(seen[:-1]):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        assert _focused(form) == key


def test_tab_goes_from_the_last_field_of_a_page_to_the_next_page(qtbot: QtBot, panel: RecordPanel, desk: Desk) -> None:
    panel.show_record(_first(desk))
    form = panel.form
    last = form.current.end(-1)
    form.focus_field(last.field.key)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert form.tabs.currentIndex() == 1
    assert _focused(form) == form.current.end(1).field.key
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    assert _focused(form) == last.field.key


def test_pages_are_turned_by_keys(qtbot: QtBot, panel: RecordPanel, desk: Desk) -> None:
    panel.show_record(_first(desk))
    form = panel.form
    form.focus_field("name")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert form.tabs.currentIndex() == 2
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert form.tabs.currentIndex() == 1
    assert _focused(form) == form.current.end(1).field.key


def test_enter_takes_the_marked_choice_and_goes_on(qtbot: QtBot, panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    panel.form.focus_field("mgmt_class")
    line = panel.form.rows["mgmt_class"].editor.line
    qtbot.keyClicks(line, "duong")
    options = line.options
    second = options.option(1).key
    popup = line._completer.popup()
    qtbot.waitUntil(popup.isVisible)
    popup.setCurrentIndex(popup.model().index(1, 0))
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    rest()
    assert fetch_record(desk, uid).values["mgmt_class"] == second
    assert _focused(panel.form) not in (None, "mgmt_class")


def test_save_says_the_time_or_the_field_that_prevents_it(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    said = _told(panel)
    _type(panel.form.rows["carriageway_w"], "5,5")
    panel.save()
    rest()
    assert fetch_record(desk, uid).values["carriageway_w"] == 5.5
    assert said[-1][0].startswith("Đã lưu ")
    _type(panel.form.rows["valid_from"], "31/02/2026")
    panel.save()
    rest()
    assert "Có hiệu lực từ ngày" in said[-1][0]
    assert said[-1][1] is Tone.ERROR
    assert _focused(panel.form) == "valid_from"
    assert panel.form.rows["valid_from"].editor.line.text() == "31/02/2026"


def test_escape_brings_the_stored_value_back(qtbot: QtBot, panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    row = panel.form.rows["name"]
    panel.form.focus_field("name")
    before = row.editor.line.text()
    _type(row, "gõ nhầm")
    qtbot.keyClick(row.editor.line, Qt.Key.Key_Escape)
    assert row.editor.line.text() == before
    assert not row.dirty
    rest()
    assert fetch_record(desk, uid).values["name"] == before


def test_numbers_are_grouped_at_rest_and_plain_while_edited(qtbot: QtBot, panel: RecordPanel, desk: Desk) -> None:
    uid = _first(desk)
    update_values(desk, uid, {"cost_vnd": 1255172510}, expected=fetch_record(desk, uid).revision)
    panel.show_record(uid)
    panel.form.focus_field("name")
    line = panel.form.rows["cost_vnd"].editor.line
    assert line.text() == "1.255.172.510"
    panel.form.focus_field("cost_vnd")
    assert line.text() == "1255172510"
    panel.form.focus_field("name")
    assert line.text() == "1.255.172.510"


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("valid_from", "31/02/2026", "31/02/2026"),
        ("valid_from", "1/7/25", "1/7/25"),
        ("name", "Đường\x01Lê Lợi", "ở vị trí 6"),
        ("carriageway_w", "năm mét", "năm mét"),
    ],
)
def test_bad_input_is_said_at_its_field_and_kept(
    panel: RecordPanel, desk: Desk, rest: Rest, key: str, text: str, said: str
) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    row = panel.form.rows[key]
    _enter(row, text)
    rest()
    assert said in row.message
    assert row.dirty
    assert panel.form.texts() == {key: row.editor.line.text()}
    page = next(at for at, page in enumerate(panel.form.pages) if key in page.rows)
    assert panel.form.tabs.tabText(page).endswith(")")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Đường Hùng Vương".replace("ù", "u\u0300"), "dạng chuẩn"),
        ("Đường\x00 Hùng\u202e Vương", "Đã bỏ 2 ký tự"),
    ],
)
def test_what_is_taken_out_of_a_text_is_said(panel: RecordPanel, desk: Desk, rest: Rest, text: str, said: str) -> None:
    uid = _first(desk)
    panel.show_record(uid)
    row = panel.form.rows["name"]
    _enter(row, text)
    rest()
    assert fetch_record(desk, uid).values["name"] == "Đường Hùng Vương"
    assert said in row.note.label.text()


def test_a_retired_code_is_no_value_for_new_data(qtbot: QtBot, panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = insert_record(
        desk, "land_use_plan_area", {"name": "Khu A"}, shapely.box(437_000, 2_487_000, 437_100, 2_487_100)
    ).record.uid
    kind = desk.catalogue.type("land_use_plan_area")
    found = [
        (field.key, item.code)
        for field in kind.fields
        if field.type == "choice"
        for item in desk.catalogue.choice_list(field.choices)
        if item.status == "legacy" and field.choices != "former_communes"
    ]
    if not found:
        pytest.skip("no list of this type has a retired code")
    key, code = found[0]
    panel.show_record(uid)
    line = panel.form.rows[key].editor.line
    line.setText(code)
    line.settle()
    rest()
    assert "không còn dùng" in panel.form.rows[key].message
    assert line.text() == code
    assert fetch_record(desk, uid).values[key] is None


def test_a_local_code_that_another_record_has_is_said_at_the_field(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    first, second = (record.uid for record in fetch_page(desk, "road_segment", limit=2).records)
    code = fetch_record(desk, first).values["local_code"]
    assert code
    panel.show_record(second)
    _enter(panel.form.rows["local_code"], code)
    rest()
    assert panel.form.rows["local_code"].message


def test_computed_values_follow_while_typing(panel: RecordPanel, desk: Desk) -> None:
    uid = insert_record(desk, "drainage_line", {"name": "Cống dọc"}, LINE).record.uid
    panel.show_record(uid)
    rows = panel.form.rows
    computed = [key for key, row in rows.items() if row.field.computed and row.value() is None]
    assert computed
    for key in ("invert_up", "invert_dn"):
        assert key in rows
    _type(rows["invert_up"], "12,5")
    _type(rows["invert_dn"], "11")
    assert any(rows[key].editor.line.text() for key in computed)


def test_the_grade_of_the_tables_is_suggested_and_taken(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = insert_record(desk, "drainage_line", {"name": "Cống dọc", "system": "thai"}, LINE).record.uid
    panel.show_record(uid)
    rows = panel.form.rows
    assert rows["work_grade"].note is None
    _type(rows["diameter_mm"], "400")
    text = rows["work_grade"].note.label.text()
    assert text.startswith("Gợi ý: cấp ")
    assert "400 mm" in text
    rows["diameter_mm"].commit()
    rows["work_grade"].note.buttons[0].click()
    rest()
    stored = fetch_record(desk, uid).values
    assert stored["diameter_mm"] == 400
    assert stored["work_grade"] in ("I", "II", "III", "IV")
    assert rows["work_grade"].note is None


def test_a_decision_number_is_written_in_its_one_form_and_its_day_offered(
    panel: RecordPanel, desk: Desk, rest: Rest
) -> None:
    uid = insert_record(desk, "planning_dossier", {"name": "Đồ án"}, None).record.uid
    panel.show_record(uid)
    row = panel.form.rows["decision_no"]
    _enter(row, "Số 2820 / qd-ubnd ngày 12/6/2025")
    rest()
    assert fetch_record(desk, uid).values["decision_no"] == "2820/QĐ-UBND"
    assert row.editor.line.text() == "2820/QĐ-UBND"
    assert "2820 / qd-ubnd" in row.note.label.text()
    row.note.buttons[0].click()
    rest()
    assert fetch_record(desk, uid).values["decision_date"] == "2025-06-12"


def test_pins_are_remembered_and_carry_the_last_values(
    qtbot: QtBot, panel: RecordPanel, session: Session, desk: Desk, rest: Rest
) -> None:
    kind = desk.catalogue.type("road_segment")
    assert panel.entry.carry.pins(kind) == {field.key for field in kind.fields if field.carry}
    panel.show_record(_first(desk))
    _enter(panel.form.rows["from_place"], "Thôn Nái")
    rest()
    panel.form.rows["from_place"]._pin.setChecked(True)
    assert "from_place" in load_settings()["pinned_fields"]["road_segment"]
    other = RecordPanel(session, Lookup())
    qtbot.addWidget(other)
    other.begin_record("road_segment", LINE)
    rest()
    stored = fetch_record(desk, other.record.uid).values
    newest = fetch_page(desk, "road_segment", sort="uid", descending=True, limit=2).records[1]
    assert stored["from_place"] == newest.values["from_place"]
    panel.begin_record("road_segment", LINE)
    rest()
    assert fetch_record(desk, panel.record.uid).values["from_place"] == "Thôn Nái"


def test_a_new_record_is_inserted_once_however_fast_it_is_typed(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    before = sum(count_by_type(desk)["road_segment"].values())
    panel.begin_record("road_segment")
    rest()
    assert sum(count_by_type(desk)["road_segment"].values()) == before, "nothing typed yet"
    _enter(panel.form.rows["name"], "Đường mới")
    _enter(panel.form.rows["road_code"], "ĐX.77")
    _enter(panel.form.rows["lanes"], "2")
    rest()
    assert sum(count_by_type(desk)["road_segment"].values()) == before + 1
    stored = fetch_record(desk, panel.record.uid)
    assert (stored.values["name"], stored.values["road_code"], stored.values["lanes"]) == ("Đường mới", "ĐX.77", 2)
    assert stored.geometry is None
    assert not panel.geometry_view._draw[1].isHidden()
    assert panel.geometry_view._draw[0].isHidden()


def test_a_record_that_is_left_while_it_is_inserted_loses_nothing(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    old = _first(desk)
    panel.begin_record("road_segment")
    _enter(panel.form.rows["name"], "Đường vội")
    _enter(panel.form.rows["to_place"], "Chợ")
    _enter(panel.form.rows["valid_from"], "31/02/2026")
    panel.show_record(old)
    rest()
    made = fetch_page(desk, "road_segment", sort="uid", descending=True, limit=1).records[0]
    assert (made.values["name"], made.values["to_place"]) == ("Đường vội", "Chợ")
    panel.show_record(made.uid)
    assert "1 ô" in panel.entry.bar.label.text()
    panel.entry.bar.buttons[0].click()
    assert panel.form.rows["valid_from"].editor.line.text() == "31/02/2026"


def test_records_that_are_only_added_wait_for_the_word_and_are_corrected_by_new_ones(
    panel: RecordPanel, desk: Desk, rest: Rest
) -> None:
    before = sum(count_by_type(desk).get("asset_inspection", {}).values())
    panel.begin_record("asset_inspection", values={"asset_uid": _first(desk)})
    _enter(panel.form.rows["inspected_on"], "1/7/2026")
    _enter(panel.form.rows["inspector"], "Nguyễn Văn An")
    rest()
    assert sum(count_by_type(desk).get("asset_inspection", {}).values()) == before
    panel.save()
    rest()
    assert sum(count_by_type(desk)["asset_inspection"].values()) == before + 1
    first = panel.record.uid
    assert panel.form.rows["inspector"].is_locked
    assert "chỉ ghi thêm" in panel.entry.bar.label.text()
    panel.entry.bar.buttons[0].click()
    assert not panel.form.rows["inspector"].is_locked
    assert panel.form.values()["corrects_uid"] == first
    assert panel.form.values()["inspector"] == "Nguyễn Văn An"
    _enter(panel.form.rows["inspector"], "Trần Thị Bình")
    panel.save()
    rest()
    assert fetch_record(desk, panel.record.uid).values["corrects_uid"] == first
    assert fetch_record(desk, first).values["inspector"] == "Nguyễn Văn An"


def test_forms_are_built_page_by_page_and_kept(panel: RecordPanel, desk: Desk) -> None:
    panel.show_record(_first(desk))
    form = panel.form
    assert len(form.built_rows()) < len(form.rows)
    form.show_page(1)
    assert len(form.built_rows()) < len(form.rows)
    panel.show_record(fetch_page(desk, "road_segment", limit=2).records[1].uid)
    assert panel.form is form
    assert form.tabs.currentIndex() == 1


def test_few_fields_stay_on_one_page(catalogue: Catalogue, qtbot: QtBot) -> None:
    for type_id, paged in (("road_segment", True), ("asset_inspection", False), ("survey_point", False)):
        form = RecordForm(catalogue.type(type_id), catalogue)
        qtbot.addWidget(form)
        assert (form.tabs is not None) is paged


def test_tabs_count_what_is_demanded(panel: RecordPanel, desk: Desk, rest: Rest) -> None:
    uid = insert_record(desk, "planning_dossier", {"name": "Đồ án"}, None).record.uid
    panel.show_record(uid)
    rest()
    title = panel.form.tabs.tabText(0)
    assert title.startswith("Chung (")
    count = int(title.removeprefix("Chung (").removesuffix(")"))
    row = next(row for row in panel.form.current.open_rows() if row._strength == "approve" and row.value() is None)
    key: Any = row.field.key
    assert row.field.type == "choice"
    option = desk.catalogue.choice_list(row.field.choices).search("", 1)[0]
    row.take(option.code)
    rest()
    assert fetch_record(desk, uid).values[key] == option.code
    left = panel.form.tabs.tabText(0)
    assert left == ("Chung" if count == 1 else f"Chung ({count - 1})")
