"""What tests of the window share: no screen, and no thread or process left behind."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from desktop.map.view import MapView
from tests.gui.map_hands import E0, N0

_GRACE_S = 3.0


def _children() -> set[int]:
    """The processes that this one started and that still run (Linux; elsewhere none are seen)."""
    found: set[int] = set()
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            found |= {int(number) for number in listing.read_text().split()}
        except OSError:  # the thread is gone meanwhile
            continue
    return found


def _remaining(count: Callable[[], set]) -> set:
    deadline = time.monotonic() + _GRACE_S
    while (left := count()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Delete the windows of a test when it is over; fail one that leaves a thread or a process running.

    pytest-qt closes them and asks for their deletion, which waits for a loop that runs at a deeper level and has other
    events to deliver. Until then dead windows pile up by the dozen, and a dialog that a test left open stands before
    the window of a later one and takes its keys.
    """
    threads, children = set(threading.enumerate()), _children()
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = _remaining(lambda: set(threading.enumerate()) - threads)
    assert not left, f"threads left running: {left}"
    assert not _remaining(lambda: _children() - children), "processes left running"


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[MapView]:
    """A map of 400 by 300 pixels, one metre a pixel, its south-west corner at E0, N0."""
    made = MapView()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.zoom_to((E0, N0, E0 + 400, N0 + 300))
    made.canvas.look(made.camera.at_scale(made.camera.denominator / made.camera.resolution))
    yield made
    made.shut_down()
