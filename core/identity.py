"""Identifiers made offline: UUIDv7 (RFC 9562, section 5.7)."""

import os
import re
import threading
import time
import uuid

_UID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_lock = threading.Lock()
_last = [0, 0]  # milliseconds, counter of the last identifier made in this process
_COUNTER_BITS = 12
_VARIANT = {f"{digit:x}": f"{digit & 0b11 | 0b1000:x}" for digit in range(16)}  # the two bits before the random ones


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
    if count < 1:
        return []
    with _lock:
        now = time.time_ns() // 1_000_000
        first = now << _COUNTER_BITS if now > _last[0] else (_last[0] << _COUNTER_BITS | _last[1]) + 1
        _last[:] = divmod(first + count - 1, 1 << _COUNTER_BITS)
    random = os.urandom(8 * count).hex()
    found: list[str] = []
    for place in range(count):
        milliseconds, counter = divmod(first + place, 1 << _COUNTER_BITS)
        if not found or not counter:
            prefix = f"{milliseconds & ((1 << 48) - 1):012x}"
            prefix = f"{prefix[:8]}-{prefix[8:]}-7"
        tail = random[16 * place : 16 * place + 16]
        found.append(f"{prefix}{counter:03x}-{_VARIANT[tail[0]]}{tail[1:4]}-{tail[4:]}")
    return found


def is_uid(text: str) -> bool:
    """Whether ``text`` is a UUID in the canonical lower-case form; ``TypeError`` when it is no text."""
    return _UID.fullmatch(text) is not None
