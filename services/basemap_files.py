"""The files behind base maps: copied into the workspace or left where they lie, and known again by their content."""

import hashlib
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import disk_usage

from core.identity import new_uid
from core.progress import Progress
from exchange.staging import file_error
from localdb.crash_points import crash_point
from localdb.faults import fault_of_disk, store_full

_CHUNK = 4 << 20
_SPARE_BYTES = 32 << 20  # left free on the disk
_HALF, _NOTE = ".part", ".taking"
OVERVIEW = ".overview"
_OURS = re.compile(r"\.[0-9a-f-]{36}\.part|[0-9a-f-]{36}\.overview(?:\.part)?")
_PROBE = 256 << 10  # bytes at the beginning, in the middle and at the end by which a file is known


def fingerprint_of(path: Path) -> str:
    """Return a text that changes with the file's size, or its first, middle or last 256 KiB; raise ``OSError``."""
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for begin in sorted({0, max(0, size // 2 - _PROBE // 2), max(0, size - _PROBE)}):
            file.seek(begin)
            digest.update(file.read(_PROBE))
    return f"{size}-{digest.hexdigest()}"


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a file lies in ``folder`` itself."""
    return path.resolve().parent == folder.resolve()


def stored_name(path: Path, folder: Path) -> str:
    """Return how a file is remembered: by its name in the workspace's folder, else by its whole path."""
    return path.name if is_inside(path, folder) else str(path.resolve())


@contextmanager
def copied_in(path: Path, folder: Path, progress: Progress) -> Iterator[Path]:
    """Copy a file into ``folder`` under its own name, or that name with a number, for as long as the body is content.

    The copy is whole or not there, and goes when the body raises; what a killed program leaves of it is known by a note
    beside it, see ``remove_leavings``. Raises STORE-FULL and the other errors of a disk, FILE-… when the file cannot be
    read.
    """
    key = new_uid()  # of its own: the same file may be taken twice at a time
    half, note = folder / f".{key}{_HALF}", folder / f".{key}{_NOTE}"
    found: Path | None = None
    try:
        _write_copy(path, half, progress)
        with _disk(half):
            found = _taken_name(path, folder, note)
            crash_point("basemap-named")
            half.replace(found)
        yield found
    except BaseException:
        if found is not None:
            remove_inside(found, folder)
        raise
    finally:
        for left in (half, note):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _write_copy(path: Path, half: Path, progress: Progress) -> None:
    try:
        total, done = path.stat().st_size, 0
        source = path.open("rb")
    except OSError as error:
        raise file_error(error, path) from error
    with source, _disk(half):
        half.parent.mkdir(exist_ok=True)
        if disk_usage(half.parent).free < total + _SPARE_BYTES:
            raise store_full(half)
        with half.open("wb") as copy:
            while piece := source.read(_CHUNK):
                copy.write(piece)
                done += len(piece)
                crash_point("basemap-half")
                progress.step(done, total)
            copy.flush()
            os.fsync(copy.fileno())


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Turn what the system says of a file of the workspace into what the user reads."""
    try:
        yield
    except OSError as error:
        raise fault_of_disk(error, path) from error


def remove_leavings(folder: Path, files: Collection[str], overviews: Collection[str]) -> None:
    """Remove what a killed program left of base maps that were being taken in, and nothing else.

    ``files`` and ``overviews`` are the names of the files that the workspace's base maps have. A file that nobody
    noted stays: it may have been put there by hand.
    """
    with suppress(OSError):
        for left in list(folder.iterdir()):
            is_lost = bool(_OURS.fullmatch(left.name)) and left.name not in overviews
            if left.name.startswith(".") and left.suffix == _NOTE:
                name = left.read_text(encoding="utf-8")
                if name not in files:
                    remove_inside(folder / name, folder)
                is_lost = True
            if is_lost:
                left.unlink(missing_ok=True)


def remove_inside(path: Path, folder: Path) -> None:
    """Remove a file when it lies in ``folder``; one that is still held open stays behind, which harms nobody."""
    if is_inside(path, folder):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _taken_name(path: Path, folder: Path, note: Path) -> Path:
    """Return a name that nobody else has or gets: an empty file holds it, and ``note`` tells whose it is."""
    for number in count(1):
        found = folder / (path.name if number == 1 else f"{path.stem}-{number}{path.suffix}")
        if found.exists():
            continue
        note.write_text(found.name, encoding="utf-8")
        with suppress(FileExistsError):
            found.open("xb").close()
            break
    return found
