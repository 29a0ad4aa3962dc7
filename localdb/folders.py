"""What a folder must be like to hold a store: on a disk of this computer, writable, and opened by one program."""

import ctypes
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from core.errors import EnvironmentFault, UserError

_NETWORK_SYSTEMS = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ncpfs",
        "davfs",
        "ceph",
        "glusterfs",
        "lustre",
        "ocfs2",
        "gfs2",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.davfs",
        "fuse.davfs2",
        "fuse.gvfsd-fuse",
        "fuse.glusterfs",
        "fuse.s3fs",
    ]
)
_DRIVE_REMOTE = 4
_ESCAPED = re.compile(r"\\([0-7]{3})")  # blanks in the kernel's list of mounts


def refuse_network_share(path: Path) -> None:
    """Raise ``UserError`` STORE-NETWORK-SHARE when ``path`` lies on another computer: SQLite's log needs one host."""
    system = network_system(path)
    if system is not None:
        raise UserError("STORE-NETWORK-SHARE", folder=str(path), system=system)


def network_system(path: Path) -> str | None:
    """Return the kind of network share that holds ``path``, ``None`` for a disk of this computer."""
    if sys.platform == "win32":
        return _windows_share(path)
    found = _mounted_system(path)
    return found if found in _NETWORK_SYSTEMS else None


def _windows_share(path: Path) -> str | None:
    anchor = os.path.abspath(path)[:3]
    if anchor.startswith(("\\\\", "//")):
        return "UNC"
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 (the name exists on Windows alone)
    return "network drive" if kernel.GetDriveTypeW(anchor) == _DRIVE_REMOTE else None


def _mounted_system(path: Path) -> str | None:
    """Return the file system type of the mount that holds ``path`` (the longest mount point above it)."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    target = os.path.realpath(path)
    best, found = -1, None
    for line in lines:
        before, _, after = line.partition(" - ")
        point = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), before.split(" ")[4])
        if (target == point or target.startswith(point.rstrip("/") + "/")) and len(point) >= best:
            best, found = len(point), after.split(" ")[0]
    return found


def is_writable(folder: Path) -> bool:
    """Whether a file can be made in ``folder``; asked by making one, for permissions alone do not tell."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".diaba-"):
            return True
    except OSError:
        return False


class FolderLock:
    """Hold of one program on one folder; the system lets go when the process ends, however it ends."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def release(self) -> None:
        """Let another program in."""
        self._file.close()


def lock_folder(folder: Path, name: str = "workspace.lock") -> FolderLock:
    """Take the folder's lock; raise ``UserError`` STORE-LOCKED when another program, or this one, has it."""
    path = folder / name
    try:
        file = path.open("a+b")
    except OSError as error:
        raise EnvironmentFault("STORE-READONLY", folder=str(folder)) from error
    try:
        _lock(file)
    except OSError as error:
        file.close()
        raise UserError("STORE-LOCKED", folder=str(folder)) from error
    return FolderLock(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
