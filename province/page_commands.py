"""What the province's administrator does for the page on the gateway's machine: people, outlines."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.messages import render
from forms.administration import find_province
from province.opening import Folder, Location, opened

if TYPE_CHECKING:
    pass

Login = Annotated[str, typer.Argument(help="The name with which the person logs in.")]


def person_add(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    role: Annotated[str, typer.Option("--role", help="admin | officer | viewer")] = "viewer",
    province: Annotated[
        str | None,
        typer.Option("--province", help="The province whose communes they see; the whole country if not said."),
    ] = None,
    database: Location = None,
    folder: Folder = None,
) -> None:
    """Make a person of the province's page and print the first password, which they change when they first log in."""
    from province.pages.people import add_person

    code = find_province(province).code if province else None
    with opened(database, folder) as gateway:
        password = add_person(gateway, login, name, role, code)
    typer.echo(render("PERSON-MADE", {"login": login, "name": name}), err=True)
    typer.echo(password)


def person_password(login: Login, database: Location = None, folder: Folder = None) -> None:
    """Print a new first password for a person, unlock them, and end their sessions."""
    from province.pages.people import renew_password

    with opened(database, folder) as gateway:
        password = renew_password(gateway, login)
    typer.echo(render("PERSON-PASSWORD", {"login": login}), err=True)
    typer.echo(password)


def person_allow(
    login: Login,
    allowed: Annotated[bool, typer.Option("--yes/--no", help="Let the person in, or keep them out.")],
    database: Location = None,
    folder: Folder = None,
) -> None:
    """Keep a person out of the province's page from now on, or let them in again."""
    from province.pages.people import allow_person

    with opened(database, folder) as gateway:
        allow_person(gateway, login, allowed=allowed)


def outlines(
    file: Annotated[Path, typer.Argument(help="GeoJSON in WGS 84; each feature has a property commune_code.")],
    database: Location = None,
    folder: Folder = None,
) -> None:
    """Load the outlines of communes, by which records are judged and the province's map is drawn."""
    from province.outlines import load_outlines

    with opened(database, folder) as gateway:
        count = load_outlines(gateway, file)
    typer.echo(render("OUTLINES-LOADED", {"count": count, "file": file.name}), err=True)


def register(app: typer.Typer) -> None:
    """Add the commands of the page."""
    app.command("person-add")(person_add)
    app.command("person-password")(person_password)
    app.command("person-allow")(person_allow)
    app.command()(outlines)
