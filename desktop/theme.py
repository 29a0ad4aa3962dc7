"""How the window looks: one accent colour, the states' colours, spacing."""

from enum import StrEnum
from functools import cache
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette, QRawFont
from PySide6.QtWidgets import QApplication

from core.resources import resource_path
from desktop.map.styles import load_state_colors
from forms.record import State

ACCENT = "#0f6b5c"
ACCENT_SOFT = "#e3f1ee"
TEXT = "#1c2526"
MUTED = "#5d6b6d"
LINE = "#d5dcdb"
PAPER = "#ffffff"
GROUND = "#f4f6f5"

GAP = 8
WIDE_GAP = 16
ROW_HEIGHT = 26

LETTERS = "ĂÂĐÊÔƠƯăâđêôơưẢẤỆỗợỹ"  # a font without one of them draws Vietnamese with holes


class Tone(StrEnum):
    """How loud a text is."""

    ERROR = "#b42318"
    WARNING = "#9a5b00"
    INFO = "#2563a8"
    GOOD = "#1f7a33"


STYLE = f"""
QMainWindow::separator {{ background: {LINE}; width: 1px; height: 1px; }}
QToolTip {{ color: {TEXT}; background: {PAPER}; border: 1px solid {LINE}; padding: 4px; }}
QMenuBar {{ background: {GROUND}; border-bottom: 1px solid {LINE}; }}
QMenuBar::item {{ padding: 5px 9px; background: transparent; color: {TEXT}; }}
QMenuBar::item:selected {{ background: {ACCENT_SOFT}; }}
QToolBar {{ background: {GROUND}; border: none; border-bottom: 1px solid {LINE}; spacing: 2px; padding: 3px; }}
QToolButton:checked {{ background: {ACCENT_SOFT}; border: 1px solid {ACCENT}; border-radius: 4px; }}
QStatusBar {{ background: {GROUND}; border-top: 1px solid {LINE}; }}
QStatusBar::item {{ border: none; }}
QDockWidget {{ font-weight: bold; color: {TEXT}; titlebar-close-icon: none; }}
QDockWidget::title {{ background: {GROUND}; padding: 6px 8px; border-bottom: 1px solid {LINE}; }}
QHeaderView {{ background: {GROUND}; }}
QHeaderView::section {{ background: {GROUND}; border: none; border-right: 1px solid {LINE};
    border-bottom: 1px solid {LINE}; padding: 4px 6px; }}
QTabBar::tab {{ padding: 6px 12px; border: none; border-bottom: 2px solid transparent; color: {MUTED}; }}
QTabBar::tab:selected {{ border-bottom: 2px solid {ACCENT}; color: {TEXT}; }}
QTabBar::tab:hover {{ color: {ACCENT}; }}
QTabBar[narrow="true"]::tab {{ padding: 6px 6px; font-size: 12px; }}
QPushButton[link="true"] {{ border: none; background: transparent; color: {ACCENT}; padding: 2px 0; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {LINE}; }}
QLineEdit, QPlainTextEdit, QListView[framed="true"] {{ background: {PAPER};
    border: 1px solid {LINE}; border-radius: 4px; padding: 4px 6px; selection-background-color: {ACCENT}; }}
QComboBox {{ min-height: 22px; }}
QComboBox QAbstractItemView {{ selection-background-color: {ACCENT_SOFT}; selection-color: {TEXT}; }}
QListView[popup="true"] {{ border: 1px solid {LINE}; outline: none; }}
QListView[popup="true"]::item {{ padding: 4px 5px; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border: 1px solid {ACCENT}; }}
QLineEdit:read-only, QPlainTextEdit:read-only {{ background: {GROUND}; color: {MUTED}; }}
QLineEdit[tone="error"], QPlainTextEdit[tone="error"] {{
    border: 1px solid {Tone.ERROR.value}; }}
QPushButton {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 4px; padding: 6px 14px; color: {TEXT}; }}
QPushButton:hover {{ border: 1px solid {ACCENT}; }}
QPushButton:focus {{ border: 1px solid {ACCENT}; }}
QPushButton:disabled {{ color: #9aa4a5; background: {GROUND}; }}
QPushButton[small="true"] {{ padding: 3px 10px; }}
QPushButton[main="true"] {{ background: {ACCENT}; border: 1px solid {ACCENT}; color: {PAPER}; font-weight: bold; }}
QPushButton[main="true"]:hover {{ background: #0c5a4d; }}
QPushButton[main="true"]:disabled {{ background: #a9c6c0; border: 1px solid #a9c6c0; color: {PAPER}; }}
QTreeView, QTableView, QListView {{ background: {PAPER}; border: none; alternate-background-color: #f8faf9; }}
QTreeView::item {{ padding: 3px 0; }}
QTreeView::item:selected, QTableView::item:selected, QListView::item:selected {{ background: {ACCENT_SOFT};
    color: {TEXT}; }}
QProgressBar {{ border: none; background: {LINE}; border-radius: 3px; min-height: 6px; max-height: 6px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 3px; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{ background: #c3cccb; border-radius: 4px; margin: 2px; min-height: 28px; min-width: 28px; }}
QScrollBar::handle:hover {{ background: #9fb0ad; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent;
    width: 0; height: 0; }}
QScrollArea {{ border: none; background: transparent; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QFrame[card="true"] {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 6px; }}
QLabel[role="title"] {{ font-size: 16px; font-weight: bold; }}
QLabel[role="heading"] {{ font-weight: bold; color: {ACCENT}; }}
QLabel[role="hint"] {{ color: {MUTED}; }}
QLabel[role="error"] {{ color: {Tone.ERROR.value}; }}
QLabel[role="warning"] {{ color: {Tone.WARNING.value}; }}
QLabel[role="info"] {{ color: {Tone.INFO.value}; }}
QLabel[role="good"] {{ color: {Tone.GOOD.value}; }}
"""


@cache
def state_colour(state: State) -> str:
    """Return the colour of a record's state, the same everywhere."""
    return load_state_colors()[state.value]


def apply_theme(app: QApplication) -> None:
    """Give ``app`` its style, colours and a font with every Vietnamese letter."""
    app.setStyle("Fusion")
    app.styleHints().setColorScheme(Qt.ColorScheme.Light)
    app.setPalette(_palette())
    app.setFont(_choose_font(app.font()))
    app.setStyleSheet(STYLE)


def _palette() -> QPalette:
    palette = QPalette(QColor(GROUND))
    role = QPalette.ColorRole
    for where, colour in {
        role.Window: GROUND,
        role.WindowText: TEXT,
        role.Base: PAPER,
        role.Text: TEXT,
        role.Button: PAPER,
        role.ButtonText: TEXT,
        role.Highlight: ACCENT,
        role.HighlightedText: PAPER,
        role.Accent: ACCENT,
        role.Link: ACCENT,
        role.PlaceholderText: "#8b9798",
    }.items():
        palette.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor("#9aa4a5"))
    return palette


def _choose_font(system: QFont) -> QFont:
    """Keep the system's font when it has full Vietnamese, else take the one that comes with the program."""
    font = QFont(system)
    raw = QRawFont.fromFont(system)
    if not all(raw.supportsCharacter(ord(letter)) for letter in LETTERS):
        font = QFont(_bundled_family() or system.family())
    font.setPointSizeF(max(10.0, system.pointSizeF()))
    return font


def _bundled_family() -> str | None:
    found: list[str] = []
    for path in sorted(Path(resource_path("fonts")).glob("*.ttf")):
        found += QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path)))
    return found[0] if found else None
