"""A program that opens a workspace and shows all of one type: `python -m benchmarks.cold_frame FOLDER`."""

import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.samples import CODES
from core.clock import utc_now
from desktop.map.layers import MapLayer
from desktop.map.styles import FillSymbol, LayerStyle, SymbolSet
from desktop.map.view import MapView
from forms.record import Actor
from localdb.map_arrays import fetch_arrays
from services.workspaces import open_desk

LAYER, FIELD = "land_use_plan_area", "code_plan"
WIDTH, HEIGHT = 1600, 900
COLORS = dict(zip(CODES, (
    "#fffc8c", "#fffc96", "#fff0b4", "#ffd2a0", "#b4ffb4", "#bfffbe",
    "#aaffff", "#ffd0ff", "#ffaa32", "#ffaaa0", "#d2d2d2", "#a0d2ff",
), strict=True))  # fmt: skip


def build_style() -> LayerStyle:
    """Return a style of twelve categories, outlined all alike."""
    style = LayerStyle(classes=(SymbolSet(polygon=FillSymbol(line="#505050", width=1.0)),)).classified(COLORS)
    classes = (replace(item, polygon=replace(item.polygon, line="#505050")) for item in style.classes)
    return replace(style, classes=tuple(classes))


def show_workspace(folder: Path) -> None:
    """Open the workspace, fetch its polygons, and return when all of them are on the screen."""
    application = QApplication([])
    view = MapView()
    view.resize(WIDTH, HEIGHT)
    view.show()
    style = build_style()
    with open_desk(folder, actor=Actor("bench"), clock=utc_now) as desk, desk.reading() as connection:
        arrays = fetch_arrays(connection, desk.catalogue.type(LAYER), category=(FIELD, style.numbers))
    view.set_layers([MapLayer(LAYER, LAYER, arrays, style)])
    view.grab_image()
    view.shut_down()
    application.processEvents()


if __name__ == "__main__":
    show_workspace(Path(sys.argv[1]))
