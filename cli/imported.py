"""Says in words what an import did with a file."""

from typing import Any

from cli.output import say, show
from core.messages import current_language


def show_import(report: Any) -> None:
    """Print what an import, or a trial of one, did with a file."""
    plain = report.as_dict()
    system = report.plan.system
    label = f"{system.label()} ({system.id})" if system else "–"
    operation = "–" if report.operation in (None, "none") else report.operation
    show("CLI-IMPORT", **{**plain, **plain["plan"], "crs": label, "datum_operation": operation})
    _show_place(report.plan)
    for column, count in report.repaired.items():
        show("CLI-REPAIRED", column=column, count=count, encoding=report.plan.encodings.get(column, ""))
    _show_columns(report.plan)
    for field, count in report.empty.items():
        show("CLI-EMPTY", field=field, count=count)
    for warning in plain["warnings"][:50]:
        show("CLI-WARNED", text=warning["text"])
    for item in report.rejected[:50]:
        show("CLI-REJECTED", row=item.row, column=item.column or "–", text=item.text)
    if report.findings:
        show("CLI-RULES-SAY", **{"error": 0, "warning": 0, "info": 0, **plain["finding_counts"]})
    if report.written == 0 and report.rejected and not report.dry_run:
        say("CLI-NOTHING-WRITTEN", count=len(report.rejected))


def _show_columns(plan: Any) -> None:
    """Say which columns were taken though it is not certain, and every one that was left out."""
    for item in plan.columns:
        if item.field and item.confidence != "certain" and plan.mapping.get(item.field) == item.column:
            show("CLI-COLUMN-UNSURE", column=item.column, field=item.field, reason=item.text)
    used = set(plan.mapping.values())
    for column, reason in plan.unmapped.items():
        if column not in used:
            show("CLI-LEFT-OUT" if reason else "CLI-NO-FIELD", column=column, reason=reason)
    for item in plan.columns:
        if item.field and item.column not in used:
            show("CLI-NOT-MAPPED", column=item.column)


def _show_place(plan: Any) -> None:
    """Say what was put right of the file's numbers, and why their system is less than certain."""
    from forms.readings import reading_words

    for sentence in reading_words(plan.corrections(), current_language()):
        show("CLI-PUT-RIGHT", text=sentence)
    taken = plan.system, plan.swapped, plan.scale, plan.shift
    for item in plan.proposals:
        if (item.system, item.swapped, item.scale, item.shift) == taken and item.confidence != "decided":
            show("CLI-WARNED", text=item.text())
