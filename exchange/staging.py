"""Puts a chosen file, and what belongs to it, where the reading child sees nothing else.

Up to 200 MB the file and its parts are copied into a private folder under names of our own, so that no neighbour, no
link and no strange name reaches GDAL. A larger file is opened where it lies: the child is then confined to its parts.
"""

import errno
import mmap
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import EnvironmentFault, UserError
from exchange.archives import unpack_field_file, unpack_kml
from exchange.kinds import KINDS, FileKind, kind_of, recognise

COPY_LIMIT = 200_000_000

_DATABASE_PART = re.compile(r"a[0-9a-f]{8}\.[A-Za-z0-9_.]{1,64}|gdb|timestamps", re.IGNORECASE)
_ESCAPED_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file ready for the child: ``path`` is what it opens, ``parts`` all it may read, ``folder`` its scratch
    folder.
    """

    source: Path
    kind: FileKind
    path: Path
    parts: tuple[Path, ...]
    folder: Path

    @property
    def size(self) -> int:
        """How many bytes there are to be read."""
        files = (near for part in self.parts for near in (part.rglob("*") if part.is_dir() else (part,)))
        return sum(near.stat().st_size for near in files if near.is_file())


@contextmanager
def staged_file(source: Path, kinds: Sequence[FileKind] = KINDS) -> Iterator[StagedFile]:
    """Yield ``source``, one of ``kinds``, staged, and remove the private folder afterwards.

    Raises FILE-MISSING, FILE-IS-FOLDER, FILE-NOT-REGULAR, FILE-NO-ACCESS, FILE-EMPTY, FILE-KIND, FILE-CONTENT,
    FILE-PART-MISSING, FILE-IN-USE, and ARCHIVE-… for a KMZ that is not sound.
    """
    try:
        found = source.resolve(strict=True)
        if not found.is_dir():
            check_regular(found, source)
        kind = recognise(found, kinds)
        parts = {kind.suffixes[0]: found} if kind.is_folder else _find_parts(found, kind)
        total = sum(part.stat().st_size for part in (_inside(found) if kind.is_folder else parts.values()))
    except OSError as error:
        raise file_error(error, source) from error
    except (ValueError, RuntimeError) as error:  # NUL in the path, or links that lead round in a circle
        raise UserError("FILE-MISSING", file=str(source)) from error
    with tempfile.TemporaryDirectory(prefix="diaba-read-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if kind.key == "kmz":
            unpacked = folder / "source.kml"
            unpack_kml(found, unpacked)
            yield StagedFile(source, kind_of("kml"), unpacked, (unpacked,), folder)
        elif kind.key == "zip":
            inner, unpacked = unpack_field_file(found, folder)
            _check_unpacked(inner, unpacked, source)
            yield StagedFile(source, inner, unpacked, (unpacked if unpacked.is_dir() else unpacked.parent,), folder)
        elif kind.is_folder and total <= COPY_LIMIT:
            copy = folder / f"source{kind.suffixes[0]}"
            copy.mkdir()
            for part in _inside(found):
                shutil.copyfile(part, copy / part.name, follow_symlinks=False)
            yield StagedFile(source, kind, copy, (copy,), folder)
        elif total > COPY_LIMIT:
            yield StagedFile(source, kind, found, tuple(parts.values()), folder)
        else:
            copies = _copy_parts(parts, folder, source)
            if kind.key == "geojson":
                _show_nul(copies[0])
            yield StagedFile(source, kind, copies[0], copies, folder)


def _inside(folder: Path) -> list[Path]:
    """Return the files of a file geodatabase, which is a folder; links, folders and strange names are none of them.

    Raise ``UserError`` FILE-EMPTY when there are none.
    """
    parts = [part for part in sorted(folder.iterdir()) if part.is_file() and not part.is_symlink()]
    found = [part for part in parts if _DATABASE_PART.fullmatch(part.name)]
    if not found:
        raise UserError("FILE-EMPTY", file=folder.name)
    return found


def _check_unpacked(kind: FileKind, unpacked: Path, source: Path) -> None:
    """Raise FILE-CONTENT when a file out of an archive is not what its name says."""
    if unpacked.is_dir() and kind.is_folder:
        return
    for path in [unpacked] if unpacked.is_file() else sorted(unpacked.glob(f"*{kind.suffixes[0]}")):
        try:
            recognise(path, (kind,))
        except UserError as error:
            raise UserError(error.code, **{**error.context, "file": source.name}) from error


def check_regular(found: Path, source: Path) -> None:
    """Raise ``UserError`` FILE-IS-FOLDER, FILE-NOT-REGULAR or FILE-EMPTY for what is no file with content."""
    facts = found.stat()
    if stat.S_ISDIR(facts.st_mode):
        raise UserError("FILE-IS-FOLDER", file=source.name)
    if not stat.S_ISREG(facts.st_mode):
        raise UserError("FILE-NOT-REGULAR", file=source.name)
    if facts.st_size == 0:
        raise UserError("FILE-EMPTY", file=source.name)


def _find_parts(found: Path, kind: FileKind) -> dict[str, Path]:
    """Return the file and its parts by suffix in small letters, the file itself first; a link is no part."""
    parts = {found.suffix.lower() if kind.reader == "sheets" else kind.suffixes[0]: found}
    if kind.required or kind.optional:
        beside = {
            near.suffix.lower(): near
            for near in sorted(found.parent.iterdir())
            if near.stem == found.stem and near.is_file() and not near.is_symlink()
        }
        missing = [suffix for suffix in kind.required if suffix not in beside]
        if missing:
            raise UserError("FILE-PART-MISSING", file=found.name, missing=[found.stem + suffix for suffix in missing])
        parts |= {suffix: beside[suffix] for suffix in (*kind.required, *kind.optional) if suffix in beside}
    journal = found.with_name(found.name + "-wal")
    if kind.key == "gpkg" and journal.is_file() and journal.stat().st_size:
        raise UserError("FILE-IN-USE", file=found.name, journal=journal.name)
    return parts


def _copy_parts(parts: dict[str, Path], folder: Path, source: Path) -> tuple[Path, ...]:
    copies = []
    for suffix, part in parts.items():
        copy = folder / f"source{suffix}"
        try:
            shutil.copyfile(part, copy, follow_symlinks=False)
        except OSError as error:
            raise file_error(error, source if part.name == source.name else part) from error
        copies.append(copy)
    return tuple(copies)


def _show_nul(copy: Path) -> None:
    """Put a sign of zero width for each NUL in the texts of a GeoJSON, which GDAL would cut off there without a word.

    What reads the cells takes such signs out, as it does with NUL, and tells that it did.
    """
    if not copy.stat().st_size:
        return  # nothing to map; GDAL refuses it in its own turn
    with copy.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        place = data.find(_ESCAPED_NUL)
        while place >= 0:
            begin = place
            while begin and data[begin - 1 : begin] == b"\\":
                begin -= 1
            if (place - begin) % 2 == 0:  # else its backslash is escaped itself
                data[place + 2 : place + 6] = b"200b"
            place = data.find(_ESCAPED_NUL, place + 6)


def file_error(error: OSError, source: Path) -> UserError | EnvironmentFault:
    """Return what a refusal of the system means: FILE-MISSING, FILE-NO-ACCESS, FILE-IS-FOLDER or FILE-UNREADABLE."""
    if isinstance(error, FileNotFoundError) or error.errno == errno.ENAMETOOLONG:
        return UserError("FILE-MISSING", file=str(source))
    if isinstance(error, PermissionError):
        return UserError("FILE-NO-ACCESS", file=source.name)
    if isinstance(error, IsADirectoryError):
        return UserError("FILE-IS-FOLDER", file=source.name)
    return EnvironmentFault("FILE-UNREADABLE", file=source.name, reason=error.strerror or str(error))
