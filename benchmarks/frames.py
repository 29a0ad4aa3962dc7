"""Frames of the map beside QGIS's, on the same polygons, in the same run: cold, warm, and while the hand moves."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.checking import QGIS_PYTHON
from benchmarks.cold_frame import COLORS, HEIGHT, WIDTH, build_style
from benchmarks.desks import TYPE, filled_desk
from benchmarks.figures import Figure
from benchmarks.samples import CODES, build_polygons, write_geopackage

if TYPE_CHECKING:
    from desktop.map.layers import MapLayer
    from desktop.map.view import MapView

SIZES = (100_000, 1_000_000)
OUTLINED = 100_000  # the largest size at which outlines are forced; nobody asks for a million of them
WARM_FRAMES = 5
PAN_FRAMES = 400

QGIS_FRAMES = """
import json, sys, time
from qgis.core import *
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
source, picture, outline, frames = sys.argv[1], sys.argv[2], sys.argv[3] == '1', int(sys.argv[4])
colors = json.loads(sys.argv[5])
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(source, 'polygons', 'ogr')
edge = {'outline_style': 'solid', 'outline_width': '0.26'} if outline else {'outline_style': 'no'}
symbol = lambda color: QgsFillSymbol.createSimple({'color': color, 'outline_color': '#505050', **edge})
layer.setRenderer(QgsCategorizedSymbolRenderer(
    'code_plan', [QgsRendererCategory(code, symbol(color), code) for code, color in colors.items()]))
simplify = layer.simplifyMethod(); simplify.setSimplifyHints(QgsVectorSimplifyMethod.GeometrySimplification)
layer.setSimplifyMethod(simplify)
settings = QgsMapSettings(); settings.setLayers([layer]); settings.setOutputSize(QSize(1600, 900))
settings.setBackgroundColor(QColor('#fbfaf6')); settings.setDestinationCrs(layer.crs())
settings.setFlag(QgsMapSettings.UseRenderingOptimization, True)
box = layer.extent(); box.scale(1 / 0.88); settings.setExtent(box)
for number in range(frames):
    begun = time.perf_counter()
    job = QgsMapRendererSequentialJob(settings); job.start(); job.waitForFinished()
    image = job.renderedImage()
    print(time.perf_counter() - begun, flush=True)
    if number == 0: image.save(picture)
"""


def measure() -> list[Figure]:
    """Return the figures of the map."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            figures += _whole_extent(size, Path(folder))
    return [*figures, *_pan(SIZES[0])]


def _whole_extent(size: int, folder: Path) -> list[Figure]:
    """Return cold and warm frames of everything, and how far the two pictures are apart."""
    source = write_geopackage(folder / "polygons.gpkg", size)
    cold_peer, warm_peer = qgis_frames(source, folder / "qgis.png", outline=False)
    _, edged_peer = qgis_frames(source, folder / "edged.png", outline=True) if size <= OUTLINED else (None, None)
    source.unlink()
    peer = "QGIS" if warm_peer is not None else None
    with _shown([layer_of(size)]) as view:
        ours = view.grab_image()
        warm, coarse = _frame_ms(view)
        view.update_layer(TYPE, style=replace(view.scene.layer(TYPE).style, outline_from=0.0))
        edged, _ = _frame_ms(view) if size <= OUTLINED else (None, None)
        apart = picture_distance(ours, folder / "qgis.png") if peer else None
    cold = cold_frame(size)
    figures = [
        Figure("map, whole extent, cold: disk to full frame", "s", cold, cold_peer, peer, size),
        Figure("map, whole extent, warm: second frame", "ms", warm, warm_peer, peer, size),
        Figure("map, whole extent, first coarse picture", "ms", coarse, warm_peer, peer, size),
    ]
    if edged is not None:
        figures.append(Figure("map, whole extent, warm, every outline drawn", "ms", edged, edged_peer, peer, size))
    if apart is not None:
        figures.append(Figure("map, whole extent, colours apart from QGIS's", "%", apart, size=size))
    return figures


def qgis_frames(source: Path, picture: Path, *, outline: bool) -> tuple[float | None, float | None]:
    """Return the seconds from QGIS's start to its first frame, and the milliseconds of a further one."""
    if not Path(QGIS_PYTHON).exists():
        return None, None
    arguments = [str(source), str(picture), str(int(outline)), str(1 + WARM_FRAMES // 2), json.dumps(COLORS)]
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": str(picture.parent)}
    begun = time.perf_counter()
    with subprocess.Popen(
        [QGIS_PYTHON, "-c", QGIS_FRAMES, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        cold = time.perf_counter() - begun
        rest = [1000 * float(line) for line in process.stdout]
    return (cold, min(rest)) if first and rest else (None, None)


def cold_frame(size: int) -> float:
    """Return the seconds from the start of a program that opens a workspace to its first full frame."""
    with filled_desk(size) as desk:
        folder = desk.workspace.folder
        desk.workspace.close()
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "benchmarks.cold_frame", str(folder)], check=True, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - begun


def layer_of(size: int) -> "MapLayer":
    """Return the polygons as a layer, coloured by the codes that the GeoPackage has."""
    from desktop.map.layers import MapLayer
    from geodesy.arrays import build_arrays

    random = np.random.default_rng(11)
    random.integers(0, len(CODES), size)
    codes = [CODES[place] for place in random.integers(0, len(CODES), size)]
    style = build_style()
    arrays = build_arrays(np.arange(size), build_polygons(size), style.categories_of(codes))
    return MapLayer(TYPE, TYPE, arrays, style)


@contextmanager
def _shown(layers: "list[MapLayer]") -> "Iterator[MapView]":
    from PySide6.QtWidgets import QApplication

    from desktop.map.view import MapView

    application = QApplication.instance() or QApplication([])
    view = MapView()
    try:
        view.resize(WIDTH, HEIGHT)
        view.show()
        view.set_layers(layers)
        view.zoom_full()
        yield view
    finally:
        view.shut_down()
        view.close()
        application.processEvents()


def _frame_ms(view: "MapView") -> tuple[float, float]:
    """Return the fastest full frame and the fastest first picture, from asking to having it on the screen."""
    full, first = [], []
    for number in range(WARM_FRAMES):
        nudged = replace(view.camera, x=view.camera.x + (0.37 + number / 50) * view.camera.resolution)
        begun = time.perf_counter()
        view.canvas.look(nudged)
        view.canvas.ask()
        first.append(1000 * (_wait(lambda: _age(view) is not None) - begun))
        full.append(1000 * (_wait(lambda: view.canvas.is_up_to_date) - begun))
    return min(full), min(first)


def _age(view: "MapView") -> bool | None:
    """Whether the picture of what the camera sees is a full one; ``None`` while there is none."""
    frame = view.canvas.frame
    return frame.is_full if frame is not None and view.camera.shift_from(frame.camera) == (0, 0) else None


def _wait(done: Callable[[], bool]) -> float:
    from PySide6.QtWidgets import QApplication

    while not done():
        QApplication.processEvents()
        time.sleep(0.0002)  # the renderer wants the processor
    return time.perf_counter()


def picture_distance(ours: Any, theirs: Path) -> float:
    """Return the mean difference of two pictures' colours in percent, over squares of 16 pixels.

    Squares, because soft and hard edges of polygons of a pixel differ everywhere and mean the same.
    """
    from PySide6.QtGui import QImage

    squares = []
    for image in (ours, QImage(str(theirs))):
        plain = image.convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(plain.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)[: HEIGHT // 16 * 16, :, :3]
        squares.append(pixels.reshape(HEIGHT // 16, 16, WIDTH // 16, 16, 3).mean(axis=(1, 3)))
    rows = slice(2, HEIGHT // 16 - 6)  # without the scale bar
    return float(np.abs(squares[0][rows] - squares[1][rows]).mean() / 2.55)


def _pan(size: int) -> list[Figure]:
    """Return the time of a frame while the map is dragged and zoomed, and the renderer is never idle."""
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    with _shown([layer_of(size)]) as view:
        view.grab_image()
        canvas, taken = view.canvas, {"pan": [], "zoom": []}
        hand = QPointF(WIDTH / 2, HEIGHT / 2)
        canvas.begin_drag(hand)
        for number in range(PAN_FRAMES):
            kind = "zoom" if number % 8 == 7 else "pan"
            begun = time.perf_counter()
            if kind == "zoom":
                canvas.zoom(1.25 if number % 16 < 8 else 0.8, hand)
            else:
                hand += QPointF(9 if number % 80 < 40 else -9, 4 if number % 60 < 30 else -4)
                canvas.drag_to(hand)
            QApplication.processEvents()  # paints, and takes the pictures that have come
            taken[kind].append(1000 * (time.perf_counter() - begun))
            time.sleep(max(0.0, 0.016 - (time.perf_counter() - begun)))
        canvas.end_drag()
    return [
        Figure(f"map, {kind} frame p95 while it renders", "ms", statistics.quantiles(found, n=20)[-1], size=size)
        for kind, found in taken.items()
    ]


if __name__ == "__main__":
    for figure in measure():
        print(figure.as_dict(), flush=True)
