"""Finds single vertices that spoil a path; everything over all paths at once."""

import numpy as np
import numpy.typing as npt

from validation.paths import Paths

Places = npt.NDArray[np.int64]


def count_steps(paths: Paths) -> Places:
    """Return ``(p,)``: how many steps of a length above zero each path has."""
    if not len(paths):
        return np.empty(0, np.int64)
    moved = paths.xy[1:] != paths.xy[:-1]
    moved = (moved[:, 0] | moved[:, 1]) & _inner_steps(paths)
    total = np.concatenate([[0], np.cumsum(moved)])
    return np.asarray(total[paths.starts[1:] - 1] - total[paths.starts[:-1]], dtype=np.int64)


def find_duplicates(paths: Paths, tolerance_m: float) -> Places:
    """Return the vertices that lie closer to the one before them than the tolerance."""
    if not len(paths):
        return np.empty(0, np.int64)
    close = squares_of(steps_of(paths)) < tolerance_m**2
    return np.flatnonzero(close & _inner_steps(paths)) + 1


def find_spikes(paths: Paths, tolerance_m: float) -> Places:
    """Return the vertices where a path turns back beside itself, the two sides closer together than the tolerance.

    The shorter side's far end is measured against the line of the longer side; steps shorter than the tolerance
    are duplicates and no spikes.
    """
    if not len(paths):
        return np.empty(0, np.int64)
    steps = steps_of(paths)
    before, after, vertex = corners_of(paths)
    back = -(steps[before, 0] * steps[after, 0] + steps[before, 1] * steps[after, 1]) > 0
    before, after, vertex = before[back], after[back], vertex[back]
    into, out = steps[before], steps[after]
    lengths = np.stack([squares_of(into), squares_of(out)])
    width2 = (into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0]) ** 2
    narrow = (width2 < tolerance_m**2 * lengths.max(axis=0)) & (lengths.min(axis=0) >= tolerance_m**2)
    return np.sort(vertex[narrow])


def first_at_owners(paths: Paths, vertices: Places) -> tuple[Places, Places, Places]:
    """Return place in the batch, first vertex and count for each geometry that has any of ``vertices`` (ascending)."""
    path_of = np.searchsorted(paths.starts, vertices, side="right") - 1
    owners, first, counts = np.unique(paths.owner[path_of], return_index=True, return_counts=True)
    return owners.astype(np.int64), vertices[first], counts.astype(np.int64)


def steps_of(paths: Paths) -> npt.NDArray[np.float64]:
    """Return ``(v - 1, 2)``: from each vertex to the next one, of another path too."""
    return np.diff(paths.xy, axis=0)


def squares_of(steps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the squared length of each step ``(n, 2)``; to sum along an axis of two costs several times as much."""
    east, north = steps[:, 0], steps[:, 1]
    return np.asarray(east * east + north * north)


def _inner_steps(paths: Paths) -> npt.NDArray[np.bool_]:
    """Return which of the ``v - 1`` steps stay within one path."""
    inner = np.ones(len(paths.xy) - 1, dtype=bool)
    inner[paths.starts[1:-1] - 1] = False
    return inner


def corners_of(paths: Paths) -> tuple[Places, Places, Places]:
    """Return the step into, the step out of, and the vertex of every corner; a ring has one at its first vertex too."""
    inner = _inner_steps(paths)
    middle = np.flatnonzero(inner[:-1] & inner[1:]) + 1
    rings = np.flatnonzero(paths.is_ring)
    starts, ends = paths.starts[rings], paths.starts[rings + 1]
    return (
        np.concatenate([middle - 1, ends - 2]),
        np.concatenate([middle, starts]),
        np.concatenate([middle, starts]),
    )
