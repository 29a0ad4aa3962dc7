"""What parent and child say to each other: a JSON header and raw buffers, never objects."""

import json
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

MAGIC = b"DBF1"
HEADER_LIMIT = 64 << 20
BUFFERS_LIMIT = 3 << 30

_LENGTH = struct.Struct(">I")

Buffer = bytes | bytearray | memoryview
Header = dict[str, Any]


class BrokenFrame(Exception):
    """The other side ended in the middle of a frame, or sent something that is none."""


def write_frame(stream: BinaryIO, header: Header, buffers: Sequence[Buffer] = ()) -> None:
    """Write one frame: the magic, the header's length, the header (with the buffers' sizes), the buffers."""
    sizes = [memoryview(buffer).nbytes for buffer in buffers]
    text = json.dumps({**header, "buffers": sizes}, ensure_ascii=True, allow_nan=False).encode("ascii")
    stream.write(MAGIC + _LENGTH.pack(len(text)) + text)
    for buffer in buffers:
        stream.write(buffer)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[Header, list[bytearray]] | None:
    """Return the next frame's header and buffers, ``None`` at the end of the stream; raise ``BrokenFrame``.

    The sizes are checked before anything is allocated: the sender may be lying.
    """
    start = _read_exactly(stream, 1, at_end=b"")
    if not start:
        return None
    prefix = bytes(start + _read_exactly(stream, len(MAGIC) + _LENGTH.size - 1))
    length = _LENGTH.unpack(prefix[len(MAGIC) :])[0]
    if not prefix.startswith(MAGIC) or length > HEADER_LIMIT:
        raise BrokenFrame("not a frame")
    try:
        header = json.loads(_read_exactly(stream, length))
        sizes = header.pop("buffers")
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenFrame("unreadable header") from error
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        raise BrokenFrame("unreadable sizes")
    if sum(sizes) > BUFFERS_LIMIT:
        raise BrokenFrame("too large")
    return header, [_read_exactly(stream, size) for size in sizes]


def _read_exactly(stream: BinaryIO, size: int, at_end: bytes | None = None) -> bytearray:
    """Return ``size`` bytes; ``at_end`` is returned when the stream is over before the first of them."""
    buffer = bytearray(size)
    view, done = memoryview(buffer), 0
    while done < size:
        count = stream.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            if at_end is not None and done == 0:
                return bytearray(at_end)
            raise BrokenFrame("cut short")
        done += count
    return buffer
