"""Documents of field files: inspection, import, export."""

from typing import Any, Literal

from pydantic import ConfigDict

from cli.printed.document import Document, Severity


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
    """A coordinate system the file may be in, best first; ``distance_m`` is the median distance to the boundary,
    ``known_m`` that to records of the workspace, ``shift`` what is added to east and north.
    """

    crs: str
    axis: float | None
    label: str
    swapped: bool
    scale: float
    shift: tuple[float, float]
    inside_share: float | None
    distance_m: float | None
    known_m: float | None
    confidence: Literal["decided", "undecided", "rejected"]
    reason_code: str
    reason: str


class LayerDocument(Document):
    """A layer of a field file; ``count`` is how many rows it has at least where they are not ``counted``."""

    name: str
    geometry: str | None
    count: int
    counted: bool
    columns: list[ColumnDocument]
    declared: str | None
    proposals: list[ProposalDocument]
    problems: list[ProblemDocument]
    warnings: list[ProblemDocument]


class DrawingLayerDocument(Document):
    """A layer or level of a drawing: entities by kind, entities by colour."""

    name: str
    colour: str
    kinds: dict[str, int]
    colours: dict[str, int]


class BlockDocument(Document):
    """A block in use: how often it is set in, of how many parts it is made."""

    name: str
    inserts: int
    parts: int


class TextStyleDocument(Document):
    """A text style in use; ``encoding`` is what its font stands for, ``None`` for Unicode or unknown."""

    name: str
    font: str
    encoding: str | None
    capitals: bool
    count: int
    samples: list[str]


class DrawingDocument(Document):
    """What a drawing holds; ``left_out`` counts entities of kinds that are not read, ``paper`` those in layouts."""

    version: str
    units_m: float | None
    layers: list[DrawingLayerDocument]
    blocks: list[BlockDocument]
    styles: list[TextStyleDocument]
    left_out: dict[str, int]
    paper: int


class InspectDocument(Document):
    """``inspect``: what a field file holds; of a drawing its own layers.

    ``whole`` is false where ``--quick`` looked at some rows of a large file only: every count is of these.
    """

    file: str
    driver: str
    whole: bool
    layers: list[LayerDocument]
    drawing: DrawingDocument | None


class RecipeDocument(Document):
    """Which parts of a drawing become records; lengths are metres."""

    shape: Literal["point", "line", "polygon"]
    layers: list[str]
    colours: list[str]
    blocks: list[str]
    label_layers: list[str]
    label_way: Literal["none", "inside", "near"]
    within_m: float
    close_m: float
    faces: bool
    labelled_only: bool
    keep_far: bool


class ProfilePartDocument(RecipeDocument):
    """What a profile makes records of one type of."""

    type: str
    map: dict[str, str] = {}
    set: dict[str, str] = {}


class ProfileDocument(Document):
    """``profiles``: a mapping profile for drawings."""

    name: str
    origin: Literal["workspace", "pack"]
    parts: list[ProfilePartDocument]


class ReadingDocument(Document):
    """A text of a column of codes, the code it is taken for (null: left out), and how that was found."""

    text: str
    count: int
    code: str | None
    how: Literal["listed", "synonym", "successor", "remembered", "open"]


class ColumnProposalDocument(Document):
    """What a column may become; ``rivals`` are the fields or columns it may as well be."""

    column: str
    field: str | None
    confidence: Literal["certain", "likely", "open", "remembered", "packed"]
    score: float
    rivals: list[str]
    text: str
    values: list[ReadingDocument]


class MatchingDocument(Document):
    """How rows are known that are here already, and what is done with them."""

    by: Literal["uid", "official-id", "local-code", "likeness"]
    on_match: Literal["update", "skip", "add"]
    on_new: Literal["add", "skip"]
    erase_empty: bool
    choices: dict[str, str]
    left_out: list[str]
    taken: list[str]
    within_m: float


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
    shift: tuple[float, float]
    encodings: dict[str, str]
    capture_method: str | None
    unmapped: dict[str, str]
    units: dict[str, str]
    undecided_units: list[UndecidedUnitDocument]
    codes: bool
    recipe: RecipeDocument | None
    linework: bool
    only_codes: list[str]
    traverse: Literal["left", "right"] | None
    matching: MatchingDocument | None
    columns: list[ColumnProposalDocument]
    values: dict[str, dict[str, str | None]]
    remembered: bool
    pack: str


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


class MatchCandidateDocument(Document):
    """A record that a row may be; ``likeness`` is 0 to 1, null where a sign decided."""

    uid: str
    title: str
    likeness: float | None


class RowMatchDocument(Document):
    """What a row is here; ``changes`` by field: ``old`` and ``new``, of ``geometry`` how far it moved (``moved_m``)."""

    row: int
    outcome: Literal["new", "changed", "same", "ambiguous", "deleted", "locked"]
    title: str
    uid: str | None
    state: str | None
    likeness: float | None
    candidates: list[MatchCandidateDocument]
    changes: dict[str, dict[str, Any]]
    reason: str | None
    text: str
    action: Literal["insert", "update"] | None
    kept: list[str]


class MatchesDocument(Document):
    """What the rows are here; those that are the same are counted, not listed. ``token`` goes with ``--seen``."""

    counts: dict[Literal["new", "changed", "same", "ambiguous", "deleted", "locked"], int]
    counts_by_field: dict[str, int]
    token: str
    rows: list[RowMatchDocument]
    rows_left_off: int


class RememberedDocument(Document):
    """``remembered``: what is remembered of files with the same columns."""

    signature: str
    type: str
    source: str
    map: dict[str, str]
    values: dict[str, dict[str, str | None]]
    saved_at: str
    saved_by: str


class ImportDocument(Document):
    """``import``: what was read, accepted and written; ``uids`` were added, ``updated_uids`` changed."""

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
    updated_uids: list[str]
    matches: MatchesDocument | None


class ImportsDocument(Document):
    """``import`` by a profile without ``--type``: one document for each part."""

    imports: list[ImportDocument]


class TextColumnDocument(Document):
    """A text column of an imported file, and the field it became."""

    type: str
    file: str
    layer: str | None
    column: str
    field: str
    encoding: str
    count: int


class RereadingDocument(TextColumnDocument):
    """What reading a column again changed; ``edited`` and ``unread`` cells stayed as they were."""

    before: str
    edited: int
    unread: int


class RereadDocument(Document):
    """``reread-text``: the columns, and what was done when an encoding was given."""

    columns: list[TextColumnDocument]
    outcome: RereadingDocument | None


class ExportDocument(Document):
    """``export``: the files written, and how many records of each type they hold."""

    files: list[str]
    counts: dict[str, int]
