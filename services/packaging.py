"""Sealing what is approved into one signed package."""

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.canonical import canonical_json
from core.errors import AppError, EnvironmentFault, UserError
from core.messages import pack_label
from core.progress import SILENT, Progress, track
from forms.content import record_content
from forms.loader import load_catalogue
from forms.record import State
from localdb import journal, outbox
from localdb.engine import Connection
from localdb.keys import load_device
from localdb.outbox import PackedChange, PendingChange, StoredPackage
from localdb.receipts import Packed, fetch_packed
from services.certifying import certify
from services.desk import Desk
from services.packing_files import choose_changes, stored_attachments
from wire import package as wire_package
from wire.certificate import Certificate
from wire.changes import RecordChange, build_change
from wire.header import PackageHeader

FOLDER = "packages"
CERTIFICATE = "certificate"
"""The key under which the store keeps a package's certificate beside its header."""
RECIPIENT = "province"


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """A package that lies complete in the workspace, waiting to be sent.

    ``files`` travel with it; ``left`` changes did not fit with theirs and wait for the next package. ``remarks`` are
    what the rules say of the package as a whole, in the user's language.
    """

    package_id: str
    sequence: int
    path: Path
    counts: Mapping[str, Mapping[str, int]]
    files: int = 0
    left: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many changes it holds."""
        return sum(sum(operations.values()) for operations in self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "package_id": self.package_id,
            "sequence": self.sequence,
            "file": str(self.path),
            "count": self.count,
            "counts": {type_id: dict(operations) for type_id, operations in self.counts.items()},
            "files": self.files,
            "left": self.left,
            "remarks": list(self.remarks),
        }


def seal_package(desk: Desk, *, progress: Progress = SILENT) -> SealedPackage | None:
    """Check once more what is approved and seal it; ``None`` when nothing waits.

    With the changes go the files that they name and that the province does not have; changes whose files do not fit
    wait for the next package. The file is complete on disk before the store says so; a record changed meanwhile takes
    the whole package back. Raise ``UserError`` PACKAGE-BLOCKED when a finding stands against an approved record,
    PACKAGE-UNFIT when one stands against the package, PACKAGE-FILES-TOO-LARGE, and ``EnvironmentFault`` JOURNAL-BROKEN
    when the journal's chain does not hold.
    """
    _remove_orphans(desk)
    with desk.reading() as connection:
        waiting = outbox.fetch_pending(connection, desk.catalogue)
        if not waiting:
            return None
        pending, files = choose_changes(desk, connection, waiting)
        broken = journal.verify_chain(connection)
        if broken is not None:
            raise EnvironmentFault("JOURNAL-BROKEN", sequence=broken)
        sequence, previous = outbox.next_sequence(connection, _used_at_the_province(desk))
        head = journal.chain_head(connection)
        approver, approved_at = journal.fetch_last_state_change(connection, State.APPROVED) or (desk.actor, desk.now())
        first = max((item.journal_last for item in outbox.fetch_packages(connection)), default=0) + 1
        now = desk.now()
        certified = certify(desk, connection, pending, approver, now)
    certificate = certified.certificate
    changes = [_change(desk, item) for item in track(pending, progress)]
    header = PackageHeader(
        commune_code=desk.commune.code,
        recipient=RECIPIENT,
        device_id=desk.workspace.device_id,
        device_sequence=sequence,
        previous_package=previous,
        epsg=desk.workspace.info.epsg,
        catalogue_hash=certificate.catalogue_hash,
        rule_pack_hash=certificate.rule_pack_hash,
        journal_first=min(first, head.sequence),
        journal_last=head.sequence,
        audit_head=head.hash,
        approved_by=approver.name,
        approver_authenticated=approver.authenticated,
        approved_at=approved_at,
        sealed_at=now,
        waivers=certified.waived,
    )
    folder = desk.workspace.folder / FOLDER
    key = load_device(desk.workspace.info.workspace_id).private_key
    package_id = wire_package.write_package(
        folder, header, changes, files, key, catalogue=desk.catalogue, certificate=certificate
    )
    path = wire_package.package_path(folder, package_id)
    try:
        _store(desk, wire_package.read_header(path), certificate, changes, now)
    except UserError:
        path.unlink(missing_ok=True)
        raise
    left = len(waiting) - len(pending)
    texts = tuple(remark.text() for remark in certified.remarks)
    return SealedPackage(package_id, sequence, path, count_changes(changes), len(files), left, texts)


def _used_at_the_province(desk: Desk) -> int:
    """Return the highest number that an older copy of this workspace must leave out, 0 where nothing was put back."""
    enrolment = load_device(desk.workspace.info.workspace_id).enrolment or {}
    return int(enrolment.get("last_sequence", 0))


def _store(
    desk: Desk, header: PackageHeader, certificate: Certificate, changes: Sequence[RecordChange], now: str
) -> None:
    sealed = outbox.SealedPackage(
        package_id=header.package_id,
        sequence=header.device_sequence,
        path=f"{FOLDER}/{header.package_id}.zip",
        journal_last=header.journal_last,
        header={**header.as_dict(), CERTIFICATE: certificate.as_dict()},
        counts=Counter(change.operation for change in changes),
        changes=tuple(
            PackedChange(change.uid, change.type_id, change.operation, change.revision, change.content)
            for change in changes
        ),
    )
    outbox.store_sealed(desk.workspace, sealed, actor=desk.actor, now=now, label=pack_label("WORK-PACK"))


def _change(desk: Desk, pending: PendingChange) -> RecordChange:
    return build_change(
        desk.catalogue.type(pending.type_id),
        uid=pending.uid,
        revision=pending.record.revision,
        base_revision=pending.base_revision,
        base=pending.base_content,
        content=None if pending.operation == "delete" else record_content(pending.record),
    )


def ensure_package_file(desk: Desk, package: StoredPackage) -> Path:
    """Return the path of a sealed package's file, written again from the store when it is gone or damaged.

    The store keeps what was sealed, and sealing is deterministic: the file comes back with the same id, or not at all
    (``EnvironmentFault`` PACKAGE-LOST).
    """
    path = package_file(desk, package)
    try:
        if wire_package.verify_package(path, catalogue=desk.catalogue).package_id == package.package_id:
            return path
    except (AppError, OSError):
        path.unlink(missing_ok=True)
    with desk.reading() as connection:
        changes = [
            _packed_change(desk, connection, type_id, uid, packed)
            for type_id, found in fetch_packed(connection, package.package_id).items()
            for uid, packed in found.items()
        ]
    told = {key: value for key, value in package.header.items() if key != CERTIFICATE}
    header = PackageHeader.model_validate_json(canonical_json(told))
    stored = package.header.get(CERTIFICATE)
    certificate = None if stored is None else Certificate.model_validate_json(canonical_json(stored))
    key = load_device(desk.workspace.info.workspace_id).private_key
    files = stored_attachments(desk, package.header.get("attachments", []))
    again = wire_package.write_package(
        path.parent, header, changes, files, key, catalogue=desk.catalogue, certificate=certificate
    )
    if again != package.package_id:
        wire_package.package_path(path.parent, again).unlink(missing_ok=True)
        raise EnvironmentFault("PACKAGE-LOST", package=package.package_id[:16], folder=str(path.parent))
    return path


def _packed_change(desk: Desk, connection: Connection, type_id: str, uid: str, packed: Packed) -> RecordChange:
    base = outbox.fetch_base(connection, uid)
    return build_change(
        desk.catalogue.type(type_id),
        uid=uid,
        revision=packed.revision,
        base_revision=base.revision if base else None,
        base=base.content if base else None,
        content=packed.content,
    )


def _remove_orphans(desk: Desk) -> None:
    """Remove package files that a broken sealing left behind and that the store does not know."""
    with desk.reading() as connection:
        known = {Path(item.path).name for item in outbox.fetch_packages(connection)}
    for path in (desk.workspace.folder / FOLDER).iterdir():
        if path.suffix in (".zip", ".part", ".new") and path.name not in known:
            path.unlink()


def count_changes(changes: Sequence[RecordChange]) -> dict[str, dict[str, int]]:
    """Return how many changes there are by record type and operation."""
    counts: dict[str, dict[str, int]] = {}
    for change in changes:
        operations = counts.setdefault(change.type_id, {})
        operations[change.operation] = operations.get(change.operation, 0) + 1
    return counts


def package_file(desk: Desk, package: StoredPackage) -> Path:
    """Return where a package of this workspace lies."""
    return desk.workspace.folder / package.path


def copy_package(path: Path, package_id: str, out: Path) -> Path:
    """Copy a package's file, for a USB stick, and read the copy back; raise PACKAGE-COPY when it is not the same.

    The copy is on the stick, and not only on its way there, when this returns.
    """
    target = out / path.name if out.is_dir() else out
    temporary = target.with_name(target.name + ".part")
    try:
        shutil.copyfile(path, temporary)
        with temporary.open("rb+") as copied:
            os.fsync(copied.fileno())
        if wire_package.verify_package(temporary).package_id != package_id:
            raise EnvironmentFault("PACKAGE-COPY", file=str(target))
        temporary.replace(target)
        wire_package.sync_folder(target.parent)
    except OSError as error:
        raise EnvironmentFault("PACKAGE-COPY", file=str(target)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return target


def verify_package(path: Path) -> dict[str, Any]:
    """Return what a package says of itself after every byte of it was accounted for; raise PACKAGE-… when not."""
    report = wire_package.verify_package(path, catalogue=load_catalogue())
    header, certificate = report.header, report.certificate
    return {
        "package_id": header.package_id,
        "file": str(path),
        "commune": header.commune_code,
        "device": header.device_id,
        "sequence": header.device_sequence,
        "count": sum(sum(operations.values()) for operations in header.counts.values()),
        "counts": {type_id: dict(operations) for type_id, operations in header.counts.items()},
        "approved_by": header.approved_by,
        "sealed_at": header.sealed_at,
        "rule_pack": header.rule_pack_hash,
        "certificate": None if certificate is None else certificate.as_dict(),
        "waived": len(header.waivers),
    }
