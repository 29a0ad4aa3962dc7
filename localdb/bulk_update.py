"""Changes values of very many records at once: the same rows and journal as one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.memory import without_collection
from core.progress import Progress
from forms.content import GEOMETRY, LINEAGE, geometry_to_hex
from forms.model import RecordType
from forms.record import LINEAGE_KEYS, Lineage, State
from localdb import blobs, bulk, outbox_rows, search
from localdb.bulk import journal_many, without_triggers
from localdb.columns import (
    check_geometries,
    from_column,
    lineage_of,
    lineage_values,
    normalise_values,
    title_sorts,
    to_column,
)
from localdb.crash_points import crash_point
from localdb.engine import fetch_rows
from localdb.geometry_columns import index_name, quote_name
from localdb.journal import json_text
from localdb.record_errors import stale_record
from localdb.record_tables import GEOMETRY_COLUMN, TITLE_SORT
from localdb.writing import Writing

Updates = Mapping[str, Mapping[str, Any]]
Shapes = Mapping[str, BaseGeometry]
Lineages = Mapping[str, Lineage]


@dataclass(frozen=True, slots=True)
class _Difference:
    """What changes in one record: its row as it was, what it said of the keys that change, and what it will say.

    ``before`` and ``after`` are as the journal keeps them; ``shape`` and ``lineage`` are the new ones, where those
    change.
    """

    row: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    shape: BaseGeometry | None = None
    lineage: Lineage | None = None


@without_collection()
def update_values(
    writing: Writing,
    record_type: RecordType,
    updates: Updates,
    expected: Mapping[str, int],
    progress: Progress,
    *,
    shapes: Shapes | None = None,
    lineages: Lineages | None = None,
) -> list[str]:
    """Store what differs of ``updates`` (values by uid), and return the records in which something did.

    ``shapes`` and ``lineages`` are new ones by uid, for some of the records of ``updates``. Only for changes made here,
    not for those that come from the province. Raise ``UserError`` STORE-NO-RECORD, STORE-GEOMETRY-KIND, and
    STORE-STALE when a record is at another revision than ``expected``, where one is given.
    """
    shapes, lineages = shapes or {}, lineages or {}
    _check_shapes(record_type, shapes)
    uids, changed = list(updates), []
    with without_triggers(writing.connection, record_type, len(uids), "update") as are_away:
        for start in range(0, len(uids), bulk.CHUNK):
            progress.step(start, len(uids))
            chunk = {uid: updates[uid] for uid in uids[start : start + bulk.CHUNK]}
            differences = _differences(writing, record_type, chunk, expected, shapes, lineages)
            if differences:
                _write(writing, record_type, differences, align=are_away)
            changed += [one.row["uid"] for one in differences]
    progress.step(len(uids), len(uids))
    return changed


def _check_shapes(record_type: RecordType, shapes: Shapes) -> None:
    found = np.empty(len(shapes), dtype=object)
    found[:] = list(shapes.values())
    check_geometries(record_type, found)


def _differences(
    writing: Writing,
    record_type: RecordType,
    updates: Updates,
    expected: Mapping[str, int],
    shapes: Shapes,
    lineages: Lineages,
) -> list[_Difference]:
    keys = list(dict.fromkeys(key for values in updates.values() for key in values))
    names = ["fid", "uid", "revision", *keys, *record_type.title_fields, *_searched(record_type)]
    names += [GEOMETRY_COLUMN] if any(uid in shapes for uid in updates) else []
    names += LINEAGE_KEYS if any(uid in lineages for uid in updates) else []
    names = list(dict.fromkeys(names))
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
            raise stale_record(writing.connection, record_type, uid, found=row["revision"], expected=wanted)
        old = {key: from_column(record_type.field(key), row[key]) for key in values}
        new = normalise_values(record_type, values)
        differing = [key for key in new if old[key] != new[key]]
        before, after = {key: old[key] for key in differing}, {key: new[key] for key in differing}
        shape = _new_shape(row, shapes.get(uid), before, after)
        lineage = _new_lineage(row, lineages.get(uid), before, after)
        if after:
            found.append(_Difference(row, before, after, shape, lineage))
    return found


def _new_shape(
    row: Mapping[str, Any], shape: BaseGeometry | None, before: dict[str, Any], after: dict[str, Any]
) -> BaseGeometry | None:
    """Note a shape that differs from the stored one in ``before`` and ``after``, and return it."""
    if shape is None:
        return None
    old, new = geometry_to_hex(blobs.decode(row[GEOMETRY_COLUMN])[0]), geometry_to_hex(shape)
    if old == new:
        return None
    before[GEOMETRY], after[GEOMETRY] = old, new
    return shape


def _new_lineage(
    row: Mapping[str, Any], lineage: Lineage | None, before: dict[str, Any], after: dict[str, Any]
) -> Lineage | None:
    """Note a lineage that differs from the stored one in ``before`` and ``after``, and return it."""
    if lineage is None:
        return None
    old, new = lineage_of([row[key] for key in LINEAGE_KEYS]).as_dict(), lineage.as_dict()
    if json_text(old) == json_text(new):
        return None
    before[LINEAGE], after[LINEAGE] = old, new
    return lineage


def _write(writing: Writing, record_type: RecordType, differences: Sequence[_Difference], *, align: bool) -> None:
    keys = list(dict.fromkeys(key for one in differences for key in one.after if key not in (GEOMETRY, LINEAGE)))
    fields = {key: record_type.field(key) for key in keys}
    rows = [
        {**one.row, **{key: to_column(fields[key], value) for key, value in one.after.items() if key in fields}}
        for one in differences
    ]
    sorts = title_sorts([[row[key] for row in rows] for key in record_type.title_fields], len(rows))
    assigned = "".join(f"{quote_name(key)} = ?, " for key in keys)
    writing.connection.exec_driver_sql(
        f"UPDATE {quote_name(record_type.id)} SET {assigned}{quote_name(TITLE_SORT)} = ?, state = ?, "  # noqa: S608
        "revision = revision + 1, updated_at = ?, updated_by = ? WHERE fid = ?",
        [
            (*(row[key] for key in keys), sort, str(State.DRAFT), writing.at, writing.actor, row["fid"])
            for row, sort in zip(rows, sorts, strict=True)
        ],
    )
    _write_lineages(writing, record_type, [one for one in differences if one.lineage is not None])
    _write_shapes(writing, record_type, [one for one in differences if one.shape is not None], align=align)
    crash_point("row")
    uids, revisions = [row["uid"] for row in rows], [row["revision"] + 1 for row in rows]
    befores = [json_text(one.before).encode() for one in differences]
    afters = [json_text(one.after).encode() for one in differences]
    journal_many(writing, record_type, "update", uids, befores, afters, revisions)
    outbox_rows.put(writing.connection, record_type.id, list(zip(uids, revisions, strict=True)), writing.at)
    crash_point("outbox")
    _index_texts(writing, record_type, keys, rows)


def _write_lineages(writing: Writing, record_type: RecordType, differences: Sequence[_Difference]) -> None:
    assigned = ", ".join(f"{quote_name(key)} = ?" for key in LINEAGE_KEYS)
    rows = [(*lineage_values(one.lineage), one.row["fid"]) for one in differences if one.lineage is not None]
    if rows:
        sql = f"UPDATE {quote_name(record_type.id)} SET {assigned} WHERE fid = ?"  # noqa: S608 (quoted names)
        writing.connection.exec_driver_sql(sql, rows)


def _write_shapes(
    writing: Writing, record_type: RecordType, differences: Sequence[_Difference], *, align: bool
) -> None:
    """Store new shapes; ``align`` says that no trigger brings the R*Tree after them."""
    if not differences:
        return
    fids, shapes = [one.row["fid"] for one in differences], np.empty(len(differences), dtype=object)
    shapes[:] = [one.shape for one in differences]
    encoded = blobs.encode_many(shapes, writing.srid, wkb=shapely.to_wkb(shapes, byte_order=1, flavor="iso"))
    sql = f"UPDATE {quote_name(record_type.id)} SET {GEOMETRY_COLUMN} = ? WHERE fid = ?"  # noqa: S608 (quoted name)
    writing.connection.exec_driver_sql(sql, list(zip(encoded, fids, strict=True)))
    if align:
        index = quote_name(index_name(record_type.id, GEOMETRY_COLUMN))
        writing.connection.exec_driver_sql(f"DELETE FROM {index} WHERE pkid = ?", [(fid,) for fid in fids])  # noqa: S608
        bulk.index_boxes(writing.connection, record_type, fids, shapely.bounds(shapes))


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
