"""Commands over administrative units: what one is, was and became, and the records of each."""

from typing import Annotated, Literal

import typer

from cli.options import AsJson, Workspace, open_workspace
from cli.output import print_json, say, show
from core.clock import local_date, utc_now


def unit(
    text: Annotated[str, typer.Argument(help="A code or a name, old or new; diacritics may be left out.")],
    as_json: AsJson = False,
) -> None:
    """Tell what an administrative unit is, what it was before July 2025, and what became of it."""
    from services.units import describe_unit

    found = describe_unit(text, local_date(utc_now()).isoformat())
    if as_json:
        print_json(found.as_dict())
    else:
        for version in found.today:
            show("CLI-UNIT-TODAY", code=version.code, name=version.label, day=version.valid_from, decree=version.decree)
        for former in found.former:
            show("CLI-UNIT-FORMER", code=former.code or "–", name=former.label)
            for new in former.successors:
                show("CLI-UNIT-WHOLE" if new.whole else "CLI-UNIT-PART", name=new.commune.label, note=new.note)
        if found.draft_of:
            show("CLI-UNIT-DRAFT", official=found.draft_of)
    if not (found.today or found.former or found.draft_of):
        say("COMMUNE-UNKNOWN", text=text)
        raise typer.Exit(2)


def units(
    workspace: Workspace,
    by: Annotated[Literal["commune", "former"], typer.Option("--by", help="commune | former")] = "commune",
    as_json: AsJson = False,
) -> None:
    """Count the records of a workspace by commune, of today or of before July 2025."""
    from services.units import count_by_unit

    with open_workspace(workspace) as desk:
        found = count_by_unit(desk, by)
    if as_json:
        print_json([row.as_dict() for row in found])
        return
    for row in found:
        parts = ", ".join(f"{type_id} {count}" for type_id, count in row.counts.items())
        typer.echo(f"{row.code or '–':6} {row.total:8,}  {row.label or '–'}  ({parts})")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(unit)
    app.command()(units)
