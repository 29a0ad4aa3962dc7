"""The bytes behind a record's files: looked at, shown, copied out, held against their hash."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.document_facts import DocumentFacts
from localdb import content_health, contents
from localdb.contents import ContentState
from localdb.engine import Connection
from localdb.faults import fault_of_disk
from services.desk import Desk


def state_of(desk: Desk, sha256: str) -> ContentState | None:
    """Return what the store knows of a content, ``None`` when it never heard of it."""
    with desk.reading() as connection:
        return contents.content_state(connection, sha256)


def expect_content(connection: Connection, sha256: str) -> ContentState:
    """Return a content that is here; raise ``UserError`` CONTENT-MISSING, or CONTENT-ELSEWHERE for the province's."""
    state = contents.content_state(connection, sha256)
    if state is None or not state.is_here:
        elsewhere = state is not None and state.province_at is not None
        raise UserError("CONTENT-ELSEWHERE" if elsewhere else "CONTENT-MISSING", sha256=sha256[:16])
    return state


def open_content(desk: Desk, sha256: str) -> Iterator[bytes]:
    """Yield the bytes of a content in pieces of 1 MiB.

    Raise ``UserError`` CONTENT-MISSING or CONTENT-ELSEWHERE before the first, and ``EnvironmentFault`` CONTENT-DAMAGED
    after the last when they are not those of its hash.
    """
    with desk.reading() as connection:
        expect_content(connection, sha256)
        yield from contents.read_content(connection, sha256)


def save_copy(desk: Desk, sha256: str, out: Path, *, progress: Progress = SILENT) -> Path:
    """Write a content to the file ``out``, whole and verified or not at all, and return it.

    Raise what ``open_content`` raises, and ``EnvironmentFault`` ATTACH-SAVE.
    """
    with desk.reading() as connection:
        size = expect_content(connection, sha256).bytes
    try:
        handle, name = tempfile.mkstemp(prefix=".diaba-", suffix=".part", dir=out.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in open_content(desk, sha256):
                    progress.step(file.tell(), size)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault("ATTACH-SAVE", file=str(out), reason=error.strerror or str(error)) from error
    progress.step(size, size)
    return out


@contextmanager
def content_file(desk: Desk, sha256: str) -> Iterator[Path]:
    """Give a content as a file of its own, gone afterwards."""
    with desk.reading() as connection:
        expect_content(connection, sha256)
    try:
        with tempfile.TemporaryDirectory(prefix="diaba-") as folder:
            path = Path(folder) / sha256
            with path.open("wb") as file:
                for piece in open_content(desk, sha256):
                    file.write(piece)
            yield path
    except OSError as error:
        raise fault_of_disk(error, Path(tempfile.gettempdir()) / sha256) from error


def preview_of(desk: Desk, sha256: str) -> bytes | None:
    """Return the small picture of a content (PNG), ``None`` when it has none."""
    with desk.reading() as connection:
        return contents.fetch_preview(connection, sha256)


def page_image(desk: Desk, sha256: str, page: int, max_px: int = 1600) -> bytes:
    """Return one page of a document (from 1), or a picture, as PNG of at most ``max_px`` pixels a side.

    Drawn in the child process; raise what ``exchange.documents.render_page`` raises.
    """
    from exchange.documents import render_page

    with content_file(desk, sha256) as path:
        return render_page(path, page, max_px)


def facts_of(desk: Desk, sha256: str) -> DocumentFacts:
    """Return what is known of a content's inside; one that nobody has examined yet is examined now."""
    with desk.reading() as connection:
        known = contents.fetch_facts(connection, sha256)
        preview = contents.fetch_preview(connection, sha256)
    if known is not None:
        return DocumentFacts.from_dict(known, preview)
    from exchange.documents import inspect_document

    with content_file(desk, sha256) as path:
        facts = inspect_document(path)
    if not desk.workspace.store.read_only:
        contents.set_facts(desk.workspace, sha256, facts.as_dict(), facts.preview)
    return facts


def verify_contents(desk: Desk, *, progress: Progress = SILENT) -> int:
    """Hash every file of the workspace anew, let the checks know which are damaged, and return how many."""
    return content_health.verify_contents(desk.workspace, progress=progress)
