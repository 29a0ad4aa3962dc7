"""The map under the hand: the time of a frame while it is dragged and zoomed and the renderer is never idle."""

import os
import statistics
import time
from collections.abc import Sequence

from benchmarks.figures import Figure
from benchmarks.samples import LAYERS, Shape

SIZES = (100_000,)
FRAMES = 400
FRAME_S = 0.016


def measure(sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Return the 95th percentile of pan and zoom frames over polygons, lines and points.

    In wall time, as the eye has it, and in the window's own processor time, which other programs do not lengthen.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return [figure for size in sizes for shape in LAYERS for figure in _pan(size, shape)]


def _pan(size: int, shape: Shape) -> list[Figure]:
    from benchmarks.shown_map import build_layer, shown_map

    with shown_map([build_layer(size, shape)]) as view:
        view.grab_image()
        taken = time_hand(view)
    return [
        Figure(f"map, {shape}s, frame p95 while it renders: {kind}", "ms", p95(found), size=size)
        for kind, found in taken.items()
    ]


def time_hand(view: object) -> dict[str, list[float]]:
    """Drag and zoom the map for some seconds; return the milliseconds of each frame by what the hand did.

    ``…, processor time`` are those of the window's thread alone.
    """
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    canvas = view.canvas  # type: ignore[attr-defined]
    taken: dict[str, list[float]] = {"pan": [], "zoom": [], "pan, processor time": [], "zoom, processor time": []}
    hand = QPointF(canvas.width() / 2, canvas.height() / 2)
    canvas.begin_drag(hand)
    for number in range(FRAMES):
        kind = "zoom" if number % 8 == 7 else "pan"
        begun, worked = time.perf_counter(), time.thread_time()
        if kind == "zoom":
            canvas.zoom(1.25 if number % 16 < 8 else 0.8, hand)
        else:
            hand += QPointF(9 if number % 80 < 40 else -9, 4 if number % 60 < 30 else -4)
            canvas.drag_to(hand)
        QApplication.processEvents()  # paints, and takes the pictures that have come
        taken[kind].append(1000 * (time.perf_counter() - begun))
        taken[f"{kind}, processor time"].append(1000 * (time.thread_time() - worked))
        time.sleep(max(0.0, FRAME_S - (time.perf_counter() - begun)))
    canvas.end_drag()
    return taken


def p95(found: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(found, n=20)[-1]
