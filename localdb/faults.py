"""What the driver's and the disk's errors mean to the user."""

import errno
import shutil
from pathlib import Path

from core.errors import AppError, EnvironmentFault, UserError

_NO_ROOM_BYTES = 1 << 20


def fault_of_driver(error: BaseException, path: Path) -> AppError | None:
    """Return what to raise instead of a driver's error, ``None`` when it is a fault of the program's own."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    facts = {"file": str(path), "folder": str(path.parent)}
    match code & 0xFF:
        case 5 | 6:
            return UserError("STORE-LOCKED", **facts)
        case 8:
            return EnvironmentFault("STORE-READONLY", **facts)
        case 11 | 26:
            return EnvironmentFault("STORE-DAMAGED", what=str(error), **facts)
        case 13:
            return store_full(path)
        case 10 | 14:
            return store_full(path) if _free_bytes(path) < _NO_ROOM_BYTES else unreadable(path, error)
    return None


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
