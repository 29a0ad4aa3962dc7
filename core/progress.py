"""Progress and cancellation, with no toolkit attached."""

from collections.abc import Iterable, Iterator, Sized
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Receives progress; raises ``Cancelled`` once the user has asked to stop."""

    def step(self, done: int, total: int | None = None) -> None:
        """Report ``done`` of ``total`` pieces of work; the total may not be known."""


class Silent:
    """Progress for callers that do not care."""

    def step(self, done: int, total: int | None = None) -> None:
        """Ignore the report."""


SILENT = Silent()


def track(items: Iterable[T], progress: Progress, *, every: int = 50) -> Iterator[T]:
    """Yield ``items`` unchanged, reporting (and so offering to cancel) every few."""
    total = len(items) if isinstance(items, Sized) else None
    done = 0
    for done, item in enumerate(items, start=1):
        if done % every == 1:
            progress.step(done - 1, total)
        yield item
    progress.step(done, total)
