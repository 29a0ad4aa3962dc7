"""The extents that coordinates of Vietnam lie in."""

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.tables import load_table
from geodesy.datum import transform_xy
from geodesy.systems import VN2000_GEOGRAPHIC, CoordinateSystem

Envelope = Literal["country", "mainland"]


@cache
def envelope_bounds(name: Envelope) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees; ``country`` (QCVN 80:2024/BTNMT) includes the sea and its islands."""
    for row in load_table("coordinate_envelopes"):
        if row["name"] == name:
            return float(row["west"]), float(row["south"]), float(row["east"]), float(row["north"])
    raise KeyError(name)


def inside_envelope(xy: npt.ArrayLike, system: CoordinateSystem, name: Envelope = "country") -> npt.NDArray[np.bool_]:
    """Return for each coordinate ``(n, 2)`` of ``system`` whether it lies in the named extent; NaN does not.

    The extents are rounded to tenths of a degree, so that the datum makes no difference here.
    """
    points = np.asarray(xy, dtype=np.float64)
    if system.kind == "tm":
        points = transform_xy(points, system, VN2000_GEOGRAPHIC)
    west, south, east, north = envelope_bounds(name)
    return (points[:, 0] >= west) & (points[:, 0] <= east) & (points[:, 1] >= south) & (points[:, 1] <= north)
