"""Many rows in few statements: while SQLite works on one, Python's lock is free for other threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from localdb.geometry_columns import quote_name

_MOST_PARAMETERS = 32_000  # of one statement: what SQLite takes where nobody built it otherwise


@dataclass(frozen=True, slots=True)
class Rows:
    """New rows of one table, by column.

    ``shared`` are the values that all rows have alike, ``own`` the columns of the others, all of ``count`` values.
    ``texts`` are columns given as bytes that hold UTF-8, ``ending`` what follows the rows in the statement, ``most``
    how many rows one statement takes: more is slower, but for a full-text table, which is written out after each.
    """

    table: str
    count: int
    own: Mapping[str, Sequence[Any]]
    shared: Mapping[str, Any] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()
    ending: str = ""
    most: int = 1_000


def insert_rows(connection: Connection, rows: Rows) -> None:
    """Insert all rows, in order."""
    columns, common = list(rows.own.values()), tuple(rows.shared.values())
    size = max(1, min(rows.most, (_MOST_PARAMETERS - len(common)) // max(1, len(columns))))
    for start in range(0, rows.count, size):
        count = min(size, rows.count - start)
        sql = _statement(rows.table, tuple(rows.shared), tuple(rows.own), rows.texts, rows.ending, count)
        part = zip(*(column[start : start + count] for column in columns), strict=True)
        connection.exec_driver_sql(sql, (*common, *chain.from_iterable(part)))


@lru_cache(maxsize=32)
def _statement(
    table: str, shared: tuple[str, ...], own: tuple[str, ...], texts: frozenset[str], ending: str, count: int
) -> str:
    """Return the statement for ``count`` rows; its parameters are the shared values, then the others row by row."""
    names = ", ".join(map(quote_name, (*shared, *own)))
    marks = ["CAST(?{} AS TEXT)" if name in texts else "?{}" for name in (*shared, *own)]
    first = [mark.format(place) for place, mark in enumerate(marks[: len(shared)], start=1)]
    rest = marks[len(shared) :]
    rows = []
    for number in range(count):
        at = len(shared) + 1 + number * len(rest)
        rows.append(f"({','.join([*first, *(mark.format(at + place) for place, mark in enumerate(rest))])})")
    return f"INSERT INTO {quote_name(table)}({names}) VALUES {','.join(rows)}{ending}"  # noqa: S608 (quoted names)
