"""A table's rows as records that are not yet stored: cells parsed, geometry fitted, origin noted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import AppError, UserError
from core.identity import new_uids
from core.progress import Progress
from core.text import without_surrogates
from exchange.legacy_text import UNKNOWN
from exchange.table import Table
from forms.catalogue import Catalogue
from forms.computed import Computation
from forms.lineages import SourceRows, source_rows
from forms.model import AnyField, RecordType, Text, TextField
from forms.record import State
from forms.requirements import required_strength
from forms.shapes import gather_geometries, kind_words
from forms.values import SEPARATOR, parse_value
from geodesy.grid import on_grid
from services.column_values import Readings, decimal_of, parts_of, plain_texts, value_key
from services.desk import Desk
from services.import_plan import ImportPlan, columns_of
from services.import_report import Rejected
from services.reading import fetch_boundary, fetch_neighbours
from services.shape_texts import ShapeTexts
from services.unit_columns import COMMUNE, FORMER, UnitsRead, read_unit_column
from validation.batch import Batch


class Row(Mapping[str, Any]):
    """One row of columns, without copying it."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], place: int) -> None:
        self._columns, self._place = columns, place

    def __getitem__(self, key: str) -> Any:
        return self._columns[key][self._place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def parse_columns(
    desk: Desk, plan: ImportPlan, record_type: RecordType, columns: Mapping[str, Sequence[Any]], table: Table
) -> tuple[dict[str, list[Any]], list[Rejected]]:
    """Return every field's values in row order, and the cells that do not parse."""
    rows = table.rows.tolist()
    empty: list[Any] = [None] * len(rows)  # one for all fields that nothing fills
    values: dict[str, list[Any]] = {target.key: empty for target in record_type.fields}
    rejected: list[Rejected] = []
    if "commune_code" in values:
        values["commune_code"] = [desk.commune.code] * len(rows)
    for key, text in plan.constants.items():
        if key not in values:
            raise UserError("IMPORT-NO-FIELD", field=key, type=record_type.id, fields=sorted(values))
        values[key] = [parse_value(record_type.field(key), text, desk.catalogue)] * len(rows)
    for key, column in plan.mapping.items():
        parse = _Parser(record_type.field(key), columns[column], desk.catalogue, plan.values.get(key, {}))
        found = parse.every(columns[column])
        if key not in plan.constants and not any(isinstance(value, AppError) for value in found.values()):
            values[key] = list(map(found.__getitem__, columns[column]))
            continue
        values[key] = list(values[key])
        for place, cell in enumerate(columns[column]):
            value = found[cell]
            if isinstance(value, AppError):
                if key == COMMUNE:
                    continue  # names and former codes are for place_units, once the shapes are known
                rejected.append(Rejected(rows[place], column, str(cell), value.code, value.context))
            elif value is not None or key not in plan.constants:
                values[key][place] = value
    return values, rejected


def place_units(
    desk: Desk,
    plan: ImportPlan,
    columns: Mapping[str, Sequence[Any]],
    values: dict[str, list[Any]],
    shapes: npt.NDArray[np.object_],
    table: Table,
) -> tuple[UnitsRead | None, list[Rejected]]:
    """Put the communes of the mapped column into ``values``; return what was read of it, and the cells that name none.

    A former unit that a column of its own gives is not overwritten.
    """
    column = plan.mapping.get(COMMUNE)
    if column is None:
        if plan.units:
            raise UserError("IMPORT-NO-COLUMN", column=COMMUNE, columns=sorted(columns))
        return None, []
    outlines = fetch_neighbours(desk)
    boundary = fetch_boundary(desk)
    if boundary is not None:
        outlines[desk.commune.code] = boundary
    read = read_unit_column(column, columns[column], desk.commune, plan.units, shapes, outlines)
    values[COMMUNE] = read.codes
    told = values.get(FORMER)
    if told is not None:
        values[FORMER] = [own or other for own, other in zip(told, read.former, strict=True)]
    rows = table.rows.tolist()
    rejected = [
        Rejected(rows[place], column, text, "COMMUNE-UNKNOWN", {"text": text}) for place, text in read.unknown.items()
    ]
    return read, rejected


class _Parser:
    """Turns the cells of one column into values of one field, each distinct cell once; an error is a result."""

    def __init__(self, target: AnyField, cells: Sequence[Any], catalogue: Catalogue, readings: Readings) -> None:
        self._target, self._catalogue, self._readings = target, catalogue, readings
        self._decimal = decimal_of(target, cells)
        self._known: dict[Any, Any] = {None: None, "": None}

    def every(self, cells: Sequence[Any]) -> dict[Any, Any]:
        """Return what each distinct cell means."""
        distinct = dict.fromkeys(cells)
        if isinstance(self._target, TextField) and not self._readings:
            self._known |= plain_texts(self._target, distinct)
        for cell in distinct:
            if cell not in self._known:
                self._known[cell] = self._parse(cell)
        return self._known

    def _parse(self, cell: Any) -> Any:
        if isinstance(cell, str) and UNKNOWN in cell:
            return UserError("IMPORT-UNMAPPED-TEXT")
        if self._readings:
            cell = self._read(cell)
        try:
            return parse_value(self._target, cell, self._catalogue, decimal=self._decimal)
        except UserError as error:
            return error

    def _read(self, cell: Any) -> Any:
        """Return the cell with each text as the code the plan takes it for; one that is left empty is gone."""
        parts = [(part, value_key(part)) for part in parts_of(self._target, cell)]
        if all(key not in self._readings for _, key in parts):
            return cell
        found = [self._readings.get(key, part) for part, key in parts]
        return SEPARATOR.join(code for code in found if code is not None)


def fit_shapes(
    record_type: RecordType,
    geometries: npt.NDArray[np.object_] | None,
    table: Table,
    *,
    must_lie: bool | None = None,
) -> tuple[npt.NDArray[np.object_], list[Rejected]]:
    """Return geometries of the type's own kind, ``None`` where there is none, and the rows that have another kind.

    ``must_lie`` rejects rows without one; by itself as the type demands.
    """
    must_lie = record_type.geometry_required if must_lie is None else must_lie
    fitted: npt.NDArray[np.object_] = np.full(len(table.rows), None, dtype=object)
    if not record_type.geometry or (geometries is None and not must_lie):
        return fitted, []
    if geometries is None:
        raise UserError("IMPORT-NO-GEOMETRY", file=table.name, type=record_type.title)
    rows = table.rows.tolist()
    usable = on_grid(geometries)
    absent = shapely.is_missing(usable) | shapely.is_empty(usable)
    strange = ~absent & _have_strange_numbers(usable)
    usable[strange] = None
    fitted, wrong = gather_geometries(record_type, usable)
    unplaced = np.flatnonzero(absent) if must_lie else ()
    rejected = [Rejected(rows[place], None, None, "IMPORT-EMPTY-GEOMETRY") for place in unplaced]
    rejected += [Rejected(rows[place], None, None, "IMPORT-NOT-FINITE") for place in np.flatnonzero(strange)]
    for place in np.flatnonzero(wrong):
        kind = geometries[place].geom_type
        facts = {"type": record_type.title, "kind": kind_words(kind)}
        rejected.append(Rejected(rows[place], None, kind, "GEOMETRY-KIND", facts))
    return fitted, rejected


def _have_strange_numbers(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Return which shapes have a coordinate that is no number; bounds would not tell, they leave such ones out."""
    strange = np.zeros(len(geometries), dtype=bool)
    if not np.isfinite(shapely.get_coordinates(geometries)).all():
        xy, owner = shapely.get_coordinates(geometries, return_index=True)
        strange[owner[~np.isfinite(xy).all(axis=1)]] = True
    return strange


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
    staged = {key: taken(cells, kept) for key, cells in values.items()}
    shapes = fitted if len(kept) == len(fitted) else fitted[good]
    staged |= Computation.of(record_type).run_columns(staged, shapes, progress)
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
        lineages=build_lineages(plan, table, kept, operation),
        states=[State.DRAFT] * len(kept),
    )


def taken(cells: Sequence[Any], places: Sequence[int]) -> list[Any]:
    """Return the cells at ascending ``places``: the very list that is given, where all are taken."""
    if len(places) == len(cells):
        return cells if isinstance(cells, list) else list(cells)
    return [cells[place] for place in places]


def _first_unsavable(
    record_type: RecordType, staged: Mapping[str, Sequence[Any]], count: int
) -> tuple[int, Text] | None:
    for target in record_type.fields:
        if target.required != "save":
            continue
        for place in range(count):
            if staged[target.key][place] is None and required_strength(target, Row(staged, place)) == "save":
                return place, target.label
    return None


def build_lineages(plan: ImportPlan, table: Table, kept: Sequence[int], operation: str | None) -> SourceRows:
    """Return where the rows at the places ``kept`` come from, with every cell as it came."""
    columns = columns_of(table) if table.raw_columns is None else table.raw_columns
    common = {
        "source_file": without_surrogates(plan.path.name),
        "source_layer": plan.layer,
        "capture_method": plan.capture_method,
        "src_crs": plan.system.id if plan.system else None,
        "src_axis": plan.system.axis if plan.system else None,
        "datum_operation": operation,
    }
    own: dict[str, Sequence[Any]] = {
        "source_row": _counted(table.rows if len(kept) == len(table) else table.rows[list(kept)]),
        "raw_coordinates": _raw_texts(table, kept),
    }
    if table.accuracies is not None:
        own["accuracy_m"] = taken(table.accuracies, kept)
    cells = {name: taken(column, kept) for name, column in columns.items()}
    return source_rows(len(kept), common, own, cells, None if table.geometries is None else plan.corrections())


def _counted(rows: npt.NDArray[np.int64]) -> Sequence[int]:
    """Return row numbers; a range where each is one more than the last."""
    if len(rows) and (np.diff(rows) == 1).all():
        return range(int(rows[0]), int(rows[-1]) + 1)
    return list(rows.tolist())


def _raw_texts(table: Table, kept: Sequence[int]) -> Sequence[str | None]:
    """Return coordinates as they came: a text file's own line, else WKT with every digit that matters."""
    if table.raw_rows is not None:
        return taken(table.raw_rows, kept)
    if table.geometries is None:
        return [None] * len(kept)
    return ShapeTexts(table.geometries if len(kept) == len(table) else table.geometries[list(kept)])
