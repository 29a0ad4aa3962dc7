"""Between the map and the desk: layers from the store, what was picked, drawn and reshaped back to it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QObject, Signal

from core.progress import Progress
from desktop.map.styles import load_style
from desktop.map.view import MapLayer, MapView
from desktop.session import Session
from desktop.words import pick, word
from forms.model import RecordType
from services.editing import update_geometry
from services.reading import fetch_arrays, fetch_boundary, fetch_record, fid_of, uids_of
from validation.finding import Finding

DRAWN = {"point": "point", "line": "line", "multi_line": "line", "multi_polygon": "polygon"}
CAPTURE_METHOD = "so_hoa_ban_do"
SNAP_PX = 12


class MapControl(QObject):
    """Keeps the map's layers as the store has them.

    ``picked`` carries type id to uids, ``drawn`` a type id and a geometry in the workspace's zone.
    """

    picked = Signal(object, bool)
    drawn = Signal(str, object)
    loaded = Signal()

    def __init__(self, session: Session, view: MapView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view
        self._layers: dict[str, MapLayer] = {}
        self._hidden: set[str] = set()
        self._type_id: str | None = None
        self._framed = False
        view.picked.connect(self._tell_picked)
        view.sketch_finished.connect(self._take_sketch)
        view.geometry_edited.connect(self._save_geometry)
        view.set_snapping(True, SNAP_PX)

    @property
    def types(self) -> list[RecordType]:
        """The record types that have a place on the map, in tree order."""
        return [kind for kind in self._session.desk.catalogue.types.values() if kind.geometry]

    def load(self) -> None:
        """Fetch the boundary and every layer."""
        desk = self._session.desk
        self._session.read(lambda progress: fetch_boundary(desk), self._show_boundary, owner=self)
        self.reload(kind.id for kind in self.types)

    def reload(self, type_ids: Iterable[str]) -> None:
        """Fetch some layers again."""
        wanted = [kind.id for kind in self.types if kind.id in set(type_ids)]
        desk = self._session.desk

        def fetch(progress: Progress) -> dict[str, Any]:
            return {type_id: fetch_arrays(desk, type_id) for type_id in wanted}

        if wanted:
            self._session.read(fetch, self._show_layers, owner=self)

    def _show_boundary(self, boundary: shapely.Geometry | None) -> None:
        self._view.set_boundary(boundary)
        self.zoom_full()

    def _show_layers(self, found: Mapping[str, Any]) -> None:
        fresh = bool(set(found) - set(self._layers))
        for type_id, arrays in found.items():
            kind = self._session.desk.catalogue.type(type_id)
            self._layers[type_id] = MapLayer(
                id=type_id,
                title=pick(kind.title),
                arrays=arrays,
                style=load_style(type_id),
                visible=type_id not in self._hidden,
            )
        if fresh:
            self._view.set_layers([self._layers[kind.id] for kind in reversed(self.types) if kind.id in self._layers])
        else:
            for type_id in found:
                self._view.update_layer(self._layers[type_id])
        if not self._framed:
            self.zoom_full()
        self.loaded.emit()

    def show_type(self, type_id: str | None) -> None:
        """Draw into this type from now on."""
        self._type_id = type_id

    def start_drawing(self) -> str | None:
        """Begin to draw a record of the chosen type; return what is drawn, or ``None`` when the type has no place."""
        kind = self._session.desk.catalogue.types.get(self._type_id or "")
        if kind is None or not kind.geometry:
            return None
        shape = DRAWN[kind.geometry[0]]
        self._view.set_tool(f"draw_{shape}")
        return shape

    def set_visible(self, type_ids: Iterable[str], visible: bool) -> None:
        """Show or hide layers."""
        changed = set(type_ids)
        self._hidden = self._hidden - changed if visible else self._hidden | changed
        self._show_layers({type_id: self._layers[type_id].arrays for type_id in changed if type_id in self._layers})

    def select(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Mark records, given by type id and uid."""
        desk = self._session.desk
        found: dict[str, set[int]] = {}
        for type_id, uids in chosen.items():
            if type_id in self._layers:
                found[type_id] = {fid for uid in uids if (fid := fid_of(desk, type_id, uid)) is not None}
        self._view.set_selection(found)

    def show_findings(self, findings: Iterable[Finding]) -> None:
        """Mark the places where something was found."""
        self._view.set_findings([finding for finding in findings if finding.place is not None])

    def zoom_full(self) -> None:
        """Show the commune, or everything there is."""
        bounds = self._view.full_bounds()
        if bounds is not None:
            self._framed = True
            self._view.zoom_to(bounds)

    def zoom_to_type(self, type_id: str) -> None:
        """Show everything of one type."""
        layer = self._layers.get(type_id)
        boxes = [arrays.total_bounds for arrays in layer.arrays.values()] if layer else []
        self._zoom([box for box in boxes if box])

    def zoom_to_records(self, uids: Iterable[str]) -> None:
        """Show some records, and flash a single one."""
        shapes = [fetch_record(self._session.desk, uid).geometry for uid in uids]
        boxes = [shape.bounds for shape in shapes if shape is not None]
        self._zoom(boxes)
        if len(boxes) == 1:
            point = shapely.point_on_surface(next(shape for shape in shapes if shape is not None))
            self._view.flash(point.x, point.y)

    def zoom_to_place(self, east: float, north: float, margin_m: float = 60.0) -> None:
        """Show the surroundings of a point and flash it."""
        self._view.zoom_to((east - margin_m, north - margin_m, east + margin_m, north + margin_m))
        self._view.flash(east, north)

    def _zoom(self, boxes: Sequence[tuple[float, float, float, float]]) -> None:
        if not boxes:
            return
        box = np.array(boxes)
        low, high = box[:, :2].min(axis=0), box[:, 2:].max(axis=0)
        margin = max(20.0, 0.1 * float((high - low).max()))
        self._view.zoom_to((*(low - margin).tolist(), *(high + margin).tolist()))

    def _tell_picked(self, picked: Any, additive: bool) -> None:
        desk = self._session.desk
        found: dict[str, list[int]] = {}
        for layer_id, fid in picked:
            found.setdefault(layer_id, []).append(int(fid))
        self.picked.emit({type_id: uids_of(desk, type_id, fids) for type_id, fids in found.items()}, additive)

    def _take_sketch(self, shape: str, xy: Any) -> None:
        points = np.asarray(xy, dtype=float)
        build = {"point": lambda: shapely.Point(points[0]), "line": lambda: shapely.LineString(points)}
        geometry = build.get(shape, lambda: shapely.Polygon(points))()
        if self._type_id is not None:
            self.drawn.emit(self._type_id, geometry)

    def _save_geometry(self, type_id: str, fid: int, geometry: shapely.Geometry) -> None:
        desk = self._session.desk
        uid = uids_of(desk, type_id, [fid])[0]
        expected = fetch_record(desk, uid).revision
        self._session.write(
            lambda progress: update_geometry(desk, uid, geometry, expected=expected),
            owner=self,
            otherwise=partial(self._note_refused, type_id),
        )

    def _note_refused(self, type_id: str, failure: object) -> bool:
        """Draw the layer as stored again; the failure is shown by whoever shows failures."""
        self.reload([type_id])
        return False


def undrawable(kind: RecordType | None) -> str:
    """Say why nothing can be drawn for ``kind``."""
    return word("UI-CHOOSE-TYPE-FIRST") if kind is None else word("UI-TYPE-HAS-NO-PLACE", type=pick(kind.title))
