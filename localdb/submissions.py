"""Finds the records that came from a phone's submissions, by the identity kept in their lineage."""

from dataclasses import dataclass

from sqlalchemy import Connection

from forms.model import RecordType
from localdb.columns import RAW_VALUES
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.tables import STANDS


@dataclass(frozen=True, slots=True)
class Taken:
    """A record made from a submission, and whether somebody has deleted it since."""

    uid: str
    is_deleted: bool


def fetch_taken(connection: Connection, record_type: RecordType, key: str) -> dict[str, Taken]:
    """Return the record of every submission taken so far, by each of the names under ``key`` in its raw values.

    A record whose import was undone was never taken; one that somebody deleted was.
    """
    rows = fetch_rows(
        connection,
        f"SELECT uid, deleted_at, json_extract({RAW_VALUES}, ?) FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted)
        f"WHERE {RAW_VALUES} LIKE ?",
        (f'$."{key}"', f'%"{key}"%'),
    )
    found: dict[str, Taken] = {}
    for uid, deleted_at, names in rows:
        if isinstance(names, str) and not (deleted_at and _is_undone(connection, uid)):
            taken = Taken(uid, deleted_at is not None)
            found.update((name, taken) for name in names.split() if name not in found or not taken.is_deleted)
    return found


def _is_undone(connection: Connection, uid: str) -> bool:
    """Whether the step that made a record was taken back."""
    rows = fetch_rows(
        connection,
        "SELECT g.undo_state FROM changes c JOIN change_groups g ON g.number = c.group_number "
        "WHERE c.uid = ? AND c.operation = 'insert' ORDER BY c.sequence DESC LIMIT 1",
        (uid,),
    )
    return bool(rows) and rows[0][0] != STANDS
