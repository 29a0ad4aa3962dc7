"""A lock on a file, for the workers that share its folder; a worker that dies lets go of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Give whether the file is this caller's alone until the end; a file that is not there is nobody's.

    Windows has one worker alone, which keeps its own list.
    """
    file: Any = nullcontext(None)
    if sys.platform != "win32" and path.exists():
        file = path.open("r+b")
    with file as handle:
        yield handle is None or _take(handle)


def _take(handle: Any) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
