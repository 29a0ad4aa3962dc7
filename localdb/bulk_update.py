"""Changes values of very many records at once: the same rows and journal as one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.memory import without_collection
from core.progress import Progress
from forms.model import RecordType
from forms.record import State
from localdb import bulk, outbox_rows, search
from localdb.bulk import journal_many, without_triggers
from localdb.columns import from_column, normalise_values, title_sort, to_column
from localdb.crash_points import crash_point
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from localdb.tables import TITLE_SORT
from localdb.writing import Writing

Updates = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Difference:
    """What changes in one record: its row as it was, what it said of the keys that change, and what it will say."""

    row: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


@without_collection()
def update_values(
    writing: Writing, record_type: RecordType, updates: Updates, expected: Mapping[str, int], progress: Progress
) -> list[str]:
    """Store what differs of ``updates`` (values by uid), and return the records in which something did.

    Only for changes made here, not for those that come from the province. Raise ``UserError`` STORE-NO-RECORD, and
    STORE-STALE when a record is at another revision than ``expected``, where one is given.
    """
    uids, changed = list(updates), []
    with without_triggers(writing.connection, record_type, len(uids), "update"):
        for start in range(0, len(uids), bulk.CHUNK):
            progress.step(start, len(uids))
            chunk = {uid: updates[uid] for uid in uids[start : start + bulk.CHUNK]}
            differences = _differences(writing, record_type, chunk, expected)
            if differences:
                _write(writing, record_type, differences)
            changed += [one.row["uid"] for one in differences]
    progress.step(len(uids), len(uids))
    return changed


def _differences(
    writing: Writing, record_type: RecordType, updates: Updates, expected: Mapping[str, int]
) -> list[_Difference]:
    keys = list(dict.fromkeys(key for values in updates.values() for key in values))
    names = list(dict.fromkeys(["fid", "uid", "revision", *keys, *record_type.title_fields, *_searched(record_type)]))
    rows = fetch_rows(
        writing.connection,
        f"SELECT {', '.join(map(quote_name, names))} FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted names)
        "WHERE uid IN (SELECT value FROM json_each(?)) AND deleted_at IS NULL",
        (json_text(list(updates)),),
    )
    by_uid = {row[1]: dict(zip(names, row, strict=True)) for row in rows}
    found = []
    for uid, values in updates.items():
        row = by_uid.get(uid)
        if row is None:
            raise UserError("STORE-NO-RECORD", type=record_type.title, uid=uid)
        if row["revision"] != (wanted := expected.get(uid, row["revision"])):
            raise UserError("STORE-STALE", type=record_type.title, uid=uid, found=row["revision"], expected=wanted)
        old = {key: from_column(record_type.field(key), row[key]) for key in values}
        new = normalise_values(record_type, values)
        differing = [key for key in new if old[key] != new[key]]
        if differing:
            found.append(_Difference(row, {key: old[key] for key in differing}, {key: new[key] for key in differing}))
    return found


def _write(writing: Writing, record_type: RecordType, differences: Sequence[_Difference]) -> None:
    keys = list(dict.fromkeys(key for one in differences for key in one.after))
    fields = {key: record_type.field(key) for key in keys}
    rows = [
        {**one.row, **{key: to_column(fields[key], value) for key, value in one.after.items()}} for one in differences
    ]
    sorts = [title_sort(row[key] for key in record_type.title_fields) for row in rows]
    assigned = ", ".join(f"{quote_name(key)} = ?" for key in keys)
    writing.connection.exec_driver_sql(
        f"UPDATE {quote_name(record_type.id)} SET {assigned}, {quote_name(TITLE_SORT)} = ?, state = ?, "  # noqa: S608
        "revision = revision + 1, updated_at = ?, updated_by = ? WHERE fid = ?",
        [
            (*(row[key] for key in keys), sort, str(State.DRAFT), writing.at, writing.actor, row["fid"])
            for row, sort in zip(rows, sorts, strict=True)
        ],
    )
    crash_point("row")
    uids, revisions = [row["uid"] for row in rows], [row["revision"] + 1 for row in rows]
    befores = [json_text(one.before) for one in differences]
    journal_many(
        writing, record_type, "update", uids, befores, [json_text(one.after) for one in differences], revisions
    )
    outbox_rows.put(writing.connection, record_type.id, list(zip(uids, revisions, strict=True)), writing.at)
    crash_point("outbox")
    _index_texts(writing, record_type, keys, rows)


def _index_texts(
    writing: Writing, record_type: RecordType, keys: Sequence[str], rows: Sequence[dict[str, Any]]
) -> None:
    searched = _searched(record_type)
    if set(keys).isdisjoint(searched):
        return
    number, fids = writing.numbers[record_type.id], [row["fid"] for row in rows]
    search.forget_records(writing.connection, number, fids)
    bulk.index_texts(writing, record_type, fids, {key: [row[key] for row in rows] for key in searched})


def _searched(record_type: RecordType) -> list[str]:
    return [key for keys in search.searched_fields(record_type) for key in keys]
