"""All rules over many polygons beside QGIS's validity check and PostGIS's self-join; the findings after one edit."""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.desks import TYPE, filled_desk
from benchmarks.figures import Figure
from benchmarks.postgis import running_postgis
from benchmarks.samples import build_polygons, write_geopackage
from core.clock import utc_now
from forms.record import Actor, Record
from services.checking import CheckReport
from services.desk_checks import check_desk
from services.reading import fetch_page, fetch_record
from services.rechecking import recheck
from services.workspaces import open_desk
from validation.overlaps import Areas, overlaps_within

SIZE = 100_000
SIZES = (SIZE, 1_000_000)
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


def measure(sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Return the figures of the checks: each size in programs of its own, so that its peak of memory is its alone."""
    figures = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _run_alone("fill", folder, str(size))
            whole = {name: Taken(**taken) for name, taken in json.loads(_run_alone("check", folder)).items()}
        validity = qgis_validity(size)
        for name, taken in whole.items():
            figures += [
                Figure(f"all rules, {name}", "s", taken.wall_s, validity, "QGIS, validity alone", size),
                Figure(f"all rules, {name}, processor time", "s", taken.cpu_s, size=size),
                Figure(f"all rules, {name}, peak of memory", "MB", taken.peak_mb, size=size),
            ]
    return [
        *figures,
        Figure("rule of overlaps over polygons", "s", own_overlaps(SIZE), postgis_self_join(SIZE), "PostGIS", SIZE),
        *after_edits(SIZE),
    ]


@dataclass(frozen=True)
class Taken:
    """What a piece of work took; ``peak_mb`` is the program's so far."""

    wall_s: float
    cpu_s: float
    peak_mb: float


@contextmanager
def taking(told: list[Taken]) -> Iterator[None]:
    """Add what the block takes to ``told``."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told.append(Taken(time.perf_counter() - wall, time.process_time() - processor, peak))


def check_twice(folder: Path) -> dict[str, Taken]:
    """Return what a check of everything takes when all drafts become checked, and when nothing changes any more."""
    told: list[Taken] = []
    with open_desk(folder / "workspace", actor=Actor("bench"), clock=utc_now) as desk:
        for _ in range(2):
            with taking(told):
                check_desk(desk)
    return dict(zip(("first time", "again"), told, strict=True))


def after_edits(count: int) -> list[Figure]:
    """Return the processor time in which the findings are current again after an edit of one record among ``count``."""
    figures = []
    with filled_desk(count) as desk:
        report: CheckReport | None = check_desk(desk)
        chosen = [record.uid for record in fetch_page(desk, TYPE, limit=EDITS).records]
        for name, change in (("a value", _renamed), ("a shape", _moved)):
            told: list[Taken] = []
            for uid in chosen:
                record = fetch_record(desk, uid)
                with desk.work("WORK-CHECK") as work:
                    work.update(desk.catalogue.type(TYPE), uid, expected=record.revision, **change(record))
                with taking(told):
                    report = recheck(desk, report)
            for what, taken in (
                ("processor time", [one.cpu_s for one in told]),
                ("wall", [one.wall_s for one in told]),
            ):
                p95 = 1000 * statistics.quantiles(taken, n=20)[-1]
                figures.append(Figure(f"findings after {name} was edited, p95, {what}", "ms", p95, size=count))
    return figures


def _renamed(record: Record) -> dict[str, Any]:
    return {"values": {"name": f"{record.values['name']} (mới)"}}


def _moved(record: Record) -> dict[str, Any]:
    return {"geometry": shapely.transform(record.geometry, lambda xy: xy + 0.5)}


def _run_alone(*words: str) -> str:
    command = [sys.executable, "-m", "benchmarks.checking", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def main(what: str, folder: str, count: str = "0") -> None:
    """Fill a workspace in a folder, or check it and print what that took."""
    if what == "fill":
        with filled_desk(int(count), Path(folder)):
            pass
    else:
        print(json.dumps({name: asdict(taken) for name, taken in check_twice(Path(folder)).items()}))


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


if __name__ == "__main__":
    main(*sys.argv[1:])
