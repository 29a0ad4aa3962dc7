"""The command about the province's remarks."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import print_json, show

if TYPE_CHECKING:
    from services.remarks import ToDo

Ids = Annotated[list[str] | None, typer.Option("--done", help="Mark this remark as dealt with; may be repeated.")]


def remarks(workspace: Workspace, done: Ids = None, name: AsName = None, as_json: AsJson = False) -> None:
    """List what the province remarks on the commune's records, the nearest deadline first."""
    from services.remarks import list_remarks, mark_remark

    with open_workspace(workspace, name) as desk:
        for remark_id in done or ():
            mark_remark(desk, remark_id, done=True)
        found = list_remarks(desk)
    if as_json:
        print_json([_describe(todo) for todo in found])
        return
    for todo in found:
        item = todo.remark
        mark = "✓" if todo.is_done else "!" if todo.is_late else "·"
        facts = {"remark": item.remark_id, "deadline": item.deadline or "–", "title": todo.title, "text": item.text}
        show("CLI-REMARK", mark=mark, **facts)
    if not found:
        show("CLI-REMARK-NONE")


def _describe(todo: "ToDo") -> dict[str, Any]:
    item = todo.remark
    return {
        "remark_id": item.remark_id,
        "uid": item.uid,
        "type": item.type_id,
        "field": item.field,
        "place": list(item.place) if item.place else None,
        "text": item.text,
        "deadline": item.deadline,
        "days_left": todo.days_left,
        "done_at": item.done_at,
        "done_by": item.done_by,
    }


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(remarks)
