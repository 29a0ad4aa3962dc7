"""The bodies of the gateway's requests and answers, as both sides read them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wire.header import Closed, Digest, Moment, Name, TypeKey, Uid, Whole

PROTOCOL = 1
TUS_VERSION = "1.0.0"
CHUNK_MEDIA_TYPE = "application/offset+octet-stream"

Role = Literal["surveyor", "officer", "approver", "admin"]
ROLES: tuple[Role, ...] = ("surveyor", "officer", "approver", "admin")

Code = Annotated[str, StringConstraints(min_length=8, max_length=40)]
Key = Annotated[str, StringConstraints(pattern=r"^ed25519:[A-Za-z0-9+/]{43}=$")]
Proof = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]
Secret = Annotated[str, StringConstraints(min_length=20, max_length=100)]

PackageStage = Literal["receiving", "received", "held", "applied", "refused"]


class Answer(BaseModel):
    """What the gateway says; a client skips keys it does not know, so that an older one still understands."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def as_dict(self) -> dict[str, Any]:
        """Return this as plain JSON-able data."""
        return self.model_dump(mode="json")


class ErrorAnswer(Answer):
    """Every error: a stable code and the facts for its words."""

    code: str
    context: Mapping[str, Any] = Field(default_factory=dict)


class EnrolRequest(Closed):
    """A device asks to be registered; ``signature`` is over ``enrolment_message``.

    ``commune_code`` is the commune that the asker works for: a code for another one is then refused and not spent.
    """

    code: Code
    device_id: Uid
    public_key: Key
    name: Name
    signature: Proof
    commune_code: str | None = Field(default=None, max_length=20)


class Enrolment(Answer):
    """What the province knows a device as. ``server_key`` is the key its receipts are signed with, from now on."""

    device_id: str
    commune_code: str
    role: Role
    server_key: str
    epoch: str


class NonceRequest(Closed):
    """A device asks for a challenge."""

    device_id: Uid


class NonceAnswer(Answer):
    """A challenge, good once."""

    nonce: str
    expires_in_s: int


class TokenRequest(Closed):
    """The challenge, signed; ``signature`` is over ``token_message``."""

    device_id: Uid
    nonce: Secret
    signature: Proof


class TokenAnswer(Answer):
    """An opaque token for ``Authorization: Bearer``.

    ``last_sequence`` is the highest number of a package of the device that was taken or refused, 0 when none was: a
    device that knows of fewer has been put back to an older copy.
    """

    token: str
    expires_in_s: int
    last_sequence: int = 0


class PackageAnswer(Answer):
    """Where a package stands.

    ``receiving`` with ``offset`` of ``length`` bytes, ``received`` and being checked, ``held`` until an earlier package
    of the same device arrives, ``applied`` with the sealed receipt, ``refused`` whole with the reason.
    """

    package_id: Digest
    state: PackageStage
    offset: int | None = None
    length: int | None = None
    missing_sequences: tuple[int, ...] = ()
    receipt: Mapping[str, Any] | None = None
    error: ErrorAnswer | None = None


class ChangeItem(Answer):
    """One version of one record at the province; ``content`` is ``None`` when it was deleted."""

    sequence: Whole
    type_id: TypeKey
    uid: Uid
    revision: Whole
    content: Mapping[str, Any] | None
    content_hash: str | None
    device_id: str
    package_id: str
    at: Moment


class ChangesPage(Answer):
    """What happened to the commune's records after a place in its commit sequence.

    ``next`` is where the following page begins, ``horizon`` the newest sequence committed, below which no sequence will
    ever be filled. ``reset`` says that the place asked for belongs to another life of the database (``epoch``) and the
    page therefore begins at the start.
    """

    epoch: str
    reset: bool
    changes: tuple[ChangeItem, ...]
    next: Whole
    horizon: Whole
    more: bool


class RemarkItem(Answer):
    """A remark of the province, pinned to a record, a field, or a place."""

    remark_id: str
    uid: str | None
    type_id: str | None
    field: str | None
    place: tuple[float, float] | None
    text: str
    deadline: str | None
    created_at: str
    closed_at: str | None


class RemarksAnswer(Answer):
    """The commune's remarks, newest first."""

    remarks: tuple[RemarkItem, ...]


class HealthAnswer(Answer):
    """That this is a gateway, and whose."""

    service: Literal["diaba"] = "diaba"
    protocol: int = PROTOCOL
    server_key: str
    epoch: str
    time: str
