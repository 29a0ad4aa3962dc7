"""What a base map fetches for a view, with a source that the test holds in its hand."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.errors import UserError
from core.progress import Progress
from desktop.basemap_feed import BasemapFeed
from desktop.map.camera import Camera
from desktop.tasks import TaskRunner
from geodesy.systems import tm_system
from services.basemaps import RasterPicture

VIEW = Camera(0.0, 0.0, 1.0, 1000, 700)
BOUNDS = (-3000.0, -3000.0, 3000.0, 3000.0)


class Source:
    """Answers with plain pictures, when it is let."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[float, ...], int, int]] = []
        self.free = threading.Event()
        self.free.set()
        self.failure: Exception | None = None
        self.is_closed = False

    def picture(self, bounds: Any, width: int, height: int, *, progress: Progress) -> RasterPicture:
        self.asked.append((bounds, width, height))
        self.free.wait(10)
        if self.failure is not None:
            raise self.failure
        return RasterPicture(np.full((height, width, 4), 200, np.uint8))

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def feed(qtbot: QtBot, source: Source) -> Iterator[BasemapFeed]:
    runner = TaskRunner()
    basemap: Any = SimpleNamespace(id="b", bounds=BOUNDS, opacity=1.0, is_above=False)
    made = BasemapFeed(basemap, tm_system(105.5), runner, runner)
    made._source = source  # type: ignore[assignment]
    yield made
    source.free.set()
    made.close()
    runner.shut_down()


def test_a_new_scale_begins_coarse_and_ends_with_the_blocks_of_the_view(qtbot, feed, source) -> None:
    feed.ask(VIEW)
    qtbot.waitUntil(lambda: feed.is_idle)
    coarse, *blocks = source.asked
    assert coarse == (VIEW.bounds, 167, 117)
    assert {(width, height) for _, width, height in blocks} == {(512, 512)}
    assert len(blocks) == 2 * 2 == len(feed.images)


def test_a_moved_view_fetches_the_missing_blocks_alone(qtbot, feed, source) -> None:
    feed.ask(VIEW)
    qtbot.waitUntil(lambda: feed.is_idle)
    kept = {image.id for image in feed.images}
    source.asked.clear()
    feed.ask(VIEW.moved(-300, 0))
    qtbot.waitUntil(lambda: feed.is_idle)
    assert len(source.asked) == 2
    assert kept < {image.id for image in feed.images}
    feed.ask(VIEW.moved(-3000, 0))
    qtbot.waitUntil(lambda: feed.is_idle)
    assert kept.isdisjoint(image.id for image in feed.images)


def test_beyond_its_bounds_nothing_is_asked(qtbot, feed, source) -> None:
    feed.ask(Camera(50_000.0, 0.0, 1.0, 1000, 700))
    assert feed.is_idle
    assert source.asked == []
    assert feed.images == []


def test_what_is_fetched_for_a_view_left_behind_is_given_up(qtbot, feed, source) -> None:
    source.free.clear()
    feed.ask(VIEW)
    qtbot.waitUntil(lambda: len(source.asked) == 1)
    nearer = VIEW.zoomed(2.0, 500, 350)
    feed.ask(nearer)
    source.free.set()
    qtbot.waitUntil(lambda: feed.is_idle)
    qtbot.wait(20)
    assert sum(size == (167, 117) for _, *rest in source.asked for size in [tuple(rest)]) <= 2
    assert all((image.bounds[2] - image.bounds[0]) == pytest.approx(256) for image in feed.images)


def test_the_last_scale_is_shown_until_the_new_one_has_come(qtbot, feed, source) -> None:
    feed.ask(VIEW)
    qtbot.waitUntil(lambda: feed.is_idle)
    before = {image.id for image in feed.images}
    source.free.clear()
    feed.ask(VIEW.zoomed(2.0, 500, 350))
    assert before >= {image.id for image in feed.images} != set()
    source.free.set()
    qtbot.waitUntil(lambda: feed.is_idle)
    assert before.isdisjoint(image.id for image in feed.images)


def test_after_a_failure_nothing_is_asked_until_it_is_tried_again(qtbot, feed, source) -> None:
    failures: list[Any] = []
    feed.failed.connect(failures.append)
    source.failure = UserError("FILE-DAMAGED", file="a.tif", reason="x")
    feed.ask(VIEW)
    qtbot.waitUntil(lambda: len(failures) == 1)
    source.asked.clear()
    feed.ask(VIEW.moved(-300, 0))
    assert source.asked == []
    source.failure = None
    feed.retry()
    feed.ask(VIEW)
    qtbot.waitUntil(lambda: feed.is_idle)
    assert len(feed.images) == 4


def test_closing_gives_everything_back(qtbot, feed, source) -> None:
    feed.ask(VIEW)
    qtbot.waitUntil(lambda: feed.is_idle)
    feed.close()
    assert source.is_closed
    assert feed.images == []
