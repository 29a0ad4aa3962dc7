"""What the province's administrator does about reading keys on the gateway's machine."""

from typing import Annotated

import typer

from core.messages import render
from forms.administration import choose_commune
from province.opening import Folder, Location, opened


def reader_add(
    name: Annotated[str, typer.Argument(help="The department or program that reads.")],
    types: Annotated[
        list[str] | None, typer.Option("--type", help="A record type it may see; may be repeated; all if not said.")
    ] = None,
    communes: Annotated[
        list[str] | None,
        typer.Option("--commune", help="Code of a commune it may see; may be repeated; all if not said."),
    ] = None,
    personal: Annotated[bool, typer.Option("--personal", help="It may see fields with personal data too.")] = False,
    database: Location = None,
    folder: Folder = None,
) -> None:
    """Make a key with which a program reads accepted records over OGC API Features, and print it this once."""
    from province.readers import create_key

    codes = [choose_commune(commune, None).code for commune in communes or ()]
    with opened(database, folder) as gateway:
        key_id, key = create_key(gateway, name, types=types or (), communes=codes, personal=personal)
    typer.echo(render("READER-MADE", {"key_id": key_id, "name": name}), err=True)
    typer.echo(key)


def reader_list(database: Location = None, folder: Folder = None) -> None:
    """List the reading keys with their scope; the keys themselves are kept nowhere."""
    from province.readers import list_keys

    with opened(database, folder) as gateway:
        found = list_keys(gateway)
    for one in found:
        facts = {
            "key_id": one.key_id,
            "name": one.name,
            "types": ", ".join(one.types) if one.types else render("READER-ALL", {}),
            "communes": ", ".join(one.communes) if one.communes else render("READER-ALL", {}),
            "state": render("READER-REVOKED" if one.revoked_at else "READER-IN-USE", {}),
        }
        typer.echo(render("READER-LISTED", facts))


def reader_revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id; `diaba reader-list` tells it.")],
    database: Location = None,
    folder: Folder = None,
) -> None:
    """End a reading key at once."""
    from province.readers import revoke_key

    with opened(database, folder) as gateway:
        revoke_key(gateway, key_id)


def register(app: typer.Typer) -> None:
    """Add the commands of reading keys."""
    app.command("reader-add")(reader_add)
    app.command("reader-list")(reader_list)
    app.command("reader-revoke")(reader_revoke)
