"""Push, receipts, pull: one round with the province, which any failure leaves as it was before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.messages import pack_label
from core.progress import SILENT, Progress
from localdb import outbox
from localdb.faults import fault_of_disk
from localdb.keys import authority_file, load_device, save_authority, save_enrolment
from localdb.outbox import StoredPackage
from services.conflicts import settle_undisputed
from services.desk import Desk
from services.older_copies import count_forgotten, take_back
from services.packaging import ensure_package_file, package_file, seal_package
from services.province_packs import OfferedPack, fetch_offers
from services.pulling import Pulled, apply_page
from services.recovering import recover_lost
from services.remarks import take_remarks
from sync.client import GatewayClient
from wire.receipt import Outcome, Receipt, open_receipt
from wire.signing import parse_public

RECEIPT_WAIT_S = 120.0
CLOCK_TOLERANCE_S = 300.0
NUMBER_USED = "PACKAGE-SEQUENCE-USED"
"""How the province says that another life of this workspace has sent a package of the same number."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Where a round stands: the ``place``-th of ``count`` packages, and how many of its bytes the province has."""

    package_id: str
    sequence: int
    place: int
    count: int
    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class _Told:
    """Progress of one package that also says which package it is of."""

    progress: Progress
    notice: Callable[[Sending], None]
    package: StoredPackage
    place: int
    count: int

    def step(self, done: int, total: int | None = None) -> None:
        self.progress.step(done, total)
        self.notice(Sending(self.package.package_id, self.package.sequence, self.place, self.count, done, total or 0))


def _tell_nobody(stage: Sending) -> None:
    """Where nobody watches."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one round sent and brought back; ``settled`` are conflicts in which nothing was left to decide.

    ``recovered`` counts records that a restored province had lost, ``forgotten`` the packages that it has from here and
    an older copy of the workspace does not know, ``other_rules`` are the packages that the province
    judged by other rules than they were checked with here, ``offered`` the catalogue packs in force there and not here.
    """

    server: str
    packages: tuple[str, ...]
    receipts: tuple[Path, ...]
    outcomes: tuple[Outcome, ...]
    pulled: Pulled
    at: str
    clock_skew_s: float | None
    settled: frozenset[str] = frozenset()
    recovered: int = 0
    forgotten: int = 0
    other_rules: tuple[str, ...] = ()
    offered: tuple[OfferedPack, ...] = ()

    def count(self, *results: str) -> int:
        """Return how many of our changes had one of these results."""
        return sum(outcome.result in results for outcome in self.outcomes)

    @property
    def conflicts(self) -> frozenset[str]:
        """The records on which a person must decide between ours and the province's."""
        told = {outcome.uid for outcome in self.outcomes if outcome.result == "conflict"}
        return frozenset((told | self.pulled.parked) - self.settled)

    @property
    def needs_attention(self) -> bool:
        """Whether something came back that a person must look at."""
        return bool(self.conflicts) or self.count("rejected") > 0

    @property
    def clock_is_off(self) -> bool:
        """Whether this computer's clock differs from the province's by more than a person would want to know."""
        return abs(self.clock_skew_s or 0.0) > CLOCK_TOLERANCE_S

    def summary(self) -> dict[str, int]:
        """Return the figures of the round."""
        return {
            "sent": len(self.packages),
            "applied": self.count("applied"),
            "merged": self.count("merged"),
            "duplicate": self.count("duplicate"),
            "rejected": self.count("rejected"),
            "conflicts": len(self.conflicts),
            "pulled": self.pulled.count,
            "recovered": self.recovered,
            "forgotten": self.forgotten,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "server": self.server,
            "packages": list(self.packages),
            "receipts": [str(path) for path in self.receipts],
            **self.summary(),
            "at": self.at,
            "clock_skew_s": self.clock_skew_s,
            "other_rules": list(self.other_rules),
            "offered_packs": [offer.as_dict() for offer in self.offered],
            "outcomes": [outcome.model_dump(mode="json", exclude_none=True) for outcome in self.outcomes],
        }


def enrol(desk: Desk, server: str, code: str, *, authority: Path | None = None) -> dict[str, Any]:
    """Register this computer with the province; a code of another commune is refused and not spent.

    ``authority`` is a PEM file of the authority that vouches for the gateway where the computer's own store does not
    know it; a copy is kept for every round that follows. Without it, the one kept before is used, if any. Raise SYNC-CA
    when the file holds no certificate.
    """
    device = load_device(desk.workspace.info.workspace_id)
    with GatewayClient(
        server,
        device_id=device.device_id,
        private_key=device.private_key,
        clock=desk.clock,
        ca=authority or authority_file(desk.workspace.info.workspace_id),
    ) as client:
        try:
            answer = client.enrol(code, name=desk.actor.name, commune_code=desk.commune.code)
        except UserError as error:
            if error.context.get("gateway_code") != "CODE-OTHER-COMMUNE":
                raise
            facts_told = error.context.get("facts")
            named = facts_told.get("commune", "?") if isinstance(facts_told, dict) else "?"
            raise UserError("SYNC-OTHER-COMMUNE", commune=named, ours=desk.commune.full_name) from error
    if answer.commune_code != desk.commune.code:
        raise UserError("SYNC-OTHER-COMMUNE", commune=answer.commune_code, ours=desk.commune.full_name)
    facts = {"server": server.rstrip("/"), **answer.as_dict()}
    if authority is not None:
        save_authority(desk.workspace.info.workspace_id, authority)
    save_enrolment(desk.workspace.info.workspace_id, facts)
    return {
        "server": facts["server"],
        "device_id": answer.device_id,
        "commune": answer.commune_code,
        "role": answer.role,
    }


def sync(
    desk: Desk,
    server: str | None = None,
    *,
    progress: Progress = SILENT,
    notice: Callable[[Sending], None] = _tell_nobody,
) -> SyncReport:
    """Seal what is approved, send every package not yet answered, take the receipts, and pull records and remarks.

    ``notice`` hears, on the caller's thread, how far each package is on its way.
    Raise ``UserError`` DESK-NOT-ENROLLED before this computer is registered. Any other failure leaves what was already
    answered answered, and everything else waiting as it was.
    """
    device = load_device(desk.workspace.info.workspace_id)
    if device.enrolment is None:
        raise UserError("DESK-NOT-ENROLLED", commune=desk.commune.code)
    address = (server or device.enrolment["server"]).rstrip("/")
    pushed, pulled = _Pushed(), Pulled()
    with GatewayClient(
        address,
        device_id=device.device_id,
        private_key=device.private_key,
        server_key=device.enrolment["server_key"],
        clock=desk.clock,
        ca=authority_file(desk.workspace.info.workspace_id),
    ) as client:
        recovered = recover_lost(desk, client)
        forgotten = count_forgotten(desk, client)
        if forgotten:
            _catch_up(desk, client, pulled)
        try:
            _send_all(desk, client, pushed, progress, notice)
        except UserError as error:
            if forgotten or error.context.get("gateway_code") != NUMBER_USED:
                raise
            forgotten = 1
            _catch_up(desk, client, pulled)
            _send_all(desk, client, pushed, progress, notice)
        _pull(desk, client, pulled)
        take_remarks(desk, client.fetch_remarks())
        offered = fetch_offers(desk, client)
        skew = client.clock_skew_s
    return SyncReport(
        server=address,
        packages=tuple(pushed.packages),
        receipts=tuple(path for path, _ in pushed.receipts),
        outcomes=tuple(outcome for _, receipt in pushed.receipts for outcome in receipt.outcomes),
        pulled=pulled,
        at=desk.now(),
        clock_skew_s=skew,
        settled=settle_undisputed(desk),
        recovered=recovered.count,
        forgotten=forgotten,
        other_rules=tuple(pushed.other_rules),
        offered=offered,
    )


def _catch_up(desk: Desk, client: GatewayClient, pulled: Pulled) -> None:
    """Make an older copy of the workspace one that knows what was sent from here since."""
    take_back(desk, client)
    _pull(desk, client, pulled)


@dataclass(slots=True)
class _Pushed:
    """What a round has sent, and the answers."""

    packages: list[str] = field(default_factory=list)
    receipts: list[tuple[Path, Receipt]] = field(default_factory=list)
    other_rules: list[str] = field(default_factory=list)


def _send_all(
    desk: Desk, client: GatewayClient, pushed: _Pushed, progress: Progress, notice: Callable[[Sending], None]
) -> None:
    """Seal what is approved, send every package that has no receipt, and note in ``pushed`` what became of it."""
    waiting = _seal_all(desk, progress)
    for place, package in enumerate(waiting, start=1):
        answered = _send(desk, client, package, _Told(progress, notice, package, place, len(waiting)))
        pushed.packages.append(package.package_id)
        if answered is not None:
            pushed.receipts.append(answered)
            pushed.other_rules += [package.package_id] if is_judged_otherwise(package, answered[1]) else []


def _seal_all(desk: Desk, progress: Progress) -> list[StoredPackage]:
    """Seal everything that is approved and return every package that has no receipt, oldest first."""
    while (sealed := seal_package(desk, progress=progress)) is not None and sealed.left:
        pass
    with desk.reading() as connection:
        return [item for item in reversed(outbox.fetch_packages(connection)) if item.receipt is None]


def is_judged_otherwise(package: StoredPackage, receipt: Receipt) -> bool:
    """Whether the province judged a package by another rule pack than the one it was checked with here."""
    return bool(package.header["rule_pack_hash"] != receipt.rule_pack_hash)


def _send(desk: Desk, client: GatewayClient, package: StoredPackage, progress: Progress) -> tuple[Path, Receipt] | None:
    """Send one package and take its receipt; ``None`` when the province has it but has not answered yet."""
    client.upload(ensure_package_file(desk, package), package.package_id, progress)
    label = pack_label("WORK-SEND")
    outbox.mark_sent(desk.workspace, package.package_id, actor=desk.actor, now=desk.now(), label=label)
    answer = client.fetch_receipt(package.package_id, RECEIPT_WAIT_S)
    if answer is None:
        return None
    return take_receipt(desk, package, answer.data), answer.receipt


def take_receipt(desk: Desk, package: StoredPackage, sealed: bytes) -> Path:
    """Verify the province's signed answer, keep its bytes beside the package, and apply it to the records."""
    enrolment = load_device(desk.workspace.info.workspace_id).enrolment
    if enrolment is None:
        raise UserError("DESK-NOT-ENROLLED", commune=desk.commune.code)
    receipt = open_receipt(sealed, parse_public(enrolment["server_key"]))
    if receipt.package_id != package.package_id:
        raise UserError("RECEIPT-OTHER-PACKAGE", package=package.package_id[:16])
    path = package_file(desk, package).with_suffix(".receipt.json")
    temporary = path.with_suffix(".new")
    try:
        temporary.write_bytes(sealed)
        temporary.replace(path)
    except OSError as error:
        raise fault_of_disk(error, path) from error
    outbox.store_receipt(
        desk.workspace,
        package.package_id,
        receipt.as_dict(),
        receipt.outcomes,
        desk.now(),
        actor=desk.actor,
        label=pack_label("WORK-RECEIPT"),
    )
    return path


def _pull(desk: Desk, client: GatewayClient, pulled: Pulled) -> None:
    """Fetch page after page until the province has no more; each is applied with its place before the next is asked."""
    with desk.reading() as connection:
        state = outbox.fetch_pull_state(connection)
    epoch, cursor = state.epoch, state.cursor
    while True:
        page = client.fetch_changes(cursor, epoch)
        apply_page(desk, page, pulled)
        epoch, cursor = page.epoch, page.next
        if not page.more:
            return
