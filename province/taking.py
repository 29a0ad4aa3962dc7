"""Takes one package: verify, decide, judge, write and answer, the writing and the receipt in one transaction."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, select, update

from core.errors import UserError
from forms.administration import load_communes
from forms.secrecy import find_stamp
from province.deciding import Decision, decide
from province.figures import note_figures
from province.gateway import Gateway
from province.holdings import Holdings
from province.judging import NO_PARENT, Judge
from province.sessions import Session, find_session
from province.tables import commune_sequences, packages, refused_packages
from province.uploads import Upload
from province.writing import note_refused, write_attachments, write_package_row, write_records, write_taken
from validation.delivery import Delivery
from wire.changes import change_id
from wire.header import PackageHeader
from wire.package import Package, read_header, read_package
from wire.receipt import Receipt, seal_receipt

SIGNED_BUT_REFUSED = frozenset(
    {"PACKAGE-CONTENT", "PACKAGE-NEWER-SCHEMA", "PACKAGE-RULE", "PACKAGE-SEQUENCE-USED", "SEC-SECRET-STAMP"}
)
"""Refusals that come after the signature has proved who sent the package."""

_GAPS_TOLD = 100


class Held(Exception):
    """A record refers to one that an earlier package of the device may bring; ``missing`` are the numbers of those."""

    def __init__(self, missing: Sequence[int]) -> None:
        super().__init__(missing)
        self.missing = list(missing)


def take_package(gateway: Gateway, path: Path, upload: Upload) -> bytes:
    """Return the sealed receipt of the package at ``path``, applied now or, if it was before, then.

    Raises ``Held``, or an ``AppError`` that refuses the package whole; the records are then as they were.
    """
    with gateway.database.reading() as connection:
        if stored := find_receipt(connection, upload.commune_code, upload.package_id):
            return stored
        header = read_header(path, limits=gateway.settings.limits)
        session = check_sender(connection, header, upload)
    try:
        package = read_package(
            path, catalogue=gateway.catalogue, limits=gateway.settings.limits, public_key=session.public_key
        )
        _refuse_secret_files(package.header)
        with gateway.database.writing() as connection:
            return _apply(gateway, connection, session, package)
    except UserError as error:
        if error.code in SIGNED_BUT_REFUSED:
            with gateway.database.writing() as connection:
                note_refused(connection, header, error.code, gateway.now())
        raise


def _refuse_secret_files(header: PackageHeader) -> None:
    """Refuse a package in which a file's name or the reason of a waiver carries a stamp of secrecy."""
    for item in header.attachments:
        if stamp := find_stamp(item.name):
            raise UserError("SEC-SECRET-STAMP", type="", uid=item.sha256, field=item.name, stamp=stamp)
    for waiver in header.waivers:
        if stamp := find_stamp(waiver.reason):
            raise UserError("SEC-SECRET-STAMP", type=waiver.type_id, uid=waiver.uid, field=waiver.rule_id, stamp=stamp)


def find_receipt(connection: Connection, commune_code: str, package_id: str) -> bytes | None:
    """Return the stored receipt of a package, byte for byte as it was first given."""
    query = select(packages.c.receipt).where(
        packages.c.commune_code == commune_code, packages.c.package_id == package_id
    )
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else str(found).encode("utf-8")


def check_sender(connection: Connection, header: PackageHeader, upload: Upload) -> Session:
    """Return the device that sealed the package.

    Raises PACKAGE-UNKNOWN-DEVICE, DEVICE-REVOKED, PACKAGE-FORGED-COMMUNE when the file names another commune than the
    device was enrolled for, PACKAGE-OTHER-COMMUNE when another commune's device brought it, PACKAGE-ID-DIFFERS,
    PACKAGE-WRONG-ZONE.
    """
    try:
        session = find_session(connection, header.device_id)
    except UserError as error:
        if error.code == "DEVICE-UNKNOWN":
            raise UserError("PACKAGE-UNKNOWN-DEVICE", device=header.device_id) from error
        raise
    if header.commune_code != session.commune_code:
        raise UserError("PACKAGE-FORGED-COMMUNE", commune=header.commune_code, device=header.device_id)
    if upload.commune_code != session.commune_code:
        raise UserError("PACKAGE-OTHER-COMMUNE", commune=header.commune_code)
    if upload.package_id != header.package_id:
        raise UserError("PACKAGE-ID-DIFFERS", said=upload.package_id, found=header.package_id)
    zone = load_communes()[session.commune_code].epsg
    if header.epsg != zone:
        raise UserError("PACKAGE-WRONG-ZONE", epsg=header.epsg, wanted=zone)
    return session


def _apply(gateway: Gateway, connection: Connection, session: Session, package: Package) -> bytes:
    header = package.header
    sequence = lock_sequence(connection, session.commune_code)
    if stored := find_receipt(connection, session.commune_code, header.package_id):
        return stored
    missing = _missing_sequences(connection, header)
    holdings = Holdings(connection, session.commune_code)
    files = {item.sha256: item.size for item in header.attachments}
    spellings = package.spellings
    judge = Judge(gateway, holdings, session.commune, files, {item.key: item for item in header.waivers}, spellings)
    judge.refuse_unfit(_delivery(gateway, package))
    known = holdings.known(package.changes, header.device_id)
    decisions = judge.judge(
        [
            decide(
                change,
                change_id(header.device_id, change, spellings.digest(change.content)),
                facts,
                gateway.catalogue.type(change.type_id),
            )
            for change, facts in zip(package.changes, known, strict=True)
        ]
    )
    if missing and any(decision.code == NO_PARENT for decision in decisions):
        raise Held(missing)
    now = gateway.now()
    ordered = _parents_first([decision for decision in decisions if decision.stores], judge)
    write_records(connection, header, ordered, sequence, now, spellings)
    write_taken(connection, header, decisions, spellings)
    write_attachments(connection, header, holdings.contents(files), now)
    last = sequence + len(ordered)
    connection.execute(
        update(commune_sequences).where(commune_sequences.c.commune_code == session.commune_code).values(value=last)
    )
    receipt = seal_receipt(
        Receipt(
            package_id=header.package_id,
            commune_code=session.commune_code,
            device_id=header.device_id,
            device_sequence=header.device_sequence,
            missing_sequences=tuple(missing),
            received_at=now,
            epoch=gateway.epoch,
            sequence=last,
            catalogue_hash=gateway.catalogue.hash,
            rule_pack_hash=gateway.rule_pack,
            audit_head=header.audit_head,
            outcomes=tuple(decision.outcome() for decision in decisions),
        ),
        gateway.key,
    )
    write_package_row(connection, header, receipt, last, now)
    note_figures(connection, header, [decision.result for decision in decisions], now)
    return receipt


def _delivery(gateway: Gateway, package: Package) -> Delivery:
    """Return what is known of a package as a whole; one without a certificate says nothing of who sealed it."""
    header, certificate = package.header, package.certificate
    return Delivery(
        package_id=header.package_id,
        sequence=header.device_sequence,
        open_errors=None if certificate is None else certificate.count("error"),
        approver=header.approved_by,
        program=None if certificate is None else certificate.program,
        oldest_program=gateway.settings.oldest_program,
    )


def lock_sequence(connection: Connection, commune_code: str) -> int:
    """Return the commune's newest sequence, held until this transaction ends: no later number can commit before."""
    query = select(commune_sequences.c.value).where(commune_sequences.c.commune_code == commune_code)
    return int(connection.execute(query.with_for_update()).scalar_one())


def _missing_sequences(connection: Connection, header: PackageHeader) -> list[int]:
    """Return the numbers below the package's that have not arrived; raise PACKAGE-SEQUENCE-USED when its own has."""
    taken = select(packages.c.device_sequence).where(
        packages.c.commune_code == header.commune_code, packages.c.device_id == header.device_id
    )
    arrived = set(connection.execute(taken).scalars())
    if header.device_sequence in arrived:
        raise UserError("PACKAGE-SEQUENCE-USED", sequence=header.device_sequence, device=header.device_id)
    refused = select(refused_packages.c.device_sequence).where(
        refused_packages.c.commune_code == header.commune_code, refused_packages.c.device_id == header.device_id
    )
    arrived.update(connection.execute(refused).scalars())
    gaps = (number for number in range(1, header.device_sequence) if number not in arrived)
    return [number for number, _ in zip(gaps, range(_GAPS_TOLD), strict=False)]


def _parents_first(storing: Sequence[Decision], judge: Judge) -> list[Decision]:
    """Return decisions so that no reader of the sequence sees a child without its parent: deletions last, backwards."""
    by_uid = {decision.change.uid: decision for decision in storing}
    parents = {uid: [by_uid[to] for _, to in judge.references(item) if to in by_uid] for uid, item in by_uid.items()}
    found = _behind_parents(storing, parents) if any(parents.values()) else list(storing)
    return [item for item in found if item.content is not None] + [item for item in found[::-1] if item.content is None]


def _behind_parents(storing: Sequence[Decision], parents: Mapping[str, Sequence[Decision]]) -> list[Decision]:
    ordered: dict[str, Decision] = {}
    for start in storing:
        stack: list[tuple[Decision, bool]] = [(start, False)]
        visiting: set[str] = set()
        while stack:
            decision, done = stack.pop()
            uid = decision.change.uid
            if uid in ordered:
                continue
            if done:
                ordered[uid] = decision
                continue
            visiting.add(uid)
            stack.append((decision, True))
            stack += [(parent, False) for parent in parents[uid] if parent.change.uid not in visiting]
    return list(ordered.values())
