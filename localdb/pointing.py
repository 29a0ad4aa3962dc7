"""Finds the records whose reference names a record, by the index that each reference has."""

from collections.abc import Iterable

from sqlalchemy import Connection

from forms.model import RecordType
from forms.record import Record
from localdb.columns import record_of
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from localdb.record_tables import GEOMETRY_COLUMN, column_names


def fetch_pointing(
    connection: Connection, record_type: RecordType, key: str, uids: Iterable[str], *, with_geometry: bool = True
) -> list[Record]:
    """Return the records of one type whose reference ``key`` names one of ``uids``, oldest first."""
    skipped = set() if with_geometry else {GEOMETRY_COLUMN}
    names = [name for name in column_names(record_type) if name not in skipped]
    sql = (
        f"SELECT {', '.join(map(quote_name, names))} FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted names)
        f"WHERE deleted_at IS NULL AND {quote_name(key)} IN (SELECT value FROM json_each(?)) ORDER BY fid"
    )
    rows = fetch_rows(connection, sql, (json_text(list(uids)),))
    return [record_of(record_type, dict(zip(names, row, strict=True))) for row in rows]


def count_pointing_at(connection: Connection, record_type: RecordType, key: str, uids: Iterable[str]) -> int:
    """Return how many records of one type name one of ``uids`` by their reference ``key`` and are none of these."""
    sql = (
        f"SELECT count(*) FROM {quote_name(record_type.id)} WHERE deleted_at IS NULL "  # noqa: S608 (quoted names)
        f"AND {quote_name(key)} IN (SELECT value FROM json_each(?)) AND uid NOT IN (SELECT value FROM json_each(?))"
    )
    named = json_text(list(uids))
    return int(fetch_rows(connection, sql, (named, named))[0][0])


def count_pointing(connection: Connection, record_type: RecordType, key: str, by: str) -> dict[str, dict[str, int]]:
    """Return for every record that the reference ``key`` names how many point at it, by their value of column ``by``.

    An empty value counts under an empty text.
    """
    reference, column = quote_name(key), quote_name(by)
    sql = (
        f"SELECT {reference}, coalesce({column}, ''), count(*) FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted)
        f"WHERE deleted_at IS NULL AND {reference} IS NOT NULL GROUP BY 1, 2"
    )
    found: dict[str, dict[str, int]] = {}
    for uid, value, count in fetch_rows(connection, sql):
        found.setdefault(uid, {})[value] = count
    return found


def fetch_references(connection: Connection, record_type: RecordType, key: str, uids: Iterable[str]) -> dict[str, str]:
    """Return what the reference ``key`` of some records names, empty ones left out."""
    sql = (
        f"SELECT uid, {quote_name(key)} FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted names)
        f"WHERE deleted_at IS NULL AND {quote_name(key)} IS NOT NULL AND uid IN (SELECT value FROM json_each(?))"
    )
    return dict(fetch_rows(connection, sql, (json_text(list(uids)),)))
