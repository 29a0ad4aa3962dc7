"""The catalogue packs of a workspace: which were loaded, by whom, and the texts they brought."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from forms.sources import Sources
from localdb.engine import fetch_rows

_FOLDERS = ("definitions", "choices", "rules", "profiles", "tolerances")


@dataclass(frozen=True, slots=True)
class StoredPack:
    """A pack as the workspace keeps it; ``header`` is what it said of itself when it was read and its key trusted."""

    pack_id: str
    version: int
    hash: str
    header: Mapping[str, Any]
    loaded_at: str
    loaded_by: str
    sources: Sources


def has_packs(connection: Connection) -> bool:
    """Whether this store can hold packs; one that an earlier program made cannot yet."""
    return bool(fetch_rows(connection, "SELECT 1 FROM sqlite_master WHERE name = 'pack_files'"))


def fetch_packs(connection: Connection) -> list[StoredPack]:
    """Return the packs in the order in which they lie over each other, the lowest first."""
    if not has_packs(connection):
        return []
    rows = fetch_rows(
        connection,
        "SELECT pack_id, version, hash, header, loaded_at, loaded_by FROM catalogue_packs ORDER BY place",
    )
    return [
        StoredPack(pack_id, version, digest, json.loads(header), at, by, _fetch_sources(connection, pack_id))
        for pack_id, version, digest, header, at, by in rows
    ]


def fetch_versions(connection: Connection) -> dict[str, int]:
    """Return the version of each pack by its id; their texts are not read."""
    if not has_packs(connection):
        return {}
    return dict(fetch_rows(connection, "SELECT pack_id, version FROM catalogue_packs"))


def _fetch_sources(connection: Connection, pack_id: str) -> Sources:
    found: dict[str, dict[str, bytes]] = {folder: {} for folder in _FOLDERS}
    sql = "SELECT folder, name, data FROM pack_files WHERE pack_id = ? ORDER BY folder, name"
    for folder, name, data in fetch_rows(connection, sql, (pack_id,)):
        found[folder][name] = bytes(data)
    return Sources(**found)


def store_pack(connection: Connection, pack: StoredPack) -> None:
    """Keep a pack: a later version in the place of the earlier one, a new pack on top of the others."""
    place = fetch_rows(connection, "SELECT place FROM catalogue_packs WHERE pack_id = ?", (pack.pack_id,))
    above = place or fetch_rows(connection, "SELECT coalesce(max(place), 0) + 1 FROM catalogue_packs")
    forget_pack(connection, pack.pack_id)
    connection.exec_driver_sql(
        "INSERT INTO catalogue_packs(pack_id, place, version, hash, header, loaded_at, loaded_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            pack.pack_id,
            above[0][0],
            pack.version,
            pack.hash,
            json.dumps(dict(pack.header), ensure_ascii=False, sort_keys=True),
            pack.loaded_at,
            pack.loaded_by,
        ),
    )
    files = [
        (pack.pack_id, folder, name, data)
        for folder in _FOLDERS
        for name, data in getattr(pack.sources, folder).items()
    ]
    connection.exec_driver_sql("INSERT INTO pack_files(pack_id, folder, name, data) VALUES (?, ?, ?, ?)", files)


def forget_pack(connection: Connection, pack_id: str) -> None:
    """Remove a pack; the records made with it stay as they are."""
    connection.exec_driver_sql("DELETE FROM pack_files WHERE pack_id = ?", (pack_id,))
    connection.exec_driver_sql("DELETE FROM catalogue_packs WHERE pack_id = ?", (pack_id,))
