"""Lines joined, outlines closed, faces with shared edges, strays: exact, and on any drawing."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodesy.linework import build_faces, close_outlines, find_far, join_runs, joined

GRID = 1e-4


def array(*shapes: object) -> np.ndarray:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


def test_what_lies_far_away_is_named() -> None:
    near = [shapely.Point(437_000 + place * 13, 2_481_000 + place * 7) for place in range(40)]
    strays = [shapely.Point(0, 0), shapely.Point(437_000, 9e9), line((1e12, 0), (1e12, 5))]
    assert find_far(array(*near, *strays), 100.0).tolist() == [False] * 40 + [True] * 3


def test_a_small_drawing_has_nothing_far() -> None:
    assert not find_far(array(shapely.Point(0, 0), shapely.Point(5, 5), shapely.Point(9e9, 1)), 100.0).any()


def test_runs_that_were_split_are_one_again() -> None:
    lines = [line((0, 0), (1, 0)), line((1, 0), (2, 1)), line((2, 1), (3, 1)), line((9, 9), (8, 8))]
    assert join_runs(lines, ["a"] * 4) == [[0, 1, 2], [3]]
    assert joined(lines[:3]).equals_exact(line((0, 0), (1, 0), (2, 1), (3, 1)))


def test_a_junction_is_no_seam() -> None:
    lines = [line((0, 0), (1, 0)), line((1, 0), (2, 0)), line((1, 0), (1, 5))]
    assert join_runs(lines, ["a"] * 3) == [[0], [1], [2]]
    assert join_runs(lines[:2], ["a", "b"]) == [[0], [1]]


def test_outlines_are_closed_within_the_tolerance_and_told() -> None:
    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    closed, nearly, opened = line(*square, (0, 0)), line(*square, (0, 0.04)), line(*square)
    found = close_outlines(array(closed, nearly, opened), 0.05)
    assert [face is not None for face in found.faces] == [True, True, False]
    assert found.gaps.tolist() == pytest.approx([0, 0.04, 10])
    assert found.faces[0].equals_exact(found.faces[1])


def test_faces_share_edges_and_have_holes() -> None:
    grid = [line((0, 0), (30, 0), (30, 20), (0, 20), (0, 0)), line((10, -1), (10, 21)), line((10, 10.00003), (30, 10))]
    island = line((2, 2), (4, 2), (4, 4), (2, 4), (2, 2))
    found = build_faces(array(*grid, island), GRID, 0.0)
    assert sorted(shapely.area(found.faces).round(6).tolist()) == [4, 196, 200, 200]
    holed = next(face for face in found.faces if face.area == pytest.approx(196))
    assert len(holed.interiors) == 1
    assert shapely.area(shapely.union_all(found.faces)) == pytest.approx(600)
    assert len(found.dangles) == 2


def test_an_end_just_before_a_line_is_led_to_it() -> None:
    lines = array(line((0, 0), (10, 0), (10, 10), (0, 10), (0, 0)), line((5, 0.03), (5, 9.96)))
    assert len(build_faces(lines, GRID, 0.0).faces) == 1
    found = build_faces(lines, GRID, 0.05)
    assert shapely.area(found.faces).round(6).tolist() == [50, 50]
    assert sorted(shapely.length(found.closings).round(6).tolist()) == [0.03, 0.04]


def test_an_outline_that_nearly_closes_is_closed_by_its_own_ends() -> None:
    found = build_faces(array(line((0, 0), (10, 0), (10, 10), (0, 10), (0, 0.04))), GRID, 0.05)
    assert shapely.area(found.faces).round(6).tolist() == [100]
    assert shapely.length(found.closings).round(6).tolist() == [0.04]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.floats(0, 100, allow_nan=False, width=32)] * 4),
        min_size=4,
        max_size=14,
    )
)
def test_shared_edges_are_the_same_bits(segments: list[tuple[float, float, float, float]]) -> None:
    lines = [line((a, b), (c, d)) for a, b, c, d in segments if (a, b) != (c, d)]
    lines.append(line((-1, -1), (101, -1), (101, 101), (-1, 101), (-1, -1)))
    found = build_faces(array(*lines), GRID, 0.0)
    edges: dict[tuple[tuple[float, float], ...], int] = {}
    for face in found.faces:
        assert face.is_valid
        for ring in (face.exterior, *face.interiors):
            corners = [tuple(corner) for corner in ring.coords]
            for pair in zip(corners, corners[1:], strict=False):
                key = tuple(sorted(pair))
                edges[key] = edges.get(key, 0) + 1
    assert set(edges.values()) <= {1, 2}
    assert shapely.area(found.faces).sum() == pytest.approx(102 * 102, rel=1e-6)
    inner = [key for key, count in edges.items() if count == 1]
    assert all(
        -1.0 in {x for x, _ in key} | {y for _, y in key} or 101.0 in {x for x, _ in key} | {y for _, y in key}
        for key in inner
    )
