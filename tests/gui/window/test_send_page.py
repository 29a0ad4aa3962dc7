"""Approving and sending from the window."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.errors import EnvironmentFault
from desktop.pages.enrol_dialog import EnrolDialog
from desktop.pages.send_page import SendPage
from desktop.session import Session
from forms.record import State
from services import outbox as outbox_service
from services import syncing
from services.desk import Desk
from services.editing import update_values
from services.pulling import Pulled
from services.reading import count_by_type, fetch_page, fetch_record
from services.syncing import SyncReport

Rest = Callable[[], None]


@pytest.fixture
def page(qtbot: QtBot, session: Session, desk: Desk, rest: Rest) -> Iterator[SendPage]:
    made = SendPage(session, lambda uid: f"tên {uid[:4]}")
    qtbot.addWidget(made)
    made.show()
    made.show_counts(count_by_type(desk))
    rest()
    yield made


def _yes(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    def answer(parent: Any, title: str, text: str, buttons: Any, standing: Any) -> QMessageBox.StandardButton:
        assert standing == QMessageBox.StandardButton.No, "Enter alone must not approve"
        asked.append(text)
        return QMessageBox.StandardButton.Yes

    monkeypatch.setattr(QMessageBox, "question", answer)


def test_states_are_counted_by_type(page: SendPage) -> None:
    (row,) = page.states.rows_model.rows
    assert row.cells[0] == "Đoạn đường"
    assert row.cells[1] == "3"


def test_approval_names_the_approver_and_holds_back_what_is_wrong(
    page: SendPage, desk: Desk, rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    _yes(monkeypatch, asked)
    bad = fetch_page(desk, "road_segment").records[0]
    update_values(desk, bad.uid, {"name": None}, expected=bad.revision)
    page.approve_button.click()
    rest()
    assert "can_bo" in asked[0]
    assert count_by_type(desk)["road_segment"][State.APPROVED] == 2
    assert fetch_record(desk, bad.uid).state is not State.APPROVED
    assert "giữ lại 1" in page.approval_outcome.text()
    assert not page.blocked.isHidden()
    page.show_counts(count_by_type(desk))
    assert "2" in page.send_button.text()


def test_nobody_is_approved_without_a_yes(
    page: SendPage, desk: Desk, rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    page.approve_button.click()
    rest()
    assert not count_by_type(desk)["road_segment"].get(State.APPROVED)


def test_a_computer_not_registered_is_asked_to(page: SendPage, qtbot: QtBot) -> None:
    assert "chưa đăng ký" in page.server.text()
    assert not page.send_button.isEnabled()
    page.send()
    dialog = page.findChild(EnrolDialog)
    assert dialog is not None
    assert not dialog._ok.isEnabled()
    dialog._server.setText(" https://tinh.example ")
    dialog._code.setText("ABCD-1234")
    assert dialog._ok.isEnabled()
    assert (dialog.server, dialog.code, dialog.authority) == ("https://tinh.example", "ABCD-1234", None)
    dialog._authority.setText(" C:/tỉnh/ca.pem ")
    assert dialog.authority == Path("C:/tỉnh/ca.pem")
    dialog.reject()


def test_enrolling_calls_the_service_with_what_was_typed(
    page: SendPage, rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(
        syncing, "enrol", lambda desk, server, code, authority: called.append((server, code, authority)) or {}
    )
    page._enrol("https://tinh.example", "ABCD", Path("ca.pem"))
    rest()
    assert called == [("https://tinh.example", "ABCD", Path("ca.pem"))]
    assert "Đã đăng ký" in page.receipt.text()


def _registered(page: SendPage, monkeypatch: pytest.MonkeyPatch, rest: Rest) -> None:
    outbox = outbox_service.Outbox(0, (), (), (), None, "https://tinh.example")
    monkeypatch.setattr(outbox_service, "outbox_of", lambda desk: outbox)
    page.refresh()
    rest()


def test_a_round_is_summed_up(page: SendPage, rest: Rest, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    _registered(page, monkeypatch, rest)
    assert "https://tinh.example" in page.server.text()
    report = SyncReport("https://tinh.example", ("p1",), (), (), Pulled(), "2026-11-20T03:00:00.000Z", None)
    stages: list[Any] = []
    monkeypatch.setattr(page.sending, "show_stage", stages.append)

    def fake(desk: Desk, progress: Any, notice: Any) -> SyncReport:
        notice("một chặng")
        return report

    monkeypatch.setattr(syncing, "sync", fake)
    with qtbot.waitSignal(page._session.changed):
        page.send_button.click()
    rest()
    assert stages == ["một chặng"]
    assert page.sending.isHidden()
    assert page.receipt.text().startswith("Đã gửi 1 gói")
    assert page.stop_button.isHidden()


def test_a_dead_line_is_told_with_a_way_to_try_again(
    page: SendPage, rest: Rest, session: Session, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    _registered(page, monkeypatch, rest)

    def unreachable(desk: Desk, progress: Any, notice: Any) -> None:
        raise EnvironmentFault("SYNC-UNREACHABLE", server="https://tinh.example")

    monkeypatch.setattr(syncing, "sync", unreachable)
    with qtbot.waitSignal(session.failed) as told:
        page.send_button.click()
    assert told.args[0].error.code == "SYNC-UNREACHABLE"
    assert callable(told.args[1])
    rest()
    assert page.send_button.isEnabled()
