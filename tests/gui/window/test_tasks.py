"""Calls off the GUI thread: results, failures, cancel, and what happens at the end."""

import gc
import threading
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from core.errors import UserError
from desktop.panels.tasks_panel import TasksPanel
from desktop.tasks import Failure, GarbageCollection, Lane, TaskRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Any:
    made = TaskRunner()
    yield made
    made.shut_down()


def _where(seen: list[Any]) -> Any:
    return lambda *arguments: seen.append((threading.current_thread() is threading.main_thread(), *arguments))


def test_progress_and_result_arrive_on_the_gui_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    seen: list[Any] = []

    def call(progress: Any) -> str:
        assert threading.current_thread() is not threading.main_thread()
        progress.step(1, 2)
        progress.step(2, 2)
        return "xong"

    task = runner.start(call)
    task.progressed.connect(_where(seen))
    task.succeeded.connect(_where(seen))
    with qtbot.waitSignal(task.finished):
        pass
    assert all(on_gui for on_gui, *_ in seen)
    assert seen[-1] == (True, "xong")
    assert (True, 2, 2) in seen
    assert not runner.running


def test_a_failure_keeps_no_frames(qtbot: QtBot, runner: TaskRunner) -> None:
    def call(progress: Any) -> None:
        try:
            int("trong")
        except ValueError as error:
            raise UserError("CANCELLED") from error

    task = runner.start(call)
    with qtbot.waitSignal(task.failed) as told:
        pass
    failure: Failure = told.args[0]
    assert isinstance(failure.error, UserError)
    assert failure.error.__traceback__ is None
    assert failure.error.__cause__.__traceback__ is None
    assert "ValueError: invalid literal" in failure.trace


def test_a_cancelled_task_is_no_failure(qtbot: QtBot, runner: TaskRunner) -> None:
    begun = threading.Event()

    def call(progress: Any) -> None:
        begun.set()
        while True:
            progress.step(1, None)

    task = runner.start(call, title="dài")
    panel = TasksPanel(runner)
    qtbot.addWidget(panel)
    panel.add_task(task)
    assert begun.wait(5)
    with qtbot.assertNotEmitted(task.failed), qtbot.waitSignal(task.finished):
        task.cancel()
    assert "Đã dừng" in panel.rows[0].outcome


def test_the_store_lane_runs_one_at_a_time_in_order(qtbot: QtBot, runner: TaskRunner) -> None:
    order: list[int] = []
    tasks = [runner.start(lambda progress, number=number: order.append(number)) for number in range(20)]
    with qtbot.waitSignal(tasks[-1].finished):
        pass
    assert order == list(range(20))


def test_closing_lets_saves_run_to_their_end_and_stops_long_tasks(qtbot: QtBot) -> None:
    runner, saved, begun = TaskRunner(), [], threading.Event()

    def long(progress: Any) -> None:
        begun.set()
        while True:
            progress.step(0, None)

    runner.start(long, title="nhập")
    assert begun.wait(5)
    for number in range(5):
        runner.start(lambda progress, number=number: saved.append(number))
    late = runner.start(lambda progress: saved.append("không"), title="kiểm tra")
    told: list[object] = []
    late.succeeded.connect(told.append)
    runner.shut_down()
    assert saved == [0, 1, 2, 3, 4]
    qtbot.wait(20)
    assert not told


def test_reading_does_not_wait_for_the_store(qtbot: QtBot, runner: TaskRunner) -> None:
    gate = threading.Event()
    writing = runner.start(lambda progress: gate.wait(5))
    reading = runner.start(lambda progress: "gelesen", lane=Lane.READING)
    with qtbot.waitSignal(reading.finished):
        pass
    assert writing in runner.running
    gate.set()
    with qtbot.waitSignal(writing.finished):
        pass


def test_the_collector_runs_on_the_gui_thread_alone(qtbot: QtBot) -> None:
    class Loop:
        pass

    deleted: list[bool] = []
    owner = QObject()
    keeper = GarbageCollection(owner, every_ms=10)
    try:
        assert not gc.isenabled()
        for _ in range(gc.get_threshold()[0] + 10):
            loop = Loop()
            loop.me = loop  # type: ignore[attr-defined]
        import weakref

        weakref.finalize(loop, lambda: deleted.append(threading.current_thread() is threading.main_thread()))
        del loop
        qtbot.waitUntil(lambda: bool(deleted))
        assert deleted == [True]
    finally:
        keeper.stop()
    assert gc.isenabled()
