"""The record whose vertices are shown, and what of it lies under the cursor."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from desktop.map.hand import REACH_PX, Pointer
from desktop.map.hit_grid import nearest_on_segments
from desktop.map.layers import build_geometry
from desktop.map.scene import Record
from desktop.map.surface import MapSurface
from desktop.map.tools.marks import HANDLE_PX
from geodesy.arrays import Kind

Paths = list[npt.NDArray[np.float64]]


@dataclass(slots=True)
class Edited:
    """The record whose vertices are shown."""

    layer_id: str
    fid: int
    kind: Kind
    paths: Paths

    @property
    def key(self) -> Record:
        """Its layer and number."""
        return self.layer_id, self.fid

    @property
    def shape(self) -> shapely.Geometry:
        """Its shape as the paths have it."""
        return build_geometry(self.kind, [path.copy() for path in self.paths])

    def handle_at(self, view: MapSurface, at: Pointer) -> tuple[int, int] | None:
        """Return path and place of the vertex under the cursor; of a ring's end, its beginning."""
        best, found = HANDLE_PX + 1, None
        for path, points in enumerate(self.paths):
            screen = view.canvas.to_screen(points)
            if self.kind == "polygon":
                screen = screen[:-1]
            distance = np.hypot(screen[:, 0] - at.px, screen[:, 1] - at.py)
            nearest = int(np.argmin(distance))
            if distance[nearest] < best:
                best, found = float(distance[nearest]), (path, nearest)
        return found

    def edge_at(self, view: MapSurface, at: Pointer) -> tuple[int, int, float, float] | None:
        """Return path, edge and nearest point of the edge under the cursor."""
        if self.kind == "point":
            return None
        best, found = REACH_PX * view.canvas.camera.metres_per_point, None
        for path, points in enumerate(self.paths):
            x, y = nearest_on_segments(at.x, at.y, np.hstack([points[:-1], points[1:]]))
            distance = np.hypot(x - at.x, y - at.y)
            nearest = int(np.argmin(distance))
            if distance[nearest] <= best:
                best, found = float(distance[nearest]), (path, nearest, float(x[nearest]), float(y[nearest]))
        return found
