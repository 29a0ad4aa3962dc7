"""Looking at a document before anybody keeps it: what it is, what it says of itself, a copy without its place."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.document_facts import DocumentFacts

ROOT_BYTES = 1 << 20


def examine_document(path: Path, *, roots: Sequence[Path] = (), progress: Progress = SILENT) -> DocumentFacts:
    """Return what the content of a file is; ``roots`` are files of root certificates (PEM or DER) for its signatures.

    Raises what ``exchange.documents.inspect_document`` raises, and SIGNATURE-ROOT for a file that is no certificate.
    """
    from exchange.documents import inspect_document

    return inspect_document(path, trusted=[_load_root(root) for root in roots], progress=progress)


def save_without_place(path: Path, out: Path, *, progress: Progress = SILENT) -> DocumentFacts:
    """Write a copy of a picture without place and maker notes; raises as ``exchange.documents.copy_without_place``."""
    from exchange.documents import copy_without_place

    return copy_without_place(path, out, progress=progress)


def _load_root(path: Path) -> bytes:
    """Return a certificate as DER."""
    try:
        with path.open("rb") as file:
            data = file.read(ROOT_BYTES)
        if data.lstrip().startswith(b"-----BEGIN"):
            data = ssl.PEM_cert_to_DER_cert(data.decode("ascii").strip())
    except (OSError, ValueError) as error:
        raise UserError("SIGNATURE-ROOT", file=path.name) from error
    if not data.startswith(b"\x30"):
        raise UserError("SIGNATURE-ROOT", file=path.name)
    return data
