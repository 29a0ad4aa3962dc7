"""What a tool of the map has in hand: the picture, what lies on it, and a way to say what was done."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget
from shapely.geometry.base import BaseGeometry

from desktop.map.camera import Bounds, Camera
from desktop.map.canvas import MapCanvas
from desktop.map.drawing_aids import DrawingAids, load_aids
from desktop.map.hand import Hand
from desktop.map.layers import build_geometry, paths_of
from desktop.map.preview import Preview
from desktop.map.render_link import RenderLink
from desktop.map.scene import Hit, MapScene, Record
from desktop.map.snapping import NOTHING_SKETCHED, Sketched, Snap
from desktop.map.swipe import Swipe
from desktop.map.tracing import Traced, Tracer
from desktop.words import word
from geodesy.arrays import Kind


class MapSurface(QWidget):
    """The map under a tool; coordinates are metres of the commune's zone, east and north.

    Signals: ``picked`` and ``boxed`` carry a list of (layer id, fid) and
    whether it adds to the selection; ``opened`` a double click on a record; ``context_requested`` a place on the
    screen and the records there, ``identified`` also the place on the ground; ``sketch_finished`` the kind and the
    vertices ``(n, 2)``, a polygon's first one not repeated, ``shape_drawn`` a sketch of several paths as one shape,
    ``sketch_changed`` the tool whose sketch is another now; ``sketch_left`` comes before an unfinished one is left for
    another tool; ``drawn_over`` the name of a tool that does something to
    records, and such vertices; ``geometry_edited`` layer id, fid, the new shapely geometry (single when it has one
    part) and the one it was made from; ``geometries_edited`` several of them, by (layer id, fid), with the message code
    that names the step, and those they were made from; ``edit_doubted`` the same and where they would overlap, for
    whoever asks, ``edit_refused`` why nothing was changed;
    ``tool_changed`` the name of the tool in hand; ``hinted`` a text on what to do, ``complained`` one on what cannot be
    done; ``cursor_moved`` the place under the cursor.
    """

    picked = Signal(list, bool)
    boxed = Signal(list, bool)
    opened = Signal(str, int)
    context_requested = Signal(QPoint, list)
    sketch_finished = Signal(str, object)
    sketch_changed = Signal(str)
    sketch_left = Signal()
    shape_drawn = Signal(object)
    geometry_edited = Signal(str, int, object, object)
    geometries_edited = Signal(object, str, object)
    edit_doubted = Signal(object, str, object, object)
    edit_refused = Signal(object)
    drawn_over = Signal(str, object)
    identified = Signal(QPoint, list, object)
    delete_requested = Signal()
    tool_changed = Signal(str)
    hinted = Signal(str)
    complained = Signal(str)
    cursor_moved = Signal(float, float)

    def __init__(self, link: RenderLink, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = MapCanvas(link, self)
        self.scene = MapScene(link)
        self.preview = Preview(self.canvas)
        self.swipe = Swipe()
        self.aids = load_aids()
        self._tracer = Tracer(self.scene)
        self._tools: dict[str, Hand] = {}
        self.canvas.cursor_moved.connect(self.cursor_moved)

    @property
    def camera(self) -> Camera:
        """What the map shows."""
        return self.canvas.camera

    @property
    def tool(self) -> Hand:
        """The tool in hand."""
        assert self.canvas.tool is not None
        return self.canvas.tool

    def set_tool(self, name: str) -> None:
        """Take a tool by its name."""
        chosen = self._tools[name]
        if self.canvas.tool is not None:
            self.canvas.tool.put_down()
        self.canvas.tool = chosen
        chosen.taken()
        self.canvas.show_cursor()
        self.canvas.viewport().update()
        self.tool_changed.emit(name)
        if chosen.hint:
            self.say(chosen.hint)

    def set_snapping(self, enabled: bool, tolerance_px: float | None = None) -> None:
        """Have drawn points stick to what is near, or not; ``tolerance_px`` in logical pixels, else as it was."""
        reach_px = self.aids.reach_px if tolerance_px is None else tolerance_px
        self.aids = replace(self.aids, is_snapping=enabled, reach_px=reach_px)

    def set_aids(self, aids: DrawingAids) -> None:
        """Help the hand in another way from now on."""
        self.aids = aids
        self.canvas.viewport().update()

    def hits_at(self, x: float, y: float, reach_px: float, *, editable: bool = False) -> list[Hit]:
        """Return the records within ``reach_px`` logical pixels of a place, topmost first."""
        camera = self.camera
        return self.scene.hits(x, y, reach_px * camera.metres_per_point, camera.denominator, editable=editable)

    def records_in(self, bounds: Bounds) -> list[Record]:
        """Return the records that a box touches."""
        return self.scene.inside(bounds, self.camera.denominator)

    def records_within(self, area: BaseGeometry) -> list[Record]:
        """Return the records that have something in common with an area."""
        return self.scene.within(area, self.camera.denominator)

    def selected_paths(self) -> Iterator[tuple[list[npt.NDArray[np.float64]], bool]]:
        """Yield the paths of each selected record, and whether they are rings."""
        return ((paths, kind == "polygon") for kind, paths in self._selected())

    def _selected(self) -> Iterator[tuple[Kind, list[npt.NDArray[np.float64]]]]:
        for layer_id, fids in self.scene.selection.items():
            layer = self.scene.layer(layer_id)
            for kind, places in layer.places_of(fids).items():
                for place in places.tolist():
                    yield kind, paths_of(layer.arrays[kind], place)

    def selected_kinds(self) -> Counter[Kind]:
        """Return how many of the selected records are points, lines and polygons."""
        found: Counter[Kind] = Counter()
        for layer_id, fids in self.scene.selection.items():
            found.update({kind: len(places) for kind, places in self.scene.layer(layer_id).places_of(fids).items()})
        return found

    def selected_shape(self) -> BaseGeometry | None:
        """Return the shape of the selected record when it is alone."""
        paths = list(itertools.islice(self._selected(), 2))
        return build_geometry(*paths[0]) if len(paths) == 1 else None

    def snap(
        self,
        x: float,
        y: float,
        *,
        sketched: Sketched = NOTHING_SKETCHED,
        except_for: Record | None = None,
        without_selection: bool = False,
        moving: npt.NDArray[np.float64] | None = None,
    ) -> Snap | None:
        """Return what a place sticks to, or ``None``; not ``except_for``, nor what is selected if so asked.

        Nor what moves with the vertices ``moving`` ``(n, 2)`` in any record.
        """
        if not self.aids.is_snapping:
            return None
        camera = self.camera
        reach = self.aids.reach_px * camera.metres_per_point
        left_out = {} if except_for is None else {except_for[0]: frozenset({except_for[1]})}
        if without_selection:
            left_out = dict(self.scene.selection)
        return self.scene.snap(
            x,
            y,
            reach,
            camera.denominator,
            kinds=self.aids.kinds,
            sketched=sketched,
            left_out=left_out,
            moving=moving,
        )

    def trace(self, start: tuple[float, float], end: tuple[float, float]) -> Traced:
        """Return the way along what is on the map from one place to another, also out of view."""
        return self._tracer.trace(start, end, self.camera.bounds, self.camera.denominator)

    def say(self, code: str, **context: object) -> None:
        """Tell the user something about the tool in hand."""
        self.hinted.emit(word(code, **context))

    def repaint_overlay(self) -> None:
        """Have the tool's marks painted again."""
        self.canvas.viewport().update()
