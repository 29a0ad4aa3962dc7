"""SpatiaLite's geometry columns in plain SQL: registration, R*Tree and triggers, letter for letter the library's."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from core.errors import Bug

GeometryClass = Literal[
    "GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"
]
CLASS_CODES: dict[str, int] = {
    "GEOMETRY": 0,
    "POINT": 1,
    "LINESTRING": 2,
    "POLYGON": 3,
    "MULTIPOINT": 4,
    "MULTILINESTRING": 5,
    "MULTIPOLYGON": 6,
    "GEOMETRYCOLLECTION": 7,
}


@dataclass(frozen=True, slots=True)
class GeometryColumn:
    """One registered geometry column, named as SpatiaLite names it (lower case)."""

    table: str
    column: str
    class_code: int
    srid: int
    is_indexed: bool


def quote_name(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Return ``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def index_name(table: str, column: str) -> str:
    """Return the name of the R*Tree of a geometry column."""
    return f"idx_{table}_{column}"


def build_triggers(table: str, column: str, *, indexed: bool = True) -> dict[str, str]:
    """Return the triggers of a geometry column, name to SQL text, in the order in which SpatiaLite makes them."""
    found = _constraint_triggers(table, column) | time_triggers(table, column)
    return found | index_triggers(table, column) if indexed else found


def index_triggers(table: str, column: str) -> dict[str, str]:
    """Return the triggers that keep the R*Tree of a geometry column true."""
    name, quoted = quote_name(table), quote_name(column)
    index = index_name(table, column)
    align = (
        "FOR EACH ROW BEGIN\n"
        f"DELETE FROM {quote_name(index)} WHERE pkid=NEW.ROWID;\n"
        f"SELECT RTreeAlign({quote_text(index)}, NEW.ROWID, NEW.{quoted});\nEND"
    )
    forget = f"FOR EACH ROW BEGIN\nDELETE FROM {quote_name(index)} WHERE pkid=OLD.ROWID;\nEND"
    return {
        f"gii_{table}_{column}": _trigger("gii", table, column, f"AFTER INSERT ON {name}\n{align}"),
        f"giu_{table}_{column}": _trigger("giu", table, column, f"AFTER UPDATE OF {quoted} ON {name}\n{align}"),
        f"gid_{table}_{column}": _trigger("gid", table, column, f"AFTER DELETE ON {name}\n{forget}"),
    }


def _trigger(prefix: str, table: str, column: str, body: str) -> str:
    return f"CREATE TRIGGER {quote_name(f'{prefix}_{table}_{column}')} {body}"


def _where(table: str, column: str) -> str:
    return (
        f"WHERE Lower(f_table_name) = Lower({quote_text(table)}) "
        f"AND Lower(f_geometry_column) = Lower({quote_text(column)})"
    )


def _constraint_triggers(table: str, column: str) -> dict[str, str]:
    quoted, found = quote_name(column), {}
    for prefix, moment in (("ggi", "INSERT"), ("ggu", f"UPDATE OF {quoted}")):
        body = (
            f"BEFORE {moment} ON {quote_name(table)}\nFOR EACH ROW BEGIN\n"  # noqa: S608 (quoted names)
            f"SELECT RAISE(ROLLBACK, '{table}.{column} violates Geometry constraint "
            "[geom-type or SRID not allowed]')\n"
            f"WHERE (SELECT geometry_type FROM geometry_columns\n{_where(table, column)}\n"
            f"AND GeometryConstraints(NEW.{quoted}, geometry_type, srid) = 1) IS NULL;\nEND"
        )
        found[f"{prefix}_{table}_{column}"] = _trigger(prefix, table, column, body)
    return found


def time_triggers(table: str, column: str) -> dict[str, str]:
    """Return the triggers that note when a table was last changed."""
    found = {}
    for prefix, moment, field in (
        ("tmi", "INSERT", "last_insert"),
        ("tmu", "UPDATE", "last_update"),
        ("tmd", "DELETE", "last_delete"),
    ):
        body = (
            f"AFTER {moment} ON {quote_name(table)}\nFOR EACH ROW BEGIN\n"
            f"UPDATE geometry_columns_time SET {field} = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')\n"
            f"{_where(table, column)};\nEND"
        )
        found[f"{prefix}_{table}_{column}"] = _trigger(prefix, table, column, body)
    return found


def add_geometry_column(
    connection: Connection, table: str, column: str, *, srid: int, geometry_class: GeometryClass, indexed: bool = True
) -> None:
    """Add an XY geometry column to an existing table and register it, with its R*Tree unless told otherwise.

    The SRID must stand in ``spatial_ref_sys``.
    """
    if not connection.exec_driver_sql("SELECT 1 FROM spatial_ref_sys WHERE srid = ?", (srid,)).first():
        raise Bug("BUG", reason=f"EPSG:{srid} is not in spatial_ref_sys")
    connection.exec_driver_sql(f"ALTER TABLE {quote_name(table)} ADD COLUMN {quote_name(column)} {geometry_class}")
    key = (table.lower(), column.lower())
    connection.exec_driver_sql(
        "INSERT INTO geometry_columns(f_table_name, f_geometry_column, geometry_type, coord_dimension, srid, "
        "spatial_index_enabled) VALUES (?, ?, ?, 2, ?, 0)",
        (*key, CLASS_CODES[geometry_class], srid),
    )
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO geometry_columns_auth(f_table_name, f_geometry_column, read_only, hidden) "
        "VALUES (?, ?, 0, 0)",
        key,
    )
    for register in ("geometry_columns_statistics", "geometry_columns_time"):
        connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO {register}(f_table_name, f_geometry_column) VALUES (?, ?)",  # noqa: S608
            key,
        )
    for sql in build_triggers(table, column, indexed=False).values():
        connection.exec_driver_sql(sql)
    if indexed:
        create_spatial_index(connection, table, column)


def create_spatial_index(connection: Connection, table: str, column: str) -> None:
    """Create the R*Tree of a registered geometry column of an empty table."""
    index = quote_name(index_name(table, column))
    connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {index} USING rtree(pkid, xmin, xmax, ymin, ymax)")
    for sql in index_triggers(table, column).values():
        connection.exec_driver_sql(sql)
    connection.exec_driver_sql(
        "UPDATE geometry_columns SET spatial_index_enabled = 1 "
        "WHERE Lower(f_table_name) = Lower(?) AND Lower(f_geometry_column) = Lower(?)",
        (table, column),
    )


def create_class_view(
    connection: Connection, view: str, table: str, column: str, geometry_class: GeometryClass
) -> None:
    """Create and register a view of the rows of one geometry class, for programs that take one class a layer.

    The class stands in the blob itself (bytes 40 to 43), so that the view needs no function of the library.
    """
    code = CLASS_CODES[geometry_class].to_bytes(4, "little").hex().upper()
    connection.exec_driver_sql(
        f"CREATE VIEW {quote_name(view)} AS SELECT * FROM {quote_name(table)} "  # noqa: S608
        f"WHERE substr({quote_name(column)}, 40, 4) = X'{code}'"
    )
    key = (view.lower(), column.lower())
    connection.exec_driver_sql(
        "INSERT INTO views_geometry_columns(view_name, view_geometry, view_rowid, f_table_name, f_geometry_column, "
        "read_only) VALUES (?, ?, 'fid', ?, ?, 1)",
        (*key, table.lower(), column.lower()),
    )
    connection.exec_driver_sql(
        "INSERT INTO views_geometry_columns_auth(view_name, view_geometry, hidden) VALUES (?, ?, 0)", key
    )
    connection.exec_driver_sql(
        "INSERT INTO views_geometry_columns_statistics(view_name, view_geometry) VALUES (?, ?)", key
    )


def registered_columns(connection: Connection) -> list[GeometryColumn]:
    """Return every registered geometry column."""
    found = connection.exec_driver_sql(
        "SELECT f_table_name, f_geometry_column, geometry_type, srid, spatial_index_enabled FROM geometry_columns "
        "ORDER BY f_table_name, f_geometry_column"
    )
    return [GeometryColumn(table, column, code, srid, indexed == 1) for table, column, code, srid, indexed in found]


def touch_column(connection: Connection, table: str, column: str, operation: Literal["insert", "update"]) -> None:
    """Note the time of a write that went past the triggers, as they would have."""
    connection.exec_driver_sql(
        f"UPDATE geometry_columns_time SET last_{operation} = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') "  # noqa: S608
        + _where(table, column)
    )
