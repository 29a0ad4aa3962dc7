"""Work done ahead: a second thread builds the next piece while the first uses this one."""

import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from typing import Any, Generic, TypeVar

from core.errors import Cancelled
from core.progress import SILENT, Progress

T = TypeVar("T")
R = TypeVar("R")

_TURN_SECONDS = 0.0005
_POLL_SECONDS = 0.1
_END = object()
_turns = threading.Lock()
_quick = [0, 0.0]  # how many want quick turns, and what the interval was before the first of them


def read_ahead(pieces: Iterator[T]) -> Generator[T]:
    """Yield the pieces of ``pieces``, the next one made by another thread meanwhile, one at a time and in order.

    What making a piece raises is raised here, at its place.
    """
    with ThreadPoolExecutor(1, "ahead") as pool:
        following: Future[Any] = pool.submit(next, pieces, _END)
        try:
            while (piece := following.result()) is not _END:
                following = pool.submit(next, pieces, _END)
                yield piece
        finally:
            following.cancel()


def ahead(build: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
    """Yield each item with what ``build`` makes of it, in order; the next is built by another thread meanwhile.

    A single item is built by the caller's own thread.
    """
    given = list(items)
    if len(given) < 2:
        for item in given:
            yield item, build(item)
        return
    with quick_turns(), closing(read_ahead(map(build, given))) as built:
        yield from zip(given, built, strict=True)


class Beside(Generic[R]):
    """Work that a thread of its own does meanwhile."""

    def __init__(self, future: "Future[R]") -> None:
        self._future = future

    def result(self, progress: Progress = SILENT) -> R:
        """Wait for what the work gives, and return it or raise what it raised; ``progress`` may end the waiting."""
        while not wait([self._future], timeout=_POLL_SECONDS).done:
            progress.step(0)
        return self._future.result()


@contextmanager
def beside(work: Callable[[Progress], R]) -> Iterator[Beside[R]]:
    """Do ``work`` on a thread of its own beside the body; at the body's end its progress raises ``Cancelled``."""
    end = _End()
    with quick_turns(), ThreadPoolExecutor(1, "beside") as pool:
        try:
            yield Beside(pool.submit(work, end))
        finally:
            end.has_come = True


class _End:
    """Progress of a work that is to stop once its result is no longer wanted."""

    def __init__(self) -> None:
        self.has_come = False

    def step(self, done: int, total: int | None = None) -> None:
        """Raise ``Cancelled`` once the end has come."""
        if self.has_come:
            raise Cancelled


@contextmanager
def quick_turns() -> Iterator[None]:
    """Let threads take turns ten times as often as usual.

    One that leaves Python's lock for a moment, as each statement of SQLite's does, otherwise waits 5 ms to get it back.
    """
    with _turns:
        if not _quick[0]:
            _quick[1] = sys.getswitchinterval()
            sys.setswitchinterval(_TURN_SECONDS)
        _quick[0] += 1
    try:
        yield
    finally:
        with _turns:
            _quick[0] -= 1
            if not _quick[0]:
                sys.setswitchinterval(_quick[1])
