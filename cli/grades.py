"""The command that suggests grades of works (cấp công trình)."""

from typing import TYPE_CHECKING, Any

import typer

from cli.options import AsJson, TypeIds, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, show
from core.messages import current_language

if TYPE_CHECKING:
    from services.desk import Desk
    from services.grading import GradedWork


def grades(workspace: Workspace, type_ids: TypeIds = None, as_json: AsJson = False) -> None:
    """List the grade that each work's size suggests by TT 06/2021/TT-BXD; the approved document decides."""
    from services.grading import list_graded_works

    with open_workspace(workspace) as desk:
        found = list_graded_works(desk, type_ids=type_ids, progress=TerminalProgress())
        documents = [_describe(desk, work) for work in found]
    if as_json:
        print_json(documents)
        return
    for document in documents:
        code = "CLI-GRADE" if document["suggested"] else "CLI-GRADE-OPEN"
        show(code, **{**document, "recorded": document["recorded"] or "–"})
    show("CLI-GRADES", count=len(found), differing=sum(work.differs for work in found))


def _describe(desk: "Desk", work: "GradedWork") -> dict[str, Any]:
    """Return a work as ``grades --json`` prints it."""
    from forms.grades import word_criterion
    from forms.titles import record_title

    language = current_language()
    record_type = desk.catalogue.type(work.record.type_id)
    suggestion = work.suggestion
    return {
        "uid": work.record.uid,
        "type": record_type.id,
        "title": record_title(record_type, work.record.values, language, desk.catalogue),
        "recorded": work.recorded,
        "suggested": suggestion.grade,
        "rule": suggestion.rule_id,
        "table": suggestion.table,
        "criterion": word_criterion(record_type, suggestion, desk.catalogue, language),
        "value": suggestion.value,
        "unit": suggestion.unit,
        "note": suggestion.note[language] if suggestion.note else None,
        "missing": list(suggestion.missing),
    }


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(grades)
