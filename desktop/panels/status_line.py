"""The line under the window: coordinates, axis, scale, what is saved, what waits, the network, what runs."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QStatusBar, QToolButton, QWidget

from desktop.icons import icon
from desktop.tasks import Task, TaskRunner
from desktop.theme import MUTED, Tone
from desktop.words import word
from geodesy.coordinates import format_position
from geodesy.datum import transform_xy
from geodesy.systems import WGS84, CoordinateSystem, coded_zones, tm_system

TITLE_PX = 180  # a long file name would make the line, and with it the window, wider than the screen
SCALES = (500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000)


class StatusLine(QStatusBar):
    """The window's status bar; places go in in the workspace's zone.

    ``place_wanted`` carries what was typed to go to, and the system that coordinates are shown in.
    """

    display_changed = Signal(object)
    scale_wanted = Signal(float)
    place_wanted = Signal(str, object)
    waiting_clicked = Signal()

    def __init__(self, system: CoordinateSystem, axes: Sequence[float], display: CoordinateSystem) -> None:
        super().__init__()
        self._system, self._display = system, display
        self._cursor: tuple[float, float] | None = None
        self.setSizeGripEnabled(False)
        self.setContentsMargins(6, 1, 6, 1)
        self.position = QLineEdit()
        self.position.setMinimumWidth(350)
        self.position.setPlaceholderText(word("UI-POSITION-HINT"))
        self.position.setToolTip(word("UI-POSITION-HELP"))
        self.position.returnPressed.connect(self._go)
        self.axis = QComboBox()
        self.axis.setToolTip(word("UI-AXIS-HELP"))
        for choice in _display_choices(system, axes):
            self.axis.addItem(choice.label(), choice)
        self.axis.setCurrentIndex(max(0, self.axis.findText(display.label())))
        self.axis.activated.connect(self._change_display)
        self.scale = QComboBox()
        self.scale.setEditable(True)
        self.scale.setFixedWidth(112)
        self.scale.setToolTip(word("UI-SCALE-HELP"))
        self.scale.addItems([_scale_text(scale) for scale in SCALES])
        self.scale.activated.connect(self._change_scale)
        self.scale.lineEdit().returnPressed.connect(self._change_scale)
        self.saved = QLabel(word("UI-NOTHING-SAVED-YET"))
        self.waiting = QToolButton()
        self.waiting.setAutoRaise(True)
        self.waiting.clicked.connect(self.waiting_clicked)
        self.network = QLabel()
        self.running = RunningTask()
        for widget in (self.position, self.axis, self.scale):
            self.addWidget(widget)
        for widget in (self.running, self.saved, self.waiting, self.network):
            self.addPermanentWidget(widget)
        self.show_waiting(0)
        self.show_network(None)

    def show_cursor(self, east: float, north: float) -> None:
        """Show where the cursor is, unless a position is being typed."""
        self._cursor = (east, north)
        if not self.position.hasFocus():
            x, y = self._convert(east, north, self._system, self._display)
            self.position.setText(format_position(x, y, self._display))

    def begin_position(self) -> None:
        """Let a position be typed."""
        self.position.setFocus()
        self.position.selectAll()

    def show_scale(self, scale: float) -> None:
        """Show the map's scale."""
        if not self.scale.lineEdit().hasFocus():
            self.scale.setEditText(_scale_text(scale))

    def show_saved(self, time: str) -> None:
        """Say when something was stored last."""
        self.saved.setText(word("UI-SAVED-AT", time=time))
        self.saved.setStyleSheet(f"color: {Tone.GOOD.value};")

    def show_waiting(self, count: int) -> None:
        """Say how many changes wait to be sent."""
        self.waiting.setText(word("UI-WAITING", count=count))
        self.waiting.setToolTip(word("UI-WAITING-HELP"))

    def show_network(self, last_sync: datetime | None) -> None:
        """Say how long ago the province was reached last."""
        if last_sync is None:
            self.network.setText(word("UI-NEVER-SYNCED"))
            self.network.setStyleSheet(f"color: {MUTED};")
            return
        hours = (datetime.now(UTC) - last_sync).total_seconds() / 3600
        self.network.setText(_age(hours))
        tone = Tone.GOOD if hours < 24 else Tone.WARNING
        self.network.setStyleSheet(f"color: {tone.value};")

    def _go(self) -> None:
        if self.position.text().strip():
            self.place_wanted.emit(self.position.text(), self._display)

    def accept_position(self) -> None:
        """Show where the cursor is again: the place that was typed is found."""
        self.position.setToolTip(word("UI-POSITION-HELP"))
        self.position.clearFocus()

    def refuse_position(self, reason: str) -> None:
        """Keep what was typed, which leads nowhere, to be put right; a message of the bar would hide it."""
        self.position.setToolTip(reason)
        self.position.setFocus()

    @staticmethod
    def _convert(east: float, north: float, source: CoordinateSystem, target: CoordinateSystem) -> tuple[float, float]:
        if source == target:
            return east, north
        x, y = transform_xy(np.array([[east, north]]), source, target)[0]
        return float(x), float(y)

    @property
    def display(self) -> CoordinateSystem:
        """The system in which coordinates are shown and typed."""
        return self._display

    def _change_display(self) -> None:
        self._display = self.axis.currentData()
        if self._cursor:
            self.position.clearFocus()
            self.show_cursor(*self._cursor)
        self.display_changed.emit(self._display)

    def _change_scale(self) -> None:
        digits = "".join(char for char in self.scale.currentText().split(":")[-1] if char.isdigit())
        if digits and int(digits) > 0:
            self.scale.lineEdit().clearFocus()
            self.scale_wanted.emit(float(digits))


class RunningTask(QWidget):
    """The task that runs now, with its progress and a way to stop it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks: list[Task] = []
        self._title = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(110)
        self._stop = QToolButton()
        self._stop.setIcon(icon("close"))
        self._stop.setAutoRaise(True)
        self._stop.setToolTip(word("UI-STOP-TASK"))
        self._stop.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._title, self._bar, self._stop):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def follow(self, runner: TaskRunner) -> None:
        """Show the tasks of ``runner`` that have a title."""
        runner.started.connect(self._add)

    def _add(self, task: Task) -> None:
        if not task.title:
            return
        self._tasks.append(task)
        task.progressed.connect(self._show_progress)
        task.finished.connect(self._remove_finished)
        self._show_first()

    def _remove_finished(self) -> None:
        task = self.sender()
        self._tasks = [other for other in self._tasks if other is not task]
        self._show_first()

    def _show_first(self) -> None:
        self.setVisible(bool(self._tasks))
        if self._tasks:
            title = self._tasks[0].title
            self._title.setText(self._title.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, TITLE_PX))
            self._title.setToolTip(title)
            self._bar.setRange(0, 0)

    def _show_progress(self, done: int, total: object) -> None:
        if self._tasks and self.sender() is self._tasks[0]:
            self._bar.setRange(0, total if isinstance(total, int) else 0)
            self._bar.setValue(done)

    def _cancel(self) -> None:
        if self._tasks:
            self._tasks[0].cancel()


def _display_choices(system: CoordinateSystem, axes: Sequence[float]) -> list[CoordinateSystem]:
    """Return the systems to show coordinates in: the commune's own first, WGS 84, then every other VN-2000 zone."""
    others = [zone for zone in coded_zones() if zone.datum == "VN2000"]
    return list(dict.fromkeys([system, *(tm_system(axis) for axis in axes), WGS84, *others]))


def _scale_text(scale: float) -> str:
    return f"1:{round(scale):,}".replace(",", "\u00a0")


def _age(hours: float) -> str:
    if hours < 1:
        return word("UI-SYNCED-NOW")
    if hours < 48:
        return word("UI-SYNCED-HOURS", count=int(hours))
    return word("UI-SYNCED-DAYS", count=int(hours / 24))
