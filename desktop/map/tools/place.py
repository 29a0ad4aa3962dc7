"""Point at one place of the map, for whoever asked for it."""

import numpy as np
import numpy.typing as npt

from desktop.map.tools.sketch import PointTool


class PlaceTool(PointTool):
    """One click, one place; it sticks to vertices and edges as a drawn point does."""

    name = "place"
    hint = "MAP-HINT-PLACE"

    def hand_over(self, xy: npt.NDArray[np.float64]) -> None:
        self.view.drawn_over.emit(self.name, xy)
