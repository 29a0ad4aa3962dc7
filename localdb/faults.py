"""What the driver's and the disk's errors mean to the user."""

import errno
import shutil
from pathlib import Path

from core.errors import AppError, EnvironmentFault, UserError

_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26  # SQLite's
_NO_ROOM_BYTES = 1 << 20


def fault_of_driver(error: BaseException, path: Path) -> AppError | None:
    """Return what to raise instead of a driver's error, ``None`` when it is a fault of the program's own."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    facts = {"file": str(path), "folder": str(path.parent)}
    primary = code & 0xFF
    found: AppError | None = None
    if primary in (_BUSY, _LOCKED):
        found = UserError("STORE-LOCKED", **facts)
    elif primary == _READONLY:
        found = EnvironmentFault("STORE-READONLY", **facts)
    elif primary in (_CORRUPT, _NOTADB):
        found = EnvironmentFault("STORE-DAMAGED", what=str(error), **facts)
    elif primary == _FULL or (primary in (_IOERR, _CANTOPEN) and _free_bytes(path) < _NO_ROOM_BYTES):
        found = store_full(path)
    elif primary in (_IOERR, _CANTOPEN):
        found = unreadable(path, error)
    return found


def fault_of_disk(error: OSError, path: Path) -> AppError:
    """Return what to raise instead of the system's error about a file of the store."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return store_full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EnvironmentFault("STORE-READONLY", file=str(path), folder=str(path.parent))
    return unreadable(path, error)


def store_full(path: Path) -> EnvironmentFault:
    """Return STORE-FULL with the room that is left."""
    return EnvironmentFault("STORE-FULL", folder=str(path.parent), free_mb=_free_bytes(path) >> 20)


def unreadable(path: Path, error: BaseException) -> EnvironmentFault:
    """Return STORE-IO: the disk refused for a reason of its own."""
    return EnvironmentFault("STORE-IO", file=str(path), reason=str(error))


def _free_bytes(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return 0
