"""Commands over who records are: local codes, splitting and merging."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import AsJson, AsName, TypeIds, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, show


def codes(
    workspace: Workspace,
    type_ids: TypeIds = None,
    uids: Annotated[list[str] | None, typer.Option("--uid", help="Only this record; may be repeated.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Give a local code to every record without one."""
    from services.identity import assign_codes, device_mark_of

    with open_workspace(workspace, name) as desk:
        changed = assign_codes(desk, type_ids=type_ids, uids=uids, progress=TerminalProgress())
        mark = device_mark_of(desk)
    given = sorted(uid for _, uid in changed.records)
    if as_json:
        print_json({"mark": mark, "count": len(given), "uids": given})
    else:
        show("CLI-CODES", count=len(given), mark=mark)


def merge(
    workspace: Workspace,
    uids: Annotated[list[str], typer.Argument(help="The records that are one.", metavar="UID…")],
    keep: Annotated[str, typer.Option("--keep", help="The record that stays, with its codes.")],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Make several records into one; what pointed at the others points at the one that stays."""
    from services.reshaping import merge_records

    with open_workspace(workspace, name) as desk:
        saved = merge_records(desk, [keep, *uids], keep=keep)
    if as_json:
        print_json(_describe(saved))
    else:
        show("CLI-MERGED", count=len(set(uids) - {keep}), uid=keep)


def split(
    workspace: Workspace,
    uid: Annotated[str, typer.Argument(help="The record to split.", metavar="UID")],
    parts: Annotated[Path, typer.Argument(help="A field file with one shape for each part, or with the cutting line.")],
    line: Annotated[bool, typer.Option("--line", help="The file holds lines to cut along.")] = False,
    crs: Annotated[str | None, typer.Option("--crs", help="EPSG code, or axis:105.5.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Make one record into several by the shapes or the line of a file; the largest part stays the record it was."""
    from geodesy.systems import parse_system
    from services.reading import fetch_record
    from services.reshaping import load_parts, split_record
    from services.shaping import cut_record, join_lines

    with open_workspace(workspace, name) as desk:
        shapes = load_parts(desk, parts, system=parse_system(crs) if crs else None, progress=TerminalProgress())
        if line:
            saved = cut_record(desk, uid, join_lines(shapes))
        else:
            saved = split_record(desk, uid, shapes, expected=fetch_record(desk, uid).revision)
    if as_json:
        print_json([_describe(item) for item in saved])
    else:
        show("CLI-SPLIT", count=len(saved), uid=uid)


def _describe(saved: Any) -> dict[str, Any]:
    from cli.records import describe_record

    return {**describe_record(saved.record), "findings": [finding.as_dict() for finding in saved.findings]}


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(codes)
    app.command()(merge)
    app.command()(split)
