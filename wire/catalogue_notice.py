"""What the province checks with, as it tells its communes: hashes, versions, and the catalogue packs in force there."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wire.header import Digest, Name, Uid, Whole
from wire.protocol import Answer
from wire.sealed import open_document
from wire.signing import PublicKey

PACK_MEDIA_TYPE = "application/zip"


class PackNotice(Answer):
    """One catalogue pack in force: ``digest`` is the SHA-256 of its file, ``length`` the file's bytes.

    The province vouches for what it names: its issuer need not be trusted by hand.
    """

    pack_id: Uid
    version: Annotated[int, Field(ge=1)]
    name: Mapping[Literal["vi", "en"], Name]
    issuer: Name
    digest: Digest
    length: Whole


class CatalogueNotice(Answer):
    """The document of ``GET /v1/catalogue``; ``packs`` lie over each other in this order, the lowest first.

    A gateway of before packs were told has none to tell.
    """

    catalogue_hash: Digest
    rule_pack_hash: Digest
    package_formats: tuple[int, ...]
    types: Mapping[str, int]
    packs: tuple[PackNotice, ...] = ()


def open_notice(data: bytes, server_key: PublicKey) -> CatalogueNotice:
    """Return what a sealed notice says; raise ``ValueError`` unless ``server_key`` signed it and it is a notice."""
    return CatalogueNotice.model_validate(open_document(data, server_key))
