"""Shapes and checks that the tests of shaping share; everything lies far from the origin, as real coordinates do."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import strategies as st

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid

EAST, NORTH = 437_000.0, 2_487_000.0


def at(*offsets: tuple[float, float]) -> list[tuple[float, float]]:
    return [(EAST + east, NORTH + north) for east, north in offsets]


def area(*offsets: tuple[float, float]) -> Any:
    return on_grid(shapely.Polygon(at(*offsets)))


def line(*offsets: tuple[float, float]) -> Any:
    return on_grid(shapely.LineString(at(*offsets)))


def box(west: float, south: float, east: float, north: float) -> Any:
    return area((west, south), (east, south), (east, north), (west, north))


def vertices(shape: Any) -> set[tuple[float, ...]]:
    return {tuple(xy) for xy in shapely.get_coordinates(shape).tolist()}


def is_on_grid(shape: Any) -> bool:
    return bool((shapely.get_coordinates(on_grid(shape)) == shapely.get_coordinates(shape)).all())


def refused(code: str, call: Any) -> None:
    with pytest.raises(UserError) as caught:
        call()
    assert caught.value.code == code
    assert str(caught.value) != code


@st.composite
def stars(draw: st.DrawFn) -> Any:
    """A valid polygon of odd corners around a middle, on the grid."""
    count = draw(st.integers(3, 14))
    radii = draw(st.lists(st.floats(8, 180), min_size=count, max_size=count))
    turn = draw(st.floats(0, 6.28))
    angles = turn + np.arange(count) * 2 * np.pi / count
    xy = np.column_stack([EAST + np.cos(angles) * radii, NORTH + np.sin(angles) * radii])
    return on_grid(shapely.Polygon(xy))


@st.composite
def cutters(draw: st.DrawFn) -> Any:
    """A line from far outside to far outside that passes near the middle, bent in between."""
    turn = draw(st.floats(0, 3.14))
    bends = draw(st.lists(st.tuples(st.floats(-150, 150), st.floats(-60, 60)), max_size=4))
    stops = sorted([(-400.0, 0.0), *bends, (400.0, 0.0)])
    xy = np.array(stops) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return shapely.LineString(xy + (EAST, NORTH))


def on_outline(shape: Any, share: float) -> Any:
    """A place on an outline as a snapped click is stored: rounded to the grid, a little off the edge."""
    outline = shape.exterior if shape.geom_type == "Polygon" else shape
    return on_grid(outline.interpolate(share, normalized=True))


def has_vertex(shape: Any, place: Any) -> bool:
    """Whether there is a vertex at a place, or that corner for which a place next to it is taken."""
    return bool(shapely.multipoints(shapely.get_coordinates(shape)).distance(place) < 2 * GRID_M)
