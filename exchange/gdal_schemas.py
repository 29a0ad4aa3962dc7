"""What GDAL says of every layer of a file, to the width of its numbers, inside the child."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exchange.frames import Header
from exchange.gdal_reading import shown_layer
from exchange.soundness import narrow_connection, plain_tables

_KINDS = {
    ("OFTString", "OFSTNone"): "text",
    ("OFTInteger", "OFSTNone"): "long",
    ("OFTInteger", "OFSTInt16"): "short",
    ("OFTInteger", "OFSTBoolean"): "boolean",
    ("OFTInteger64", "OFSTNone"): "integer",
    ("OFTReal", "OFSTNone"): "double",
    ("OFTReal", "OFSTFloat32"): "float",
    ("OFTDate", "OFSTNone"): "date",
    ("OFTDateTime", "OFSTNone"): "date",
}


_DECLARED = {
    "BOOLEAN": "boolean",
    "SMALLINT": "short",
    "MEDIUMINT": "long",
    "INT": "integer",
    "INTEGER": "integer",
    "FLOAT": "float",
    "DOUBLE": "double",
    "REAL": "double",
    "DATE": "date",
    "DATETIME": "date",
}
_SHAPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRY": "Unknown",
}


def describe_layers(pyogrio: Any, path: Path, driver: str, shown: str) -> Iterator[tuple[Header, list[bytes]]]:
    """Yield one frame a layer: name, kind of geometry, number of rows, coordinate system, columns with their types."""
    for name, geometry in pyogrio.list_layers(str(path)).tolist():
        facts = pyogrio.read_info(str(path), layer=name, force_feature_count=True)
        kinds = zip(facts["fields"].tolist(), facts["ogr_types"], facts["ogr_subtypes"], strict=True)
        columns = [[str(column), _KINDS.get((kind, sub), kind)] for column, kind, sub in kinds]
        known_as = shown_layer(str(name), path, driver, shown)
        yield _layer(known_as, geometry, int(facts["features"]), facts["crs"], columns)


def describe_geopackage(path: Path, shown: str) -> Iterator[tuple[Header, list[bytes]]]:
    """Yield the same of a GeoPackage, which says it all in tables of its own: GDAL would open it once a layer."""
    tables = plain_tables(path, shown)
    with narrow_connection(path, shown) as connection:
        shapes = {
            table: (column, kind, system)
            for table, column, kind, system in connection.execute(
                "SELECT g.table_name, g.column_name, g.geometry_type_name, s.organization || ':' || "
                "s.organization_coordsys_id FROM gpkg_geometry_columns AS g "
                "LEFT JOIN gpkg_spatial_ref_sys AS s ON s.srs_id = g.srs_id"
            )
        }
        texts = dict(
            connection.execute(
                "SELECT g.table_name, s.definition FROM gpkg_geometry_columns AS g "
                "JOIN gpkg_spatial_ref_sys AS s ON s.srs_id = g.srs_id"
            )
        )
        listed = connection.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
        ).fetchall()
        for (name,) in listed:
            if name not in tables:
                continue
            quoted = '"' + name.replace('"', '""') + '"'
            place, kind, system = shapes.get(name, (None, None, None))
            rows = connection.execute(f"PRAGMA table_info({quoted})").fetchall()
            columns = [[row[1], _declared(row[2])] for row in rows if row[1] != place and not row[5]]
            count = int(connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])  # noqa: S608 (quoted)
            known = str(system or "")
            told = known if known.upper().startswith("EPSG:") else texts.get(name)
            yield _layer(name, _SHAPES.get(str(kind).upper(), kind), count, told, columns)


def _declared(text: str) -> str:
    """Return the type of a column as GeoPackage declares it; a length may stand behind it."""
    return _DECLARED.get(text.partition("(")[0].strip().upper(), "text")


def _layer(
    name: str, geometry: str | None, count: int, system: str | None, columns: list[list[str]]
) -> tuple[Header, list[bytes]]:
    told = {"layer": name, "geometry": geometry, "count": count, "system": system, "columns": columns}
    return {"frame": "layer", **told}, []
