"""What the commands about handed-in dossiers print with ``--json``."""

from typing import Any

from cli.printed.document import Document, Severity


class BreachDocument(Document):
    """One breach of circular 16/2025/TT-BXD: where, in words, and the clause."""

    code: str
    severity: Severity
    place: str
    text: str
    legal: str
    context: dict[str, Any]


class DossierPackageDocument(Document):
    """``export-dossier``: the folder, records by type, how many files, and the breaches that stand."""

    folder: str
    counts: dict[str, int]
    files: int
    errors: int
    breaches: list[BreachDocument]


class DossierCheckDocument(Document):
    """``check-dossier``: the breaches of a folder."""

    folder: str
    breaches: list[BreachDocument]


class DossierImportDocument(Document):
    """``import-dossier``: the new dossier's uid (``null`` with ``--dry-run``), records by type, how many files."""

    uid: str | None
    code: str
    counts: dict[str, int]
    files: int
    dry_run: bool
    breaches: list[BreachDocument]
