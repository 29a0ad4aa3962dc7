"""The road to the province on a USB stick: packages out, receipts in, with the same guarantees as on the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError
from core.progress import SILENT, Progress
from localdb import outbox
from localdb.faults import fault_of_disk
from localdb.keys import load_device
from services.desk import Desk
from services.packaging import copy_package, ensure_package_file, seal_package
from services.syncing import is_judged_otherwise, take_receipt
from wire.receipt import TAKEN, Receipt, open_receipt
from wire.signing import parse_public

LARGEST_RECEIPT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TakenReceipt:
    """A receipt that came on a stick: whose it is, whether it was known before, and what it says.

    ``other_rules`` when the province judged by another rule pack than the package was checked with here.
    """

    package_id: str
    is_new: bool
    receipt: Receipt
    other_rules: bool = False

    @property
    def taken(self) -> int:
        """How many changes the province took, merged with others' or as they were."""
        return sum(count for result, count in self.receipt.count().items() if result in TAKEN)

    def summary(self) -> dict[str, int]:
        """Return how many changes had each result."""
        return {str(result): count for result, count in self.receipt.count().items()}


def carry_out(desk: Desk, folder: Path, *, progress: Progress = SILENT) -> Sequence[Path]:
    """Seal what is approved and copy every package that has no receipt yet into ``folder``; return the copies, oldest
    first.

    A package may be carried as often as one likes, and sent on the line as well: the province takes it once. Raise
    CARRY-FOLDER for a folder that is none, PACKAGE-COPY when a copy is not what was sealed.
    """
    if not folder.is_dir():
        raise UserError("CARRY-FOLDER", folder=str(folder))
    while (sealed := seal_package(desk, progress=progress)) is not None and sealed.left:
        pass
    with desk.reading() as connection:
        unanswered = [item for item in reversed(outbox.fetch_packages(connection)) if item.receipt is None]
    copies = []
    for place, package in enumerate(unanswered):
        progress.step(place, len(unanswered))
        copies.append(copy_package(ensure_package_file(desk, package), package.package_id, folder))
    return copies


def take_receipt_file(desk: Desk, path: Path) -> TakenReceipt:
    """Verify a receipt that came as a file and apply it; the same one twice changes nothing.

    Raise DESK-NOT-ENROLLED, RECEIPT-DAMAGED or RECEIPT-FORGED for a file that is no receipt of the province this
    computer is registered with, RECEIPT-UNKNOWN for one of a package that was not sealed here.
    """
    enrolment = load_device(desk.workspace.info.workspace_id).enrolment
    if enrolment is None:
        raise UserError("DESK-NOT-ENROLLED", commune=desk.commune.code)
    sealed = _read(path)
    receipt = open_receipt(sealed, parse_public(enrolment["server_key"]))
    with desk.reading() as connection:
        known = {item.package_id: item for item in outbox.fetch_packages(connection)}
    package = known.get(receipt.package_id)
    if package is None:
        raise UserError("RECEIPT-UNKNOWN", package=receipt.package_id[:16])
    is_new = package.receipt is None
    if is_new:
        take_receipt(desk, package, sealed)
    return TakenReceipt(receipt.package_id, is_new, receipt, is_judged_otherwise(package, receipt))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_RECEIPT:
            raise UserError("RECEIPT-DAMAGED")
        return path.read_bytes()
    except OSError as error:
        raise fault_of_disk(error, path) from error
