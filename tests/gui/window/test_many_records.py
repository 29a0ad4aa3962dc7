"""Several records at once, copied attributes, children, references and history."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.entry.copy_dialog import CopyDialog
from desktop.entry.field_row import MIXED
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from services.desk import Desk
from services.editing import insert_record, undo_labels, update_values
from services.reading import fetch_page, fetch_record

Rest = Callable[[], None]


def _uids(desk: Desk) -> list[str]:
    return [record.uid for record in fetch_page(desk, "road_segment").records]


def _enter(row: Any, text: str) -> None:
    row.editor.line.setText(text)
    row.editor.line.textEdited.emit(text)
    row.editor.line.editingFinished.emit()


def _select(window: DeskWindow, uids: list[str]) -> Any:
    window.selecting.show_type("road_segment")
    window.selecting.choose({"road_segment": uids})
    window.selecting.show_chosen()
    settle_window(window)
    return window.record.many.form


def test_only_what_was_touched_goes_to_all_and_one_undo_brings_it_back(window: DeskWindow, desk: Desk) -> None:
    uids = _uids(desk)
    names = [fetch_record(desk, uid).values["name"] for uid in uids]
    many = _select(window, uids)
    assert "3 bản ghi" in many.title.text()
    row = many.form.rows["name"]
    assert row.stored is MIXED
    assert row.editor.line.placeholderText() == "‹nhiều giá trị khác nhau›"
    assert "local_code" not in many.form.rows
    assert not many.apply.isEnabled()
    _enter(many.form.rows["carriageway_w"], "6,5")
    _enter(many.form.rows["from_place"], "Ngã ba")
    assert many.apply.text() == "Áp dụng cho 3 bản ghi"
    assert "Bề rộng mặt đường" in many.summary.text()
    assert fetch_record(desk, uids[0]).values["carriageway_w"] is None
    many.apply.click()
    settle_window(window)
    stored = [fetch_record(desk, uid).values for uid in uids]
    assert [values["carriageway_w"] for values in stored] == [6.5] * 3
    assert [values["name"] for values in stored] == names
    assert "3 bản ghi" in window.notices.toast.text
    assert many.form.rows["carriageway_w"].value() == 6.5
    assert many.touched == {}
    window.actions_by_key["undo"].trigger()
    settle_window(window)
    assert [fetch_record(desk, uid).values["carriageway_w"] for uid in uids] == [None] * 3


def test_a_touched_field_can_be_left_alone_again_or_emptied_in_all(window: DeskWindow, desk: Desk) -> None:
    uids = _uids(desk)
    for uid, surface in zip(uids, ("be_tong_nhua", "be_tong_xi_mang", None), strict=True):
        codes = [item.code for item in desk.catalogue.choice_list("road_surface")]
        values = {"surface": codes[0] if surface == "be_tong_nhua" else codes[1] if surface else None, "note": "x"}
        update_values(desk, uid, values, expected=fetch_record(desk, uid).revision)
    many = _select(window, uids)
    row = many.form.rows["name"]
    _enter(row, "Tên chung")
    assert list(many.touched) == ["name"]
    row.note.buttons[0].click()
    assert many.touched == {}
    assert row.editor.line.text() == ""
    assert row.stored is MIXED
    many.form.rows["surface"]._clear()
    assert many.touched == {"surface": None}
    many.ask()
    settle_window(window)
    assert [fetch_record(desk, uid).values["surface"] for uid in uids] == [None] * 3


def test_a_text_that_is_no_value_is_not_applied(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    many = _select(window, _uids(desk))
    _enter(many.form.rows["carriageway_w"], "sáu mét")
    with qtbot.assertNotEmitted(many.apply_wanted):
        many.ask()
    assert "Bề rộng mặt đường" in many.summary.text()


def test_one_that_changed_meanwhile_stops_the_whole(window: DeskWindow, desk: Desk) -> None:
    uids = _uids(desk)
    many = _select(window, uids)
    _enter(many.form.rows["carriageway_w"], "8")
    update_values(desk, uids[1], {"carriageway_w": 4.0}, expected=fetch_record(desk, uids[1]).revision)
    many.apply.click()
    settle_window(window)
    assert [fetch_record(desk, uid).values["carriageway_w"] for uid in uids] == [None, 4.0, None]


def test_table_and_map_lead_to_the_form_of_several(window: DeskWindow, desk: Desk) -> None:
    uids = _uids(desk)
    window.selecting.follow_table("road_segment", uids[:2])
    settle_window(window)
    assert window.record.many_uids == uids[:2]
    window.selecting.follow_map({"road_segment": uids}, False)
    settle_window(window)
    assert window.record.many_uids == uids
    window.selecting.follow_table("road_segment", uids[:1])
    settle_window(window)
    assert window.record.many_uids == []
    assert window.record.record.uid == uids[0]


def test_attributes_are_copied_by_a_tick_list(window: DeskWindow, desk: Desk) -> None:
    uids = _uids(desk)
    update_values(
        desk,
        uids[0],
        {"carriageway_w": 7.0, "lanes": 2, "owner_org": "UBND xã", "road_code": "ĐX.1"},
        expected=fetch_record(desk, uids[0]).revision,
    )
    window.actions_by_key["paste-values"].trigger()
    assert "Ctrl+Shift+C" in window.notices.toast.text
    window.selecting.open_record(uids[0])
    settle_window(window)
    window.actions_by_key["copy-values"].trigger()
    window.selecting.choose({"road_segment": uids})
    window.actions_by_key["paste-values"].trigger()
    dialog = window.findChild(CopyDialog)
    assert {"carriageway_w", "lanes", "owner_org"} <= set(dialog.keys())
    assert not {"name", "road_code", "local_code"} & set(dialog.keys())
    leaf = next(leaf for leaf in dialog._leaves() if leaf.text(0) == "Số làn xe")
    leaf.setCheckState(0, Qt.CheckState.Unchecked)
    dialog.take.click()
    settle_window(window)
    for uid in uids[1:]:
        values = fetch_record(desk, uid).values
        assert (values["carriageway_w"], values["owner_org"], values["lanes"]) == (7.0, "UBND xã", None)
        assert values["road_code"] is None
    before = undo_labels(desk)[0]
    window.actions_by_key["undo"].trigger()
    settle_window(window)
    assert before != undo_labels(desk)[0]
    assert fetch_record(desk, uids[1]).values["owner_org"] is None


@pytest.fixture
def bridge(desk: Desk) -> str:
    made = insert_record(desk, "bridge", {"name": "Cầu Nậm An"}, shapely.Point(437_150, 2_487_120))
    return made.record.uid


def test_a_child_is_added_from_its_parent_and_brings_one_back(window: DeskWindow, desk: Desk, bridge: str) -> None:
    window.selecting.open_record(bridge)
    settle_window(window)
    record = window.record
    record.tabs.setCurrentWidget(record.children_view)
    table = record.children_view.tables["asset_inspection", "asset_uid"]
    table.add.click()
    assert record.record.type_id == "asset_inspection"
    assert record.form.values()["asset_uid"] == bridge
    assert "Cầu Nậm An" in record.head.back.text()
    _enter(record.form.rows["inspected_on"], "2/6/2026")
    _enter(record.form.rows["inspector"], "Nguyễn Văn An")
    window.actions_by_key["save"].trigger()
    settle_window(window)
    assert record.record.uid == bridge
    assert record.tabs.currentWidget() is record.children_view
    assert record.head.back.isHidden()
    table = record.children_view.tables["asset_inspection", "asset_uid"]
    assert table.table.rows_model.rows[0].cells[1] == "02/06/2026"
    assert record.tabs.tabText(record.tabs.indexOf(record.children_view)) == "Liên quan (1)"
    table.table.selectRow(0)
    table.open.click()
    settle_window(window)
    assert record.record.values["inspector"] == "Nguyễn Văn An"
    window.actions_by_key["back"].trigger()
    settle_window(window)
    assert record.record.uid == bridge


def test_a_reference_is_opened_and_picked_on_the_map(window: DeskWindow, desk: Desk, bridge: str, qtbot: QtBot) -> None:
    road = next(uid for uid in _uids(desk) if "Lê Lợi" in fetch_record(desk, uid).values["name"])
    window.selecting.open_record(bridge)
    settle_window(window)
    row = window.record.form.rows["road_segment_uid"]
    assert not row.editor._open.isEnabled()
    row.editor._pick.click()
    assert window.map.tool.name == "pick"
    assert "đoạn đường" in window.map_page.hint.text()
    window.map_control.zoom_to_records([road])
    window.map.grab_image()
    middle = window.map.canvas.to_screen(_array(437_150.0, 2_487_125.0))[0]
    place = window.map.canvas.viewport().rect().topLeft()
    place.setX(round(float(middle[0])))
    place.setY(round(float(middle[1])))
    qtbot.mouseClick(window.map.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    settle_window(window)
    assert fetch_record(desk, bridge).values["road_segment_uid"] == road
    assert window.record.record.uid == bridge
    assert "Đường Lê Lợi" in row.editor.line.text()
    assert window.map.tool.name == "select"
    row.editor._open.click()
    settle_window(window)
    assert window.record.record.uid == road
    window.record.head.back.click()
    assert window.record.record.uid == bridge


def _array(east: float, north: float) -> Any:
    import numpy as np

    return np.array([(east, north)])


def test_picking_is_left_with_escape(window: DeskWindow, bridge: str, qtbot: QtBot) -> None:
    window.selecting.open_record(bridge)
    settle_window(window)
    window.record.form.rows["road_segment_uid"].editor._pick.click()
    qtbot.keyClick(window.map.canvas, Qt.Key.Key_Escape)
    assert window.map.tool.name == "select"


def test_history_says_every_value_and_takes_one_change_back(window: DeskWindow, desk: Desk) -> None:
    uid = _uids(desk)[0]
    update_values(desk, uid, {"carriageway_w": 5.5, "lanes": 2}, expected=1)
    update_values(desk, uid, {"road_code": "ĐX.9"}, expected=2)
    update_values(desk, uid, {"lanes": 3}, expected=3)
    window.selecting.open_record(uid)
    record = window.record
    record.tabs.setCurrentWidget(record.history)
    settle_window(window)
    newest, code, first, made = record.history.cards
    assert "Số làn xe: 2 → 3" in newest.text
    assert "Số hiệu đường: (trống) → ĐX.9" in code.text
    assert "Bề rộng mặt đường: (trống) → 5,50" in first.text
    assert not first.revert.isEnabled()
    assert "Số làn xe" in first.reason.text()
    assert made.revert.isHidden()
    assert "can_bo" in made.text
    code.revert.click()
    settle_window(window)
    values = fetch_record(desk, uid).values
    assert (values["road_code"], values["lanes"], values["carriageway_w"]) == (None, 3, 5.5)
    assert len(record.history.cards) == 5


def test_a_record_begun_without_geometry_is_drawn_later(window: DeskWindow, desk: Desk) -> None:
    window.selecting.show_type("road_segment")
    window.actions_by_key["new-record"].trigger()
    assert window.map.tool.name == "draw_line"
    assert "Ctrl+N" in window.notices.toast.text
    window.actions_by_key["new-record"].trigger()
    assert window.map.tool.name == "select"
    _enter(window.record.form.rows["name"], "Đường chưa vẽ")
    settle_window(window)
    uid = window.record.record.uid
    assert fetch_record(desk, uid).geometry is None
    window.record.geometry_view._draw[1].click()
    assert window.map.tool.name == "draw_line"
    window.map.sketch_finished.emit("line", [(437_000, 2_487_000), (437_100, 2_487_000)])
    settle_window(window)
    stored = fetch_record(desk, uid)
    assert stored.geometry.length == pytest.approx(100)
    assert stored.values["length_m"] == pytest.approx(100)
    assert len(_uids(desk)) == 4
    assert window.record.geometry_view._draw[1].isHidden()
