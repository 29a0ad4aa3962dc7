"""The lines and rings of many geometries as flat arrays, for rules about single vertices."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

_LINES = (GeometryType.LINESTRING, GeometryType.LINEARRING, GeometryType.MULTILINESTRING)
_POLYGONS = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True)
class Paths:
    """``p`` paths and their ``v`` vertices.

    ``xy``: float64 ``(v, 2)``. ``starts``: int64 ``(p + 1,)`` into ``xy``. ``owner``: int64 ``(p,)``, the place of the
    geometry in the batch. ``is_ring``: bool ``(p,)``; a ring's last vertex repeats its first.
    """

    xy: npt.NDArray[np.float64]
    starts: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]
    is_ring: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.owner)


def build_paths(geometries: npt.NDArray[np.object_], usable: npt.NDArray[np.bool_]) -> Paths:
    """Return the paths of the lines and polygons among the ``usable`` geometries."""
    kinds = shapely.get_type_id(geometries)
    lines = _take_apart(geometries, np.flatnonzero(usable & np.isin(kinds, _LINES)), is_ring=False)
    rings = _take_areas_apart(geometries, np.flatnonzero(usable & np.isin(kinds, _POLYGONS)))
    return Paths(
        xy=np.concatenate([lines.xy, rings.xy]),
        starts=np.concatenate([lines.starts, rings.starts[1:] + len(lines.xy)]),
        owner=np.concatenate([lines.owner, rings.owner]),
        is_ring=np.concatenate([lines.is_ring, rings.is_ring]),
    )


def _take_areas_apart(geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64]) -> Paths:
    whole, single = _single_rings(geometries, chosen)
    if single.all():
        return whole
    return _in_order(whole, single, _take_apart(geometries, chosen[~single], is_ring=True))


def _single_rings(
    geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64]
) -> tuple[Paths, npt.NDArray[np.bool_]]:
    """Return each area as if it were one ring, and which of them are.

    Rings are closed, so one that is the only one meets its first vertex again at its end and not before; to take areas
    apart into rings makes an object of each, which costs more than all that is then asked of them.
    """
    xy, index = shapely.get_coordinates(geometries[chosen], return_index=True)
    starts = np.searchsorted(index, np.arange(len(chosen) + 1)).astype(np.int64)
    same = xy == xy[starts[:-1]][index]
    at_first = same[:, 0] & same[:, 1]
    single = (np.bincount(index[at_first], minlength=len(chosen)) == 2) & at_first[starts[1:] - 1]
    return Paths(xy, starts, chosen, np.ones(len(chosen), bool)), single


def _take_apart(geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64], *, is_ring: bool) -> Paths:
    if not len(chosen):
        return Paths(np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, bool))
    _, xy, offsets = shapely.to_ragged_array(geometries[chosen], include_z=False)
    owner = np.arange(len(chosen))
    for level in reversed(offsets[1:]):
        owner = np.repeat(owner, np.diff(level))
    starts = np.asarray(offsets[0], dtype=np.int64)
    return Paths(np.asarray(xy, dtype=np.float64), starts, chosen[owner].astype(np.int64), np.full(len(owner), is_ring))


def _in_order(whole: Paths, single: npt.NDArray[np.bool_], others: Paths) -> Paths:
    """Return the paths of ``whole`` that are ``single``, and the ``others``, by their owners."""
    owner = np.concatenate([whole.owner[single], others.owner])
    begins = np.concatenate([whole.starts[:-1][single], others.starts[:-1] + len(whole.xy)])
    ends = np.concatenate([whole.starts[1:][single], others.starts[1:] + len(whole.xy)])
    order = np.argsort(owner, kind="stable")
    lengths = (ends - begins)[order]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.arange(starts[-1]) + np.repeat(begins[order] - starts[:-1], lengths)
    xy = np.concatenate([whole.xy, others.xy])[places]
    return Paths(xy, starts, owner[order], np.ones(len(owner), bool))
