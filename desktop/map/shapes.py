"""One kind of geometry of a layer as the renderer holds it: float32 metres from an origin, column by column."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from desktop.map.blocks import Column, Place, SharedBlock
from desktop.map.camera import Camera

if TYPE_CHECKING:  # the renderer's process does without shapely
    from geodesy.arrays import GeometryArrays

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]

_EXACT_BELOW_M = 0.05  # metres a pixel under which pixels are reckoned in float64
_SIDES = ("west", "south", "east", "north")  # in the order of ``GeometryArrays.bounds``
_PIECE = 50_000  # vertices taken at once: numpy's arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Shapes:
    """``n`` records, ``p`` paths, ``v`` vertices; all arrays are views of shared memory.

    ``fullness`` is a polygon's area over the area of its box, 0 for a sliver that must not be drawn as its box.
    ``extent_m2`` is the area of the box around all records.
    """

    kind: str
    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]
    path_offsets: npt.NDArray[np.int32]
    feature_offsets: npt.NDArray[np.int32]
    west: npt.NDArray[np.float32]
    south: npt.NDArray[np.float32]
    east: npt.NDArray[np.float32]
    north: npt.NDArray[np.float32]
    category: npt.NDArray[np.int32]
    fullness: npt.NDArray[np.float32]
    extent_m2: float = 0.0

    def __len__(self) -> int:
        return len(self.category)


@dataclass(frozen=True, slots=True)
class Part:
    """Some records' vertices in pixels.

    ``path_starts``: where each path begins. ``owner``: each vertex's place in ``records``.
    """

    records: Ints
    x: Floats
    y: Floats
    path_starts: Ints
    owner: Ints

    @property
    def is_joined(self) -> npt.NDArray[np.bool_]:
        """For each vertex but the last, whether an edge leads from it to the next one."""
        joined = np.ones(len(self.x), dtype=bool)
        joined[self.path_starts[1:] - 1] = False
        joined[-1:] = False
        return joined


class View:
    """A camera as seen from a layer's origin: metres of ``Shapes`` to pixels."""

    def __init__(self, camera: Camera, origin: tuple[float, float]) -> None:
        self.camera = camera
        self.kind = np.float64 if camera.resolution < _EXACT_BELOW_M else np.float32
        self._x, self._y = camera.x - origin[0], camera.y - origin[1]

    def across(self, x: Floats) -> Floats:
        """Return pixel columns of metres east of the origin."""
        kind = self.kind
        found = x.astype(kind)
        found -= kind(self._x)
        found *= kind(1 / self.camera.resolution)
        found += kind(self.camera.width / 2)
        return found

    def down(self, y: Floats) -> Floats:
        """Return pixel rows of metres north of the origin."""
        kind = self.kind
        found = y.astype(kind)
        found -= kind(self._y)
        found *= kind(-1 / self.camera.resolution)
        found += kind(self.camera.height / 2)
        return found

    def metres(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Return west, south, east, north from the origin of a box of pixels."""
        size, camera = self.camera.resolution, self.camera
        return (
            self._x + (left - camera.width / 2) * size,
            self._y - (bottom - camera.height / 2) * size,
            self._x + (right - camera.width / 2) * size,
            self._y - (top - camera.height / 2) * size,
        )


def find_visible(shapes: Shapes, box: tuple[float, float, float, float]) -> Ints:
    """Return the places, ascending, of records whose bounds meet ``box`` (metres from the origin)."""
    west, south, east, north = (np.float32(edge) for edge in box)
    seen = shapes.east >= west
    seen &= shapes.west <= east
    seen &= shapes.north >= south
    seen &= shapes.south <= north
    return np.flatnonzero(seen)


def count_vertices(shapes: Shapes, records: Ints) -> npt.NDArray[np.int64]:
    """Return how many vertices each of ``records`` has."""
    starts = shapes.path_offsets[shapes.feature_offsets[records]]
    ends = shapes.path_offsets[shapes.feature_offsets[records + 1]]
    return (ends - starts).astype(np.int64)


def gather(shapes: Shapes, records: Ints, view: View) -> Part:
    """Return the vertices of ``records`` in pixels, path after path."""
    first, last = shapes.feature_offsets[records], shapes.feature_offsets[records + 1]
    paths = concatenate_ranges(first, last)
    starts, ends = shapes.path_offsets[paths], shapes.path_offsets[paths + 1]
    lengths = ends - starts
    path_starts = np.cumsum(lengths) - lengths
    if len(paths) and ends[-1] - starts[0] == lengths.sum() and (np.diff(paths) == 1).all():
        x, y = shapes.x[starts[0] : ends[-1]], shapes.y[starts[0] : ends[-1]]
    else:
        vertices = concatenate_ranges(starts, ends)
        x, y = shapes.x[vertices], shapes.y[vertices]
    owner = np.repeat(np.arange(len(records), dtype=np.int32), count_vertices(shapes, records))
    return Part(records, view.across(x), view.down(y), path_starts, owner)


def split(costs: Ints, budget: int) -> Iterator[slice]:
    """Yield runs of consecutive items whose costs add up to about ``budget``, one item at least."""
    if not len(costs):
        return
    marks = np.cumsum(costs)
    begin, total = 0, len(costs)
    while begin < total:
        spent = int(marks[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(marks, spent + budget, side="right")))
        yield slice(begin, end)
        begin = end


def concatenate_ranges(starts: Ints, ends: Ints) -> Ints:
    """Return ``starts[0] … ends[0] - 1, starts[1] … ends[1] - 1, …`` as one array."""
    counts = (ends - starts).astype(np.int64)
    if not counts.sum():
        return np.zeros(0, dtype=np.int64)
    offsets = np.cumsum(counts) - counts
    found = np.arange(counts.sum())
    found += np.repeat(starts.astype(np.int64) - offsets, counts)
    return found


def build_columns(arrays: "GeometryArrays", origin: tuple[float, float]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of ``Shapes`` for ``arrays``."""
    columns = {name: np.empty(shape, dtype) for name, (dtype, shape) in describe_columns(arrays).items()}
    fill_columns(arrays, origin, columns)
    return columns


def describe_columns(arrays: "GeometryArrays") -> dict[str, Column]:
    """Return the type and the shape of each of the columns that ``fill_columns`` fills."""
    records, paths, vertices = len(arrays), len(arrays.path_offsets), len(arrays.xy)
    return {
        "x": ("<f4", (vertices,)),
        "y": ("<f4", (vertices,)),
        "path_offsets": ("<i4", (paths,)),
        "feature_offsets": ("<i4", (records + 1,)),
        **{name: ("<f4", (records,)) for name in (*_SIDES, "fullness")},
        "category": ("<i4", (records,)),
    }


def fill_columns(
    arrays: "GeometryArrays", origin: tuple[float, float], columns: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Write the arrays of ``Shapes`` for ``arrays`` to where they belong, a piece at a time."""
    x, y, fullness = columns["x"], columns["y"], columns["fullness"]
    marks = arrays.path_offsets[arrays.feature_offsets]
    for run in split(np.diff(marks), _PIECE):
        begin, end = int(marks[run.start]), int(marks[run.stop])
        east, north = arrays.xy[begin:end, 0] - origin[0], arrays.xy[begin:end, 1] - origin[1]
        x[begin:end], y[begin:end] = east, north
        fullness[run] = _fullness(arrays, run, east, north) if arrays.kind == "polygon" else 1
        for place, side in enumerate(_SIDES):
            columns[side][run] = arrays.bounds[run, place] - origin[place % 2]
    for name in ("path_offsets", "feature_offsets", "category"):
        columns[name][:] = getattr(arrays, name)


def _fullness(arrays: "GeometryArrays", run: slice, x: Floats, y: Floats) -> npt.NDArray[np.float64]:
    """Return area over box area of a run of polygons; ``x`` and ``y`` are their vertices."""
    first, last = arrays.feature_offsets[run.start], arrays.feature_offsets[run.stop]
    rings = arrays.path_offsets[first : last + 1] - arrays.path_offsets[first]
    cross = np.zeros(len(x) + 1)
    cross[1:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    cross[rings[1:]] = 0  # no edge leads from the end of one ring to the next
    marks = np.cumsum(cross)[rings[arrays.feature_offsets[run.start : run.stop + 1] - first]]
    area = np.abs(np.diff(marks)) / 2
    bounds = arrays.bounds[run]
    box = (bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])
    return np.divide(area, box, out=np.zeros(len(box)), where=box > 0)


def open_shapes(kind: str, block: SharedBlock, places: Mapping[str, Place]) -> Shapes:
    """Return the shapes that lie in ``block``."""
    return build_shapes(kind, {name: block.array(place) for name, place in places.items()})


def build_shapes(kind: str, columns: Mapping[str, npt.NDArray[Any]]) -> Shapes:
    """Return the shapes of columns as ``build_columns`` makes them."""
    extent = 0.0
    if len(columns["west"]):
        across = float(columns["east"].max()) - float(columns["west"].min())
        extent = across * (float(columns["north"].max()) - float(columns["south"].min()))
    return Shapes(kind=kind, **columns, extent_m2=extent)
