"""The table that a record type gets."""

from functools import cache
from typing import Any

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.types import TypeEngine

from core.errors import Bug
from forms.model import GeometryKind, RecordType
from forms.record import LINEAGE_KEYS
from localdb.geometry_columns import GeometryClass
from localdb.tables import SYSTEM_TABLES

GEOMETRY_COLUMN = "geom"
TITLE_SORT = "title__sort"  # keys of fields have no double underscore

STATE_COLUMNS = (
    "revision",
    "base_revision",
    "state",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "deleted_at",
)
GEOMETRY_CLASSES: dict[GeometryKind, GeometryClass] = {
    "point": "POINT",
    "line": "LINESTRING",
    "multi_line": "MULTILINESTRING",
    "multi_polygon": "MULTIPOLYGON",
}

_LINEAGE_TYPES: dict[str, type[TypeEngine[Any]]] = {"source_row": Integer, "accuracy_m": Float, "src_axis": Float}
_FIELD_TYPES: dict[str, type[TypeEngine[Any]]] = {"integer": Integer, "number": Float, "boolean": Boolean}
_FIRST_COLUMNS = ("fid", "uid", "state", "revision", "base_revision")
_LAST_COLUMNS = ("created_at", "created_by", "updated_at", "updated_by", "deleted_at", TITLE_SORT)


def column_names(record_type: RecordType) -> list[str]:
    """Return the names of the columns of ``record_table``, in its order; reading needs no more, and soon has them."""
    own = (field.key for field in record_type.fields)
    names = [*_FIRST_COLUMNS, *own, *LINEAGE_KEYS, *_LAST_COLUMNS]
    return [*names, GEOMETRY_COLUMN] if record_type.geometry else names


def record_table(record_type: RecordType, *, with_geometry: bool = True) -> Table:
    """Return the table that stores ``record_type``; the same table for the same fields.

    It is created without its geometry column, which ``geometry_columns`` then adds and registers.
    """
    fields = tuple((field.key, field.type) for field in record_type.fields)
    return _build_record_table(record_type.id, fields, with_geometry and bool(record_type.geometry))


@cache
def _build_record_table(type_id: str, fields: tuple[tuple[str, str], ...], has_geometry: bool) -> Table:
    if type_id in SYSTEM_TABLES:
        raise Bug("BUG", reason=f"record type {type_id} has the name of a system table")
    taken = {"fid", "uid", GEOMETRY_COLUMN, *STATE_COLUMNS, *LINEAGE_KEYS}
    if clash := taken.intersection(key for key, _ in fields):
        raise Bug("BUG", reason=f"record type {type_id} has fields with names of the store's own: {sorted(clash)}")
    columns: list[Column[object]] = [
        Column("fid", Integer, primary_key=True),
        Column("uid", Text, nullable=False, unique=True),
        Column("state", Text, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("base_revision", Integer),
        *(Column(key, _FIELD_TYPES.get(kind, Text)) for key, kind in fields),
        *(Column(key, _LINEAGE_TYPES.get(key, Text)) for key in LINEAGE_KEYS),
        Column("created_at", Text),
        Column("created_by", Text),
        Column("updated_at", Text),
        Column("updated_by", Text),
        Column("deleted_at", Text),
        Column(TITLE_SORT, Text, nullable=False, server_default=text("''")),
    ]
    if has_geometry:
        columns.append(Column(GEOMETRY_COLUMN, LargeBinary))
    table = Table(type_id, MetaData(), *columns)
    Index(f"ix_{type_id}_title", table.c[TITLE_SORT])
    Index(f"ix_{type_id}_state", table.c.state, sqlite_where=text("deleted_at IS NULL"))
    for key, kind in fields:
        if kind == "reference":
            column = table.c[key]
            Index(f"ix_{type_id}_{key}", column, sqlite_where=column.is_not(None))
    return table


def geometry_class(record_type: RecordType) -> GeometryClass:
    """Return the class of the type's geometry column: GEOMETRY when it may hold two kinds."""
    if len(record_type.geometry) == 1:
        return GEOMETRY_CLASSES[record_type.geometry[0]]
    return "GEOMETRY"
