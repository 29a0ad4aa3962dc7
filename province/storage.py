"""Opens the gateway's database: the embedded SpatiaLite file, or a server's; and what the two do differently."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import UserError
from localdb.engine import create_store, open_store
from province.columns import POSTGRESQL
from province.migrating import needs_steps, take_steps
from province.server_database import ServerDatabase, connect_server

APPLICATION_ID = 0x44695076  # "DiPv", so that a gateway's file is not taken for a workspace's store


class Database(Protocol):
    """What every part of the gateway needs of its storage."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one moment."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a connection whose work commits at the end, or is taken back on any error."""

    def close(self) -> None:
        """Close every connection."""


def _read_url(location: str) -> URL | None:
    """Return the URL of a server, ``None`` for a file; raise GATEWAY-DATABASE for what is neither."""
    if "://" not in location:
        return None
    try:
        url = make_url(location)
    except ArgumentError as error:
        raise UserError("GATEWAY-DATABASE", database=location) from error
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise UserError("GATEWAY-DATABASE", database=location)
        return None
    if url.drivername not in (POSTGRESQL, f"{POSTGRESQL}+psycopg"):
        raise UserError("GATEWAY-DATABASE", database=url.render_as_string(hide_password=True))
    return url.set(drivername=f"{POSTGRESQL}+psycopg")


def embedded_path(location: str) -> Path | None:
    """Return the file that ``location`` names (a path, or ``sqlite:///`` and a path), ``None`` for a server's URL."""
    if _read_url(location) is not None:
        return None
    return Path(location) if "://" not in location else Path(make_url(location).database or "")


def open_database(location: str) -> Database:
    """Open the database at ``location``; what is missing of its tables is made, by one of those that open it at once.

    Raises GATEWAY-DATABASE, GATEWAY-SCHEMA-NEWER, and of a server's GATEWAY-UNREACHABLE, GATEWAY-ENCODING,
    GATEWAY-POSTGIS.
    """
    url = _read_url(location)
    database: Database
    if url is not None:
        database = connect_server(url)
    else:
        path = embedded_path(location) or Path()
        if path.exists():
            database = open_store(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            database = create_store(path, application_id=APPLICATION_ID)
    try:
        ensure_tables(database)
    except Exception:
        database.close()
        raise
    return database


def ensure_tables(database: Database) -> None:
    """Take the steps that the tables miss; of several programs that start at once, one takes them and the rest wait."""
    with database.reading() as connection:
        if not needs_steps(connection):
            return
    with database.writing() as connection:
        hold_name(connection, "tables")
        if needs_steps(connection):
            if isinstance(database, ServerDatabase):
                database.prepare(connection)
            take_steps(connection)


def is_shared(database: Database) -> bool:
    """Return whether other programs may work on this database at the same time."""
    return isinstance(database, ServerDatabase)


def hold_name(connection: Connection, *parts: str) -> None:
    """Wait until no other transaction holds this name, and hold it until this one ends.

    The embedded store has one writer at a time, who holds every name.
    """
    if connection.dialect.name == POSTGRESQL:
        connection.execute(select(func.pg_advisory_xact_lock(_number(parts))))


@contextmanager
def claiming(database: Database, *parts: str) -> Iterator[bool]:
    """Give whether this program alone has the name until the end; a program that dies lets go of it.

    An embedded store belongs to one program.
    """
    if not isinstance(database, ServerDatabase):
        yield True
        return
    with database.writing() as connection:
        patient = func.set_config("idle_in_transaction_session_timeout", "0", True)
        row = connection.execute(select(patient, func.pg_try_advisory_xact_lock(_number(parts)))).one()
        yield bool(row[1])


def _number(parts: tuple[str, ...]) -> Any:
    return func.hashtextextended(":".join(("diaba", *parts)), 0)


def insert_if_absent(connection: Connection, table: Table, values: Mapping[str, object]) -> None:
    """Insert a row unless its key is there, whoever else inserts it now."""
    dialect = postgresql if connection.dialect.name == POSTGRESQL else sqlite
    connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing())
