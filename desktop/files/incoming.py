"""Files on their way in: dropped, pasted, or chosen as a folder."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

FOUND_LIMIT = 5_000


def dropped_paths(data: QMimeData) -> list[Path]:
    """Return the files and folders of this computer that are dragged or were copied in a file manager."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]


def files_below(paths: Iterable[Path]) -> list[Path]:
    """Return the files among ``paths`` and in the folders among them, in order of name; hidden ones and links apart.

    Reads the disk: call it off the GUI thread.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            inside = (Path(folder) / name for name in sorted(names) if not name.startswith("."))
            found += [one for one in inside if not one.is_symlink()]
            if len(found) >= FOUND_LIMIT:
                return found[:FOUND_LIMIT]
    return found[:FOUND_LIMIT]


def keep_picture(image: QImage, folder: Path, stem: str, at: datetime) -> Path:
    """Write a picture from the clipboard to ``folder`` as PNG under a dated name and return the file."""
    path = folder / f"{stem}_{at.strftime('%Y-%m-%d_%H%M%S')}.png"
    image.save(str(path), "PNG")
    return path


class TemporaryFolder:
    """A folder of this session for pictures pasted and copies opened; gone when closed."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def path(self) -> Path:
        """The folder, made when first asked for."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="diaba-files-", ignore_cleanup_errors=True)
        return Path(self._folder.name)

    def close(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


_ENDINGS: dict[str, Sequence[str]] = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/bmp": (".bmp",),
    "image/heic": (".heic", ".heif"),
    "text/plain": (".txt", ".csv", ".tsv", ".asc", ".log", ".md"),
    "image/vnd.dwg": (".dwg",),
    "image/vnd.dxf": (".dxf",),
    "image/vnd.dgn": (".dgn",),
    "application/msword": (".doc",),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx", ".docm"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx", ".xlsm"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx", ".pptm"),
    "application/vnd.oasis.opendocument.text": (".odt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "video/mp4": (".mp4", ".m4v"),
    "audio/mpeg": (".mp3",),
}


def can_be_opened(mime: str) -> bool:
    """Whether a file of this media type is handed to the system's own program."""
    return mime in _ENDINGS


def name_to_open(name: str, mime: str) -> str:
    """Return a name whose ending says what the content is, so that the system opens it as that and nothing else."""
    endings = _ENDINGS[mime]
    return name if name.lower().endswith(tuple(endings)) else f"{name}{endings[0]}"
