"""Checks a folder against TT 16/2025/TT-BXD, Phụ lục II: names, lists, codes, files, classes, fields, system."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from core.errors import AppError
from core.progress import SILENT, Progress
from exchange.document_facts import DocumentFacts
from forms.catalogue import Catalogue
from forms.files import clean_name
from forms.loader import load_catalogue
from forms.tt16_folder import DOCUMENTS, DRAWINGS, PREFIX, PROJECT_SUFFIXES, SCAN
from geodesy.systems import CoordinateSystem
from services.tt16_breaches import Breach
from services.tt16_further_checks import check_further
from services.tt16_gis_checks import check_databases
from services.tt16_reading import Folder, read_folder
from services.tt16_sheet_checks import check_lists, check_workbook
from validation.rules.scans import DOCUMENT_DPI, DRAWING_DPI

_SLACK_DPI = 1


def check_dossier_folder(
    path: Path,
    *,
    system: CoordinateSystem | None = None,
    known: Mapping[str, DocumentFacts] | None = None,
    catalogue: Catalogue | None = None,
    progress: Progress = SILENT,
) -> list[Breach]:
    """Return every breach of a dossier's folder; ``system`` is the province's zone where it is known.

    ``catalogue`` names the record types that the program's own workbook speaks of, those of the program by itself.

    ``known`` holds facts of files that need not be examined again, by their path below the folder. Raise ``UserError``
    TT16-NOT-A-DOSSIER.
    """
    found = read_folder(path, progress=progress)
    breaches = list(check_folder(found, system=system, known=known, progress=progress))
    return [*breaches, *check_further(found, catalogue or load_catalogue(), progress)]


def check_folder(
    found: Folder,
    *,
    system: CoordinateSystem | None = None,
    known: Mapping[str, DocumentFacts] | None = None,
    progress: Progress = SILENT,
) -> Iterator[Breach]:
    """Yield the breaches of a folder already read; of the program's own workbook the import tells itself."""
    yield from _check_structure(found)
    yield from check_workbook(found)
    yield from check_lists(found)
    yield from _check_files(found, known or {}, progress)
    yield from check_databases(found, system, progress)


def _check_structure(found: Folder) -> Iterator[Breach]:
    if not found.root.name.startswith(PREFIX) or not found.root.name.removeprefix(PREFIX).isalnum():
        yield Breach("TT16-FOLDER-NAME", found.root.name)
    yield from (Breach("TT16-PART-MISSING", part) for part in found.missing)
    for entry in found.strange:
        if not entry.lower().endswith(PROJECT_SUFFIXES) or entry.count("/") != 1:
            yield Breach("TT16-STRANGE-ENTRY", entry)
    if "HoSoGIS" not in found.missing and not any(entry.lower().endswith(PROJECT_SUFFIXES) for entry in found.strange):
        yield Breach("TT16-NO-PROJECT", "HoSoGIS")
    for files in found.files.values():
        for path in files:
            if any(clean_name(name) != name for name in path.split("/")):
                yield Breach("TT16-UNSAFE-NAME", path)


def _check_files(found: Folder, known: Mapping[str, DocumentFacts], progress: Progress) -> Iterator[Breach]:
    """Yield what is wrong with the scans themselves."""
    from exchange.documents import inspect_document

    asked = ((DOCUMENTS, "application/pdf", DOCUMENT_DPI, "DOCUMENT"), (DRAWINGS, "image/jpeg", DRAWING_DPI, "DRAWING"))
    total = sum(len(found.of(SCAN, kind)) for kind, *_ in asked)
    done = 0
    for kind, mime, dpi, word in asked:
        for path in found.of(SCAN, kind):
            progress.step(done, total)
            done += 1
            try:
                facts = known.get(path) or inspect_document(found.root / path)
            except AppError as error:
                yield Breach("TT16-FILE-UNREAD", path, {"reason": str(error)})
                continue
            if facts.mime != mime:
                yield Breach(
                    "TT16-DOCUMENT-KIND" if word == "DOCUMENT" else "TT16-DRAWING-KIND", path, {"mime": facts.mime}
                )
            if facts.dpi is not None and round(facts.dpi) + _SLACK_DPI < dpi and (facts.scan or facts.kind == "image"):
                code = "TT16-DOCUMENT-DPI" if word == "DOCUMENT" else "TT16-DRAWING-DPI"
                yield Breach(code, path, {"dpi": round(facts.dpi), "least": dpi})
