"""DOS-06: whether a scanned document or drawing is fine enough, of the asked-for kind, and fit for the archive."""

from collections.abc import Iterator

from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

DOCUMENT, DRAWING = "dossier_document", "planning_drawing"
SCANNED = "ban_quet"
DOCUMENT_DPI, DRAWING_DPI = 200, 300
PDF = "application/pdf"
ASKED_KIND = {DOCUMENT: PDF, DRAWING: "image/jpeg"}
_SLACK_DPI = 1  # a page measured in whole points gives 199.6 where the scanner was set to 200


@rule(
    "DOS-06",
    {
        "document": Severity.WARNING,
        "drawing": Severity.WARNING,
        "document-kind": Severity.WARNING,
        "drawing-kind": Severity.WARNING,
        "no-text": Severity.INFO,
        "no-pdf-a": Severity.INFO,
    },
    scope=Scope(types=(DOCUMENT, DRAWING)),
    legal=("plan_database", "archive"),
    good=[
        example(
            DOCUMENT,
            sample(
                scan_or_native=SCANNED,
                file_dpi=200,
                file_mime=PDF,
                file_has_text=True,
                file_pdf_a="2b",
            ),
            sample(scan_or_native="ban_goc", file_mime="application/msword"),
            sample(scan_or_native="ban_goc", file_mime=PDF, file_has_text=True),
            sample(scan_or_native=SCANNED),
            sample(file_dpi=72),
        ),
        example(DRAWING, sample(scan_or_native=SCANNED, file_dpi=300, file_mime="image/jpeg")),
    ],
    bad=[
        example(
            DOCUMENT,
            sample(scan_or_native=SCANNED, file_dpi=150, file_mime=PDF, file_has_text=True, file_pdf_a="1b"),
            finds="DOS-06.document",
        ),
        example(
            DRAWING,
            sample(scan_or_native=SCANNED, file_dpi=200, file_mime="image/jpeg"),
            finds="DOS-06.drawing",
        ),
        example(
            DOCUMENT, sample(scan_or_native=SCANNED, file_dpi=300, file_mime="image/png"), finds="DOS-06.document-kind"
        ),
        example(
            DRAWING, sample(scan_or_native=SCANNED, file_dpi=300, file_mime="image/tiff"), finds="DOS-06.drawing-kind"
        ),
        example(
            DOCUMENT,
            sample(scan_or_native=SCANNED, file_dpi=300, file_mime=PDF, file_has_text=False),
            finds=("DOS-06.no-text", "DOS-06.no-pdf-a"),
        ),
    ],
)
def scan_quality(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Scans: documents are PDF of 200 dpi or more, drawings JPG of 300 dpi or more; the archive wants text and PDF/A.

    Text layer and PDF/A are told only of files that have been examined, and only as a hint: the archive's circular was
    known from a summary.
    """
    is_drawing = batch.type.id == DRAWING
    least = DRAWING_DPI if is_drawing else DOCUMENT_DPI
    columns = ("scan_or_native", "file_dpi", "file_mime", "file_has_text", "file_pdf_a")
    rows = zip(*(batch.column(key) for key in columns), strict=True)
    for index, (origin, dpi, mime, has_text, pdf_a) in enumerate(rows):
        if origin != SCANNED:
            continue
        if dpi is not None and dpi < least - _SLACK_DPI:
            facts = {"dpi": round(dpi), "least": least}
            yield Found(index, "drawing" if is_drawing else "document", "file_dpi", context=facts)
        if mime is not None and mime != ASKED_KIND[batch.type.id]:
            yield Found(index, "drawing-kind" if is_drawing else "document-kind", "file_mime", context={"mime": mime})
        if mime != PDF or has_text is None or is_drawing:
            continue
        if has_text is False:
            yield Found(index, "no-text", "file_has_text")
        if pdf_a is None:
            yield Found(index, "no-pdf-a", "file_pdf_a")
