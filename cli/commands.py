"""Registers every command of the desk with the command line."""

import typer

from cli import (
    attachments,
    basemaps,
    catalogue,
    changing,
    coordinates,
    dossiers,
    drawings,
    examining,
    field_files,
    field_forms,
    grades,
    identity,
    matching,
    places,
    records,
    sending,
    shaping,
    tt16,
    units,
    waivers,
    workspaces,
)


def register(app: typer.Typer) -> None:
    """Add the desk's commands to ``app``."""
    for module in (
        workspaces,
        catalogue,
        field_files,
        field_forms,
        records,
        waivers,
        attachments,
        basemaps,
        changing,
        coordinates,
        dossiers,
        drawings,
        tt16,
        examining,
        shaping,
        sending,
        grades,
        identity,
        matching,
        places,
        units,
    ):
        module.register(app)
