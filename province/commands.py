"""What is done on the gateway's own machine: running it, enrolling, packages by hand, remarks, a restore."""

import os
import signal
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from core.errors import EnvironmentFault
from core.logs import configure_logs
from core.messages import render
from forms.administration import choose_commune
from province import page_commands, reader_commands
from province.opening import Folder, Location, Oldest, Packs, opened, read_settings

_BACKLOG = 2048  # as uvicorn's own

Province = Annotated[str | None, typer.Option(help="Province, when several communes have the name.")]


def serve(
    database: Location = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8760,
    packs: Packs = None,
    folder: Folder = None,
    oldest: Oldest = None,
    open_types: Annotated[
        list[str] | None,
        typer.Option("--open", help="A record type that anybody may read without a key; may be repeated."),
    ] = None,
) -> None:
    """Run the provincial gateway until it is told to stop."""
    import socket

    import uvicorn

    from province.app import build_app
    from province.readiness import settle

    location, settings = read_settings(database, folder, packs, oldest)
    configure_logs(settings.folder / "logs")
    app = build_app(location, replace(settings, open_types=tuple(open_types or ())))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio sends at once
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise EnvironmentFault("GATEWAY-PORT", host=host, port=port, reason=error.strerror or str(error)) from error
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    settle()
    listener.listen(_BACKLOG)  # whoever reads the next line may call at once
    typer.echo(render("GATEWAY-LISTENS", {"address": address}), err=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=10)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stopped)
    uvicorn.Server(config).run(sockets=[listener])


def _stopped(_number: int, _frame: object) -> None:
    """Let the program end by itself: the server has stopped in order before it passes its signal on to this."""


def enrol_code(
    commune: Annotated[str, typer.Option("--commune", help="Code or name of the commune.")],
    database: Location = None,
    role: Annotated[str, typer.Option(help="surveyor | officer | approver | admin")] = "officer",
    province: Province = None,
    folder: Folder = None,
) -> None:
    """Print a one-time code with which one computer of a commune may enrol."""
    from province.sessions import create_code

    chosen = choose_commune(commune, province)
    with opened(database, folder) as gateway:
        code = create_code(gateway, chosen, role)
    typer.echo(render("GATEWAY-CODE", {"commune": chosen.full_name, "code": chosen.code}), err=True)
    typer.echo(code)


def take(
    package: Annotated[Path, typer.Argument(help="A sealed package, as `diaba carry` copied it.")],
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="Where the receipt goes; beside the package when not said.")
    ] = None,
    packs: Packs = None,
    oldest: Oldest = None,
    database: Location = None,
    folder: Folder = None,
) -> None:
    """Take a package that came on a stick and write its receipt, to be carried back; prints the receipt's file."""
    from province.by_hand import RECEIPT_SUFFIX, take_file

    with opened(database, folder, packs, oldest) as gateway:
        package_id, sealed = take_file(gateway, package)
    target = receipt or package.parent
    if target.is_dir():
        target /= f"{package_id}{RECEIPT_SUFFIX}"
    try:
        target.write_bytes(sealed)
    except OSError as error:
        raise EnvironmentFault("GATEWAY-FILE", file=str(target), reason=error.strerror or str(error)) from error
    typer.echo(target)


def remark(
    commune: Annotated[str, typer.Option("--commune", help="Code or name of the commune.")],
    text: Annotated[str, typer.Argument(help="What the commune is to do.")],
    uid: Annotated[str | None, typer.Option("--uid", help="The record it is about.")] = None,
    field: Annotated[str | None, typer.Option("--field", help="The field it is about.")] = None,
    deadline: Annotated[
        datetime | None,
        typer.Option("--deadline", formats=["%Y-%m-%d", "%d/%m/%Y"], help="The day by which it is to be done."),
    ] = None,
    packs: Packs = None,
    database: Location = None,
    folder: Folder = None,
    province: Province = None,
) -> None:
    """Put down a remark for a commune and print its id."""
    from province.remarks import add_remark

    chosen = choose_commune(commune, province)
    day = None if deadline is None else deadline.date()
    with opened(database, folder, packs) as gateway:
        made = add_remark(gateway, chosen, text, uid=uid, field=field, deadline=day)
    typer.echo(made)


def close_remark(
    commune: Annotated[str, typer.Option("--commune", help="Code or name of the commune.")],
    remark_id: Annotated[str, typer.Argument(help="The id that `diaba remark` printed.")],
    database: Location = None,
    folder: Folder = None,
    province: Province = None,
) -> None:
    """Close a remark that was dealt with, or is withdrawn."""
    from province.remarks import close_remark as close

    chosen = choose_commune(commune, province)
    with opened(database, folder) as gateway:
        close(gateway, chosen, remark_id)


def renew_epoch(database: Location = None, folder: Folder = None) -> None:
    """Say that the database was restored from a backup, so that every commune compares what it has; start anew then."""
    from province.gateway import renew_epoch as renew

    with opened(database, folder) as gateway:
        typer.echo(renew(gateway))


def register(app: typer.Typer) -> None:
    """Add the gateway's commands to the program."""
    app.command("serve")(serve)
    app.command("enrol-code")(enrol_code)
    app.command()(take)
    app.command()(remark)
    app.command("close-remark")(close_remark)
    app.command("renew-epoch")(renew_epoch)
    page_commands.register(app)
    reader_commands.register(app)
