"""The window before a workspace is open."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.notices import Notices
from desktop.pages.start_page import StartPage
from desktop.tasks import TaskRunner
from desktop.theme import ACCENT, WIDE_GAP
from desktop.words import word
from forms.record import Actor


class StartWindow(QMainWindow):
    """The name of the program over the first page."""

    language_wanted = Signal(str)

    def __init__(self, runner: TaskRunner, actor: Actor) -> None:
        super().__init__()
        self.setWindowTitle(word("UI-PROGRAM"))
        self.setWindowIcon(icon("records", ACCENT))
        self.resize(1100, 680)
        self.page = StartPage(runner, actor)
        name = QLabel(word("UI-PROGRAM"))
        name.setStyleSheet(f"font-size: 30px; font-weight: bold; color: {ACCENT};")
        name.setAlignment(Qt.AlignmentFlag.AlignCenter)
        about = QLabel(word("UI-PROGRAM-ABOUT"))
        about.setProperty("role", "hint")
        about.setAlignment(Qt.AlignmentFlag.AlignCenter)
        language = QPushButton(icon("language"), word("UI-DO-LANGUAGE"))
        language.setFlat(True)
        other = "en" if current_language() == "vi" else "vi"
        language.clicked.connect(lambda: self.language_wanted.emit(other))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.addWidget(language, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(name)
        column.addWidget(about)
        column.addWidget(self.page, 1)
        self.setCentralWidget(body)
        self.notices = Notices(self)
        self.page.failed.connect(self.notices.show_failure)
