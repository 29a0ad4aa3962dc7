"""Field files for the tests, made by hand or by this program's own writer: GDAL stays out of the test process."""

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from exchange.writing import OutLayer, write_layers
from geodesy.systems import CoordinateSystem, tm_system

ZONE = tm_system(106.0)
LINES = (
    shapely.LineString([(500000.125, 2480000.5), (500100.25, 2480100.75), (500200, 2480050)]),
    shapely.LineString([(500200, 2480050), (500300, 2480000)]),
)


def shapes(geometries: Sequence[Any]) -> Any:
    found = np.empty(len(geometries), dtype=object)
    found[:] = list(geometries)
    return found


def write(
    path: Path,
    *,
    columns: Mapping[str, Sequence[Any]] | None = None,
    geometries: Sequence[Any] | None = LINES,
    system: CoordinateSystem | None = ZONE,
    name: str = "duong",
) -> Path:
    """Write one layer in the format of the path's suffix."""
    facts = {"ten": ["Đường Nguyễn Huệ", None], "rong": [5.5, None], "lan": [2, None]} if columns is None else columns
    layer = OutLayer(name, facts, None if geometries is None else shapes(geometries), system)
    return write_layers(path, path.suffix[1:], [layer])[0]


def write_legacy_shapefile(path: Path, names: Sequence[bytes], east: float = 0.0, north: float = 0.0) -> Path:
    """Write a shapefile without .prj and .cpg whose names are these bytes."""
    marks = [f"{chr(97 + place) * len(name)}" for place, name in enumerate(names)]
    lines = [
        shapely.LineString([(east + k * 10.0, north), (east + k * 10.0 + 5, north + 5.0)]) for k in range(len(names))
    ]
    write(path, columns={"TEN": marks}, geometries=lines, system=None)
    table = path.with_suffix(".dbf")
    data = table.read_bytes()
    for mark, name in zip(marks, names, strict=True):
        data = data.replace(mark.encode(), name, 1)
    table.write_bytes(data)
    for suffix in (".prj", ".cpg"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    return path


def edit_geopackage(path: Path, *statements: str) -> Path:
    """Run statements on a GeoPackage; its triggers call functions plain SQLite lacks, so they are dropped first."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def vrt(target: Path) -> bytes:
    """A VRT that would read ``target``, were it believed."""
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="{target.stem}"><SrcDataSource>{target}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def gpx(body: str, prolog: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}'
        f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{body}</gpx>'
    ).encode()


def kml(body: str, prolog: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}'
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'
    ).encode()


PLACEMARK = "<Placemark><name>Cầu Máng</name><Point><coordinates>104.9,22.4,0</coordinates></Point></Placemark>"
WAYPOINT = '<wpt lat="22.4" lon="104.9"><ele>120.5</ele><name>Mốc 1</name></wpt>'


def empty_dbf(records: int) -> bytes:
    """A dBASE header that claims ``records`` rows and has none."""
    head = struct.pack("<4BIHH20x", 3, 100, 1, 1, records, 65, 11)
    return head + struct.pack("<11sc4xBB14x", b"TEN", b"C", 10, 0) + b"\r\x1a"
