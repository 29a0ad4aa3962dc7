"""Borders that are shared stay shared, to the bit, whatever is moved; tracing follows them."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.grid import on_grid
from geodesy.shaping.topology import insert_vertex, move_edge, move_vertex, remove_vertex, trim_overlap
from geodesy.shaping.tracing import EdgeNetwork
from geodesy.shaping.vertices import insert_vertices
from tests.geodesy.shaping.shapes import EAST, NORTH, at, box, is_on_grid, line, refused, stars, vertices


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


def changed(shapes: dict[int, Any], found: dict[int, Any]) -> list[Any]:
    return list({**shapes, **found}.values())


@given(coverages(), st.data())
def test_a_moved_vertex_moves_in_every_neighbour(shapes: dict[int, Any], data: st.DataObject) -> None:
    everywhere = sorted(set().union(*map(vertices, shapes.values())))
    old = data.draw(st.sampled_from(everywhere))
    new = (old[0] + data.draw(st.floats(-0.5, 0.5)), old[1] + data.draw(st.floats(-0.5, 0.5)))
    found = move_vertex(shapes, old, new)
    assert set(found) == {key for key, shape in shapes.items() if old in vertices(shape)}
    target = tuple((np.round(new, 4) + 0.0).tolist())
    after = changed(shapes, found)
    assert all(is_on_grid(shape) for shape in after)
    assert all(target in vertices(shape) for shape in found.values())
    if all(shape.is_valid for shape in after) and target not in everywhere:
        assert shapely.coverage_is_valid(after)


@given(coverages(), st.data())
def test_a_moved_edge_stays_one_border(shapes: dict[int, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(shapes)))
    ring = shapely.get_coordinates(shapes[key]).tolist()
    place = data.draw(st.integers(0, len(ring) - 2))
    ends = tuple(ring[place]), tuple(ring[place + 1])
    found = move_edge(shapes, ends, (data.draw(st.floats(-0.3, 0.3)), data.draw(st.floats(-0.3, 0.3))))
    after = changed(shapes, found)
    if all(shape.is_valid for shape in after):
        assert shapely.coverage_is_valid(after)
        assert not (vertices(shapes[key]) & set(ends)) or key in found


@given(coverages(), st.data())
def test_an_inserted_vertex_is_in_both_neighbours(shapes: dict[int, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(shapes)))
    ring = shapely.get_coordinates(shapes[key])
    place, share = data.draw(st.integers(0, len(ring) - 2)), data.draw(st.floats(0.2, 0.8))
    middle = tuple((ring[place] + (ring[place + 1] - ring[place]) * share).tolist())
    found = insert_vertex(shapes, middle)
    after = changed(shapes, found)
    assert key in found or tuple(np.round(middle, 4)) in vertices(shapes[key])
    assert all(shape.is_valid for shape in found.values()) is False or shapely.coverage_is_valid(after)


def test_a_neighbour_that_has_no_vertex_there_gets_one() -> None:
    shapes = {"west": box(0, 0, 10, 20), "low": box(10, 0, 20, 10), "high": box(10, 10, 20, 20)}
    corner, moved = at((10, 10), (12, 11))
    found = move_vertex(shapes, corner, moved)
    assert set(found) == {"west", "low", "high"}
    assert shapely.coverage_is_valid(list(found.values()))
    assert sum(shape.area for shape in found.values()) == pytest.approx(400)


def test_a_vertex_goes_from_all_or_from_none() -> None:
    shapes = {"a": box(0, 0, 10, 10), "b": shapely.Polygon(at((10, 0), (20, 5), (10, 10)))}
    found = remove_vertex({"a": box(0, 0, 10, 10), "c": line((10, 10), (20, 10), (30, 5))}, at((20, 10))[0])
    assert set(found) == {"c"}
    refused("VERTEX-NEEDED", lambda: remove_vertex(shapes, at((10, 0))[0]))
    refused("VERTEX-NEEDED", lambda: remove_vertex({"l": line((0, 0), (5, 5))}, at((0, 0))[0]))
    assert remove_vertex(shapes, at((99, 99))[0]) == {}


@given(stars(), coverages())
def test_a_trimmed_area_shares_its_border_with_the_others(shape: Any, shapes: dict[int, Any]) -> None:
    others = [other for key, other in shapes.items() if key % 2]
    assume(shape.is_valid and others)
    try:
        trimmed, nodes = trim_overlap(shape, others)
    except UserError as error:
        assert error.code == "TRIM-NOTHING"
        return
    assert trimmed.is_valid
    assert is_on_grid(trimmed)
    mended = [insert_vertices(other, nodes) for other in others]
    overlap = sum(shapely.area(shapely.intersection(trimmed, other)) for other in mended)
    assert overlap <= 1e-3
    kept = shapely.area(shapely.difference(shape, shapely.union_all(others)))
    assert trimmed.area == pytest.approx(kept, abs=1e-3 * shape.length)


def test_trimming_nothing_and_everything() -> None:
    shape = box(0, 0, 10, 10)
    assert trim_overlap(shape, [box(50, 0, 60, 10)])[0].equals(shape)
    trimmed, nodes = trim_overlap(box(5, 5, 15, 8), [shape])
    assert trimmed.equals(box(10, 5, 15, 8))
    assert {tuple(xy) for xy in nodes.tolist()} == set(at((10, 5), (10, 8)))
    refused("TRIM-NOTHING", lambda: trim_overlap(box(2, 2, 5, 5), [shape]))


def network(*shapes: Any) -> EdgeNetwork:
    pieces = []
    for shape in shapes:
        for part in shapely.get_parts(shape.boundary if shape.area else shape):
            xy = shapely.get_coordinates(part)
            pieces.append(np.hstack([xy[:-1], xy[1:]]))
    return EdgeNetwork(np.concatenate(pieces))


def test_the_way_goes_along_the_borders() -> None:
    edges = network(box(0, 0, 10, 10), box(10, 0, 20, 10))
    start, end = at((0, 10), (20, 10))
    assert edges.trace(start, end).tolist() == [list(xy) for xy in at((0, 10), (10, 10), (20, 10))]
    inside, far = at((0, 4), (20, 3))
    assert edges.trace(inside, far).tolist() == [list(xy) for xy in at((0, 4), (0, 0), (10, 0), (20, 0), (20, 3))]


def test_two_places_of_one_edge() -> None:
    edges = network(line((0, 0), (10, 0), (10, 10)))
    start, end = at((2, 0), (7, 0))
    assert edges.trace(start, end).tolist() == [list(start), list(end)]


def test_no_way_is_no_way() -> None:
    edges = network(box(0, 0, 10, 10), box(50, 0, 60, 10))
    assert edges.trace(*at((0, 0), (50, 0))) is None
    assert edges.trace(*at((0, 0), (5, 5))) is None
    assert edges.trace(*at((0, 0), (0, 0))) is None
    again = edges.trace(*at((0, 3), (10, 3)))
    assert again.tolist() == [list(xy) for xy in at((0, 3), (0, 0), (10, 0), (10, 3))]


@given(coverages(), st.data())
def test_a_traced_way_is_made_of_existing_vertices(shapes: dict[int, Any], data: st.DataObject) -> None:
    everywhere = sorted(set().union(*map(vertices, shapes.values())))
    start, end = data.draw(st.sampled_from(everywhere)), data.draw(st.sampled_from(everywhere))
    assume(start != end)
    way = network(*shapes.values()).trace(start, end)
    assert way is not None, "borders of a coverage hang together"
    assert {tuple(xy) for xy in way.tolist()} <= set(everywhere)
    assert (tuple(way[0]), tuple(way[-1])) == (start, end)
    straight = np.hypot(end[0] - start[0], end[1] - start[1])
    assert np.hypot(*np.diff(way, axis=0).T).sum() >= straight - 1e-9
