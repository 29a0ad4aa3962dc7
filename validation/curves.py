"""Finds runs of vertices that stand evenly on a circle: arcs which have been replaced by chords."""

import re

import numpy as np
import numpy.typing as npt

from forms.record import Lineage
from validation.paths import Paths
from validation.vertices import corners_of, steps_of

TURN_DEG = (0.5, 30.0)  # of one vertex: less is a straight line, more the corner of something built
CURVE_TOLERANCE = "curve_tolerance_m"  # the key of a lineage's raw values under which a reader of arcs tells it
_GRID_M = 0.00015  # what rounding both ends to the grid of 0.1 mm changes a chord
_UNEVEN = 0.002
_TOLD = re.compile(rf"^arc_(?:points|radius) \[|\b{CURVE_TOLERANCE}\b", re.MULTILINE)


def find_arcs(paths: Paths, least: int) -> npt.NDArray[np.int64]:
    """Return the first vertex of each run of at least ``least`` corners that lie evenly on one circle, ascending."""
    if len(paths.xy) < least + 2:
        return np.empty(0, np.int64)
    steps = steps_of(paths)
    before, after, vertex = corners_of(paths)
    inner = after == before + 1  # a ring's first corner joins its end to its begin: a run does not go over it
    before, vertex = before[inner], vertex[inner]
    into, out = steps[before], steps[before + 1]
    one, two = np.hypot(*into.T), np.hypot(*out.T)
    turn = np.arctan2(into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0], into[:, 0] * out[:, 0] + into[:, 1] * out[:, 1])
    shorter = np.minimum(one, two)
    low, high = np.radians(TURN_DEG)
    even = (np.abs(one - two) <= _UNEVEN * shorter + 2 * _GRID_M) & (np.abs(turn) >= low) & (np.abs(turn) <= high)
    slack = _UNEVEN * np.abs(turn) + 4 * _GRID_M / np.maximum(shorter, _GRID_M)
    goes_on = even[1:] & even[:-1] & (np.diff(vertex) == 1) & (np.abs(np.diff(turn)) <= slack[1:])
    edges = np.diff(np.concatenate([[0], goes_on.astype(np.int8), [0]]))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return np.asarray(vertex[begins[ends - begins + 1 >= least]], dtype=np.int64)


def is_tolerance_told(lineage: Lineage) -> bool:
    """Whether a record's lineage tells how far its chords may be from the arc."""
    return CURVE_TOLERANCE in lineage.raw_values or bool(_TOLD.search(lineage.raw_coordinates or ""))
