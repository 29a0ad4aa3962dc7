"""Commands that look at documents, and that take the place out of pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson
from cli.output import TerminalProgress, print_json, show
from core.messages import render

if TYPE_CHECKING:
    from exchange.document_facts import DocumentFacts

Root = Annotated[
    list[Path] | None, typer.Option("--root", help="A root certificate (PEM or DER) that makes signers trusted.")
]


def document(
    file: Annotated[Path, typer.Argument(help="A document, a picture or a drawing.")],
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Say what a document is: kind, pages, resolution, text layer, signatures, and what to be wary of."""
    from services.examining import examine_document

    facts = examine_document(file, roots=root or (), progress=TerminalProgress())
    if as_json:
        print_json(_describe(file, facts))
        return
    for key, value in _describe(file, facts).items():
        if value not in (None, [], ""):
            show("CLI-DOCUMENT-FACT", key=key, value=value)
    for note in [*facts.notes, *(one.reason for one in facts.signatures if one.reason)]:
        show("CLI-DOCUMENT-NOTE", note=render(note))


def strip_place(
    file: Annotated[Path, typer.Argument(help="A JPEG, PNG, WebP or TIFF picture.")],
    out: Annotated[Path, typer.Argument(help="Where to write the copy.")],
    as_json: AsJson = False,
) -> None:
    """Copy a picture without the place it was taken at; its pixels stay byte for byte."""
    from services.examining import save_without_place

    facts = save_without_place(file, out, progress=TerminalProgress())
    if as_json:
        print_json({"file": str(out), "sha256": facts.sha256, "bytes": facts.bytes})
    else:
        show("CLI-PLACE-STRIPPED", file=out)


def _describe(file: Path, facts: "DocumentFacts") -> dict[str, Any]:
    return {
        "file": str(file),
        "kind": facts.kind,
        "mime": facts.mime,
        "bytes": facts.bytes,
        "sha256": facts.sha256,
        "width": facts.width,
        "height": facts.height,
        "dpi": facts.dpi,
        "color_bits": facts.color_bits,
        "pages": facts.pages,
        "page_mm": facts.page_mm and list(facts.page_mm),
        "has_text": facts.has_text,
        "scan": facts.scan,
        "pdf_a": facts.pdf_a,
        "taken_at": facts.taken_at,
        "place": facts.place and list(facts.place),
        "altitude_m": facts.altitude_m,
        "signatures": [
            {"signer": one.signer, "valid": one.valid, "at": one.at, "reason": one.reason} for one in facts.signatures
        ],
        "notes": list(facts.notes),
    }


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(document)
    app.command("strip-place")(strip_place)
