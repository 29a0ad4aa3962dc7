"""Cells of a class that came in with a record and that no field holds: they go out again as they came."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from core.errors import UserError
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.record import Record
from forms.tt16 import DATABASES, LIMITS, NOTE, OBJECT_CODE, OBJECT_NAME, PLAN_COLUMNS, CellKind, FeatureClass
from forms.tt16_cells import decode_cell, readable_columns
from forms.tt16_plan import plan_columns


def source_class(record: Record) -> tuple[str, str] | None:
    """Return the database and the class that a record was taken from, ``None`` when it came from elsewhere."""
    database, layer = PurePath(record.lineage.source_file or "").stem, record.lineage.source_layer
    return (database, layer) if database in DATABASES and layer else None


def source_cells(
    catalogue: Catalogue,
    kind: RecordType,
    plan_type: RecordType,
    item: FeatureClass,
    record: Record,
    cells: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what the record's own row of this class said in columns that are empty now.

    A column that a field holds is the field's: only what the field never understood is given back. A name of the object
    beside the one that the field holds is given back as long as the field says what the row said.
    """
    if source_class(record) != (item.database, item.name):
        return {}
    own = {name: kind.field(key) for key, name in readable_columns(kind, item).items()}
    plan = {name: plan_type.field(key) for key, name in plan_columns(plan_type, item, whole=True).items()}
    found: dict[str, Any] = {}
    for column in item.columns:
        raw = record.lineage.raw_values.get(column.name)
        if raw is None or column.name in (OBJECT_CODE, NOTE):
            continue
        if column.name == OBJECT_NAME and OBJECT_NAME not in own and _is_renamed(catalogue, kind, record, own):
            continue
        is_derived = column.name not in own and column.name not in plan and column.name not in PLAN_COLUMNS
        if not is_derived and cells.get(column.name) is not None:
            continue
        held = own.get(column.name) or plan.get(column.name)
        if held is not None and (held.computed or _is_understood(catalogue, held, raw)):
            continue
        cell = fit_cell(column.kind, raw)
        if cell is not None:
            found[column.name] = cell
    return found


def _is_renamed(catalogue: Catalogue, kind: RecordType, record: Record, own: Mapping[str, Any]) -> bool:
    """Whether the record's name is another than the one that its row gave it."""
    column = next((name for name, field in own.items() if field.key == "name"), None)
    raw = None if column is None else record.lineage.raw_values.get(column)
    if raw is None:
        raw = record.lineage.raw_values.get(OBJECT_NAME)
    try:
        return bool(decode_cell(kind.field("name"), raw, catalogue) != record.values.get("name"))
    except (UserError, KeyError):
        return True


def _is_understood(catalogue: Catalogue, field: Any, raw: Any) -> bool:
    try:
        return decode_cell(field, raw, catalogue) is not None
    except UserError:
        return False


def fit_cell(kind: CellKind, cell: Any) -> Any:
    """Return a cell as a column of this kind holds it, ``None`` where it cannot."""
    if kind in ("text", "date"):
        return str(cell)
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    if kind in LIMITS:
        return int(number) if number.is_integer() and abs(number) < LIMITS[kind] else None
    return number if abs(number) < float("inf") else None
