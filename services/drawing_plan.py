"""How a drawing is to be understood: which layers for which type, in what unit, where; proposed, then the user's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.cad.drawing import DrawingSummary
from exchange.problems import RowProblem
from exchange.reading import inspect_file
from exchange.table import Table
from forms.model import RecordType, TextField
from geodesy.guessing import SCALES, Proposal
from geodesy.systems import CoordinateSystem
from services.column_mapping import BY_VALUES, ColumnProposal, mapping_of
from services.desk import Desk
from services.drawing_recipe import DrawingRecipe, count_shapes, propose_recipe
from services.drawings import LABEL, build_table, near_shapes, read_drawing
from services.inspecting import propose_at

UNITS = (0.01, 0.3048, 0.0254)
"""Centimetres, feet and inches: what a drawing may be in though it says nothing of it, in metres."""

_NAMING = ("name", "lot_symbol", "marker_no", "point_no", "drawing_no")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing's table with the recipe, the type and the length of the unit it was made by."""

    table: Table
    recipe: DrawingRecipe
    type_id: str
    scale: float
    proposals: tuple[Proposal, ...]


def summarise(path: Path, progress: Progress = SILENT) -> DrawingSummary:
    """Return what a drawing holds; raise FILE-KIND for a file that is none, and what ``inspect_file`` raises."""
    summary = inspect_file(path, progress).drawing
    if summary is None:
        raise UserError("FILE-KIND", file=path.name, known=[".dxf", ".dgn"])
    return summary


def propose_drawing(
    desk: Desk,
    path: Path,
    type_id: str | None,
    recipe: DrawingRecipe | None,
    system: CoordinateSystem | None,
    swapped: bool | None,
    scale: float | None,
    progress: Progress,
) -> Drawn:
    """Return a drawing's table by ``recipe``, or by the likeliest; its unit is what puts it into the commune.

    What the drawing says of its unit is told where the ground says otherwise.
    """
    summary = summarise(path, progress)
    chosen = type_id or _likely_type(summary)
    recipe = recipe or propose_recipe(summary, desk.catalogue.type(chosen))
    raw = read_drawing(path, summary, recipe, progress=progress)
    near = replace(raw, geometries=near_shapes(raw, recipe))
    proposals = propose_at(desk, near, system, likely_units(summary.units_m, scale))
    best = best_proposal(proposals, system, swapped, scale)
    unit = scale or (best.scale if best else None) or summary.units_m or 1.0
    table = build_table(raw, recipe, unit)
    if summary.units_m not in (None, unit) and proposals:
        said = RowProblem(0, None, f"{summary.units_m or 0:g}", "DRAWING-UNITS", {"taken": f"{unit:g}"})
        table = replace(table, warnings=(said, *table.warnings))
    return Drawn(table, recipe, chosen, unit, proposals)


def likely_units(*said: float | None) -> tuple[float, ...]:
    """Return the lengths, in metres, that a drawing's unit may have: those that are said first, then the usual ones."""
    told = [length for length in said if length is not None]
    return tuple(dict.fromkeys((*told, *SCALES, *(length for length in UNITS if length not in told))))


def read_again(path: Path, recipe: DrawingRecipe, scale: float, progress: Progress) -> Table:
    """Return a drawing's table as it is now."""
    return build_table(read_drawing(path, summarise(path, progress), recipe, progress=progress), recipe, scale)


def best_proposal(
    proposals: Sequence[Proposal], system: CoordinateSystem | None, swapped: bool | None, scale: float | None = None
) -> Proposal | None:
    """Return the first proposal that agrees with what the user has decided."""
    for proposal in proposals:
        agrees = system in (None, proposal.system) and swapped in (None, proposal.swapped)
        if agrees and scale in (None, proposal.scale):
            return proposal
    return None


def with_label(
    proposals: Sequence[ColumnProposal], record_type: RecordType, columns: Mapping[str, Sequence[Any]]
) -> tuple[ColumnProposal, ...]:
    """Return the proposals with the labels as the field that names a record of the type, unless something else does."""
    mapped = mapping_of(proposals)
    texts = {item.key for item in record_type.fields if isinstance(item, TextField) and not item.computed}
    key = next((key for key in _NAMING if key in texts), None)
    if key is None or key in mapped or LABEL not in columns or LABEL in mapped.values():
        return tuple(proposals)
    named = ColumnProposal(LABEL, key, "likely", BY_VALUES, (), "COLUMN-LABEL")
    return tuple(named if item.column == LABEL else item for item in proposals)


def _likely_type(summary: DrawingSummary) -> str:
    counts = {shape: sum(count_shapes(layer, shape) for layer in summary.layers) for shape in ("point", "line")}
    areas = sum(count_shapes(layer, "polygon") for layer in summary.layers) - counts["line"]
    if areas > counts["line"]:
        return "land_use_plan_area"
    return "road_segment" if counts["line"] else "survey_point"
