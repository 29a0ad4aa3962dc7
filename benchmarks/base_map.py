"""A raster base map beside QGIS: a view until it has settled, and the map under the hand while its pieces come."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.checking import QGIS_PYTHON
from benchmarks.figures import Figure
from benchmarks.map_looks import HEIGHT, WIDTH
from benchmarks.samples import EPSG

MIDDLE = (437_000.0, 2_487_000.0)
RESOLUTION = 1.0  # metres a pixel
LEVELS, REACH, TILE = (15, 16, 17), 14, 256
VIEWS = 6

QGIS = """
import json, sys, time
from qgis.core import *
from qgis.PyQt.QtCore import QSize
order = json.loads(sys.argv[1])
app = QgsApplication([], False); app.initQgis()
layer = QgsRasterLayer(order['source'], 'tiles', 'gdal')
settings = QgsMapSettings(); settings.setLayers([layer]); settings.setOutputSize(QSize(*order['size']))
settings.setDestinationCrs(QgsCoordinateReferenceSystem('EPSG:%d' % order['epsg']))
for bounds in order['views']:
    settings.setExtent(QgsRectangle(*bounds))
    begun = time.perf_counter()
    job = QgsMapRendererSequentialJob(settings); job.start(); job.waitForFinished(); job.renderedImage()
    print(1000 * (time.perf_counter() - begun), flush=True)
"""


def measure() -> list[Figure]:
    """Return milliseconds of a settled view, first and further ones, and of frames while pieces are being fetched."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with TemporaryDirectory() as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Figure]:
    from PySide6.QtWidgets import QApplication

    from benchmarks.panning import p95, time_hand
    from benchmarks.shown_map import shown_map, wait_until
    from core.clock import utc_now
    from desktop.basemap_feed import BasemapFeed
    from desktop.map.camera import Camera
    from desktop.tasks import TaskRunner
    from forms.record import Actor
    from services.basemaps import add_basemap
    from services.workspaces import create_desk

    application = QApplication.instance() or QApplication([])
    with create_desk(folder / "workspace", "01153", actor=Actor("bench"), clock=utc_now) as desk:
        source = write_tiles(folder / "tiles.mbtiles", desk.system)
        runner = TaskRunner()
        feed = BasemapFeed(add_basemap(desk, source), desk.system, runner, runner)
        try:
            with shown_map([]) as view:
                canvas = view.canvas
                feed.changed.connect(lambda: view.set_images(feed.images))
                canvas.look(Camera(*MIDDLE, RESOLUTION, WIDTH, HEIGHT, canvas.camera.ratio))
                cameras = [canvas.camera.moved(500 * number, -300 * number) for number in range(VIEWS)]

                def settle(camera: Camera) -> float:
                    begun = time.perf_counter()
                    canvas.look(camera)
                    feed.ask(camera)
                    return 1000 * (wait_until(lambda: feed.is_idle and canvas.is_up_to_date) - begun)

                settled = [settle(camera) for camera in cameras]
                canvas.camera_changed.connect(feed.ask)
                hand = time_hand(view)
                wait_until(lambda: feed.is_idle)
        finally:
            feed.close()
            runner.shut_down()
    application.processEvents()
    theirs = _qgis(source, [camera.bounds for camera in cameras])
    peer = "QGIS" if theirs else None
    return [
        Figure("base map, first view settled", "ms", settled[0], theirs[0] if theirs else None, peer),
        Figure("base map, view moved by a third, settled", "ms", _middle(settled[1:]), _middle(theirs[1:]), peer),
        Figure("base map, pan frame p95 while pieces come", "ms", p95(hand["pan"])),
        Figure("base map, zoom frame p95 while pieces come", "ms", p95(hand["zoom"])),
    ]


def write_tiles(path: Path, system: object) -> Path:
    """Write an MBTiles pyramid of three levels around the middle, each tile another photograph of noise and shade."""
    from geodesy.datum import transform_xy
    from geodesy.mercator import unit_from_lonlat
    from geodesy.systems import WGS84

    unit = unit_from_lonlat(transform_xy([MIDDLE], system, WGS84))[0]  # type: ignore[arg-type]
    with sqlite3.connect(path) as store:
        store.execute("CREATE TABLE metadata (name text, value text)")
        store.executemany("INSERT INTO metadata VALUES (?, ?)", {"name": "tiles", "format": "png"}.items())
        store.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
        store.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
        store.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", _tiles(unit))
    store.close()
    return path


def _tiles(unit: np.ndarray) -> Iterator[tuple[int, int, int, bytes]]:
    random = np.random.default_rng(5)
    for level in LEVELS:
        column, row = (int(place * 2**level) for place in unit)
        reach = max(2, REACH >> (LEVELS[-1] - level))
        for x in range(column - reach, column + reach + 1):
            for y in range(row - reach, row + reach + 1):
                yield level, x, 2**level - 1 - y, _photograph(random)


def _photograph(random: np.random.Generator) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage

    shade = np.linspace(60, 180, TILE)[None, :, None] + np.linspace(0, 40, TILE)[:, None, None]
    pixels = (shade + random.integers(-12, 12, (TILE, TILE, 3))).clip(0, 255).astype(np.uint8)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImage(pixels.tobytes(), TILE, TILE, 3 * TILE, QImage.Format.Format_RGB888).save(buffer, "PNG", 80)
    return data.data()


def _qgis(source: Path, views: list[tuple[float, float, float, float]]) -> list[float]:
    if not Path(QGIS_PYTHON).exists():
        return []
    order = {"source": str(source), "size": [WIDTH, HEIGHT], "epsg": EPSG, "views": views}
    done = subprocess.run(
        [QGIS_PYTHON, "-c", QGIS, json.dumps(order)],
        capture_output=True,
        text=True,
        check=False,
        cwd=source.parent,  # GDAL leaves statistics where it stands
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": str(source.parent)},
    )
    return [float(line) for line in done.stdout.split()]


def _middle(found: list[float]) -> float | None:
    return float(np.median(found)) if found else None


if __name__ == "__main__":
    for figure in measure():
        print(figure.as_dict(), file=sys.stdout, flush=True)
