"""Very many rows at once, in the way that each kind of database does quickest."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Column, ColumnElement, Connection, Table, any_, insert, literal
from sqlalchemy.dialects.postgresql import ARRAY

from core.errors import EnvironmentFault, UserError
from core.logs import get_log
from province.columns import POSTGRESQL, Geometry

Rows = Sequence[Mapping[str, Any]]


def among(connection: Connection, column: Column[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of some values: on a server one array, whatever their number."""
    if connection.dialect.name == POSTGRESQL:
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(values)


def insert_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows that all name the same columns, inside the caller's transaction."""
    if not rows:
        return
    if connection.dialect.name != POSTGRESQL:
        connection.execute(insert(table), list(rows))
        return
    try:
        _copy(connection, table, rows)
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        get_log("province").error("database", reason=str(error), kind=type(error).__name__)
        connection.invalidate(error)
        raise EnvironmentFault("GATEWAY-DATABASE-LOST") from error
    except psycopg.DataError as error:
        raise UserError("REQUEST-INVALID", places=[table.name]) from error


def _copy(connection: Connection, table: Table, rows: Rows) -> None:
    """Stream the rows as PostgreSQL's COPY takes them: a fifth of the time of as many INSERTs."""
    names = list(rows[0])
    shapes = {name for name in names if isinstance(table.c[name].type, Geometry)}
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_shape(row[name]) if name in shapes else row[name] for name in names])


def _shape(value: bytes | None) -> str | None:
    return None if value is None else value.hex()
