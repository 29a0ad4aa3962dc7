"""Flat coordinate arrays of many geometries, for drawing and for hit testing."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["point", "line", "polygon"]


@dataclass(frozen=True, slots=True)
class GeometryArrays:
    """``n`` features of one kind, their ``p`` paths (a line, a ring, or a point) and their ``v`` vertices.

    ``ids``: int64 ``(n,)``, the store's ``fid``. ``xy``: float64 ``(v, 2)``, east and north in metres.
    ``path_offsets``: int64 ``(p + 1,)`` into ``xy``. ``feature_offsets``: int64 ``(n + 1,)`` into the paths.
    ``bounds``: float64 ``(n, 4)``, xmin ymin xmax ymax. ``category``: int32 ``(n,)``, which style draws a feature.
    A polygon's outer rings run counter-clockwise, its holes clockwise (winding fill needs it).
    """

    kind: Kind
    ids: npt.NDArray[np.int64]
    xy: npt.NDArray[np.float64]
    path_offsets: npt.NDArray[np.int64]
    feature_offsets: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.float64]
    category: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def total_bounds(self) -> tuple[float, float, float, float] | None:
        """Return xmin, ymin, xmax, ymax of everything, or ``None`` when there is nothing."""
        if not len(self.ids):
            return None
        low, high = self.bounds[:, :2].min(axis=0), self.bounds[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
