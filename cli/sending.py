"""Commands that bring packages to the province and its answers back."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, say, show

_receipt = typer.Typer(help="Receipts that come as files.", no_args_is_help=True)


def package(
    workspace: Workspace,
    out: Annotated[Path | None, typer.Option("--out", help="Copy the sealed package here, for a USB stick.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Seal what is approved into one signed package."""
    from services.packaging import copy_package, seal_package

    with open_workspace(workspace, name) as desk:
        sealed = seal_package(desk, progress=TerminalProgress())
        copied = copy_package(sealed.path, sealed.package_id, out) if sealed and out else None
    if as_json:
        print_json(None if sealed is None else {**sealed.as_dict(), "copy_file": str(copied) if copied else None})
    elif sealed is None:
        show("CLI-NOTHING-TO-PACK")
    else:
        show("CLI-SEALED", package=sealed.package_id, count=sealed.count, file=copied or sealed.path)
        for remark in sealed.remarks:
            typer.echo(remark, err=True)


def verify_package(
    file: Annotated[Path, typer.Argument(help="A sealed package.")],
    as_json: AsJson = False,
) -> None:
    """Check a package's hashes and signature, byte for byte."""
    from services.packaging import verify_package as verify

    report = verify(file)
    if as_json:
        print_json(report)
    else:
        show("CLI-VERIFIED", **report)
        if report["certificate"] is not None:
            show("CLI-CERTIFIED", **report["certificate"], count=sum_of_findings(report["certificate"]["findings"]))


def sum_of_findings(findings: dict[str, dict[str, int]]) -> int:
    """Return how many findings a certificate counts."""
    return sum(sum(counted.values()) for counted in findings.values())


def enrol(
    workspace: Workspace,
    server: Annotated[str, typer.Option("--server", help="Address of the province's gateway.")],
    code: Annotated[str, typer.Option("--code", help="The one-time code the province gave.")],
    authority: Annotated[
        Path | None,
        typer.Option("--ca", help="PEM file of the authority that vouches for the gateway; a copy is kept."),
    ] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Register this computer with the province."""
    from services.syncing import enrol as enrol_device

    with open_workspace(workspace, name) as desk:
        enrolment = enrol_device(desk, server, code, authority=authority)
    if as_json:
        print_json(enrolment)
    else:
        show("CLI-ENROLLED", **enrolment)


def sync(
    workspace: Workspace,
    server: Annotated[str | None, typer.Option("--server", help="Address, when it has changed.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Seal what is approved, send it, take the receipts, and fetch what others changed."""
    from services.syncing import sync as sync_desk

    with open_workspace(workspace, name) as desk:
        report = sync_desk(desk, server, progress=TerminalProgress())
    if as_json:
        print_json(report.as_dict())
    else:
        show("CLI-SYNCED", **report.summary())
        if report.recovered:
            say("SYNC-RECOVERED", count=report.recovered)
        if report.forgotten:
            say("SYNC-OLDER-COPY", count=report.forgotten)
        if report.other_rules:
            say("CLI-OTHER-RULES", count=len(report.other_rules))
        if report.offered:
            say("CLI-PACKS-OFFERED", count=len(report.offered))
        if report.clock_is_off:
            say("CLI-CLOCK-OFF", minutes=round((report.clock_skew_s or 0.0) / 60))
    raise typer.Exit(1 if report.needs_attention else 0)


def carry(
    workspace: Workspace,
    folder: Annotated[Path, typer.Argument(help="A folder on a USB stick.")],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Seal what is approved and copy every package without a receipt to a stick; each copy is read back."""
    from services.carrying import carry_out

    with open_workspace(workspace, name) as desk:
        copies = carry_out(desk, folder, progress=TerminalProgress())
    if as_json:
        print_json([str(path) for path in copies])
        return
    for path in copies:
        show("CLI-CARRIED", file=path)
    if not copies:
        show("CLI-CARRIED-NONE")


@_receipt.command("apply")
def apply_receipt(
    workspace: Workspace,
    file: Annotated[Path, typer.Argument(help="The receipt's file, as the province gave it.")],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Verify a receipt that came on a stick and apply it; exit 1 when something came back."""
    from services.carrying import take_receipt_file

    with open_workspace(workspace, name) as desk:
        taken = take_receipt_file(desk, file)
    counts = taken.summary()
    if as_json:
        print_json({"package_id": taken.package_id, "new": taken.is_new, **counts, "other_rules": taken.other_rules})
    elif taken.is_new:
        show("CLI-RECEIPT-TAKEN", package=taken.package_id, taken=taken.taken, **counts)
        if taken.other_rules:
            say("CLI-OTHER-RULES", count=1)
    else:
        show("CLI-RECEIPT-KNOWN", package=taken.package_id)
    raise typer.Exit(1 if counts["rejected"] or counts["conflict"] else 0)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(carry)
    app.add_typer(_receipt, name="receipt")
    app.command()(package)
    app.command("verify-package")(verify_package)
    app.command()(enrol)
    app.command()(sync)
