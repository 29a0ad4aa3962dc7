"""A PostgreSQL with PostGIS, where several gateways work side by side."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import column, table

from core.errors import AppError, EnvironmentFault, UserError
from core.logs import get_log
from forms.administration import load_communes
from geodesy.systems import epsg_system
from province.trust import Trust
from wire.spatial_reference import zone_wkt

APPLICATION = "diaba-gateway"
TIMEOUTS = {
    "statement_timeout": "120s",
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "300s",
}
"""What no work of the gateway needs; whoever passes it is stuck. The address of the database may name others."""

POOL, MORE = 8, 24
"""Connections that one program keeps, and how many more it opens when all are in use."""


class ServerDatabase:
    """A database with a server of its own; readers see one moment, and writers wait only for the same commune's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment."""
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose work commits at the end, or is taken back on any error."""
        with self._engine.begin() as connection:
            yield connection

    def prepare(self, connection: Connection) -> None:
        """Make ready for tables: PostGIS, and the provinces' zones by their codes; raise GATEWAY-POSTGIS."""
        try:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
        except DBAPIError as error:
            raise EnvironmentFault("GATEWAY-POSTGIS", reason=str(error.orig).splitlines()[0]) from error
        known = table("spatial_ref_sys", *map(column, ("srid", "auth_name", "auth_srid", "srtext", "proj4text")))
        rows = [_zone_row(epsg) for epsg in sorted({commune.epsg for commune in load_communes().values()})]
        connection.execute(insert(known).values(rows).on_conflict_do_nothing())

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _zone_row(epsg: int) -> dict[str, object]:
    system = epsg_system(epsg)
    proj = f"+proj=tmerc +lat_0=0 +lon_0={system.axis!r} +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m +no_defs"
    return {"srid": epsg, "auth_name": "EPSG", "auth_srid": epsg, "srtext": zone_wkt(system), "proj4text": proj}


def connect_server(url: URL) -> ServerDatabase:
    """Return the database at a ``postgresql+psycopg`` URL; raise GATEWAY-UNREACHABLE, GATEWAY-ENCODING."""
    usual = {
        "application_name": APPLICATION,
        "connect_timeout": "10",
        "client_encoding": "utf8",
        "options": " ".join(f"-c {key}={value}" for key, value in TIMEOUTS.items()),
    }
    engine = create_engine(
        url.update_query_dict({key: value for key, value in usual.items() if key not in url.query}),
        pool_size=POOL,
        max_overflow=MORE,
        pool_use_lifo=True,
        pool_recycle=1800,
    )
    Trust(engine)
    shown = url.render_as_string(hide_password=True)
    event.listen(engine, "handle_error", _translate, retval=True)
    try:
        with engine.connect() as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    except AppError as error:
        engine.dispose()
        raise EnvironmentFault("GATEWAY-UNREACHABLE", database=shown, reason=_reason(error)) from error
    if encoding != "UTF8":
        engine.dispose()
        raise EnvironmentFault("GATEWAY-ENCODING", database=shown, encoding=encoding)
    return ServerDatabase(engine)


def _reason(error: AppError) -> str:
    cause = error.__cause__ or error
    return next(iter(str(cause).splitlines()), "")


def _translate(context: ExceptionContext) -> BaseException | None:
    """Return what a fault of the driver means: a server that is gone or stuck, or text that no database takes."""
    error = context.original_exception
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        get_log("province").error("database", reason=str(error), kind=type(error).__name__)
        return EnvironmentFault("GATEWAY-DATABASE-LOST")
    if isinstance(error, psycopg.DataError):
        return UserError("REQUEST-INVALID", places=[])
    return None
