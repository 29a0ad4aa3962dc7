"""Borders that are shared stay shared, to the bit, whatever is moved; tracing follows them."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.shaping.topology import insert_vertex, move_edge, move_vertex, remove_vertex
from geodesy.shaping.tracing import EdgeNetwork
from geodesy.shaping.trimming import expect_unbroken, find_overlaps, trim_overlap
from geodesy.shaping.vertices import insert_vertices
from tests.geodesy.shaping.coverages import coverages
from tests.geodesy.shaping.shapes import area, at, box, is_on_grid, line, refused, stars, vertices


def changed(shapes: dict[int, Any], found: dict[int, Any]) -> list[Any]:
    return list({**shapes, **found}.values())


@given(coverages(), st.data())
def test_a_moved_vertex_moves_in_every_neighbour(shapes: dict[int, Any], data: st.DataObject) -> None:
    everywhere = sorted(set().union(*map(vertices, shapes.values())))
    old = data.draw(st.sampled_from(everywhere))
    new = (old[0] + data.draw(st.floats(-0.5, 0.5)), old[1] + data.draw(st.floats(-0.5, 0.5)))
    found = move_vertex(shapes, old, new)
    target = tuple((np.round(new, 4) + 0.0).tolist())
    assume(target != old)
    assert set(found) >= {key for key, shape in shapes.items() if old in vertices(shape)}
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
    shift = data.draw(st.floats(-0.3, 0.3)), data.draw(st.floats(-0.3, 0.3))
    found = move_edge(shapes, ends, shift)
    after = changed(shapes, found)
    if all(shape.is_valid for shape in after):
        assert shapely.coverage_is_valid(after)
        assert key in found or np.abs(shift).max() < 0.0001


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


def terrace() -> dict[str, Any]:
    """One lot south of two, whose common corner lies on its edge, where it has no vertex."""
    return {"south": box(0, 0, 40, 20), "west": box(0, 20, 13, 40), "east": box(13, 20, 40, 40)}


def test_a_corner_half_way_along_the_edge_is_put_into_it_before_a_vertex_moves() -> None:
    shapes = terrace()
    found = move_vertex(shapes, at((40, 20))[0], at((40, 26))[0])
    assert set(found) == {"south", "east"}
    assert at((13, 20))[0] in vertices(found["south"])
    assert shapely.coverage_is_valid(changed(shapes, found))


def test_a_corner_half_way_along_an_edge_goes_with_it() -> None:
    shapes = terrace()
    found = move_edge(shapes, (at((0, 20))[0], at((40, 20))[0]), (0.0, 5.0))
    assert shapely.coverage_is_valid(changed(shapes, found))
    assert found["west"].equals(box(0, 25, 13, 40))
    assert sum(shape.area for shape in found.values()) == 40 * 40


def test_an_edge_may_be_moved_by_its_own_length() -> None:
    found = move_edge({"lot": box(0, 0, 10, 10)}, (at((0, 0))[0], at((10, 0))[0]), (10.0, -5.0))
    assert vertices(found["lot"]) == set(at((10, -5), (20, -5), (10, 10), (0, 10)))


def test_a_vertex_that_lands_on_an_edge_is_in_that_too() -> None:
    shapes = {**terrace(), "far": box(60, 0, 90, 40)}
    found = move_vertex(shapes, at((40, 20))[0], at((60, 23))[0])
    assert at((60, 23))[0] in vertices(found["far"])
    assert shapely.coverage_is_valid(changed(shapes, found))


def test_corners_that_differ_by_less_than_a_millimetre_are_one() -> None:
    shapes = {"south": box(0, 0, 40, 20), "north": area((0, 20.0004), (40.0003, 20), (40, 40), (0, 40))}
    found = move_vertex(shapes, at((40, 20))[0], at((45, 21))[0])
    assert at((45, 21))[0] in vertices(found["north"]) & vertices(found["south"])


def test_a_vertex_at_which_three_borders_join_stays() -> None:
    refused("VERTEX-JUNCTION", lambda: remove_vertex(terrace(), at((13, 20))[0]))
    road, lane = line((0, 0), (10, 0), (20, 0)), line((20, 0), (30, 5), (40, 0))
    refused("VERTEX-JUNCTION", lambda: remove_vertex({"road": road, "lane": lane}, at((20, 0))[0]))
    assert set(remove_vertex({"road": road, "lane": lane}, at((30, 5))[0])) == {"lane"}
    assert set(remove_vertex({"road": road}, at((20, 0))[0])) == {"road"}


def test_a_vertex_pulled_off_an_edge_is_pulled_off_in_both() -> None:
    shapes = {"west": box(0, 0, 10, 10), "east": box(10, 0, 20, 10)}
    found = insert_vertex(shapes, at((10, 4))[0], at((12, 4))[0])
    assert set(found) == {"west", "east"}
    assert at((12, 4))[0] in vertices(found["west"]) & vertices(found["east"])
    assert shapely.coverage_is_valid(list(found.values()))


def test_what_would_cross_itself_or_lie_on_another_is_told() -> None:
    shapes = {"west": box(0, 0, 10, 10), "east": box(10, 0, 20, 10), "far": box(30, 0, 40, 10)}
    crossed = move_vertex(shapes, at((10, 10))[0], at((15, -5))[0])
    refused("VERTEX-CROSSES", lambda: expect_unbroken(shapes, crossed))
    flat = move_vertex({"lot": area((0, 0), (10, 0), (5, 8))}, at((5, 8))[0], at((5, 0))[0])
    refused("VERTEX-CROSSES", lambda: expect_unbroken({"lot": box(0, 0, 1, 1)}, flat))
    over = move_vertex(shapes, at((20, 10))[0], at((35, 8))[0])
    expect_unbroken(shapes, over)
    [common] = find_overlaps(shapes, over)
    assert common.within(shapes["far"])
    bow = {"bow": area((0, 0), (10, 10), (10, 0), (0, 10))}
    expect_unbroken(bow, move_vertex(bow, at((0, 10))[0], at((0, 12))[0]))  # what was unsound before may be mended


def test_a_vertex_goes_from_all_or_from_none() -> None:
    shapes = {"a": box(0, 0, 10, 10), "b": shapely.Polygon(at((10, 0), (20, 5), (10, 10)))}
    found = remove_vertex({"a": box(0, 0, 10, 10), "c": line((10, 10), (20, 10), (30, 5))}, at((20, 10))[0])
    assert set(found) == {"c"}
    refused("VERTEX-JUNCTION", lambda: remove_vertex(shapes, at((10, 0))[0]))
    refused("VERTEX-NEEDED", lambda: remove_vertex(shapes, at((20, 5))[0]))
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
