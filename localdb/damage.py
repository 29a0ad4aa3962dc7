"""Finds out what is wrong with a store before anyone writes into it, and mends what can be mended."""

from sqlalchemy import Connection

from localdb import blobs
from localdb.geometry_columns import (
    GeometryColumn,
    build_triggers,
    index_name,
    index_triggers,
    quote_name,
    registered_columns,
)

_TEMPLATE_TABLES = (
    "spatial_ref_sys",
    "spatial_ref_sys_aux",
    "geometry_columns",
    "geometry_columns_auth",
    "geometry_columns_statistics",
    "geometry_columns_time",
    "views_geometry_columns",
    "views_geometry_columns_auth",
    "views_geometry_columns_statistics",
)


def find_damage(connection: Connection) -> list[str]:
    """Return what is missing or altered, by name; an empty list for a sound store. Quick: no record is read.

    Looks at SpatiaLite's own tables, at the indexes of geometry columns and, letter for letter, at their triggers.
    """
    objects = _objects(connection)
    found = [f"table {name}" for name in _TEMPLATE_TABLES if ("table", name) not in objects]
    if found:
        return found
    for column in registered_columns(connection):
        found += _damage_of(column, objects)
    found += [
        str(row[0])
        for table in ("geometry_columns", "spatial_ref_sys")
        for row in connection.exec_driver_sql(f"PRAGMA quick_check({table})")
        if row[0] != "ok"
    ]
    return found


def check_integrity(connection: Connection) -> list[str]:
    """Return what a full look at every page, every index and every R*Tree finds; reads the whole file."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
    for column in registered_columns(connection):
        if column.is_indexed:
            index = index_name(column.table, column.column)
            (answer,) = connection.exec_driver_sql("SELECT rtreecheck(?)", (index,)).one()
            found += [] if answer == "ok" else [f"{index}: {answer}"]
    return found + find_damage(connection)


def repair_triggers(connection: Connection) -> list[str]:
    """Put back the triggers of every geometry column, fill its R*Tree anew, and return what was mended."""
    mended = []
    for column in registered_columns(connection):
        wrong = _damage_of(column, _objects(connection))
        if not wrong:
            continue
        for name, sql in build_triggers(column.table, column.column, indexed=column.is_indexed).items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {quote_name(name)}")
            connection.exec_driver_sql(sql)
        if column.is_indexed:
            _fill_index(connection, column)
        mended += wrong
    return mended


def _objects(connection: Connection) -> dict[tuple[str, str], str | None]:
    return {
        (kind, name): sql for kind, name, sql in connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema")
    }


def _damage_of(column: GeometryColumn, objects: dict[tuple[str, str], str | None]) -> list[str]:
    if ("table", column.table) not in objects:
        return [f"table {column.table}"]
    found = [
        f"trigger {name}"
        for name, sql in build_triggers(column.table, column.column, indexed=column.is_indexed).items()
        if objects.get(("trigger", name)) != sql
    ]
    index = index_name(column.table, column.column)
    if column.is_indexed and ("table", index) not in objects:
        found.append(f"index {index}")
    return found


def _fill_index(connection: Connection, column: GeometryColumn) -> None:
    index = index_name(column.table, column.column)
    present = ("table", index) in _objects(connection)
    if present:
        connection.exec_driver_sql(f"DROP TABLE {quote_name(index)}")
    connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {quote_name(index)} USING rtree(pkid, xmin, xmax, ymin, ymax)")
    for name, sql in index_triggers(column.table, column.column).items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {quote_name(name)}")
        connection.exec_driver_sql(sql)
    rows = connection.exec_driver_sql(
        f"SELECT rowid, {quote_name(column.column)} FROM {quote_name(column.table)} "  # noqa: S608
        f"WHERE {quote_name(column.column)} IS NOT NULL"
    ).all()
    boxes = [(key, *geometry.bounds) for key, blob in rows if (geometry := blobs.decode(blob)[0]) is not None]
    if boxes:
        connection.exec_driver_sql(
            f"INSERT INTO {quote_name(index)}(pkid, xmin, ymin, xmax, ymax) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
            boxes,
        )
