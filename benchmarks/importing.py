"""GeoPackage to store, journalled, searchable and indexed, beside ogr2ogr to SpatiaLite; and the same file compared."""

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import Figure
from benchmarks.samples import installed, run, write_geopackage
from core.clock import utc_now
from forms.record import Actor
from services.importing import propose_import, run_import
from services.matching import Matching
from services.workspaces import create_desk

SIZE = 100_000
TYPE = "land_use_plan_area"
T = TypeVar("T")


def measure() -> list[Figure]:
    """Return the import's figures: by the clock, and by the processor, which a busy machine does not change."""
    with tempfile.TemporaryDirectory() as folder:
        source = write_geopackage(Path(folder) / "polygons.gpkg", SIZE)
        with create_desk(Path(folder) / "workspace", "01153", actor=Actor("bench"), clock=utc_now) as desk:
            report, ours, ours_cpu = _timed(lambda: run_import(desk, propose_import(desk, source, type_id=TYPE)))
            if report.written != SIZE:
                raise RuntimeError(f"{report.written} of {SIZE} records were written")
            plan = replace(propose_import(desk, source, type_id=TYPE), matching=Matching("likeness"))
            compared, comparing, comparing_cpu = _timed(lambda: run_import(desk, plan, dry_run=True))
            if compared.matches is None or compared.matches.counts["same"] != SIZE:
                raise RuntimeError("what was imported is not known again")
        peer = peer_cpu = None
        if installed("ogr2ogr"):
            target = Path(folder) / "peer.sqlite"
            options = ("-f", "SQLite", "-dsco", "SPATIALITE=YES", "-gt", "65536")
            _, peer, peer_cpu = _timed(lambda: run("ogr2ogr", *options, str(target), str(source)))
    beside = "ogr2ogr to SpatiaLite"
    return [
        Figure("import polygons, GeoPackage to store", "s", ours, peer, beside, SIZE),
        Figure("import polygons, processor's time", "s", ours_cpu, peer_cpu, beside, SIZE),
        Figure("compare polygons with the store by likeness", "s", comparing, size=SIZE),
        Figure("compare polygons, processor's time", "s", comparing_cpu, size=SIZE),
    ]


def _timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """Return what ``work`` gives, the seconds it took, and those of the processor, its child processes' too."""
    begun, begun_cpu = time.perf_counter(), _cpu()
    found = work()
    return found, time.perf_counter() - begun, _cpu() - begun_cpu


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)
