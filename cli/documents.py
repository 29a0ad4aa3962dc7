"""What each command prints with ``--json``: closed models, from which docs/cli.md and its test are made."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from forms.model import RecordType

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


class ChildDocument(Document):
    """A type whose records belong to one of another, and the field with which they point at it."""

    type: str
    field: str


class TypeDocument(RecordType):
    """``types``: one record type as its definition says, and the types whose records belong to its records."""

    children: list[ChildDocument]


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


class CandidateDocument(Document):
    """A commune that a text may mean."""

    code: str
    name: str


class UndecidedUnitDocument(Document):
    """A text that may mean several communes: the user says which; ``former`` are the units before July 2025."""

    text: str
    count: int
    candidates: list[CandidateDocument]
    former: list[str]


class ColumnDocument(Document):
    """A column of a field file; ``undecided_units`` where it names communes of which not all are clear."""

    name: str
    type: str
    empty: int
    samples: list[str]
    encoding: str
    encodings: list[EncodingDocument]
    undecided_units: list[UndecidedUnitDocument]


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
    units: dict[str, str]
    undecided_units: list[UndecidedUnitDocument]
    codes: bool


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
    files: int
    left: int
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


class SelfTestDocument(Document):
    """One thing that ``self-test`` tried."""

    name: str
    passed: bool
    detail: str


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


class SuccessorDocument(Document):
    """What became of a unit; not ``whole`` when only a part went there."""

    code: str
    name: str
    whole: bool
    note: str


class UnitVersionDocument(Document):
    """What a code stood for between two days; a day or decree that no source gives is null."""

    code: str
    full_name: str
    kind: str
    province: str
    district: str | None
    valid_from: str | None
    valid_to: str | None
    decree: str | None
    successors: list[SuccessorDocument]


class FormerUnitDocument(Document):
    """A unit before 1 July 2025; ``key`` is its code, or code and name where the code is not its own."""

    key: str
    code: str | None
    name: str
    successors: list[SuccessorDocument]


class UnitDocument(Document):
    """``unit``: what a text names today and named before; ``versions`` holds all that its codes have stood for."""

    text: str
    today: list[UnitVersionDocument]
    former: list[FormerUnitDocument]
    draft_of: str | None
    versions: dict[str, list[UnitVersionDocument]]


class UnitCountDocument(Document):
    """``units``: the records of one unit by type; code null for those that name none."""

    code: str | None
    name: str
    total: int
    counts: dict[str, int]


class CodesDocument(Document):
    """``codes``: the records that were given a local code, and the mark this device writes."""

    mark: str
    count: int
    uids: list[str]


class RefusedFileDocument(Document):
    """A file that could not be attached, and why."""

    file: str
    code: str
    text: str


class AttachedDocument(Document):
    """``attach``: how many files were attached, and those that were not."""

    uid: str
    revision: int
    attached: int
    refused: list[RefusedFileDocument]


class SignatureDocument(Document):
    """A signature of a PDF; ``valid`` says nothing of who signed, ``reason`` is the code that explains it."""

    signer: str | None
    valid: bool | None
    at: str | None
    reason: str | None


class FactsDocument(Document):
    """``document``: what a file's content says of itself; ``notes`` are codes of what to be wary of."""

    file: str
    kind: Literal["image", "pdf", "office", "text", "cad", "video", "other"]
    mime: str
    bytes: int
    sha256: str
    width: int | None
    height: int | None
    dpi: float | None
    color_bits: int | None
    pages: int | None
    page_mm: tuple[float, float] | None
    has_text: bool | None
    scan: bool | None
    pdf_a: str | None
    taken_at: str | None
    place: tuple[float, float] | None
    altitude_m: float | None
    signatures: list[SignatureDocument]
    notes: list[str]


class StrippedDocument(Document):
    """``strip-place``: the copy that was written."""

    file: str
    sha256: str
    bytes: int


class AttachmentDocument(Document):
    """``attachments``: a file of a record; ``held`` tells where its bytes are."""

    sha256: str
    name: str
    bytes: int
    mime: str
    page: int | None
    caption: str | None
    taken_at: str | None
    place: tuple[float, float] | None
    held: Literal["whole", "damaged", "elsewhere", "missing"]
    in_province: bool


class SavedFileDocument(Document):
    """``save-attachment``: the file that was written."""

    sha256: str
    file: str
    bytes: int


class DetachedDocument(Document):
    """``detach``: the record, and the file it has no more."""

    uid: str
    revision: int
    sha256: str


class PhotoDocument(Document):
    """A photo and the nearest record; ``place`` is longitude and latitude, ``point`` lies in the workspace's zone."""

    file: str
    uid: str | None
    type: str | None
    distance_m: float | None
    taken_at: str | None
    place: tuple[float, float] | None
    point: tuple[float, float] | None
    error: str | None


class FolderPhotosDocument(Document):
    """``attach-folder``: what is proposed, and what was done; ``attached`` counts by record, null without --apply."""

    photos: list[PhotoDocument]
    attached: dict[str, int] | None
    made: list[str]
    refused: list[RefusedFileDocument]


class ChangedDocument(Document):
    """``set``, ``copy``, ``revert``: the records that changed."""

    label: str
    count: int
    uids: list[str]


class ChangeDocument(Document):
    """``history``: one change of a record; ``before`` and ``after`` hold what differs."""

    sequence: int
    operation: str
    kind: str
    label: str
    revision: int
    at: str
    actor: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class StepDocument(Document):
    """``undo``, ``redo``: the step, null when there was none, and how many records it touched."""

    label: str | None
    skipped: bool
    count: int


class ReshapedDocument(RecordDocument):
    """``split``, ``merge``: a record as it now stands, and what the rules say of it."""

    findings: list[FindingDocument]


class CatalogueChangeDocument(Document):
    """What a pack changes; ``retired`` counts records by ``type.field`` in fields that no form shows any more."""

    types: list[str]
    fields: list[str]
    fields_gone: list[str]
    codes: list[str]
    codes_gone: list[str]
    rules: list[str]
    rules_gone: list[str]
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


DOCUMENTS: dict[str, TypeAdapter[Any]] = {
    "unit": TypeAdapter(UnitDocument),
    "units": TypeAdapter(list[UnitCountDocument]),
    "codes": TypeAdapter(CodesDocument),
    "merge": TypeAdapter(ReshapedDocument),
    "split": TypeAdapter(list[ReshapedDocument]),
    "document": TypeAdapter(FactsDocument),
    "strip-place": TypeAdapter(StrippedDocument),
    "attach": TypeAdapter(AttachedDocument),
    "attachments": TypeAdapter(list[AttachmentDocument]),
    "save-attachment": TypeAdapter(SavedFileDocument),
    "detach": TypeAdapter(DetachedDocument),
    "attach-folder": TypeAdapter(FolderPhotosDocument),
    "set": TypeAdapter(ChangedDocument),
    "copy": TypeAdapter(ChangedDocument),
    "revert": TypeAdapter(ChangedDocument),
    "history": TypeAdapter(list[ChangeDocument]),
    "undo": TypeAdapter(StepDocument),
    "redo": TypeAdapter(StepDocument),
    "new": TypeAdapter(NewDocument),
    "boundary": TypeAdapter(BoundaryDocument),
    "types": TypeAdapter(list[TypeDocument]),
    "inspect": TypeAdapter(InspectDocument),
    "import": TypeAdapter(ImportDocument),
    "list": TypeAdapter(list[RecordDocument]),
    "check": TypeAdapter(CheckDocument),
    "dossiers": TypeAdapter(list[DossierRowDocument]),
    "dossier": TypeAdapter(DossierDocument),
    "add-document": TypeAdapter(AddedDocument),
    "grades": TypeAdapter(list[GradeDocument]),
    "approve": TypeAdapter(ApproveDocument),
    "package": TypeAdapter(PackageDocument | None),
    "verify-package": TypeAdapter(VerifyDocument),
    "enrol": TypeAdapter(EnrolDocument),
    "sync": TypeAdapter(SyncDocument),
    "export": TypeAdapter(ExportDocument),
    "xlsform": TypeAdapter(list[FormDocument]),
    "submissions": TypeAdapter(SubmissionsDocument),
    "qfield": TypeAdapter(FieldPackageDocument),
    "catalogue load": TypeAdapter(LoadedPackDocument),
    "catalogue list": TypeAdapter(list[StoredPackDocument]),
    "catalogue remove": TypeAdapter(RemovedPackDocument),
    "catalogue new-key": TypeAdapter(IssuerKeyDocument),
    "catalogue build": TypeAdapter(BuiltPackDocument),
    "self-test": TypeAdapter(list[SelfTestDocument]),
}
