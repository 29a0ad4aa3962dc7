"""Commands over the base maps of a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, say, show
from geodesy.fitting import Fit

_group = typer.Typer(help="Base maps under the records: MBTiles, PMTiles, GeoTIFF, pictures.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Id, title or file name; `diaba basemap list` shows them.")]


@_group.command()
def add(
    workspace: Workspace,
    file: Annotated[Path, typer.Argument(help="MBTiles, PMTiles, GeoTIFF, or PNG and JPEG with a world file.")],
    crs: Annotated[
        str | None, typer.Option("--crs", help="System of a picture that names none, such as EPSG:9209 or 105°30'.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What it is called.")] = None,
    copy: Annotated[
        bool | None,
        typer.Option(
            "--copy/--in-place", help="Copy into the workspace, or leave where it lies; by size when not said."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a base map into a workspace, on top of those that are there."""
    from services.basemap_taking import add_basemap

    with open_workspace(workspace) as desk:
        found = add_basemap(desk, file, system=crs, title=title, copy=copy, progress=TerminalProgress())
    if as_json:
        print_json(found.as_dict())
    else:
        code = "CLI-BASEMAP-COPIED" if found.is_copy else "CLI-BASEMAP-IN-PLACE"
        say(code, title=found.title, file=str(found.path))


@_group.command()
def lay(
    workspace: Workspace,
    file: Annotated[Path, typer.Argument(help="A scanned drawing: a picture, or a PDF.")],
    points: Annotated[
        Path, typer.Option("--points", help="Text file: column; row; X (north); Y (east), a line a point.")
    ],
    fit: Annotated[Fit, typer.Option("--fit", help="How the sheet is laid.")] = Fit.AFFINE,
    page: Annotated[int, typer.Option("--page", min=1, help="Page of a PDF.")] = 1,
    drawing: Annotated[
        str | None, typer.Option("--drawing", help="Uid of the planning drawing that the sheet is.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What it is called.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Lay a scanned drawing onto the map by control points, as a base map over the others."""
    from services.control_points import load_points
    from services.georeferencing import lay_sheet

    with open_workspace(workspace, name) as desk:
        control = load_points(points)
        laid = lay_sheet(desk, file, control, fit, page=page, title=title, drawing=drawing, progress=TerminalProgress())
    facts = laid.as_dict()
    if as_json:
        print_json(facts)
        return
    show("CLI-SHEET-LAID", title=laid.basemap.title, count=len(facts["points"]), rms=facts["rms_m"])
    for number, point in enumerate(facts["points"], start=1):
        show("CLI-SHEET-POINT", number=number, residual=point["residual_m"], left_out=point["left_out_m"] or "–")
    for code in facts["remarks"]:
        say(code)


@_group.command("list")
def list_all(workspace: Workspace, as_json: AsJson = False) -> None:
    """List the base maps of a workspace, topmost first."""
    from services.basemaps import list_basemaps

    with open_workspace(workspace) as desk:
        found = list_basemaps(desk)[::-1]
    if as_json:
        print_json([item.as_dict() for item in found])
        return
    if not found:
        say("CLI-BASEMAP-NONE")
    for item in found:
        show(
            "CLI-BASEMAP-SHOWN" if item.is_shown else "CLI-BASEMAP-HIDDEN",
            title=item.title,
            id=item.id,
            kind=item.facts.kind,
            opacity=round(item.opacity * 100),
            file=str(item.path),
        )
        if item.trouble is not None:
            say(item.trouble, title=item.title, file=str(item.path))


@_group.command("set")
def change(
    workspace: Workspace,
    basemap: Which,
    shown: Annotated[bool | None, typer.Option("--show/--hide", help="Show it or not.")] = None,
    above: Annotated[bool | None, typer.Option("--above/--below", help="Over the records, or under them.")] = None,
    opacity: Annotated[int | None, typer.Option("--opacity", min=0, max=100, help="Per cent.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="What it is called.")] = None,
    up: Annotated[int, typer.Option("--up", help="So many places up; down when negative.")] = 0,
) -> None:
    """Change how a base map is shown."""
    from services.basemaps import change_basemap

    with open_workspace(workspace) as desk:
        change_basemap(
            desk,
            basemap,
            is_shown=shown,
            is_above=above,
            opacity=None if opacity is None else opacity / 100,
            title=title,
            steps=up,
        )
    say("CLI-BASEMAP-CHANGED", title=title or basemap)


@_group.command()
def remove(workspace: Workspace, basemap: Which) -> None:
    """Take a base map out of a workspace; a file that was left where it lies stays there."""
    from services.basemaps import remove_basemap

    with open_workspace(workspace) as desk:
        remove_basemap(desk, basemap)
    say("CLI-BASEMAP-REMOVED", title=basemap)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.add_typer(_group, name="basemap")
