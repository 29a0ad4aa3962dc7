"""Commands for coordinate tables: a record's official table out, a table in as a record's geometry."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, show

if TYPE_CHECKING:
    from geodesy.corner_sheet import CornerSheet

Uid = Annotated[str, typer.Argument(help="The record.", metavar="UID")]
Crs = Annotated[str | None, typer.Option("--crs", help="EPSG code, or axis:105.5; else the workspace's zone.")]


def coordinates(workspace: Workspace, uid: Uid, crs: Crs = None, as_json: AsJson = False) -> None:
    """Print a record's geometry as the official table of corners: number, X (north), Y (east), edge."""
    from geodesy.survey.ellipsoidal import FORMULA, ellipsoidal_area, ellipsoidal_length
    from geodesy.systems import parse_system
    from services.corner_tables import sheet_of
    from services.reading import fetch_record

    with open_workspace(workspace) as desk:
        sheet = sheet_of(desk, uid, parse_system(crs) if crs else None)
        geometry, system = fetch_record(desk, uid).geometry, desk.system
    assert geometry is not None
    if not as_json:
        typer.echo(sheet.text(), nl=False)
        return
    print_json(
        {
            **_describe(uid, sheet),
            "ellipsoidal_length_m": round(ellipsoidal_length(geometry, system), 4),
            "ellipsoidal_area_m2": round(ellipsoidal_area(geometry, system), 3),
            "ellipsoidal_formula": FORMULA,
        }
    )


def _describe(uid: str, sheet: "CornerSheet") -> dict[str, Any]:
    return {
        "uid": uid,
        "crs": sheet.system.id,
        "parts": [
            {
                "role": path.role,
                "part": path.part,
                "ring": path.ring,
                "corners": [
                    {
                        "point": row.label,
                        "north": round(row.north, sheet.decimals),
                        "east": round(row.east, sheet.decimals),
                        "edge_m": None if row.edge_m is None else round(row.edge_m, 4),
                    }
                    for row in path.rows
                ],
            }
            for path in sheet.paths
        ],
        "length_m": round(sheet.length_m, 4),
        "area_m2": round(sheet.area_m2, 4),
    }


def set_geometry(
    workspace: Workspace,
    uid: Uid,
    file: Annotated[Path, typer.Argument(help="A text file, Word document or Excel workbook with a coordinate table.")],
    crs: Annotated[str | None, typer.Option("--crs", help="EPSG code, or axis:105.5; else what fits best.")] = None,
    decimal: Annotated[
        Literal["auto", "comma", "point"], typer.Option("--decimal", help="auto | comma | point")
    ] = "auto",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a table with any warning.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the same, write nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Give a record the geometry of a coordinate table; edges and area are checked against what the table states."""
    from core.errors import UserError
    from geodesy.systems import parse_system
    from services import corner_tables
    from services.reading import fetch_record

    chosen = parse_system(crs) if crs else None
    mark: dict[str, Any] = {"auto": None, "comma": ",", "point": "."}
    with open_workspace(workspace, name) as desk:
        record = fetch_record(desk, uid)
        kind = corner_tables.kind_of(desk.catalogue.type(record.type_id))
        read = corner_tables.read_corners(desk, file, decimal=mark[decimal], system=chosen, progress=TerminalProgress())
        system = chosen or read.system
        if system is None:
            raise UserError("IMPORT-NO-SYSTEM", file=file.name)
        stated = corner_tables.decision_area_ha(desk, record)
        placed = corner_tables.place_corners(desk, read, system, kind, stated_ha=stated)
        placed = corner_tables.fit_placed(desk, record.type_id, placed)
        problems = [*read.table.warnings, *placed.notes]
        may_write = not dry_run and not (strict and problems)
        if may_write:
            corner_tables.store_corners(desk, uid, placed, expected=record.revision)
    if as_json:
        print_json(
            {
                "uid": uid,
                "crs": system.id,
                "corners": len(read.table.rows),
                "written": may_write,
                "warnings": [problem.as_dict() for problem in problems],
            }
        )
    else:
        for problem in problems:
            show("CLI-WARNED", text=problem.text())
        show("CLI-GEOMETRY-SET" if may_write else "CLI-GEOMETRY-KEPT", uid=uid, count=len(read.table.rows))
    raise typer.Exit(1 if strict and problems else 0)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(coordinates)
    app.command("set-geometry")(set_geometry)
