"""Documents of a workspace, its record types and this computer."""

from cli.printed.document import Document
from forms.model import RecordType


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


class SelfTestDocument(Document):
    """One thing that ``self-test`` tried."""

    name: str
    passed: bool
    detail: str
