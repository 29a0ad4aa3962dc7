"""The store as the engine asks it which records relate to others."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from forms.record import State
from localdb import findings, records
from localdb.engine import Connection, fetch_rows
from localdb.geometry_columns import quote_name
from localdb.journal import json_text
from services.check_keys import SharedKeys
from services.desk import Desk
from validation.batch import Batch
from validation.reach import Bounds, Uids
from validation.reads import UID, Same

MANY_BOXES = 200
FILE_HASH = "file_sha256"


class StoredNeighbours:
    """What ``validation.reach`` needs to know of the records, through one connection.

    ``keys`` is kept from check to check.
    """

    def __init__(self, desk: Desk, connection: Connection, keys: SharedKeys) -> None:
        self._desk = desk
        self._connection = connection
        self._keys = keys
        self._batches: dict[tuple[str, Uids | None], Batch] = {}

    def near(self, type_id: str, boxes: Iterable[Bounds], distance_m: float) -> Uids:
        """Return the records whose boxes lie within a distance of any of ``boxes``, of very many of all together."""
        found: set[str] = set()
        asked = np.asarray(list(boxes), dtype=np.float64).reshape(-1, 4)
        if len(asked) > MANY_BOXES:
            asked = np.concatenate([asked[:, :2].min(axis=0), asked[:, 2:].max(axis=0)])[None]
        for west, south, east, north in asked.tolist():
            box = (west - distance_m, south - distance_m, east + distance_m, north + distance_m)
            found.update(records.fetch_within(self._connection, self._desk.catalogue.type(type_id), box))
        return Uids(found)

    def linked(self, type_id: str, key: str, values: Iterable[Any]) -> Uids:
        """Return the records whose field ``key`` holds one of ``values``."""
        wanted = sorted(values)
        if key == UID or not wanted:
            return Uids(wanted)
        if all(item.key != key for item in self._desk.catalogue.type(type_id).fields):
            return Uids()
        sql = (
            f"SELECT uid FROM {quote_name(type_id)} WHERE deleted_at IS NULL "  # noqa: S608 (quoted names)
            f"AND {quote_name(key)} IN (SELECT value FROM json_each(?))"
        )
        return Uids(uid for (uid,) in fetch_rows(self._connection, sql, (json_text(wanted),)))

    def same(self, type_id: str, sort: Same, keys: Iterable[Any]) -> Uids:
        """Return the records that have one of ``keys``."""
        wanted = list(keys)
        record_type = self._desk.catalogue.type(type_id)
        return Uids(self._keys.find(self._connection, record_type, sort, wanted)) if wanted else Uids()

    def any_but(self, type_id: str, uids: Uids) -> str | None:
        """Return a standing record that is none of ``uids``, ``None`` when there is no other."""
        sql = (
            f"SELECT uid FROM {quote_name(type_id)} WHERE deleted_at IS NULL AND state <> ? "  # noqa: S608 (quoted name)
            "AND uid NOT IN (SELECT value FROM json_each(?)) LIMIT 1"
        )
        rows = fetch_rows(self._connection, sql, (str(State.CANCELLED), json_text(sorted(uids))))
        return rows[0][0] if rows else None

    def greatest(self, type_id: str, key: str) -> float:
        """Return the greatest number in a field, 0 when there is none."""
        sql = f"SELECT max({quote_name(key)}) FROM {quote_name(type_id)} WHERE deleted_at IS NULL"  # noqa: S608
        [(found,)] = fetch_rows(self._connection, sql)
        return float(found) if isinstance(found, int | float) else 0.0

    def with_files(self, type_id: str) -> Uids:
        """Return the records that name a file."""
        fields = self._desk.catalogue.type(type_id).fields
        keys = [item.key for item in fields if item.type == "files" or item.key == FILE_HASH]
        if not keys:
            return Uids()
        named = " OR ".join(f"{quote_name(key)} IS NOT NULL" for key in keys)
        sql = f"SELECT uid FROM {quote_name(type_id)} WHERE deleted_at IS NULL AND ({named})"  # noqa: S608 (quoted names)
        return Uids(uid for (uid,) in fetch_rows(self._connection, sql))

    def has_sources(self, type_id: str, several: int) -> bool:
        """Whether a file may have brought ``several`` records of the type, and others as many."""
        files = self._keys.files(self._connection, self._desk.catalogue.type(type_id))
        total = files.total()
        return any(name and several <= count <= total - several for name, count in files.items())

    def has_findings(self, rule_id: str, type_id: str, uids: Uids | None) -> bool:
        """Whether the rule has found something, in the last check, in any of these records; ``None`` for any at all."""
        return findings.has_findings(self._connection, rule_id, type_id, uids)

    def batch(self, type_id: str, uids: Uids | None) -> Batch:
        """Return standing records in the order in which they came; ``None`` for all of the type."""
        if (type_id, uids) not in self._batches:
            record_type = self._desk.catalogue.type(type_id)
            found = records.fetch_batch(self._connection, record_type, None if uids is None else sorted(uids))
            self._batches[type_id, uids] = found.standing()
        return self._batches[type_id, uids]
