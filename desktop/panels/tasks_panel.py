"""What runs now and what ran lately, each with its progress and a way to stop it."""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QScrollArea, QToolButton, QVBoxLayout, QWidget

from core.clock import VIETNAM
from desktop.icons import icon
from desktop.panels.empty_state import EmptyState
from desktop.tasks import Failure, Task, TaskRunner
from desktop.theme import GAP, Tone
from desktop.words import word

KEPT = 20


class TaskRow(QFrame):
    """One task: title, progress, outcome."""

    def __init__(self, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_over = False
        self._failed = False
        self._done = False
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 2, GAP, 2)
        self._title = QLabel(task.title)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setFixedWidth(220)
        self._outcome = QLabel()
        self._stop = QToolButton()
        self._stop.setIcon(icon("close"))
        self._stop.setAutoRaise(True)
        self._stop.setToolTip(word("UI-STOP-TASK"))
        self._stop.clicked.connect(task.cancel)
        row.addWidget(self._title, 1)
        row.addWidget(self._outcome)
        row.addWidget(self._bar)
        row.addWidget(self._stop)
        task.progressed.connect(self._show_progress)
        task.succeeded.connect(self._note_success)
        task.failed.connect(self._note_failure)
        task.finished.connect(self._finish)

    @property
    def outcome(self) -> str:
        """How the task ended, in words."""
        return self._outcome.text()

    def _show_progress(self, done: int, total: object) -> None:
        self._bar.setRange(0, int(total) if total else 0)  # type: ignore[call-overload]
        self._bar.setValue(done)

    def _note_success(self, result: object) -> None:
        self._done = True

    def _note_failure(self, failure: Failure) -> None:
        self._failed = True
        self._outcome.setToolTip(str(failure.error))

    def _finish(self) -> None:
        self.is_over = True
        self._bar.hide()
        self._stop.setEnabled(False)
        code, tone = ("UI-TASK-STOPPED", Tone.WARNING)
        if self._done or self._failed:
            code, tone = ("UI-TASK-DONE", Tone.GOOD) if self._done else ("UI-TASK-FAILED", Tone.ERROR)
        self._outcome.setText(word(code, time=datetime.now(VIETNAM).strftime("%H:%M:%S")))
        self._outcome.setStyleSheet(f"color: {tone.value};")


class TasksPanel(QWidget):
    """The list of tasks that have a title, the latest on top."""

    def __init__(self, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[TaskRow] = []
        self._empty = EmptyState(word("UI-NO-TASKS"))
        body = QWidget()
        self._list = QVBoxLayout(body)
        self._list.setContentsMargins(0, 4, 0, 4)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(body)
        self._area.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._empty)
        column.addWidget(self._area)
        runner.started.connect(self.add_task)

    def add_task(self, task: Task) -> None:
        """List a task; one without a title is nobody's business."""
        if not task.title:
            return
        self._empty.hide()
        self._area.show()
        row = TaskRow(task)
        self.rows.insert(0, row)
        self._list.insertWidget(0, row)
        for old in [row for row in self.rows[KEPT:] if row.is_over]:
            self.rows.remove(old)
            old.deleteLater()
