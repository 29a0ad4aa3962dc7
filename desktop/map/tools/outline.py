"""Pick records by an outline drawn around them: all that have something in common with it."""

import numpy as np
import numpy.typing as npt
import shapely

from desktop.map.hand import Pointer
from desktop.map.tools.sketch import PolygonTool


class OutlineTool(PolygonTool):
    """Drawn like a polygon, free of snapping; with Shift or Ctrl at its end, it adds to what is chosen."""

    name = "select_polygon"
    hint = "MAP-HINT-OUTLINE"

    _is_additive = False

    def pressed(self, at: Pointer) -> None:
        self._is_additive = at.is_additive
        super().pressed(at)

    def double_clicked(self, at: Pointer) -> None:
        self._is_additive = at.is_additive
        super().double_clicked(at)

    def _follow(self, at: Pointer) -> None:
        self.snap, self.cursor_at = None, (at.x, at.y)
        self.view.repaint_overlay()

    def describe(self, xy: npt.NDArray[np.float64]) -> str:
        return ""

    def hand_over(self, xy: npt.NDArray[np.float64]) -> None:
        """Pick what the outline touches; one that crosses itself means all that it encloses."""
        area = shapely.make_valid(shapely.Polygon(xy))
        self.view.boxed.emit(self.view.records_within(area), self._is_additive)
