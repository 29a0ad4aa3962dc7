"""Trang chủ: what to do today, the seven words as seven figures, and the activity of the last weeks."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.messages import current_language
from desktop.icons import icon
from desktop.pages.home_figures import FigureRows
from desktop.pages.home_plots import ActivityPlot, HistoryPlot
from desktop.panels.card import Card
from desktop.session import Session
from desktop.theme import WIDE_GAP, Tone
from desktop.words import word
from geodesy.numbers import format_number
from services.overview import Overview, Task

URGENT = frozenset({"TODAY-CONFLICTS", "TODAY-REMARKS-LATE", "TODAY-RETURNED", "TODAY-BLOCKED", "TODAY-NO-BOUNDARY"})


class HomePage(QScrollArea):
    """The first page; ``place_wanted`` names the part that does a task, ``step_wanted`` carries a step to take."""

    place_wanted = Signal(str)
    step_wanted = Signal(object)
    check_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        commune = session.desk.commune
        title = QLabel(word("UI-HOME-TITLE", commune=commune.full_name, province=commune.province_name))
        title.setProperty("role", "title")
        self._freshness = QLabel()
        self._freshness.setProperty("role", "hint")
        again = QPushButton(icon("refresh"), word("UI-CHECK-NOW"))
        again.clicked.connect(self.check_wanted)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._freshness)
        head.addWidget(again)
        self._today = Card(word("UI-TODAY"))
        self._tasks = QVBoxLayout()
        self._tasks.setSpacing(6)
        self._today.column.addLayout(self._tasks)
        self._words = Card(word("UI-SEVEN-WORDS"), word("UI-SEVEN-WORDS-HINT"))
        self.figures = FigureRows()
        self.figures.step_wanted.connect(self.step_wanted)
        self._words.column.addWidget(self.figures)
        self._history = Card(word("UI-FIGURES-HISTORY"))
        self._lines = HistoryPlot()
        self._history.column.addWidget(self._lines)
        self._activity = Card(word("UI-ACTIVITY"))
        self._plot = ActivityPlot()
        self._activity.column.addWidget(self._plot)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(12)
        column.addLayout(head)
        for card in (self._today, self._words, self._history, self._activity):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(body)
        self._today.show_hint(word("UI-LOOKING"))

    def show_overview(self, overview: Overview, at: str) -> None:
        """Show what was found at the time ``at``."""
        self._freshness.setText(word("UI-COUNTED-AT", time=at, count=overview.records))
        _empty(self._tasks)
        self._today.show_hint("" if overview.tasks else word("UI-NOTHING-TODAY"))
        for task in overview.tasks:
            self._tasks.addWidget(self._task_line(task))
        self.figures.show_figures(overview.figures)
        days = len({kept.day for kept in overview.history})
        self._history.show_hint(word("UI-FIGURES-HISTORY-HINT") if days > 1 else word("UI-FIGURES-HISTORY-SHORT"))
        self._lines.show_history(overview.history)
        self._lines.setVisible(days > 1)
        self._plot.show_activity(overview.activity)
        total = sum(count for _, count in overview.activity)
        self._activity.show_hint(word("UI-ACTIVITY-HINT", count=total) if total else word("UI-NO-ACTIVITY"))
        self._plot.setVisible(total > 0)

    def show_uncounted(self, records: int) -> None:
        """Say that counting waits for a word: in a large register it takes a while."""
        _empty(self._tasks)
        self._today.show_hint(word("UI-LARGE-REGISTER", count=format_number(records, 0, current_language())))

    def _task_line(self, task: Task) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        urgent = task.code in URGENT
        mark = QLabel()
        mark.setPixmap(
            icon("warning" if urgent else "info", (Tone.WARNING if urgent else Tone.INFO).value).pixmap(18, 18)
        )
        text = QLabel(word(task.code, count=task.count))
        text.setWordWrap(True)
        button = QPushButton(word(f"UI-PLACE-{task.place.upper()}"))
        button.clicked.connect(lambda: self.place_wanted.emit(task.place))
        row.addWidget(mark)
        row.addWidget(text, 1)
        row.addWidget(button)
        return line


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if item.widget() is not None:
            item.widget().deleteLater()
