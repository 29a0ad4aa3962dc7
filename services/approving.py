"""The approver's step: who answers in law for what is sent says yes, after the rules have had their say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.progress import SILENT, Progress
from forms.record import State
from localdb import outbox, records
from services.checking import run_checks
from services.desk import Desk
from validation.engine import blocks
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
    that the province is to follow is approved like any change.
    """
    wanted = list(type_ids) if type_ids else list(desk.catalogue.types)
    chosen = None if uids is None else set(uids)
    approved: list[str] = []
    blocked: dict[str, tuple[Finding, ...]] = {}
    with desk.work("WORK-APPROVE", kind="state") as work:
        report, _ = run_checks(desk, work.connection, wanted, progress)
        held: dict[str, tuple[Finding, ...]] = {}
        for finding in filter(blocks, report.findings):
            held[finding.uid] = (*held.get(finding.uid, ()), finding)
        for type_id in wanted:
            record_type = desk.catalogue.type(type_id)
            waiting = records.uids_in_states(work.connection, record_type, APPROVABLE)
            waiting += outbox.fetch_deletions(work.connection, record_type, APPROVABLE)
            if chosen is not None:
                waiting = [uid for uid in waiting if uid in chosen]
            passed = [uid for uid in waiting if uid not in held]
            blocked.update({uid: held[uid] for uid in waiting if uid in held})
            work.set_state(record_type, passed, State.APPROVED)
            approved.extend(passed)
    return ApprovalReport(tuple(approved), blocked)


def return_to_draft(desk: Desk, uids: Sequence[str]) -> None:
    """Take an approval back, or send a checked record back to whoever entered it."""
    with desk.work("WORK-RETURN", kind="state") as work:
        for uid in uids:
            record = records.fetch_record(work.connection, desk.catalogue, uid)
            if record is not None and record.state in (State.APPROVED, State.CHECKED):
                work.set_state(desk.catalogue.type(record.type_id), [uid], State.DRAFT)
