"""What the send page says of a package on its way, of the last sync, of what came back, and of packs on offer."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.main_window import DeskWindow
from desktop.pages.outbox_rows import Trouble, package_rows
from desktop.pages.sending_view import SendingView
from desktop.pictures import settle_window
from localdb.outbox import StoredPackage, Waiting
from services import outbox as outbox_service
from services.outbox import Outbox
from services.province_packs import OfferedPack
from services.pulling import Pulled
from services.reading import fetch_page
from services.syncing import Sending, SyncReport

MIB = 1 << 20
STAGE = Sending("a" * 64, 12, 1, 3, 0, 10 * MIB)
NOTHING = Outbox(0, (), (), (), None, "https://tinh.example")


@pytest.fixture
def view(qtbot: QtBot) -> SendingView:
    made = SendingView()
    qtbot.addWidget(made)
    return made


def test_the_rest_is_told_by_the_pace_of_this_package(view: SendingView) -> None:
    view.show_stage(STAGE, 100.0)
    assert view.label.text() == "Đang gửi gói số 12 (1/3): 0 B / 10,0 MB."
    view.show_stage(replace(STAGE, sent=MIB), 102.0)
    assert "Còn" not in view.label.text(), "two seconds say nothing of the rest"
    view.show_stage(replace(STAGE, sent=MIB), 110.0)
    assert view.label.text().endswith("Còn khoảng 2 phút."), "9 MiB at 0.1 MiB a second"
    view.show_stage(replace(STAGE, sent=8 * MIB), 120.0)
    assert view.label.text().endswith("Còn khoảng 5 giây.")
    assert view.bar.value() == 800


def test_what_was_there_before_a_break_is_not_counted_as_pace(view: SendingView) -> None:
    view.show_stage(replace(STAGE, sent=8 * MIB), 100.0)
    view.show_stage(replace(STAGE, sent=9 * MIB), 110.0)
    assert view.label.text().endswith("Còn khoảng 10 giây.")


def test_the_next_package_has_a_pace_of_its_own(view: SendingView) -> None:
    view.show_stage(replace(STAGE, sent=9 * MIB), 100.0)
    view.show_stage(replace(STAGE, package_id="b" * 64, sequence=13, place=2), 200.0)
    assert view.label.text() == "Đang gửi gói số 13 (2/3): 0 B / 10,0 MB."


def test_a_package_that_has_arrived_waits_for_its_receipt(view: SendingView) -> None:
    view.show_stage(replace(STAGE, sent=10 * MIB), 100.0)
    assert "đang chờ biên nhận" in view.label.text()
    assert not view.isHidden()
    view.clear()
    assert view.isHidden()


def test_a_package_tells_how_many_were_taken_and_how_many_came_back() -> None:
    results = ["applied", "merged", "rejected", "applied", "conflict"]
    receipt = {"outcomes": [{"result": result} for result in results]}
    at = "2026-11-28T01:00:00.000Z"
    package = StoredPackage("a" * 64, 7, "", "answered", at, "An", 1, {}, {"insert": 5}, receipt, at)
    [row] = package_rows(replace(NOTHING, packages=(package,), results=outbox_service.count_results((package,))))
    assert row.cells[:5] == ("7", "28/11/2026 08:00", "5", "Tỉnh đã trả lời", "nhận 3 · trả lại 1 · xung đột 1")
    [row] = package_rows(replace(NOTHING, packages=(replace(package, state="sent", receipt=None, received_at=None),)))
    assert row.cells[4] == ""


def test_an_older_copy_and_a_restored_province_are_told_after_the_round(window: DeskWindow) -> None:
    report = SyncReport("https://tinh.example", (), (), (), Pulled(), "2026-11-28T01:00:00.000Z", None, forgotten=4)
    page = window.send_page
    page._show_receipt(report)
    assert "tỉnh đã nhận thêm 4 gói từ máy này" in page.receipt.text()
    page._show_receipt(replace(report, forgotten=0, recovered=2))
    assert page.receipt.text().endswith("2 bản ghi được gửi lại.")


def _show(window: DeskWindow, monkeypatch: pytest.MonkeyPatch, outbox: Outbox) -> None:
    monkeypatch.setattr(outbox_service, "outbox_of", lambda desk: outbox)
    window.commands.show_page("send-page")
    window.send_page.refresh()
    settle_window(window)


def test_the_last_sync_is_told_with_its_age(window: DeskWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    _show(window, monkeypatch, NOTHING)
    assert window.send_page.server.text() == "Đã đăng ký với https://tinh.example\nChưa đồng bộ lần nào."
    _show(window, monkeypatch, replace(NOTHING, last_sync="2020-01-01T00:30:00.000Z"))
    assert "Đồng bộ xong lần cuối lúc 01/01/2020 07:30 (" in window.send_page.server.text()
    assert window.send_page.server.text().endswith(" ngày trước).")


def test_what_came_back_leads_to_the_record_and_its_field(window: DeskWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    record = fetch_page(window.session.desk, "road_segment").records[0]
    refused = Waiting(record.uid, "road_segment", 1, "2026-11-28T01:00:00.000Z", None, "rejected", "ATT-01", "lanes")
    _show(window, monkeypatch, replace(NOTHING, refused=(refused,)))
    page = window.send_page
    [row] = page.trouble.rows_model.rows
    assert row.thing == Trouble(record.uid, "lanes")
    assert row.cells[2] == "Quy tắc ATT-01, trường “Số làn xe”: mở bản ghi để xem phát hiện."
    focused: list[str | None] = []
    monkeypatch.setattr(window.record, "focus_field", focused.append)
    page.trouble.clicked.emit(page.trouble.rows_model.index(0, 0))
    settle_window(window)
    assert window.record.record is not None
    assert (window.record.record.uid, focused) == (record.uid, ["lanes"])
    assert window.map.isVisible()


def test_offers_stand_on_the_page_and_the_lowest_is_taken_first(
    window: DeskWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    offers = tuple(
        OfferedPack(f"{number}", number, {"vi": f"Gói {number}", "en": f"Pack {number}"}, "Sở Xây dựng", Path("x.zip"))
        for number in (1, 2)
    )
    _show(window, monkeypatch, NOTHING)
    view = window.send_page.offers
    assert view.isHidden()
    _show(window, monkeypatch, replace(NOTHING, offered=offers))
    assert [button.isEnabled() for button in view.buttons] == [True, False]
    with qtbot.waitSignal(window.send_page.pack_wanted) as told:
        view.buttons[0].click()
    assert told.args == [offers[0]]
