"""The grid that every stored coordinate lies on."""

from typing import Any, overload

import numpy as np
import numpy.typing as npt
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
    return shapely.transform(geometries, _rounded)


def is_same_on_grid(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    """Return whether two geometries have the same places on the grid, wherever their rings begin.

    A single one is the same as a multi-part one that has it alone.
    """
    if one is None or other is None:
        return one is other
    first, second = (shapely.geometrycollections(shapely.get_parts(on_grid(shape))) for shape in (one, other))
    return bool(shapely.equals_exact(first, second, normalize=True))


def _rounded(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    with np.errstate(over="ignore"):  # a number beyond every measure becomes infinite, and is refused as such
        found: npt.NDArray[np.float64] = np.round(xy, _DECIMALS) + 0.0
    return found
