"""``diaba.json``: what a package says about itself before anybody opens its records."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.canonical import canonical_json, sha256_hex
from core.errors import UserError
from wire.plain import parse_canonical

FORMAT = 1
HEADER_NAME = "diaba.json"
MOST_WAIVERS = 2_000

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Uid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TypeKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Whole = Annotated[int, Field(ge=0, lt=1 << 53)]


class Closed(BaseModel):
    """Frozen, strict about kinds, and closed to unknown keys: a new key is a new format version."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain JSON-able data."""
        return self.model_dump(mode="json")


class AttachedFile(Closed):
    """A file that travels with the records, stored under its SHA-256."""

    sha256: Digest
    name: Name
    size: Whole


class WaivedFinding(Closed):
    """A finding that the sender lets stand: which (``key``: ``validation.finding``), why, who said so and when.

    ``revision`` is the sender's of the record that travels, as its change has it.
    """

    key: Digest
    rule_id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,7}-\d{2,4}$")]
    type_id: TypeKey
    uid: Uid
    revision: Whole
    field: Name | None = None
    reason: Annotated[str, StringConstraints(min_length=10, max_length=500)]
    person: Name
    at: Moment


class PackageHeader(Closed):
    """Everything a package says about itself.

    The fields before ``device_key`` come from the workspace; the rest is filled in by ``write_package``. ``sealed_at``
    and ``approved_at`` are the sender's clock: information, never a reason to accept or refuse. ``catalogue_hash`` and
    ``rule_pack_hash`` say with what the records were checked. ``audit_head`` is the hash of the newest journal entry.
    ``waivers``, in the order of record and key, stand in the header only when there are any.
    """

    commune_code: Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
    recipient: Name
    device_id: Uid
    device_sequence: Annotated[int, Field(ge=1, lt=1 << 53)]
    previous_package: Digest | None = None
    epsg: int
    catalogue_hash: str
    rule_pack_hash: str
    journal_first: Whole
    journal_last: Whole
    audit_head: str
    approved_by: Name
    approved_at: Moment
    approver_authenticated: bool = False
    sealed_at: Moment
    waivers: Annotated[tuple[WaivedFinding, ...], Field(max_length=MOST_WAIVERS)] = ()

    device_key: str = ""
    attachments: tuple[AttachedFile, ...] = ()
    counts: Mapping[TypeKey, Mapping[Literal["insert", "update", "delete"], Whole]] = Field(default_factory=dict)
    manifest_sha256: str = ""
    package_id: str = ""
    format: int = FORMAT

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain JSON-able data; without waivers it is what it was before there were any."""
        data = super().as_dict()
        if not self.waivers:
            del data["waivers"]
        return data

    def computed_id(self) -> str:
        """Return the SHA-256 of the canonical header without its id; ``manifest_sha256`` lets it speak for all."""
        data = self.as_dict()
        del data["package_id"]
        return sha256_hex(canonical_json(data))

    def encode(self) -> bytes:
        """Return the bytes of ``diaba.json``."""
        return canonical_json(self.as_dict())


def parse_header(data: bytes) -> PackageHeader:
    """Return the header of untrusted bytes.

    Raises PACKAGE-FORMAT for a version this program does not read, PACKAGE-DAMAGED for anything that is not canonical,
    not complete, or whose id is not its own.
    """
    try:
        found = parse_canonical(data)
        if isinstance(found, dict) and found.get("format") != FORMAT and isinstance(found.get("format"), int):
            raise UserError("PACKAGE-FORMAT", format=found["format"], known=FORMAT)
        header = PackageHeader.model_validate_json(data)
    except (ValueError, RecursionError, ValidationError) as error:
        raise UserError("PACKAGE-DAMAGED", file=HEADER_NAME) from error
    if header.computed_id() != header.package_id or header.encode() != data:
        raise UserError("PACKAGE-DAMAGED", file=HEADER_NAME)
    return header
