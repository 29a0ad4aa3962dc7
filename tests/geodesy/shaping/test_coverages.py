"""Whatever is done to the borders of a coverage, one after the other: it stays one, without overlap and without gap."""

from typing import Any

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.shaping.topology import insert_vertex, move_edge, move_vertex, remove_vertex
from geodesy.shaping.trimming import expect_unbroken, find_overlaps
from tests.geodesy.shaping.coverages import coverages, expect_whole, rooms_of, terraces
from tests.geodesy.shaping.shapes import vertices

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
