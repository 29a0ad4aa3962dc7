"""What the child process gives up before it touches a foreign file: memory, time, writing, network, other files.

Every measure is taken where the system offers it and passed over where it does not; ``confine_early`` and
``confine_files`` return the names of those that hold.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000

_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_VERSION = 1
_LANDLOCK_PATH_BENEATH = 1
_READ_FILE, _READ_DIRECTORY, _WRITE_FILE, _TRUNCATE = 1 << 2, 1 << 3, 1 << 1, 1 << 14
_RIGHTS_BY_VERSION = {
    1: (1 << 13) - 1,
    2: (1 << 14) - 1,
    3: (1 << 15) - 1,
}  # execute, write, read, make, remove, refer, truncate
_NETWORK_RIGHTS = 0b11  # bind and connect, from version 4 on


def confine_early(*, memory_bytes: int, cpu_seconds: int, file_bytes: int) -> list[str]:
    """Limit resources and cut the network; call before any library starts a thread."""
    held = []
    if sys.platform == "win32":
        return held
    if _limit_resources(memory_bytes, cpu_seconds, file_bytes):
        held.append("limits")
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)  # the child never outlives the program
        # The superuser needs no user namespace; anybody else gets one, where the kernel hands them out.
        if libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
            held.append("network")
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            held.append("privileges")
    return held


def confine_files(*, readable: Iterable[Path], writable: Iterable[Path] = ()) -> list[str]:
    """Let this process read nothing but ``readable`` (files or folders) and write nothing but below ``writable``.

    Uses Landlock (Linux 5.13 and later). Call after the libraries are loaded.
    """
    if sys.platform != "linux":
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return []
    handled = _RIGHTS_BY_VERSION[min(version, 3)]
    attributes = struct.pack("=QQ", handled, _NETWORK_RIGHTS) if version >= 4 else struct.pack("=Q", handled)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return []
    try:
        for path in readable:
            _allow(libc, ruleset, path, (_READ_FILE | _READ_DIRECTORY) & handled)
        for path in writable:
            _allow(libc, ruleset, path, handled & ~1)
        held = libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)
    return ["files"] if held else []


def _limit_resources(memory_bytes: int, cpu_seconds: int, file_bytes: int) -> bool:
    if sys.platform == "win32":
        return False
    import resource

    wanted = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
    }
    for what, limit in wanted.items():
        hard = resource.getrlimit(what)[1]
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (bound, bound))
    return True


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)
