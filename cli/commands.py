"""Registers every command of the desk with the command line."""

import typer

from cli import (
    attachments,
    basemaps,
    catalogue,
    changing,
    conflicts,
    coordinates,
    dossiers,
    drawings,
    examining,
    field_files,
    field_forms,
    figures,
    fixing,
    grades,
    identity,
    matching,
    places,
    records,
    remarks,
    sending,
    shaping,
    tolerances,
    traverses,
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
        tolerances,
        field_files,
        field_forms,
        records,
        figures,
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
        fixing,
        sending,
        remarks,
        conflicts,
        grades,
        identity,
        matching,
        places,
        traverses,
        units,
    ):
        module.register(app)
