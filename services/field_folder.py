"""The field files of a folder, for one to be chosen after the other."""

from pathlib import Path

from core.errors import UserError
from exchange.kinds import KINDS, WAY_OUT_SUFFIXES

MOST = 2_000


def field_files(folder: Path) -> list[Path]:
    """Return the field files in a folder by name, a FileGDB as one; what belongs to another file is not by itself.

    Raise ``UserError`` FOLDER-NO-FILES where there are none, FOLDER-UNREADABLE.
    """
    files = {suffix for kind in KINDS if not kind.is_folder for suffix in kind.suffixes} | set(WAY_OUT_SUFFIXES)
    folders = {suffix for kind in KINDS if kind.is_folder for suffix in kind.suffixes}
    found = []
    try:
        for path in folder.iterdir():
            wanted = folders if path.is_dir() else files
            if path.suffix.lower() in wanted and not path.name.startswith((".", "~$")):
                found.append(path)
    except OSError as error:
        raise UserError("FOLDER-UNREADABLE", folder=str(folder), reason=error.strerror or str(error)) from error
    if not found:
        raise UserError("FOLDER-NO-FILES", folder=folder.name)
    return sorted(found, key=lambda path: path.name.casefold())[:MOST]


def is_one_source(folder: Path) -> bool:
    """Whether a folder is a source by itself, as a FileGDB is."""
    return any(kind.is_folder and folder.suffix.lower() in kind.suffixes for kind in KINDS)
