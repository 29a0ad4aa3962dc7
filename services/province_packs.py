"""The catalogue packs in force at the province: fetched with a sync, offered to a person, taken when they agree.

They lie in the workspace's folder beside the province's signed notice, which vouches for them byte for byte; what the
notice no longer names is deleted there. Nothing here changes the catalogue by itself: forms do not change under hands.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.canonical import sha256_hex
from core.errors import UserError
from core.messages import Language
from localdb import packs
from localdb.faults import fault_of_disk
from localdb.keys import load_device
from services.desk import Desk
from wire.signing import parse_public

if TYPE_CHECKING:  # the first page asks for offers, and must not load all this for it
    from services.catalogue_packs import LoadedPack
    from sync.client import GatewayClient
    from wire.catalogue_notice import CatalogueNotice, PackNotice

FOLDER, NOTICE = "catalogue", "notice.json"


@dataclass(frozen=True, slots=True)
class OfferedPack:
    """A pack in force at the province that this workspace does not have, or has an earlier version of."""

    pack_id: str
    version: int
    name: Mapping[Language, str]
    issuer: str
    path: Path

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        facts = {"pack_id": self.pack_id, "version": self.version, "name": dict(self.name), "issuer": self.issuer}
        return {**facts, "file": str(self.path)}


def fetch_offers(desk: Desk, client: "GatewayClient") -> tuple[OfferedPack, ...]:
    """Ask what the province checks with, fetch the packs that are missing here, and return what is offered."""
    notice, sealed = client.fetch_catalogue()
    folder = desk.workspace.folder / FOLDER
    if not notice.packs and not folder.exists():
        return ()
    named = {f"{told.digest}.zip" for told in notice.packs}
    try:
        folder.mkdir(exist_ok=True)
        for told in _missing(desk, notice):
            path = folder / f"{told.digest}.zip"
            if not _is_whole(path, told):
                _write(path, client.fetch_pack(told))
        _write(folder / NOTICE, sealed)
        for path in folder.glob("*.zip"):
            if path.name not in named:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise fault_of_disk(error, folder) from error
    return offered_packs(desk)


def offered_packs(desk: Desk) -> tuple[OfferedPack, ...]:
    """Return the packs that the province was last heard to use and this workspace has not taken, the lowest first."""
    notice = _read_notice(desk)
    folder = desk.workspace.folder / FOLDER
    return tuple(
        OfferedPack(told.pack_id, told.version, dict(told.name), told.issuer, folder / f"{told.digest}.zip")
        for told in (_missing(desk, notice) if notice else ())
        if (folder / f"{told.digest}.zip").is_file()
    )


def take_offer(desk: Desk, offer: OfferedPack, *, dry_run: bool = False) -> "LoadedPack":
    """Take an offered pack into the workspace; the province vouches for its issuer.

    Raise PACK-OFFER-CHANGED when the file is not, or no longer, what the province named, and what ``load_pack`` raises.
    """
    notice = _read_notice(desk)
    named = {told.digest for told in notice.packs} if notice else set()
    if not offer.path.is_file() or sha256_hex(offer.path.read_bytes()) not in named:
        raise UserError("PACK-OFFER-CHANGED", file=offer.path.name)
    from services.catalogue_packs import load_pack

    return load_pack(desk, offer.path, trust=True, dry_run=dry_run)


def _missing(desk: Desk, notice: "CatalogueNotice") -> "list[PackNotice]":
    with desk.reading() as connection:
        held = packs.fetch_versions(connection)
    return [told for told in notice.packs if told.version > held.get(told.pack_id, 0)]


def _read_notice(desk: Desk) -> "CatalogueNotice | None":
    """Return the notice kept here; one that another key signed, or that was changed, says nothing."""
    path = desk.workspace.folder / FOLDER / NOTICE
    if not path.exists():
        return None
    from wire.catalogue_notice import open_notice

    enrolment = load_device(desk.workspace.info.workspace_id).enrolment
    if enrolment is None:
        return None
    with suppress(OSError, ValueError):
        return open_notice(path.read_bytes(), parse_public(enrolment["server_key"]))
    return None


def _is_whole(path: Path, told: "PackNotice") -> bool:
    return path.is_file() and path.stat().st_size == told.length and sha256_hex(path.read_bytes()) == told.digest


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(data)
    temporary.replace(path)
