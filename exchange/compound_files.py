"""Tells what a compound file (OLE: old Word, Excel, MicroStation V8, Windows installers) is by its directory."""

import struct
from pathlib import Path
from typing import BinaryIO

from core.errors import UserError
from exchange.document_facts import DocumentKind

SECTORS_LIMIT = 256

_INSTALLERS = {
    bytes.fromhex("84100c0000000000c000000000000046"),  # package
    bytes.fromhex("86100c0000000000c000000000000046"),  # patch
    bytes.fromhex("82100c0000000000c000000000000046"),  # transform
}
_STREAMS: tuple[tuple[str, DocumentKind, str], ...] = (
    ("worddocument", "office", "application/msword"),
    ("workbook", "office", "application/vnd.ms-excel"),
    ("book", "office", "application/vnd.ms-excel"),
    ("powerpoint document", "office", "application/vnd.ms-powerpoint"),
    ("visiodocument", "office", "application/vnd.visio"),
    ("dgn~h", "cad", "image/vnd.dgn"),
    ("dgn^h", "cad", "image/vnd.dgn"),
    ("__properties_version1.0", "office", "application/vnd.ms-outlook"),
    ("encryptedpackage", "office", "application/vnd.ms-office"),
)
_MACROS = {"_vba_project", "_vba_project_cur", "vba"}


def compound_kind(path: Path) -> tuple[DocumentKind, str, tuple[str, ...]]:
    """Return kind, media type and notes; raise ``UserError`` DOCUMENT-NOT-ALLOWED for a Windows installer."""
    with path.open("rb") as file:
        entries = _directory(file)
    if entries and entries[0][1] in _INSTALLERS:
        raise UserError("DOCUMENT-NOT-ALLOWED", what="DOCUMENT-WHAT-INSTALLER")
    names = {name.lower() for name, _ in entries}
    notes = ("DOCUMENT-MACROS",) if names & _MACROS else ()
    for name, kind, mime in _STREAMS:
        if name in names:
            return kind, mime, (*notes, "DOCUMENT-OFFICE-LOCKED") if name == "encryptedpackage" else notes
    return "other", "application/x-ole-storage", notes


def _directory(file: BinaryIO) -> list[tuple[str, bytes]]:
    """Return name and class of the directory's entries, as far as its first sectors go."""
    head = file.read(512)
    if len(head) < 512:
        raise UserError("FILE-TRUNCATED")
    shift = struct.unpack_from("<H", head, 30)[0]
    if shift not in (9, 12):
        raise UserError("FILE-DAMAGED", reason="OLE")
    size, sector = 1 << shift, struct.unpack_from("<I", head, 48)[0]
    tables = struct.unpack_from("<109I", head, 76)
    entries: list[tuple[str, bytes]] = []
    seen: set[int] = set()
    while sector < 0xFFFFFFF0 and sector not in seen and len(seen) < SECTORS_LIMIT:
        seen.add(sector)
        data = _sector(file, sector, size)
        for at in range(0, len(data) - 127, 128):
            length = struct.unpack_from("<H", data, at + 64)[0]
            if 2 <= length <= 64:
                name = data[at : at + length - 2].decode("utf-16-le", "replace")
                entries.append((name, data[at + 80 : at + 96]))
        sector = _next_sector(file, tables, sector, size)
    return entries


def _sector(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    return file.read(size)


def _next_sector(file: BinaryIO, tables: tuple[int, ...], sector: int, size: int) -> int:
    table, place = divmod(sector, size // 4)
    if table >= len(tables) or tables[table] >= 0xFFFFFFF0:
        return 0xFFFFFFFE
    file.seek((tables[table] + 1) * size + place * 4)
    found = file.read(4)
    return struct.unpack("<I", found)[0] if len(found) == 4 else 0xFFFFFFFE
