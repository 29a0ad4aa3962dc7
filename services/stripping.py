"""Takes the place out of a picture that a record already has."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from forms.files import FileLink, file_links
from forms.record import Record
from localdb import contents, records
from localdb.record_errors import unknown_record
from services.attaching import FIELD
from services.checking import check_record
from services.desk import Desk
from services.editing import Saved
from services.file_contents import content_file
from services.file_storing import ONE_FILE
from services.reading import fetch_record


def strip_place(
    desk: Desk, uid: str, sha256: str, *, field: str = FIELD, expected: int | None = None, progress: Progress = SILENT
) -> Saved:
    """Put a copy without place and maker notes where a record has the picture ``sha256``.

    The pixels stay as they are; name, caption and time are kept. The former content stays in the store for undo and
    history. Raise ``UserError`` DOCUMENT-PLACE-KEPT, ATTACH-NOT-LINKED, ATTACH-LINKED (the
    copy is there already), CONTENT-MISSING, STORE-STALE.
    """
    from exchange.documents import copy_without_place

    name = _name_of(fetch_record(desk, uid), sha256, field)
    with content_file(desk, sha256) as source, tempfile.TemporaryDirectory(prefix="diaba-") as folder:
        bare = Path(folder) / "picture"
        facts = copy_without_place(source, bare, progress=progress)
        now = desk.now()
        contents.store_content(desk.workspace, bare, sha256=facts.sha256, mime=facts.mime, now=now, progress=progress)
    contents.set_facts(desk.workspace, facts.sha256, facts.as_dict(), facts.preview)
    with desk.work("WORK-STRIP-PLACE", file=name) as work:
        record = records.fetch_record(work.connection, desk.catalogue, uid)
        if record is None:
            raise unknown_record(work.connection, desk.catalogue, uid)
        _name_of(record, sha256, field)
        values = _without_place(record, sha256, field, facts.sha256, facts.bytes)
        revision = record.revision if expected is None else expected
        stored = work.update(desk.catalogue.type(record.type_id), uid, values=values, expected=revision)
    return Saved(stored, tuple(check_record(desk, stored)), work.changed)


def _name_of(record: Record, sha256: str, field: str) -> str:
    if record.values.get(ONE_FILE) == sha256:
        return str(record.values.get("file_name") or sha256[:16])
    for link in file_links(record.values.get(field)):
        if link.sha256 == sha256:
            return link.name
    raise UserError("ATTACH-NOT-LINKED", sha256=sha256[:16])


def _without_place(record: Record, sha256: str, field: str, new: str, size: int) -> dict[str, Any]:
    if record.values.get(ONE_FILE) == sha256:
        return {ONE_FILE: new, "file_bytes": size}

    def change(link: FileLink) -> FileLink:
        return replace(link, sha256=new, bytes=size, place=None) if link.sha256 == sha256 else link

    links = [change(link) for link in file_links(record.values.get(field))]
    if len({(link.sha256, link.page) for link in links}) != len(links):
        raise UserError("ATTACH-LINKED", file=_name_of(record, sha256, field))
    return {field: [link.as_dict() for link in links]}
