"""Documents in: what a file is, a page as a picture, a copy without its place; all of it in a child process."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import AppError, EnvironmentFault, UserError
from core.messages import load_messages
from core.progress import SILENT, Progress
from exchange.document_facts import PNG_MAGIC, DocumentFacts, DocumentKind, Signature
from exchange.frames import Header
from exchange.sandbox import Limits, run_child
from exchange.staging import check_regular, file_error

__all__ = ["DocumentFacts", "DocumentKind", "Signature", "copy_without_place", "inspect_document", "render_page"]

DOCUMENT_BYTES = 2 << 30
LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=120, seconds=180.0)
LARGEST_PX = 8_000

_BROKEN_OFF = frozenset({"READER-CRASHED", "READER-MEMORY", "READER-TIMEOUT"})


def inspect_document(
    path: Path, *, progress: Progress = SILENT, trusted: Sequence[bytes] = (), limits: Limits = LIMITS
) -> DocumentFacts:
    """Return what the content of ``path`` is; ``trusted`` are root certificates (DER) for signatures.

    Raises DOCUMENT-NOT-ALLOWED (programs, scripts, installers, archives that hold any or explode), DOCUMENT-LOCKED,
    DOCUMENT-TOO-LARGE, and the FILE-… and READER-… errors of a file that is missing, empty, damaged or out of reach. A
    document whose pages cannot be examined in the memory and time there are comes back with the note
    DOCUMENT-NOT-EXAMINED.
    """
    found = _checked_path(path)
    told: Header = {"notes": []}
    preview: bytes | None = None
    request = _request("document-inspect", found, trusted=[root.hex() for root in trusted])
    try:
        for header, buffers in _run(request, path, limits, progress):
            facts = header.get("facts")
            if isinstance(facts, dict):
                told = {**told, **facts, "notes": [*told["notes"], *facts.get("notes", ())]}
                preview = bytes(buffers[0]) if buffers else preview
    except AppError as error:
        if error.code not in _BROKEN_OFF or not {"kind", "sha256"} <= set(told):
            raise
        told["notes"] = [*told["notes"], "DOCUMENT-NOT-EXAMINED"]
    told["notes"] = list(dict.fromkeys(told["notes"]))
    try:
        return DocumentFacts.from_dict(told, preview)
    except (ValueError, TypeError) as error:  # a child that was taken over may say anything
        raise UserError("READER-CRASHED", file=path.name, status=0) from error


def render_page(path: Path, page: int, max_px: int, *, progress: Progress = SILENT, limits: Limits = LIMITS) -> bytes:
    """Return a page (from 1) of a PDF, or a picture, as a PNG of at most ``max_px`` pixels a side.

    Raises DOCUMENT-NO-PAGE, DOCUMENT-NO-PICTURE for what cannot be shown, and what ``inspect_document`` raises.
    """
    found = _checked_path(path)
    request = _request("document-render", found, page=int(page), max_px=max(16, min(int(max_px), LARGEST_PX)))
    try:
        pictures = [bytes(buffers[0]) for _, buffers in _run(request, path, limits, progress) if buffers]
    except UserError as error:
        if error.code in _BROKEN_OFF:
            raise UserError("DOCUMENT-NO-PICTURE", file=path.name) from error
        raise
    if not pictures or not pictures[0].startswith(PNG_MAGIC):
        raise UserError("READER-CRASHED", file=path.name, status=0)
    return pictures[0]


def copy_without_place(path: Path, out: Path, *, progress: Progress = SILENT, limits: Limits = LIMITS) -> DocumentFacts:
    """Write to ``out`` a copy of a JPEG, PNG, WebP or TIFF without place and maker notes; return the copy's facts.

    The pixels are copied byte for byte and the original is not touched. The copy is read again before it takes its
    name: raises DOCUMENT-PLACE-KEPT when anything of the place is left, or for a kind this cannot be done to;
    EXPORT-REFUSED when ``out`` cannot be written.
    """
    found = _checked_path(path)
    before = inspect_document(path, progress=progress, limits=limits)
    try:
        handle, name = tempfile.mkstemp(prefix=".diaba-", suffix=".tmp", dir=out.parent)
    except OSError as error:
        raise EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=error.strerror or str(error)) from error
    copy = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for _, buffers in _run(_request("document-strip", found), path, limits, progress):
                for buffer in buffers:
                    file.write(buffer)
            file.flush()
            os.fsync(file.fileno())
        after = inspect_document(copy, progress=progress, limits=limits)
        if after.place is not None or (after.mime, after.width, after.height) != (
            before.mime,
            before.width,
            before.height,
        ):
            raise UserError("DOCUMENT-PLACE-KEPT", file=path.name)
        os.replace(copy, out)
    except OSError as error:
        raise EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            copy.unlink(missing_ok=True)
    return after


def _checked_path(path: Path) -> Path:
    try:
        found = path.resolve(strict=True)
        check_regular(found, path)
        size = found.stat().st_size
    except OSError as error:
        raise file_error(error, path) from error
    except (ValueError, RuntimeError) as error:  # NUL in the path, or links that lead round in a circle
        raise UserError("FILE-MISSING", file=str(path)) from error
    if size > DOCUMENT_BYTES:
        raise UserError("DOCUMENT-TOO-LARGE", file=path.name, limit=DOCUMENT_BYTES >> 30)
    return found


def _request(operation: str, found: Path, **facts: Any) -> dict[str, Any]:
    return {"operation": operation, "path": str(found), "parts": [str(found)], **facts}


def _run(
    request: dict[str, Any], path: Path, limits: Limits, progress: Progress
) -> Iterator[tuple[Header, list[bytearray]]]:
    """Yield the child's frames, those of progress apart; a refusal says in words what the file is."""
    state: list[tuple[int, int | None]] = [(0, None)]
    try:
        for header, buffers in run_child(
            request, shown=path.name, limits=limits, poll=lambda: progress.step(*state[0])
        ):
            if header.get("frame") == "progress":
                state[0] = (int(header["done"]), int(header["total"]))
            else:
                yield header, buffers
    except UserError as error:
        what = error.context.get("what")
        if error.code == "DOCUMENT-NOT-ALLOWED" and isinstance(what, str):
            raise UserError(error.code, **{**error.context, "what": load_messages().get(what, what)}) from error
        raise
