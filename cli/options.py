"""Arguments that several commands share, and who sits at the desk."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from core.clock import utc_now
from forms.record import Actor
from services.desk import Desk

Workspace = Annotated[Path, typer.Argument(help="The workspace folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
AsName = Annotated[str | None, typer.Option("--as", help="Who does it, when there are no accounts.")]
TypeId = Annotated[str | None, typer.Option("--type", help="Record type; `diaba types` lists them.")]
TypeIds = Annotated[list[str] | None, typer.Option("--type", help="Only this record type; may be repeated.")]


def current_actor(name: str | None = None) -> Actor:
    """Return who acts: ``--as``, ``DIABA_USER``, or the system user; nobody has vouched for any of them."""
    return Actor(name or os.environ.get("DIABA_USER") or _system_user())


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def open_workspace(folder: Path, name: str | None = None) -> Desk:
    """Open a workspace for one command; use it in a ``with`` statement."""
    from services.workspaces import open_desk

    return open_desk(folder, actor=current_actor(name), clock=utc_now)
