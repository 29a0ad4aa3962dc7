"""Trang chủ: what to do today, the seven words as seven figures, and the activity of the last weeks."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.messages import current_language
from desktop.icons import icon
from desktop.panels.card import Card
from desktop.session import Session
from desktop.theme import ACCENT, GAP, LINE, MUTED, WIDE_GAP, Tone
from desktop.words import word
from geodesy.numbers import format_number
from services.overview import Overview, Task, Word

COLUMNS = 4
URGENT = frozenset({"TODAY-RETURNED", "TODAY-BLOCKED", "TODAY-NO-BOUNDARY"})


class HomePage(QScrollArea):
    """The first page; ``place_wanted`` names the part of the window that does a task."""

    place_wanted = Signal(str)
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
        self._grid = QGridLayout()
        self._grid.setSpacing(10)
        self._words.column.addLayout(self._grid)
        self._activity = Card(word("UI-ACTIVITY"))
        self._plot = ActivityPlot()
        self._activity.column.addWidget(self._plot)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(12)
        column.addLayout(head)
        for card in (self._today, self._words, self._activity):
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
        _empty(self._grid)
        for place, item in enumerate(overview.words):
            self._grid.addWidget(WordFigure(item), place // COLUMNS, place % COLUMNS)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
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


class WordFigure(QFrame):
    """One of the seven words: name, figure, bar, and what would raise it."""

    def __init__(self, item: Word, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        code = f"UI-WORD-{item.key.upper().replace('_', '-')}"
        self.setProperty("card", True)
        name = QLabel(word(code))
        name.setStyleSheet("font-weight: bold;")
        figure = QLabel("–" if item.share is None else f"{format_number(100 * item.share, 0, current_language())} %")
        figure.setStyleSheet(f"font-size: 22px; font-weight: bold; color: {MUTED if item.share is None else ACCENT};")
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setRange(0, 1000)
        bar.setValue(round(1000 * (item.share or 0)))
        counted = (
            word("UI-NOT-MEASURED") if item.share is None else word(f"{code}-COUNT", good=item.good, total=item.total)
        )
        detail = QLabel(counted)
        hint = QLabel(word(f"{code}-HINT"))
        for label in (detail, hint):
            label.setWordWrap(True)
            label.setProperty("role", "hint")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        for widget in (name, figure, bar, detail, hint):
            column.addWidget(widget)
        column.addStretch(1)


class ActivityPlot(QWidget):
    """Changes a day as bars; pyqtgraph is loaded when there is something to draw."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(150)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, GAP)
        self._plot: object | None = None

    def show_activity(self, days: Sequence[tuple[date, int]]) -> None:
        """Draw one bar a day, the latest at the right."""
        if not any(count for _, count in days):
            return
        import pyqtgraph

        if self._plot is None:
            self._plot = pyqtgraph.PlotWidget(background="w")
            self._plot.setMouseEnabled(False, False)
            self._plot.setMenuEnabled(False)
            self._plot.hideButtons()
            for side in ("left", "bottom"):
                self._plot.getAxis(side).setPen(LINE)
                self._plot.getAxis(side).setTextPen(MUTED)
            self._column.addWidget(self._plot)
        self._plot.clear()
        counts = [count for _, count in days]
        self._plot.addItem(
            pyqtgraph.BarGraphItem(x=list(range(len(days))), height=counts, width=0.7, brush=ACCENT, pen=None)
        )
        ticks = [(place, day.strftime("%d/%m")) for place, (day, _) in enumerate(days) if day.weekday() == 0]
        self._plot.getAxis("bottom").setTicks([ticks])
        self._plot.setYRange(0, max(counts) * 1.1, padding=0)
        self._plot.setXRange(-0.5, len(days) - 0.5, padding=0.01)


def _empty(layout: QVBoxLayout | QGridLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if item.widget() is not None:
            item.widget().deleteLater()
