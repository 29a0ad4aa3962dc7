"""The approver's step: who answers in law for what is sent says yes, after the rules have had their say."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from core.progress import SILENT, Progress
from forms.record import State
from localdb import outbox, records, waivers
from localdb.engine import Connection
from localdb.record_errors import unknown_record
from services.checking import check_some, run_checks
from services.desk import Desk
from validation.rule import Finding

APPROVABLE = frozenset({State.DRAFT, State.CHECKED, State.RETURNED})


@dataclass(frozen=True, slots=True)
class ApprovalReport:
    """Which records were approved, and which a finding holds back."""

    approved: tuple[str, ...]
    blocked: Mapping[str, tuple[Finding, ...]]


def approve(
    desk: Desk,
    *,
    type_ids: Sequence[str] | None = None,
    uids: Sequence[str] | None = None,
    progress: Progress = SILENT,
) -> ApprovalReport:
    """Check, then approve every record in which nothing blocks; those that are blocked stay as they are.

    Both happen in one transaction, so that nothing is approved at another revision than the one checked. A deletion
    that the province is to follow is approved like any change. Raise ``UserError`` RECORD-UNKNOWN for a uid that no
    record has.
    """
    chosen = None if uids is None else set(uids)
    approved: list[str] = []
    blocked: dict[str, tuple[Finding, ...]] = {}
    with desk.work("WORK-APPROVE", kind="state") as work:
        waiting = {
            type_id: _waiting(desk, work.connection, type_id, chosen)
            for type_id in (list(type_ids) if type_ids else list(desk.catalogue.types))
        }
        held: dict[str, tuple[Finding, ...]] = {}
        for finding in _findings(desk, work.connection, waiting, chosen is not None, progress):
            held[finding.uid] = (*held.get(finding.uid, ()), finding)
        for type_id, found in waiting.items():
            passed = [uid for uid in found if uid not in held]
            blocked.update({uid: held[uid] for uid in found if uid in held})
            work.set_state(desk.catalogue.type(type_id), passed, State.APPROVED)
            approved.extend(passed)
        _refuse_unknown(desk, work.connection, (chosen or set()) - set(approved) - set(blocked))
    return ApprovalReport(tuple(approved), blocked)


def _refuse_unknown(desk: Desk, connection: Connection, uids: AbstractSet[str]) -> None:
    for uid in sorted(uids):
        if records.fetch_record(connection, desk.catalogue, uid, deleted=True) is None:
            raise unknown_record(connection, desk.catalogue, uid)


def _waiting(desk: Desk, connection: Connection, type_id: str, chosen: AbstractSet[str] | None) -> list[str]:
    """Return the records of a type that may be approved, the deletions among them last."""
    record_type = desk.catalogue.type(type_id)
    found = records.uids_in_states(connection, record_type, APPROVABLE)
    found += outbox.fetch_deletions(connection, record_type, APPROVABLE)
    return found if chosen is None else [uid for uid in found if uid in chosen]


def _findings(
    desk: Desk, connection: Connection, waiting: Mapping[str, Sequence[str]], few: bool, progress: Progress
) -> list[Finding]:
    """Return the findings that block: of the whole workspace, or of a few records among their neighbours."""
    if few:
        some = [
            record
            for type_id, uids in waiting.items()
            if uids
            for record in records.fetch_records(connection, desk.catalogue.type(type_id), uids)
        ]
        found: Sequence[Finding] = check_some(desk, connection, some)
    else:
        found = run_checks(desk, connection, list(waiting), progress)[0].findings
    waived = waivers.fetch_waivers(connection, desk.catalogue)
    return [finding for finding in found if waived.blocks(finding)]


def return_to_draft(desk: Desk, uids: Sequence[str]) -> None:
    """Take an approval back, or send a checked record back to whoever entered it."""
    with desk.work("WORK-RETURN", kind="state") as work:
        for uid in uids:
            record = records.fetch_record(work.connection, desk.catalogue, uid)
            if record is not None and record.state in (State.APPROVED, State.CHECKED):
                work.set_state(desk.catalogue.type(record.type_id), [uid], State.DRAFT)
