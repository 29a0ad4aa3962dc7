"""The files behind base maps: copied into the workspace or left where they lie, and known again by their content."""

import hashlib
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from core.identity import new_uid
from core.progress import Progress
from exchange.staging import file_error
from localdb.faults import fault_of_disk

_CHUNK = 4 << 20
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


def copy_in(path: Path, folder: Path, progress: Progress) -> Path:
    """Copy a file into ``folder`` under its own name, or that name with a number; whole or not at all.

    Raises STORE-FULL and the other errors of a disk, FILE-… when the file cannot be read.
    """
    half = folder / f".{new_uid()}.part"  # of its own: the same file may be taken twice at a time
    try:
        total, done = path.stat().st_size, 0
        source = path.open("rb")
    except OSError as error:
        raise file_error(error, path) from error
    try:
        folder.mkdir(exist_ok=True)
        with source, half.open("wb") as copy:
            while piece := source.read(_CHUNK):
                copy.write(piece)
                done += len(piece)
                progress.step(done, total)
            copy.flush()
            os.fsync(copy.fileno())
        found = _taken_name(path, folder)
        half.replace(found)
    except OSError as error:
        raise fault_of_disk(error, half) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    return found


def remove_inside(path: Path, folder: Path) -> None:
    """Remove a file when it lies in ``folder``; one that is still held open stays behind, which harms nobody."""
    if is_inside(path, folder):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _taken_name(path: Path, folder: Path) -> Path:
    """Return a name that nobody else has or gets: an empty file holds it."""
    for number in count(1):
        found = folder / (path.name if number == 1 else f"{path.stem}-{number}{path.suffix}")
        with suppress(FileExistsError):
            found.open("xb").close()
            break
    return found
