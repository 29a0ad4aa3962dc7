"""A traverse of a field book: how it closes, and its adjusted points."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson
from cli.output import TerminalProgress, print_json, show
from core.messages import current_language


def traverse(
    file: Annotated[Path, typer.Argument(help="CSV or Excel: station, left angle, distance, X, Y of known marks.")],
    kind: Annotated[
        str | None, typer.Option("--class", help="cap_1 | cap_2 | kinh_vi; else the strictest kept.")
    ] = None,
    right_angles: Annotated[bool, typer.Option("--right-angles", help="The book has the angles to the right.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print how a traverse closes against the tolerance of its class, and its adjusted coordinates."""
    from geodesy.numbers import format_number
    from services.traverses import adjust_traverse, read_traverse

    book = read_traverse(file, right_angles=right_angles, progress=TerminalProgress())
    found = adjust_traverse(book, kind)
    plain = found.as_dict()
    if as_json:
        print_json(plain)
        raise typer.Exit(0 if found.closure.is_within else 1)
    language = current_language()

    def written(value: float, decimals: int) -> str:
        return format_number(value, decimals, language)

    if plain["angle_seconds"] is None:
        show("CLI-TRAVERSE-NO-ANGLE")
    else:
        seconds = written(plain["angle_seconds"], 1)
        show("CLI-TRAVERSE-ANGLE", seconds=seconds, limit=written(plain["angle_limit_seconds"], 1))
    show(
        "CLI-TRAVERSE-CLOSURE",
        north=written(plain["north_m"], 3),
        east=written(plain["east_m"], 3),
        error=written(plain["error_m"], 3),
        length=written(plain["length_m"], 2),
        relative="∞" if plain["relative"] is None else written(plain["relative"], 0),
        limit=written(plain["relative_limit"], 0),
    )
    show("CLI-TRAVERSE-WITHIN" if found.closure.is_within else "CLI-TRAVERSE-BEYOND", kind=found.kind.label)
    for one in plain["stations"]:
        show("CLI-TRAVERSE-POINT", station=one["station"], north=written(one["north"], 3), east=written(one["east"], 3))
    raise typer.Exit(0 if found.closure.is_within else 1)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(traverse)
