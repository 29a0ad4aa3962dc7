"""Stake-out along a road: the point at a chainage and an offset, and the chainage and offset of a point.

Linear referencing as in ISO 19148: the distance along the axis in the plane, the offset at a right angle to it, right
of the direction of growing chainage positive.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import UserError
from geodesy.grid import GRID_M
from geodesy.numbers import number_words
from geodesy.survey.positions import LONGEST_M, Point

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Station:
    """Where a point lies beside an axis, metres along it and metres right of it (left negative).

    ``is_square`` is false where no right angle reaches the point: past an end, or outside a bend. The offset is then
    the distance to that end or bend.
    """

    along_m: float
    offset_m: float
    is_square: bool


def axis_length(axis: npt.ArrayLike) -> float:
    """Return the plane length of an axis ``(n, 2)`` in metres."""
    return float(_lengths(_checked(axis)).sum())


def point_at(axis: npt.ArrayLike, along_m: float, offset_m: float = 0.0) -> Point:
    """Return the point ``along_m`` from the start of an axis ``(n, 2)`` and ``offset_m`` right of it.

    In a bend the right angle is that of the part behind it. Raise SURVEY-NO-AXIS, SURVEY-DISTANCE, or
    SURVEY-BEYOND-AXIS with the ``length`` of the axis.
    """
    xy = _checked(axis)
    if not abs(offset_m) <= LONGEST_M:
        raise UserError("SURVEY-DISTANCE", distance=number_words(offset_m, 3))
    lengths = _lengths(xy)
    ends = np.cumsum(lengths)
    total = float(ends[-1])
    if not -GRID_M <= along_m <= total + GRID_M:
        raise UserError("SURVEY-BEYOND-AXIS", along=number_words(along_m, 3), length=number_words(total, 3))
    part = min(int(np.searchsorted(ends, along_m, side="right")), len(lengths) - 1)
    east, north = ((xy[part + 1] - xy[part]) / lengths[part]).tolist()
    rest = along_m - float(ends[part] - lengths[part])
    x, y = xy[part].tolist()
    return x + rest * east + offset_m * north, y + rest * north - offset_m * east


def station_of(axis: npt.ArrayLike, point: Point) -> Station:
    """Return the station of the place of an axis ``(n, 2)`` that is nearest to a point; raise SURVEY-NO-AXIS."""
    xy = _checked(axis)
    lengths = _lengths(xy)
    ways = np.diff(xy, axis=0) / lengths[:, np.newaxis]
    relative = np.asarray(point) - xy[:-1]
    along = (relative * ways).sum(axis=1)
    inside = np.clip(along, 0.0, lengths)
    feet = xy[:-1] + inside[:, np.newaxis] * ways
    distances = np.hypot(*(np.asarray(point) - feet).T)
    # Where a bend is nearest, both its parts are equally near: the one whose right angle is less missed decides.
    nearest = np.flatnonzero(distances <= distances.min() + 1e-9)
    part = int(nearest[np.argmin(np.abs(along[nearest] - inside[nearest]))])
    right = float(relative[part, 0] * ways[part, 1] - relative[part, 1] * ways[part, 0])
    is_square = abs(float(along[part] - inside[part])) < GRID_M / 2
    size = abs(right) if is_square else float(distances[part])
    before = float(lengths[:part].sum())
    return Station(before + float(inside[part]), math.copysign(size, right) if size else 0.0, is_square)


def _checked(axis: npt.ArrayLike) -> Floats:
    """Return the axis without vertices that repeat the one before."""
    xy = np.asarray(axis, dtype=np.float64)
    if xy.ndim == 2 and len(xy) > 1:
        xy = xy[np.concatenate([[True], np.hypot(*np.diff(xy, axis=0).T) > 0])]
    if xy.ndim != 2 or len(xy) < 2:
        raise UserError("SURVEY-NO-AXIS")
    return xy


def _lengths(xy: Floats) -> Floats:
    lengths: Floats = np.hypot(*np.diff(xy, axis=0).T)
    return lengths
