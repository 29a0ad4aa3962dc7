"""Between the map and the desk: layers from the store, what was picked, drawn and reshaped back to it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QObject, QPoint, Signal

from core.errors import UserError
from core.memory import give_back_memory
from core.progress import Progress
from desktop.layer_keeping import LayerKeeping
from desktop.map.layer_views import LayerView, LayerViews
from desktop.map.layers import MapLayer
from desktop.map.styles import LayerStyle, Look, style_for
from desktop.map.tools.drawn import DrawnTool
from desktop.map.tools.pick import PickTool
from desktop.map.view import MapView
from desktop.map_layers import build_layer, build_records
from desktop.session import Session
from desktop.tasks import Failure
from desktop.words import pick, word
from forms.administration import load_communes
from forms.model import RecordType
from forms.record import Record
from services.editing import Changed
from services.reading import fetch_boundary, fetch_many, fetch_neighbours, fetch_record, fid_of, fids_of, uids_of
from services.shaping import reshape_records
from validation.finding import Finding

DRAWN = {"point": "point", "line": "line", "multi_line": "line", "multi_polygon": "polygon"}
BOTTOM_FIRST = ("polygon", "line", "point")
CAPTURE_METHOD = "so_hoa_ban_do"
ONE_BY_ONE = 20


class MapControl(QObject):
    """Keeps the map's layers as the store has them.

    ``picked`` carries type id to uids and whether they come on top, ``drawn`` a type id and a geometry in the
    workspace's zone, ``opened`` the uid of a record that was double-clicked, ``menu_wanted`` a place on the screen and
    the uids there; ``identified`` also the place on the ground; ``reshaped`` the uid of the record whose border was
    moved, and the ``Changed`` that says which others went along; ``shown`` comes when records or the selection changed.
    """

    picked = Signal(object, bool)
    drawn = Signal(str, object)
    opened = Signal(str)
    menu_wanted = Signal(QPoint, list)
    identified = Signal(QPoint, list, object)
    reshaped = Signal(str, object)
    loaded = Signal()
    shown = Signal()

    def __init__(self, session: Session, view: MapView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view
        self._layers: dict[str, MapLayer] = {}
        self.views = LayerViews()
        self._type_id: str | None = None
        self._storing: Counter[str] = Counter()  # records whose shape is being stored, and how often
        self._keeping = LayerKeeping(session, self._layers.values, lambda: self.views.look, self)
        view.picked.connect(self._tell_picked)
        view.boxed.connect(self._tell_picked)
        view.opened.connect(self._tell_opened)
        view.context_requested.connect(self._tell_menu)
        view.identified.connect(self._tell_identified)
        view.sketch_finished.connect(self._take_sketch)
        view.shape_drawn.connect(self._take_shape)
        view.geometry_edited.connect(self._save_geometry)
        view.geometries_edited.connect(self._save_geometries)

    @property
    def types(self) -> list[RecordType]:
        """The record types that have a place on the map, in tree order."""
        return [kind for kind in self._session.desk.catalogue.types.values() if kind.geometry]

    def load(self) -> None:
        """Fetch the boundary, the neighbours and every layer."""
        desk = self._session.desk
        self._view.set_home(desk.system, desk.commune.full_name)
        self._session.read(lambda progress: fetch_neighbours(desk), self._show_neighbours, owner=self)
        self._session.read(lambda progress: fetch_boundary(desk), self._show_boundary, owner=self)
        self.reload(kind.id for kind in self.types)

    def reload(self, type_ids: Iterable[str]) -> None:
        """Fetch some layers again."""
        chosen = set(type_ids)
        wanted = [kind.id for kind in self.types if kind.id in chosen]
        desk, look = self._session.desk, self.views.look

        def fetch(progress: Progress) -> list[MapLayer]:
            try:
                return [build_layer(desk, type_id, look) for type_id in wanted]
            finally:
                give_back_memory()

        if wanted:
            self._session.read(fetch, self._show_layers, owner=self)

    def note_change(self, records: Iterable[tuple[str, str]] | None) -> None:
        """Fetch what changed: single records one by one, more of them with their whole layer."""
        if records is None:
            self.reload(kind.id for kind in self.types)
            return
        changed = [pair for pair in records if pair[0] in self._layers]
        if len(changed) > ONE_BY_ONE:
            self.reload(type_id for type_id, _ in changed)
        elif changed:
            desk, look = self._session.desk, self.views.look
            fetch = partial(_fetch_one_by_one, desk, changed, look)
            self._session.read(lambda progress: fetch(), partial(self._show_changed, changed), owner=self)

    def _show_changed(self, changed: Sequence[tuple[str, str]], found: Mapping[str, Any]) -> None:
        """Show records as they are stored, but none that is being stored anew: that one is told of in its turn."""
        settled = [pair for pair in changed if not self._storing[pair[1]]]
        if len(settled) == len(changed):
            self._show_records(found)
        else:
            self.note_change(settled)

    def _show_boundary(self, boundary: shapely.Geometry | None) -> None:
        self._view.set_boundary(boundary)

    def _show_neighbours(self, outlines: Mapping[str, shapely.Geometry]) -> None:
        communes = load_communes()
        self._view.set_neighbours([(communes[code].full_name, outline) for code, outline in outlines.items()])

    def _show_layers(self, found: Sequence[MapLayer]) -> None:
        for layer in found:
            self._layers[layer.id] = layer
        self._show_pile()
        self._keeping.note_change()
        self.loaded.emit()
        self.shown.emit()

    @property
    def usual_pile(self) -> list[str]:
        """The types from bottom to top as nobody has moved them: faces, lines, points."""
        below = sorted(reversed(self.types), key=lambda kind: BOTTOM_FIRST.index(DRAWN[kind.geometry[0]]))
        return [kind.id for kind in below]

    def _show_pile(self) -> None:
        """Show the layers in the user's order, each as the user wants it."""
        pile = [self._layers[type_id] for type_id in self.views.piled(self.usual_pile) if type_id in self._layers]
        self._view.set_layers(
            [
                replace(
                    layer, style=self.views[layer.id].applied(layer.style), visible=layer.id not in self.views.hidden
                )
                for layer in pile
            ]
        )

    def set_look(self, look: Look) -> None:
        """Draw the whole map in other colours."""
        if look is not self.views.look:
            self.views.look = look
            self.views.save()
            self.reload(kind.id for kind in self.types)

    def style_of(self, type_id: str) -> LayerStyle:
        """Return how a type is drawn before the user's own wishes."""
        catalogue = self._session.desk.catalogue
        return style_for(catalogue.type(type_id), catalogue, self.views.look)

    def set_layer_view(self, type_id: str, view: LayerView) -> None:
        """Draw one layer as the user wants it from now on."""
        self.views.set_view(type_id, view)
        self._show_pile()

    def move_layer(self, type_id: str, steps: int) -> None:
        """Put a layer over or under its neighbour among those that have records."""
        shown = [layer.id for layer in self._layers.values() if len(layer)]
        self.views.move(type_id, steps, shown, self.usual_pile)
        self._show_pile()

    def _show_records(self, found: Mapping[str, Any]) -> None:
        for type_id, (arrays, titles, removed) in found.items():
            self._view.update_records(type_id, arrays, removed, titles)
            now = self._view.scene.layer(type_id)
            self._layers[type_id] = replace(self._layers[type_id], arrays=now.arrays, labels=now.labels)
        self._keeping.note_change()
        self.shown.emit()

    @property
    def type_id(self) -> str | None:
        """The record type that is drawn into."""
        return self._type_id

    def show_type(self, type_id: str | None) -> None:
        """Draw into this type from now on."""
        self._type_id = type_id

    def start_drawing(self, shape: str | None = None) -> str | None:
        """Begin to draw a record of the chosen type, as its usual shape unless ``shape`` says which.

        Return what is drawn, or ``None`` when the type has no place.
        """
        kind = self._session.desk.catalogue.types.get(self._type_id or "")
        if kind is None or not kind.geometry:
            return None
        shape = shape or shapes_of(kind)[0]
        self._view.set_tool(f"draw_{shape}")
        tool = self._view.tool
        if isinstance(tool, DrawnTool):
            tool.allows_parts = any(name.startswith("multi_") and DRAWN[name] == shape for name in kind.geometry)
        return shape

    def pick_record(self, type_ids: Iterable[str], take: Callable[[str], None], leave: Callable[[], None]) -> None:
        """Wait for a click on a record of some types; ``take`` gets its uid, ``leave`` is called on Esc."""
        desk = self._session.desk
        self._view.set_tool("pick")
        tool = self._view.tool
        assert isinstance(tool, PickTool)
        tool.begin(set(type_ids), lambda type_id, fid: take(uids_of(desk, type_id, [fid])[0]), leave)

    def set_visible(self, type_id: str, visible: bool) -> None:
        """Show or hide a layer."""
        (self.views.hidden.discard if visible else self.views.hidden.add)(type_id)
        self.views.save()
        if type_id in self._layers:
            self._view.update_layer(type_id, visible=visible)

    def select(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Mark records, given by type id and uid."""
        desk = self._session.desk
        found: dict[str, set[int]] = {}
        for type_id, uids in chosen.items():
            if type_id in self._layers:
                found[type_id] = set(fids_of(desk, type_id, uids).values())
        self._view.set_selection(found)
        self.shown.emit()

    def show_findings(self, findings: Iterable[Finding]) -> None:
        """Mark the places where something was found."""
        self._view.set_findings(findings)

    def zoom_to_type(self, type_id: str) -> None:
        """Show everything of one type."""
        layer = self._layers.get(type_id)
        if layer is not None and layer.bounds is not None:
            self._zoom([layer.bounds])

    def zoom_to_records(self, uids: Iterable[str]) -> None:
        """Show some records, and flash a single one."""
        shapes = [shape for uid in uids if (shape := fetch_record(self._session.desk, uid).geometry) is not None]
        self._zoom([shape.bounds for shape in shapes])
        if len(shapes) == 1:
            self._view.flash_geometry(shapes[0])

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

    def _tell_picked(self, picked: Sequence[tuple[str, int]], additive: bool) -> None:
        desk = self._session.desk
        found: dict[str, list[int]] = {}
        for layer_id, fid in picked:
            found.setdefault(layer_id, []).append(int(fid))
        self.picked.emit({type_id: uids_of(desk, type_id, fids) for type_id, fids in found.items()}, additive)

    def _tell_opened(self, type_id: str, fid: int) -> None:
        self.opened.emit(uids_of(self._session.desk, type_id, [fid])[0])

    def _tell_menu(self, place: QPoint, records: Sequence[tuple[str, int]]) -> None:
        desk = self._session.desk
        self.menu_wanted.emit(place, [uids_of(desk, type_id, [fid])[0] for type_id, fid in records])

    def _tell_identified(self, place: QPoint, records: Sequence[tuple[str, int]], ground: tuple[float, float]) -> None:
        desk = self._session.desk
        self.identified.emit(place, [uids_of(desk, type_id, [fid])[0] for type_id, fid in records], ground)

    def _take_sketch(self, shape: str, xy: Any) -> None:
        points = np.asarray(xy, dtype=float)
        build = {"point": lambda: shapely.Point(points[0]), "line": lambda: shapely.LineString(points)}
        geometry = build.get(shape, lambda: shapely.Polygon(points))()
        self._take_shape(geometry)

    def _take_shape(self, geometry: shapely.Geometry) -> None:
        if self._type_id is not None:
            self.drawn.emit(self._type_id, geometry)

    def _save_geometry(self, type_id: str, fid: int, geometry: shapely.Geometry, before: shapely.Geometry) -> None:
        key = (type_id, fid)
        title = self._session.desk.catalogue.type(type_id).title
        self._save({key: geometry}, {key: before}, "WORK-RESHAPE", lambda changed: None, type=title)

    def _save_geometries(
        self,
        shapes: Mapping[tuple[str, int], shapely.Geometry],
        label: str,
        before: Mapping[tuple[str, int], shapely.Geometry],
    ) -> None:
        type_id, fid = next(iter(shapes))
        own = uids_of(self._session.desk, type_id, [fid])[0]
        self._save(shapes, before, label, lambda changed: self.reshaped.emit(own, changed))

    def _save(
        self,
        shapes: Mapping[tuple[str, int], shapely.Geometry],
        before: Mapping[tuple[str, int], shapely.Geometry],
        label: str,
        then: Callable[[Changed], object],
        **facts: object,
    ) -> None:
        """Store shapes, and have them on the map at once: the hand may go on before they are stored."""
        desk = self._session.desk
        uids = {key: uids_of(desk, key[0], [key[1]])[0] for key in shapes}
        by_uid = {uids[key]: shape for key, shape in shapes.items()}
        known = {uids[key]: shape for key, shape in before.items()}
        type_ids = {type_id for type_id, _ in shapes}
        self._storing.update(list(by_uid))
        self._show_ahead(by_uid)

        def note_stored(changed: Changed) -> None:
            self._storing.subtract(list(by_uid))
            then(changed)

        def note_refused(failure: Failure) -> bool:
            self._storing.subtract(list(by_uid))
            self._note_refused(type_ids)
            is_gone = isinstance(failure.error, UserError) and failure.error.code == "RECORD-UNKNOWN"
            if is_gone:
                self._view.complained.emit(word("MAP-RECORD-GONE"))
            return is_gone

        self._session.write(
            lambda progress: reshape_records(desk, by_uid, label=label, known=known, **facts),
            note_stored,
            owner=self,
            otherwise=note_refused,
        )

    def _show_ahead(self, shapes: Mapping[str, shapely.Geometry]) -> None:
        """Show records with shapes that are not stored yet; one that is gone is left to whoever stores it."""
        desk = self._session.desk
        with suppress(UserError):
            records = [replace(record, geometry=shapes[record.uid]) for record in fetch_many(desk, list(shapes))]
            found: dict[str, Any] = {}
            for type_id in dict.fromkeys(record.type_id for record in records):
                own = [record for record in records if record.type_id == type_id]
                found[type_id] = (*build_records(desk, type_id, own, self.views.look), [])
            self._show_records(found)

    def _note_refused(self, type_ids: Iterable[str]) -> None:
        """Show the layers as stored again; the failure itself is shown by whoever shows failures."""
        self._view.discard_edit()
        self.reload(type_ids)


def _fetch_one_by_one(desk: Any, changed: Sequence[tuple[str, str]], look: Look) -> dict[str, Any]:
    """Return for each type the arrays and titles of what is still there, and the map's numbers of what is not."""
    found: dict[str, Any] = {}
    for type_id in dict.fromkeys(type_id for type_id, _ in changed):
        there: list[Record] = []
        gone: list[int] = []
        for uid in [uid for owner, uid in changed if owner == type_id]:
            try:
                there.append(fetch_record(desk, uid))
            except UserError:
                fid = fid_of(desk, type_id, uid)
                gone += [] if fid is None else [fid]
        found[type_id] = (*build_records(desk, type_id, there, look), gone)
    return found


def shapes_of(kind: RecordType) -> list[str]:
    """Return what a record of a type may be drawn as, its usual shape first."""
    return list(dict.fromkeys(DRAWN[name] for name in kind.geometry))


def undrawable(kind: RecordType | None) -> str:
    """Say why nothing can be drawn for ``kind``."""
    return word("UI-CHOOSE-TYPE-FIRST") if kind is None else word("UI-TYPE-HAS-NO-PLACE", type=pick(kind.title))
