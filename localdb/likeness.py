"""Finds the records that may be the same object as one at hand, without reading all the others."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from core.text import fold_text
from forms.identity import LOCAL_CODE
from forms.model import RecordType, ReferenceField, TextField
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from localdb.search import rowid_range

AT_MOST = 500
_WORD = re.compile(r"[^\W_]+")


def uids_alike(connection: Connection, record_type: RecordType, number: int, values: Mapping[str, Any]) -> list[str]:
    """Return the records of a type with the same local code, or the same text in the fields that tell objects apart.

    Found by the search index, or by that of a reference where the type's identity has no text: they are candidates,
    for a rule to compare. ``number`` is the type's number in this store.
    """
    found: dict[str, None] = {}
    code = values.get(LOCAL_CODE)
    if isinstance(code, str):
        found.update(dict.fromkeys(_uids_saying(connection, record_type, number, [code])))
    fields = [record_type.field(key) for key in record_type.identity]
    if not fields or any(values.get(field.key) is None for field in fields):
        return list(found)
    texts = [str(values[field.key]) for field in fields if isinstance(field, TextField) and field.search]
    if texts:
        found.update(dict.fromkeys(_uids_saying(connection, record_type, number, texts)))
    else:
        references = [field.key for field in fields if isinstance(field, ReferenceField)]
        found.update(dict.fromkeys(_uids_naming(connection, record_type, references, values)))
    return list(found)


def fetch_holders(connection: Connection, record_type: RecordType, number: int, code: str) -> list[str]:
    """Return the uids of the records of a type with this local code, case aside, in the order they came."""
    uids = _uids_saying(connection, record_type, number, [code])
    sql = (
        f"SELECT uid, {LOCAL_CODE} FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted name)
        "WHERE uid IN (SELECT value FROM json_each(?)) ORDER BY fid"
    )
    found = fetch_rows(connection, sql, (json_text(uids),))
    return [uid for uid, written in found if written is not None and written.casefold() == code.casefold()]


def _uids_saying(connection: Connection, record_type: RecordType, number: int, texts: Iterable[str]) -> list[str]:
    """Return the records in whose searched text each of ``texts`` stands, its words side by side."""
    phrases = ['"' + " ".join(words) + '"' for text in texts if (words := _WORD.findall(fold_text(text)))]
    if not phrases:
        return []
    first, last = rowid_range(number)
    rows = fetch_rows(
        connection,
        "SELECT rowid FROM record_search WHERE record_search MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?",
        (f"{{title body}} : ({' '.join(phrases)})", first, last, AT_MOST),
    )
    sql = (
        f"SELECT uid FROM {quote_name(record_type.id)} WHERE deleted_at IS NULL "  # noqa: S608 (quoted name)
        "AND fid IN (SELECT value FROM json_each(?)) ORDER BY fid"
    )
    return [uid for (uid,) in fetch_rows(connection, sql, (json_text([row - first for (row,) in rows]),))]


def _uids_naming(
    connection: Connection, record_type: RecordType, keys: Iterable[str], values: Mapping[str, Any]
) -> list[str]:
    for key in keys:
        sql = (
            f"SELECT uid FROM {quote_name(record_type.id)} "  # noqa: S608 (quoted names)
            f"WHERE deleted_at IS NULL AND {quote_name(key)} = ? LIMIT ?"
        )
        return [uid for (uid,) in fetch_rows(connection, sql, (values[key], AT_MOST))]
    return []
