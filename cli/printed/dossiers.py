"""Documents of planning dossiers."""

from typing import Any, Literal

from cli.printed.document import Document
from cli.printed.field_files import FindingDocument
from cli.printed.records import RecordDocument


class PartDocument(Document):
    """A part that a dossier needs; ``legal`` is empty where no checked source asks for it (``hint``)."""

    key: str
    title: str
    legal: str
    rule: str
    wanted_by: Literal["law", "rule", "hint"]
    present: bool
    count: int


class DossierCompletenessDocument(Document):
    """How many of the parts asked for are there; hints are listed and never counted."""

    stage: Literal["task", "submitted", "approved", "adjusting", "expired", "transitional"]
    filled: int
    wanted: int
    share: float | None
    parts: list[PartDocument]


class DossierRowDocument(Document):
    """``dossiers``: one dossier; ``states`` counts its record and all that belong to it."""

    uid: str
    title: str
    state: str
    plan_kind: str | None
    status: str | None
    decision_no: str | None
    decision_date: str | None
    stage: str
    filled: int
    wanted: int
    missing: int
    returned: int
    states: dict[str, int]
    duplicates: list[str]


class RemarkDocument(Document):
    """What the province said of a record of the dossier."""

    uid: str
    type_id: str
    result: str
    code: str | None
    field: str | None


class RelationDocument(Document):
    """Another version of the plan, ``steps`` before (negative) or after; one that does not adjust replaces."""

    uid: str
    title: str
    status: str | None
    steps: int
    adjusts: bool


class SuccessionDocument(Document):
    """Values proposed for the plan that an approved one replaces; nothing has been written."""

    uid: str
    title: str
    values: dict[str, Any]


class DossierDocument(Document):
    """``dossier``: one dossier with what belongs to it; ``held`` counts its records by type."""

    uid: str
    title: str
    state: str
    values: dict[str, Any]
    completeness: DossierCompletenessDocument
    documents: list[RecordDocument]
    drawings: list[RecordDocument]
    held: dict[str, int]
    remarks: list[RemarkDocument]
    relations: list[RelationDocument]
    duplicates: list[str]
    succession: SuccessionDocument | None


class AddedDocument(Document):
    """``add-document``: the new record, and what the rules find in it."""

    record: RecordDocument
    findings: list[FindingDocument]
