"""The grid that every stored coordinate lies on."""

from typing import Any, overload

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

GRID_M = 0.0001
_DECIMALS = 4


@overload
def on_grid(geometries: BaseGeometry) -> BaseGeometry: ...
@overload
def on_grid(geometries: Any) -> Any: ...
def on_grid(geometries: Any) -> Any:
    """Return geometries with plane coordinates on the 0.1 mm grid; heights and measures are dropped.

    Takes and gives an array of geometries (``None`` stays ``None``), or one geometry. Idempotent, and never minus
    zero, so that equal places are equal bytes.
    """
    if np.any(shapely.has_z(geometries) | shapely.has_m(geometries)):
        geometries = shapely.force_2d(geometries)
    return shapely.transform(geometries, lambda xy: np.round(xy, _DECIMALS) + 0.0)
