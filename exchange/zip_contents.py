"""Tells what a zip archive is from its list of contents; nothing in it is unpacked but one short name."""

import re
import struct
import zipfile
from pathlib import Path

from core.errors import UserError
from exchange.document_facts import DocumentKind

ENTRIES_LIMIT = 100_000
LISTING_BYTES = 16 << 20
UNPACKED_BYTES = 4 << 30
UNPACKED_RATIO = 200

_END = b"PK\x05\x06"
_MIMETYPE_BYTES = 200
_PROGRAM = re.compile(
    r"\.(exe|dll|scr|com|msi|msp|cpl|bat|cmd|ps1|vbs|vbe|jse|wsf|wsh|hta|lnk|pif|jar|class|dex|apk)$", re.I
)
_OFFICE = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("visio/", "application/vnd.ms-visio.drawing"),
)


def zip_kind(path: Path) -> tuple[DocumentKind, str, tuple[str, ...]]:
    """Return kind, media type and notes of an archive.

    Raise ``UserError`` DOCUMENT-NOT-ALLOWED when it holds programs or is built to unpack to far too much, and
    FILE-DAMAGED when it has no list of contents that can be read.
    """
    size = path.stat().st_size
    _check_listing(path, size)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            _check_sizes(entries, size)
            declared = _declared_type(archive, names)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError, OverflowError) as error:
        raise UserError("FILE-DAMAGED", reason=str(error)[:200]) from error
    _refuse_programs(names)
    notes = ("DOCUMENT-MACROS",) if any(name.lower().endswith("vbaproject.bin") for name in names) else ()
    if any(entry.flag_bits & 1 for entry in entries):
        notes = (*notes, "DOCUMENT-ARCHIVE-LOCKED")
    kind, mime = _kind(names, declared)
    return kind, mime, notes


def _kind(names: list[str], declared: str) -> tuple[DocumentKind, str]:
    if "[Content_Types].xml" in names:
        return "office", next(
            (mime for folder, mime in _OFFICE if any(name.startswith(folder) for name in names)), "application/zip"
        )
    if declared.startswith("application/vnd.oasis.opendocument."):
        return "office", declared
    if declared == "application/epub+zip":
        return "office", declared
    suffixes = {name.lower().rpartition(".")[2] for name in names if "/" not in name}
    if "qgs" in suffixes:
        return "other", "application/x-qgis-project"
    if "kml" in suffixes:
        return "other", "application/vnd.google-earth.kmz"
    return "other", "application/zip"


def _check_listing(path: Path, size: int) -> None:
    """Measure the list of contents before anything is built from it."""
    with path.open("rb") as file:
        file.seek(max(0, size - 65_600))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            raise UserError("FILE-DAMAGED", reason="zip")
        entries, length = struct.unpack_from("<HI", tail, at + 10)
        if length == 0xFFFFFFFF or entries == 0xFFFF:
            entries, length = _long_listing(tail[:at], file, entries, length)
    if entries > ENTRIES_LIMIT or length > LISTING_BYTES:
        raise _bomb()


def _long_listing(before: bytes, file: object, entries: int, length: int) -> tuple[int, int]:
    """Return the figures of a ZIP64 archive, those given when it is none."""
    locator = before[-20:]
    if len(locator) < 20 or not locator.startswith(b"PK\x06\x07"):
        return entries, length
    file.seek(struct.unpack_from("<Q", locator, 8)[0] & ((1 << 62) - 1))  # type: ignore[attr-defined]
    record = file.read(56)  # type: ignore[attr-defined]
    if len(record) < 56 or not record.startswith(b"PK\x06\x06"):
        return entries, length
    return struct.unpack_from("<QQ", record, 32)


def _check_sizes(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse overlapping entries and entries that unpack to far more than any document needs."""
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    largest = max((entry.file_size / max(entry.compress_size, 1) for entry in entries), default=0)
    if packed > size or (unpacked > UNPACKED_BYTES and unpacked > size * UNPACKED_RATIO):
        raise _bomb()
    if largest > UNPACKED_RATIO * 4 and unpacked > UNPACKED_BYTES // 4:
        raise _bomb()


def _bomb() -> UserError:
    return UserError("DOCUMENT-NOT-ALLOWED", what="DOCUMENT-WHAT-BOMB")


def _declared_type(archive: zipfile.ZipFile, names: list[str]) -> str:
    """Return the media type that OpenDocument and EPUB archives store unpacked in their first entry."""
    if not names or names[0] != "mimetype":
        return ""
    entry = archive.getinfo("mimetype")
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > _MIMETYPE_BYTES or entry.flag_bits & 1:
        return ""
    text = archive.read(entry).decode("ascii", "replace").strip()
    return text if re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", text) else ""


def _refuse_programs(names: list[str]) -> None:
    if "AndroidManifest.xml" in names:
        raise UserError("DOCUMENT-NOT-ALLOWED", what="DOCUMENT-WHAT-ANDROID")
    for name in names:
        if _PROGRAM.search(name):
            java = name.lower().endswith((".class", ".jar"))
            what = "DOCUMENT-WHAT-JAVA" if java else "DOCUMENT-WHAT-ARCHIVE"
            raise UserError("DOCUMENT-NOT-ALLOWED", what=what)
