"""The program around the window: first page, opening, language, the last ear for errors, pictures."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from core.errors import UserError
from core.messages import current_language
from core.settings import load_settings
from desktop import app as program_module
from desktop.app import Program
from desktop.main_window import DeskWindow
from desktop.pages.start_page import StartPage, find_commune_options
from desktop.pictures import render_views, settle_window
from desktop.recent import recent_folders, remember_folder
from desktop.start_window import StartWindow
from forms.record import Actor
from services.desk import Desk


@pytest.fixture
def program(qapp: Any, qtbot: QtBot) -> Iterator[Program]:
    hook = sys.excepthook
    made = Program(qapp, Actor("can_bo"))
    yield made
    if isinstance(made.window, DeskWindow):
        settle_window(made.window)
        made.window.map.shut_down()
    if made.window is not None:
        made.window.hide()
        made.window.deleteLater()
    made.close()
    sys.excepthook = hook


def test_a_commune_is_found_by_bare_letters_code_and_former_name(qapp: Any) -> None:
    assert find_commune_options("bac quang")[0].key == "01153"
    assert find_commune_options("01153")[0].key == "01153"
    former = [option for option in find_commune_options("việt quang") if "trước là" in option.label]
    assert former
    assert find_commune_options("") == []


def test_first_run_makes_a_workspace_and_opens_its_window(program: Program, qtbot: QtBot, tmp_path: Path) -> None:
    program.start(None)
    assert isinstance(program.window, StartWindow)
    page: StartPage = program.window.page
    assert not page.create_button.isEnabled()
    page.commune._choose(find_commune_options("bac quang")[0])
    assert "106°00'" in page.about.text()
    assert page.folder.text().endswith("01153-xa-bac-quang")
    page.folder.setText(str(tmp_path / "Sổ của tôi"))
    page.create_button.click()
    qtbot.waitUntil(lambda: isinstance(program.window, DeskWindow), timeout=20_000)
    settle_window(program.window)
    assert "Xã Bắc Quang" in program.window.windowTitle()
    assert recent_folders() == [tmp_path / "Sổ của tôi"]


def test_a_folder_that_is_no_workspace_is_told_on_the_first_page(
    program: Program, qtbot: QtBot, tmp_path: Path
) -> None:
    program.start(tmp_path)
    qtbot.waitUntil(program.window.notices.toast.isVisible, timeout=10_000)
    assert isinstance(program.window, StartWindow)
    assert "Traceback" not in program.window.notices.toast.text


def test_the_language_changes_live_and_keeps_the_place(program: Program, qtbot: QtBot, desk: Desk) -> None:
    program.open_desk(desk)
    settle_window(program.window)
    uid = program.window.selecting.find_records("tran phu")[0].key
    program.window.selecting.open_record(uid)
    settle_window(program.window)
    program.window.actions_by_key["language"].trigger()
    settle_window(program.window)
    assert current_language() == "en"
    assert program.window.pages.tabText(0) == "Home"
    assert program.window.record.record.uid == uid
    assert program.window.register.type_id == "road_segment"
    assert load_settings()["language"] == "en"
    program.window.actions_by_key["language"].trigger()
    settle_window(program.window)
    assert program.window.pages.tabText(0) == "Trang chủ"


def test_what_escapes_is_shown_and_the_session_lives(
    program: Program, qtbot: QtBot, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    program.open_desk(desk)
    settle_window(program.window)
    sys.excepthook(UserError, UserError("UI-CHOOSE-TYPE-FIRST"), None)
    assert program.window.notices.toast.isVisible()
    sys.excepthook(ZeroDivisionError, ZeroDivisionError("chia cho không"), None)
    assert "Traceback" not in program.window.notices.dialog.text()
    program.window.notices.dialog.close()
    assert program.window.isVisible()
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_recent_folders_are_the_latest_first_without_the_lost(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        remember_folder(tmp_path / name)
    remember_folder(tmp_path / "a")
    (tmp_path / "b").rmdir()
    assert [folder.name for folder in recent_folders()] == ["a", "c"]


def test_pictures_of_every_view_are_written(qapp: Any, desk: Desk, tmp_path: Path) -> None:
    folder = desk.workspace.folder
    desk.close()
    pictures = render_views(folder, tmp_path / "hình", size=(1366, 768))
    assert len(pictures) == 5
    for path in pictures:
        image = QImage(str(path))
        assert (image.width(), image.height()) == (1366, 768)
        colours = {image.pixel(x, y) for x in range(0, 1366, 11) for y in range(0, 768, 11)}
        assert len(colours) > 10


def test_without_a_screen_the_program_draws_into_memory(monkeypatch: pytest.MonkeyPatch, qapp: Any) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    program_module.prepare("vi")
    import os

    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


@pytest.mark.parametrize(("language", "yes", "monday"), [("vi", "Có", "Thứ Hai"), ("en", "Yes", "Monday")])
def test_qts_own_words_follow_the_language(qapp: Any, qtbot: QtBot, language: Any, yes: str, monday: str) -> None:
    program_module.prepare(language)
    box = QMessageBox(QMessageBox.Icon.Question, "", "", QMessageBox.StandardButton.Yes)
    qtbot.addWidget(box)
    assert box.button(QMessageBox.StandardButton.Yes).text().replace("&", "") == yes
    assert QLocale().dayName(1) == monday
    dialog = QFileDialog()
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    qtbot.addWidget(dialog)
    labels = {label.text() for label in dialog.findChildren(QLabel)}
    assert ("Tê&n tệp:" if language == "vi" else "File &name:") in labels
