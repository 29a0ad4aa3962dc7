"""The map as the window sees it: layers in, what the hand did out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PySide6.QtCore import QEvent, QPoint, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shapely.geometry.base import BaseGeometry

from desktop.map.camera import Bounds
from desktop.map.country import is_overview
from desktop.map.graticule import Grid
from desktop.map.images import PlacedImage
from desktop.map.layers import MapLayer, join_bounds
from desktop.map.legend import build_legend
from desktop.map.legend_view import LegendView
from desktop.map.overlay import Flash, draw_hint, draw_scale_bar
from desktop.map.render_link import RenderLink
from desktop.map.surface import MapSurface
from desktop.map.surroundings import Surroundings
from desktop.map.toolbox import TOOLS
from desktop.map.waiting import await_picture
from desktop.words import word
from geodesy.arrays import GeometryArrays, Kind, build_arrays
from geodesy.systems import CoordinateSystem

if TYPE_CHECKING:
    from validation.finding import Finding

_READING = frozenset({"select", "identify", "pan"})  # tools that read the map, the legend with it


class MapView(MapSurface):
    """A map with its tools, as a widget of the window.

    Call ``shut_down`` before the program ends. Signals beside the surface's own: ``scale_changed`` the n of 1:n,
    ``render_finished`` the milliseconds of a picture.
    """

    scale_changed = Signal(float)
    render_finished = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._link = RenderLink(QApplication.font())
        super().__init__(self._link, parent)
        self._flash = Flash(self.canvas)
        self.legend, self._has_legend = LegendView(self.canvas.viewport()), False
        self._tools = {kind.name: kind(self) for kind in TOOLS}
        self.surroundings = Surroundings()
        self._has_looked = False
        self._has_failed = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.setFocusProxy(self.canvas)
        self.canvas.overlays.append(self._paint_overlay)
        self.canvas.setAccessibleName(word("MAP-NAME"))
        self.canvas.camera_changed.connect(lambda camera: self.scale_changed.emit(camera.denominator))
        self.canvas.cursor_moved.connect(self._clear_way)
        self._link.finished.connect(self.render_finished)
        self._link.finished.connect(lambda _: self._set_failed(False))
        self._link.finished.connect(lambda _: self._renew_legend())
        self._link.failed.connect(lambda: self._set_failed(True))
        self.destroyed.connect(self._link.shut_down)
        self.set_tool("select")
        self._link.start()

    # What is shown

    def set_layers(self, layers: Sequence[MapLayer]) -> None:
        """Show these layers, bottom first; a layer whose ``arrays`` object is the same as before is not sent anew."""
        self.scene.set_layers(layers)
        self._scene_changed()

    def update_layer(self, layer: MapLayer | str, **changes: Any) -> None:
        """Show a layer anew; of one named by its id, the fields of ``MapLayer`` in ``changes`` alone become others."""
        self.scene.update_layer(replace(self.scene.layer(layer), **changes) if isinstance(layer, str) else layer)
        self._scene_changed()

    def update_records(
        self,
        layer_id: str,
        changed: Mapping[Kind, GeometryArrays],
        removed: Iterable[int] = (),
        labels: Mapping[int, str] | None = None,
    ) -> None:
        """Put single records into a layer, or take them out; only their place on the map is drawn anew."""
        removed = list(removed)
        old = self.scene.layer(layer_id)
        fids = [*removed, *(fid for item in changed.values() for fid in item.ids.tolist())]
        layer = old.spliced(changed, removed, labels or {})
        self.scene.update_layer(layer, join_bounds([old.bounds_of(fids), layer.bounds_of(fids)]))
        self._scene_changed()

    def set_images(self, images: Sequence[PlacedImage]) -> None:
        """Show these pictures under (or over) the layers, bottom first, and no others."""
        self.scene.set_images(images)
        self.canvas.refresh()

    def set_swiped(self, images: Sequence[PlacedImage]) -> None:
        """Show these pictures over the map on one side of the divider, as long as the swipe tool is in hand."""
        self.swipe.set_images(images)
        self.repaint_overlay()

    def set_boundary(self, boundary: BaseGeometry | None) -> None:
        """Show the commune's boundary as a strong outline, or none."""
        self.scene.set_boundary({} if boundary is None else build_arrays([0], [boundary]))
        self._scene_changed()

    def set_neighbours(self, outlines: Sequence[tuple[str, BaseGeometry]]) -> None:
        """Show the adjoining communes, each with its name, under everything; they cannot be selected."""
        shapes = [shape for _, shape in outlines]
        arrays = build_arrays(range(len(shapes)), shapes) if shapes else {}
        self.scene.set_neighbours(arrays, [name for name, _ in outlines])
        self._scene_changed()

    def set_home(self, system: CoordinateSystem, name: str) -> None:
        """Tell in which zone the map's metres are, and the name of the commune: grids and overviews need both."""
        self.surroundings.system, self.surroundings.name = system, name

    def show_grid(self, grid: Grid, shown: bool) -> None:
        """Show a grid over the map, or no longer."""
        self.surroundings.show_grid(grid, shown)
        self.canvas.viewport().update()

    def set_selection(self, selection: Mapping[str, Iterable[int]]) -> None:
        """Highlight records, by layer id."""
        self.scene.set_selection(selection)
        self.canvas.refresh()

    def set_findings(self, findings: "Iterable[Finding]") -> None:
        """Mark the places where checks found something, by severity; a finding without a place has no mark."""
        marked = [(finding.place, finding.severity) for finding in findings if finding.place is not None]
        self.scene.set_findings([(place.x, place.y) for place, _ in marked], [severity for _, severity in marked])
        self._scene_changed()

    def show_legend(self, shown: bool) -> None:
        """Show over the map what its colours mean, or no longer."""
        self._has_legend = shown
        self._renew_legend()

    def _renew_legend(self) -> None:
        is_shown = self._has_legend and not is_overview(self.camera)  # it would lie over Hoàng Sa and Trường Sa
        self.legend.show_lines(build_legend(self.scene.drawn, self.camera) if is_shown else ())

    def _clear_way(self, x: float, y: float) -> None:
        """Keep the legend from under a hand that draws."""
        is_drawing = self.tool.name not in _READING
        at = self.canvas.to_screen(np.array([(x, y)]))[0].round().astype(int).tolist() if is_drawing else None
        self.legend.stand_aside(None if at is None else QPoint(*at))

    def flash(self, x: float, y: float) -> None:
        """Draw the eye to a place."""
        self._flash.show(shapely.Point(x, y))

    def flash_geometry(self, geometry: BaseGeometry) -> None:
        """Draw the eye to a geometry."""
        self._flash.show(geometry)

    # Where it looks

    def zoom_to(self, bounds: Bounds) -> None:
        """Show a box whole; of a point, its surroundings."""
        self._has_looked = True
        self.canvas.fit(bounds)

    def full_bounds(self) -> Bounds | None:
        """Return the bounds of the commune, or of all records when there is no boundary."""
        return self.scene.bounds

    def zoom_around(self, places: Sequence[tuple[float, float]]) -> None:
        """Show places with some room around them."""
        xy = np.array(places)
        low, high = xy.min(axis=0), xy.max(axis=0)
        margin = max(40.0, float((high - low).max()) * 0.3)
        self.zoom_to((*(low - margin).tolist(), *(high + margin).tolist()))

    def zoom_full(self) -> None:
        """Show the commune, or all records when there is no boundary."""
        bounds = self.full_bounds()
        if bounds is not None:
            self.zoom_to(bounds)

    def zoom_to_country(self) -> None:
        """Show the whole country, its sea and islands."""
        bounds = self.surroundings.country_bounds
        if bounds is not None:
            self.zoom_to(bounds)

    def zoom_to_selection(self) -> None:
        """Show the highlighted records."""
        bounds = self.scene.bounds_of_selection()
        if bounds is not None:
            self.zoom_to(bounds)

    def zoom_to_records(self, layer_id: str, fids: Iterable[int]) -> None:
        """Show some records of a layer."""
        bounds = self.scene.layer(layer_id).bounds_of(fids)
        if bounds is not None:
            self.zoom_to(bounds)

    def zoom_by(self, share: float) -> None:
        """Show ``share`` of the present width and height around the same middle: below 1 comes nearer."""
        self.canvas.zoom(1 / share)

    def set_scale(self, denominator: float) -> None:
        """Show the same middle at 1:``denominator``."""
        self.canvas.look(self.canvas.camera.at_scale(denominator))

    def centre_on(self, x: float, y: float) -> None:
        """Bring a place to the middle."""
        self._has_looked = True
        self.canvas.look(self.canvas.camera.fitted((x, y, x, y)))

    def refresh(self) -> None:
        """Draw everything anew, with a new renderer if the old one gave up."""
        self._has_failed = False
        self._link.start()
        self.canvas.refresh()

    # The hand

    def discard_edit(self) -> None:
        """Forget an edit that was not saved: the vertex tool shows the record as the layer has it."""
        self.tool.scene_changed()
        self.canvas.viewport().update()

    # Pictures

    def grab_image(self, wait_ms: int = 30_000, *, decorated: bool = True) -> QImage:
        """Return the map as on the screen, once it is drawn in full; raise ``MAP-RENDER-TIMEOUT`` when it never is.

        Without ``decorated``, what lies over the records (legend, scale bar, marks of tools) is left out.
        """
        self.grab()  # settles the sizes of a window that was never shown
        await_picture(self.canvas, lambda: self._has_failed, wait_ms)
        return self.grab().toImage() if decorated else self._grab_plain()

    def _grab_plain(self) -> QImage:
        overlays, had_legend = list(self.canvas.overlays), self.legend.isVisible()
        try:
            self.canvas.overlays.clear()
            self.legend.hide()
            return self.grab().toImage()
        finally:
            self.canvas.overlays.extend(overlays)
            self.legend.setVisible(had_legend)

    # Life

    def shut_down(self) -> None:
        """End the renderer's process and give back its memory; the map is of no use after that."""
        self._flash.stop()
        self.canvas.forget_frame()
        self._link.shut_down()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.canvas.setAccessibleName(word("MAP-NAME"))
        super().changeEvent(event)

    def _scene_changed(self) -> None:
        """Ask for a new picture; the first thing to be shown is looked at."""
        if not self._has_looked:
            self.zoom_full()
        self.tool.scene_changed()
        self.canvas.refresh()

    def _set_failed(self, has_failed: bool) -> None:
        self._has_failed = has_failed
        self.canvas.viewport().update()

    def _paint_overlay(self, painter: QPainter) -> None:
        painter.setFont(QApplication.font())
        self.swipe.paint(painter, self.camera)
        self.surroundings.paint(painter, self.camera, self.full_bounds())
        self.tool.paint(painter)
        self._flash.paint(painter)
        if self._has_failed:
            draw_hint(painter, self.canvas, word("MAP-RENDER-FAILED"))
        elif self.scene.is_empty:
            draw_hint(painter, self.canvas, word("MAP-EMPTY"))
        if not self.scene.is_empty or self.surroundings.grids:
            draw_scale_bar(painter, self.canvas)
