"""Opens a SpatiaLite store: the only module that knows the driver."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlcipher3 import dbapi2

from core.errors import AppError, Bug, EnvironmentFault, UserError
from core.resources import resource_path
from localdb import damage, faults, functions, shim
from localdb.folders import is_writable, refuse_network_share

__all__ = ["APPLICATION_ID", "Connection", "Store", "create_store", "fetch_rows", "open_store"]

APPLICATION_ID = 0x44694261  # "DiBa", which `file` and others read at offset 68
PAGE_BYTES = 8192  # records and journal entries of about a kilobyte waste a third of smaller pages
OLDEST_SQLITE = (3, 51, 3)  # older ones may lose a transaction when the log is reset

_PRAGMAS = ("foreign_keys = ON", "temp_store = MEMORY", "cache_size = -16000")
_WRITE_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "journal_size_limit = 67108864")


class Store:
    """An open SpatiaLite database.

    Readers see one moment each and never wait; writers come one at a time.
    """

    def __init__(self, path: Path, engine: Engine, *, read_only: bool) -> None:
        self.path = path
        self.engine = engine
        self.read_only = read_only
        self._writer = threading.Lock()
        self._writing_thread: int | None = None
        self._is_closed = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one unchanging moment of the store."""
        self._refuse_closed()
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the one writing connection; commit at the end, take everything back on any error.

        Raise STORE-READONLY when the store was opened for reading. A writer inside a writer is a ``Bug``.
        """
        if self.read_only:
            raise EnvironmentFault("STORE-READONLY", file=str(self.path), folder=str(self.path.parent))
        self._refuse_closed()
        if self._writing_thread == threading.get_ident():
            raise Bug("BUG", reason="a unit of work inside a unit of work")
        with self._writer:
            self._writing_thread = threading.get_ident()
            try:
                with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                    yield connection
            finally:
                self._writing_thread = None

    def close(self) -> None:
        """Close every connection; the last one out folds the write-ahead log into the file.

        Nothing reads or writes through a closed store: another program may have it by then.
        """
        with self._writer:
            self._is_closed = True
            self.engine.dispose()

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise Bug("BUG", reason="the store is closed")


def open_store(path: Path, *, key: bytes | None = None, read_only: bool = False, check: bool = True) -> Store:
    """Open the store at ``path``.

    ``key`` is the raw 32-byte key of an encrypted store. ``check=False`` opens a damaged one, to mend or rescue it.
    Raise STORE-MISSING, STORE-DAMAGED (naming what), STORE-KEY, STORE-READONLY, STORE-NETWORK-SHARE, STORE-SQLITE-OLD.
    """
    _refuse_old_sqlite(dbapi2.sqlite_version_info)
    path = Path(os.path.abspath(path))
    refuse_network_share(path)
    if not path.is_file():
        raise UserError("STORE-MISSING", file=str(path), folder=str(path.parent))
    if not read_only and not (os.access(path, os.W_OK) and is_writable(path.parent)):
        raise EnvironmentFault("STORE-READONLY", file=str(path), folder=str(path.parent))
    store = Store(path, _build_engine(path, key, read_only), read_only=read_only)
    try:
        with store.reading() as connection:
            found = damage.find_damage(connection) if check else []
    except AppError as error:
        store.close()
        if key is not None and error.code == "STORE-DAMAGED":
            raise UserError("STORE-KEY", file=str(path)) from error
        raise
    if found:
        store.close()
        raise EnvironmentFault("STORE-DAMAGED", file=str(path), what=found, folder=str(path.parent))
    return store


def create_store(path: Path, *, key: bytes | None = None, application_id: int = APPLICATION_ID) -> Store:
    """Create an empty SpatiaLite store at ``path`` and open it; the caller creates its own tables.

    Raise STORE-EXISTS, STORE-READONLY, STORE-FULL, STORE-NETWORK-SHARE or STORE-SQLITE-OLD.
    """
    _refuse_old_sqlite(dbapi2.sqlite_version_info)
    path = Path(os.path.abspath(path))
    refuse_network_share(path)
    if path.exists():
        raise UserError("STORE-EXISTS", file=str(path), folder=str(path.parent))
    try:
        _write_template(path, key)
    except OSError as error:
        raise faults.fault_of_disk(error, path) from error
    except dbapi2.Error as error:
        raise faults.fault_of_driver(error, path) or faults.unreadable(path, error) from error
    store = open_store(path, key=key)
    try:
        with store.writing() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id = {int(application_id)}")
    except AppError:
        store.close()
        path.unlink(missing_ok=True)
        raise
    return store


def fetch_rows(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a statement as plain tuples: the fast way to read very many."""
    result = connection.exec_driver_sql(sql, tuple(parameters))
    try:
        cursor: Any = result.cursor
        return list(cursor.fetchall())
    except dbapi2.Error as error:
        raise _fault(connection, error) from error
    finally:
        result.close()


def fetch_pieces(
    connection: Connection, sql: str, parameters: Sequence[Any] = (), *, size: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a statement ``size`` at a time, so that very many never lie in memory all together."""
    result = connection.exec_driver_sql(sql, tuple(parameters))
    try:
        cursor: Any = result.cursor
        while rows := cursor.fetchmany(size):
            yield rows
    except dbapi2.Error as error:
        raise _fault(connection, error) from error
    finally:
        result.close()


def _fault(connection: Connection, error: Exception) -> Exception:
    path = connection.engine.get_execution_options().get("path")
    return faults.fault_of_driver(error, Path(path or ".")) or error


def sqlite_version() -> str:
    """Return the version of the SQLite that the driver brings."""
    return str(dbapi2.sqlite_version)


def _refuse_old_sqlite(version: tuple[int, ...]) -> None:
    if version < OLDEST_SQLITE:
        found, wanted = (".".join(map(str, numbers)) for numbers in (version, OLDEST_SQLITE))
        raise EnvironmentFault("STORE-SQLITE-OLD", found=found, wanted=wanted)


def _write_template(path: Path, key: bytes | None) -> None:
    template = resource_path("spatialite_template.sqlite")
    path.touch(exist_ok=False)
    connection = dbapi2.connect(f"{template.as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        if key is None:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("VACUUM INTO ?", (str(path),))
        else:
            connection.execute(f"ATTACH DATABASE ? AS store KEY \"x'{key.hex()}'\"", (str(path),))
            connection.execute("SELECT sqlcipher_export('store')")
            connection.execute("DETACH DATABASE store")
    finally:
        connection.close()
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _build_engine(path: Path, key: bytes | None, read_only: bool) -> Engine:
    uri = path.as_uri() + _mode(path, read_only)

    def connect() -> Any:
        return dbapi2.connect(uri, uri=True, timeout=5.0, check_same_thread=False, isolation_level=None)

    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=28,
        execution_options={"path": str(path)},
    )

    @event.listens_for(engine, "connect", insert=True)
    def _prepare(connection: Any, _record: object) -> None:
        if key is not None:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in _PRAGMAS if read_only else (*_PRAGMAS, *_WRITE_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")
        shim.register_functions(connection)
        functions.register_functions(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "handle_error", retval=True)
    def _translate(context: ExceptionContext) -> BaseException | None:
        _refuse_what_follows(context)
        return faults.fault_of_driver(context.original_exception, path)

    return engine


def _refuse_what_follows(context: ExceptionContext) -> None:
    """Close a writer whose transaction SQLite has ended by itself (full disk, trigger): it must write nothing more.

    Every further statement would otherwise commit on its own.
    """
    connection = context.connection
    if connection is not None and connection.get_execution_options().get("writes", False):
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False


def _mode(path: Path, read_only: bool) -> str:
    """Return how to open: in a folder nobody can write to, SQLite must be told that nothing will change."""
    if not read_only:
        return "?mode=rw"
    log = path.with_name(path.name + "-wal")
    has_log = log.exists() and log.stat().st_size > 0
    return "?mode=ro" if has_log or is_writable(path.parent) else "?mode=ro&immutable=1"
