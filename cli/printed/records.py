"""Documents of records and what the rules say of them."""

from typing import Any

from cli.printed.document import Document
from cli.printed.field_files import CompletenessDocument, FindingDocument


class RecordDocument(Document):
    """A record; ``geometry`` is in the form of GeoJSON but in the workspace's zone: east, north, metres."""

    uid: str
    revision: int
    base_revision: int | None
    state: str
    values: dict[str, Any]
    geometry: dict[str, Any] | None
    lineage: dict[str, Any]


class CheckDocument(Document):
    """``check``: what every rule found."""

    checked: int
    error: int
    warning: int
    info: int
    waived: int
    blocks: bool
    rule_pack: str
    completeness: dict[str, CompletenessDocument]
    findings: list[FindingDocument]


class WaiverDocument(Document):
    """``waive``, ``waivers``: why a finding may stand; ``revisions`` by record, ``stands`` until one is another."""

    key: str
    rule_id: str
    type_id: str
    uid: str
    field: str | None
    revisions: dict[str, int]
    reason: str
    person: str
    at: str
    stands: bool


class ApproveDocument(Document):
    """``approve``: the records approved, and those held back by findings."""

    approved: list[str]
    blocked: dict[str, list[FindingDocument]]


class GradeDocument(Document):
    """``grades``: one work; ``suggested`` is ``None`` where the tables have a gap, ``missing`` would answer more."""

    uid: str
    type: str
    title: str
    recorded: str | None
    suggested: str | None
    rule: str
    table: str
    criterion: str
    value: float | str | None
    unit: str | None
    note: str | None
    missing: list[str]
