"""The commune's boundary and its neighbours', as they lie in the store."""

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from localdb import blobs
from localdb.engine import fetch_rows
from localdb.record_tables import GEOMETRY_COLUMN
from localdb.tables import boundaries


def store_boundary(
    connection: Connection, commune_code: str, geometry: BaseGeometry, *, srid: int, source: str, now: str
) -> None:
    """Store, or replace, the boundary of one commune; ``geometry`` is polygonal and lies in the workspace's zone."""
    blob = blobs.encode(shapely.MultiPolygon(list(shapely.get_parts(shapely.force_2d(geometry)))), srid)
    connection.exec_driver_sql(
        f"INSERT INTO {boundaries.name}(commune_code, source, stored_at, {GEOMETRY_COLUMN}) VALUES (?, ?, ?, ?) "  # noqa: S608
        "ON CONFLICT(commune_code) DO UPDATE SET source = excluded.source, stored_at = excluded.stored_at, "
        f"{GEOMETRY_COLUMN} = excluded.{GEOMETRY_COLUMN}",
        (commune_code, source, now, blob),
    )


def forget_boundaries(connection: Connection) -> None:
    """Remove every outline."""
    connection.exec_driver_sql(f"DELETE FROM {boundaries.name}")  # noqa: S608 (constant)


def fetch_boundary(connection: Connection, commune_code: str) -> BaseGeometry | None:
    """Return the boundary of one commune in the workspace's zone, ``None`` when the workspace has none."""
    return fetch_boundaries(connection).get(commune_code)


def fetch_boundaries(connection: Connection) -> dict[str, BaseGeometry]:
    """Return every boundary of the workspace by commune code, its own and its neighbours'."""
    sql = f"SELECT commune_code, {GEOMETRY_COLUMN} FROM {boundaries.name} ORDER BY commune_code"  # noqa: S608 (constants)
    found = ((code, blobs.decode(blob)[0]) for code, blob in fetch_rows(connection, sql))
    return {code: geometry for code, geometry in found if geometry is not None}
