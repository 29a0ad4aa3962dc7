"""Taking the bytes of files into the store, before any record is told of them."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.document_facts import DocumentFacts
from forms.files import FileLink, clean_name
from forms.model import RecordType
from forms.secrecy import find_stamp
from localdb import contents
from services.desk import Desk

FILE_KEYS = (
    "file_name",
    "file_sha256",
    "file_bytes",
    "file_mime",
    "file_dpi",
    "pages",
    "file_has_text",
    "file_pdf_a",
)
SCANNED = ("scan_or_native", "ban_quet")  # said of a document whose pages are pictures
ONE_FILE = "file_sha256"  # a type with this field is about one file, told by its own fields


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes lie in the store, and what is known of it; no record has it yet."""

    link: FileLink
    facts: DocumentFacts

    def as_fields(self, record_type: RecordType) -> dict[str, Any]:
        """Return the values by which a type that is about one file tells of it."""
        return _as_fields(record_type, self.link.name, self.facts)


def known_fields(record_type: RecordType, name: str, sha256: str, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values by which a type tells of a content called ``name``, as far as the store knows them."""
    if known is None:
        return {"file_name": name, ONE_FILE: sha256}
    return _as_fields(record_type, name, DocumentFacts.from_dict(known))


def _as_fields(record_type: RecordType, name: str, facts: DocumentFacts) -> dict[str, Any]:
    dpi = facts.dpi
    found = (
        name,
        facts.sha256,
        facts.bytes,
        facts.mime,
        None if dpi is None else round(dpi) or None,
        facts.pages,
        facts.has_text,
        facts.pdf_a,
    )
    known = {field.key for field in record_type.fields}
    told = {key: value for key, value in zip(FILE_KEYS, found, strict=True) if key in known}
    return {**told, SCANNED[0]: SCANNED[1]} if facts.scan and SCANNED[0] in known else told


@dataclass(frozen=True, slots=True)
class Room:
    """How many files a record can have, and the contents that it has."""

    record_type: RecordType
    limit: int
    here: set[str]

    def expect_free(self, path: Path) -> None:
        """Raise ATTACH-ONE-FILE or ATTACH-TOO-MANY when no further file can be added."""
        if len(self.here) >= self.limit:
            if self.limit == 1:
                raise UserError("ATTACH-ONE-FILE", type=self.record_type.title, file=path.name)
            raise UserError("ATTACH-TOO-MANY", count=len(self.here), maximum=self.limit, file=path.name)

    def take(self, path: Path, found: StoredFile) -> None:
        """Count a file in; raise ATTACH-LINKED for a content that the record has."""
        if found.link.sha256 in self.here:
            raise UserError("ATTACH-LINKED", file=path.name)
        self.here.add(found.link.sha256)


def store_files(
    desk: Desk, paths: Sequence[Path], room: Room, *, strip_place: bool, progress: Progress
) -> tuple[list[StoredFile], list[tuple[Path, UserError]]]:
    """Store files as far as there is room, and return them, and those that could not be, each with the reason."""
    stored: list[StoredFile] = []
    refused: list[tuple[Path, UserError]] = []
    for path, share in zip(paths, _shares(paths, progress), strict=True):
        try:
            room.expect_free(path)
            found = store_file(desk, path, strip_place=strip_place, progress=share)
            room.take(path, found)
            stored.append(found)
        except UserError as error:
            refused.append((path, error))
    return stored, refused


def store_file(desk: Desk, path: Path, *, strip_place: bool = False, progress: Progress = SILENT) -> StoredFile:
    """Examine a file in the child process and store its bytes; a record is told by ``link`` or ``as_fields``.

    With ``strip_place`` a picture is stored without the place where it was taken. Raise ``UserError`` ATTACH-SECRET for
    a name with a stamp of secrecy, CONTENT-CHANGED, what ``exchange.documents`` refuses, ``EnvironmentFault``
    STORE-FULL.
    """
    from exchange.documents import copy_without_place, inspect_document

    name = clean_name(path.name)
    if stamp := find_stamp(name):
        raise UserError("ATTACH-SECRET", file=name, stamp=stamp)
    facts = inspect_document(path, progress=progress)
    if not strip_place or facts.place is None:
        return _store(desk, path, name, facts, progress)
    with tempfile.TemporaryDirectory(prefix="diaba-") as folder:
        bare = Path(folder) / "picture"
        facts = copy_without_place(path, bare)
        return _store(desk, bare, name, facts, progress)


def _store(desk: Desk, path: Path, name: str, facts: DocumentFacts, progress: Progress) -> StoredFile:
    sha256, mime = facts.sha256, facts.mime
    contents.store_content(desk.workspace, path, sha256=sha256, mime=mime, now=desk.now(), progress=progress)
    contents.set_facts(desk.workspace, sha256, facts.as_dict(), facts.preview)
    facts = replace(facts, preview=None)  # it lies in the store now; a folder's worth of them fills the memory
    link = FileLink(sha256, name, facts.bytes, mime, taken_at=facts.taken_at, place=facts.place)
    try:
        return StoredFile(FileLink.from_dict(link.as_dict()), facts)
    except ValueError:  # what the camera noted is no time or no place
        return StoredFile(FileLink(sha256, name, facts.bytes, mime), facts)


@dataclass(frozen=True, slots=True)
class _Share:
    """A part of some longer work; a file is read once to examine it and once to store it."""

    whole: Progress
    before: int
    length: int
    total: int

    def step(self, done: int, total: int | None = None) -> None:
        """Report on the whole."""
        part = self.length * done // total if total else 0
        self.whole.step(self.before + min(part, self.length), self.total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except (OSError, ValueError):  # it is refused, with its reason, when its turn comes
        return 0


def _shares(paths: Sequence[Path], progress: Progress) -> list[_Share]:
    sizes = [_size(path) for path in paths]
    starts = accumulate(sizes, initial=0)
    return [_Share(progress, start, size, sum(sizes)) for start, size in zip(starts, sizes, strict=False)]
