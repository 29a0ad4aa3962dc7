"""Files kept in the store: each content once, under its SHA-256, in pieces so that other writes come between."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import Any, BinaryIO

from sqlalchemy import Connection

from core.errors import AppError, EnvironmentFault, UserError
from core.progress import SILENT, Progress
from localdb.crash_points import crash_point
from localdb.engine import fetch_rows
from localdb.faults import store_full
from localdb.journal import json_text
from localdb.workspace import Workspace

CHUNK_BYTES = 1 << 20
BATCH_CHUNKS = 8  # in one transaction: an edit waits for no more than this
_SPARE_BYTES = 32 << 20  # left free on the disk
_COLUMNS = "sha256, bytes, mime, stored_bytes, added_at, is_damaged, province_at"


@dataclass(frozen=True, slots=True)
class ContentState:
    """What the store knows of one content.

    All of it is here, verified, when ``stored_bytes`` equals ``bytes``; ``is_damaged`` once a later look found other
    bytes. ``province_at`` is when the province was known to have it, ``None`` before.
    """

    sha256: str
    bytes: int
    mime: str
    stored_bytes: int
    added_at: str
    is_damaged: bool
    province_at: str | None

    @property
    def is_here(self) -> bool:
        """Whether as many bytes are here as there should be."""
        return self.stored_bytes == self.bytes

    @property
    def is_whole(self) -> bool:
        """Whether every byte is here, and none is another, as far as anybody has looked."""
        return self.is_here and not self.is_damaged


def content_state(connection: Connection, sha256: str) -> ContentState | None:
    """Return what the store knows of a content, ``None`` when it never heard of it."""
    return content_states(connection, [sha256]).get(sha256)


def content_states(connection: Connection, hashes: Iterable[str]) -> dict[str, ContentState]:
    """Return what the store knows of some contents, by hash; those it never heard of are left out."""
    sql = f"SELECT {_COLUMNS} FROM contents WHERE sha256 IN (SELECT value FROM json_each(?))"  # noqa: S608 (constant)
    rows = fetch_rows(connection, sql, (json_text(list(hashes)),))
    return {
        sha256: ContentState(sha256, size, mime, stored, added_at, bool(is_damaged), province_at)
        for sha256, size, mime, stored, added_at, is_damaged, province_at in rows
    }


def picture_states(connection: Connection, hashes: Iterable[str]) -> dict[str, tuple[int | None, bool]]:
    """Return pixels, and whether the picture ends too soon, of the contents that have been looked into, by hash."""
    sql = (
        "SELECT sha256, json_extract(facts, '$.width') * json_extract(facts, '$.height'), "
        "coalesce(json_extract(facts, '$.notes'), '') LIKE '%IMAGE-CUT-SHORT%' FROM contents "
        "WHERE facts IS NOT NULL AND sha256 IN (SELECT value FROM json_each(?))"
    )
    rows = fetch_rows(connection, sql, (json_text(list(hashes)),))
    return {sha256: (pixels, bool(is_broken)) for sha256, pixels, is_broken in rows}


def store_content(
    workspace: Workspace, path: Path, *, sha256: str, mime: str, now: str, progress: Progress = SILENT
) -> None:
    """Store the file at ``path``, whose SHA-256 is ``sha256``, unless the store has it.

    It goes in by pieces, each in a transaction of its own; what a killed program stored is taken up again. Progress is
    in bytes. Raise ``UserError`` CONTENT-CHANGED when the bytes are not those of ``sha256``, CONTENT-EMPTY,
    CONTENT-UNREADABLE, ``EnvironmentFault`` STORE-FULL (and leave nothing of it behind), STORE-READONLY.
    """
    try:
        with path.open("rb") as file:
            _store(_Arrival(workspace, file, path, sha256, mime, now, progress))
    except OSError as error:
        raise UserError("CONTENT-UNREADABLE", file=path.name, reason=error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A file on its way into the store."""

    workspace: Workspace
    file: BinaryIO
    path: Path
    sha256: str
    mime: str
    now: str
    progress: Progress


class _AgainError(Exception):
    """What the store holds is not what it was a moment ago: another thread stores or drops the same content."""


def _store(arrival: _Arrival) -> None:
    size = arrival.path.stat().st_size
    if size == 0:
        raise UserError("CONTENT-EMPTY", file=arrival.path.name)
    while True:
        with arrival.workspace.reading() as connection:
            known = content_state(connection, arrival.sha256)
        if known is not None and known.is_whole:
            arrival.progress.step(size, size)
            return
        _refuse_without_room(arrival, size - (known.stored_bytes if known else 0))
        begun = _begin(arrival, size, known)
        try:
            _store_pieces(arrival, size, begun)
        except _AgainError:
            continue
        except EnvironmentFault as error:
            if error.code == "STORE-FULL":
                with suppress(AppError):
                    drop_content(arrival.workspace, arrival.sha256)
            raise
        return


def _refuse_without_room(arrival: _Arrival, wanted: int) -> None:
    """Raise STORE-FULL while there still is room for giving the pieces up, and for the edits that follow."""
    folder = arrival.workspace.store.path.parent
    if disk_usage(folder).free < wanted + _SPARE_BYTES:
        raise store_full(arrival.workspace.store.path)


def _begin(arrival: _Arrival, size: int, known: ContentState | None) -> int:
    """Note that the content is coming and return how many bytes of it are here; damaged ones are stored anew."""
    stored = 0 if known is None or known.is_damaged or known.bytes != size else known.stored_bytes
    if known is not None and stored == 0:
        drop_content(arrival.workspace, arrival.sha256, keep_row=True)
    with arrival.workspace.store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO contents(sha256, bytes, mime, stored_bytes, added_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT(sha256) DO UPDATE SET bytes = excluded.bytes, mime = excluded.mime, is_damaged = 0",
            (arrival.sha256, size, arrival.mime, 0, arrival.now),
        )
    return stored


def _store_pieces(arrival: _Arrival, size: int, stored: int) -> None:
    """Read the file from its start: hold what is stored already against it, store the rest.

    The last piece is written only once the hash of all of them is right.
    """
    digest, done = hashlib.sha256(), 0
    arrival.file.seek(0)
    while True:
        arrival.progress.step(done, size)
        pieces = list(_read_pieces(arrival.file, stored - done if done < stored else None))
        for piece in pieces:
            digest.update(piece)
        length = sum(map(len, pieces))
        is_last = done + length >= size or not pieces
        if is_last and (done + length != size or arrival.file.read(1) or digest.hexdigest() != arrival.sha256):
            drop_content(arrival.workspace, arrival.sha256)
            raise UserError("CONTENT-CHANGED", file=arrival.path.name)
        if done < stored:
            if not _is_stored(arrival, done, pieces):
                drop_content(arrival.workspace, arrival.sha256, keep_row=True)
                raise _AgainError
        else:
            _write_pieces(arrival, done, pieces)
        done += length
        if is_last:
            arrival.progress.step(size, size)
            return


def _read_pieces(file: BinaryIO, at_most: int | None) -> Iterator[bytes]:
    """Yield the next pieces of one batch, no more than ``at_most`` bytes of them."""
    for _ in range(BATCH_CHUNKS):
        wanted = CHUNK_BYTES if at_most is None else min(CHUNK_BYTES, at_most)
        piece = file.read(wanted) if wanted else b""
        if not piece:
            return
        yield piece
        if at_most is not None:
            at_most -= len(piece)


def _write_pieces(arrival: _Arrival, done: int, pieces: list[bytes]) -> None:
    number, length = done // CHUNK_BYTES, sum(map(len, pieces))
    rows = [(arrival.sha256, number + place, piece) for place, piece in enumerate(pieces)]
    _refuse_without_room(arrival, 2 * length)  # once in the log, once in the file
    with arrival.workspace.store.writing() as connection:
        noted = connection.exec_driver_sql(
            "UPDATE contents SET stored_bytes = ? WHERE sha256 = ? AND stored_bytes = ?",
            (done + length, arrival.sha256, done),
        )
        if noted.rowcount != 1:
            raise _AgainError
        connection.exec_driver_sql("INSERT OR REPLACE INTO content_chunks(sha256, number, data) VALUES (?, ?, ?)", rows)
        crash_point("chunks")


def _is_stored(arrival: _Arrival, done: int, pieces: list[bytes]) -> bool:
    """Whether the store holds just these pieces."""
    with arrival.workspace.reading() as connection:
        return all(
            _fetch_chunk(connection, arrival.sha256, done // CHUNK_BYTES + place) == piece
            for place, piece in enumerate(pieces)
        )


def drop_content(workspace: Workspace, sha256: str, *, keep_row: bool = False) -> None:
    """Take the bytes of a content out of the store, a few at a time, and with them what is known of it."""
    with workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE contents SET stored_bytes = 0 WHERE sha256 = ?", (sha256,))
    while True:
        with workspace.store.writing() as connection:
            gone = connection.exec_driver_sql(
                "DELETE FROM content_chunks WHERE sha256 = ?1 AND number IN "
                "(SELECT number FROM content_chunks WHERE sha256 = ?1 LIMIT 256)",
                (sha256,),
            ).rowcount
            if gone == 0 and not keep_row:
                sql = "DELETE FROM contents WHERE sha256 = ? AND province_at IS NULL"
                connection.exec_driver_sql(sql, (sha256,))
        if gone == 0:
            return


def read_content(connection: Connection, sha256: str) -> Iterator[bytes]:
    """Yield the bytes of a content in pieces of 1 MiB.

    Raise ``UserError`` CONTENT-MISSING before the first when the store does not hold all of it, and
    ``EnvironmentFault`` CONTENT-DAMAGED after the last when they were not those of the hash.
    """
    state = content_state(connection, sha256)
    if state is None or not state.is_here:
        raise UserError("CONTENT-MISSING", sha256=sha256[:16])
    digest = hashlib.sha256()
    for number in range(-(-state.bytes // CHUNK_BYTES)):
        piece = _fetch_chunk(connection, sha256, number) or b""
        digest.update(piece)
        yield piece
    if digest.hexdigest() != sha256:
        raise EnvironmentFault("CONTENT-DAMAGED", sha256=sha256[:16])


def _fetch_chunk(connection: Connection, sha256: str, number: int) -> bytes | None:
    sql = "SELECT data FROM content_chunks WHERE sha256 = ? AND number = ?"
    rows = fetch_rows(connection, sql, (sha256, number))
    return bytes(rows[0][0]) if rows else None


def set_facts(workspace: Workspace, sha256: str, facts: dict[str, Any], preview: bytes | None) -> None:
    """Keep what was found out about a content, and its small picture."""
    with workspace.store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE contents SET facts = ?, preview = ? WHERE sha256 = ?", (json_text(facts), preview, sha256)
        )


def fetch_facts(connection: Connection, sha256: str) -> dict[str, Any] | None:
    """Return what was found out about a content, ``None`` when nobody has looked."""
    rows = fetch_rows(connection, "SELECT facts FROM contents WHERE sha256 = ?", (sha256,))
    return json.loads(rows[0][0]) if rows and rows[0][0] is not None else None


def fetch_preview(connection: Connection, sha256: str) -> bytes | None:
    """Return the small picture of a content (PNG), ``None`` when it has none."""
    rows = fetch_rows(connection, "SELECT preview FROM contents WHERE sha256 = ?", (sha256,))
    return bytes(rows[0][0]) if rows and rows[0][0] is not None else None


def forget_in_province(connection: Connection, hashes: Iterable[str]) -> None:
    """Note that the province has lost some contents: what is here of them goes along again."""
    connection.exec_driver_sql(
        "UPDATE contents SET province_at = NULL WHERE sha256 IN (SELECT value FROM json_each(?)) AND stored_bytes > 0",
        (json_text(list(hashes)),),
    )


def note_in_province(connection: Connection, files: Iterable[tuple[str, int, str]], at: str) -> None:
    """Note contents (hash, bytes, mime) that the province has; one that is not here is known from now on."""
    rows = [(sha256, size, mime, at, at) for sha256, size, mime in files if size > 0]
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO contents(sha256, bytes, mime, stored_bytes, added_at, province_at) VALUES (?, ?, ?, 0, ?, ?) "
            "ON CONFLICT(sha256) DO UPDATE SET province_at = coalesce(province_at, excluded.province_at)",
            rows,
        )
