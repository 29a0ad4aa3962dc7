"""Takes a DXF apart, in the child: records that begin with group code 0, and their pairs of code and value.

Nothing is understood here and nothing kept: a drawing of any size passes through in pieces.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import UserError

BINARY_MARK = b"AutoCAD Binary DXF\r\n\x1a\x00"

_CHUNK = 4 << 20
_LONGEST_RECORD = 64 << 20
# A code 0 is followed by a word, a value "0" by the next group code: a number.
_START = re.compile(rb"\n[ \t]*0[ \t]*\n[ \t]*([A-Z0-9_]*[A-Z][A-Z0-9_]*)[ \t]*(?=\n)")

Pairs = list[tuple[int, bytes]]
Raw = tuple[str, bytes]
"""A record's name and the lines behind it, each ended by a line feed alone."""


def iterate_records(path: Path, shown: str, report: Callable[[int], None] = lambda _: None) -> Iterator[Raw]:
    """Yield the records of a DXF, text or binary; ``report`` hears how many bytes are done.

    Raise ``UserError`` FILE-DAMAGED for a record without end, FILE-CONTENT for a file that has none.
    """
    if is_binary(path):
        yield from _binary_records(path, shown)
        return
    with path.open("rb") as file:
        done, seen, left = 0, False, b"\n"
        while chunk := file.read(_CHUNK):
            if chunk.endswith(b"\r"):
                chunk += file.read(1)
            data = left + chunk.replace(b"\r\n", b"\n")
            held = None
            for found in _START.finditer(data):
                if held is not None:
                    yield _raw(held, data, found.start() + 1)
                held, seen = found, True
            left = data[held.start() :] if held is not None else data
            if len(left) > _LONGEST_RECORD:
                raise UserError("FILE-DAMAGED", file=shown, reason=f"> {_LONGEST_RECORD} B")
            done += len(chunk)
            report(done)
    if not seen:
        raise UserError("FILE-CONTENT", file=shown, kind="DXF")
    if last := _START.match(left):
        yield _raw(last, left, len(left))


def _raw(found: re.Match[bytes], data: bytes, end: int) -> Raw:
    return found[1].decode("ascii"), data[data.index(b"\n", found.end()) + 1 : end]


def pairs_of(body: bytes) -> Pairs:
    """Return a record's pairs of group code and value; what is no pair any more is left out."""
    codes, values = columns_of(body)
    return [(int(code), value) for code, value in zip(codes, values, strict=False) if code.isdigit()]


def columns_of(body: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return a record's group codes, without blanks, and the values; the last code may lack its value."""
    lines = body.split(b"\n")
    return [code.strip() for code in lines[0::2]], lines[1::2]


def first_values(body: bytes) -> dict[bytes, bytes]:
    """Return the first value of each group code of a record."""
    codes, values = columns_of(body)
    count = min(len(codes), len(values))
    return dict(zip(reversed(codes[:count]), reversed(values[:count]), strict=True))


def head_of(body: bytes) -> dict[bytes, bytes]:
    """Return the values near the start of a record, where every entity says its layer, colour and space."""
    lines = body.split(b"\n", 24)
    if len(lines) > 24:
        lines.pop()
    found = dict(zip([code.strip() for code in lines[0::2]], lines[1::2], strict=False))
    return found if b"8" in found else first_values(body)


def is_binary(path: Path) -> bool:
    """Whether the file is a binary DXF."""
    with path.open("rb") as file:
        return file.read(len(BINARY_MARK)) == BINARY_MARK


def _binary_records(path: Path, shown: str) -> Iterator[Raw]:
    """Yield the records of a binary DXF in the form of a text one."""
    from ezdxf.lldxf.const import DXFError
    from ezdxf.lldxf.tagger import binary_tags_loader

    name = ""
    lines: list[bytes] = []
    try:
        for tag in binary_tags_loader(path.read_bytes()):
            if tag.code == 0:
                if name:
                    yield name, b"".join(lines)
                name, lines = str(tag.value), []
                continue
            for code, value in _plain_pairs(tag.code, tag.value):
                lines.append(b"%d\n%s\n" % (code, value))
    except (DXFError, ValueError, IndexError, UnicodeError) as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)[:200]) from error
    if name:
        yield name, b"".join(lines)


def _plain_pairs(code: int, value: object) -> Iterator[tuple[int, bytes]]:
    if isinstance(value, bytes):
        yield code, value.hex().upper().encode()
    elif isinstance(value, int | float):
        yield code, repr(value).encode()
    else:
        text = str(value).replace("\n", " ")
        yield code, text.encode("utf-8", "surrogateescape")
