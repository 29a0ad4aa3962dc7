"""Documents of administrative units and identities."""

from cli.printed.document import Document
from cli.printed.field_files import FindingDocument
from cli.printed.records import RecordDocument


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


class ReshapedDocument(RecordDocument):
    """``split``, ``merge``: a record as it now stands, and what the rules say of it."""

    findings: list[FindingDocument]
