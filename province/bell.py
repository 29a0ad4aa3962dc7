"""Wakes the requests that wait for a package as soon as this worker is through with it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PackageKey = tuple[str, str]
"""Commune and package."""


class Bell:
    """Rung by the threads that take packages, heard in the loop that answers requests.

    A package that another worker takes rings there and not here: who waits must look by himself now and then.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[PackageKey, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextmanager
    def heard(self, package: PackageKey) -> Iterator[asyncio.Event]:
        """Give an event of the running loop that is set whenever the bell rings for the package."""
        waiter = asyncio.get_running_loop(), asyncio.Event()
        with self._guard:
            self._waiting.setdefault(package, []).append(waiter)
        try:
            yield waiter[1]
        finally:
            with self._guard:
                left = [one for one in self._waiting[package] if one is not waiter]
                if left:
                    self._waiting[package] = left
                else:
                    del self._waiting[package]

    def ring(self, package: PackageKey) -> None:
        """Wake whoever waits for the package; called from any thread."""
        with self._guard:
            waiting = self._waiting.get(package, ())
        for loop, event in waiting:
            with suppress(RuntimeError):  # the loop has ended, and who waited in it with it
                loop.call_soon_threadsafe(event.set)
