"""A check of the whole register: what is found is kept, and drafts in which nothing blocks stand as checked."""

from collections.abc import Sequence
from dataclasses import replace

from core.memory import without_collection
from core.progress import SILENT, Progress
from forms.record import State
from localdb.findings import store_findings
from services.checking import CheckReport, run_checks
from services.desk import Desk
from services.rechecking import mark_of

PIECE = 50_000  # records brought into another state at a time


@without_collection()
def check_desk(desk: Desk, *, type_ids: Sequence[str] | None = None, progress: Progress = SILENT) -> CheckReport:
    """Run every rule over the workspace, and mark as checked each draft in which nothing blocks.

    What is found over all types is kept in the store, for ``stored_report`` and ``recheck`` to go on from.
    """
    wanted = list(type_ids) if type_ids else list(desk.catalogue.types)
    if desk.workspace.store.read_only:
        with desk.reading() as connection:
            return run_checks(desk, connection, wanted, progress)[0]
    with desk.work("WORK-CHECK", kind="state") as work:
        report, batches = run_checks(desk, work.connection, wanted, progress)
        blocked = {finding.uid for finding in report.findings if report.waivers.blocks(finding)}
        for batch in batches:
            standing = list(zip(batch.uids, batch.states, strict=True))
            passed = [uid for uid, state in standing if state is State.DRAFT and uid not in blocked]
            fallen = [uid for uid, state in standing if state is State.CHECKED and uid in blocked]
            for uids, state in ((passed, State.CHECKED), (fallen, State.DRAFT)):
                for begin in range(0, len(uids), PIECE):
                    work.set_state(batch.type, uids[begin : begin + PIECE], state)
        if not type_ids:
            mark = mark_of(desk, work.connection, report)
            store_findings(work.connection, report.findings, mark)
            report = replace(report, run=mark.run)
    return report
