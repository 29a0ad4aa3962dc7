"""What an import changes in records that are here: values, shapes and origin, and how the records then stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from exchange.table import Table
from forms.computed import Computation
from forms.content import GEOMETRY
from forms.model import RecordType
from forms.record import Lineage, State
from forms.requirements import required_strength
from forms.unit_names import name_key
from localdb.record_tables import STATE_COLUMNS
from services.import_plan import ImportPlan, columns_of
from services.match_rows import UID_COLUMNS, FileRows, Found
from services.matching import RowMatch
from services.staging import build_lineages
from validation.batch import Batch


@dataclass(frozen=True, slots=True)
class Updates:
    """New values by uid, new shapes and origins of some of these records, and the revisions that were looked at.

    ``after`` are the records as they will stand, for the rules.
    """

    after: Batch
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shapes: Mapping[str, BaseGeometry] = field(default_factory=dict)
    lineages: Mapping[str, Lineage] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)


def build_updates(
    plan: ImportPlan, record_type: RecordType, table: Table, rows: FileRows, found: Found, operation: str | None
) -> Updates:
    """Return what the rows that update a record write; computed fields follow. Raise IMPORT-UNSAVABLE for a row that
    would leave a record without what makes it one.
    """
    chosen = [
        (row, found.at[row.uid or ""], place)
        for row, place in zip(found.matches.rows, rows.places, strict=True)
        if row.applied
    ]
    after = found.here.take([at for _, at, _ in chosen])
    origins = list(after.lineages)
    fresh = build_lineages(plan, table, [place for _, _, place in chosen], operation)
    computation = Computation.of(record_type)
    values: dict[str, dict[str, Any]] = {}
    shapes: dict[str, BaseGeometry] = {}
    lineages: dict[str, Lineage] = {}
    for index, (row, _, place) in enumerate(chosen):
        uid, applied = after.uids[index], dict(row.applied)
        shape = applied.pop(GEOMETRY, None)
        if shape is not None:
            shapes[uid] = after.geometries[index] = shape
        complete = {**after.values_of(index), **applied}
        applied |= computation.run(complete, after.geometries[index])
        complete |= applied
        _refuse_unsavable(plan, record_type, row, complete)
        for key, value in applied.items():
            after.values[key][index] = value
        values[uid] = applied
        lineage = _lineage(plan, table, row, place, origins[index], fresh[index])
        if lineage is not origins[index]:
            lineages[uid] = origins[index] = lineage
    expected = dict(zip(after.uids, after.revisions, strict=True))
    after = replace(after, lineages=origins, states=[State.DRAFT] * len(after))
    return Updates(after, values, shapes, lineages, expected)


def no_updates(record_type: RecordType) -> Updates:
    """Return the updates of an import that only adds."""
    shapes = np.full(0, None, dtype=object)
    return Updates(Batch(record_type, [], [], {}, shapes, [], []))


def _lineage(plan: ImportPlan, table: Table, row: RowMatch, place: int, old: Lineage, fresh: Lineage) -> Lineage:
    """Return the origin of a record after an update.

    With a new shape it is the new row's, its reading too, with what the older one said beside it. Else the record
    keeps where its shape comes from, and takes over the cells that went into it, and those that no field takes:
    nothing that came is lost.
    """
    if GEOMETRY in row.applied:
        return replace(
            fresh,
            raw_values={**old.raw_values, **fresh.raw_values},
            derived_from=old.derived_from,
            derivation=old.derivation,
        )
    used = {plan.mapping[key] for key in row.applied if key in plan.mapping}
    own = set(_loose_columns(plan, columns_of(table) if table.raw_columns is None else table.raw_columns))
    cells = {name: cell for name, cell in fresh.raw_values.items() if name in used or name in own}
    merged = {**old.raw_values, **cells}
    return old if merged == dict(old.raw_values) else replace(old, raw_values=merged)


def _loose_columns(plan: ImportPlan, columns: Iterable[str]) -> Iterable[str]:
    """Yield the columns that no field takes, but for those in which this program itself writes how a record stands."""
    mapped = set(plan.mapping.values())
    own = {name.replace("_", " ") for name in STATE_COLUMNS} | UID_COLUMNS
    return (name for name in columns if name not in mapped and name_key(name) not in own)


def _refuse_unsavable(plan: ImportPlan, record_type: RecordType, row: RowMatch, complete: Mapping[str, Any]) -> None:
    for target in record_type.fields:
        is_emptied = target.key in row.applied and complete.get(target.key) is None
        if is_emptied and required_strength(target, complete) == "save":
            raise UserError("IMPORT-UNSAVABLE", row=row.row, field=target.label, file=plan.path.name)
