"""Wakes the requests that wait for a package as soon as this worker is through with it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from province.uploads import UploadKey


class Bell:
    """Rung by the threads that take packages, heard in the loop that answers requests.

    Of what another worker takes it does not ring: who waits for that must look by himself now and then.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[UploadKey, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextmanager
    def heard(self, upload: UploadKey) -> Iterator[asyncio.Event]:
        """Give an event of the running loop that is set whenever the bell rings for the upload."""
        waiter = asyncio.get_running_loop(), asyncio.Event()
        with self._guard:
            self._waiting.setdefault(upload, []).append(waiter)
        try:
            yield waiter[1]
        finally:
            with self._guard:
                left = [one for one in self._waiting[upload] if one is not waiter]
                if left:
                    self._waiting[upload] = left
                else:
                    del self._waiting[upload]

    def ring(self, upload: UploadKey) -> None:
        """Wake whoever waits for the upload; called from any thread."""
        with self._guard:
            waiting = self._waiting.get(upload, ())
        for loop, event in waiting:
            with suppress(RuntimeError):  # the loop has ended, and who waited in it with it
                loop.call_soon_threadsafe(event.set)
