"""What is typed and not stored yet: outside the journal, never sent, gone once the record is stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from forms.content import geometry_from_hex, geometry_to_hex
from localdb.engine import fetch_rows
from localdb.journal import json_text

_COLUMNS = "key, type_id, uid, revision, texts, held_values, geometry, capture_method, saved_at"


@dataclass(frozen=True, slots=True)
class Draft:
    """One form's unfinished state.

    ``key`` is the record's ``uid``, or ``new:`` and more for one that has no row yet; ``revision`` the record's on
    which it was typed. ``texts`` are the fields as typed, ``values`` what goes with them.
    """

    key: str
    type_id: str
    uid: str | None
    revision: int
    texts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    capture_method: str | None = None
    saved_at: str = ""


def put_draft(connection: Connection, draft: Draft) -> None:
    """Keep a draft, in the place of the one under the same key."""
    connection.exec_driver_sql(
        f"INSERT OR REPLACE INTO drafts({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constant)
        (
            draft.key,
            draft.type_id,
            draft.uid,
            draft.revision,
            json_text(dict(draft.texts)),
            json_text(dict(draft.values)),
            geometry_to_hex(draft.geometry),
            draft.capture_method,
            draft.saved_at,
        ),
    )


def fetch_drafts(connection: Connection) -> list[Draft]:
    """Return every draft, the latest first."""
    rows = fetch_rows(connection, f"SELECT {_COLUMNS} FROM drafts ORDER BY saved_at DESC, key")  # noqa: S608 (constant)
    return [
        Draft(key, type_id, uid, revision, json.loads(texts), json.loads(held), geometry_from_hex(shape), capture, at)
        for key, type_id, uid, revision, texts, held, shape, capture, at in rows
    ]


def drop_draft(connection: Connection, key: str) -> None:
    """Forget the draft under a key; none there is no error."""
    connection.exec_driver_sql("DELETE FROM drafts WHERE key = ?", (key,))
