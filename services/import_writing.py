"""Writes what an import makes and changes, as one step that one undo takes back."""

from collections.abc import Iterable

from core.ahead import Beside
from core.progress import Progress
from forms.identity import LOCAL_CODE
from localdb.unit_of_work import Changed
from services.desk import Desk
from services.identity import fill_codes
from services.import_plan import ImportPlan
from services.import_profiles import save_profile
from services.import_updates import Updates
from validation.batch import Batch
from validation.finding import Finding

DIGEST = "sha256"


def write_import(
    desk: Desk,
    plan: ImportPlan,
    staged: Batch,
    updates: Updates,
    digest: str,
    columns: Iterable[str],
    checking: Beside[list[Finding]],
    progress: Progress,
) -> Changed:
    """Store the new records and the changes of others in one unit of work, and return what it touched.

    The rules are at work on them meanwhile (``checking``); nothing is stored before they are through.
    Raise ``UserError`` STORE-STALE when a record has changed since it was looked at.
    """
    facts = {"count": len(staged), "file": plan.path.name, "type": staged.type.title, DIGEST: digest}
    facts |= plan.confirmed_reading()
    label = "WORK-IMPORT" if plan.matching is None else "WORK-IMPORT-MATCHED"
    with desk.work(label, kind="import", updated=len(updates), **facts) as work:
        if plan.remember:
            save_profile(desk, work.connection, plan, columns)
        if len(staged):
            values = staged.values
            if plan.codes and LOCAL_CODE in values:
                values = {**values, LOCAL_CODE: fill_codes(desk, work, staged.type, values)}
            work.insert_many(
                staged.type,
                uids=staged.uids,
                values=values,
                geometries=staged.geometries,
                lineages=staged.lineages,
                progress=progress,
            )
        if len(updates):
            work.update_many(
                staged.type,
                updates.values,
                shapes=updates.shapes,
                lineages=updates.lineages,
                expected=updates.expected,
                progress=progress,
            )
        checking.result(progress)
    return work.changed
