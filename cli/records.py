"""Commands that list, check and approve records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import shapely
import typer

from cli.options import AsJson, AsName, TypeIds, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, severity_word, show, state_word
from core.errors import UserError
from core.messages import current_language
from forms.record import Record

if TYPE_CHECKING:
    from services.desk import Desk

RELATIONS = "intersects | within | contains | overlaps | touches | crosses | disjoint | near"


def list_records(
    workspace: Workspace,
    type_id: Annotated[str, typer.Argument(help="Record type.", metavar="TYPE")],
    where: Annotated[str | None, typer.Option("--where", help="A CQL2 expression over the type's fields.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write a table, .xlsx or .csv, with words for codes.")
    ] = None,
    columns: Annotated[list[str] | None, typer.Option("--column", help="Only this field, for --out; repeat.")] = None,
    relation: Annotated[
        str | None, typer.Option("--relation", help=f"Only those that lie so to the others: {RELATIONS}.")
    ] = None,
    others: Annotated[list[str] | None, typer.Option("--of", help="An other, by its uid; may be repeated.")] = None,
    other_type: Annotated[str | None, typer.Option("--of-type", help="Every record of this type is an other.")] = None,
    distance_m: Annotated[float | None, typer.Option("--distance", help="Metres, for the relation near.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the records of one type, or write them as a table; chosen by what they say and by where they lie."""
    from forms.titles import record_title
    from services.reading import list_records as fetch

    if out is not None:
        _write_table(workspace, type_id, out, where, columns, as_json)
        return
    with open_workspace(workspace) as desk:
        found = fetch(desk, type_id, where=where)
        if relation is not None:
            near = set(_related(desk, type_id, relation, others or [], other_type, distance_m))
            found = [record for record in found if record.uid in near]
        record_type = desk.catalogue.type(type_id)
    if as_json:
        print_json([describe_record(record) for record in found])
        return
    for record in found:
        title = record_title(record_type, record.values, current_language(), desk.catalogue)
        typer.echo(f"{record.uid}  {state_word(record.state)} {title}")


def _related(
    desk: "Desk", type_id: str, relation: str, others: list[str], other_type: str | None, distance_m: float | None
) -> list[str]:
    from core.errors import UserError
    from services.reading import list_uids
    from services.selecting import Relation, select_by_place

    if relation not in RELATIONS.split(" | "):
        raise UserError("SELECT-RELATION", relation=relation, known=RELATIONS)
    of_type = list_uids(desk, other_type) if other_type else []
    return select_by_place(desk, type_id, Relation(relation), [*others, *of_type], distance_m=distance_m)


def _write_table(
    workspace: Path, type_id: str, out: Path, where: str | None, columns: list[str] | None, as_json: bool
) -> None:
    from services.view_export import export_view

    with open_workspace(workspace) as desk:
        written = export_view(desk, type_id, out, columns=columns, where=where, progress=TerminalProgress())
    facts = {"file": str(written.path), "count": written.count}
    if as_json:
        print_json(facts)
    else:
        show("CLI-TABLE-WRITTEN", **facts)


def describe_record(record: Record) -> dict[str, Any]:
    """Return a record as ``list --json`` prints it: geometry as GeoJSON in the workspace's zone, metres."""
    return {
        "uid": record.uid,
        "revision": record.revision,
        "state": str(record.state),
        "values": dict(record.values),
        "geometry": None if record.geometry is None else shapely.geometry.mapping(record.geometry),
        "lineage": record.lineage.as_dict(),
        "base_revision": record.base_revision,
    }


def check(
    workspace: Workspace,
    type_ids: TypeIds = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what changed since the last check; no record's state changes.")
    ] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Run every rule; exit 1 when something blocks a package.

    With --changed the rules run only over what edits since the last check can have altered, and everything that is
    found now is told, as a check of everything would; files are not read again.
    """
    from services.attaching import verify_contents
    from services.desk_checks import check_desk
    from services.rechecking import recheck

    if changed and type_ids:
        raise UserError("CHECK-CHANGED-TYPES")
    with open_workspace(workspace, name) as desk:
        if changed:
            report = recheck(desk, progress=TerminalProgress())
        else:
            verify_contents(desk, progress=TerminalProgress())
            report = check_desk(desk, type_ids=type_ids, progress=TerminalProgress())
    assert report is not None  # `recheck` gives none only when it is told a limit
    if as_json:
        print_json(report.as_dict())
    else:
        for finding in report.findings:
            typer.echo(f"{severity_word(finding.severity)} {finding.rule_id}  {finding.uid}  {finding.text()}")
        show("CLI-CHECKED", **report.summary())
    raise typer.Exit(1 if report.blocks_package else 0)


def approve(
    workspace: Workspace,
    type_ids: TypeIds = None,
    uids: Annotated[list[str] | None, typer.Option("--uid", help="Only this record; may be repeated.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Check, then approve what nothing blocks; exit 1 when something stays behind."""
    from services.approving import approve as approve_records

    with open_workspace(workspace, name) as desk:
        report = approve_records(desk, type_ids=type_ids, uids=uids, progress=TerminalProgress())
    if as_json:
        blocked = {uid: [finding.as_dict() for finding in found] for uid, found in report.blocked.items()}
        print_json({"approved": list(report.approved), "blocked": blocked})
    else:
        for uid, found in report.blocked.items():
            typer.echo(f"{uid}  {found[0].rule_id}  {found[0].text()}")
        show("CLI-APPROVED", approved=len(report.approved), blocked=len(report.blocked))
    raise typer.Exit(1 if report.blocked else 0)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("list")(list_records)
    app.command()(check)
    app.command()(approve)
