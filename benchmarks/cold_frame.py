"""A program that opens a workspace and shows all of one type: its arguments are the folder and the type.

It prints when it was ready to read the layer, and when all of it was on the screen.
"""

import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.map_looks import HEIGHT, WIDTH, build_style, category_of
from benchmarks.samples import LAYERS
from core.clock import utc_now
from desktop.map.layers import MapLayer
from desktop.map.view import MapView
from forms.record import Actor
from services.reading import fetch_arrays
from services.workspaces import open_desk


def show_workspace(folder: Path, layer_id: str) -> None:
    """Open the workspace, fetch a type's records, and return when all of them are on the screen."""
    application = QApplication([])
    view = MapView()
    view.resize(WIDTH, HEIGHT)
    view.show()
    style = build_style()
    with open_desk(folder, actor=Actor("bench"), clock=utc_now) as desk:
        ready = time.time()
        shape = next(shape for shape, known in LAYERS.items() if known == layer_id)
        arrays = fetch_arrays(desk, layer_id, category=category_of(shape))
    view.set_layers([MapLayer(layer_id, layer_id, arrays, style)])
    view.grab_image()
    print(ready, time.time(), flush=True)
    view.shut_down()
    application.processEvents()


def main() -> None:
    """Show what the arguments name."""
    show_workspace(Path(sys.argv[1]), sys.argv[2])
