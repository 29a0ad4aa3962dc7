"""Commands that change the shapes of records: along the line of a file, or in figures."""

from pathlib import Path
from typing import Annotated

import typer

from cli.changing import tell_changed
from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress

Uids = Annotated[list[str], typer.Argument(help="The records.", metavar="UID…")]


def reshape(
    workspace: Workspace,
    uid: Annotated[str, typer.Argument(help="The record.", metavar="UID")],
    line: Annotated[Path, typer.Argument(help="A field file with the one line that the outline is to follow.")],
    crs: Annotated[str | None, typer.Option("--crs", help="EPSG code, or axis:105.5.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Let the outline of a record follow a line between the first and the last place where they meet."""
    from core.errors import UserError
    from geodesy.systems import parse_system
    from services.reshaping import load_parts
    from services.transforming import stretch_record

    with open_workspace(workspace, name) as desk:
        shapes = load_parts(desk, line, system=parse_system(crs) if crs else None, progress=TerminalProgress())
        if len(shapes) != 1 or shapes[0].geom_type != "LineString":
            raise UserError("STRETCH-NO-LINE", count=len(shapes))
        changed = stretch_record(desk, uid, shapes[0])
    tell_changed(changed, as_json)


def offset(
    workspace: Workspace,
    uids: Uids,
    distance_m: Annotated[
        float,
        typer.Option("--distance", help="Metres: of an area outwards, of a line to its right; below 0 the other."),
    ],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Grow areas, or put lines aside, by a distance, in one step."""
    from geodesy.shaping.changes import Change
    from services.transforming import change_records

    with open_workspace(workspace, name) as desk:
        changed = change_records(desk, uids, Change.OFFSET, [distance_m])
    tell_changed(changed, as_json)


def simplify(
    workspace: Workspace,
    uids: Uids,
    tolerance_m: Annotated[float, typer.Option("--tolerance", help="How far an outline may stray, in metres.")],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Leave vertices out, in one step; where areas share a border, both keep the same one."""
    from geodesy.shaping.changes import Change
    from services.transforming import change_records

    with open_workspace(workspace, name) as desk:
        changed = change_records(desk, uids, Change.SIMPLIFY, [tolerance_m])
    tell_changed(changed, as_json)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(reshape)
    app.command()(offset)
    app.command()(simplify)
