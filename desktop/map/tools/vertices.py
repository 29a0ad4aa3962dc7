"""Move, insert and remove the vertices of a record."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from core.errors import UserError
from desktop.map.hand import REACH_PX, Pointer
from desktop.map.layers import build_geometry, paths_of
from desktop.map.snapping import Snap
from desktop.map.surface import MapSurface
from desktop.map.tools.borders import Shapes, allow_change, fetch_around
from desktop.map.tools.edited import Edited, Paths
from desktop.map.tools.marks import draw_handles, draw_sketch, draw_snap
from desktop.map.tools.tool import Tool
from geodesy.arrays import build_arrays
from geodesy.shaping.topology import insert_vertex, move_edge, move_vertex, remove_vertex
from geodesy.shaping.vertices import HAIR_M

Place = tuple[float, float]


class VertexTool(Tool):
    """Click a record to see its vertices; drag one, or an edge; double-click an edge to insert, Delete to remove.

    With shared borders kept together (``DrawingAids.is_topological``), what other records have of the same border
    goes along, in the same step. What would break a shape is refused, what would overlap others is doubted.
    """

    name = "vertices"
    hint = "MAP-HINT-VERTICES"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: MapSurface) -> None:
        super().__init__(view)
        self._edited: Edited | None = None
        self._chosen: tuple[int, int] | None = None  # path and vertex
        self._edge: tuple[int, int] | None = None  # path and the vertex where the edge in hand begins
        self._wanted: Place | None = None  # the chosen vertex, once the record is shown as stored
        self._around: Shapes = {}  # the record and those that may share what is in hand, as they were
        self._before: Paths | None = None  # the shape when the drag began
        self._held_at: Pointer | None = None
        self._has_moved = False
        self._snap: Snap | None = None

    def put_down(self) -> None:
        self._edited = self._chosen = self._edge = self._before = self._snap = self._wanted = None
        self._around, self._has_moved = {}, False
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
        self._wanted = None
        self._chosen, self._edge = handle, None if edge is None else edge[:2]
        if (handle is not None or edge is not None) and self._edited is not None:
            self._before, self._has_moved = [path.copy() for path in self._edited.paths], False
            self._held_at = at
            self._around = self._fetch(self._held_places())
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

    def _fetch(self, places: list[Place]) -> Shapes:
        assert self._edited is not None
        return fetch_around(self.view, self._edited.key, self._edited.kind, self._edited.shape, places)

    def moved(self, at: Pointer) -> None:
        if self._before is None or self._edited is None or self._held_at is None:
            return
        if not self._has_moved and at.is_near(self._held_at.px, self._held_at.py):
            return
        self._has_moved = True
        if self._chosen is not None:
            moving = np.array(self._held_places()) if self.view.aids.is_topological else None
            self._snap = self.view.snap(at.x, at.y, except_for=self._edited.key, moving=moving)
            self._move_to((self._snap.x, self._snap.y) if self._snap is not None else (at.x, at.y))
        elif self._edge is not None:
            self._shift_edge((at.x - self._held_at.x, at.y - self._held_at.y))
        if len(self._around) > 1:
            with suppress(UserError):
                changed = self._pull(self._around)
                self.view.preview.show_shapes(shape for key, shape in changed.items() if key != self._edited.key)
        self.view.repaint_overlay()

    def _pull(self, around: Shapes) -> Shapes:
        """Return what changes by the drag so far."""
        assert self._edited is not None
        held = self._chosen or self._edge
        assert held is not None
        path, vertex = held
        places = self._held_places()
        x, y = self._edited.paths[path][vertex].tolist()
        if self._chosen is not None:
            return move_vertex(around, places[0], (x, y))
        return move_edge(around, (places[0], places[1]), (x - places[0][0], y - places[0][1]))

    def released(self, at: Pointer) -> None:
        if at.button != Qt.MouseButton.LeftButton or self._before is None or self._edited is None:
            return
        has_moved, around = self._has_moved, self._around
        self.view.preview.clear()
        if has_moved and self._edited.kind == "point":
            was = build_geometry("point", self._before)
            self.view.geometry_edited.emit(*self._edited.key, self._edited.shape, was)
        elif has_moved:
            path, vertex = self._chosen or self._edge or (0, 0)
            new = [(float(x), float(y)) for x, y in self._edited.paths[path][vertex : vertex + 2]]
            shown, self._edited.paths = self._edited.paths, self._before
            around = {**self._fetch(self._held_places() + new), **around}
            self._edited.paths = shown
            self._wanted = new[0] if self._chosen is not None else None
            self._try(around, self._pull)
        self._before, self._snap, self._edge, self._around = None, None, None, {}
        self.view.repaint_overlay()

    def double_clicked(self, at: Pointer) -> None:
        edge = self._edge_at(at) if self._handle_at(at) is None else None
        if at.button != Qt.MouseButton.LeftButton or edge is None or self._edited is None:
            return
        self._before = None
        snap = self.view.snap(at.x, at.y, except_for=self._edited.key)
        place, to = edge[2:], None if snap is None else (snap.x, snap.y)
        self._wanted = to or place
        around = self._fetch([place] if to is None else [place, to])
        self._try(around, lambda shapes: insert_vertex(shapes, place, to))

    def uses(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self._chosen is not None
        return key == Qt.Key.Key_Escape and self._edited is not None

    def key_pressed(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape and self._edited is not None:
            if self._before is not None:
                self._edited.paths, self._before = self._before, None
                self._edge, self._around = None, {}
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
        self._show(Edited(layer_id, fid, kind, paths_of(layer.arrays[kind], place)))

    def _show(self, edited: Edited) -> None:
        """Show the vertices of a record; the chosen one is again where it lies, or none."""
        self._edited = edited
        if self._chosen is not None:
            path, vertex = self._chosen
            if path >= len(edited.paths) or vertex >= len(edited.paths[path]):
                self._chosen = None
        for path, points in enumerate(edited.paths if self._wanted is not None else ()):
            near = np.flatnonzero(np.hypot(*(points - np.array(self._wanted)).T) <= HAIR_M)
            if len(near):
                self._chosen = (path, int(near[0]))

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
        if self._edited.kind == "point":
            self.view.say("MAP-VERTEX-NEEDED")
            return
        x, y = self._edited.paths[path][vertex].tolist()
        self._wanted = None
        if self._try(self._fetch([(x, y)]), lambda shapes: remove_vertex(shapes, (x, y))):
            self._chosen = None

    def _shift_edge(self, shift: Place) -> None:
        assert self._edited is not None and self._edge is not None and self._before is not None
        path, vertex = self._edge
        points = self._before[path].copy()
        ends = {vertex, vertex + 1}
        if self._edited.kind == "polygon" and ends & {0, len(points) - 1}:
            ends |= {0, len(points) - 1}
        points[sorted(ends)] = np.round(points[sorted(ends)] + shift, 4) + 0.0
        self._edited.paths[path] = points

    def _try(self, around: Shapes, change: Callable[[Shapes], Shapes]) -> bool:
        """Hand a change over, unless it breaks a shape; return whether something is to be stored."""
        edited = self._edited
        assert edited is not None
        try:
            changed = change(around)
            overlaps = allow_change(around, changed)
        except UserError as error:
            self._give_back(around)
            if error.code == "VERTEX-NEEDED":
                self.view.say("MAP-VERTEX-NEEDED")
            else:
                self.view.edit_refused.emit(error)
            return False
        shape = changed.get(edited.key, around[edited.key])
        self._show(Edited(*edited.key, edited.kind, paths_of(build_arrays([0], [shape])[edited.kind], 0)))
        before = {key: around[key] for key in changed}
        if overlaps and self.view.aids.is_topological:
            self.view.edit_doubted.emit(changed, "WORK-BORDER", before, overlaps)
        elif set(changed) == {edited.key}:
            self.view.geometry_edited.emit(*edited.key, shape, before[edited.key])
        elif changed:
            self.view.geometries_edited.emit(changed, "WORK-BORDER", before)
        return bool(changed)

    def _give_back(self, around: Shapes) -> None:
        """Show the record as it was."""
        assert self._edited is not None
        edited = self._edited
        self._wanted = None
        edited.paths = paths_of(build_arrays([0], [around[edited.key]])[edited.kind], 0)

    def _handle_at(self, at: Pointer) -> tuple[int, int] | None:
        return None if self._edited is None else self._edited.handle_at(self.view, at)

    def _edge_at(self, at: Pointer) -> tuple[int, int, float, float] | None:
        return None if self._edited is None else self._edited.edge_at(self.view, at)

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
