"""Commands that look into field files, take them in, and write records out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli import drawings, matching
from cli.imported import show_import
from cli.options import AsJson, AsName, TypeIds, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, severity_word, show
from core.errors import UserError

if TYPE_CHECKING:
    from services.desk import Desk

Pairs = list[str] | None
FieldFile = Annotated[Path, typer.Argument(help="The field file.")]


def inspect(
    file: FieldFile,
    commune: Annotated[str | None, typer.Option("--commune", help="Commune it should lie in.")] = None,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Judge by this workspace's boundary.")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", help="Judge by this outline.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Look at some rows of a large file only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show layers, columns, text encoding and the coordinate systems a file may be in."""
    from forms.administration import choose_commune
    from services import inspecting
    from services.workspaces import load_boundary

    if workspace is not None:
        with open_workspace(workspace) as desk:
            found = inspecting.inspect_for(desk, file, quick=quick, progress=TerminalProgress())
    else:
        place = choose_commune(commune) if commune else None
        outline = load_boundary(boundary, place).commune if boundary and place else None
        found = inspecting.inspect(file, place, boundary=outline, quick=quick, progress=TerminalProgress())
    if as_json:
        print_json(found.as_dict())
        return
    if found.drawing is not None:
        drawings.show_drawing(found.drawing)
    if not found.is_whole:
        show("CLI-INSPECT-PART")
    for layer in found.layers:
        said = "CLI-LAYER" if layer.counted else "CLI-LAYER-LEAST"
        show(said, name=layer.name, count=layer.count, geometry=layer.geometry or "–", driver=found.driver)
        for column in layer.columns:
            show(
                "CLI-COLUMN",
                name=column.name,
                kind=column.kind,
                empty=column.empty,
                encoding=column.encoding,
                sample=column.samples[0] if column.samples else "",
            )
            _show_repair(column)
            for item in column.undecided_units:
                facts = {"count": item.count, "candidates": [label for _, label in item.candidates]}
                show("CLI-UNIT-UNDECIDED", column=column.name, value=item.text, **facts)
        for proposal in layer.proposals[:5]:
            show("CLI-PROPOSAL", **proposal.as_dict())
        for problem in (*layer.problems[:20], *layer.warnings[:20]):
            typer.echo(f"    {problem.text()}")


def _show_repair(column: Any) -> None:
    """Show how a column's text would be repaired, on up to 20 rows, with what else it may be."""
    from exchange.legacy_text import decided_encoding, encoding_label

    changes = [pair for pair in column.preview(column.encoding) if pair[0] != pair[1]]
    if not changes:
        return
    scores = [f"{encoding_label(item.name)} {100 * item.score:.0f} %" for item in column.encodings[:4]]
    is_sure = decided_encoding(column.encodings) == column.encoding
    show("CLI-ENCODING-SURE" if is_sure else "CLI-ENCODING-OPEN", name=encoding_label(column.encoding), others=scores)
    for before, after in changes:
        show("CLI-BEFORE-AFTER", before=_visible(before), after=after)


def _visible(text: str) -> str:
    """Return text with the control bytes of old encodings as signs a terminal can show."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def import_file(
    workspace: Workspace,
    file: FieldFile,
    type_id: Annotated[str | None, typer.Option("--type", help="Record type to make; a profile may name it.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer of the file, when it has several.")] = None,
    mapped: Annotated[Pairs, typer.Option("--map", help="field=column; without any, the program proposes.")] = None,
    constants: Annotated[Pairs, typer.Option("--set", help="field=value for every record.")] = None,
    crs: Annotated[str | None, typer.Option("--crs", help="EPSG code, or axis:105.5.")] = None,
    swap_axes: Annotated[Literal["auto", "yes", "no"], typer.Option("--swap-axes", help="auto | yes | no")] = "auto",
    encoding: Annotated[str, typer.Option("--encoding", help="auto | utf-8 | tcvn3 | vni | viscii | cp1258")] = "auto",
    by_column: Annotated[Pairs, typer.Option("--column-encoding", help="column=encoding, for one column.")] = None,
    units: Annotated[Pairs, typer.Option("--unit", help="name=code for a commune whose name is not clear.")] = None,
    codes: Annotated[bool, typer.Option("--codes", help="Give a local code to every row without one.")] = False,
    match: matching.MatchBy = None,
    on_match: matching.OnMatch = "update",
    on_new: matching.OnNew = "add",
    erase_empty: matching.EraseEmpty = False,
    choose: matching.Choose = None,
    keep: matching.Keep = None,
    take: matching.Take = None,
    match_within: matching.Within = 5.0,
    seen: matching.Seen = None,
    values: matching.Values = None,
    remember: matching.Remember = False,
    afresh: matching.Afresh = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Let the good rows in, report the others.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the same, write nothing.")] = False,
    profile: drawings.Profile = None,
    shape: drawings.Shape = None,
    drawing_layers: drawings.Layers = None,
    colours: drawings.Colours = None,
    blocks: drawings.Blocks = None,
    label_layers: drawings.LabelLayers = None,
    labels: drawings.LabelWay = None,
    within: drawings.Within = None,
    close: drawings.Close = None,
    faces: drawings.Faces = False,
    labelled_only: drawings.Labelled = False,
    keep_far: drawings.KeepFar = False,
    unit: drawings.Unit = None,
    save_profile: drawings.SaveProfile = None,
    linework: drawings.Linework = False,
    only_codes: drawings.OnlyCodes = None,
    traverse: drawings.AsTraverse = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Make records from a field file, or bring those that are here up to it; one bad row keeps everything out."""
    from geodesy.systems import parse_system
    from services.drawing_import import run_plans

    progress = TerminalProgress()
    reading = {
        "system": parse_system(crs) if crs else None,
        "swapped": {"yes": True, "no": False}.get(swap_axes),
        "scale": unit,
        "progress": progress,
    }
    recipe = {
        "shape": shape,
        "layers": drawing_layers,
        "colours": colours,
        "blocks": blocks,
        "label_layers": label_layers,
        "label_way": labels,
        "within_m": within,
        "close_m": close,
        "faces": faces,
        "labelled_only": labelled_only,
        "keep_far": keep_far,
    }
    if type_id is None and profile is None:
        raise UserError("CLI-TYPE-OR-PROFILE")
    asked = matching.build_matching(
        match,
        on_match,
        on_new,
        erase_empty=erase_empty,
        choose=choose,
        keep=keep,
        take=take,
        within_m=match_within,
        seen=seen,
    )
    with open_workspace(workspace, name) as desk:
        forced = None if encoding == "auto" else encoding
        survey = {"linework": linework, "only_codes": only_codes or (), "traverse": traverse}
        more = {"layer": layer, "encoding": forced, "use_profile": not afresh, **survey}
        plans = _plans(desk, file, type_id, profile, recipe, reading, **more)
        if mapped:
            plans = [replace(plan, mapping=_pairs(mapped, "--map")) for plan in plans]
        if by_column:
            plans = [replace(plan, encodings={**plan.encodings, **_encodings(by_column, plan)}) for plan in plans]
        if constants:
            plans = [replace(plan, constants={**plan.constants, **_pairs(constants, "--set")}) for plan in plans]
        said = matching.read_value_pairs(values)
        plans = [
            replace(
                plan,
                units=_pairs(units or (), "--unit"),
                codes=codes,
                values=matching.merge_values(plan.values, said, list(plan.mapping)),
                matching=asked,
                remember=remember,
            )
            for plan in plans
        ]
        reports = run_plans(desk, plans, dry_run=dry_run, skip_bad=skip_bad, progress=progress)
        if save_profile:
            from services.drawing_profiles import save_profile as store_profile

            for plan in plans:
                store_profile(desk, save_profile, plan)
    if as_json:
        documents = [report.as_dict() for report in reports]
        print_json(documents[0] if type_id is not None else {"imports": documents})
    else:
        for report in reports:
            show_import(report)
            if report.matches is not None:
                matching.show_matches(report.matches, desk.catalogue.type(report.plan.type_id), desk.catalogue)
    is_refused = any(report.rejected and not (skip_bad and report.accepted) for report in reports)
    raise typer.Exit(2 if is_refused else 0)


def _plans(
    desk: Any,
    file: Path,
    type_id: str | None,
    profile: str | None,
    recipe: dict[str, Any],
    reading: dict[str, Any],
    **more: Any,
) -> list[Any]:
    """Return what is to be imported: by a profile, or as proposed with what the options say over it."""
    from services.drawing_import import plan_profile
    from services.drawing_plan import summarise
    from services.drawing_profiles import find_profile
    from services.drawing_recipe import propose_recipe
    from services.drawings import is_drawing
    from services.importing import propose_import

    if profile is not None:
        if not is_drawing(file):
            raise UserError("RECIPE-NOT-DRAWING", file=file.name)
        types = [type_id] if type_id else []
        return plan_profile(desk, file, find_profile(desk, profile), type_ids=types, **reading)
    assert type_id is not None
    said = any(value not in (None, False) for value in recipe.values())
    chosen = None
    if said:
        summary = summarise(file, reading["progress"]) if is_drawing(file) else None
        proposed = propose_recipe(summary, desk.catalogue.type(type_id)) if summary else None
        chosen = drawings.chosen_recipe(file, proposed, recipe)
    return [propose_import(desk, file, type_id=type_id, recipe=chosen, **reading, **more)]


def reread_text(
    workspace: Workspace,
    type_id: Annotated[str, typer.Option("--type", help="Record type that the file became.")],
    column: Annotated[str | None, typer.Option("--column", help="Column of the file; none lists them.")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="What it should have been read from.")] = None,
    file: Annotated[str | None, typer.Option("--file", help="Name of the file, when several have the column.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the same, write nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Read an imported text column again from another encoding; what was edited since stays."""
    from exchange.legacy_text import encoding_label
    from services.rereading import choose_text_column, find_text_columns, reread_column

    with open_workspace(workspace, name) as desk:
        columns = find_text_columns(desk, [type_id])
        if column is None or encoding is None:
            found = [item for item in columns if column in (None, item.column)]
            outcome = None
        else:
            chosen = choose_text_column(columns, column, file)
            outcome = reread_column(desk, chosen, encoding, dry_run=dry_run, progress=TerminalProgress())
            found = [chosen]
    if as_json:
        print_json({"columns": [item.as_dict() for item in found], "outcome": outcome and outcome.as_dict()})
        return
    for item in found:
        facts = {**item.as_dict(), "encoding": encoding_label(item.encoding)}
        show("CLI-TEXT-COLUMN", **facts)
        for before, after in item.preview(encoding or item.encoding):
            show("CLI-BEFORE-AFTER", before=_visible(before), after=after)
    if outcome is not None:
        show("CLI-REREAD-TRIED" if dry_run else "CLI-REREAD", **outcome.as_dict())


def _encodings(texts: Sequence[str], plan: Any) -> dict[str, str]:
    from exchange.legacy_text import encoding_name

    chosen = {column: encoding_name(name) for column, name in _pairs(texts, "--column-encoding").items()}
    known = plan.reading.table.columns
    if strange := next((column for column in chosen if column not in known), None):
        raise UserError("IMPORT-NO-COLUMN", column=strange, columns=sorted(known))
    return chosen


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UserError("CLI-PAIR", option=option, text=text)
        found[key.strip()] = value.strip()
    return found


def export(
    workspace: Workspace,
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    kind: Annotated[
        str,
        typer.Option("--format", help="gpkg | shp | geojson | fgb | kml | tab | mif | dxf | csv | xlsx | tt16"),
    ] = "gpkg",
    type_ids: TypeIds = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="EPSG code, axis:105.5 or WGS84; else the workspace's zone.")
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="utf-8 | tcvn3 (shapefile only)")] = "utf-8",
    decimal: Annotated[str, typer.Option("--decimal", help="point | comma: the decimal mark of a CSV.")] = "point",
    dossier: Annotated[
        str | None, typer.Option("--dossier", help="With --format tt16: the dossier's uid, where there are several.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write records to a file that other programs read; layers are named as their record type.

    With --format tt16 a dossier is written as `diaba export-dossier` does, into the folder OUT.
    """
    from exchange.out_formats import out_choices
    from geodesy.systems import parse_system
    from services.exporting import export_records

    with open_workspace(workspace) as desk:
        if kind == "tt16":
            _export_dossier(desk, out, dossier, as_json)
            return
        written = export_records(
            desk,
            out,
            kind,
            type_ids=type_ids,
            system=parse_system(crs) if crs else None,
            choices=out_choices(encoding, decimal),
            progress=TerminalProgress(),
        )
    if as_json:
        print_json({"files": [str(path) for path in written.files], "counts": dict(written.counts)})
    else:
        for path in written.files:
            show("CLI-EXPORTED", file=path)


def _export_dossier(desk: "Desk", out: Path, uid: str | None, as_json: bool) -> None:
    from services.dossiers import only_dossier
    from services.tt16_package import export_dossier

    done = export_dossier(desk, uid or only_dossier(desk), out, progress=TerminalProgress())
    if as_json:
        files = [str(path) for path in sorted(done.folder.rglob("*")) if path.is_file() and ".gdb" not in path.parts]
        print_json({"files": files, "counts": dict(done.counts)})
        return
    show("CLI-EXPORTED", file=done.folder)
    for breach in done.breaches:
        typer.echo(f"{severity_word(breach.severity)} {breach.code}  {breach.text()}  [{breach.legal}]")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(inspect)
    app.command("import")(import_file)
    app.command()(reread_text)
    app.command()(export)
