"""Registers every command of the desk with the command line."""

import typer

from cli import field_files, records, sending, workspaces


def register(app: typer.Typer) -> None:
    """Add the desk's commands to ``app``."""
    for module in (workspaces, field_files, records, sending):
        module.register(app)
