"""Runs one operation in a child process and hands on its frames; kills the child on time-out, cancel and nonsense."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, BinaryIO, Final

from core.errors import AppError, Bug, EnvironmentFault, UserError
from core.logs import get_log
from core.resources import child_command, is_frozen, program_root
from exchange.drivers import gdal_environment
from exchange.frames import BrokenFrame, Buffer, Header, read_frame, write_frame

CHILD = "exchange.child"

_POLL_SECONDS = 0.1
_QUEUE_FRAMES = 4
_STDERR_BYTES = 4000
_PIPE_BYTES = 1 << 20
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "WINDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_END: Final = object()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use; ``file_bytes`` is the largest file it may write, none when it only reads."""

    memory_bytes: int = 4 << 30
    cpu_seconds: int = 600
    file_bytes: int = 0
    seconds: float = 900.0


DEFAULT_LIMITS = Limits()


def run_child(
    request: Mapping[str, Any],
    *,
    shown: str,
    drivers: Iterable[str] = (),
    scratch: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    payload: Iterable[tuple[Header, list[Buffer]]] = (),
    poll: Callable[[], None] = lambda: None,
    module: str = CHILD,
) -> Iterator[tuple[Header, list[bytearray]]]:
    """Yield the frames the child answers with, up to its last.

    ``drivers`` are the only GDAL drivers it can load, ``scratch`` its temporary folder, ``payload`` frames that
    follow the request, each sent when it comes: they may depend on the answers. ``poll`` is called ten times a second
    and stops the child by raising. Raises what the child reports, and READER-TIMEOUT, READER-MEMORY, READER-CRASHED
    when it cannot; the child is dead when this returns or raises.
    """
    bounds = asdict(limits)
    seconds = bounds.pop("seconds")
    started = {**request, "limits": bounds, "shown": shown}
    try:
        child = subprocess.Popen(
            child_command(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=None if is_frozen() else program_root(),
            env=_environment(drivers, scratch),
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise EnvironmentFault("READER-START", reason=error.strerror or str(error)) from error
    talk = _Conversation(child, chain([(started, [])], payload))
    try:
        yield from talk.answers(shown, seconds, poll)
    finally:
        talk.end()


def _environment(drivers: Iterable[str], scratch: str | None) -> dict[str, str]:
    """Return a small environment: what a process needs to start, and what keeps GDAL narrow; nothing of the user's
    GDAL.
    """
    found = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    found |= gdal_environment(drivers)
    found |= {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if scratch:
        found |= {name: scratch for name in ("TMPDIR", "TEMP", "TMP", "SQLITE_TMPDIR", "CPL_TMPDIR")}
    return found


class _Conversation:
    """The three pipes of one child, each served by a thread so that none can block another."""

    def __init__(self, child: subprocess.Popen[bytes], requests: Iterable[tuple[Header, list[Buffer]]]) -> None:
        assert child.stdin and child.stdout and child.stderr
        _widen(child.stdout)
        self._child = child
        self._streams: tuple[Any, ...] = (child.stdin, child.stdout, child.stderr)
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=_QUEUE_FRAMES)
        self._ended = threading.Event()
        self._told: list[bytes] = []
        self._threads = [
            threading.Thread(target=work, args=arguments, name="field-file", daemon=True)
            for work, arguments in (
                (_send, (child.stdin, requests)),
                (self._receive, (child.stdout,)),
                (_drain, (child.stderr, self._told)),
            )
        ]
        for thread in self._threads:
            thread.start()

    def answers(self, shown: str, seconds: float, poll: Callable[[], None]) -> Iterator[tuple[Header, list[bytearray]]]:
        """Yield frames until the child says it is done; raise when it fails, falls silent or is stopped."""
        deadline = time.monotonic() + seconds
        while True:
            poll()
            if time.monotonic() > deadline:
                raise EnvironmentFault("READER-TIMEOUT", file=shown, seconds=round(seconds))
            try:
                answer = self._queue.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if answer is _END:
                raise _crash(self._child, shown, self._told)
            header, buffers = answer
            if header.get("frame") == "error":
                raise _reported(header, shown)
            if header.get("frame") == "end":
                return
            yield header, buffers

    def end(self) -> None:
        """Kill the child if it still lives, and close everything."""
        self._ended.set()
        self._child.kill()
        self._child.wait()
        for thread in self._threads:
            thread.join(timeout=5)
        for stream in self._streams:
            with contextlib.suppress(OSError):
                stream.close()

    def _receive(self, stream: BinaryIO) -> None:
        try:
            while (frame := read_frame(stream)) is not None:
                self._put(frame)
        except (BrokenFrame, OSError, ValueError, MemoryError):
            pass
        self._put(_END)

    def _put(self, item: object) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=_POLL_SECONDS)
                return


def _send(stream: BinaryIO, requests: Iterable[tuple[Header, list[Buffer]]]) -> None:
    with contextlib.suppress(OSError, ValueError):  # a child that is gone is told of on the other pipe
        for header, buffers in requests:
            write_frame(_Whole(stream), header, buffers)  # type: ignore[arg-type]
        stream.close()


class _Whole:
    """A raw pipe that writes all it is given, however often it takes a part."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: Buffer) -> None:
        view = memoryview(data).cast("B")
        while view:
            view = view[self._stream.write(view) :]

    def flush(self) -> None:
        self._stream.flush()


def _drain(stream: BinaryIO, errors: list[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while chunk := stream.read(65536):
            errors[:] = [b"".join([*errors, chunk])[-_STDERR_BYTES:]]


def _widen(stream: Any) -> None:
    """Enlarge the pipe where the system can: fewer turns between the two processes."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _reported(header: Header, shown: str) -> AppError:
    kinds: dict[str, type[AppError]] = {"UserError": UserError, "EnvironmentFault": EnvironmentFault, "Bug": Bug}
    context = header.get("context")
    facts = {str(name): value for name, value in context.items()} if isinstance(context, dict) else {}
    return kinds.get(str(header.get("class")), UserError)(str(header.get("code")), **{"file": shown, **facts})


def _crash(child: subprocess.Popen[bytes], shown: str, errors: list[bytes]) -> AppError:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=2)
    told = b"".join(errors).decode("utf-8", "replace")
    get_log("exchange.sandbox").warning("child ended", file=shown, status=child.returncode, told=told)
    if "MemoryError" in told or "bad_alloc" in told or "out of memory" in told.lower():
        return UserError("READER-MEMORY", file=shown)
    return UserError("READER-CRASHED", file=shown, status=child.returncode)
