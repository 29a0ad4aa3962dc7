"""The errors about one record, which name it as people know it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from core.errors import UserError
from core.messages import LANGUAGES
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.titles import record_title
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name

_CODES = ("local_code", "official_id")


def stale_record(
    connection: Connection, record_type: RecordType, uid: str, *, found: int, expected: int | None
) -> UserError:
    """Return STORE-STALE for a record that is at revision ``found`` and was thought to be at ``expected``."""
    name = _titles(connection, record_type, uid) or uid
    return UserError("STORE-STALE", type=record_type.title, uid=uid, name=name, found=found, expected=expected)


def unknown_record(connection: Connection, catalogue: Catalogue, uid: str) -> UserError:
    """Return RECORD-UNKNOWN for a record that is not there; one that was deleted is called as it was called."""
    titles = (_titles(connection, record_type, uid) for record_type in catalogue.types.values())
    return UserError("RECORD-UNKNOWN", uid=uid, name=next(filter(None, titles), uid))


def _titles(connection: Connection, record_type: RecordType, uid: str) -> Mapping[str, str] | None:
    """Return what a record is called, deleted or not, by language; ``None`` when there never was one."""
    keys = {item.key for item in record_type.fields}
    wanted = [key for key in dict.fromkeys((*record_type.title_fields, *_CODES)) if key in keys]
    columns = ", ".join(map(quote_name, ["uid", *wanted]))
    sql = f"SELECT {columns} FROM {quote_name(record_type.id)} WHERE uid = ?"  # noqa: S608 (quoted names)
    rows = fetch_rows(connection, sql, (uid,))
    if not rows:
        return None
    values: dict[str, Any] = dict(zip(wanted, rows[0][1:], strict=True))
    return {language: record_title(record_type, values, language) for language in LANGUAGES}
