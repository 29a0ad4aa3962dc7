"""The map as the window shows it, for benchmarks: layers in, frames timed from asking to having them on the screen."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QApplication

from benchmarks.map_looks import HEIGHT, WIDTH, build_style
from benchmarks.samples import LAYERS, Shape, build_shapes, codes_of
from desktop.map.layers import MapLayer
from desktop.map.view import MapView
from geodesy.arrays import build_arrays

WARM_FRAMES = 5


def build_layer(size: int, shape: Shape = "polygon") -> MapLayer:
    """Return the records of a shape as a layer, polygons coloured by the codes that the GeoPackage has."""
    style = build_style()
    category = style.categories_of(codes_of(size).tolist()) if shape == "polygon" else None
    arrays = build_arrays(np.arange(size), build_shapes(shape, size), category)
    return MapLayer(LAYERS[shape], LAYERS[shape], arrays, style)


@contextmanager
def shown_map(layers: Sequence[MapLayer]) -> Iterator[MapView]:
    """Give a map on the screen that shows these layers whole."""
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


def time_frames(view: MapView) -> tuple[float, float]:
    """Return the milliseconds of the fastest full frame and of the fastest first picture."""
    full, first = [], []
    for number in range(WARM_FRAMES):
        nudged = replace(view.camera, x=view.camera.x + (0.37 + number / 50) * view.camera.resolution)
        begun = time.perf_counter()
        view.canvas.look(nudged)
        view.canvas.ask()
        first.append(1000 * (wait_until(lambda: _has_picture(view)) - begun))
        full.append(1000 * (wait_until(lambda: view.canvas.is_up_to_date) - begun))
    return min(full), min(first)


def wait_until(done: Callable[[], bool]) -> float:
    """Serve the window until something is so; return the moment."""
    while not done():
        QApplication.processEvents()
        time.sleep(0.0002)  # the renderer wants the processor
    return time.perf_counter()


def _has_picture(view: MapView) -> bool:
    """Whether there is a picture, coarse or full, of what the camera sees."""
    frame = view.canvas.frame
    return frame is not None and view.camera.shift_from(frame.camera) == (0, 0)
