"""Runs service calls off the GUI thread, with progress, cancel, and nothing of Qt destroyed where it must not be."""

import enum
import gc
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from core.errors import Cancelled
from core.logs import get_log
from core.progress import Progress

Call = Callable[[Progress], Any]

_REPORT_EVERY_S = 0.05


class Lane(enum.Enum):
    """Where a task queues, and how many run at once. All that edit share one thread; files go in beside them."""

    STORE = 1
    READING = 2
    FILES = 3
    NETWORK = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: the error for the user, the trace for the log and the report."""

    error: Exception
    trace: str


class Task(QObject):
    """A running call: the GUI's handle on it, and the call's ``Progress``."""

    progressed = Signal(int, object)
    told = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    finished = Signal()

    def __init__(
        self,
        title: str,
        report: Callable[["Task", int, int | None], None],
        relay: Callable[["Task", object], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self._report, self._relay = report, relay
        self._cancel = threading.Event()
        self._last = 0.0

    def cancel(self) -> None:
        """Ask the call to stop at its next step."""
        self._cancel.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has asked to stop."""
        return self._cancel.is_set()

    def step(self, done: int, total: int | None = None) -> None:
        """Relay progress at most 20 times a second; called on the worker thread."""
        if self._cancel.is_set():
            raise Cancelled
        if time.monotonic() - self._last >= _REPORT_EVERY_S or done == total:
            self._last = time.monotonic()
            self._report(self, done, total)

    def tell(self, news: object) -> None:
        """Have ``told`` carry what the call has to say of itself; called on the worker thread."""
        self._relay(self, news)


class TaskRunner(QObject):
    """Starts tasks; every signal of a task, and of the runner, arrives on the GUI thread."""

    started = Signal(object)
    _reported = Signal(object, int, object)
    _told = Signal(object, object)
    _ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools = {lane: ThreadPoolExecutor(lane.value, lane.name) for lane in Lane}
        self._running: set[Task] = set()
        self._closed = False
        self._reported.connect(self._relay, Qt.ConnectionType.QueuedConnection)
        self._told.connect(self._relay_news, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> frozenset[Task]:
        """The tasks whose end has not been delivered yet."""
        return frozenset(self._running)

    def start(self, call: Call, *, lane: Lane = Lane.STORE, title: str = "") -> Task:
        """Run ``call(progress)`` on ``lane`` and return its handle; a task without title is not listed to the user.

        After ``shut_down`` nothing runs any more: a view's last timer may still ask.
        """
        task = Task(title, self._reported.emit, self._told.emit, self)
        if self._closed:
            task.cancel()
            return task
        self._running.add(task)

        def work() -> None:
            self._ended.emit(task, _attempt(call, task))

        self._pools[lane].submit(work)
        self.started.emit(task)
        return task

    @Slot(object, int, object)
    def _relay(self, task: Task, done: int, total: object) -> None:
        if task in self._running:
            task.progressed.emit(done, total)

    @Slot(object, object)
    def _relay_news(self, task: Task, news: object) -> None:
        if task in self._running:
            task.told.emit(news)

    @Slot(object, object)
    def _deliver(self, task: Task, outcome: object) -> None:
        self._running.discard(task)
        if not self._closed:
            if not isinstance(outcome, Failure):
                task.succeeded.emit(outcome)
            elif not isinstance(outcome.error, Cancelled):
                task.failed.emit(outcome)
        task.finished.emit()
        task.deleteLater()

    def shut_down(self) -> None:
        """Stop the long tasks and let what saves an edit run to its end, delivering nothing more."""
        self._closed = True
        for task in self._running:
            if task.title:
                task.cancel()
        for lane, pool in self._pools.items():
            pool.shutdown(cancel_futures=lane is not Lane.STORE)
        self._running.clear()


def _attempt(call: Call, task: Task) -> object:
    if task.is_cancelled:
        return Failure(Cancelled(), "")
    try:
        return call(task)
    except Exception as error:  # noqa: BLE001 (the boundary: nothing may escape a thread)
        failure = Failure(error, traceback.format_exc())
        if not isinstance(error, Cancelled):
            get_log("desktop.tasks").warning("task failed", title=task.title, trace=failure.trace)
        _forget_frames(error)
        return failure


def _forget_frames(error: BaseException | None) -> None:
    """Drop the traces of ``error`` and of what caused it: their frames keep Qt objects alive past their owner."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


class GarbageCollection(QObject):
    """Python's cyclic collector, run by a timer of the GUI thread alone: on a worker it would delete Qt's objects."""

    def __init__(self, parent: QObject | None = None, every_ms: int = 1_000) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(every_ms)

    @Slot()
    def collect(self) -> None:
        """Collect the generations whose thresholds are passed."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Give the collector back to Python."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
