"""What the child process does with a document: looks at it, draws a page of it, copies it without its place."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from exchange.document_facts import PREVIEW_BYTES
from exchange.frames import Header

PIECE_BYTES = 4 << 20

CloseIn = Callable[[Header], list[str]]


def inspect(request: Header, _questions: BinaryIO, close_in: CloseIn) -> Iterator[Any]:
    """Yield frames of facts, the surest first: if a later step kills this process, the earlier ones stand."""
    from exchange.document_images import prepare_pillow, read_image
    from exchange.document_kinds import recognise_document

    path, shown = Path(request["path"]), request["shown"]
    prepare_pillow()
    yield close_in(request)
    found = recognise_document(path, shown)
    yield from _hash(path)
    yield _facts({"kind": found.kind, "mime": found.mime, "notes": list(found.notes)})
    if found.kind == "image":
        for facts, preview in read_image(path, found.mime):
            yield _facts(facts, preview)
    elif found.kind == "pdf":
        yield from _look_into_pdf(path, [bytes.fromhex(root) for root in request["trusted"]])


def _hash(path: Path) -> Iterator[Any]:
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            done += len(piece)
            yield {"frame": "progress", "done": done, "total": total}, []
    yield _facts({"bytes": done, "sha256": digest.hexdigest()})


def _look_into_pdf(path: Path, trusted: list[bytes]) -> Iterator[Any]:
    from exchange.document_pdf import pdf_preview, read_pdf
    from exchange.document_signatures import as_dicts, read_signatures
    from exchange.pdf_scan import scan_pdf

    scan = scan_pdf(path)
    for facts in read_pdf(path, scan):
        yield _facts(facts)
    signatures, notes = read_signatures(path, scan, trusted)
    yield _facts({"signatures": as_dicts(signatures), "notes": notes})
    yield _facts({}, pdf_preview(path))


def _facts(facts: dict[str, Any], preview: bytes | None = None) -> tuple[Header, list[bytes]]:
    kept = [preview] if preview is not None and len(preview) <= PREVIEW_BYTES else []
    return {"frame": "facts", "facts": facts}, kept


def render(request: Header, _questions: BinaryIO, close_in: CloseIn) -> Iterator[Any]:
    """Yield one page as a PNG."""
    from core.errors import UserError
    from exchange.document_images import prepare_pillow, render_image
    from exchange.document_kinds import recognise_document

    path = Path(request["path"])
    prepare_pillow()
    yield close_in(request)
    found = recognise_document(path, request["shown"])
    if found.kind == "pdf":
        from exchange.document_pdf import render_pdf

        picture = render_pdf(path, request["page"], request["max_px"])
    elif found.kind == "image":
        picture = render_image(path, found.mime, request["page"], request["max_px"])
    else:
        raise UserError("DOCUMENT-NO-PICTURE")
    yield {"frame": "picture"}, [picture]


def strip(request: Header, _questions: BinaryIO, close_in: CloseIn) -> Iterator[Any]:
    """Yield the bytes of a copy without place, piece by piece."""
    from exchange.document_kinds import recognise_document
    from exchange.image_segments import pieces_without_place

    path = Path(request["path"])
    yield close_in(request)
    found = recognise_document(path, request["shown"])
    for piece in pieces_without_place(path, found.mime):
        yield {"frame": "piece"}, [piece]


DOCUMENT_OPERATIONS = {"document-inspect": inspect, "document-render": render, "document-strip": strip}
