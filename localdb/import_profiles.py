"""How files with the same columns were understood: kept for the next one, outside the journal, never sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from localdb.engine import fetch_rows

_COLUMNS = "signature, type_id, source, content, saved_at, saved_by"


@dataclass(frozen=True, slots=True)
class ImportProfile:
    """What was decided for files of one set of columns that become one type.

    ``mapping`` is field to column, ``values`` by field the folded text of a cell to the code it means (``None``: leave
    the field empty). ``source`` is the file that it was decided for, ``columns`` are all of its columns, none where an
    earlier program kept the profile.
    """

    signature: str
    type_id: str
    source: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    saved_at: str = ""
    saved_by: str = ""
    columns: tuple[str, ...] = ()


def put_profile(connection: Connection, profile: ImportProfile) -> None:
    """Keep a profile, in the place of the one for the same columns and type."""
    values = {key: dict(one) for key, one in profile.values.items()}
    content = {"mapping": dict(profile.mapping), "values": values, "columns": list(profile.columns)}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    connection.exec_driver_sql(
        f"INSERT OR REPLACE INTO import_profiles({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 (constant)
        (profile.signature, profile.type_id, profile.source, text, profile.saved_at, profile.saved_by),
    )


def fetch_profile(connection: Connection, signature: str, type_id: str) -> ImportProfile | None:
    """Return what was decided for files of these columns, ``None`` when nothing was."""
    found = _fetch(connection, "WHERE signature = ? AND type_id = ?", (signature, type_id))
    return found[0] if found else None


def fetch_profiles(connection: Connection) -> list[ImportProfile]:
    """Return every profile, the latest first."""
    return _fetch(connection, "ORDER BY saved_at DESC, signature", ())


def drop_profile(connection: Connection, signature: str, type_id: str) -> bool:
    """Forget a profile; return whether there was one."""
    sql = "DELETE FROM import_profiles WHERE signature = ? AND type_id = ?"
    return connection.exec_driver_sql(sql, (signature, type_id)).rowcount > 0


def _fetch(connection: Connection, where: str, parameters: tuple[str, ...]) -> list[ImportProfile]:
    rows = fetch_rows(connection, f"SELECT {_COLUMNS} FROM import_profiles {where}", parameters)  # noqa: S608
    found = []
    for signature, type_id, source, text, at, by in rows:
        content = json.loads(text)
        columns = tuple(content.get("columns", ()))
        found.append(ImportProfile(signature, type_id, source, content["mapping"], content["values"], at, by, columns))
    return found
