"""Commands that change many records at once, show what became of one, and take steps back."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, show

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from localdb.unit_of_work import Changed

Uid = Annotated[str, typer.Argument(help="The record.", metavar="UID")]


def set_values(
    workspace: Workspace,
    type_id: Annotated[str, typer.Argument(help="Record type.", metavar="TYPE")],
    texts: Annotated[list[str], typer.Option("--set", help="field=value; an empty value empties the field.")],
    where: Annotated[str | None, typer.Option("--where", help="A CQL2 expression over the type's fields.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Store the same values in every record of a type that the condition keeps, in one step."""
    from services.editing import update_many
    from services.reading import list_records

    with open_workspace(workspace, name) as desk:
        values = _read_values(desk.catalogue, type_id, texts)
        uids = [record.uid for record in list_records(desk, type_id, where=where)]
        changed = update_many(desk, uids, values, progress=TerminalProgress())
    tell_changed(changed, as_json)


def copy_values(
    workspace: Workspace,
    source: Annotated[str, typer.Argument(help="The record to copy from.", metavar="SOURCE")],
    targets: Annotated[list[str], typer.Argument(help="The records to copy to.", metavar="UID…")],
    keys: Annotated[
        list[str] | None, typer.Option("--field", help="A field to copy; without any, all that tell no object apart.")
    ] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Copy values of one record to others of its type, in one step."""
    from services.editing import copy_values as copy
    from services.editing import keys_to_copy
    from services.reading import fetch_record

    with open_workspace(workspace, name) as desk:
        record_type = desk.catalogue.type(fetch_record(desk, source).type_id)
        usual = [key for key, is_ticked in keys_to_copy(record_type).items() if is_ticked]
        changed = copy(desk, source, targets, keys or usual, progress=TerminalProgress())
    tell_changed(changed, as_json)


def history(workspace: Workspace, uid: Uid, as_json: AsJson = False) -> None:
    """List every change of one record, oldest first."""
    from core.messages import render_label
    from services.reading import history_of

    with open_workspace(workspace) as desk:
        changes = history_of(desk, uid)
    if as_json:
        print_json(
            [
                {
                    "sequence": change.sequence,
                    "operation": change.operation,
                    "kind": change.kind,
                    "label": render_label(change.label),
                    "revision": change.revision,
                    "at": change.at,
                    "actor": change.actor.name,
                    "before": change.before,
                    "after": change.after,
                }
                for change in changes
            ]
        )
        return
    for change in changes:
        show(
            "CLI-CHANGE",
            number=change.sequence,
            at=change.at,
            actor=change.actor.name,
            label=render_label(change.label),
        )


def revert(
    workspace: Workspace,
    sequence: Annotated[int, typer.Argument(help="Number of the change, as `history` lists it.")],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Take back one chosen change, as a new change."""
    from services.editing import revert_change

    with open_workspace(workspace, name) as desk:
        changed = revert_change(desk, sequence)
    tell_changed(changed, as_json)


def undo(
    workspace: Workspace,
    skip: Annotated[
        bool, typer.Option("--skip", help="Give this step up, so that earlier ones can be undone.")
    ] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Take back the last step, also one of an earlier day."""
    from services import editing

    with open_workspace(workspace, name) as desk:
        if skip:
            label = editing.skip_undo(desk)
            changed = None
        else:
            changed = editing.undo(desk, progress=TerminalProgress())
            label = changed.label if changed else None
    if as_json:
        print_json({"label": label, "skipped": skip, "count": len(changed.records) if changed else 0})
    elif label is None:
        show("CLI-NOTHING-TO-UNDO")
    else:
        show("CLI-UNDO-SKIPPED" if skip else "CLI-UNDONE", label=label)


def redo(workspace: Workspace, name: AsName = None, as_json: AsJson = False) -> None:
    """Do again what was undone last."""
    from services import editing

    with open_workspace(workspace, name) as desk:
        changed = editing.redo(desk, progress=TerminalProgress())
    if as_json:
        count = len(changed.records) if changed else 0
        print_json({"label": changed.label if changed else None, "skipped": False, "count": count})
    elif changed is None:
        show("CLI-NOTHING-TO-UNDO")
    else:
        show("CLI-REDONE", label=changed.label)


def _read_values(catalogue: "Catalogue", type_id: str, texts: list[str]) -> dict[str, Any]:
    from core.errors import UserError
    from forms.values import parse_value

    fields = {field.key: field for field in catalogue.type(type_id).fields}
    values: dict[str, Any] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or key not in fields:
            raise UserError("CLI-SET", text=text, known=sorted(fields))
        values[key] = parse_value(fields[key], value, catalogue)
    return values


def tell_changed(changed: "Changed", as_json: bool) -> None:
    """Say what a step changed."""
    from core.messages import render_label

    uids = sorted(uid for _, uid in changed.records)
    if as_json:
        print_json({"label": render_label(changed.label), "count": len(uids), "uids": uids})
    else:
        show("CLI-CHANGED", label=render_label(changed.label), count=len(uids))


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("set")(set_values)
    app.command("copy")(copy_values)
    app.command()(history)
    app.command()(revert)
    app.command()(undo)
    app.command()(redo)
