"""Memory of the map before a layer is opened, with it, and after it is closed: `python -m benchmarks map_memory`."""

import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.desks import filled_desk
from benchmarks.figures import Figure
from benchmarks.processes import held_megabytes
from benchmarks.samples import LAYERS

SIZES = (100_000,)
STEPS = ("before the layer", "with the layer", "after the layer is hidden", "after the layer is closed")


def measure(sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Return megabytes of the map's program and of its renderer, memory that both see counted once."""
    figures = []
    for size in sizes:
        with TemporaryDirectory() as folder:
            with filled_desk(size, Path(folder)) as desk:
                workspace = desk.workspace.folder
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.map_memory", str(workspace)],
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            )
        held = map(float, done.stdout.split())
        figures += [
            Figure(f"map, memory {step}", "MB", taken, size=size) for step, taken in zip(STEPS, held, strict=True)
        ]
    return figures


def show_and_close(folder: Path) -> None:
    """Open a workspace's polygons on a map, hide and close them; print what was held at each step."""
    from benchmarks.map_looks import build_style
    from benchmarks.shown_map import shown_map
    from core.clock import utc_now
    from core.memory import give_back_memory, without_collection
    from desktop.map.layers import MapLayer
    from forms.record import Actor
    from services.reading import fetch_arrays
    from services.workspaces import open_desk

    def tell() -> None:
        view.grab_image()
        gc.collect()
        give_back_memory()
        print(held_megabytes([os.getpid()]), flush=True)

    layer_id, style = LAYERS["polygon"], build_style()
    with without_collection(), open_desk(folder, actor=Actor("bench"), clock=utc_now) as desk, shown_map([]) as view:
        tell()
        arrays = fetch_arrays(desk, layer_id, category=("code_plan", style.numbers))
        view.set_layers([MapLayer(layer_id, layer_id, arrays, style)])
        del arrays
        tell()
        view.update_layer(layer_id, visible=False)
        tell()
        view.set_layers([])
        tell()


if __name__ == "__main__":
    show_and_close(Path(sys.argv[1]))
