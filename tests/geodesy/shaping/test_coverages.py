"""Whatever is done to the borders of a coverage, one after the other: it stays one, without overlap and without gap."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.shaping.cutting import cut_shape
from geodesy.shaping.joining import join_areas
from geodesy.shaping.knitting import knit_areas
from geodesy.shaping.topology import insert_vertex, move_edge, move_vertex, remove_vertex
from geodesy.shaping.trimming import expect_unbroken, find_overlaps, is_pinched
from geodesy.shaping.vertices import as_points
from tests.geodesy.shaping.coverages import coverages, expect_whole, rooms_of, terraces
from tests.geodesy.shaping.shapes import EAST, NORTH, cutters, vertices

Shapes = dict[int, Any]
REFUSED = {"VERTEX-NEEDED", "VERTEX-JUNCTION", "VERTEX-CROSSES"}
pulls = st.one_of(st.floats(-0.5, 0.5), st.floats(-60, 60))


def edges_of(shape: Any) -> list[Any]:
    xy = shapely.get_coordinates(shape)
    return list(zip(map(tuple, xy[:-1].tolist()), map(tuple, xy[1:].tolist()), strict=True))


def do(draw: Any, shapes: Shapes) -> Shapes:
    """One thing done with the vertex tool; a pull may end on a vertex or an edge that is there."""
    everywhere = sorted(set().union(*map(vertices, shapes.values())))
    edge = draw(st.sampled_from(edges_of(shapes[draw(st.sampled_from(sorted(shapes)))])))
    share = draw(st.floats(0.1, 0.9))
    on_edge = tuple((np.array(edge[0]) + (np.array(edge[1]) - edge[0]) * share).tolist())
    old = draw(st.sampled_from(everywhere))
    free = (old[0] + draw(pulls), old[1] + draw(pulls))
    new = draw(st.sampled_from([free, on_edge, draw(st.sampled_from(everywhere))]))
    match draw(st.sampled_from(["move", "edge", "insert", "pull out", "remove"])):
        case "move":
            return move_vertex(shapes, old, new)
        case "edge":
            return move_edge(shapes, edge, (draw(pulls), draw(pulls)))
        case "insert":
            return insert_vertex(shapes, on_edge)
        case "pull out":
            return insert_vertex(shapes, on_edge, (on_edge[0] + draw(pulls), on_edge[1] + draw(pulls)))
    return remove_vertex(shapes, old)


def try_one(draw: Any, shapes: Shapes) -> Shapes:
    """Do one thing, unless it is refused or asked about, as the window does."""
    try:
        found = do(draw, shapes)
        expect_unbroken(shapes, found)
    except UserError as error:
        assert error.code in REFUSED
        return shapes
    after = {**shapes, **found}
    if find_overlaps(shapes, found) or rooms_of(after.values()):  # the outline may be pulled around a new room
        return shapes
    return after


def many_steps(shapes: Shapes, data: st.DataObject) -> Shapes:
    steps = [shapes]
    for _ in range(data.draw(st.integers(1, 6))):
        if len(steps) > 1 and data.draw(st.integers(0, 4)) == 0:
            steps.pop()
        else:
            steps.append(try_one(data.draw, steps[-1]))
        expect_whole(steps[-1])
    return steps[-1]


@given(coverages(), st.data())
def test_a_coverage_stays_one_whatever_is_done(shapes: Shapes, data: st.DataObject) -> None:
    after = many_steps(shapes, data)
    assert shapely.coverage_is_valid(list(after.values()))


@given(terraces(), st.data())
def test_so_does_one_whose_corners_lie_on_others_edges(shapes: Shapes, data: st.DataObject) -> None:
    many_steps(shapes, data)


@given(st.one_of(coverages(), terraces()), cutters(), st.data())
def test_cut_and_joined_again_all_is_whole_in_between_and_as_it_was_after(
    shapes: Shapes, line: Any, data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from(sorted(shapes)))
    middle = shapes[key].representative_point()
    line = shapely.transform(line, lambda xy: xy + (middle.x - EAST, middle.y - NORTH))
    rest = {other: shape for other, shape in shapes.items() if other != key}
    try:
        parts = dict(enumerate(cut_shape(shapes[key], line).parts, 1000))
    except UserError as error:
        assert error.code == "CUT-MISSES"
        return
    assume(not any(map(is_pinched, parts.values())))  # a line drawn back and forth may leave parts as thin as a hair
    knit = {**rest, **parts, **knit_areas(rest, parts, dict.fromkeys(parts, shapes[key]))}
    expect_whole(knit)
    own = [shape for part, shape in knit.items() if part >= 1000]
    around = set().union(*(vertices(shape) for shape in rest.values()))
    joined = join_areas(own, as_points(around))
    assert joined.area == pytest.approx(shapes[key].area, abs=1e-6)
    assert vertices(joined) >= vertices(shapes[key])
    assert vertices(joined) <= vertices(shapes[key]) | around
