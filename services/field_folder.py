"""The field files of a folder, for one to be chosen after the other."""

from collections.abc import Iterable
from pathlib import Path

from core.errors import UserError
from exchange.kinds import KINDS, WAY_OUT_SUFFIXES

MOST = 2_000


def field_files(folder: Path) -> list[Path]:
    """Return the field files in a folder by name, a FileGDB as one; what belongs to another file is not by itself.

    Raise ``UserError`` FOLDER-NO-FILES where there are none, FOLDER-UNREADABLE.
    """
    try:
        found = only_field_files(folder.iterdir())
    except OSError as error:
        raise UserError("FOLDER-UNREADABLE", folder=str(folder), reason=error.strerror or str(error)) from error
    if not found:
        raise UserError("FOLDER-NO-FILES", folder=folder.name)
    return found


def only_field_files(paths: Iterable[Path]) -> list[Path]:
    """Return those of some paths that are field files by their names, in order of their names."""
    files = {suffix for kind in KINDS if not kind.is_folder for suffix in kind.suffixes} | set(WAY_OUT_SUFFIXES)
    folders = {suffix for kind in KINDS if kind.is_folder for suffix in kind.suffixes}
    found = [
        path
        for path in paths
        if path.suffix.lower() in (folders if path.is_dir() else files) and not path.name.startswith((".", "~$"))
    ]
    return sorted(found, key=lambda path: path.name.casefold())[:MOST]


def is_one_source(folder: Path) -> bool:
    """Whether a folder is a source by itself, as a FileGDB is."""
    return any(kind.is_folder and folder.suffix.lower() in kind.suffixes for kind in KINDS)
