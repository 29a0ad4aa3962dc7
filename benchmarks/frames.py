"""Frames of the map beside QGIS's, of the same records, in the same run: cold, warm, and how far the pictures differ.

`python -m benchmarks frames --sizes 10000` is a quick look.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.desks import filled_desk
from benchmarks.figures import Figure
from benchmarks.map_looks import category_of
from benchmarks.qgis_frames import QgisFrames, measure_qgis
from benchmarks.samples import LAYERS, Shape, write_geopackage
from core.clock import utc_now
from forms.record import Actor
from services.reading import keep_arrays
from services.workspaces import open_desk

SIZES = (10_000, 100_000, 1_000_000)
PROGRAM = """
from core.memory import without_collection
with without_collection():  # as the window starts
    from benchmarks.cold_frame import main
    main()
"""
SETTLED_S = 2.5  # after the last change a layer is kept
OUTLINED = 100_000  # the largest size at which outlines are forced; nobody asks for a million of them


def measure(sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Return the figures of polygons, lines and points at each size."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = []
    for size in sizes:
        for shape in LAYERS:
            print(f"  … {size:,} {shape}s", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory() as folder:
                figures += _measure(size, shape, Path(folder))
    return figures


def _measure(size: int, shape: Shape, folder: Path) -> list[Figure]:
    source = write_geopackage(folder / "records.gpkg", size, shape)
    peer = measure_qgis(source, folder / "qgis.png", shape)
    return [*_cold(size, shape, folder, peer), *_warm(size, shape, folder, peer)]


def _cold(size: int, shape: Shape, folder: Path, peer: QgisFrames | None) -> list[Figure]:
    """Both from disk to a full frame: from the start of the program, and from when it was ready to open the layer.

    Once as the store was filled, and once as the program finds it at any later start, with the layer kept beside it.
    """
    with filled_desk(size, folder, shape) as desk:
        workspace = desk.workspace.folder
    figures = _time_program(f"map, {shape}s, whole extent, first opening", size, shape, workspace, peer)
    if _keep(workspace, shape):
        figures += _time_program(f"map, {shape}s, whole extent, cold", size, shape, workspace, peer)
    return figures


def _time_program(what: str, size: int, shape: Shape, workspace: Path, peer: QgisFrames | None) -> list[Figure]:
    command = [sys.executable, "-c", PROGRAM, str(workspace), LAYERS[shape]]
    begun = time.time()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    ready, shown = map(float, done.stdout.split())
    return [
        _figure(f"{what}: program to frame", "s", shown - begun, peer and peer.started, size),
        _figure(f"{what}: layer to frame", "s", shown - ready, peer and peer.opened, size),
    ]


def _keep(workspace: Path, shape: Shape) -> bool:
    """Do what the window does some time after it has shown a layer; return whether the layer is worth keeping."""
    time.sleep(SETTLED_S)
    with open_desk(workspace, actor=Actor("bench"), clock=utc_now) as desk:
        return keep_arrays(desk, LAYERS[shape], category=category_of(shape))


def _warm(size: int, shape: Shape, folder: Path, peer: QgisFrames | None) -> list[Figure]:
    """Further frames of everything, and how far our picture is from QGIS's."""
    from benchmarks.map_looks import build_style
    from benchmarks.pictures import compare_pictures
    from benchmarks.shown_map import build_layer, shown_map, time_frames

    source, picture = folder / "records.gpkg", folder / "qgis.png"
    what = f"map, {shape}s, whole extent, warm"
    with shown_map([build_layer(size, shape)]) as view:
        ours = view.grab_image()
        full, first = time_frames(view)
        figures = [
            _figure(f"{what}: second frame", "ms", full, _ms(peer), size),
            _figure(f"{what}: first coarse picture", "ms", first, _ms(peer), size),
        ]
        if shape == "polygon" and size <= OUTLINED:
            view.update_layer(LAYERS[shape], style=build_style(outlined=True))
            edged, _ = time_frames(view)
            outlined = measure_qgis(source, folder / "edged.png", shape, outline=True)
            figures.append(_figure(f"{what}: every outline drawn", "ms", edged, _ms(outlined), size))
    if peer is not None:
        apart = compare_pictures(ours, picture)
        beside = f"map, {shape}s, beside QGIS's picture"
        figures += [
            Figure(f"{beside}: colours of squares apart", "%", apart.colors, size=size),
            Figure(f"{beside}: pixels without a like", "%", apart.pixels, size=size),
            Figure(f"{beside}: drawn there alone", "%", apart.missing, size=size),
            Figure(f"{beside}: drawn here alone", "%", apart.surplus, size=size),
        ]
    return figures


def _figure(name: str, unit: str, ours: float, peer: float | None, size: int) -> Figure:
    return Figure(name, unit, ours, peer, None if peer is None else "QGIS", size)


def _ms(peer: QgisFrames | None) -> float | None:
    return None if peer is None else 1000 * peer.warm
