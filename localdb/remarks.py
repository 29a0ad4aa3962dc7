"""The province's remarks on the commune's records, as they last came, and which of them somebody has dealt with."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from localdb.engine import fetch_rows

_COLUMNS = "remark_id, uid, type_id, field, x, y, text, deadline, created_at, closed_at"


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark, pinned to a record, a field of it, or a place (metres of the workspace's zone), or to nothing.

    ``deadline`` is a day, ``closed_at`` when the province withdrew the remark or was content, ``done_at`` and
    ``done_by`` when and by whom it was marked as dealt with here.
    """

    remark_id: str
    uid: str | None
    type_id: str | None
    field: str | None
    place: tuple[float, float] | None
    text: str
    deadline: str | None
    created_at: str
    closed_at: str | None
    done_at: str | None = None
    done_by: str | None = None


def put_remarks(connection: Connection, found: Sequence[Remark]) -> None:
    """Keep the remarks as they now stand at the province; what was done about them here stays noted.

    One that is no longer among them is gone.
    """
    marks = ", ".join("?" * len(_COLUMNS.split(", ")))
    rows = [
        (
            item.remark_id,
            item.uid,
            item.type_id,
            item.field,
            *(item.place or (None, None)),
            item.text,
            item.deadline,
            item.created_at,
            item.closed_at,
        )
        for item in found
    ]
    held = {row[0] for row in fetch_rows(connection, "SELECT remark_id FROM remarks")}
    gone = held - {item.remark_id for item in found}
    if gone:
        connection.exec_driver_sql("DELETE FROM remarks WHERE remark_id = ?", [(remark_id,) for remark_id in gone])
    if rows:
        told = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
        connection.exec_driver_sql(
            f"INSERT INTO remarks({_COLUMNS}) VALUES ({marks}) "  # noqa: S608 (constants)
            f"ON CONFLICT(remark_id) DO UPDATE SET {told}",
            rows,
        )


def fetch_remarks(connection: Connection) -> list[Remark]:
    """Return every remark, those with the nearest deadline first, those without one last."""
    rows = fetch_rows(
        connection,
        f"SELECT {_COLUMNS}, done_at, done_by FROM remarks "  # noqa: S608 (constant)
        "ORDER BY deadline IS NULL, deadline, created_at, remark_id",
    )
    return [
        Remark(remark_id, uid, type_id, field, None if x is None else (x, y), text, deadline, created, closed, done, by)
        for remark_id, uid, type_id, field, x, y, text, deadline, created, closed, done, by in rows
    ]


def mark_done(connection: Connection, remark_id: str, at: str | None, by: str | None) -> bool:
    """Note when and by whom a remark was dealt with, ``None`` for not yet; return whether there is such a remark."""
    sql = "UPDATE remarks SET done_at = ?, done_by = ? WHERE remark_id = ?"
    return connection.exec_driver_sql(sql, (at, by, remark_id)).rowcount > 0
