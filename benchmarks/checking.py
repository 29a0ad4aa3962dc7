"""All rules over many polygons beside QGIS's validity check and PostGIS's self-join, and the rules after one edit."""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

from benchmarks.desks import TYPE, filled_desk
from benchmarks.figures import Figure
from benchmarks.postgis import running_postgis
from benchmarks.samples import build_polygons, write_geopackage
from services.checking import check_record
from services.desk_checks import check_desk
from services.reading import fetch_page, fetch_record
from validation.overlaps import Areas, overlaps_within

SIZE = 100_000
EDITS = 40
QGIS_PYTHON = "/usr/bin/python3"
QGIS_SCRIPT = """
import sys, time
from qgis.core import QgsApplication, QgsVectorLayer
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(sys.argv[1], 'polygons', 'ogr')
begun = time.perf_counter()
bad = sum(1 for feature in layer.getFeatures() if feature.geometry().validateGeometry())
print(time.perf_counter() - begun)
"""


def measure() -> list[Figure]:
    """Return the figures of the checks."""
    with filled_desk(SIZE) as desk:
        begun = time.perf_counter()
        check_desk(desk)
        whole = time.perf_counter() - begun
        taken = []
        for record in fetch_page(desk, TYPE, limit=EDITS).records:
            full = fetch_record(desk, record.uid)
            begun = time.perf_counter()
            check_record(desk, full)
            taken.append(1000 * (time.perf_counter() - begun))
    return [
        Figure("all rules over polygons", "s", whole, qgis_validity(SIZE), "QGIS, validity alone", SIZE),
        Figure("rule of overlaps over polygons", "s", own_overlaps(SIZE), postgis_self_join(SIZE), "PostGIS", SIZE),
        Figure("rules after one edit, p95", "ms", statistics.quantiles(taken, n=20)[-1], size=SIZE),
    ]


def own_overlaps(count: int) -> float:
    """Return the seconds that the rule of overlaps takes over the polygons, all of them of one dossier."""
    shapes = build_polygons(count)
    begun = time.perf_counter()
    sound = shapes[shapely.is_valid(shapes)]
    groups = np.full(len(sound), "one", dtype=object)
    overlaps_within(Areas(sound, groups, np.arange(len(sound)).astype(object), shapely.bounds(sound)), 1.0)
    return time.perf_counter() - begun


SELF_JOIN = """
SELECT count(*) AS pairs FROM polygons a JOIN polygons b ON b.id < a.id AND a.shape && b.shape
WHERE ST_IsValid(a.shape) AND ST_IsValid(b.shape) AND ST_Area(ST_Intersection(a.shape, b.shape)) > 1
"""


def postgis_self_join(count: int) -> float | None:
    """Return the seconds that PostGIS takes to find the overlaps among the same polygons, ``None`` without it.

    Loading them and building the index are not counted.
    """
    with running_postgis() as server:
        if server is None:
            return None
        server.load("polygons", {"id": "int", "shape": "geometry"}, enumerate(build_polygons(count)))
        begun = time.perf_counter()
        server.run(SELF_JOIN)
        return time.perf_counter() - begun


def qgis_validity(count: int) -> float | None:
    """Return the seconds that QGIS's validity check takes over the same polygons, ``None`` without QGIS."""
    with tempfile.TemporaryDirectory() as folder:
        source = write_geopackage(Path(folder) / "polygons.gpkg", count)
        done = subprocess.run(
            [QGIS_PYTHON, "-c", QGIS_SCRIPT, str(source)],
            capture_output=True,
            text=True,
            check=False,
            env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": folder},
        )
    lines = done.stdout.split()
    return float(lines[-1]) if done.returncode == 0 and lines else None
