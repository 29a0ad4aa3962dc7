"""Identifiers made offline: UUIDv7 (RFC 9562, section 5.7)."""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = [0, 0]  # milliseconds, counter of the last identifier made in this process


def build_uid(milliseconds: int, counter: int, random: bytes) -> str:
    """Return the UUIDv7 of a Unix time in ms, a 12-bit counter and at least 8 random bytes."""
    tail = int.from_bytes(random[:8], "big") & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (counter & 0xFFF) << 64 | 0b10 << 62 | tail
    return str(uuid.UUID(int=value))


def new_uid() -> str:
    """Return a new UUIDv7; within one process each sorts after the one before it, whatever the clock does."""
    return new_uids(1)[0]


def new_uids(count: int) -> list[str]:
    """Return ``count`` new identifiers in ascending order."""
    random = os.urandom(8 * count)
    found = []
    with _lock:
        now = time.time_ns() // 1_000_000
        for place in range(count):
            if now > _last[0]:
                _last[:] = [now, 0]
            elif _last[1] < 0xFFF:
                _last[1] += 1
            else:
                _last[:] = [_last[0] + 1, 0]
            found.append(build_uid(_last[0], _last[1], random[8 * place : 8 * place + 8]))
    return found


def is_uid(text: str) -> bool:
    """Whether ``text`` is a UUID in the canonical lower-case form."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
