"""A table's rows as records that are not yet stored: cells parsed, geometry fitted, origin noted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import AppError, UserError
from core.identity import new_uids
from core.progress import Progress, track
from exchange.table import Table
from forms.computed import compute_values
from forms.model import RecordType, Text
from forms.record import Lineage, State
from forms.requirements import required_strength
from forms.shapes import fit_geometry
from forms.values import parse_value
from geodesy.numbers import decide_decimal
from services.desk import Desk
from services.import_plan import ImportPlan
from services.import_report import Rejected
from validation.batch import Batch


def parse_columns(
    desk: Desk, plan: ImportPlan, record_type: RecordType, columns: Mapping[str, Sequence[Any]], table: Table
) -> tuple[dict[str, list[Any]], list[Rejected]]:
    """Return every field's values in row order, and the cells that do not parse."""
    rows = table.rows.tolist()
    values: dict[str, list[Any]] = {target.key: [None] * len(rows) for target in record_type.fields}
    rejected: list[Rejected] = []
    if "commune_code" in values:
        values["commune_code"] = [desk.commune.code] * len(rows)
    for key, text in plan.constants.items():
        if key not in values:
            raise UserError("IMPORT-NO-FIELD", field=key, type=record_type.id, fields=sorted(values))
        values[key] = [parse_value(record_type.field(key), text, desk.catalogue)] * len(rows)
    for key, column in plan.mapping.items():
        known: dict[Any, Any] = {None: None, "": None}
        target = record_type.field(key)
        decimal = decide_decimal(cell for cell in columns[column] if isinstance(cell, str))
        for place, cell in enumerate(columns[column]):
            if cell not in known:
                try:
                    known[cell] = parse_value(target, cell, desk.catalogue, decimal=decimal)
                except UserError as error:
                    known[cell] = error
            value = known[cell]
            if isinstance(value, AppError):
                rejected.append(Rejected(rows[place], column, str(cell), value.code, value.context))
            elif value is not None or key not in plan.constants:
                values[key][place] = value
    return values, rejected


def fit_shapes(
    record_type: RecordType, geometries: npt.NDArray[np.object_] | None, table: Table
) -> tuple[npt.NDArray[np.object_], list[Rejected]]:
    """Return geometries of the type's own kind, ``None`` where there is none, and the rows that have another kind."""
    fitted: npt.NDArray[np.object_] = np.full(len(table.rows), None, dtype=object)
    if not record_type.geometry:
        return fitted, []
    rejected: list[Rejected] = []
    if geometries is None:
        raise UserError("IMPORT-NO-GEOMETRY", file=table.name, type=record_type.title)
    for place, (row, shape) in enumerate(zip(table.rows.tolist(), geometries, strict=True)):
        if shape is None or shape.is_empty:
            rejected.append(Rejected(row, None, None, "IMPORT-EMPTY-GEOMETRY"))
            continue
        try:
            fitted[place] = _fit_one(record_type, shape)
        except UserError as error:
            rejected.append(Rejected(row, None, shape.geom_type, error.code, error.context))
    return fitted, rejected


def _fit_one(record_type: RecordType, shape: BaseGeometry) -> BaseGeometry:
    if not np.isfinite(shapely.bounds(shape)).all():
        raise UserError("IMPORT-NOT-FINITE")
    fitted = fit_geometry(record_type, shape)
    if fitted is None:
        raise UserError("IMPORT-EMPTY-GEOMETRY")
    return fitted


def stage_rows(
    desk: Desk,
    plan: ImportPlan,
    record_type: RecordType,
    table: Table,
    values: dict[str, list[Any]],
    fitted: npt.NDArray[np.object_],
    good: npt.NDArray[np.bool_],
    operation: str | None,
    progress: Progress,
) -> Batch:
    """Return the good rows as a batch of records that are not yet stored."""
    kept = np.flatnonzero(good).tolist()
    staged = {key: [cells[place] for place in kept] for key, cells in values.items()}
    shapes = fitted[good]
    computed = any(target.computed for target in record_type.fields)
    if computed:
        for place, shape in enumerate(track(shapes, progress, every=1000)):
            row = {key: cells[place] for key, cells in staged.items()}
            for key, value in compute_values(record_type, row, shape).items():
                staged[key][place] = value
    unsavable = _first_unsavable(record_type, staged, len(kept))
    if unsavable is not None:
        place, label = unsavable
        raise UserError("IMPORT-UNSAVABLE", row=int(table.rows[kept[place]]), field=label, file=plan.path.name)
    return Batch(
        type=record_type,
        uids=new_uids(len(kept)) if kept else [],
        revisions=[1] * len(kept),
        values=staged,
        geometries=shapes,
        lineages=_lineages(plan, table, kept, operation),
        states=[State.DRAFT] * len(kept),
    )


def _first_unsavable(
    record_type: RecordType, staged: Mapping[str, Sequence[Any]], count: int
) -> tuple[int, Text] | None:
    for target in record_type.fields:
        if target.required != "save" and not target.required_when:
            continue
        for place in range(count):
            if staged[target.key][place] is None:
                row = {key: cells[place] for key, cells in staged.items()}
                if required_strength(target, row) == "save":
                    return place, target.label
    return None


def _lineages(plan: ImportPlan, table: Table, kept: Sequence[int], operation: str | None) -> list[Lineage]:
    raw_shapes = _raw_texts(table, kept)
    names = list(table.columns)
    cells = list(table.columns.values())
    return [
        Lineage(
            source_file=plan.path.name,
            source_layer=plan.layer,
            source_row=int(table.rows[place]),
            capture_method=plan.capture_method,
            src_crs=plan.system.id if plan.system else None,
            src_axis=plan.system.axis if plan.system else None,
            datum_operation=operation,
            raw_coordinates=raw,
            raw_values={
                name: column[place] for name, column in zip(names, cells, strict=True) if column[place] is not None
            },
        )
        for place, raw in zip(kept, raw_shapes, strict=True)
    ]


def _raw_texts(table: Table, kept: Sequence[int]) -> list[str | None]:
    """Return coordinates as they came: a text file's own line, else WKT with every digit that matters."""
    if table.raw_rows is not None:
        return [table.raw_rows[place] for place in kept]
    if table.geometries is None:
        return [None] * len(kept)
    texts = shapely.to_wkt(table.geometries[list(kept)], rounding_precision=-1, trim=True)
    return [None if text is None else str(text) for text in texts]
