"""Commands that take work to the field, on phones, and bring it back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import AsJson, AsName, TypeId, TypeIds, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, say, show

SHOWN = 50
ALL = "all"


def xlsform(
    workspace: Workspace,
    type_id: Annotated[str, typer.Argument(help="Record type; several with commas between, or `all`.", metavar="TYPE")],
    out: Annotated[Path, typer.Argument(help="The .xlsx to write; for several types a folder.")],
    as_json: AsJson = False,
) -> None:
    """Write the form of a record type for ODK Collect and KoboToolbox (XLSForm)."""
    from services.field_forms import export_xlsform

    with open_workspace(workspace) as desk:
        chosen = list(desk.catalogue.types) if type_id == ALL else type_id.split(",")
        several = len(chosen) > 1
        if several:
            out.mkdir(exist_ok=True)
        written = {item: export_xlsform(desk, item, out / f"{item}.xlsx" if several else out) for item in chosen}
    if as_json:
        print_json(
            [
                {
                    "type": item,
                    "files": [str(path) for path in form.files],
                    "form_id": form.form_id,
                    "version": form.version,
                    "questions": form.questions,
                }
                for item, form in written.items()
            ]
        )
        return
    for form in written.values():
        show("CLI-FORM-WRITTEN", file=form.files[0], form=form.form_id, version=form.version, count=form.questions)
        for path in form.files[1:]:
            show("CLI-FORM-LIST", file=path)


def qfield(
    workspace: Workspace,
    out: Annotated[Path, typer.Argument(help="The new folder to write.", metavar="OUT_FOLDER")],
    type_ids: TypeIds = None,
    as_json: AsJson = False,
) -> None:
    """Write a folder for QField: records, code lists and a QGIS project with the forms."""
    from services.field_forms import export_qfield

    with open_workspace(workspace) as desk:
        written = export_qfield(desk, out, type_ids=type_ids, progress=TerminalProgress())
    if as_json:
        print_json({"data": str(written.data), "project": str(written.project), "counts": dict(written.counts)})
        return
    count = sum(written.counts.values())
    show("CLI-QFIELD", folder=written.data.parent, count=count, project=written.project.name)


def submissions(
    workspace: Workspace,
    file: Annotated[Path, typer.Argument(help="Export of ODK or KoboToolbox (CSV, GeoJSON), or a QField GeoPackage.")],
    type_id: TypeId = None,
    media: Annotated[
        Path | None, typer.Option("--media", help="Folder of the photos; default: media/ beside the file.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Also write what was edited in the field since it was first taken in.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the same, write nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Take in what came back from the field; what was taken in before is not taken twice."""
    from services.field_forms import take_submissions

    with open_workspace(workspace, name) as desk:
        report = take_submissions(
            desk,
            file,
            type_id=type_id,
            media=media,
            dry_run=dry_run,
            update=update,
            progress=TerminalProgress(),
        )
    if as_json:
        print_json(report.as_dict())
    else:
        _show(report)
    raise typer.Exit(2 if report.rejected and not report.accepted else 0)


def _show(report: Any) -> None:
    from services.field_report import word_update

    show(
        "CLI-SUBMISSIONS",
        file=report.path.name,
        read=report.read,
        written=report.written,
        known=report.known,
        buried=report.buried,
        updates=len(report.updates),
        photos=report.photos.attached,
    )
    _list([word_update(update) for update in report.updates])
    _list([item.text for item in report.rejected])
    _list([item.text() for item in report.warnings])
    for row, photo in report.photos.missing[:SHOWN]:
        show("FIELD-PHOTO-MISSING", row=row, name=photo)
    for row, photo, error in report.photos.refused[:SHOWN]:
        show("FIELD-PHOTO-REFUSED", row=row, name=photo, reason=str(error))
    for type_id, uid in report.lost[:SHOWN]:
        show("FIELD-LOST", type=type_id, uid=uid)
    if report.written == 0 and report.rejected and not report.dry_run:
        say("CLI-NOTHING-WRITTEN", count=len(report.rejected))


def _list(lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        typer.echo(f"  {line}")
    if len(lines) > SHOWN:
        show("CLI-MORE-LINES", count=len(lines) - SHOWN)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(xlsform)
    app.command()(qfield)
    app.command()(submissions)
