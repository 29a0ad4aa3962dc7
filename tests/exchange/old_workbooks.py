"""Workbooks as Excel 97 wrote them (BIFF8 in a compound file), record by record, for the tests."""

import datetime
import struct
from collections.abc import Sequence
from pathlib import Path

Cell = str | float | datetime.date | bool | None
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR = 512
_EPOCH = datetime.date(1899, 12, 30)


def write_xls(path: Path, sheets: dict[str, Sequence[Sequence[Cell]]]) -> Path:
    """Write a workbook; dates get the format that says they are."""
    path.write_bytes(_compound(_workbook(sheets)))
    return path


def _record(code: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(body)) + body


def _text(text: str, size: str = "<H") -> bytes:
    """A string of 16-bit letters with its count."""
    written = text.encode("utf-16-le")
    return struct.pack(size, len(written) // 2) + b"\x01" + written


def _workbook(sheets: dict[str, Sequence[Sequence[Cell]]]) -> bytes:
    formats = b"".join(
        _record(0x00E0, struct.pack("<HHH", 0, number, 0x0001) + bytes(14)) for number in (0, 14)
    )  # plain, date
    pages = [_sheet(rows) for rows in sheets.values()]
    bounds = [_record(0x0085, struct.pack("<IBB", 0, 0, 0) + _text(name, "<B")) for name in sheets]
    head = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    head += _record(0x0042, struct.pack("<H", 1200)) + formats
    place = len(head) + sum(map(len, bounds)) + 4
    placed = b""
    for bound, page in zip(bounds, pages, strict=True):
        placed += bound[:4] + struct.pack("<I", place) + bound[8:]
        place += len(page)
    return head + placed + _record(0x000A) + b"".join(pages)


def _sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    width = max(map(len, rows), default=0)
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    body += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            at = struct.pack("<HH", row, column)
            if isinstance(cell, bool):
                body += _record(0x0205, at + struct.pack("<HBB", 0, cell, 0))
            elif isinstance(cell, str):
                body += _record(0x0204, at + struct.pack("<H", 0) + _text(cell))
            elif isinstance(cell, datetime.date):
                body += _record(0x0203, at + struct.pack("<Hd", 1, (cell - _EPOCH).days))
            elif cell is not None:
                body += _record(0x0203, at + struct.pack("<Hd", 0, float(cell)))
    return body + _record(0x000A)


def _compound(stream: bytes) -> bytes:
    """One stream ``Workbook`` in an OLE compound file, of at least 4 KiB: shorter ones would lie elsewhere."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    count = len(stream) // _SECTOR
    tables = -(-(count + 2) // (_SECTOR // 4 - 1))
    first = tables + 1
    chain = [_FAT] * tables + [_END, *range(first + 1, first + count), _END]
    head = bytearray(_SECTOR)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", head, 44, tables, tables)
    struct.pack_into("<IIIII", head, 56, 4096, _END, 0, _END, 0)
    struct.pack_into("<109I", head, 76, *range(tables), *[_FREE] * (109 - tables))
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * _SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, first, len(stream))
    return bytes(head) + fat + directory.ljust(_SECTOR, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    entry = written.ljust(64, b"\0") + struct.pack("<HBB", len(written) + 2, kind, 1)
    return (entry + struct.pack("<III", _FREE, _FREE, child)).ljust(116, b"\0") + struct.pack("<IQ", start, size)
