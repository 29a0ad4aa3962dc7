"""Writes a package's payload: a GeoPackage 1.3 made with plain SQLite, the same bytes for the same changes."""

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from core.errors import UserError
from geodesy.systems import epsg_system
from wire.cells import BadCell
from wire.changes import RecordChange, RecordTypes
from wire.layers import GEOMETRY_COLUMN, Layer
from wire.spatial_reference import WGS84_WKT, zone_name, zone_wkt

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300
PAGE_SIZE = 4096

SYSTEM_TABLES = {
    "gpkg_spatial_ref_sys": (
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY NOT NULL, "
        "organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, "
        "description TEXT)"
    ),
    "gpkg_contents": (
        "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY NOT NULL, data_type TEXT NOT NULL, "
        "identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, "
        "min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) "
        "REFERENCES gpkg_spatial_ref_sys(srs_id))"
    ),
    "gpkg_geometry_columns": (
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
        "geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, "
        "CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), "
        "CONSTRAINT uk_gc_table_name UNIQUE (table_name), "
        "CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), "
        "CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))"
    ),
}

# Where SQLite notes how often and by which version a file was written: facts about the writer, not about the records.
_CHANGE_COUNTER, _VALID_FOR, _VERSION = slice(24, 28), slice(92, 96), slice(96, 100)
_NEUTRAL_VERSION = 3_040_000


def sort_changes(changes: Iterable[RecordChange], catalogue: RecordTypes) -> dict[str, list[RecordChange]]:
    """Return changes by type in the catalogue's order, each list by ``uid``; ``ValueError`` on a repeated record."""
    found: dict[str, list[RecordChange]] = {type_id: [] for type_id in catalogue.types}
    for change in changes:
        found[change.type_id].append(change)
    for rows in found.values():
        rows.sort(key=lambda change: change.uid)
    uids = [change.uid for rows in found.values() for change in rows]
    if len(uids) != len(set(uids)):
        raise ValueError("a record stands twice in one package")
    return {type_id: rows for type_id, rows in found.items() if rows}


def build_geopackage(
    changes: Mapping[str, Sequence[RecordChange]], catalogue: RecordTypes, *, epsg: int, moment: str
) -> bytes:
    """Return the file of ``changes`` (as ``sort_changes`` gives them) with geometry in the zone ``epsg``.

    ``moment`` is the timestamp that the contents table shows; nothing here looks at a clock.
    """
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for pragma in ("secure_delete = ON", f"page_size = {PAGE_SIZE}", "encoding = 'UTF-8'", "auto_vacuum = NONE"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {USER_VERSION}")
        for statement in SYSTEM_TABLES.values():
            connection.execute(statement)
        connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", _reference_rows(epsg))
        for type_id, rows in changes.items():
            _write_layer(connection, Layer.of(catalogue.types[type_id], epsg), rows, moment)
        connection.execute("COMMIT")
        return _neutralise(connection.serialize())


def _write_layer(connection: sqlite3.Connection, layer: Layer, rows: Sequence[RecordChange], moment: str) -> None:
    title = layer.record_type.title.get("vi", layer.name)
    spatial = layer.geometry_name is not None
    kind, srs_id = ("features", layer.epsg) if spatial else ("attributes", 0)
    connection.execute(layer.create_sql)
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (layer.name, kind, layer.name, title, moment, srs_id),
    )
    if spatial:
        column = (layer.name, GEOMETRY_COLUMN, layer.geometry_name, layer.epsg, 0, 0)
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, ?, ?)", column)
    names = ", ".join(f'"{name}"' for name in layer.columns)
    marks = ", ".join("?" * len(layer.columns))
    insert = f'INSERT INTO "{layer.name}" ({names}) VALUES ({marks})'  # noqa: S608 (names as Layer.of let them pass)
    connection.executemany(insert, _encode(layer, rows))


def _encode(layer: Layer, changes: Sequence[RecordChange]) -> list[tuple[object, ...]]:
    """Return the rows, read back once: what the province would refuse must not be sealed."""
    rows = [layer.encode(change) for change in changes]
    try:
        layer.decode(rows)
    except BadCell as error:
        raise UserError("PACKAGE-CONTENT", type=layer.name, field=str(error)) from error
    return rows


def _reference_rows(epsg: int) -> list[tuple[object, ...]]:
    system = epsg_system(epsg)
    return [
        ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", "undefined cartesian coordinate reference system"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
        (
            "WGS 84",
            4326,
            "EPSG",
            4326,
            WGS84_WKT,
            "longitude and latitude in decimal degrees",
        ),
        (zone_name(system), epsg, "EPSG", epsg, zone_wkt(system), "east and north in metres"),
    ]


def _neutralise(data: bytes) -> bytes:
    head = bytearray(data[:100])
    head[_CHANGE_COUNTER] = head[_VALID_FOR] = (1).to_bytes(4, "big")
    head[_VERSION] = _NEUTRAL_VERSION.to_bytes(4, "big")
    return bytes(head) + data[100:]
