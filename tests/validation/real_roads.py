"""The real roads of Xã Bắc Quang and the outlines of its province, read without GDAL."""

import sqlite3
from pathlib import Path

import numpy as np
import shapely

from core.identity import build_uid
from forms.administration import load_communes
from forms.catalogue import Catalogue
from forms.record import Lineage
from geodesy.datum import OPERATION_ID, transform_geometries
from geodesy.grid import on_grid
from geodesy.systems import WGS84, tm_system
from validation.batch import Batch
from forms.record import Record

COMMUNE = load_communes()["01153"]
ZONE = tm_system(COMMUNE.axis)
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def read_roads(shared_data: Path) -> tuple[list[str], np.ndarray]:
    """Return the names and the geometries in the zone of the 45 roads."""
    rows = _read(shared_data / "real" / "01153" / "roads_wgs84.gpkg", "SELECT name, geom FROM roads ORDER BY fid")
    names = [name for name, _ in rows]
    return names, on_grid(transform_geometries(np.array([shape for _, shape in rows], dtype=object), WGS84, ZONE))


def read_outlines(shared_data: Path) -> dict[str, shapely.Geometry]:
    """Return the outlines of the communes of Tuyên Quang in the zone, by code."""
    path = shared_data / "real" / "communes_tuyen_quang_2026.gpkg"
    rows = _read(path, "SELECT commune_code, geom FROM communes")
    shapes = transform_geometries(np.array([shape for _, shape in rows], dtype=object), WGS84, ZONE)
    return dict(zip([code for code, _ in rows], shapes, strict=True))


def build_batch(catalogue: Catalogue, names: list[str], shapes: np.ndarray) -> Batch:
    """Return the roads as records that have a name, the commune an import fills in, geometry and lineage, no more."""
    lineage = Lineage(source_file="roads_wgs84.gpkg", src_crs="EPSG:4326", datum_operation=OPERATION_ID)
    road = catalogue.type("road_segment")
    return Batch.of(
        road,
        [
            Record(build_uid(1, place, bytes(8)), road.id, {"name": name, "commune_code": COMMUNE.code}, shape, lineage, 1)
            for place, (name, shape) in enumerate(zip(names, shapes, strict=True))
        ],
    )


def _read(path: Path, sql: str) -> list[tuple[str, shapely.Geometry]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        return [(text, shapely.from_wkb(_wkb(blob))) for text, blob in connection.execute(sql)]
    finally:
        connection.close()


def _wkb(blob: bytes) -> bytes:
    """Return the WKB behind a GeoPackage header, whose flags tell how long its envelope is."""
    return blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :]
