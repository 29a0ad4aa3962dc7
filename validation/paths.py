"""The lines and rings of many geometries as flat arrays, for rules about single vertices."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

PIECE = 1_000_000  # vertices looked at together
GEOMETRIES = 50_000  # geometries taken apart together
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

    def pieces(self, most: int = PIECE) -> Iterator[tuple[int, "Paths"]]:
        """Yield whole paths of about ``most`` vertices together, each time with the place of the first vertex.

        What is computed of each vertex then never takes more room than of so many.
        """
        begin = 0
        while begin < len(self):
            end = int(np.searchsorted(self.starts, self.starts[begin] + most, side="right")) - 1
            end = min(max(end, begin + 1), len(self))
            first, last = int(self.starts[begin]), int(self.starts[end])
            starts = self.starts[begin : end + 1] - first
            yield first, Paths(self.xy[first:last], starts, self.owner[begin:end], self.is_ring[begin:end])
            begin = end


def find_in_pieces(paths: Paths, find: Callable[[Paths], npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """Return the vertices that ``find`` finds in whole paths, looked for in some at a time."""
    found = [find(piece) + first for first, piece in paths.pieces()]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def build_paths(geometries: npt.NDArray[np.object_], usable: npt.NDArray[np.bool_]) -> Paths:
    """Return the paths of the lines and polygons among the ``usable`` geometries."""
    kinds = shapely.get_type_id(geometries)
    lines = _flatten(geometries, np.flatnonzero(usable & np.isin(kinds, _LINES)), _take_apart_lines)
    rings = _flatten(geometries, np.flatnonzero(usable & np.isin(kinds, _POLYGONS)), _take_apart_areas)
    if not len(lines):
        return rings
    return _joined([lines, rings], np.concatenate([lines.xy, rings.xy])) if len(rings) else lines


def _flatten(
    geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64], take_apart: Callable[..., Paths]
) -> Paths:
    """Return the paths of the geometries at ``chosen``, taken apart some at a time."""
    xy = np.empty((int(shapely.get_num_coordinates(geometries[chosen]).sum()), 2))
    filled, parts = 0, []
    for begin in range(0, len(chosen), GEOMETRIES):
        part = take_apart(geometries, chosen[begin : begin + GEOMETRIES])
        xy[filled : filled + len(part.xy)] = part.xy
        filled += len(part.xy)
        parts.append(part)
    return _joined(parts, xy[:filled])


def _joined(parts: Sequence[Paths], xy: npt.NDArray[np.float64]) -> Paths:
    """Return paths one after the other, of which ``xy`` are all vertices."""
    lengths = np.concatenate([np.empty(0, np.int64), *(np.diff(part.starts) for part in parts)])
    return Paths(
        xy=xy,
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        owner=np.concatenate([np.empty(0, np.int64), *(part.owner for part in parts)]),
        is_ring=np.concatenate([np.empty(0, bool), *(part.is_ring for part in parts)]),
    )


def _take_apart_lines(geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64]) -> Paths:
    return _take_apart(geometries, chosen, is_ring=False)


def _take_apart_areas(geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64]) -> Paths:
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
    at_first = (xy == xy[starts[:-1]][index]).all(axis=1)
    single = (np.bincount(index[at_first], minlength=len(chosen)) == 2) & at_first[starts[1:] - 1]
    return Paths(xy, starts, chosen, np.ones(len(chosen), bool)), single


def _take_apart(geometries: npt.NDArray[np.object_], chosen: npt.NDArray[np.int64], *, is_ring: bool) -> Paths:
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
