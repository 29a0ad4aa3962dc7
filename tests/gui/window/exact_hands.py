"""What the tests of exact places share: typing into the strip with real keys, and the real clipboard."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop.exact.table_panel import TablePanel
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window

Rest = Callable[[], None]
ENTER = Qt.Key.Key_Return


def official(value: float, decimals: int = 3) -> str:
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def type_in(qtbot: QtBot, window: DeskWindow, *texts: str, enter: bool = True) -> None:
    """Type into the fields of the mode, one after the other, each ended by Enter."""
    editors = list(window.exact.strip.points.editors.values())
    for editor, text in zip(editors, texts, strict=False):
        editor.setFocus()
        if isinstance(editor, QLineEdit):
            editor.selectAll()
            if text.isascii():
                qtbot.keyClicks(editor, text)
            else:  # the test's keyboard has no letters beyond Latin-1
                QGuiApplication.clipboard().setText(text)
                qtbot.keyClick(editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        if enter:
            qtbot.keyClick(editor, ENTER)
    qtbot.wait(5)


def begin(window: DeskWindow, type_id: str = "land_use_plan_area") -> None:
    window.selecting.show_type(type_id)
    window.actions_by_key["exact-entry"].trigger()
    settle_window(window)


def vertices(window: DeskWindow) -> list[tuple[float, float]]:
    return window.exact.strip.points.vertices


def copy(text: str, html: str = "") -> None:
    data = QMimeData()
    data.setText(text)
    if html:
        data.setHtml(html)
    QGuiApplication.clipboard().setMimeData(data)


def paste(window: DeskWindow, qtbot: QtBot) -> TablePanel:
    panel = window.exact.strip.table
    qtbot.mouseClick(panel.paste, Qt.MouseButton.LeftButton)
    settle_window(window)
    return panel
