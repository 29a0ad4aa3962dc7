"""Files that go with a record: stored first, by pieces; linked at the end, in one step that one undo takes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.messages import LANGUAGES
from core.progress import SILENT, Progress
from core.text import clean_text
from forms.files import LINKS_LIMIT, FileLink, clean_name, file_links
from forms.model import RecordType
from forms.record import Record
from forms.secrecy import find_stamp
from forms.titles import record_title
from localdb import records
from localdb.record_errors import unknown_record
from localdb.unit_of_work import Changed
from services.checking import check_record
from services.desk import Desk
from services.editing import Saved, insert_record
from services.file_contents import (
    facts_of,
    open_content,
    page_image,
    preview_of,
    save_copy,
    state_of,
    verify_contents,
)
from services.file_storing import FILE_KEYS, ONE_FILE, Room, StoredFile, store_file, store_files
from services.reading import fetch_record

__all__ = [
    "Attached",
    "StoredFile",
    "attach_document",
    "attach_files",
    "change_link",
    "detach_file",
    "facts_of",
    "link_content",
    "open_content",
    "page_image",
    "preview_of",
    "save_copy",
    "state_of",
    "store_file",
    "verify_contents",
]

FIELD = "attachments"


@dataclass(frozen=True, slots=True)
class Attached:
    """The record with what could be attached, and the files that could not, each with the reason."""

    saved: Saved
    refused: tuple[tuple[Path, UserError], ...]


def attach_files(
    desk: Desk,
    uid: str,
    paths: Sequence[Path],
    *,
    field: str = FIELD,
    strip_place: bool = False,
    expected: int | None = None,
    progress: Progress = SILENT,
) -> Attached:
    """Store files and link them to a record; a file that cannot be is told, the others are attached all the same.

    A record that is about one file (a document, a drawing) gets it in its own fields, in the place of the one it had.
    Edits of the record may happen meanwhile: links are added to what is there then. Only the one file of a document
    is not put over another that came in after revision ``expected``: raise ``UserError`` STORE-STALE. Also
    ATTACH-NOTHING, ATTACH-FIELD, RECORD-UNKNOWN, and any ``EnvironmentFault`` or ``Cancelled``: then nothing is linked.
    """
    if not paths:
        raise UserError("ATTACH-NOTHING")
    record = fetch_record(desk, uid)
    record_type = desk.catalogue.type(record.type_id)
    is_one = _is_one_file(record_type, field)
    if is_one and expected not in (None, record.revision):
        raise _stale(record_type, record, expected)
    links = () if is_one else file_links(record.values.get(field))
    room = Room(record_type, 1 if is_one else LINKS_LIMIT, {link.sha256 for link in links})
    stored, refused = store_files(desk, paths, room, strip_place=strip_place, progress=progress)
    if not stored:
        return Attached(_unchanged(desk, record), tuple(refused))

    def add(now: Record) -> dict[str, Any]:
        if not is_one:
            return {field: _with_links(now, field, [found.link for found in stored])}
        if now.values.get(ONE_FILE) != record.values.get(ONE_FILE):
            raise _stale(record_type, now, record.revision)
        return stored[0].as_fields(record_type)

    return Attached(_write(desk, uid, add, "WORK-ATTACH", count=len(stored)), tuple(refused))


def attach_document(
    desk: Desk,
    dossier_uid: str,
    path: Path,
    *,
    type_id: str = "dossier_document",
    values: Mapping[str, Any] | None = None,
    progress: Progress = SILENT,
) -> Saved:
    """Store a file and make it a new document (or drawing) of a dossier, called by the file's name unless told.

    Raise ``UserError`` RECORD-UNKNOWN for no such dossier, ATTACH-FIELD, and what ``store_file`` raises.
    """
    fetch_record(desk, dossier_uid)
    record_type = desk.catalogue.type(type_id)
    if not _is_one_file(record_type, FIELD):
        raise UserError("ATTACH-FIELD", type=record_type.title)
    found = store_file(desk, path, progress=progress)
    named = {"name": Path(found.link.name).stem, "dossier_uid": dossier_uid}
    return insert_record(desk, type_id, {**named, **found.as_fields(record_type), **(values or {})}, None)


def link_content(
    desk: Desk,
    uid: str,
    sha256: str,
    *,
    name: str,
    page: int | None = None,
    caption: str | None = None,
    field: str = FIELD,
) -> Saved:
    """Link a content that the store has already, or one page of it, to a record: no byte is stored twice.

    Raise ``UserError`` CONTENT-MISSING, ATTACH-FIELD, ATTACH-LINKED, ATTACH-CAPTION for a page or a caption that
    cannot be, ATTACH-SECRET for a name or a caption with a stamp of secrecy, RECORD-UNKNOWN.
    """
    record_type = desk.catalogue.type(fetch_record(desk, uid).type_id)
    state = state_of(desk, sha256)
    if state is None or (not state.is_here and state.province_at is None):
        raise UserError("CONTENT-MISSING", sha256=sha256[:16])
    if _is_one_file(record_type, field):
        raise UserError("ATTACH-FIELD", type=record_type.title)
    link = _checked(FileLink(sha256, clean_name(name), state.bytes, state.mime, page, clean_caption(caption)))

    def add(now: Record) -> dict[str, Any]:
        if any((one.sha256, one.page) == (sha256, page) for one in file_links(now.values.get(field))):
            raise UserError("ATTACH-LINKED", file=link.name)
        return {field: _with_links(now, field, [link])}

    return _write(desk, uid, add, "WORK-ATTACH", count=1)


def change_link(
    desk: Desk,
    uid: str,
    link: FileLink,
    *,
    caption: str | None,
    page: int | None,
    expected: int,
    field: str = FIELD,
) -> Saved:
    """Store another caption or page for a file of a record; raise ``UserError``.

    ATTACH-NOT-LINKED, ATTACH-CAPTION, ATTACH-SECRET, STORE-STALE.
    """
    new = _checked(replace(link, caption=clean_caption(caption), page=page))

    def change(now: Record) -> dict[str, Any]:
        links = file_links(now.values.get(field))
        if link not in links:
            raise UserError("ATTACH-NOT-LINKED", sha256=link.sha256[:16])
        changed = [new if one == link else one for one in links]
        if len({(one.sha256, one.page) for one in changed}) != len(changed):
            raise UserError("ATTACH-LINKED", file=link.name)
        return {field: [one.as_dict() for one in changed]}

    return _write(desk, uid, change, "WORK-CAPTION", expected=expected, file=link.name)


def detach_file(
    desk: Desk, uid: str, sha256: str, *, page: int | None = None, expected: int, field: str = FIELD
) -> Saved:
    """Take a file off a record, all its links or that to one page; its bytes stay, so that one undo brings it back.

    Raise ``UserError`` ATTACH-NOT-LINKED, ATTACH-FIELD, STORE-STALE, RECORD-UNKNOWN.
    """
    record = fetch_record(desk, uid)
    record_type = desk.catalogue.type(record.type_id)
    is_one = _is_one_file(record_type, field)

    def remove(now: Record) -> dict[str, Any]:
        if is_one:
            if now.values.get(ONE_FILE) != sha256:
                raise UserError("ATTACH-NOT-LINKED", sha256=sha256[:16])
            return dict.fromkeys(key for key in FILE_KEYS if key in now.values)
        links = file_links(now.values.get(field))
        kept = [one for one in links if one.sha256 != sha256 or (page is not None and one.page != page)]
        if len(kept) == len(links):
            raise UserError("ATTACH-NOT-LINKED", sha256=sha256[:16])
        return {field: [one.as_dict() for one in kept] or None}

    named = [one.name for one in file_links(record.values.get(field)) if one.sha256 == sha256]
    name = record.values.get("file_name") if is_one else next(iter(named), None)
    return _write(desk, uid, remove, "WORK-DETACH", expected=expected, file=name or sha256[:16])


def _is_one_file(record_type: RecordType, field: str) -> bool:
    """Whether a type tells of one file by its own fields; raise ATTACH-FIELD when it has no place for files."""
    kinds = {item.key: item.type for item in record_type.fields}
    if kinds.get(field) == "files":
        return False
    if ONE_FILE not in kinds:
        raise UserError("ATTACH-FIELD", type=record_type.title)
    return True


def _with_links(record: Record, field: str, links: Sequence[FileLink]) -> list[dict[str, Any]]:
    """Return the links of a record and, after them, those that it has not yet."""
    here = file_links(record.values.get(field))
    known = {(link.sha256, link.page) for link in here}
    return [link.as_dict() for link in (*here, *(one for one in links if (one.sha256, one.page) not in known))]


def clean_caption(text: str | None) -> str | None:
    """Return a caption as it is stored: NFC, one line, nothing for blanks alone."""
    return " ".join(clean_text(text).split()) or None if text else None


def _checked(link: FileLink) -> FileLink:
    for text in (link.name, link.caption):
        if stamp := find_stamp(text or ""):
            raise UserError("ATTACH-SECRET", file=link.name, stamp=stamp)
    try:
        return FileLink.from_dict(link.as_dict())
    except ValueError as error:
        raise UserError("ATTACH-CAPTION", file=link.name) from error


def _stale(record_type: RecordType, record: Record, expected: int | None) -> UserError:
    name = {language: record_title(record_type, record.values, language) for language in LANGUAGES}
    facts = {"uid": record.uid, "name": name, "found": record.revision, "expected": expected}
    return UserError("STORE-STALE", type=record_type.title, **facts)


def _write(
    desk: Desk,
    uid: str,
    change: Callable[[Record], dict[str, Any]],
    code: str,
    *,
    expected: int | None = None,
    file: str = "",
    count: int = 1,
) -> Saved:
    """Store what ``change`` makes of a record as it stands in that very transaction."""
    with desk.work(code, file=file, count=count) as work:
        now = records.fetch_record(work.connection, desk.catalogue, uid)
        if now is None:
            raise unknown_record(work.connection, desk.catalogue, uid)
        revision = now.revision if expected is None else expected
        stored = work.update(desk.catalogue.type(now.type_id), uid, values=change(now), expected=revision)
    return Saved(stored, tuple(check_record(desk, stored)), work.changed)


def _unchanged(desk: Desk, record: Record) -> Saved:
    return Saved(record, tuple(check_record(desk, record)), Changed(frozenset(), "", ""))
