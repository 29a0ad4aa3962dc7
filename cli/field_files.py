"""Commands that look into field files, take them in, and write records out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import matching
from cli.options import AsJson, AsName, TypeIds, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, say, show
from core.errors import UserError

Pairs = list[str] | None
FieldFile = Annotated[Path, typer.Argument(help="The field file.")]


def inspect(
    file: FieldFile,
    commune: Annotated[str | None, typer.Option("--commune", help="Commune it should lie in.")] = None,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Judge by this workspace's boundary.")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", help="Judge by this outline.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show layers, columns, text encoding and the coordinate systems a file may be in."""
    from forms.administration import choose_commune
    from services import inspecting
    from services.workspaces import load_boundary

    if workspace is not None:
        with open_workspace(workspace) as desk:
            found = inspecting.inspect_for(desk, file, progress=TerminalProgress())
    else:
        place = choose_commune(commune) if commune else None
        outline = load_boundary(boundary, place).commune if boundary and place else None
        found = inspecting.inspect(file, place, boundary=outline, progress=TerminalProgress())
    if as_json:
        print_json(found.as_dict())
        return
    for layer in found.layers:
        show("CLI-LAYER", name=layer.name, count=layer.count, geometry=layer.geometry or "–", driver=found.driver)
        for column in layer.columns:
            show(
                "CLI-COLUMN",
                name=column.name,
                kind=column.kind,
                empty=column.empty,
                encoding=column.encoding,
                sample=column.samples[0] if column.samples else "",
            )
            for item in column.undecided_units:
                facts = {"count": item.count, "candidates": [label for _, label in item.candidates]}
                show("CLI-UNIT-UNDECIDED", column=column.name, value=item.text, **facts)
        for proposal in layer.proposals[:5]:
            show("CLI-PROPOSAL", **proposal.as_dict())
        for problem in (*layer.problems[:20], *layer.warnings[:20]):
            typer.echo(f"    {problem.text()}")


def import_file(
    workspace: Workspace,
    file: FieldFile,
    type_id: Annotated[str, typer.Option("--type", help="Record type to make.")],
    layer: Annotated[str | None, typer.Option("--layer", help="Layer of the file, when it has several.")] = None,
    mapped: Annotated[Pairs, typer.Option("--map", help="field=column; without any, the program proposes.")] = None,
    constants: Annotated[Pairs, typer.Option("--set", help="field=value for every record.")] = None,
    crs: Annotated[str | None, typer.Option("--crs", help="EPSG code, or axis:105.5.")] = None,
    swap_axes: Annotated[Literal["auto", "yes", "no"], typer.Option("--swap-axes", help="auto | yes | no")] = "auto",
    encoding: Annotated[str, typer.Option("--encoding", help="auto | utf-8 | tcvn3 | vni | viscii | cp1258")] = "auto",
    units: Annotated[Pairs, typer.Option("--unit", help="name=code for a commune whose name is not clear.")] = None,
    codes: Annotated[bool, typer.Option("--codes", help="Give a local code to every row without one.")] = False,
    match: matching.MatchBy = None,
    on_match: matching.OnMatch = "update",
    on_new: matching.OnNew = "add",
    erase_empty: matching.EraseEmpty = False,
    choose: matching.Choose = None,
    keep: matching.Keep = None,
    take: matching.Take = None,
    within: matching.Within = 5.0,
    seen: matching.Seen = None,
    values: matching.Values = None,
    remember: matching.Remember = False,
    afresh: matching.Afresh = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Let the good rows in, report the others.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the same, write nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Make records from a field file, or bring those that are here up to it; one bad row keeps everything out."""
    from geodesy.systems import parse_system
    from services.importing import propose_import, run_import

    progress = TerminalProgress()
    chosen = parse_system(crs) if crs else None
    asked = matching.build_matching(
        match,
        on_match,
        on_new,
        erase_empty=erase_empty,
        choose=choose,
        keep=keep,
        take=take,
        within_m=within,
        seen=seen,
    )
    with open_workspace(workspace, name) as desk:
        plan = propose_import(
            desk,
            file,
            layer=layer,
            type_id=type_id,
            encoding=None if encoding == "auto" else encoding,
            system=chosen,
            swapped={"yes": True, "no": False}.get(swap_axes),
            use_profile=not afresh,
            progress=progress,
        )
        if mapped:
            plan = replace(plan, mapping=_pairs(mapped, "--map"))
        if constants:
            plan = replace(plan, constants=_pairs(constants, "--set"))
        plan = replace(
            plan,
            units=_pairs(units or (), "--unit"),
            codes=codes,
            values=matching.merge_values(plan.values, matching.read_value_pairs(values), list(plan.mapping)),
            matching=asked,
            remember=remember,
        )
        report = run_import(desk, plan, dry_run=dry_run, skip_bad=skip_bad, progress=progress)
    if as_json:
        print_json(report.as_dict())
    else:
        _show_import(report)
        if report.matches is not None:
            matching.show_matches(report.matches, desk.catalogue.type(type_id), desk.catalogue)
    raise typer.Exit(2 if report.rejected and not (skip_bad and report.accepted) else 0)


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UserError("CLI-PAIR", option=option, text=text)
        found[key.strip()] = value.strip()
    return found


def _show_import(report: Any) -> None:
    plain = report.as_dict()
    show("CLI-IMPORT", **{**plain, **plain["plan"]})
    for column, count in report.repaired.items():
        show("CLI-REPAIRED", column=column, count=count, encoding=report.plan.encodings.get(column, ""))
    for item in report.plan.columns:
        if item.field and item.confidence != "certain" and report.plan.mapping.get(item.field) == item.column:
            show("CLI-COLUMN-UNSURE", column=item.column, field=item.field, reason=item.text)
    used = set(report.plan.mapping.values())
    for column, reason in report.plan.unmapped.items():
        if column not in used:
            show("CLI-LEFT-OUT" if reason else "CLI-NO-FIELD", column=column, reason=reason)
    for field, count in report.empty.items():
        show("CLI-EMPTY", field=field, count=count)
    for warning in plain["warnings"][:50]:
        show("CLI-WARNED", text=warning["text"])
    for item in report.rejected[:50]:
        show("CLI-REJECTED", row=item.row, column=item.column or "–", text=item.text)
    if report.written == 0 and report.rejected and not report.dry_run:
        say("CLI-NOTHING-WRITTEN", count=len(report.rejected))


def export(
    workspace: Workspace,
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    kind: Annotated[str, typer.Option("--format", help="gpkg | geojson | shp | csv | kml | xlsx")] = "gpkg",
    type_ids: TypeIds = None,
    as_json: AsJson = False,
) -> None:
    """Write records to a file that other programs read; layers are named as their record type."""
    from services.exporting import export_records

    with open_workspace(workspace) as desk:
        written = export_records(desk, out, kind, type_ids=type_ids, progress=TerminalProgress())
    if as_json:
        print_json({"files": [str(path) for path in written.files], "counts": dict(written.counts)})
    else:
        for path in written.files:
            show("CLI-EXPORTED", file=path)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(inspect)
    app.command("import")(import_file)
    app.command()(export)
