"""Documents of forms for the field and what comes back."""

from typing import Any, Literal

from cli.printed.document import Document, Severity
from cli.printed.field_files import FindingDocument, ProblemDocument


class FormDocument(Document):
    """``xlsform``: a form for phones; the first of ``files`` is the form itself."""

    type: str
    files: list[str]
    form_id: str
    version: str
    questions: int


class FieldUpdateDocument(Document):
    """A record that was changed in the field; ``stale`` and ``conflicts`` are never written over."""

    type: str
    uid: str
    row: int
    changes: dict[str, dict[Literal["here", "field"], Any]]
    moved: bool
    conflicts: list[str]
    stale: bool
    applied: bool


class PhotosDocument(Document):
    """Photos that came from the field."""

    attached: int
    missing: list[dict[str, Any]]
    refused: list[dict[str, Any]]


class SubmissionsDocument(Document):
    """``submissions``: what came back from the field, and what became of it."""

    file: str
    types: list[str]
    dry_run: bool
    read: int
    accepted: int
    written: int
    known: int
    buried: int
    updates: list[FieldUpdateDocument]
    rejected: list[ProblemDocument]
    warnings: list[ProblemDocument]
    lost: list[dict[Literal["type", "uid"], str]]
    photos: PhotosDocument
    findings: list[FindingDocument]
    finding_counts: dict[Severity, int]
    uids: list[str]


class FieldPackageDocument(Document):
    """``qfield``: a folder for QField; ``counts`` are its records by type."""

    data: str
    project: str
    counts: dict[str, int]
