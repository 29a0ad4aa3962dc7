"""Commands that make and describe a workspace."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, current_actor, open_workspace
from cli.output import TerminalProgress, print_json, say, show
from core.clock import utc_now
from core.messages import current_language

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from forms.model import RecordType


def new(
    workspace: Workspace,
    commune: Annotated[str, typer.Option("--commune", help="Code or name; diacritics may be left out.")],
    province: Annotated[str | None, typer.Option("--province", help="Code or name, where needed.")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", help="A file with the commune's outline.")] = None,
    axis: Annotated[float | None, typer.Option("--axis", help="Central meridian for display and entry.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Make a workspace for one commune."""
    from services.workspaces import create_desk

    with create_desk(
        workspace,
        commune,
        province=province,
        boundary_file=boundary,
        axis=axis,
        actor=current_actor(name),
        clock=utc_now,
        progress=TerminalProgress(),
    ) as desk:
        facts: dict[str, Any] = {
            "workspace": str(workspace),
            "workspace_id": desk.workspace.info.workspace_id,
            "commune": desk.commune.code,
            "name": desk.commune.full_name,
            "province": desk.commune.province_name,
            "epsg": desk.workspace.info.epsg,
            "axis": desk.workspace.info.axis,
            "boundary": desk.workspace.info.boundary_source,
        }
    if as_json:
        print_json(facts)
        return
    from geodesy.systems import format_axis

    say("CLI-NEW-DONE", **{**facts, "axis": format_axis(facts["axis"])})
    if boundary is None:
        say("CLI-NEW-NO-BOUNDARY")


def boundary(
    workspace: Workspace,
    file: Annotated[Path, typer.Argument(help="A file with the commune's outline.")],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Set, or replace, the commune's outline of a workspace."""
    from services.workspaces import set_boundary

    with open_workspace(workspace, name) as desk:
        found = set_boundary(desk, file, progress=TerminalProgress())
    facts: dict[str, Any] = {
        "commune": desk.commune.code,
        "name": desk.commune.full_name,
        "boundary": found.source,
        "area_km2": round(found.commune.area / 1e6, 3),
        "neighbours": sorted(found.neighbours),
    }
    if as_json:
        print_json(facts)
    else:
        show("CLI-BOUNDARY-DONE", **facts)


def types(as_json: AsJson = False) -> None:
    """List the record types and their fields."""
    from forms.loader import load_catalogue

    catalogue = load_catalogue()
    if as_json:
        print_json([_describe_type(catalogue, record_type) for record_type in catalogue.types.values()])
        return
    for record_type in catalogue.types.values():
        typer.echo(f"{record_type.id:22} {record_type.title[current_language()]}  [{', '.join(record_type.geometry)}]")
        for item in record_type.fields:
            unit = f" [{item.unit}]" if item.unit else ""
            typer.echo(
                f"    {item.key:24} {item.type:10} {item.required or '':9} {item.label[current_language()]}{unit}"
            )


def _describe_type(catalogue: "Catalogue", record_type: "RecordType") -> dict[str, Any]:
    plain: dict[str, Any] = record_type.model_dump(mode="json", exclude_none=True)
    children = catalogue.children_of(record_type.id)
    return {**plain, "children": [{"type": child, "field": field} for child, field in children]}


def self_test(as_json: AsJson = False) -> None:
    """Try the driver, the store, PROJ, the readers, fonts, disk and clock of this computer."""
    from services.self_test import run_self_test

    results = run_self_test()
    if as_json:
        print_json([result.as_dict() for result in results])
    else:
        for result in results:
            show("CLI-SELF-TEST", mark="✓" if result.passed else "✗", name=result.name, detail=result.detail)
    raise typer.Exit(0 if all(result.passed for result in results) else 3)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(new)
    app.command()(boundary)
    app.command()(types)
    app.command("self-test")(self_test)
