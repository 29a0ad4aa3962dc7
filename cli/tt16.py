"""Commands that hand in a planning dossier by circular 16/2025/TT-BXD, check such a folder, and take one in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, severity_word, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.tt16_breaches import Breach

DossierUid = Annotated[str, typer.Argument(help="The dossier's uid; `diaba dossiers` lists them.")]
DossierFolder = Annotated[Path, typer.Argument(help="The folder CSDL_<TenDoAn>.", metavar="FOLDER")]


def export_dossier(
    workspace: Workspace,
    uid: DossierUid,
    out: Annotated[Path, typer.Argument(help="The folder in which CSDL_<TenDoAn> is made.")],
    gis: Annotated[str, typer.Option("--gis", help="gpkg | gdb: the kind of the databases.")] = "gpkg",
    works: Annotated[
        bool, typer.Option("--works", help="With the infrastructure that lies within the plan's boundary.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a dossier as the folder CSDL_<TenDoAn> of circular 16/2025/TT-BXD, and say what breaches stand.

    Exit code 1 when a breach is an error; the folder is written all the same.
    """
    from services.tt16_package import export_dossier as export
    from services.tt16_package import gis_kind

    with open_workspace(workspace) as desk:
        done = export(desk, uid, out, gis=gis_kind(gis), works=works, progress=TerminalProgress())
    if as_json:
        print_json(done.as_dict())
    else:
        show("CLI-TT16-WRITTEN", folder=done.folder, files=done.files, count=sum(done.counts.values()))
        _show_breaches(done.breaches)
    raise typer.Exit(1 if done.errors else 0)


def check_dossier(
    folder: DossierFolder,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Ask for this workspace's zone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a folder against circular 16/2025/TT-BXD, Annex II; each breach is told with its clause.

    Exit code 1 when a breach is an error.
    """
    from services.tt16_checking import check_dossier_folder

    system = catalogue = None
    if workspace is not None:
        with open_workspace(workspace) as desk:
            system, catalogue = desk.system, desk.catalogue
    breaches = check_dossier_folder(folder, system=system, catalogue=catalogue, progress=TerminalProgress())
    if as_json:
        print_json({"folder": str(folder), "breaches": [breach.as_dict() for breach in breaches]})
    else:
        _show_breaches(breaches)
    raise typer.Exit(1 if any(breach.severity == "error" for breach in breaches) else 0)


def import_dossier(
    workspace: Workspace,
    folder: DossierFolder,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the same, write nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Take in a dossier's folder whole: its record, documents, drawings, files and the classes of its databases."""
    from services.tt16_import import import_dossier as take_in

    with open_workspace(workspace, name) as desk:
        done = take_in(desk, folder, dry_run=dry_run, progress=TerminalProgress())
    if as_json:
        print_json(done.as_dict())
        return
    code = "CLI-TT16-WOULD-READ" if dry_run else "CLI-TT16-READ"
    show(code, code=done.code, uid=done.uid or "–", files=done.files, count=sum(done.counts.values()))
    _show_breaches(done.breaches)


def _show_breaches(breaches: "Sequence[Breach]") -> None:
    for breach in breaches:
        typer.echo(f"{severity_word(breach.severity)} {breach.code}  {breach.text()}  [{breach.legal}]")
    if not breaches:
        show("CLI-TT16-CLEAN")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("export-dossier")(export_dossier)
    app.command("check-dossier")(check_dossier)
    app.command("import-dossier")(import_dossier)
