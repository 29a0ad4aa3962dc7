"""All rules over many polygons beside QGIS's validity check alone, and the rules after one edit."""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.desks import TYPE, filled_desk
from benchmarks.figures import Figure
from benchmarks.samples import write_geopackage
from services.checking import check_desk, check_record
from services.reading import fetch_page, fetch_record

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
        Figure("rules after one edit, p95", "ms", statistics.quantiles(taken, n=20)[-1], size=SIZE),
    ]


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
