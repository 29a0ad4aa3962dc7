"""What each command prints with ``--json``: closed models, from which docs/cli.md and its test are made."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

Severity = Literal["error", "warning", "info"]


class Document(BaseModel):
    """Closed to unknown keys, so that nothing is printed that is not described."""

    model_config = ConfigDict(extra="forbid")


class NewDocument(Document):
    """``new``: the workspace that was made."""

    workspace: str
    workspace_id: str
    commune: str
    name: str
    province: str
    epsg: int
    axis: float
    boundary: str | None


class BoundaryDocument(Document):
    """``boundary``: the outline that was taken; ``neighbours`` are the codes of adjoining communes in the file."""

    commune: str
    name: str
    boundary: str
    area_km2: float
    neighbours: list[str]


class ProblemDocument(Document):
    """A source row that cannot be taken as it stands; ``row`` counts as the file does."""

    row: int
    column: str | None
    value: str | None
    code: str
    text: str


class EncodingDocument(Document):
    """An encoding a column's text may be in, with what it would become."""

    name: str
    score: float
    preview: list[tuple[str, str]]


class ColumnDocument(Document):
    """A column of a field file."""

    name: str
    type: str
    empty: int
    samples: list[str]
    encoding: str
    encodings: list[EncodingDocument]


class ProposalDocument(Document):
    """A coordinate system the file may be in, best first; ``distance_m`` is the median distance to the boundary."""

    crs: str
    axis: float | None
    label: str
    swapped: bool
    scale: float
    inside_share: float | None
    distance_m: float | None
    confidence: Literal["decided", "undecided", "rejected"]
    reason_code: str
    reason: str


class LayerDocument(Document):
    """A layer of a field file."""

    name: str
    geometry: str | None
    count: int
    columns: list[ColumnDocument]
    declared: str | None
    proposals: list[ProposalDocument]
    problems: list[ProblemDocument]
    warnings: list[ProblemDocument]


class InspectDocument(Document):
    """``inspect``: what a field file holds."""

    file: str
    driver: str
    layers: list[LayerDocument]


class PlanDocument(Document):
    """How a file was understood."""

    file: str
    layer: str
    type: str
    map: dict[str, str]
    set: dict[str, str]
    crs: str | None
    axis: float | None
    swapped: bool
    scale: float
    encodings: dict[str, str]
    capture_method: str | None
    unmapped: dict[str, str]


class FindingDocument(Document):
    """What a rule found; ``place`` is east (Y) and north (X) in the workspace's zone, metres."""

    model_config = ConfigDict(extra="allow")

    rule_id: str
    severity: Severity
    type_id: str
    uid: str
    field: str | None
    text: str


class CompletenessDocument(Document):
    """How many of the wanted values are there ("đủ"), and which are missing how often."""

    model_config = ConfigDict(extra="allow")

    filled: int
    wanted: int
    missing: dict[str, int]


class ImportDocument(Document):
    """``import``: what was read, accepted and written."""

    plan: PlanDocument
    dry_run: bool
    read: int
    accepted: int
    written: int
    rejected: list[ProblemDocument]
    warnings: list[ProblemDocument]
    repaired: dict[str, int]
    empty: dict[str, int]
    findings: list[FindingDocument]
    finding_counts: dict[Severity, int]
    completeness: CompletenessDocument | None
    datum_operation: str | None
    uids: list[str]


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
    blocks: bool
    rule_pack: str
    completeness: dict[str, CompletenessDocument]
    findings: list[FindingDocument]


class ApproveDocument(Document):
    """``approve``: the records approved, and those held back by findings."""

    approved: list[str]
    blocked: dict[str, list[FindingDocument]]


class PackageDocument(Document):
    """``package``: the sealed package."""

    package_id: str
    sequence: int
    file: str
    count: int
    counts: dict[str, dict[str, int]]
    copy_file: str | None


class VerifyDocument(Document):
    """``verify-package``: a package that is whole and signed."""

    package_id: str
    file: str
    commune: str
    device: str
    sequence: int
    count: int
    counts: dict[str, dict[str, int]]
    approved_by: str
    sealed_at: str


class EnrolDocument(Document):
    """``enrol``: what the province registered."""

    server: str
    device_id: str
    commune: str
    role: str


class OutcomeDocument(Document):
    """What became of one change at the province."""

    model_config = ConfigDict(extra="allow")

    uid: str
    type_id: str
    result: Literal["applied", "merged", "duplicate", "conflict", "rejected"]


class SyncDocument(Document):
    """``sync``: what was sent and what came back."""

    server: str
    sent: int
    packages: list[str]
    receipts: list[str]
    applied: int
    merged: int
    duplicate: int
    rejected: int
    conflicts: int
    pulled: int
    at: str
    clock_skew_s: float | None
    outcomes: list[OutcomeDocument]


class ExportDocument(Document):
    """``export``: the files written, and how many records of each type they hold."""

    files: list[str]
    counts: dict[str, int]


class SelfTestDocument(Document):
    """One thing that ``self-test`` tried."""

    name: str
    passed: bool
    detail: str


DOCUMENTS: dict[str, TypeAdapter[Any]] = {
    "new": TypeAdapter(NewDocument),
    "boundary": TypeAdapter(BoundaryDocument),
    "types": TypeAdapter(list[dict[str, Any]]),
    "inspect": TypeAdapter(InspectDocument),
    "import": TypeAdapter(ImportDocument),
    "list": TypeAdapter(list[RecordDocument]),
    "check": TypeAdapter(CheckDocument),
    "approve": TypeAdapter(ApproveDocument),
    "package": TypeAdapter(PackageDocument | None),
    "verify-package": TypeAdapter(VerifyDocument),
    "enrol": TypeAdapter(EnrolDocument),
    "sync": TypeAdapter(SyncDocument),
    "export": TypeAdapter(ExportDocument),
    "self-test": TypeAdapter(list[SelfTestDocument]),
}
