"""How the commands on the gateway's own machine name and open it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from province.gateway import Gateway
    from province.settings import GatewaySettings

Location = Annotated[str | None, typer.Option("--database", help="A file, sqlite:///FILE, or a server's URL.")]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", help="Where key and packages lie; workers on one database share it."),
]
Packs = Annotated[
    list[Path] | None,
    typer.Option("--catalogue", help="A catalogue pack in force here; may be repeated, in order."),
]
Oldest = Annotated[
    str | None, typer.Option("--oldest", help="Oldest version of Địa Bạ whose packages are taken, such as 0.1.0.")
]


def read_settings(
    database: str | None, folder: Path | None, packs: Sequence[Path] | None, oldest: str | None
) -> "tuple[str, GatewaySettings]":
    """Return the database's location and the settings that options of the commands make."""
    from province.app import default_settings

    location, settings = default_settings(database, folder)
    return location, replace(settings, catalogue_packs=tuple(packs or ()), oldest_program=oldest)


@contextmanager
def opened(
    database: str | None, folder: Path | None, packs: Sequence[Path] | None = None, oldest: str | None = None
) -> "Iterator[Gateway]":
    """Open the gateway as ``serve`` does with the same options."""
    from province.gateway import open_gateway

    gateway = open_gateway(*read_settings(database, folder, packs, oldest))
    try:
        yield gateway
    finally:
        gateway.close()
