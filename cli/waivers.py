"""Commands over waivers: findings that are let stand with a reason."""

from typing import Annotated

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import print_json, show
from core.messages import render


def waive(
    workspace: Workspace,
    uid: Annotated[str, typer.Argument(help="The record.", metavar="UID")],
    rule: Annotated[str, typer.Argument(help="The rule's id, such as TOP-08.", metavar="RULE")],
    reason: Annotated[str, typer.Option("--reason", help="Why it may stand; at least ten letters.")] = "",
    field: Annotated[str | None, typer.Option("--field", help="Only what the rule finds in this field.")] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Only the finding with this key, as waivers --json tells it.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the waiver back instead.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Let what a rule finds in a record stand with a reason, which goes with the record to the province."""
    from services.waiving import list_waivers, waive_rule, withdraw_waivers

    with open_workspace(workspace, name) as desk:
        if withdraw:
            withdraw_waivers(desk, uid, rule, field=field, key=key)
        else:
            waive_rule(desk, uid, rule, reason, field=field, key=key)
        left = [item for item in list_waivers(desk) if (item.waiver.uid, item.waiver.rule_id) == (uid, rule)]
    if as_json:
        print_json([item.as_dict() for item in left])
    elif withdraw:
        show("CLI-WAIVER-WITHDRAWN", rule=rule, uid=uid)
    else:
        show("CLI-WAIVED", count=sum(item.stands for item in left), rule=rule, uid=uid)


def waivers(workspace: Workspace, name: AsName = None, as_json: AsJson = False) -> None:
    """List the waivers with reason, person and date; those that lapsed because data changed say so."""
    from services.waiving import list_waivers

    with open_workspace(workspace, name) as desk:
        found = list_waivers(desk)
    if as_json:
        print_json([item.as_dict() for item in found])
    elif not found:
        show("CLI-NO-WAIVERS")
    else:
        for item in found:
            told = render("CLI-WAIVER-STANDS" if item.stands else "CLI-WAIVER-LAPSED")
            waiver = item.waiver
            typer.echo(f"{waiver.rule_id}  {waiver.uid}  {waiver.at[:10]}  {waiver.person}  {told}  {waiver.reason}")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(waive)
    app.command()(waivers)
