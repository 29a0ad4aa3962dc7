"""Hands on the import page: look into a file, press, wait, choose, take a picture."""

import os
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.messages import use_language
from desktop.main_window import DeskWindow
from desktop.pages.import_page import ImportPage
from desktop.session import Session

LONG = 60_000


def open_import_page(qtbot: QtBot, session: Session, language: Any) -> DeskWindow:
    """Show a window in a language, as wide as an office's screen, at its import page."""
    use_language(language)
    window = DeskWindow(session)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    window.commands.show_page("import-page")
    return window


def look(qtbot: QtBot, page: ImportPage, path: Path) -> None:
    """Look into a file and wait until it is proposed how to read it."""
    page.inspect(path)
    rest(qtbot, page)


def rest(qtbot: QtBot, page: ImportPage) -> None:
    """Wait until the page shows a plan and nothing runs."""
    qtbot.waitUntil(lambda: page.plan is not None and not page.is_busy, timeout=LONG)


def press(qtbot: QtBot, page: ImportPage, button: str) -> None:
    """Press a button of the page's foot and wait for what it tells."""
    getattr(page, button).click()
    settle(qtbot, page)


def settle(qtbot: QtBot, page: ImportPage) -> None:
    """Wait until the page tells what a trial or an import came to."""
    qtbot.waitUntil(lambda: not page.is_busy and not page.result.summary.isHidden(), timeout=LONG)


def choose(box: Any, data: object) -> None:
    """Choose an entry of a box as a person does."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def take_picture(qtbot: QtBot, widget: QWidget, name: str) -> None:
    """Save how a widget looks where ``DIABA_PICTURES`` says."""
    if folder := os.environ.get("DIABA_PICTURES"):
        qtbot.wait(300)
        widget.grab().save(f"{folder}/{name}.png")
