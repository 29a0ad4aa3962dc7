"""The province's remarks on the page Gửi tỉnh."""

import pytest
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from services.desk import Desk
from services.editing import delete_records
from services.reading import fetch_page
from services.remarks import list_remarks, take_remarks
from wire.protocol import RemarkItem

REMARK = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
def window(desk: Desk, window: DeskWindow) -> DeskWindow:
    """A window on a register in which the province asks for a road's lanes."""
    road = fetch_page(desk, "road_segment").records[0]
    item = RemarkItem(
        remark_id=REMARK,
        uid=road.uid,
        type_id="road_segment",
        field="lanes",
        place=None,
        text="Kiểm tra lại số làn",
        deadline="2026-11-01",
        created_at="2026-10-01T00:00:00.000Z",
        closed_at=None,
    )
    take_remarks(desk, [item])
    window.commands.show_page("send-page")
    window.send_page.refresh()
    settle_window(window)
    return window


def test_a_remark_leads_to_its_record_and_field(window: DeskWindow, desk: Desk) -> None:
    card = window.send_page.remarks
    [row] = card.table.rows_model.rows
    assert row.cells == ("01/11/2026", "Đường Lê Lợi", "Kiểm tra lại số làn", "Quá hạn 19 ngày")
    assert not card.open_button.isEnabled()
    card.table.selectRow(0)
    card.open_button.click()
    settle_window(window)
    assert window.pages.currentWidget() is window.map_page
    assert window.record.record is not None
    assert window.record.record.uid == list_remarks(desk)[0].remark.uid


def test_a_remark_is_marked_as_dealt_with_and_open_again(window: DeskWindow, desk: Desk, qtbot: QtBot) -> None:
    card = window.send_page.remarks
    for label, done in (("Đánh dấu đã xử lý", True), ("Đánh dấu chưa xử lý", False)):
        card.table.selectRow(0)
        assert card.mark.text() == label
        card.mark.click()
        settle_window(window)
        assert list_remarks(desk)[0].is_done is done


def test_a_record_that_is_gone_is_told(window: DeskWindow, desk: Desk) -> None:
    delete_records(desk, [str(list_remarks(desk)[0].remark.uid)])
    window.send_page.remarks.refresh()
    settle_window(window)
    window.send_page.remarks.table.selectRow(0)
    window.send_page.remarks.open_button.click()
    assert "không còn trong sổ" in window.notices.toast.text
