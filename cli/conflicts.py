"""Commands over records that commune and province changed differently: which there are, and what a person decides."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import print_json, show
from core.errors import UserError
from core.messages import current_language

if TYPE_CHECKING:
    from services.conflicts import Choice, OpenConflict
    from services.desk import Desk


def conflicts(workspace: Workspace, as_json: AsJson = False) -> None:
    """List the records that commune and province changed differently, a sentence for each field in dispute."""
    from services.conflict_words import conflict_title, describe_conflict, field_names
    from services.conflicts import list_conflicts

    language = current_language()
    with open_workspace(workspace) as desk:
        found = list_conflicts(desk)
        if as_json:
            print_json([_describe(desk, item) for item in found])
            return
        for item in found:
            show("CLI-CONFLICT", uid=item.uid, title=conflict_title(desk, item, language))
            for told in describe_conflict(desk, item, language):
                show("CLI-CONFLICT-FIELD", field=told.field, sentence=told.sentence)
            if item.settled:
                fields = field_names(desk, item.type_id, item.settled, language)
                show("CLI-CONFLICT-SETTLED", fields=fields)
    if not found:
        show("CLI-NO-CONFLICT")


def decide(
    workspace: Workspace,
    uid: Annotated[str, typer.Argument(help="The record's uid; `diaba conflicts` lists them.")],
    ours: Annotated[bool, typer.Option("--ours", help="Take the commune's for every field in dispute.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Take the province's for every field in dispute.")] = False,
    fields: Annotated[
        list[str] | None, typer.Option("--field", help="field=ours or field=theirs; may be repeated.")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="field=VALUE that is neither side's; may be repeated.")
    ] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Decide a conflict: the commune's or the province's for each field in dispute, or another value."""
    from services.conflicts import decide as decide_conflict
    from services.conflicts import open_conflict

    if ours and theirs:
        raise UserError("CLI-ONE-SIDE")
    with open_workspace(workspace, name) as desk:
        seen = open_conflict(desk, uid)
        choices: dict[str, Choice] = {}
        if ours or theirs:
            choices = {item.key: "ours" if ours else "theirs" for item in seen.disputed}
        choices |= _sides(fields or [])
        choices |= _values(desk, seen.type_id, values or [])
        done = decide_conflict(desk, seen, choices)
    if as_json:
        print_json({"uid": uid, "deleted": done.record is None, "waits": done.waits})
    else:
        show("CLI-DECIDED-WAITS" if done.waits else "CLI-DECIDED", uid=uid)


def _sides(texts: list[str]) -> "dict[str, Choice]":
    found: dict[str, Choice] = {}
    for text in texts:
        key, _, side = text.partition("=")
        if side not in ("ours", "theirs"):
            raise UserError("CLI-SIDE", text=text)
        found[key] = "ours" if side == "ours" else "theirs"
    return found


def _values(desk: "Desk", type_id: str, texts: list[str]) -> "dict[str, Choice]":
    from forms.values import parse_value
    from services.conflicts import Other

    known = {field.key: field for field in desk.catalogue.type(type_id).fields}
    found: dict[str, Choice] = {}
    for text in texts:
        key, sign, raw = text.partition("=")
        if not sign or key not in known:
            raise UserError("CLI-OTHER-VALUE", text=text)
        found[key] = Other(parse_value(known[key], raw, desk.catalogue))
    return found


def _describe(desk: "Desk", conflict: "OpenConflict") -> dict[str, Any]:
    from services.conflict_words import conflict_title, describe_conflict

    language = current_language()
    sentences = {told.key: told.sentence for told in describe_conflict(desk, conflict, language)}
    return {
        "uid": conflict.uid,
        "type": conflict.type_id,
        "title": conflict_title(desk, conflict, language),
        "revision": conflict.record.revision,
        "theirs_revision": conflict.theirs_revision,
        "at": conflict.at,
        "disputed": [
            {
                "field": item.key,
                "base": item.base,
                "ours": item.ours,
                "theirs": item.theirs,
                "sentence": sentences[item.key],
            }
            for item in conflict.disputed
        ],
        "settled": list(conflict.settled),
    }


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(conflicts)
    app.command()(decide)
