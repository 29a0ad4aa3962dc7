"""GeoPackage to store, journalled, searchable and indexed, beside ogr2ogr to SpatiaLite."""

import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.samples import installed, run, write_geopackage
from core.clock import utc_now
from forms.record import Actor
from services.importing import propose_import, run_import
from services.workspaces import create_desk

SIZE = 100_000


def measure() -> list[Figure]:
    """Return the import's figures."""
    with tempfile.TemporaryDirectory() as folder:
        source = write_geopackage(Path(folder) / "polygons.gpkg", SIZE)
        with create_desk(Path(folder) / "workspace", "01153", actor=Actor("bench"), clock=utc_now) as desk:
            begun = time.perf_counter()
            report = run_import(desk, propose_import(desk, source, type_id="land_use_plan_area"))
            ours = time.perf_counter() - begun
        if report.written != SIZE:
            raise RuntimeError(f"{report.written} of {SIZE} records were written")
        peer = None
        if installed("ogr2ogr"):
            begun = time.perf_counter()
            target = Path(folder) / "peer.sqlite"
            run("ogr2ogr", "-f", "SQLite", "-dsco", "SPATIALITE=YES", "-gt", "65536", str(target), str(source))
            peer = time.perf_counter() - begun
    return [Figure("import polygons, GeoPackage to store", "s", ours, peer, "ogr2ogr to SpatiaLite", SIZE)]
