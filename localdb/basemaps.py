"""The workspace's base maps: which files, where they lie, how they are shown; nothing of it is a record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from localdb.engine import fetch_rows
from localdb.journal import json_text

_COLUMNS = (
    "basemap_id, title, file, fingerprint, facts, system, placement, control, "
    "is_shown, is_above, opacity, added_at, position"
)


@dataclass(frozen=True, slots=True)
class StoredBasemap:
    """One base map's row; ``file`` is a name in the folder ``basemaps`` or an absolute path.

    ``facts`` are what the reader found in the file, ``system`` and ``placement`` where a single picture lies, or
    ``control`` by which points a scanned sheet was laid onto the ground.
    """

    basemap_id: str
    title: str
    file: str
    fingerprint: str
    facts: Mapping[str, Any]
    system: str | None
    placement: Sequence[float] | None
    control: Mapping[str, Any] | None
    is_shown: bool
    is_above: bool
    opacity: float
    added_at: str


def fetch_basemaps(connection: Connection) -> list[StoredBasemap]:
    """Return the base maps, bottom first."""
    rows = fetch_rows(connection, f"SELECT {_COLUMNS} FROM basemaps ORDER BY position, basemap_id")  # noqa: S608 (constant)
    return [
        StoredBasemap(
            key,
            title,
            file,
            fingerprint,
            json.loads(facts),
            system,
            None if placement is None else json.loads(placement),
            None if control is None else json.loads(control),
            bool(shown),
            bool(above),
            float(opacity),
            at,
        )
        for key, title, file, fingerprint, facts, system, placement, control, shown, above, opacity, at, _ in rows
    ]


def store_basemaps(connection: Connection, basemaps: Sequence[StoredBasemap]) -> None:
    """Store the base maps, bottom first, in the place of those that were there."""
    connection.exec_driver_sql("DELETE FROM basemaps")
    for position, item in enumerate(basemaps):
        connection.exec_driver_sql(
            f"INSERT INTO basemaps({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constant)
            (
                item.basemap_id,
                item.title,
                item.file,
                item.fingerprint,
                json_text(dict(item.facts)),
                item.system,
                None if item.placement is None else json.dumps(list(item.placement)),
                None if item.control is None else json_text(dict(item.control)),
                int(item.is_shown),
                int(item.is_above),
                item.opacity,
                item.added_at,
                position,
            ),
        )
