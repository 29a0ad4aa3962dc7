"""The entry point: ``diaba`` opens the window, ``diaba COMMAND`` goes to the front end that registered it."""

import importlib
import os
import sys
from typing import Annotated

import typer

from core import messages
from core.errors import AppError, Bug
from core.logs import configure_logs, get_log
from core.memory import without_collection
from core.settings import load_settings

CHILDREN = frozenset({"exchange.child", "desktop.map.render_child"})
"""Modules that may be started as a child process of their own (``core.resources.child_command``)."""


def build_app() -> typer.Typer:
    """Return the command line with every front end's commands."""
    import cli.commands
    import diaba.commands
    import province.commands

    app = typer.Typer(no_args_is_help=False, invoke_without_command=True, add_completion=False, rich_markup_mode=None)
    app.callback()(_root)
    for front_end in (diaba.commands, cli.commands, province.commands):
        front_end.register(app)
    return app


def _root(
    context: typer.Context,
    language: Annotated[str | None, typer.Option("--language", help="vi | en")] = None,
    actor: Annotated[str | None, typer.Option("--as", help="Who does it, when there are no accounts.")] = None,
) -> None:
    """Địa Bạ: the register of plans and infrastructure of a commune. Without a command, the window opens."""
    chosen = language or os.environ.get("DIABA_LANGUAGE") or load_settings().get("language") or "vi"
    messages.use_language("en" if chosen == "en" else "vi")
    if actor:
        os.environ["DIABA_USER"] = actor
    if context.invoked_subcommand is None:
        from diaba.commands import open_window

        raise typer.Exit(open_window(None))


def main() -> None:
    """Run the program; the one place where an ``AppError`` becomes an exit code."""
    if len(sys.argv) > 2 and sys.argv[1] == "--child" and sys.argv[2] in CHILDREN:
        sys.argv = [sys.argv[2], *sys.argv[3:]]
        sys.exit(importlib.import_module(sys.argv[0]).main())
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    configure_logs()
    try:
        with without_collection():
            app = build_app()
        app()
    except AppError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 (the boundary: the user reads a sentence, the log keeps the trace)
        get_log("main").error("unexpected", exc_info=True)
        typer.echo(str(Bug("BUG", reason=f"{type(error).__name__}: {error}")), err=True)
        sys.exit(Bug.exit_code)


if __name__ == "__main__":
    main()
