"""The zip container of a package: written in one way only, so that whatever differs is refused.

A zip says most things twice and leaves room between them, where a stranger hides a second meaning. Here entries follow
each other without a gap, carry no dates, flags, extras or links; the comment is the SHA-256 of every byte before it.
"""

import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import UserError
from wire.limits import Limits

_DAWN = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_UNIX, _VERSION = 3, 20
_MARK = b"sha256="
_COMMENT_BYTES = len(_MARK) + 64
_END = struct.Struct("<4s4H2LH")
_PIECE = 1 << 16
_FIXED = {
    "date_time": _DAWN,
    "create_system": _UNIX,
    "create_version": _VERSION,
    "extract_version": _VERSION,
    "reserved": 0,
    "flag_bits": 0,
    "volume": 0,
    "internal_attr": 0,
    "external_attr": _PLAIN_FILE,
    "extra": b"",
    "comment": b"",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be packed: its name in the archive, its bytes in pieces, and whether deflating them is worth it."""

    name: str
    pieces: Iterable[bytes]
    deflated: bool = False


def write_archive(file: BinaryIO, entries: Iterable[Entry]) -> None:
    """Write ``entries`` in their order to ``file``, opened for writing and reading."""
    with zipfile.ZipFile(file, "w") as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, _DAWN)
            info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
            info.compress_type = zipfile.ZIP_DEFLATED if entry.deflated else zipfile.ZIP_STORED
            with archive.open(info, "w") as target:
                for piece in entry.pieces:
                    target.write(piece)
        archive.comment = _MARK + b"0" * 64
    size = file.seek(0, os.SEEK_END)
    digest = _digest(file, size - 64)
    file.seek(size - 64)
    file.write(digest.encode("ascii"))


def _digest(file: BinaryIO, size: int) -> str:
    found = hashlib.sha256()
    file.seek(0)
    while size > 0:
        piece = file.read(min(_PIECE, size))
        if not piece:
            break
        found.update(piece)
        size -= len(piece)
    return found.hexdigest()


class Archive:
    """An opened package file whose container has been held against the one permitted form.

    Contents are not trusted yet. Every error names the package file or the entry in it.
    """

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        self._file, self._name, self._limits = file, name, limits
        self._size = file.seek(0, os.SEEK_END)
        if self._size > limits.archive_bytes:
            raise UserError("PACKAGE-TOO-LARGE", file=name, limit=limits.archive_bytes)
        directory = self._check_end()
        try:
            self._zip = zipfile.ZipFile(file)
            self._infos = self._check_entries(self._zip.infolist(), directory)
        except (zipfile.BadZipFile, struct.error, NotImplementedError, UnicodeDecodeError, ValueError) as error:
            raise UserError("PACKAGE-DAMAGED", file=name) from error

    @property
    def names(self) -> list[str]:
        """The entries' names in their order."""
        return list(self._infos)

    def sizes(self) -> dict[str, int]:
        """Return the unpacked size that each entry declares; ``pieces`` holds it to that."""
        return {name: info.file_size for name, info in self._infos.items()}

    def is_deflated(self, name: str) -> bool:
        """Whether an entry is packed tighter."""
        return self._infos[name].compress_type == zipfile.ZIP_DEFLATED

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of an entry; raise PACKAGE-DAMAGED when they do not unpack to what the container says."""
        info = self._infos[name]
        left = info.file_size
        try:
            with self._zip.open(info) as source:
                while piece := source.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError, zlib.error) as error:
            raise UserError("PACKAGE-DAMAGED", file=name) from error
        if left:
            raise UserError("PACKAGE-DAMAGED", file=name)

    def read(self, name: str) -> bytes:
        """Return a small entry whole; raise PACKAGE-TOO-LARGE beyond the limit for texts."""
        if self._infos[name].file_size > self._limits.text_bytes:
            raise UserError("PACKAGE-TOO-LARGE", file=name, limit=self._limits.text_bytes)
        return b"".join(self.pieces(name))

    def check_seal(self) -> None:
        """Raise PACKAGE-DAMAGED when any byte of the container differs from when it was written."""
        self._file.seek(self._size - 64)
        told = self._file.read(64)
        if _digest(self._file, self._size - 64).encode("ascii") != told:
            raise UserError("PACKAGE-DAMAGED", file=self._name)

    def _check_end(self) -> int:
        """Return where the central directory begins, after reading the one end record that may be there."""
        at = self._size - _COMMENT_BYTES - _END.size
        self._file.seek(max(at, 0))
        tail = self._file.read(_END.size + _COMMENT_BYTES)
        if at < 0 or len(tail) != _END.size + _COMMENT_BYTES:
            raise UserError("PACKAGE-DAMAGED", file=self._name)
        mark, disk, first_disk, here, total, length, start, comment = _END.unpack(tail[: _END.size])
        whole = (mark, disk, first_disk, comment) == (b"PK\5\6", 0, 0, _COMMENT_BYTES)
        if not whole or here != total or start + length != at or tail[_END.size :][: len(_MARK)] != _MARK:
            raise UserError("PACKAGE-DAMAGED", file=self._name)
        if total > self._limits.entries:
            raise UserError("PACKAGE-TOO-LARGE", file=self._name, limit=self._limits.entries)
        return int(start)

    def _check_entries(self, infos: list[zipfile.ZipInfo], directory: int) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        at = total = 0
        for info in infos:
            name = info.orig_filename
            self._check_entry(info, name)
            if name in found or info.header_offset != at or not self._has_header(info):
                raise UserError("PACKAGE-HOSTILE", file=self._name, what=f"{name!r}: {info.header_offset}")
            found[name] = info
            total += info.file_size
            at += len(info.FileHeader(zip64=False)) + info.compress_size
        if at != directory or len(found) != len(infos):
            raise UserError("PACKAGE-DAMAGED", file=self._name)
        if total > self._limits.total_bytes:
            raise UserError("PACKAGE-TOO-LARGE", file=self._name, limit=self._limits.total_bytes)
        return found

    def _check_entry(self, info: zipfile.ZipInfo, name: str) -> None:
        strange = [key for key, value in _FIXED.items() if getattr(info, key) != value]
        stored = info.compress_type == zipfile.ZIP_STORED
        if strange or info.filename != name or not (stored or info.compress_type == zipfile.ZIP_DEFLATED):
            raise UserError("PACKAGE-HOSTILE", file=self._name, what=f"{name!r}: {', '.join(strange) or 'method'}")
        if stored and info.compress_size != info.file_size:
            raise UserError("PACKAGE-DAMAGED", file=name)
        swollen = info.file_size > self._limits.ratio_from and info.file_size > info.compress_size * self._limits.ratio
        if swollen or info.file_size > self._limits.entry_bytes:
            raise UserError("PACKAGE-TOO-LARGE", file=name, limit=self._limits.entry_bytes)

    def _has_header(self, info: zipfile.ZipInfo) -> bool:
        """Whether the entry's own header says, byte for byte, what the directory says."""
        wanted = info.FileHeader(zip64=False)
        self._file.seek(info.header_offset)
        return self._file.read(len(wanted)) == wanted


def open_archive(path: Path, limits: Limits) -> tuple[BinaryIO, Archive]:
    """Return the opened file, which the caller closes, and its checked container."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UserError("PACKAGE-MISSING", file=str(path)) from error
    try:
        return file, Archive(file, path.name, limits)
    except BaseException:
        file.close()
        raise
