"""Field file to records: read, repair text, place, map, report, and commit all or nothing."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.ahead import beside
from core.clock import local_date, parse_timestamp
from core.errors import UserError
from core.memory import give_back_memory, without_collection
from core.progress import SILENT, Progress
from core.text import without_unseen
from exchange.problems import RowProblem
from exchange.table import Table
from forms.land_use import LAND_CODES, mixed_codes
from forms.model import AnyField, ChoiceField, RecordType
from localdb.journal import find_import
from services.checking import build_context
from services.column_values import parts_of, value_key
from services.desk import Desk
from services.drawing_plan import read_again
from services.import_plan import (
    ImportPlan,
    check_mapping,
    repair_columns,
    stamp_of,
)
from services.import_proposing import propose_import, read_source, refuse_nothing
from services.import_report import ImportReport, Rejected
from services.import_updates import build_updates, no_updates
from services.import_writing import write_import
from services.match_rows import FileRows, Found, match_rows
from services.matching import Matches
from services.placing import place_table
from services.staging import fit_shapes, parse_columns, place_units, stage_rows
from validation.batch import Batch
from validation.engine import check_batch
from validation.finding import Finding
from validation.measures import completeness

__all__ = ["ImportPlan", "ImportReport", "import_table", "propose_import", "run_import"]


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


@without_collection()
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
    refuse_nothing(plan.path, table)
    columns, repaired = repair_columns(table, plan.encodings)
    plan = replace(plan, mapping=check_mapping(record_type, plan.mapping, columns))
    geometries, operation = place_table(desk, plan, table)
    rejected = [Rejected(item.row, item.column, item.value, item.code, item.context) for item in table.rejected]
    progress.step(0, len(table))
    values, bad_cells = parse_columns(desk, plan, record_type, columns, table)
    progress.step(0, len(table))
    fitted, bad_shapes = fit_shapes(record_type, geometries, table, must_lie=False if plan.matching else None)
    del geometries  # of a million areas 700 MB, where the file lies in another system
    units, bad_units = place_units(desk, plan, columns, values, fitted, table)
    plan = replace(plan, undecided_units=units.undecided if units else ())
    rejected += bad_cells + bad_shapes + bad_units
    good = _good_rows(table, rejected)
    found, updates, new = None, no_updates(record_type), good
    if plan.matching is not None:
        rows = FileRows(_numbers(table, good), np.flatnonzero(good).tolist(), columns, values, fitted)
        with desk.reading() as connection:
            found = match_rows(desk, connection, plan, plan.matching, record_type, rows, progress)
        new = _new_rows(found, rows, good)
        rejected += _unplaced(record_type, table, fitted, new)
        new &= _good_rows(table, rejected)
        updates = build_updates(plan, record_type, table, rows, found, operation)
    staged = stage_rows(desk, plan, record_type, table, values, fitted, new, operation, progress)
    progress.step(0, len(table))
    digest = _digest(plan)
    may_write = not dry_run and (skip_bad or not rejected) and len(staged) + len(updates) > 0
    warned = (*table.warnings, *_overridden(plan, table), *_imported_before(desk, plan, digest))
    warned += (
        *_unseen(plan, columns),
        *_read_values(desk, plan, record_type, columns),
        *(units.problems if units else ()),
    )
    if may_write and found is not None:
        _refuse_unseen(plan, found.matches)
    changed = None
    if may_write:
        for batch in (staged, updates.after):
            shapely.bounds(batch.geometries)  # GEOS notes them in the shapes, which threads may then share
        with beside(partial(_check, desk, staged, updates.after)) as checking:
            changed = write_import(desk, plan, staged, updates, digest, columns, checking, progress)
            findings = checking.result()
    else:
        findings = _check(desk, staged, updates.after, SILENT)
    return ImportReport(
        plan=plan,
        read=len(table.rows) + len({item.row for item in table.rejected} - set(table.rows.tolist())),
        accepted=len(staged) if found is None else int(_good_rows(table, rejected).sum()),
        written=len(staged) + len(updates) if changed else 0,
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
        matches=found.matches if found else None,
        updated_uids=tuple(updates.values) if changed else (),
    )


def _good_rows(table: Table, rejected: Sequence[Rejected]) -> npt.NDArray[np.bool_]:
    refused = {item.row for item in rejected}
    return np.array([row not in refused for row in table.rows.tolist()], dtype=bool)


def _numbers(table: Table, good: npt.NDArray[np.bool_]) -> list[int]:
    return [int(row) for row in table.rows[good].tolist()]


def _new_rows(found: Found, rows: FileRows, good: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which rows of the table become new records."""
    new = np.zeros(len(good), dtype=bool)
    new[[place for place, row in zip(rows.places, found.matches.rows, strict=True) if row.action == "insert"]] = True
    return new


def _unplaced(
    record_type: RecordType, table: Table, fitted: npt.NDArray[np.object_], new: npt.NDArray[np.bool_]
) -> list[Rejected]:
    """Return the new rows that lack the place which their type demands."""
    if not record_type.geometry or not record_type.geometry_required:
        return []
    bare = np.flatnonzero(new & shapely.is_missing(fitted))
    return [Rejected(int(table.rows[place]), None, None, "IMPORT-EMPTY-GEOMETRY") for place in bare]


def _refuse_unseen(plan: ImportPlan, matches: Matches) -> None:
    """Refuse to write what a preview did not show, where the user has looked at one."""
    if plan.matching is not None and plan.matching.seen not in (None, matches.token):
        raise UserError("IMPORT-NOT-SEEN", file=plan.path.name, token=matches.token)


def _read_again(plan: ImportPlan, progress: Progress) -> Table:
    """Return the plan's own table while the file is what it was, else the file's content as it is now."""
    reading = plan.reading
    if plan.recipe is not None and (reading is None or (reading.recipe, reading.scale) != (plan.recipe, plan.scale)):
        return read_again(plan.path, plan.recipe, plan.scale, progress)
    if (
        reading is not None
        and reading.table.layer == plan.layer
        and plan.path.exists()
        and reading.stamp == stamp_of(plan.path)
    ):
        return reading.table
    if plan.recipe is not None:
        return read_again(plan.path, plan.recipe, plan.scale, progress)
    made: Any = {"linework": plan.linework, "only_codes": plan.only_codes, "traverse": plan.traverse}
    return read_source(plan.path, plan.layer, plan.system, progress, **made)


def _overridden(plan: ImportPlan, table: Table) -> tuple[RowProblem, ...]:
    """Return a warning when the data is read in another system than the file declares."""
    if table.declared is None or plan.system is None or table.declared == plan.system:
        return ()
    return (RowProblem(0, None, table.declared.label(), "IMPORT-OTHER-SYSTEM", {"used": plan.system.label()}),)


def _unseen(plan: ImportPlan, columns: Mapping[str, Sequence[Any]]) -> Iterator[RowProblem]:
    """Yield a warning for each mapped column in which signs that nobody sees were taken out."""
    for column in dict.fromkeys(plan.mapping.values()):
        texts = [cell for cell in columns[column] if isinstance(cell, str)]
        if "".join(texts).isprintable():
            continue
        count = sum(not text.isprintable() and without_unseen(text) != text for text in texts)
        if count:
            yield RowProblem(0, column, None, "IMPORT-UNSEEN", {"count": count})


def _read_values(
    desk: Desk, plan: ImportPlan, record_type: RecordType, columns: Mapping[str, Sequence[Any]]
) -> Iterator[RowProblem]:
    """Yield what texts were taken for that stand in no code list, and which of them were left out of the field."""
    for key, readings in plan.values.items():
        column = plan.mapping.get(key)
        if column is None:
            continue
        target = record_type.field(key)
        counts = Counter(part for cell in columns[column] for part in parts_of(target, cell))
        for text, count in counts.most_common():
            if (kept := value_key(text)) in readings:
                code = readings[kept]
                told = "IMPORT-VALUE-LEFT" if code is None else "IMPORT-VALUE-READ"
                facts = {"count": count, "code": code or "", "field": target.label}
                if code is None and (parts := _joined_codes(desk, target, text)):
                    told, facts = "IMPORT-VALUE-MIXED", {**facts, "parts": parts}
                yield RowProblem(0, column, text, told, facts)


def _joined_codes(desk: Desk, target: AnyField, text: str) -> list[str]:
    """Return the land codes that a text joins, none when it is no such text."""
    if not isinstance(target, ChoiceField) or target.choices != LAND_CODES:
        return []
    return mixed_codes(text, desk.catalogue.choice_list(LAND_CODES))


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
    """Return a warning when the same file has become records already, and that was not taken back.

    Not where rows are matched: then coming again is what the file is for.
    """
    if plan.matching is not None:
        return ()
    with desk.reading() as connection:
        when = find_import(connection, digest)
    if when is None:
        return ()
    day = local_date(parse_timestamp(when))
    return (RowProblem(0, None, plan.path.name, "IMPORT-AGAIN", {"day": f"{day:%d/%m/%Y}"}),)


def _check(desk: Desk, staged: Batch, updated: Batch, progress: Progress) -> list[Finding]:
    """Return what the rules say of the rows themselves; relations to other records are checked with the workspace."""
    found: list[Finding] = []
    for batch in map(replace, (staged, updated)):  # what is derived of them goes with the rules
        if len(batch):
            with desk.reading() as connection:
                found += check_batch(batch, build_context(desk, connection), progress=progress)
    give_back_memory()  # what the rules' thread had for a while, the others would not get
    return found


def _empty_fields(staged: Batch) -> dict[str, int]:
    counted = {key: cells.count(None) for key, cells in staged.values.items()}
    return {key: count for key, count in counted.items() if count}
