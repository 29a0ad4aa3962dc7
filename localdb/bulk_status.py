"""Deletes, restores and moves on very many records at once; what they say stays as it is."""

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import Connection

from core.errors import UserError
from core.memory import without_collection
from core.progress import Progress
from forms.model import RecordType
from forms.record import LINEAGE_KEYS, State
from localdb import blobs, bulk, outbox_rows, search
from localdb.arrivals import hex_column
from localdb.bulk import index_texts, journal_many, without_triggers
from localdb.content_text import content_texts
from localdb.crash_points import crash_point
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from localdb.record_errors import stale_record
from localdb.record_tables import GEOMETRY_COLUMN
from localdb.writing import Writing

SETTLED = (State.APPROVED, State.PACKED, State.SENT, State.ACCEPTED)
"""The states of a record for which somebody has answered."""


@without_collection()
def delete_records(
    writing: Writing,
    record_type: RecordType,
    uids: Sequence[str],
    expected: Sequence[int] | None,
    progress: Progress,
) -> None:
    """Mark records as deleted; raise STORE-NO-RECORD or STORE-STALE before anything is lost."""
    with without_triggers(writing.connection, record_type, len(uids), "update"):
        for start in range(0, len(uids), bulk.CHUNK):
            progress.step(start, len(uids))
            chunk = list(uids[start : start + bulk.CHUNK])
            wanted = None if expected is None else list(expected[start : start + bulk.CHUNK])
            rows = _fetch_chunk(writing, record_type, chunk, wanted, deleted=False)
            _bury(writing, record_type, rows)
    progress.step(len(uids), len(uids))


@without_collection()
def restore_records(writing: Writing, record_type: RecordType, uids: Sequence[str], progress: Progress) -> None:
    """Bring deleted records back as they were."""
    with without_triggers(writing.connection, record_type, len(uids), "update"):
        for start in range(0, len(uids), bulk.CHUNK):
            progress.step(start, len(uids))
            rows = _fetch_chunk(writing, record_type, list(uids[start : start + bulk.CHUNK]), None, deleted=True)
            _raise_up(writing, record_type, rows)
    progress.step(len(uids), len(uids))


def _bury(writing: Writing, record_type: RecordType, rows: dict[str, list[Any]]) -> None:
    uids, revisions = rows["uid"], [revision + 1 for revision in rows["revision"]]
    _set_status(writing, record_type, rows, deleted_at=writing.at)
    crash_point("row")
    texts = _texts_of(record_type, rows)
    journal_many(writing, record_type, "delete", uids, texts, [None] * len(uids), revisions)
    if not writing.is_pull:
        outbox_rows.put(writing.connection, record_type.id, list(zip(uids, revisions, strict=True)), writing.at)
        outbox_rows.drop_unsent(writing.connection, record_type.id, uids)
    crash_point("outbox")
    search.forget_records(writing.connection, writing.numbers[record_type.id], rows["fid"])


def _raise_up(writing: Writing, record_type: RecordType, rows: dict[str, list[Any]]) -> None:
    uids, revisions = rows["uid"], [revision + 1 for revision in rows["revision"]]
    _set_status(writing, record_type, rows, deleted_at=None)
    crash_point("row")
    texts = _texts_of(record_type, rows)
    journal_many(writing, record_type, "restore", uids, [None] * len(uids), texts, revisions)
    if not writing.is_pull:
        outbox_rows.put(writing.connection, record_type.id, list(zip(uids, revisions, strict=True)), writing.at)
    crash_point("outbox")
    index_texts(writing, record_type, rows["fid"], rows)


def _set_status(
    writing: Writing, record_type: RecordType, rows: dict[str, list[Any]], *, deleted_at: str | None
) -> None:
    state = str(State.ACCEPTED if writing.is_pull else State.DRAFT)
    writing.connection.exec_driver_sql(
        f"UPDATE {quote_name(record_type.id)} SET state = ?, revision = revision + 1, updated_at = ?, "  # noqa: S608
        "updated_by = ?, deleted_at = ? WHERE fid = ?",
        [(state, writing.at, writing.actor, deleted_at, fid) for fid in rows["fid"]],
    )


def _texts_of(record_type: RecordType, rows: dict[str, list[Any]]) -> list[bytes]:
    geometries = blobs.decode_many(rows.get(GEOMETRY_COLUMN, [None] * len(rows["uid"])))
    return content_texts(
        record_type, rows, hex_column(shapely.to_wkb(geometries, byte_order=1, flavor="iso")), len(rows["uid"])
    )


def _fetch_chunk(
    writing: Writing, record_type: RecordType, uids: list[str], expected: list[int] | None, *, deleted: bool
) -> dict[str, list[Any]]:
    """Return the columns of the records ``uids`` in that order."""
    names = ["fid", "uid", "revision", *(field.key for field in record_type.fields), *LINEAGE_KEYS]
    names += [GEOMETRY_COLUMN] if record_type.geometry else []
    found = fetch_rows(
        writing.connection,
        f"SELECT {', '.join(map(quote_name, names))} FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted names)
        "WHERE uid IN (SELECT value FROM json_each(?)) AND (deleted_at IS NOT NULL) = ?",
        (json_text(uids), int(deleted)),
    )
    by_uid = {row[1]: row for row in found}
    for place, uid in enumerate(uids):
        if uid not in by_uid:
            raise UserError("STORE-NO-RECORD", type=record_type.title, uid=uid)
        revision = by_uid[uid][2]
        if expected is not None and revision != expected[place]:
            raise stale_record(writing.connection, record_type, uid, found=revision, expected=expected[place])
    ordered = [by_uid[uid] for uid in uids]
    return dict(zip(names, map(list, zip(*ordered, strict=True)), strict=True))


def fetch_settled(connection: Connection, record_type: RecordType, uids: Sequence[str]) -> list[str]:
    """Return those of these records that somebody has approved or the province has, the first stored first."""
    rows = fetch_rows(
        connection,
        f"SELECT uid FROM {quote_name(record_type.id)} WHERE uid IN (SELECT value FROM json_each(?)) "  # noqa: S608
        "AND (base_revision IS NOT NULL OR state IN (SELECT value FROM json_each(?))) ORDER BY fid",
        (json_text(list(uids)), json_text([str(state) for state in SETTLED])),
    )
    return [uid for (uid,) in rows]


@without_collection()
def set_states(
    writing: Writing, record_type: RecordType, uids: Sequence[str], state: State, expected: Sequence[int] | None
) -> list[str]:
    """Bring records, deleted ones too, into ``state``; return those that were in another."""
    wanted = None if expected is None else dict(zip(uids, expected, strict=True))
    rows = fetch_rows(
        writing.connection,
        f"SELECT fid, uid, state, revision FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted name)
        "WHERE uid IN (SELECT value FROM json_each(?)) ORDER BY fid",
        (json_text(list(uids)),),
    )
    for _, uid, _, revision in rows:
        if wanted is not None and wanted[uid] != revision:
            raise stale_record(writing.connection, record_type, uid, found=revision, expected=wanted[uid])
    if missing := set(uids).difference(row[1] for row in rows):
        raise UserError("STORE-NO-RECORD", type=record_type.title, uid=min(missing))
    moved = [row for row in rows if row[2] != state]
    if not moved:
        return []
    with without_triggers(writing.connection, record_type, len(moved), "update"):
        writing.connection.exec_driver_sql(
            f"UPDATE {quote_name(record_type.id)} SET state = ? "  # noqa: S608 (quoted name)
            "WHERE fid IN (SELECT value FROM json_each(?))",
            (str(state), json_text([row[0] for row in moved])),
        )
    crash_point("row")
    after = _state_text(state)
    texts = {before: _state_text(before) for before in {row[2] for row in moved}}
    befores = [texts[row[2]] for row in moved]
    found = [row[1] for row in moved]
    journal_many(writing, record_type, "state", found, befores, [after] * len(moved), [row[3] for row in moved])
    return found


def _state_text(state: str) -> bytes:
    return json_text({"state": str(state)}).encode()
