"""Very many rows at once, in the way that each kind of database does quickest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from sqlalchemy import Column, ColumnElement, Connection, Table, any_, func, insert
from sqlalchemy.dialects.postgresql import ARRAY

from core.errors import EnvironmentFault, UserError
from core.logs import get_log
from province.columns import POSTGRESQL

T = TypeVar("T")

_VARIABLES = 400  # of one statement of the embedded store


Cells = Mapping[str, Sequence[Any]]
"""Columns of equal length by name."""


@dataclass(frozen=True)
class Shared:
    """Columns that the rows of several tables have alike; for a server they are spelled once for all of them."""

    cells: Cells

    @cached_property
    def lines(self) -> list[bytes]:
        """The cells of each row as COPY takes them."""
        return _copy_lines(self.cells)


@dataclass(frozen=True, slots=True)
class Rows:
    """``count`` rows to be written: the columns, what they have in ``common`` in further ones, and ``shared`` ones."""

    count: int
    columns: Cells
    common: Mapping[str, Any] = field(default_factory=dict)
    shared: Shared = field(default_factory=lambda: Shared({}))


def parts(connection: Connection, items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield as many of ``items`` at a time as one condition of ``among`` takes."""
    most = len(items) if connection.dialect.name == POSTGRESQL else _VARIABLES
    for start in range(0, len(items), most or 1):
        yield items[start : start + most]


def among(connection: Connection, column: Column[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of some values, uids or hashes.

    On a server they are one text, whatever their number, that it takes apart itself.
    """
    if connection.dialect.name == POSTGRESQL:
        return column == any_(func.string_to_array(",".join(values), ",", type_=ARRAY(column.type)))
    return column.in_(values)


def insert_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows inside the caller's transaction."""
    if not rows.count:
        return
    if connection.dialect.name != POSTGRESQL:
        columns = {**rows.shared.cells, **rows.columns}
        lines = zip(*columns.values(), strict=True)
        told = [{**rows.common, **dict(zip(columns, line, strict=True))} for line in lines]
        connection.execute(insert(table), told)
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
    """Bring the rows as PostgreSQL's COPY takes them: a fifth of the time of as many INSERTs."""
    names = [*rows.common, *rows.shared.cells, *rows.columns]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_copy_text(rows))


def _copy_text(rows: Rows) -> bytes:
    """Return the rows in COPY's text form: tabs between cells, the common ones first, a line for each row."""
    begin = "\t".join(map(_copy_cell, rows.common.values())).encode()
    groups = [[begin] * rows.count] if rows.common else []
    groups += [rows.shared.lines] if rows.shared.cells else []
    groups += [_copy_lines(rows.columns)] if rows.columns else []
    return b"".join([b"\t".join(parts) + b"\n" for parts in zip(*groups, strict=True)])


def _copy_lines(columns: Cells) -> list[bytes]:
    lines = map("\t".join, zip(*map(_copy_column, columns.values()), strict=True))
    return [line.encode() for line in lines]


def _copy_column(column: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, column))
    if kinds == {str}:
        text = "".join(column)
        if not any(sign in text for sign in _ESCAPES):
            return column
    spell = _COPY_CELLS.get(next(iter(kinds)), _copy_cell) if len(kinds) == 1 else _copy_cell
    return list(map(spell, column))


def _copy_cell(value: Any) -> str:
    """Return a cell; bytes are a geometry, which PostGIS reads in hexadecimal."""
    if isinstance(value, str):
        for sign, written in _ESCAPES.items():
            value = value.replace(sign, written)
        return str(value)
    if value is None:
        return "\\N"
    return value.hex() if isinstance(value, bytes) else repr(value)


_COPY_CELLS: dict[type, Callable[[Any], str]] = {int: int.__repr__, float: float.__repr__, bytes: bytes.hex}
"""How a column of which all cells are of one kind is spelled, as ``_copy_cell`` spells each."""

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # the first first: all others bring its sign
