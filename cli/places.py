"""Commands that find places, by coordinates, Km of a road, bookmark, commune or record; and bookmarks."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import print_json, show

if TYPE_CHECKING:
    from services.bookmarks import Bookmark
    from services.locating import Place


def locate(
    workspace: Workspace,
    text: Annotated[str, typer.Argument(help="Coordinates, 'Km1+200 road', a bookmark, a commune, a record's name.")],
    crs: Annotated[str | None, typer.Option("--crs", help="System of typed metres; else the workspace's zone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say where a text means, in the workspace's zone and in WGS 84."""
    from geodesy.coordinates import format_position
    from geodesy.datum import transform_xy
    from geodesy.systems import WGS84, parse_system
    from services.locating import find_places

    with open_workspace(workspace) as desk:
        found = find_places(desk, text, parse_system(crs) if crs else None)
        system = desk.system
    middles = [((one.bounds[0] + one.bounds[2]) / 2, (one.bounds[1] + one.bounds[3]) / 2) for one in found]
    degrees = transform_xy(middles, system, WGS84).tolist()
    if as_json:
        print_json(
            [_describe(place, middle, degree) for place, middle, degree in zip(found, middles, degrees, strict=True)]
        )
        return
    for place, middle, degree in zip(found, middles, degrees, strict=True):
        show(
            "CLI-PLACE",
            kind=place.kind,
            name=place.name,
            plane=format_position(*middle, system),
            degrees=format_position(degree[0], degree[1], WGS84),
        )


def _describe(place: "Place", middle: tuple[float, float], degrees: list[float]) -> dict[str, Any]:
    return {
        "kind": place.kind,
        "name": place.name,
        "uid": place.uid,
        "north": round(middle[1], 4),
        "east": round(middle[0], 4),
        "latitude": round(degrees[1], 9),
        "longitude": round(degrees[0], 9),
        "bounds": [round(value, 4) for value in place.bounds],
        "swapped": place.swapped,
    }


def bookmarks(
    workspace: Workspace,
    add: Annotated[str | None, typer.Option("--add", help="Keep the place of --at under this name.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="What `locate` understands.")] = None,
    remove: Annotated[str | None, typer.Option("--remove", help="Forget the bookmark of this name.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """List the bookmarks of the map; add or remove one."""
    from core.errors import UserError
    from services import bookmarks as service
    from services.locating import find_places

    with open_workspace(workspace, name) as desk:
        if add is not None:
            if at is None:
                raise UserError("CLI-BOOKMARK-AT")
            service.keep_bookmark(desk, add, find_places(desk, at)[0].bounds)
        if remove is not None:
            service.remove_bookmark(desk, remove)
        found = service.fetch_bookmarks(desk)
    if as_json:
        print_json([_describe_bookmark(one) for one in found])
        return
    for one in found:
        show("CLI-BOOKMARK", name=one.name, bounds=" ".join(f"{value:.1f}" for value in one.bounds))


def _describe_bookmark(bookmark: "Bookmark") -> dict[str, Any]:
    return {
        "name": bookmark.name,
        "bounds": list(bookmark.bounds),
        "created_at": bookmark.created_at,
        "created_by": bookmark.created_by,
    }


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(locate)
    app.command()(bookmarks)
