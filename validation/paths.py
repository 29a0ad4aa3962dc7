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
    lines = _flatten(geometries, np.flatnonzero(usable & np.isin(kinds, _LINES)), is_ring=False)
    rings = _flatten(geometries, np.flatnonzero(usable & np.isin(kinds, _POLYGONS)), is_ring=True)
    return Paths(
        xy=np.concatenate([lines.xy, rings.xy]),
        starts=np.concatenate([lines.starts, rings.starts[1:] + len(lines.xy)]),
        owner=np.concatenate([lines.owner, rings.owner]),
        is_ring=np.concatenate([lines.is_ring, rings.is_ring]),
    )


def _flatten(geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64], *, is_ring: bool) -> Paths:
    if not len(chosen):
        return Paths(np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, bool))
    _, xy, offsets = shapely.to_ragged_array(geometries[chosen], include_z=False)
    owner = np.arange(len(chosen))
    for level in reversed(offsets[1:]):
        owner = np.repeat(owner, np.diff(level))
    starts = np.asarray(offsets[0], dtype=np.int64)
    return Paths(np.asarray(xy, dtype=np.float64), starts, chosen[owner].astype(np.int64), np.full(len(owner), is_ring))
