"""The rows that go with a record on its way to the province: what waits, what the province has, what is disputed."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from forms.content import Content
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.json_columns import json_text
from localdb.statements import Rows, insert_rows

_AGAIN = (
    " ON CONFLICT(uid) DO UPDATE SET revision = excluded.revision, changed_at = excluded.changed_at, "
    "package_id = NULL, result = NULL, code = NULL, field = NULL"
)


def put(connection: Connection, type_id: str, records: Sequence[tuple[str, int]], at: str) -> None:
    """Let records wait to be sent, each with its revision; a new revision forgets an older package's answer."""
    if records:
        connection.exec_driver_sql(
            f"INSERT INTO outbox(uid, type_id, revision, changed_at) VALUES (?, ?, ?, ?){_AGAIN}",  # noqa: S608 (constant)
            [(uid, type_id, revision, at) for uid, revision in records],
        )


def put_new(connection: Connection, type_id: str, uids: Sequence[str], at: str) -> None:
    """Let very many new records wait to be sent, at their first revision."""
    shared = {"type_id": type_id, "revision": 1, "changed_at": at}
    insert_rows(connection, Rows("outbox", len(uids), {"uid": uids}, shared, ending=_AGAIN))


def drop_unsent(connection: Connection, type_id: str, uids: Iterable[str]) -> None:
    """Take deleted records out of the outbox that the province has never heard of, and cannot be about to hear of."""
    connection.exec_driver_sql(
        "DELETE FROM outbox WHERE uid = ? "  # noqa: S608 (quoted name)
        f"AND EXISTS (SELECT 1 FROM {quote_name(type_id)} r WHERE r.uid = outbox.uid "
        "AND r.deleted_at IS NOT NULL AND r.base_revision IS NULL) "
        "AND NOT EXISTS (SELECT 1 FROM package_changes p WHERE p.uid = outbox.uid AND p.result IS NULL)",
        [(uid,) for uid in uids],
    )


def forget(connection: Connection, uid: str) -> None:
    """Take a record out of the outbox."""
    connection.exec_driver_sql("DELETE FROM outbox WHERE uid = ?", (uid,))


def is_waiting(connection: Connection, uid: str) -> bool:
    """Whether a change of the record made here waits for the province's answer."""
    return bool(fetch_rows(connection, "SELECT 1 FROM outbox WHERE uid = ?", (uid,)))


def set_base(connection: Connection, type_id: str, uid: str, revision: int, content: Content | None) -> None:
    """Note the province's revision and content of one record."""
    connection.exec_driver_sql(
        "INSERT INTO bases(uid, type_id, revision, content) VALUES (?, ?, ?, ?) "
        "ON CONFLICT(uid) DO UPDATE SET revision = excluded.revision, content = excluded.content",
        (uid, type_id, revision, None if content is None else json_text(content)),
    )
    connection.exec_driver_sql(
        f"UPDATE {quote_name(type_id)} SET base_revision = ? WHERE uid = ?",  # noqa: S608 (quoted name)
        (revision, uid),
    )


def clear_base(connection: Connection, type_id: str, uid: str) -> None:
    """Note that the province has never had a record."""
    connection.exec_driver_sql("DELETE FROM bases WHERE uid = ?", (uid,))
    connection.exec_driver_sql(
        f"UPDATE {quote_name(type_id)} SET base_revision = NULL WHERE uid = ?",  # noqa: S608 (quoted name)
        (uid,),
    )


def set_pull_state(connection: Connection, epoch: str, cursor: int, at: str) -> None:
    """Note how far the province's changes have been taken over."""
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO workspace_info(key, value) VALUES (?, ?)",
        [("pull_epoch", epoch), ("pull_cursor", str(cursor)), ("pull_at", at)],
    )


def park_conflict(
    connection: Connection, type_id: str, uid: str, revision: int, theirs: Content | None, at: str
) -> None:
    """Keep the province's version of one record until a person has decided; the latest one counts."""
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO conflicts(uid, type_id, theirs_revision, theirs, at) VALUES (?, ?, ?, ?, ?)",
        (uid, type_id, revision, None if theirs is None else json_text(theirs), at),
    )


def settle_conflict(connection: Connection, uid: str) -> None:
    """Forget a parked conflict."""
    connection.exec_driver_sql("DELETE FROM conflicts WHERE uid = ?", (uid,))
