"""Reads PDFs with PDFium, in the child: pages, text layer, scan resolution, what is active in them; draws a page."""

import ctypes
import math
import statistics
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from core.errors import UserError
from exchange.document_facts import PREVIEW_PX
from exchange.document_images import png_of, preview_png
from exchange.pdf_scan import Scan

SAMPLED_PAGES = 12
OBJECTS_LIMIT = 20_000
CHARACTERS_LIMIT = 20_000
NESTING_LIMIT = 4
TEXT_LETTERS = 20  # fewer on a page are a stamp or a page number, no text layer
SCAN_SHARE = 0.6  # of the page that one image must cover
MM_PER_POINT = 25.4 / 72

_TEXT_PAGES = 0.5
_ODD_LETTERS = 0.25
_IDENTITY = (1.0, 0.0, 0.0, 1.0)

Matrix = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Page:
    """What one sampled page showed."""

    letters: int
    odd: int
    dpi: float | None
    covered: float


def read_pdf(path: Path, scan: Scan) -> Iterator[dict[str, Any]]:
    """Yield the facts of a PDF; ``scan`` is what its raw bytes told.

    Raise ``UserError`` DOCUMENT-LOCKED when it asks for a password and FILE-DAMAGED when PDFium cannot open it.
    """
    with closing(_open(path)) as document:
        count = len(document)
        facts: dict[str, Any] = {"pages": count, "pdf_a": scan.pdf_a, "notes": _notes(document, scan)}
        if count:
            size = document.get_page_size(0)
            facts["page_mm"] = [round(side * MM_PER_POINT, 1) for side in size]
        yield facts
        yield _content_facts([page for page in (_sample(document, place) for place in _places(count)) if page])


def pdf_preview(path: Path) -> bytes | None:
    """Return the first page as a small PNG, ``None`` when it cannot be drawn."""
    with closing(_open(path)) as document:
        try:
            return preview_png(_draw(document, 0, PREVIEW_PX))
        except (pypdfium2.PdfiumError, ValueError, MemoryError):
            return None


def render_pdf(path: Path, page: int, max_px: int) -> bytes:
    """Return one page (from 1) as a PNG of at most ``max_px`` a side.

    Raise ``UserError`` DOCUMENT-NO-PAGE, DOCUMENT-NO-PICTURE, DOCUMENT-LOCKED, FILE-DAMAGED.
    """
    with closing(_open(path)) as document:
        if not 1 <= page <= len(document):
            raise UserError("DOCUMENT-NO-PAGE", page=page, pages=len(document))
        try:
            return png_of(_draw(document, page - 1, max_px))
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise UserError("DOCUMENT-NO-PICTURE") from error


def _open(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise UserError("DOCUMENT-LOCKED") from error
        raise UserError("FILE-DAMAGED", reason="PDF") from error


def _notes(document: pypdfium2.PdfDocument, scan: Scan) -> list[str]:
    notes = set(scan.notes)
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        notes.add("PDF-SCRIPT")
    if pdfium.FPDFDoc_GetAttachmentCount(document) > 0:
        notes.add("PDF-ATTACHMENTS")
    if pdfium.FPDF_GetSecurityHandlerRevision(document) >= 0:
        notes.add("PDF-RESTRICTED")
    return sorted(notes)


def _places(count: int) -> list[int]:
    """Return which pages are looked at: all of a short document, the first, the last and some between of a long one."""
    if count <= SAMPLED_PAGES:
        return list(range(count))
    return sorted({round(place * (count - 1) / (SAMPLED_PAGES - 1)) for place in range(SAMPLED_PAGES)})


def _content_facts(pages: list[_Page]) -> dict[str, Any]:
    """Return what the sampled pages say of text layer and scan; nothing of a document without readable pages."""
    if not pages:
        return {"notes": ["PDF-NO-PAGE-READ"]}
    notes = []
    with_text = [page for page in pages if page.letters >= TEXT_LETTERS]
    clear = [page for page in with_text if page.odd <= page.letters * _ODD_LETTERS]
    if len(clear) < len(with_text):
        notes.append("PDF-TEXT-ODD")
    scanned = [page for page in pages if page.covered >= SCAN_SHARE and page.dpi]
    if 0 < len(clear) < len(pages):
        notes.append("PDF-TEXT-PART")
    facts: dict[str, Any] = {
        "has_text": len(clear) >= max(1.0, len(pages) * _TEXT_PAGES),
        "scan": len(scanned) > len(pages) / 2,
        "notes": notes,
    }
    if scanned:
        resolutions = [page.dpi for page in scanned if page.dpi]
        facts["dpi"] = round(min(resolutions), 1)
        if min(resolutions) < statistics.median(resolutions) * 0.8:
            notes.append("PDF-DPI-MIXED")
    return facts


def _sample(document: pypdfium2.PdfDocument, place: int) -> _Page | None:
    try:
        page = document[place]
    except pypdfium2.PdfiumError:
        return None
    with closing(page):
        width, height = page.get_size()
        letters, odd = _count_letters(page)
        pixels = _largest_image(page)
    if pixels is None or width <= 0 or height <= 0:
        return _Page(letters, odd, None, 0.0)
    area, dpi = pixels
    return _Page(letters, odd, dpi, min(1.0, area / (width * height)))


def _count_letters(page: pypdfium2.PdfPage) -> tuple[int, int]:
    """Return how many characters a page holds, blanks apart, and how many of them are no letters of any language."""
    try:
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return 0, 0
    with closing(text_page):
        text = text_page.get_text_range(0, min(text_page.count_chars(), CHARACTERS_LIMIT), errors="replace")
    letters = [letter for letter in text if not letter.isspace()]
    odd = sum(
        1 for letter in letters if letter == "\ufffd" or not letter.isprintable() or "\ue000" <= letter <= "\uf8ff"
    )
    return len(letters), odd


def _largest_image(page: pypdfium2.PdfPage) -> tuple[float, float] | None:
    """Return the placed area (square points) and the lower resolution of the page's largest image."""
    count = pdfium.FPDFPage_CountObjects(page)
    objects = (pdfium.FPDFPage_GetObject(page, place) for place in range(min(count, OBJECTS_LIMIT)))
    found = [
        (area, dpi)
        for handle, matrix in _images(objects, _IDENTITY, NESTING_LIMIT)
        for area, dpi in [_placed(handle, matrix)]
        if dpi is not None
    ]
    return max(found, default=None)


def _images(objects: Iterator[Any], outer: Matrix, nesting: int) -> Iterator[tuple[Any, Matrix]]:
    """Yield the images among page objects and within the forms among them, each with its matrix on the page."""
    for handle in objects:
        kind = pdfium.FPDFPageObj_GetType(handle)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            yield handle, _times(_matrix_of(handle), outer)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and nesting > 0:
            count = min(pdfium.FPDFFormObj_CountObjects(handle), OBJECTS_LIMIT)
            inner = (pdfium.FPDFFormObj_GetObject(handle, place) for place in range(count))
            yield from _images(inner, _times(_matrix_of(handle), outer), nesting - 1)


def _matrix_of(handle: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(handle, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d


def _times(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d = first
    e, f, g, h = second
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def _placed(handle: Any, matrix: Matrix) -> tuple[float, float | None]:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    if not pdfium.FPDFImageObj_GetImagePixelSize(handle, width, height) or not (width.value and height.value):
        return 0.0, None
    across, down = math.hypot(*matrix[:2]), math.hypot(*matrix[2:])
    if across <= 0 or down <= 0 or not math.isfinite(across * down):
        return 0.0, None
    return across * down, min(width.value * 72 / across, height.value * 72 / down)


def _draw(document: pypdfium2.PdfDocument, place: int, max_px: int) -> Any:
    with closing(document[place]) as page:
        width, height = page.get_size()
        if not (0 < width < 1e6 and 0 < height < 1e6):
            raise ValueError("page size")
        scale = min(max_px / max(width, height), 8.0)
        if min(width, height) * scale < 1:
            raise ValueError("page size")
        with closing(page.render(scale=scale, may_draw_forms=False)) as bitmap:
            image = bitmap.to_pil().convert("RGB")
    image.thumbnail((max_px, max_px))
    return image
