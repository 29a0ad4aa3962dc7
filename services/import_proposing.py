"""Looks at a field file and proposes how to read it: type, columns, encodings, coordinate system and order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import UserError
from core.memory import without_collection
from core.progress import SILENT, Progress
from exchange.reading import read_table
from exchange.table import Table
from geodesy.datum import transform_geometries
from geodesy.guessing import Proposal
from geodesy.proposals import arrange
from geodesy.survey.strings import known_codes
from geodesy.systems import CoordinateSystem
from services.column_mapping import mapping_of, propose_columns, readings_of, unmapped_of, with_decisions
from services.column_profiles import find_packed
from services.column_values import MEASURED_ROWS, ValueReading, read_values
from services.desk import Desk
from services.drawing_plan import best_proposal, propose_drawing, with_label
from services.drawing_recipe import DrawingRecipe
from services.drawings import is_drawing
from services.import_plan import ImportPlan, Reading, propose_encodings, propose_type, repair_columns, stamp_of
from services.import_profiles import fetch_profile
from services.inspecting import propose_at
from services.survey_tables import is_survey, lines_from_codes, prepare_survey
from services.traverse_points import read_traverse_points
from services.traverses import Side
from services.unit_columns import COMMUNE, undecided_units


@without_collection()
def propose_import(
    desk: Desk,
    path: Path,
    *,
    layer: str | None = None,
    type_id: str | None = None,
    encoding: str | None = None,
    system: CoordinateSystem | None = None,
    swapped: bool | None = None,
    recipe: DrawingRecipe | None = None,
    scale: float | None = None,
    linework: bool = False,
    only_codes: Sequence[str] = (),
    traverse: Side | None = None,
    use_profile: bool = True,
    reading: Reading | None = None,
    progress: Progress = SILENT,
) -> ImportPlan:
    """Return the program's reading of a file: type, columns, encodings, coordinate system and order.

    ``system``, ``swapped``, ``encoding``, of a drawing ``recipe`` and ``scale``, are what the user has already decided;
    the rest is proposed around them. With ``linework`` survey points become the lines that their codes draw, of
    ``only_codes`` where given; raise SURVEY-NO-CODES when there are none. With ``traverse`` the points of a field book,
    whose angles are on that side of the way, lie where its adjustment puts them. What was decided for the same columns
    earlier stands before the program's own proposals, and so does what a catalogue pack says of them, unless
    ``use_profile`` is false. ``reading`` is the file's table where it was read just now, or a part of it for a plan to
    look at.
    """
    stamp = stamp_of(path) if reading is None else reading.stamp
    if is_drawing(path):
        drawn = propose_drawing(desk, path, type_id, recipe, system, swapped, scale, progress)
        table, recipe, type_id, scale = drawn.table, drawn.recipe, drawn.type_id, drawn.scale
        proposals = drawn.proposals
    else:
        if reading is None:
            made: Any = {"linework": linework, "only_codes": only_codes, "traverse": traverse}
            table = read_source(path, layer, system, progress, **made)
        else:
            table = reading.table if reading.is_part else prepare_survey(reading.table)
        proposals = propose_at(desk, table, system)
    refuse_nothing(path, table)
    encodings = propose_encodings(table, encoding)
    columns, _ = repair_columns(table, encodings)
    record_type = desk.catalogue.type(type_id or propose_type(table, desk.catalogue))
    best = best_proposal(proposals, system, swapped, scale)
    likely = best or (proposals[0] if proposals else None)
    lying = _in_metres(desk, table, best)
    found = propose_columns(record_type, columns, desk.catalogue, desk.commune, lying, table.placed)
    profile = fetch_profile(desk, columns, record_type) if use_profile else None
    packed = find_packed(desk, columns, record_type) if use_profile and profile is None and recipe is None else None
    if profile is not None:
        found = with_decisions(found, record_type, columns, desk.catalogue, profile.mapping, profile.values)
    elif packed is not None:
        said = packed.mapping, packed.values
        more: Any = {"pack": packed.source, "is_whole": packed.is_whole}
        found = with_decisions(found, record_type, columns, desk.catalogue, *said, **more)
    if recipe is not None and profile is None:
        found = with_label(found, record_type, columns)
    mapping = mapping_of(found)
    return ImportPlan(
        path=path,
        layer=table.layer,
        type_id=record_type.id,
        mapping=mapping,
        unmapped=unmapped_of(found),
        columns=found,
        values=readings_of(found),
        is_remembered=profile is not None,
        pack=packed.source if packed is not None else "",
        undecided_units=undecided_units(columns[mapping[COMMUNE]], desk.commune) if COMMUNE in mapping else (),
        system=system or (likely.system if likely else table.declared),
        swapped=swapped if swapped is not None else bool(best and best.swapped),
        scale=scale if scale is not None else best.scale if best else 1.0,
        shift=best.shift if best else (0.0, 0.0),
        encodings=encodings,
        capture_method=table.capture_method,
        proposals=proposals,
        recipe=recipe,
        linework=linework,
        only_codes=tuple(only_codes),
        traverse=traverse,
        reading=Reading(table, stamp, recipe, scale or 1.0),
    )


def read_plan_values(desk: Desk, plan: ImportPlan) -> dict[str, tuple[ValueReading, ...]]:
    """Return, by field, what the texts of the mapped columns of codes mean as the plan stands, for the user to see."""
    if plan.reading is None:
        return {}
    table, record_type = plan.reading.table, desk.catalogue.type(plan.type_id)
    found = {}
    for key, column in plan.mapping.items():
        target = record_type.field(key)
        if target.type not in ("choice", "choices") or key == COMMUNE or column not in table.columns:
            continue
        one = replace(table, columns={column: table.columns[column]}, geometries=None, heights=None)
        columns, _ = repair_columns(one, plan.encodings)
        found[key] = read_values(target, columns[column], desk.catalogue, plan.values.get(key))
    return found


def _in_metres(desk: Desk, table: Table, best: Proposal | None) -> npt.NDArray[np.object_] | None:
    """Return the shapes of the first rows in the desk's zone, to measure them, where it is clear how they lie."""
    if table.geometries is None or best is None or not best.system.is_supported:
        return None
    shapes = table.geometries[:MEASURED_ROWS]
    if not best.is_plain:
        shapes = shapely.transform(shapes, lambda xy: arrange(xy, best.swapped, best.scale, best.shift))
    placed: npt.NDArray[np.object_] = transform_geometries(shapes, best.system, desk.system)
    return placed


def read_source(
    path: Path,
    layer: str | None,
    system: CoordinateSystem | None,
    progress: Progress,
    *,
    linework: bool = False,
    only_codes: Sequence[str] = (),
    traverse: Side | None = None,
) -> Table:
    """Return the table, with ``traverse`` the adjusted points of the field book, with ``linework`` the lines of points.

    A declared system that is refused does not matter once the user has named another.
    """
    if traverse is not None:
        table = read_traverse_points(path, layer=layer, right_angles=traverse == "right", progress=progress)
    else:
        table = _read(path, layer, system, progress)
    table = prepare_survey(table)
    if not linework:
        return table
    made = lines_from_codes(table, only_codes) if is_survey(table) else None
    if made is None or not len(made):
        raise UserError("SURVEY-NO-CODES", file=table.name, known=sorted(known_codes()))
    return made


def _read(path: Path, layer: str | None, system: CoordinateSystem | None, progress: Progress) -> Table:
    try:
        return read_table(path, layer, progress=progress)
    except UserError as error:
        if system is None or not error.code.startswith("CRS-"):
            raise
    return read_table(path, layer, progress=progress, trust_declared=False)


def refuse_nothing(path: Path, table: Table) -> None:
    """Raise ``UserError`` IMPORT-NO-ROWS for a table without rows."""
    if not len(table) and not table.rejected:
        raise UserError("IMPORT-NO-ROWS", file=path.name, layer=table.layer)
