"""Field file to records: read, repair text, place, map, report, and commit all or nothing."""

import glob
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.clock import local_date, parse_timestamp
from core.errors import UserError
from core.progress import SILENT, Progress
from core.text import without_unseen
from exchange.problems import RowProblem
from exchange.reading import read_table
from exchange.table import Table
from forms.identity import LOCAL_CODE
from geodesy.survey.strings import known_codes
from geodesy.systems import CoordinateSystem
from localdb.journal import find_import
from localdb.unit_of_work import Changed
from services.checking import build_context
from services.desk import Desk
from services.drawing_plan import best_proposal, map_label, propose_drawing, read_again
from services.drawing_recipe import DrawingRecipe
from services.drawings import is_drawing
from services.identity import fill_codes
from services.import_plan import (
    ImportPlan,
    Reading,
    Stamp,
    check_mapping,
    propose_encodings,
    propose_mapping,
    propose_type,
    repair_columns,
)
from services.import_report import ImportReport, Rejected
from services.inspecting import propose_at
from services.placing import place_table
from services.staging import fit_shapes, parse_columns, place_units, stage_rows
from services.survey_tables import is_survey, lines_from_codes, prepare_survey
from services.unit_columns import COMMUNE, undecided_units
from validation.batch import Batch
from validation.engine import check_batch
from validation.finding import Finding
from validation.measures import completeness

DIGEST = "sha256"


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
    progress: Progress = SILENT,
) -> ImportPlan:
    """Return the program's reading of a file: type, columns, encodings, coordinate system and order.

    ``system``, ``swapped``, ``encoding``, of a drawing ``recipe`` and ``scale``, are what the user has already decided;
    the rest is proposed around them. With ``linework`` survey points become the lines that their codes draw, of
    ``only_codes`` where given; raise SURVEY-NO-CODES when there are none.
    """
    stamp = _stamp(path)
    if is_drawing(path):
        drawn = propose_drawing(desk, path, type_id, recipe, system, swapped, scale, progress)
        table, recipe, type_id, scale = drawn.table, drawn.recipe, drawn.type_id, drawn.scale
        proposals = drawn.proposals
    else:
        table = _drawn(_read(path, layer, system, progress), linework, only_codes)
        proposals = propose_at(desk, table, system)
    _refuse_nothing(path, table)
    encodings = propose_encodings(table, encoding)
    columns, _ = repair_columns(table, encodings)
    record_type = desk.catalogue.type(type_id or propose_type(table, desk.catalogue))
    mapping, unmapped = propose_mapping(record_type, columns, desk.catalogue, desk.commune)
    if recipe is not None:
        mapping = map_label(record_type, mapping, columns)
        unmapped = {column: reason for column, reason in unmapped.items() if column not in mapping.values()}
    best = best_proposal(proposals, system, swapped, scale)
    likely = best or (proposals[0] if proposals else None)
    return ImportPlan(
        path=path,
        layer=table.layer,
        type_id=record_type.id,
        mapping=mapping,
        unmapped=unmapped,
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
        reading=Reading(table, stamp, recipe, scale or 1.0),
    )


def run_import(
    desk: Desk,
    plan: ImportPlan,
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    progress: Progress = SILENT,
) -> ImportReport:
    """Import a file as ``plan`` says, in one transaction.

    When a row is rejected nothing is written, unless ``skip_bad`` lets the good rows in and reports the others. With
    ``dry_run`` the same is told and nothing is written either way.
    """
    return import_table(desk, plan, _read_again(plan, progress), dry_run=dry_run, skip_bad=skip_bad, progress=progress)


def import_table(
    desk: Desk,
    plan: ImportPlan,
    table: Table,
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    progress: Progress = SILENT,
) -> ImportReport:
    """Import a table already read from the plan's file; as ``run_import`` in everything else."""
    record_type = desk.catalogue.type(plan.type_id)
    _refuse_nothing(plan.path, table)
    columns, repaired = repair_columns(table, plan.encodings)
    plan = replace(plan, mapping=check_mapping(record_type, plan.mapping, columns))
    geometries, operation = place_table(desk, plan, table)
    rejected = [Rejected(item.row, item.column, item.value, item.code, item.context) for item in table.rejected]
    values, bad_cells = parse_columns(desk, plan, record_type, columns, table)
    fitted, bad_shapes = fit_shapes(record_type, geometries, table)
    units, bad_units = place_units(desk, plan, columns, values, fitted, table)
    plan = replace(plan, undecided_units=units.undecided if units else ())
    rejected += bad_cells + bad_shapes + bad_units
    refused = {item.row for item in rejected}
    good = np.array([row not in refused for row in table.rows.tolist()], dtype=bool)
    staged = stage_rows(desk, plan, record_type, table, values, fitted, good, operation, progress)
    findings = _check(desk, staged)
    digest = _digest(plan)
    may_write = not dry_run and (skip_bad or not rejected) and len(staged) > 0
    warned = (*table.warnings, *_overridden(plan, table), *_imported_before(desk, plan, digest))
    warned += (*_unseen(plan, columns), *(units.problems if units else ()))
    changed = _write(desk, plan, staged, digest, progress) if may_write else None
    return ImportReport(
        plan=plan,
        read=len(table.rows) + len({item.row for item in table.rejected} - set(table.rows.tolist())),
        accepted=len(staged),
        written=len(staged) if changed else 0,
        rejected=tuple(sorted(rejected, key=lambda item: (item.row, item.column or ""))),
        warnings=warned,
        repaired=repaired,
        empty=_empty_fields(staged),
        findings=tuple(findings),
        completeness=completeness(staged) if len(staged) else None,
        operation=operation,
        uids=tuple(staged.uids) if changed else (),
        changed=changed,
        dry_run=dry_run,
    )


def _read(path: Path, layer: str | None, system: CoordinateSystem | None, progress: Progress) -> Table:
    """Return the table; a declared system that is refused does not matter once the user has named another."""
    try:
        return prepare_survey(read_table(path, layer, progress=progress))
    except UserError as error:
        if system is None or not error.code.startswith("CRS-"):
            raise
    return prepare_survey(read_table(path, layer, progress=progress, trust_declared=False))


def _refuse_nothing(path: Path, table: Table) -> None:
    if not len(table) and not table.rejected:
        raise UserError("IMPORT-NO-ROWS", file=path.name, layer=table.layer)


def _stamp(path: Path) -> Stamp:
    """Return age and size of a file and of those beside it that share its name, as the parts of a shapefile do."""
    near = sorted(part for part in path.parent.glob(f"{glob.escape(path.stem)}.*") if part.is_file())
    return tuple((part.name, part.stat().st_mtime_ns, part.stat().st_size) for part in near)


def _read_again(plan: ImportPlan, progress: Progress) -> Table:
    """Return the plan's own table while the file is what it was, else the file's content as it is now."""
    reading = plan.reading
    if plan.recipe is not None and (reading is None or (reading.recipe, reading.scale) != (plan.recipe, plan.scale)):
        return read_again(plan.path, plan.recipe, plan.scale, progress)
    if (
        reading is not None
        and reading.table.layer == plan.layer
        and plan.path.exists()
        and reading.stamp == _stamp(plan.path)
    ):
        return reading.table
    if plan.recipe is not None:
        return read_again(plan.path, plan.recipe, plan.scale, progress)
    return _drawn(_read(plan.path, plan.layer, plan.system, progress), plan.linework, plan.only_codes)


def _drawn(table: Table, linework: bool, only_codes: Sequence[str]) -> Table:
    """Return a table, or with ``linework`` the lines that its points draw."""
    if not linework:
        return table
    made = lines_from_codes(table, only_codes) if is_survey(table) else None
    if made is None or not len(made):
        raise UserError("SURVEY-NO-CODES", file=table.name, known=sorted(known_codes()))
    return made


def _overridden(plan: ImportPlan, table: Table) -> tuple[RowProblem, ...]:
    """Return a warning when the data is read in another system than the file declares."""
    if table.declared is None or plan.system is None or table.declared == plan.system:
        return ()
    return (RowProblem(0, None, table.declared.label(), "IMPORT-OTHER-SYSTEM", {"used": plan.system.label()}),)


def _unseen(plan: ImportPlan, columns: Mapping[str, Sequence[Any]]) -> Iterator[RowProblem]:
    """Yield a warning for each mapped column in which signs that nobody sees were taken out."""
    for column in dict.fromkeys(plan.mapping.values()):
        texts = (cell for cell in columns[column] if isinstance(cell, str))
        count = sum(without_unseen(text) != text for text in texts)
        if count:
            yield RowProblem(0, column, None, "IMPORT-UNSEEN", {"count": count})


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a field file, by which it is known again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(plan: ImportPlan) -> str:
    """Return by what an import is known again: the file, and of a drawing also what was taken of it."""
    digest = file_digest(plan.path)
    if plan.recipe is None:
        return digest
    taken = json.dumps([plan.type_id, plan.recipe.as_dict()], sort_keys=True)
    return f"{digest}/{hashlib.sha256(taken.encode()).hexdigest()[:16]}"


def _imported_before(desk: Desk, plan: ImportPlan, digest: str) -> tuple[RowProblem, ...]:
    """Return a warning when the same file has become records already, and that was not taken back."""
    with desk.reading() as connection:
        when = find_import(connection, digest)
    if when is None:
        return ()
    day = local_date(parse_timestamp(when))
    return (RowProblem(0, None, plan.path.name, "IMPORT-AGAIN", {"day": f"{day:%d/%m/%Y}"}),)


def _check(desk: Desk, staged: Batch) -> list[Finding]:
    """Return what the rules say of the rows themselves; relations to other records are checked with the workspace."""
    if not len(staged):
        return []
    with desk.reading() as connection:
        return check_batch(staged, build_context(desk, connection))


def _empty_fields(staged: Batch) -> dict[str, int]:
    counted = {key: cells.count(None) for key, cells in staged.values.items()}
    return {key: count for key, count in counted.items() if count}


def _write(desk: Desk, plan: ImportPlan, staged: Batch, digest: str, progress: Progress) -> Changed:
    facts = {"count": len(staged), "file": plan.path.name, "type": staged.type.title, DIGEST: digest}
    with desk.work("WORK-IMPORT", kind="import", **facts) as work:
        values = staged.values
        if plan.codes and LOCAL_CODE in values:
            values = {**values, LOCAL_CODE: fill_codes(desk, work, staged.type, values)}
        work.insert_many(
            staged.type,
            uids=staged.uids,
            values=values,
            geometries=staged.geometries,
            lineages=staged.lineages,
            progress=progress,
        )
    return work.changed
