"""The files of a record as the window lists them: one entry a link, and what is said of it in a few words."""

from dataclasses import dataclass

from core.messages import current_language
from desktop.theme import Tone
from desktop.words import word
from exchange.document_facts import DocumentFacts
from forms.files import FileLink, linked_files
from forms.model import RecordType
from forms.record import Record
from geodesy.numbers import format_number
from services.attaching import FIELD
from services.file_storing import ONE_FILE

DOCUMENT_DPI = 200

# What somebody should look at before passing the file on.
_WARY = frozenset(
    {
        "DOCUMENT-MACROS",
        "DOCUMENT-NOT-EXAMINED",
        "DOCUMENT-TWO-IN-ONE",
        "IMAGE-CUT-SHORT",
        "PDF-ATTACHMENTS",
        "PDF-HIDDEN-NAMES",
        "PDF-LAUNCH",
        "PDF-MEDIA",
        "PDF-NO-PAGE-READ",
        "PDF-SCRIPT",
        "PDF-SENDS",
        "PDF-TEXT-ODD",
        "PDF-XFA",
    }
)
_UNITS = ("B", "KB", "MB", "GB")


@dataclass(frozen=True, slots=True)
class Chip:
    """A few words on a small coloured ground."""

    text: str
    tone: Tone


def takes_files(kind: RecordType) -> bool:
    """Whether records of a type have a place for files."""
    return any(field.type == "files" or field.key == ONE_FILE for field in kind.fields)


def is_one_file(kind: RecordType) -> bool:
    """Whether a type is about one file, told by its own fields."""
    fields = {field.key: field.type for field in kind.fields}
    return ONE_FILE in fields and fields.get(FIELD) != "files"


def links_of(record: Record, kind: RecordType) -> tuple[FileLink, ...]:
    """Return the files of a record; one whose list cannot be read has none."""
    try:
        return linked_files(kind, record.values)
    except ValueError:
        return ()


def size_text(size: int) -> str:
    """Return a size as people read it, in units of 1024 bytes."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    decimals = 0 if unit == 0 or value >= 100 else 1
    return f"{format_number(value, decimals, current_language())} {_UNITS[unit]}"


def summary_of(link: FileLink, facts: DocumentFacts | None) -> str:
    """Return size, pages and measures in one line."""
    parts = [size_text(link.bytes)]
    if link.page is not None:
        parts.append(word("UI-FILES-PAGE-LINKED", page=link.page))
    if facts is not None:
        if facts.pages and facts.pages > 1:
            parts.append(word("UI-FILES-PAGES", count=facts.pages))
        if facts.width and facts.height:
            parts.append(f"{facts.width}×{facts.height}")
        if facts.page_mm:
            parts.append(f"{facts.page_mm[0]:.0f}×{facts.page_mm[1]:.0f} mm")
        if facts.dpi and (facts.scan or facts.kind == "image"):
            parts.append(f"{facts.dpi:.0f} dpi")
    return " · ".join(parts)


def chips_of(link: FileLink, facts: DocumentFacts | None) -> list[Chip]:
    """Return what is worth a coloured word, the weightiest first."""
    if facts is None:
        return []
    chips = []
    if facts.signatures:
        valid = [one.valid for one in facts.signatures]
        if any(one is False for one in valid):
            chips.append(Chip(word("UI-FILES-CHIP-SIGNED-WRONG"), Tone.ERROR))
        elif all(valid):
            chips.append(Chip(word("UI-FILES-CHIP-SIGNED"), Tone.GOOD))
        else:
            chips.append(Chip(word("UI-FILES-CHIP-SIGNED-UNCHECKED"), Tone.WARNING))
    wary = sum(1 for note in facts.notes if note in _WARY)
    if wary:
        chips.append(Chip(word("UI-FILES-CHIP-WARY", count=wary), Tone.WARNING))
    if facts.scan and facts.dpi and facts.dpi < DOCUMENT_DPI - 1:
        chips.append(Chip(word("UI-FILES-CHIP-COARSE"), Tone.WARNING))
    if facts.kind == "pdf" and facts.has_text is False:
        chips.append(Chip(word("UI-FILES-CHIP-NO-TEXT"), Tone.INFO))
    if facts.pdf_a:
        chips.append(Chip(f"PDF/A-{facts.pdf_a}", Tone.INFO))
    if link.place is not None:
        chips.append(Chip(word("UI-FILES-CHIP-PLACE"), Tone.INFO))
    return chips


def notes_of(facts: DocumentFacts | None) -> list[str]:
    """Return everything there is to know of a file, a sentence each."""
    if facts is None:
        return []
    notes = []
    for one in facts.signatures:
        who = one.signer or word("UI-FILES-UNKNOWN-SIGNER")
        notes.append(f"{who}: {word(one.reason or 'UI-FILES-SIGNATURE-GOOD')}")
    if facts.pdf_a:
        notes.append(word("UI-FILES-PDF-A", level=facts.pdf_a))
    return [*notes, *(word(note) for note in facts.notes if not note.startswith("SIGNATURE-"))]
