"""Looks at every byte of the files kept in the store, and notes which are no longer what was attached."""

from collections.abc import Collection

from sqlalchemy import Connection

from core.errors import AppError
from core.progress import SILENT, Progress
from localdb.contents import read_content
from localdb.engine import fetch_rows
from localdb.journal import json_text
from localdb.workspace import Workspace


def verify_contents(workspace: Workspace, hashes: Collection[str] | None = None, progress: Progress = SILENT) -> int:
    """Hash every whole content anew (or those given), note which are damaged, and return how many; reads them all."""
    with workspace.reading() as connection:
        where = "" if hashes is None else "AND sha256 IN (SELECT value FROM json_each(?))"
        given = () if hashes is None else (json_text(list(hashes)),)
        sql = f"SELECT sha256, bytes, is_damaged FROM contents WHERE stored_bytes = bytes {where}"  # noqa: S608
        rows = fetch_rows(connection, sql, given)
    total, done = sum(row[1] for row in rows), 0
    found: dict[str, bool] = {}
    for sha256, size, was_damaged in rows:
        progress.step(done, total)
        with workspace.reading() as connection:
            if (is_damaged := not _is_sound(connection, sha256)) != bool(was_damaged):
                found[sha256] = is_damaged
        done += size
    progress.step(total, total)
    if found and not workspace.store.read_only:
        with workspace.store.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE contents SET is_damaged = ? WHERE sha256 = ?", [(int(bad), key) for key, bad in found.items()]
            )
    return sum(found.get(sha256, bool(was)) for sha256, _, was in rows)


def _is_sound(connection: Connection, sha256: str) -> bool:
    try:
        for _ in read_content(connection, sha256):
            pass
    except AppError:
        return False
    return True
