"""Reads a payload that anybody may have made: SQLite as an opponent would use it is refused, not obeyed."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from forms.model import RecordType
from wire.cells import BadCell
from wire.changes import RecordChange, RecordTypes
from wire.geopackage import APPLICATION_ID, PAGE_SIZE, SYSTEM_TABLES, USER_VERSION
from wire.layers import GEOMETRY_COLUMN, HEAD_COLUMNS, KEY_COLUMN, Layer
from wire.limits import Limits
from wire.spelling import Spellings

_MAGIC = b"SQLite format 3\0"
_SEQUENCE_SQL = "CREATE TABLE sqlite_sequence(name,seq)"
_STEPS = 10_000
_PRAGMAS = ("query_only", "cell_size_check", "trusted_schema", "mmap_size", "quick_check")
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_TRANSACTION})


class Refused(Exception):
    """The file is not a payload of ours; ``args`` is what was wrong in technical words."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one reading goes by, and where it puts what it has learnt of the contents."""

    catalogue: RecordTypes
    epsg: int
    limits: Limits
    spellings: Spellings | None


def read_geopackage(
    path: Path, catalogue: RecordTypes, *, epsg: int, limits: Limits, spellings: Spellings | None = None
) -> list[RecordChange]:
    """Return every change of the payload at ``path``, in the order of the package.

    Text, hash and shape of their contents are kept in ``spellings``. Raises PACKAGE-HOSTILE (a trigger, a view, another
    schema, too much work), PACKAGE-CONTENT (a cell that cannot be what its column says), PACKAGE-NEWER-SCHEMA (a type
    or field this catalogue does not know).
    """
    try:
        _check_header(path)
        with _open_untrusted(path, limits) as connection:
            return _read_all(connection, _Reading(catalogue, epsg, limits, spellings))
    except (Refused, sqlite3.Error, UnicodeDecodeError, ValueError, OverflowError, MemoryError) as error:
        raise UserError("PACKAGE-HOSTILE", file="data/records.gpkg", what=str(error)[:200]) from error


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(100)
    fields = {name: int.from_bytes(head[first:last], "big") for name, first, last in _HEADER}
    if head[:16] != _MAGIC or any(fields[name] != value for name, value in _WANTED.items()):
        raise Refused("not a GeoPackage of this format")
    if fields["pages"] * PAGE_SIZE != path.stat().st_size:
        raise Refused("the file is longer or shorter than it says")


_WANTED = {
    "page": PAGE_SIZE,
    "write": 1,
    "read": 1,
    "encoding": 1,
    "user": USER_VERSION,
    "application": APPLICATION_ID,
}
_HEADER = (
    ("page", 16, 18),
    ("write", 18, 19),
    ("read", 19, 20),
    ("pages", 28, 32),
    ("encoding", 56, 60),
    ("user", 60, 64),
    ("application", 68, 72),
)


@contextlib.contextmanager
def _open_untrusted(path: Path, limits: Limits) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        for category, value in (
            (sqlite3.SQLITE_LIMIT_LENGTH, limits.cell_bytes),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1 << 16),
            (sqlite3.SQLITE_LIMIT_COLUMN, 256),
            (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 20),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0),
        ):
            connection.setlimit(category, value)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0"):
            connection.execute(f"PRAGMA {pragma}")
        connection.set_authorizer(_authorise)
        connection.set_progress_handler(_budget(limits.sqlite_steps), _STEPS)
        yield connection


def _authorise(action: int, first: str | None, *_rest: object) -> int:
    allowed = action in _ALLOWED or (action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _budget(steps: int) -> Callable[[], int]:
    left = [steps // _STEPS]

    def spend() -> int:
        left[0] -= 1
        return int(left[0] < 0)

    return spend


def _read_all(connection: sqlite3.Connection, reading: _Reading) -> list[RecordChange]:
    statements = _check_schema(connection)
    if [row for (row,) in connection.execute("PRAGMA quick_check")] != ["ok"]:
        raise Refused("the database is damaged inside")
    listed = [name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents ORDER BY rowid")]
    if sorted(listed) != sorted(statements):
        raise Refused("tables and contents differ")
    found: list[RecordChange] = []
    for type_id, record_type in reading.catalogue.types.items():
        if type_id in statements:
            layer = _match_layer(record_type, statements.pop(type_id), reading.epsg)
            room = reading.limits.records - len(found)
            found.extend(_read_layer(connection, layer, room, reading.spellings))
    if statements:
        raise UserError("PACKAGE-NEWER-SCHEMA", type=min(statements), field="")
    if len({change.uid for change in found}) != len(found):
        raise Refused("a record stands twice")
    return found


def _check_schema(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the statement of each record table; refuse all but tables and the indexes SQLite itself adds."""
    statements: dict[str, str] = {}
    seen: set[str] = set()
    for kind, name, table, sql in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if not all(isinstance(text, str) for text in (kind, name, table)):
            raise Refused("a schema entry that is no text")
        if kind == "index" and sql is None and name.startswith("sqlite_autoindex_"):
            continue
        if kind != "table" or name != table or name in seen:
            raise Refused(f"{kind} {name}")
        seen.add(name)
        if name in SYSTEM_TABLES or name == "sqlite_sequence":
            if sql != SYSTEM_TABLES.get(name, _SEQUENCE_SQL):
                raise Refused(f"table {name} is made otherwise")
        else:
            statements[name] = str(sql)
    if missing := set(SYSTEM_TABLES) - seen:
        raise Refused(f"table {min(missing)} is missing")
    return statements


def _match_layer(record_type: RecordType, sql: str, epsg: int) -> Layer:
    """Return the layer whose statement is exactly ``sql``: all fields of the type, or those an older catalogue had."""
    full = Layer.of(record_type, epsg)
    if sql == full.create_sql:
        return full
    names = [part.split('"')[1] for part in sql[sql.find("(") + 1 : -1].split(", ") if part.count('"') == 2]
    layer = replace(full, fields=tuple(field for field in full.fields if field.key in names))
    if sql == layer.create_sql:
        return layer
    fixed = {KEY_COLUMN, GEOMETRY_COLUMN, "lineage", *(name for name, _ in HEAD_COLUMNS)}
    if unknown := [name for name in names if name not in fixed and name not in {field.key for field in full.fields}]:
        raise UserError("PACKAGE-NEWER-SCHEMA", type=record_type.id, field=unknown[0][:60])
    raise Refused(f"table {record_type.id} is made otherwise")


def _read_layer(
    connection: sqlite3.Connection, layer: Layer, room: int, spellings: Spellings | None
) -> list[RecordChange]:
    names = ", ".join(f'"{name}"' for name in layer.columns)
    query = f'SELECT {names} FROM "{layer.name}" ORDER BY "{KEY_COLUMN}" LIMIT {room + 1}'  # noqa: S608 (as Layer.of let pass)
    rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    if len(rows) > room:
        raise Refused("more records than a package may carry")
    try:
        changes = layer.decode(rows, spellings)
    except BadCell as error:
        raise UserError("PACKAGE-CONTENT", type=layer.name, field=str(error)) from error
    if [change.uid for change in changes] != sorted(change.uid for change in changes):
        raise Refused("records out of order")
    return changes
