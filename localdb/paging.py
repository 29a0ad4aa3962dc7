"""Records by the page, sorted and filtered, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from core.errors import UserError
from forms.model import RecordType
from forms.record import Record
from localdb import search
from localdb.catalogue_sync import fetch_type_numbers
from localdb.columns import column_values, record_of
from localdb.engine import fetch_rows
from localdb.filters import build_condition
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from localdb.record_tables import GEOMETRY_COLUMN, TITLE_SORT, column_names

Cursor = tuple[Any, ...]

TITLE = "title"
_NUMBERS = ("integer", "number", "boolean")
_STATUS_TEXT = ("state", "created_at", "created_by", "updated_at", "updated_by")


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, without their geometry, and where the next ones start (``None`` when there are none)."""

    records: tuple[Record, ...]
    next: Cursor | None


def fetch_page(
    connection: Connection,
    record_type: RecordType,
    *,
    sort: str = "uid",
    descending: bool = False,
    after: Cursor | None = None,
    limit: int = 200,
    where: str | None = None,
    text: str | None = None,
) -> Page:
    """Return the records after ``after`` in the order of ``sort``: a field, ``uid``, ``title``, ``state``, a time.

    Keyset paging: page 1,000 costs what page 1 costs, and a record put in meanwhile neither repeats nor hides another.
    Empty values come first; text sorts without marks, numbers in it by size. ``where`` is CQL2, ``text`` words to
    search for. Raise ``UserError`` FILTER-FIELD, FILTER-UNSUPPORTED or EXPRESSION-SYNTAX.
    """
    keys = _sort_keys(record_type, sort)
    names = [name for name in column_names(record_type) if name != GEOMETRY_COLUMN]
    conditions, parameters = _conditions(connection, record_type, where, text)
    if after is not None:
        sign = "<" if descending else ">"
        conditions.append(f"({', '.join(keys)}) {sign} ({', '.join('?' * len(keys))})")
        parameters.extend(after)
    order = ", ".join(f"{key} DESC" if descending else key for key in keys)
    sql = (
        f"SELECT {', '.join(map(quote_name, names))}, {', '.join(keys)} FROM {quote_name(record_type.id)} "  # noqa: S608
        f"WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ?"
    )
    rows = fetch_rows(connection, sql, (*parameters, limit + 1))
    records = tuple(record_of(record_type, dict(zip(names, row, strict=False))) for row in rows[:limit])
    return Page(records, rows[limit - 1][len(names) :] if len(rows) > limit else None)


def fetch_order(
    connection: Connection,
    record_type: RecordType,
    *,
    sort: str = "uid",
    descending: bool = False,
    where: str | None = None,
    text: str | None = None,
) -> npt.NDArray[np.int64]:
    """Return the ``fid`` of every record that ``fetch_page`` would give, in the same order, as an array ``(n,)``."""
    conditions, parameters = _conditions(connection, record_type, where, text)
    order = ", ".join(f"{key} DESC" if descending else key for key in _sort_keys(record_type, sort))
    sql = f"SELECT fid FROM {quote_name(record_type.id)} WHERE {' AND '.join(conditions)} ORDER BY {order}"  # noqa: S608
    rows = fetch_rows(connection, sql, parameters)
    return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))


def fetch_numbered(connection: Connection, record_type: RecordType, fids: Sequence[int]) -> list[Record | None]:
    """Return the records of these ``fid`` in their order, without geometry; ``None`` for one that is there no more."""
    names = [name for name in column_names(record_type) if name != GEOMETRY_COLUMN]
    sql = (
        f"SELECT {', '.join(map(quote_name, names))} FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted names)
        "WHERE deleted_at IS NULL AND fid IN (SELECT value FROM json_each(?))"
    )
    place = names.index("fid")
    rows = fetch_rows(connection, sql, (json_text([int(fid) for fid in fids]),))
    found = {row[place]: record_of(record_type, dict(zip(names, row, strict=True))) for row in rows}
    return [found.get(int(fid)) for fid in fids]


def fetch_columns(
    connection: Connection, record_type: RecordType, fids: Sequence[int], keys: Sequence[str]
) -> list[list[Any]]:
    """Return the values of some columns, a list for each of ``keys``, of the records of these ``fid`` in their order.

    A key is a field, ``uid``, or a part of the status as it is stored; a record that is there no more is left out.
    """
    fields = {field.key: field for field in record_type.fields}
    names = ["fid", *keys]
    sql = (
        f"SELECT {', '.join(map(quote_name, names))} FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted names)
        "WHERE deleted_at IS NULL AND fid IN (SELECT value FROM json_each(?))"
    )
    rows = {row[0]: row for row in fetch_rows(connection, sql, (json_text([int(fid) for fid in fids]),))}
    held = [rows[int(fid)] for fid in fids if int(fid) in rows]
    return [
        column_values(fields[key], [row[place] for row in held]) if key in fields else [row[place] for row in held]
        for place, key in enumerate(keys, start=1)
    ]


def count_page(
    connection: Connection, record_type: RecordType, where: str | None = None, text: str | None = None
) -> int:
    """Return how many records ``fetch_page`` would give in all."""
    conditions, parameters = _conditions(connection, record_type, where, text)
    sql = f"SELECT count(*) FROM {quote_name(record_type.id)} WHERE {' AND '.join(conditions)}"  # noqa: S608
    return int(fetch_rows(connection, sql, parameters)[0][0])


def _conditions(
    connection: Connection, record_type: RecordType, where: str | None, text: str | None
) -> tuple[list[str], list[Any]]:
    conditions: list[str] = ["deleted_at IS NULL"]
    parameters: list[Any] = []
    if where is not None and where.strip():
        condition = build_condition(record_type, where)
        conditions.append(condition.sql)
        parameters.extend(condition.parameters)
    query = search.match_text(text or "")
    if query is not None:
        first, last = search.rowid_range(fetch_type_numbers(connection)[record_type.id])
        conditions.append(
            f"fid IN (SELECT rowid - ? FROM {search.SEARCH_TABLE} "  # noqa: S608 (constant)
            f"WHERE {search.SEARCH_TABLE} MATCH ? AND rowid BETWEEN ? AND ?)"
        )
        parameters.extend((first, query, first, last))
    return conditions, parameters


def _sort_keys(record_type: RecordType, sort: str) -> list[str]:
    """Return the expressions to sort by, none of them ever NULL, the last one different for each record."""
    if sort == "uid":
        return ["uid"]
    if sort == TITLE or (sort,) == record_type.title_fields:
        return [quote_name(TITLE_SORT), "fid"]
    if sort in _STATUS_TEXT:
        return [f"coalesce({sort}, '')", "fid"]
    if sort in ("revision", "base_revision"):
        return [f"coalesce({sort}, -1)", "fid"]
    try:
        field = record_type.field(sort)
    except KeyError as error:
        known = ["uid", TITLE, *_STATUS_TEXT, *(field.key for field in record_type.fields)]
        raise UserError("FILTER-FIELD", field=sort, type=record_type.title, known=known) from error
    name = quote_name(sort)
    if field.type in _NUMBERS:
        return [f"({name} IS NOT NULL)", f"coalesce({name}, 0)", "fid"]
    return [f"diaba_sort({name})" if field.type == "text" else f"coalesce({name}, '')", "fid"]
