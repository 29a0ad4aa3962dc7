"""Areas that lie beside one another without overlap or gap, as a plan's do, and what must hold of them for ever."""

from typing import Any

import numpy as np
import shapely
from hypothesis import assume
from hypothesis import strategies as st

from geodesy.grid import on_grid
from geodesy.shaping.vertices import node_areas
from tests.geodesy.shaping.shapes import EAST, NORTH, box, is_on_grid


@st.composite
def coverages(draw: st.DrawFn) -> dict[int, Any]:
    """Polygons that share their borders to the bit: cells around random sites, cut to a square."""
    count = draw(st.integers(3, 12))
    places = draw(
        st.lists(st.tuples(st.integers(2, 198), st.integers(2, 198)), min_size=count, max_size=count, unique=True)
    )
    sites = shapely.MultiPoint([(EAST + x, NORTH + y) for x, y in places])
    cells = shapely.voronoi_polygons(sites, extend_to=box(0, 0, 200, 200))
    cut = shapely.intersection(shapely.get_parts(cells), box(0, 0, 200, 200))
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(shapely.boundary(on_grid(cut))))))
    shapes = [shape for shape in on_grid(found) if shape.is_valid and shape.area > 1]
    assume(len(shapes) > 1)
    assume(shapely.coverage_is_valid(shapes))
    return dict(enumerate(shapes))


@st.composite
def terraces(draw: st.DrawFn) -> dict[int, Any]:
    """Rows of lots whose corners lie anywhere on the next row's edges, which have no vertex there.

    Sheared by whole numbers, so that the corners lie on slanted edges to the last bit all the same.
    """
    turn, lean = draw(st.integers(-1, 2)), draw(st.integers(-1, 1))
    found: list[Any] = []
    south = 0
    for _ in range(draw(st.integers(2, 4))):
        north = south + draw(st.integers(10, 40))
        cuts = draw(st.lists(st.integers(1, 11), max_size=4, unique=True))
        edges = [0, *(cut * 10 for cut in sorted(cuts)), 120]
        corners = [
            [(west, south), (east, south), (east, north), (west, north)]
            for west, east in zip(edges[:-1], edges[1:], strict=True)
        ]
        found += [_sheared(np.array(lot, dtype=np.float64), turn, lean) for lot in corners]
        south = north
    assume(len(found) > 2)
    return {key: shapely.MultiPolygon([shape]) if key % 2 else shape for key, shape in enumerate(found)}


def _sheared(xy: Any, turn: int, lean: int) -> Any:
    x = xy[:, 0] + lean * xy[:, 1]
    return shapely.Polygon(np.column_stack([EAST + x, NORTH + xy[:, 1] + turn * x]))


def rooms_of(shapes: Any) -> float:
    """Return the area of what is enclosed and belongs to nobody."""
    whole = shapely.union_all(list(shapes))
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    return float(sum(shapely.Polygon(ring).area for ring in rings))


def expect_whole(shapes: dict[int, Any]) -> None:
    """Expect that areas cover what they cover once, without gap, and that borders are the same to the bit."""
    areas = list(shapes.values())
    assert all(shape.is_valid and is_on_grid(shape) for shape in areas)
    outline = shapely.union_all(
        [shapely.Polygon(part.exterior) for part in shapely.get_parts(shapely.union_all(areas))]
    )
    total = sum(shape.area for shape in areas)
    assert abs(total - outline.area) <= 1e-6, (total, outline.area)
    assert shapely.coverage_is_valid(node_areas(areas))
