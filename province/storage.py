"""Opens the gateway's database: the embedded SpatiaLite file, or a server's."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.errors import UserError
from localdb.engine import create_store, open_store
from province.tables import metadata

APPLICATION_ID = 0x44695076  # "DiPv", so that a gateway's file is not taken for a workspace's store


class Database(Protocol):
    """What every part of the gateway needs of its storage."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one moment."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a connection whose work commits at the end, or is taken back on any error."""

    def close(self) -> None:
        """Close every connection."""


class ServerDatabase:
    """A database with a server of its own, where several gateways may work side by side."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment."""
        engine = self._engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose work commits at the end, or is taken back on any error."""
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def embedded_path(location: str) -> Path | None:
    """Return the file that ``location`` names (a path, or ``sqlite:///`` and a path), ``None`` for a server's URL."""
    if "://" not in location:
        return Path(location)
    try:
        url = make_url(location)
    except ArgumentError as error:
        raise UserError("GATEWAY-DATABASE", database=location) from error
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise UserError("GATEWAY-DATABASE", database=location)
    return Path(url.database)


def open_database(location: str) -> Database:
    """Open the database at ``location``, made with its tables when it is not there; raise GATEWAY-DATABASE."""
    path = embedded_path(location)
    database: Database
    if path is None:
        database = ServerDatabase(create_engine(location))
    elif path.exists():
        database = open_store(path)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = create_store(path, application_id=APPLICATION_ID)
    with database.writing() as connection:
        metadata.create_all(connection)
    return database
