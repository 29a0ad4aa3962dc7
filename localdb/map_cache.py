"""Flat coordinates of large types kept in a file beside the store, which takes a tenth of the time to read (ADR 11).

The store alone counts: a file is used only when the store's own marks of change are still those it was made under.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, get_args

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from forms.model import RecordType
from geodesy.arrays import GeometryArrays, Kind
from localdb import map_arrays
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name, time_triggers
from localdb.record_tables import GEOMETRY_COLUMN

Category = tuple[str, Mapping[Any, int]]
Arrays = dict[Kind, GeometryArrays]

FOLDER = "cache"
LEAST_RECORDS = 20_000  # fewer are read from the store in no time
MOST_BYTES = 1 << 30  # of all files together
FORMAT = 1  # another when the file, or what ``map_arrays`` makes of the same records, is another

_MAGIC = b"DiBa map\n"
_PLAIN_STORE = b"SQLite format 3\0"  # an encrypted store begins otherwise, and leaves nothing readable beside it
_SETTLED = timedelta(seconds=2)  # marks of change are milliseconds of a clock: the latest must be surely past
_SPARE_BYTES = 1 << 30  # what stays free of a disk
_PIECE = 1 << 20  # bytes summed while they are still in the processor's cache
_COLUMNS = tuple(field.name for field in fields(GeometryArrays) if field.name != "kind")
_TYPES = {"ids": "<i8", "path_offsets": "<i8", "feature_offsets": "<i8", "category": "<i4"}  # the others are "<f8"


def fetch_arrays(connection: Connection, folder: Path, record_type: RecordType, category: Category | None) -> Arrays:
    """Return what ``map_arrays.fetch_arrays`` does, from the type's file in ``folder`` where that is still good."""
    if _path(folder, record_type).exists():
        key = fetch_key(connection, record_type, category)
        kept = None if key is None else load(folder, record_type, key)
        if kept is not None:
            return kept
    return map_arrays.fetch_arrays(connection, record_type, category=category)


def renew(connection: Connection, folder: Path, record_type: RecordType, category: Category | None) -> bool:
    """Keep a large type's arrays as the store has them, unless that is done; return whether a file was written."""
    if not record_type.geometry or not _is_large(connection, record_type) or not is_settled(connection, record_type):
        return False
    key = fetch_key(connection, record_type, category)
    if key is None or is_kept(folder, record_type, key):
        return False
    return keep(folder, record_type, key, map_arrays.fetch_arrays(connection, record_type, category=category))


def fetch_key(connection: Connection, record_type: RecordType, category: Category | None) -> str | None:
    """Return what tells this state of a type's table from every other, whoever changes it.

    It holds SpatiaLite's times of the last insert, update and delete, which triggers write for any program; the last
    entry of the journal; and the schema's number, which changes when a trigger does. ``None`` where no key can be
    trusted: the triggers are not SpatiaLite's, or the store is encrypted.
    """
    marks = _fetch_marks(connection, record_type)
    if marks is None:
        return None
    numbers = (
        None if category is None else [category[0], sorted((str(key), number) for key, number in category[1].items())]
    )
    workspace = fetch_rows(
        connection, "SELECT key, value FROM workspace_info WHERE key IN ('workspace_id', 'epsg') ORDER BY key"
    )
    journal = fetch_rows(connection, "SELECT sequence, hex(hash) FROM changes ORDER BY sequence DESC LIMIT 1")
    schema = fetch_rows(connection, "PRAGMA schema_version")
    parts = [FORMAT, record_type.id, numbers, workspace, journal, schema, marks]
    return blake2b(json.dumps(parts).encode(), digest_size=32).hexdigest()


def is_settled(connection: Connection, record_type: RecordType) -> bool:
    """Whether the table's last change is so long ago that the next one must have another time."""
    marks = _fetch_marks(connection, record_type)
    latest = (datetime.now(UTC) - _SETTLED).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return marks is not None and all(mark is None or str(mark) < latest for mark in marks)


def load(folder: Path, record_type: RecordType, key: str) -> Arrays | None:
    """Return the arrays that were kept under this very key; ``None`` when there are none, or not whole.

    A file that is damaged, or of another program, is removed: it would else pass for one that need not be written.
    """
    path = _path(folder, record_type)
    try:
        with path.open("rb", buffering=0) as file:
            return _read(file, key)
    except OSError:
        return None
    except (ValueError, KeyError, TypeError):
        forget(path)
        return None


def is_kept(folder: Path, record_type: RecordType, key: str) -> bool:
    """Whether there is a file that says it was made under this key."""
    try:
        with _path(folder, record_type).open("rb", buffering=0) as file:
            return bool(_read_head(file)["key"] == key)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def keep(folder: Path, record_type: RecordType, key: str, arrays: Arrays) -> bool:
    """Keep the arrays in the place of what was kept of the type; return whether it was possible and worth it.

    A full disk, a folder nobody may write to or a file in use leave all as it was.
    """
    if sum(map(len, arrays.values())) < LEAST_RECORDS or sys.byteorder != "little":
        return False
    path = _path(folder, record_type)
    part = path.with_suffix(".part")
    size = sum(getattr(item, name).nbytes for item in arrays.values() for name in _COLUMNS)
    try:
        folder.mkdir(exist_ok=True)
        for left in folder.glob("*.part"):  # of a program that was ended while it wrote
            left.unlink()
        others = sum(file.stat().st_size for file in folder.iterdir() if file != path)
        if others + size > MOST_BYTES or shutil.disk_usage(folder).free < size + _SPARE_BYTES:
            return False
        with part.open("wb") as file:
            _write(file, key, arrays)
        part.replace(path)
    except OSError:
        forget(part)
        return False
    return True


def forget(path: Path) -> None:
    """Remove a file that may be there."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _is_large(connection: Connection, record_type: RecordType) -> bool:
    table = quote_name(record_type.id)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT ?)"  # noqa: S608 (quoted name)
    return bool(fetch_rows(connection, sql, (LEAST_RECORDS,))[0][0] == LEAST_RECORDS)


def _path(folder: Path, record_type: RecordType) -> Path:
    return folder / f"{record_type.id}.arrays"


def _fetch_marks(connection: Connection, record_type: RecordType) -> tuple[Any, ...] | None:
    """Return the times of the last changes, or ``None`` when they cannot be relied upon."""
    if not _is_plain(connection):
        return None
    wanted = time_triggers(record_type.id, GEOMETRY_COLUMN)
    marks = ", ".join("?" * len(wanted))
    found = fetch_rows(
        connection,
        f"SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name IN ({marks})",  # noqa: S608 (marks)
        tuple(wanted),
    )
    if dict(found) != wanted:
        return None
    rows = fetch_rows(
        connection,
        "SELECT last_insert, last_update, last_delete FROM geometry_columns_time "
        "WHERE lower(f_table_name) = lower(?) AND lower(f_geometry_column) = lower(?)",
        (record_type.id, GEOMETRY_COLUMN),
    )
    return rows[0] if len(rows) == 1 else None


def _is_plain(connection: Connection) -> bool:
    path = connection.engine.get_execution_options().get("path")
    try:
        with open(path or "", "rb") as file:
            return file.read(len(_PLAIN_STORE)) == _PLAIN_STORE
    except OSError:
        return False


def _write(file: IO[bytes], key: str, arrays: Arrays) -> None:
    """Write a line that says what follows, then each column, eight bytes at least from the next."""
    columns = [
        (kind, name, np.ascontiguousarray(getattr(item, name), _TYPES.get(name, "<f8")))
        for kind, item in arrays.items()
        for name in _COLUMNS
    ]
    what = [(kind, name, list(column.shape), _sum_of(column)) for kind, name, column in columns]
    text = json.dumps({"key": key, "columns": what}).encode()
    digest = blake2b(text, digest_size=32).hexdigest().encode()
    file.write(_MAGIC + digest + b" %d\n" % len(text) + text)
    for *_, column in columns:
        file.write(_bytes_of(column))


def _read_head(file: IO[bytes]) -> dict[str, Any]:
    """Return what a file says of itself; raise ``ValueError`` when it is none of ours."""
    start = len(_MAGIC) + 65
    line = file.read(start + 20)
    if line[: len(_MAGIC)] != _MAGIC or line[start - 1 : start] != b" ":
        raise ValueError
    size, newline, _ = line[start:].partition(b"\n")
    if not newline:
        raise ValueError
    file.seek(start + len(size) + 1)
    text = file.read(min(int(size), _PIECE))
    if blake2b(text, digest_size=32).hexdigest().encode() != line[len(_MAGIC) : start - 1]:
        raise ValueError
    head: dict[str, Any] = json.loads(text)
    return head


def _read(file: IO[bytes], key: str) -> Arrays | None:
    head = _read_head(file)
    if head["key"] != key:
        return None
    found: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for kind, name, shape, checksum in head["columns"]:
        column = np.empty(shape, _TYPES.get(name, "<f8"))
        if _fill(file, column) != checksum:
            raise ValueError
        found.setdefault(kind, {})[name] = column
    if file.read(1):
        raise ValueError
    return {kind: GeometryArrays(kind, **found[kind]) for kind in get_args(Kind) if kind in found}


def _fill(file: IO[bytes], column: npt.NDArray[Any]) -> int:
    """Read a column from where the file stands and return its sum; raise ``ValueError`` when it ends before."""
    data = _bytes_of(column)
    total = 0
    for begin in range(0, len(data), _PIECE):
        piece, done = data[begin : begin + _PIECE], 0
        while done < len(piece):
            count = file.readinto(piece[done:])  # type: ignore[attr-defined]
            if not count:
                raise ValueError
            done += count
        total = _add(total, piece)
    return total


def _bytes_of(column: npt.NDArray[Any]) -> memoryview:
    return column.reshape(-1).view(np.uint8).data


def _sum_of(column: npt.NDArray[Any]) -> int:
    data = _bytes_of(column)
    total = 0
    for begin in range(0, len(data), _PIECE):
        total = _add(total, data[begin : begin + _PIECE])
    return total


def _add(total: int, piece: memoryview) -> int:
    """Return the checksum with one more piece: eight bytes at a time, and the pieces in their order."""
    whole = len(piece) - len(piece) % 8
    added = int(np.frombuffer(piece[:whole], "<u8").sum(dtype=np.uint64))
    return (3 * total + added + int.from_bytes(piece[whole:], "little")) % (1 << 64)
