"""Packages onto a stick and receipts from one, from the window."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from forms.record import State
from services.approving import approve
from services.reading import fetch_page


def told(window: DeskWindow) -> str:
    return window.notices.toast.text


def test_packages_are_copied_into_the_folder_chosen(
    window: DeskWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    window.actions_by_key["carry-out"].trigger()
    settle_window(window)
    assert "Không có gói nào" in told(window)
    desk = window.session.desk
    approve(desk)
    window.actions_by_key["carry-out"].trigger()
    settle_window(window)
    assert "Đã chép 1 gói" in told(window)
    assert len(list(tmp_path.glob("*.zip"))) == 1
    assert {record.state for record in fetch_page(desk, "road_segment").records} == {State.PACKED}


def test_a_file_that_is_no_receipt_is_told(window: DeskWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "biên nhận.json"
    path.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.actions_by_key["take-receipt"].trigger()
    settle_window(window)
    assert "chưa đăng ký" in told(window)


def test_no_folder_and_no_file_do_nothing(window: DeskWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    approve(window.session.desk)
    for key in ("carry-out", "take-receipt"):
        window.actions_by_key[key].trigger()
    settle_window(window)
    assert {record.state for record in fetch_page(window.session.desk, "road_segment").records} == {State.APPROVED}
