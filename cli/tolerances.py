"""The command over tolerances: what the rules let pass, by the program's table and by the office's own."""

import typer

from cli.options import AsJson, Workspace, open_workspace
from cli.output import print_json, say
from core.messages import current_language


def tolerances(workspace: Workspace, as_json: AsJson = False) -> None:
    """List the tolerances of the rules, and which of them the office has set in a catalogue pack."""
    from services.tolerances import list_tolerances

    with open_workspace(workspace) as desk:
        found = list_tolerances(desk)
    if as_json:
        print_json([item.as_dict() for item in found])
        return
    for item in found:
        mark = "*" if item.is_own else " "
        limits = f"{item.minimum:g} … {item.maximum:g}"
        meaning = item.reason or item.meaning[current_language()]
        typer.echo(f"{mark} {item.key:22} {item.rule:7} {f'{item.value:g} {item.unit}':16} {limits:18} {meaning}")
    own = sum(item.is_own for item in found)
    say("CLI-TOLERANCES-OWN" if own else "CLI-TOLERANCES-NONE", count=own)


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(tolerances)
