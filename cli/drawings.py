"""Options and commands for drawings: which layers become what, and the profiles that keep it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import print_json, show
from core.errors import UserError

Names = list[str] | None
Shape = Annotated[
    Literal["point", "line", "polygon"] | None, typer.Option("--shape", help="Of a drawing: point | line | polygon.")
]
Layers = Annotated[Names, typer.Option("--drawing-layer", help="Layer or level to take; * for anything; may repeat.")]
Colours = Annotated[Names, typer.Option("--colour", help="Only this colour; may repeat.")]
Blocks = Annotated[Names, typer.Option("--block", help="Only this block; may repeat.")]
LabelLayers = Annotated[Names, typer.Option("--label-layer", help="Layer whose texts are labels; may repeat.")]
LabelWay = Annotated[
    Literal["none", "inside", "near"] | None,
    typer.Option("--labels", help="Where labels stand: none | inside (an area) | near (a line)."),
]
Within = Annotated[float | None, typer.Option("--within", help="How far from its line a label stands at most, m.")]
Close = Annotated[float | None, typer.Option("--close", help="Close outlines that are open by at most so much, m.")]
Faces = Annotated[bool, typer.Option("--faces", help="Build areas out of all lines together.")]
Labelled = Annotated[bool, typer.Option("--labelled-only", help="Keep only the areas that hold a label.")]
KeepFar = Annotated[bool, typer.Option("--keep-far", help="Keep what lies far from the rest of a drawing.")]
Unit = Annotated[float | None, typer.Option("--drawing-unit", help="Length of a drawing's unit, m; else found out.")]
Profile = Annotated[str | None, typer.Option("--profile", help="Read a drawing by this profile.")]
SaveProfile = Annotated[str | None, typer.Option("--save-profile", help="Keep how this drawing is read as a profile.")]

Linework = Annotated[bool, typer.Option("--linework", help="Join survey points to lines by their codes.")]
AsTraverse = Annotated[
    Literal["left", "right"] | None,
    typer.Option("--traverse", help="Import a field book's adjusted points; its angles are left | right of the way."),
]
OnlyCodes = Annotated[Names, typer.Option("--only-code", help="Of the lines only those of this code; may repeat.")]


def chosen_recipe(path: Path, proposed: Any, options: dict[str, Any]) -> Any:
    """Return the recipe with what the options say over what is proposed; the same when they say nothing."""
    said = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in options.items()
        if value not in (None, False)
    }
    if said and proposed is None:
        raise UserError("RECIPE-NOT-DRAWING", file=path.name)
    if "label_layers" in said and "label_way" not in said and proposed.label_way == "none":
        said["label_way"] = "inside" if said.get("shape", proposed.shape) == "polygon" else "near"
    return replace(proposed, **said) if said else proposed


def show_drawing(summary: Any) -> None:
    """Print what a drawing holds."""
    for layer in summary.layers:
        kinds = ", ".join(f"{kind} {count}" for kind, count in layer.kinds.items())
        colours = ", ".join(f"{colour} ({count})" for colour, count in layer.colours.items())
        show("CLI-DRAWING-LAYER", name=layer.name, count=layer.count, kinds=kinds, colours=colours)
    for use in summary.blocks:
        show("CLI-DRAWING-BLOCK", name=use.name, count=use.inserts, parts=use.parts)
    for style in summary.styles:
        facts = {"count": style.count, "font": style.font or "–", "encoding": style.encoding or "–"}
        show("CLI-DRAWING-STYLE", name=style.name, sample=next(iter(style.samples), ""), **facts)
    for kind, count in summary.left_out.items():
        show("CLI-DRAWING-LEFT", kind=kind, count=count)
    if summary.paper:
        show("CLI-DRAWING-PAPER", count=summary.paper)
    show("CLI-DRAWING-UNIT", unit="–" if summary.units_m is None else f"{summary.units_m:g} m")


def profiles(
    workspace: Workspace,
    show_name: Annotated[str | None, typer.Option("--show", help="Print this profile's text.")] = None,
    remove: Annotated[str | None, typer.Option("--remove", help="Forget this profile.")] = None,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """List the mapping profiles for drawings, show one or forget one."""
    from services.drawing_profiles import find_profile, format_profile, list_profiles, remove_profile

    with open_workspace(workspace, name) as desk:
        if remove:
            remove_profile(desk, remove)
        if show_name and not as_json:
            typer.echo(format_profile(find_profile(desk, show_name)), nl=False)
            return
        found: Sequence[Any] = [find_profile(desk, show_name)] if show_name else list_profiles(desk)
    if as_json:
        print_json([profile.as_dict() for profile in found])
        return
    for profile in found:
        types = ", ".join(part.type_id for part in profile.parts)
        show("CLI-PROFILE", name=profile.name, types=types, origin=profile.origin)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(profiles)
