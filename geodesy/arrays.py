"""Flat coordinate arrays of many geometries, for drawing and for hit testing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

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
        west, south, east, north = self.bounds.T  # along a column each: tenfold quicker than two at once
        return float(west.min()), float(south.min()), float(east.max()), float(north.max())


_TYPES_OF_KIND: dict[Kind, tuple[shapely.GeometryType, ...]] = {
    "point": (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT),
    "line": (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING),
    "polygon": (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
}


def build_arrays(
    ids: npt.ArrayLike, geometries: npt.ArrayLike, category: npt.ArrayLike | None = None
) -> dict[Kind, GeometryArrays]:
    """Return the arrays of ``geometries`` by kind; a kind that does not occur is left out.

    ``ids`` and ``category`` (0 when not given) stand beside the geometries. Empty geometries, ``None`` and collections
    draw nothing and are left out; heights are dropped. The order of the features is kept within a kind.
    """
    shapes = np.asarray(geometries, dtype=object)
    numbers = np.asarray(ids, dtype=np.int64)
    styles = np.zeros(len(shapes), np.int32) if category is None else np.asarray(category, dtype=np.int32)
    types = np.where(shapely.is_empty(shapes), -1, shapely.get_type_id(shapes))
    found: dict[Kind, GeometryArrays] = {}
    for kind, members in _TYPES_OF_KIND.items():
        chosen = np.isin(types, members)
        if chosen.any():
            found[kind] = _build_kind(kind, numbers[chosen], shapes[chosen], styles[chosen])
    return found


def _build_kind(
    kind: Kind, ids: npt.NDArray[np.int64], shapes: npt.NDArray[np.object_], category: npt.NDArray[np.int32]
) -> GeometryArrays:
    ragged, xy, offsets = shapely.to_ragged_array(shapes, include_z=False)
    levels = [np.asarray(level, dtype=np.int64) for level in offsets]
    one_each = np.arange(len(shapes) + 1, dtype=np.int64)
    if kind == "point":
        paths, features = np.arange(len(xy) + 1, dtype=np.int64), levels[0] if levels else one_each
    elif kind == "line":
        paths, features = levels[0], levels[1] if len(levels) == 2 else one_each
    else:
        paths, polygons = levels[0], levels[1]
        features = polygons if ragged == shapely.GeometryType.POLYGON else polygons[levels[2]]
        is_outer = np.zeros(len(paths) - 1, dtype=bool)
        is_outer[polygons[:-1][polygons[:-1] < polygons[1:]]] = True
        return arrays_of_paths(kind, ids, xy, paths, features, category, is_outer=is_outer)
    return arrays_of_paths(kind, ids, xy, paths, features, category)


def arrays_of_paths(
    kind: Kind,
    ids: npt.NDArray[np.int64],
    xy: npt.NDArray[np.float64],
    path_offsets: npt.NDArray[np.int64],
    feature_offsets: npt.NDArray[np.int64],
    category: npt.NDArray[np.int32],
    *,
    is_outer: npt.NDArray[np.bool_] | None = None,
) -> GeometryArrays:
    """Return the arrays of paths that are flat already; no feature may be without a vertex.

    ``is_outer`` ``(p,)`` says which rings of polygons are outer ones: they are turned where they run the wrong way.
    """
    if is_outer is not None:
        xy = _orient_rings(xy, path_offsets, is_outer)
    first = path_offsets[feature_offsets[:-1]]
    east, north = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    low, high = np.minimum.reduceat, np.maximum.reduceat
    bounds = np.column_stack([low(east, first), low(north, first), high(east, first), high(north, first)])
    return GeometryArrays(kind, ids, xy, path_offsets, feature_offsets, bounds, category)


def join_arrays(parts: Sequence[GeometryArrays]) -> GeometryArrays:
    """Return the records of all parts, of one kind, in their order; one part at least."""
    if len(parts) == 1:
        return parts[0]
    return GeometryArrays(
        kind=parts[0].kind,
        ids=np.concatenate([part.ids for part in parts]),
        xy=np.concatenate([part.xy for part in parts]),
        path_offsets=_join_offsets([part.path_offsets for part in parts]),
        feature_offsets=_join_offsets([part.feature_offsets for part in parts]),
        bounds=np.concatenate([part.bounds for part in parts]),
        category=np.concatenate([part.category for part in parts]),
    )


def _join_offsets(parts: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    begins = np.cumsum([0, *(part[-1] for part in parts[:-1])])
    return np.concatenate([[0], *(part[1:] + begin for part, begin in zip(parts, begins, strict=True))])


def _orient_rings(
    xy: npt.NDArray[np.float64], paths: npt.NDArray[np.int64], is_outer: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return ``xy`` with outer rings counter-clockwise and holes clockwise."""
    east, north = (xy - xy[0]).T
    cross = np.zeros(len(xy))
    cross[:-1] = east[:-1] * north[1:] - east[1:] * north[:-1]
    cross[paths[1:] - 1] = 0.0  # no segment leads from one ring to the next
    wrong = (np.add.reduceat(cross, paths[:-1]) > 0) != is_outer
    if not wrong.any():
        return xy
    counts = np.diff(paths)
    places = np.arange(len(xy))
    mirrored = np.repeat(paths[:-1] + paths[1:] - 1, counts) - places
    return xy[np.where(np.repeat(wrong, counts), mirrored, places)]
