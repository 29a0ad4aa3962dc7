"""Move, insert and remove the vertices of a record."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from core.errors import UserError
from desktop.map.hit_grid import nearest_on_segments
from desktop.map.layers import build_geometry, paths_of
from desktop.map.scene import Record
from desktop.map.snapping import Snap
from desktop.map.tools.marks import HANDLE_PX, draw_handles, draw_sketch, draw_snap
from desktop.map.tools.tool import REACH_PX, Pointer, Tool
from geodesy.arrays import Kind
from geodesy.shaping.topology import insert_vertex, move_vertex, remove_vertex

Paths = list[npt.NDArray[np.float64]]
Place = tuple[float, float]
Shapes = dict[Record, shapely.Geometry]

if TYPE_CHECKING:
    from desktop.map.view import MapView

_LEAST = {"point": 1, "line": 2, "polygon": 4}  # points of a path; a ring repeats its first


@dataclass(slots=True)
class Edited:
    """The record whose vertices are shown."""

    layer_id: str
    fid: int
    kind: Kind
    paths: Paths


class VertexTool(Tool):
    """Click a record to see its vertices; drag one, or an edge; double-click an edge to insert, Delete to remove.

    With shared borders kept together (``DrawingAids.is_topological``), what other records have of the same border
    goes along, in the same step.
    """

    name = "vertices"
    hint = "MAP-HINT-VERTICES"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: "MapView") -> None:
        super().__init__(view)
        self._edited: Edited | None = None
        self._chosen: tuple[int, int] | None = None  # path and vertex
        self._edge: tuple[int, int] | None = None  # path and the vertex where the edge in hand begins
        self._others: Shapes = {}  # records that share what is in hand, as they were
        self._before: Paths | None = None  # the shape when the drag began
        self._held_at: Pointer | None = None
        self._has_moved = False
        self._snap: Snap | None = None

    def put_down(self) -> None:
        self._edited = self._chosen = self._edge = self._before = self._snap = None
        self._others, self._has_moved = {}, False
        self.view.preview.clear()

    def scene_changed(self) -> None:
        """Take the record as it is stored now, unless the hand is moving a vertex."""
        if self._edited is not None and self._before is None:
            self._load(self._edited.layer_id, self._edited.fid)

    def pressed(self, at: Pointer) -> None:
        if at.button != Qt.MouseButton.LeftButton:
            return
        handle = self._handle_at(at)
        if handle is None and self._edge_at(at) is None:
            self._take(at)
            handle = self._handle_at(at)
        edge = self._edge_at(at) if handle is None else None
        self._chosen, self._edge = handle, None if edge is None else edge[:2]
        if (handle is not None or edge is not None) and self._edited is not None:
            self._before, self._has_moved = [path.copy() for path in self._edited.paths], False
            self._held_at = at
            self._others = self._sharing(self._held_places())
        self.view.repaint_overlay()

    def _held_places(self) -> list[Place]:
        """Return the vertices in hand, as they were when the drag began."""
        assert self._before is not None
        held = self._chosen or self._edge
        assert held is not None
        path, vertex = held
        places = [self._before[path][vertex]]
        if self._chosen is None:
            places.append(self._before[path][vertex + 1])
        return [(float(x), float(y)) for x, y in places]

    def _sharing(self, places: list[Place]) -> Shapes:
        """Return the other records whose outline runs through one of the places, when borders are kept together."""
        edited = self._edited
        if edited is None or edited.kind == "point" or not self.view.aids.is_topological:
            return {}
        found: Shapes = {}
        for place in places:
            found.update(self.view.scene.shapes_at(place, edited.kind, self.view.camera.denominator))
        found.pop((edited.layer_id, edited.fid), None)
        return found

    def moved(self, at: Pointer) -> None:
        if self._before is None or self._edited is None or self._held_at is None:
            return
        if not self._has_moved and at.is_near(self._held_at.px, self._held_at.py):
            return
        self._has_moved = True
        if self._chosen is not None:
            edited = self._edited
            self._snap = self.view.snap(at.x, at.y, except_for=(edited.layer_id, edited.fid))
            self._move_to((self._snap.x, self._snap.y) if self._snap is not None else (at.x, at.y))
        elif self._edge is not None:
            self._shift_edge((at.x - self._held_at.x, at.y - self._held_at.y))
        if self._others:
            self.view.preview.show_shapes(self._others_now().values())
        self.view.repaint_overlay()

    def _others_now(self) -> Shapes:
        """Return what becomes of the records that share what is in hand."""
        now, found = dict(self._others), Shapes()
        assert self._edited is not None
        held = self._chosen or self._edge
        assert held is not None
        path, vertex = held
        for step, old in enumerate(self._held_places()):
            new = self._edited.paths[path][vertex + step]
            changed = move_vertex(now, old, (float(new[0]), float(new[1])))
            now.update(changed)
            found.update(changed)
        return found

    def released(self, at: Pointer) -> None:
        if at.button != Qt.MouseButton.LeftButton or self._before is None:
            return
        others = self._others_now() if self._has_moved else {}
        has_moved, self._before, self._snap, self._edge, self._others = self._has_moved, None, None, None, {}
        self.view.preview.clear()
        self.view.repaint_overlay()
        if has_moved:
            self._hand_over(others)

    def double_clicked(self, at: Pointer) -> None:
        edge = self._edge_at(at) if self._handle_at(at) is None else None
        if at.button != Qt.MouseButton.LeftButton or edge is None or self._edited is None:
            return
        path, vertex, x, y = edge
        snap = self.view.snap(at.x, at.y, except_for=(self._edited.layer_id, self._edited.fid))
        place = (snap.x, snap.y) if snap is not None else (x, y)
        others = insert_vertex(self._sharing([place]), place)
        self._edited.paths[path] = np.insert(self._edited.paths[path], vertex + 1, place, axis=0)
        self._chosen = (path, vertex + 1)
        self._hand_over(others)

    def uses(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self._chosen is not None
        return key == Qt.Key.Key_Escape and self._edited is not None

    def key_pressed(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._edited is not None:
            if self._before is not None:
                self._edited.paths, self._before = self._before, None
                self._edge, self._others = None, {}
                self.view.preview.clear()
            else:
                self.put_down()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._chosen is not None and self._before is None:
            self._remove_chosen()
        else:
            return False
        self.view.repaint_overlay()
        return True

    def _take(self, at: Pointer) -> None:
        """Show the vertices of the record under the cursor, a selected one before others."""
        hits = self.view.hits_at(at.x, at.y, REACH_PX, editable=True)
        selection = self.view.scene.selection
        hits.sort(key=lambda hit: hit.fid not in selection.get(hit.layer_id, ()))
        if hits:
            self._load(hits[0].layer_id, hits[0].fid)
        else:
            self.put_down()

    def _load(self, layer_id: str, fid: int) -> None:
        found = None
        if layer_id in {layer.id for layer in self.view.scene.layers}:
            layer = self.view.scene.layer(layer_id)
            found = layer.find(fid)
        if found is None:
            self.put_down()
            return
        kind, place = found
        self._edited = Edited(layer_id, fid, kind, paths_of(layer.arrays[kind], place))
        if self._chosen is not None:
            path, vertex = self._chosen
            if path >= len(self._edited.paths) or vertex >= len(self._edited.paths[path]):
                self._chosen = None

    def _move_to(self, place: tuple[float, float]) -> None:
        assert self._edited is not None and self._chosen is not None
        path, vertex = self._chosen
        points = self._edited.paths[path]
        points[vertex] = place
        if self._edited.kind == "polygon" and vertex in (0, len(points) - 1):
            points[0] = points[-1] = place

    def _remove_chosen(self) -> None:
        assert self._edited is not None and self._chosen is not None
        path, vertex = self._chosen
        points = self._edited.paths[path]
        if len(points) <= _LEAST[self._edited.kind]:
            self.view.say("MAP-VERTEX-NEEDED")
            return
        place = (float(points[vertex][0]), float(points[vertex][1]))
        try:
            others = remove_vertex(self._sharing([place]), place)
        except UserError:
            self.view.say("MAP-VERTEX-NEEDED")
            return
        points = np.delete(points, vertex, axis=0)
        if self._edited.kind == "polygon" and vertex == 0:
            points[-1] = points[0]
        self._edited.paths[path], self._chosen = points, None
        self._hand_over(others)

    def _shift_edge(self, shift: Place) -> None:
        assert self._edited is not None and self._edge is not None and self._before is not None
        path, vertex = self._edge
        points = self._before[path].copy()
        ends = {vertex, vertex + 1}
        if self._edited.kind == "polygon" and ends & {0, len(points) - 1}:
            ends |= {0, len(points) - 1}
        points[sorted(ends)] = np.round(points[sorted(ends)] + shift, 4) + 0.0
        self._edited.paths[path] = points

    def _hand_over(self, others: Shapes) -> None:
        edited = self._edited
        if edited is None:
            return
        geometry = build_geometry(edited.kind, [path.copy() for path in edited.paths])
        if others:
            shapes = {(edited.layer_id, edited.fid): geometry, **others}
            self.view.geometries_edited.emit(shapes, "WORK-BORDER")
        else:
            self.view.geometry_edited.emit(edited.layer_id, edited.fid, geometry)

    def _handle_at(self, at: Pointer) -> tuple[int, int] | None:
        """Return the vertex under the cursor; of a ring's end, its beginning."""
        best, found = HANDLE_PX + 1, None
        for path, points in enumerate(self._edited.paths if self._edited else []):
            screen = self.view.canvas.to_screen(points)
            if self._edited is not None and self._edited.kind == "polygon":
                screen = screen[:-1]
            distance = np.hypot(screen[:, 0] - at.px, screen[:, 1] - at.py)
            nearest = int(np.argmin(distance))
            if distance[nearest] < best:
                best, found = float(distance[nearest]), (path, nearest)
        return found

    def _edge_at(self, at: Pointer) -> tuple[int, int, float, float] | None:
        """Return path, edge and nearest point of the edge under the cursor."""
        if self._edited is None or self._edited.kind == "point":
            return None
        best, found = REACH_PX * self.view.canvas.camera.metres_per_point, None
        for path, points in enumerate(self._edited.paths):
            x, y = nearest_on_segments(at.x, at.y, np.hstack([points[:-1], points[1:]]))
            distance = np.hypot(x - at.x, y - at.y)
            nearest = int(np.argmin(distance))
            if distance[nearest] <= best:
                best, found = float(distance[nearest]), (path, nearest, float(x[nearest]), float(y[nearest]))
        return found

    def paint(self, painter: QPainter) -> None:
        if self._edited is None:
            return
        canvas = self.view.canvas
        closed = self._edited.kind == "polygon"
        for path, points in enumerate(self._edited.paths):
            screen = canvas.to_screen(points)
            draw_sketch(painter, screen, closed=closed, filled=False)
            chosen = self._chosen[1] if self._chosen is not None and self._chosen[0] == path else None
            draw_handles(painter, screen[:-1] if closed else screen, chosen)
        if self._snap is not None:
            x, y = canvas.to_screen(np.array([(self._snap.x, self._snap.y)]))[0].tolist()
            draw_snap(painter, QPointF(x, y), self._snap)
