"""A province that judges by other rules than this computer's: the send page says so, whole."""

from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from services.pulling import Pulled
from services.syncing import SyncReport


def report(*other: str) -> SyncReport:
    return SyncReport("https://tinh", ("a" * 64,), (), (), Pulled(), "2026-11-28T01:00:00.000Z", 0.0, other_rules=other)


def test_the_send_page_tells_it(window: DeskWindow) -> None:
    page = window.send_page
    window.commands.show_page("send-page")
    page._show_receipt(report())
    assert "bộ quy tắc khác" not in page.receipt.text()
    page._show_receipt(report("a" * 64))
    settle_window(window)
    assert "Tỉnh đã kiểm 1 gói bằng bộ quy tắc khác" in page.receipt.text()
    assert page.receipt.height() >= page.receipt.heightForWidth(page.receipt.width())
