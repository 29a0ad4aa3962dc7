"""Maps drawn by a seed: coverages, plans and networks of lines, with slips of the kind that people make."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import scale, translate

Shapes = list[shapely.Geometry]
ORIGIN = np.array([437_000.0, 2_487_000.0])


def coverage(random: np.random.Generator, count: int, *, side_m: float = 400.0) -> Shapes:
    """Return ``count`` cells that fill a square without overlap or gap, each corner on the millimetre."""
    seeds = shapely.multipoints(random.uniform(0, side_m, (count, 2)))
    square = shapely.box(0, 0, side_m, side_m)
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=square))
    kept = [cell for cell in shapely.intersection(cells, square) if cell.area > 30.0]
    return _placed(kept)


def square_around(side_m: float = 400.0) -> shapely.Geometry:
    """Return the square that a coverage fills."""
    return _placed([shapely.box(0, 0, side_m, side_m)])[0]


def spoiled(random: np.random.Generator, cells: Shapes, share: float = 0.3) -> Shapes:
    """Return the cells, a share of them moved, shrunk, grown, pierced, doubled, joined, crossed over or left out."""
    return _snapped(list(_spoil(random, cells, share)))


def _spoil(random: np.random.Generator, cells: Shapes, share: float) -> Iterator[shapely.Geometry]:
    for place, cell in enumerate(cells):
        if random.random() < share:
            slip = _SLIPS[int(random.integers(0, len(_SLIPS)))]
            yield from slip(random, cell, cells[(place + 7) % len(cells)], float(random.choice(_AMOUNTS_M)))
        else:
            yield cell


def _move(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    return [translate(cell, amount, -amount / 2)]


def _resize(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    moved = shapely.buffer(cell, float(random.choice([amount, -amount])), join_style="mitre")
    return [cell if moved.is_empty else moved]


def _pierce(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    inner = shapely.buffer(cell, -0.35 * np.sqrt(cell.area / np.pi))
    plug = shapely.buffer(inner, float(random.choice([0.0, amount, -amount / 2])))
    return [shapely.difference(cell, inner), *([plug] if random.random() < 0.6 and not plug.is_empty else [])]


def _double(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    return [cell, cell if random.random() < 0.5 else shapely.reverse(cell)]


def _join(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    return [shapely.union(cell, translate(other, amount, amount))]


def _cross(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    return [crossed_over(random, cell)]


def _nest(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    return [scale(cell, 0.3, 0.3), cell]


def _scatter(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    west, south, *_ = cell.bounds
    return [shapely.multipolygons([cell, shapely.box(west, south - 900, west + amount / 4, south - 896)])]


def _leave_out(random: np.random.Generator, cell: shapely.Geometry, other: shapely.Geometry, amount: float) -> Shapes:
    return []


_AMOUNTS_M = (0.001, 0.02, 0.1, 0.6, 2.0, 7.0)
_SLIPS = (_move, _resize, _resize, _pierce, _double, _join, _cross, _nest, _scatter, _leave_out)


def crossed_over(random: np.random.Generator, cell: shapely.Geometry) -> shapely.Geometry:
    """Return the cell with two of its corners exchanged: usually it crosses itself then."""
    xy = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(cell)[0]))[:-1].copy()
    one, other = random.choice(len(xy), 2, replace=False)
    xy[[one, other]] = xy[[other, one]]
    return shapely.polygons(np.concatenate([xy, xy[:1]]))


def streets(random: np.random.Generator, count: int, *, step_m: float = 60.0) -> Shapes:
    """Return lines along a lattice: joined, short of each other, run over, crossed, doubled, reversed, in parts."""
    return _snapped([_street(random, step_m) for _ in range(count)])


def _street(random: np.random.Generator, step_m: float) -> shapely.Geometry:
    start = random.integers(0, 6, 2).astype(float)
    way = [start]
    for _ in range(int(random.integers(1, 4))):
        turn = random.integers(0, 2)
        step = np.zeros(2)
        step[turn] = random.choice([-2, -1, 1, 2])
        way.append(way[-1] + step)
    xy = np.array(way) * step_m
    if random.random() < 0.5:  # a vertex at every crossing of the lattice
        xy = shapely.get_coordinates(shapely.segmentize(shapely.linestrings(xy), step_m))
    for end in (0, -1):
        xy[end] += random.choice([0.0, 0.0, 0.0, 0.03, 0.2, 0.4, 0.7, 0.95, 1.5, -0.3, -0.03], 2)
    if random.random() < 0.2:
        xy = xy + random.choice([0.0, 0.03, 0.08, 0.2], 2)
    if random.random() < 0.2:
        xy = xy[::-1]
    if random.random() < 0.1:
        xy = np.concatenate([xy[:1], xy[:1] + random.choice([0.0, 0.01, 0.03]), xy[1:]])
    line = shapely.linestrings(xy + ORIGIN)
    if random.random() < 0.1:
        return shapely.multilinestrings([line, translate(line, 3.0, 31.0)])
    return line


def scattered(random: np.random.Generator, count: int, *, step_m: float = 60.0) -> Shapes:
    """Return points at or near the crossings of the lattice of ``streets``."""
    places = random.integers(-2, 9, (count, 2)) * step_m + random.choice([0.0, 0.0, 0.3, 0.6, 4.0, 8.0], (count, 2))
    return list(shapely.points(places + ORIGIN))


def _placed(shapes: Shapes) -> Shapes:
    return _snapped([translate(shape, *ORIGIN) for shape in shapes])


def _snapped(shapes: Shapes) -> Shapes:
    def rounded(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.round(xy, 3)

    return [shapely.transform(shape, rounded) for shape in shapes]
