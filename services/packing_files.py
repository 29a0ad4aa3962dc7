"""Which files go into a package with its changes, and how many changes one package can take with their files."""

from collections.abc import Mapping, Sequence
from functools import partial

from core.errors import UserError
from forms.files import FileLink, linked_files
from forms.record import Record
from localdb import contents
from localdb.contents import ContentState
from localdb.engine import Connection
from localdb.outbox import PendingChange
from services.desk import Desk
from services.file_contents import open_content
from wire.limits import DEFAULT_LIMITS
from wire.package import Attachment

FILES_BYTES = DEFAULT_LIMITS.archive_bytes - (512 << 20)  # the rest is for the records
FILES_COUNT = DEFAULT_LIMITS.entries - 100


def choose_changes(
    desk: Desk, connection: Connection, pending: Sequence[PendingChange]
) -> tuple[list[PendingChange], list[Attachment]]:
    """Return the changes that go into one package, from the first on, and the files that go with them.

    A content goes once; one that the province has goes not at all. What does not fit waits for the next package: the
    changes come parents first, and so do the packages. Raise ``UserError`` PACKAGE-FILES-TOO-LARGE when the files of
    one record alone are too many or too large to be sent.
    """
    links = [_links(desk, change.record) if change.operation != "delete" else () for change in pending]
    states = _unsent(connection, [link for some in links for link in some])
    chosen: list[PendingChange] = []
    files: dict[str, FileLink] = {}
    size = 0
    for change, linked in zip(pending, links, strict=True):
        new = {link.sha256: link for link in linked if link.sha256 in states and link.sha256 not in files}
        size += sum(states[sha256].bytes for sha256 in new)
        if size > FILES_BYTES or len(files) + len(new) > FILES_COUNT:
            if not chosen:
                raise _too_large(desk, change, size)
            break
        chosen.append(change)
        files |= new
    return chosen, [_attachment(desk, link.name, states[sha256]) for sha256, link in files.items()]


def stored_attachments(desk: Desk, listed: Sequence[Mapping[str, object]]) -> list[Attachment]:
    """Return the files of a package that was sealed before, as its header lists them."""
    return [
        Attachment(
            str(item["sha256"]),
            str(item["name"]),
            int(str(item["size"])),
            partial(open_content, desk, str(item["sha256"])),
        )
        for item in listed
    ]


def _links(desk: Desk, record: Record) -> tuple[FileLink, ...]:
    return linked_files(desk.catalogue.type(record.type_id), record.values)


def _unsent(connection: Connection, links: Sequence[FileLink]) -> dict[str, ContentState]:
    """Return the contents of links that are here and that the province is not known to have."""
    if not links:
        return {}
    states = contents.content_states(connection, {link.sha256 for link in links})
    return {sha256: state for sha256, state in states.items() if state.is_here and state.province_at is None}


def _attachment(desk: Desk, name: str, state: ContentState) -> Attachment:
    return Attachment(state.sha256, name, state.bytes, partial(open_content, desk, state.sha256))


def _too_large(desk: Desk, change: PendingChange, size: int) -> UserError:
    facts = {"uid": change.uid, "size_mb": size >> 20, "limit_mb": FILES_BYTES >> 20, "limit": FILES_COUNT}
    return UserError("PACKAGE-FILES-TOO-LARGE", type=desk.catalogue.type(change.type_id).title, **facts)
