"""Documents of catalogue packs."""

from cli.printed.document import Document


class CatalogueChangeDocument(Document):
    """What a pack changes; ``tolerances`` get another value.

    ``retired`` counts records by ``type.field`` in fields that no form shows any more.
    """

    types: list[str]
    fields: list[str]
    fields_gone: list[str]
    codes: list[str]
    codes_gone: list[str]
    rules: list[str]
    rules_gone: list[str]
    tolerances: list[str]
    retired: dict[str, int]


class LoadedPackDocument(Document):
    """``catalogue load``: the pack and what it changed."""

    pack_id: str
    version: int
    name: dict[str, str]
    issuer: str
    fingerprint: str
    change: CatalogueChangeDocument
    catalogue_hash: str
    dry_run: bool


class PackDocument(Document):
    """What a pack says of itself."""

    format: int
    pack_id: str
    version: int
    name: dict[str, str]
    issuer: str
    issuer_key: str
    issued_at: str
    provinces: list[str]
    program: str
    files: dict[str, str]


class StoredPackDocument(PackDocument):
    """``catalogue list``: a pack of the workspace, and who loaded it when."""

    loaded_at: str
    loaded_by: str


class RemovedPackDocument(Document):
    """``catalogue remove``."""

    removed: str
    retired: dict[str, int]


class IssuerKeyDocument(Document):
    """``catalogue new-key``."""

    file: str
    public_key: str
    fingerprint: str


class BuiltPackDocument(PackDocument):
    """``catalogue build``: the pack, and where it lies."""

    file: str
    fingerprint: str


class ExtractedFilesDocument(Document):
    """``catalogue extract``: the files that were written."""

    files: list[str]


class ToleranceDocument(Document):
    """``tolerances``: one of them; ``reason`` and ``file`` are null unless the office has set it."""

    key: str
    rule: str
    value: float
    default: float
    minimum: float
    maximum: float
    unit: str
    meaning: dict[str, str]
    reason: str | None
    file: str | None
