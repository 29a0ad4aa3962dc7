"""Photos that came with field data: found by name, attached to their record with what the camera noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.progress import Progress, track
from exchange.xlsform_questions import FILE_MARK
from forms.files import clean_name, file_links
from forms.model import FilesField, RecordType
from forms.record import Record
from services.desk import Desk
from services.field_report import Photos
from services.reading import fetch_record, history_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """The photos that one record of the field should have; ``names`` are file names, ``folders`` what their folder may
    be called, where several photos have one name.
    """

    uid: str
    row: int
    names: tuple[str, ...]
    folders: tuple[str, ...] = ()
    is_new: bool = True


class PhotoFolder:
    """Every file below a folder by its name; a link is no file."""

    def __init__(self, path: Path) -> None:
        self._files: dict[str, list[Path]] = {}
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and not file.is_symlink():
                    self._files.setdefault(file.name, []).append(file)

    def find(self, name: str, folders: Sequence[str] = ()) -> Path | None:
        """Return the file called ``name``, of several the one that lies in one of ``folders``."""
        files = self._files.get(name, [])
        plain = {folder.rpartition(":")[2] for folder in folders}
        near = [file for file in files if plain & set(file.parts)]
        return (near or files)[0] if near or len(files) == 1 else None


def attach_photos(
    desk: Desk, record_type: RecordType, wanted: Sequence[Wanted], folder: PhotoFolder, progress: Progress
) -> Photos:
    """Attach what is not attached yet; a photo that somebody took off a record stays off."""
    found = Photos()
    for item in track(wanted, progress, every=5):
        found += _attach(desk, record_type, item, folder, progress)
    return found


def _attach(desk: Desk, record_type: RecordType, wanted: Wanted, folder: PhotoFolder, progress: Progress) -> Photos:
    from services.attaching import attach_files

    record = fetch_record(desk, wanted.uid)
    key = next((target.key for target in record_type.fields if isinstance(target, FilesField)), None)
    here = _names_here(record, key)
    missing: list[tuple[int, str]] = []
    paths: list[Path] = []
    for name in dict.fromkeys(wanted.names):
        if clean_name(name) in here or (not wanted.is_new and _was_here(desk, wanted.uid, key, name)):
            continue
        path = folder.find(name, wanted.folders)
        if path is None:
            missing.append((wanted.row, name))
        else:
            paths.append(path)
    if not paths:
        return Photos(missing=tuple(missing))
    done = attach_files(
        desk, wanted.uid, paths, field=key or "attachments", expected=record.revision, progress=progress
    )
    refused = tuple((wanted.row, path.name, error) for path, error in done.refused)
    return Photos(len(paths) - len(refused), tuple(missing), refused)


def _names_here(record: Record, key: str | None) -> set[str]:
    if key is None and not record.values.get(FILE_MARK):
        return set()
    return _names_in(record.values, key)


def _names_in(values: Mapping[str, Any], key: str | None) -> set[str]:
    """Return the names of the files that a record's values tell of, and of no other field."""
    if key is None:
        name = values.get("file_name")
        return {name} if isinstance(name, str) else set()
    return {link.name for link in file_links(values.get(key))}


def _was_here(desk: Desk, uid: str, key: str | None, name: str) -> bool:
    """Whether a record had a file of this name once."""
    return any(clean_name(name) in _names_in(change.before or {}, key) for change in history_of(desk, uid))
