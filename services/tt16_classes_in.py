"""Rows of a dossier's classes as records: which type each becomes, its values, its place in the workspace's zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import shapely

from core.errors import UserError
from core.identity import is_uid, new_uid
from core.progress import Progress
from exchange.table import Table
from forms.catalogue import Catalogue
from forms.dossiers import BOUNDARY, DOSSIER
from forms.identity import LOCAL_CODE
from forms.model import RecordType
from forms.record import Lineage
from forms.shapes import fit_geometries
from forms.tt16 import KIND, NOTE, OBJECT_CODE, OBJECT_NAME, FeatureClass, class_of, types_of_class
from forms.tt16_cells import read_note, readable_columns
from forms.tt16_further import VALUES
from geodesy.grid import on_grid
from localdb import records
from services.desk import Desk
from services.editing import new_values
from services.identity import has_local_code
from services.import_plan import ImportPlan
from services.placing import place_table
from services.tt16_breaches import Breach
from services.tt16_building import read_plan
from services.tt16_further_in import Further
from services.tt16_kept_rows import FILE_NAME, KeptRows, keep_rows
from services.tt16_planned import PlannedRecord
from services.tt16_reading import Database, Folder
from services.tt16_rows_in import decode_texts


@dataclass(slots=True)
class Classes:
    """What the classes hold: what the boundary says of the dossier, records, rows kept as they are, breaches.

    ``here`` are the records that the workspace has already, by type and code.
    """

    plan: dict[str, Any] = field(default_factory=dict)
    held: list[PlannedRecord] = field(default_factory=list)
    here: dict[tuple[str, str], str] = field(default_factory=dict)
    kept: list[KeptRows] = field(default_factory=list)
    problems: list[Breach] = field(default_factory=list)

    def keep(self, database: Database, table: Table, places: Sequence[int], place: str) -> None:
        """Keep rows that are no records, and tell of them."""
        if places:
            self.kept.append(keep_rows(database.name, table, places))
            self.problems.append(Breach("TT16-CLASS-KEPT", place, {"count": len(places), "file": FILE_NAME}))


def read_classes(desk: Desk, found: Folder, further: Further, progress: Progress) -> Classes:
    """Return what the databases hold; rows that no record type takes are kept as they are.

    A note that ``further`` says is not read from its cell.

    Raise what ``services.placing.place_table`` raises for data that lies elsewhere.
    """
    classes = Classes()
    for database in found.databases.values():
        for layer in database.layers:
            item = database.item(layer.name)
            if not layer.count or database.error is not None:
                continue
            place = f"HoSoGIS/{database.path.name}/{layer.name}"
            kinds = types_of_class(layer.name, list(desk.catalogue.types.values())) if item else ()
            kinds = tuple(kind for kind in kinds if kind.id != DOSSIER)
            try:
                table = replace(found.table(database.name, layer.name, progress), declared=layer.declared)
            except UserError:
                if item is not None:
                    raise
                classes.problems.append(Breach("TT16-CLASS-NOT-TAKEN", place, {"count": layer.count}))
                continue
            if item is None or not kinds or table.geometries is None:
                classes.keep(database, table, range(len(table)), place)
                continue
            _read_class(desk, database, item, kinds, table, place, further, classes)
            if kinds[0].id == BOUNDARY and not classes.plan:
                cells = {name: cells[0] for name, cells in table.columns.items()}
                classes.plan, strange = read_plan(desk.catalogue, desk.catalogue.type(DOSSIER), item, cells)
                for column, value in strange:
                    facts = {"row": 1, "column": column, "value": str(value)[:80], "reason": ""}
                    classes.problems.append(Breach("TT16-CELL-UNREAD", place, facts))
    return classes


def _read_class(
    desk: Desk,
    database: Database,
    item: FeatureClass,
    kinds: Sequence[RecordType],
    table: Table,
    place: str,
    further: Further,
    classes: Classes,
) -> None:
    system = table.declared or desk.system
    source = ImportPlan(path=database.path, layer=table.layer, type_id=kinds[0].id, system=system)
    shapes, operation = place_table(desk, source, table)
    assert shapes is not None
    shapes = on_grid(shapes)
    by_kind: dict[str, list[PlannedRecord]] = {}
    here = _known(desk, kinds)
    doubles = 0
    unplaced: list[int] = []
    for index, row in enumerate(table.rows.tolist()):
        cells = {name: column[index] for name, column in table.columns.items()}
        called = str(cells.get(OBJECT_CODE) or "")
        if any(further.says((kind.id, called), VALUES, kind.field("note").label["vi"]) for kind in kinds):
            cells[NOTE] = None
        kind, values, wrong = _choose(desk.catalogue, item, kinds, cells, shapes[index], place, row)
        fitted, misfit = fit_geometries(kind, shapes[index : index + 1])
        if misfit[0] or (fitted[0] is None and kind.geometry_required):
            unplaced.append(index)
            continue
        uid = values.pop("uid", None)
        code = values.get(LOCAL_CODE)
        if (known := here.get(uid) or here.get((kind.id, code))) is not None:
            doubles += 1
            classes.here[kind.id, called] = known
            continue
        classes.problems += wrong
        lineage = _lineage(database, table, index, source, operation, cells)
        complete = {**new_values(desk, kind.id), **values}
        planned = PlannedRecord(kind, called, complete, lineage, fitted[0], uid=uid or new_uid())
        by_kind.setdefault(kind.id, []).append(planned)
    if doubles:
        classes.problems.append(Breach("TT16-ALREADY-HERE", place, {"count": doubles}))
    classes.keep(database, table, unplaced, place)
    classes.held += [one for rows in by_kind.values() for one in rows]


def _known(desk: Desk, kinds: Sequence[RecordType]) -> dict[Any, str]:
    """Return the records that the workspace has of some types by uid and, with their type, by local code."""
    known: dict[Any, str] = {}
    with desk.reading() as connection:
        for kind in kinds:
            for record in records.fetch_records(connection, kind):
                known[record.uid] = record.uid
                if has_local_code(kind) and record.values.get(LOCAL_CODE):
                    known[kind.id, record.values[LOCAL_CODE]] = record.uid
    return known


def _choose(
    catalogue: Catalogue,
    item: FeatureClass,
    kinds: Sequence[RecordType],
    cells: Mapping[str, Any],
    shape: Any,
    place: str,
    row: int,
) -> tuple[RecordType, dict[str, Any], list[Breach]]:
    """Return the type that a row is of: the one it names, else the one that understands most of it."""
    best: tuple[RecordType, dict[str, Any], list[Breach]] | None = None
    best_rank: tuple[int, int, int] | None = None
    for kind in kinds:
        values, problems = _read_row(catalogue, item, kind, cells, place, row)
        route = class_of(kind, values, None if shape is None else shape.geom_type)
        said = {key for key, name in readable_columns(kind, item).items() if name == KIND}
        is_named = str(cells.get(KIND) or "") == kind.title["vi"] or bool(said & set(values))
        rank = (-int(is_named), len(problems), int(route is None or route.name != item.name))
        if best_rank is None or rank < best_rank:
            best, best_rank = (kind, values, problems), rank
    assert best is not None
    return best


def _read_row(
    catalogue: Catalogue, item: FeatureClass, kind: RecordType, cells: Mapping[str, Any], place: str, row: int
) -> tuple[dict[str, Any], list[Breach]]:
    columns = readable_columns(kind, item)
    note, more = read_note(cells.get(NOTE), kind)
    texts: dict[str, tuple[str, Any]] = {
        key: (name, cells.get(name)) for key, name in columns.items() if key not in (LOCAL_CODE, "note")
    }
    computed = {one.key for one in kind.fields if one.computed}
    texts = {key: pair for key, pair in texts.items() if key not in computed}
    if columns.get("name") not in (None, OBJECT_NAME) and texts.get("name", ("", None))[1] is None:
        texts["name"] = (OBJECT_NAME, cells.get(OBJECT_NAME))
    texts |= {key: (NOTE, text) for key, text in more.items()}
    values, problems = decode_texts(catalogue, kind, texts, place, row)
    keys = {one.key for one in kind.fields}
    if note and "note" in keys:
        values["note"] = note
    if item.database == "HienTrang" and "existence" in keys:
        values.setdefault("existence", "hien_trang")
    code = cells.get(OBJECT_CODE)
    if isinstance(code, str) and is_uid(code):
        values["uid"] = code
    elif code is not None and LOCAL_CODE in keys:
        values.setdefault(LOCAL_CODE, str(code))
    return values, problems


def _lineage(
    database: Database, table: Table, index: int, plan: ImportPlan, operation: str | None, cells: Mapping[str, Any]
) -> Lineage:
    shape = None if table.geometries is None else table.geometries[index]
    raw = None if shape is None else str(shapely.to_wkt(shape, rounding_precision=-1, trim=True))
    return Lineage(
        source_file=database.path.name,
        source_layer=table.layer,
        source_row=int(table.rows[index]),
        src_crs=plan.system.id if plan.system else None,
        src_axis=plan.system.axis if plan.system else None,
        datum_operation=operation,
        raw_coordinates=raw,
        raw_values={name: cell for name, cell in cells.items() if cell is not None},
        reading={} if shape is None else plan.corrections(),
    )
