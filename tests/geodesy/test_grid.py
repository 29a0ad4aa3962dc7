import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodesy.grid import GRID_M, on_grid

METRES = st.floats(-3e6, 3e6, allow_nan=False)


@given(st.lists(st.tuples(METRES, METRES), min_size=1, max_size=20))
def test_the_grid_is_reached_once_and_for_all(places):
    once = on_grid(shapely.MultiPoint(places))
    assert shapely.to_wkb(on_grid(once)) == shapely.to_wkb(once)
    assert np.abs(shapely.get_coordinates(once) - places).max() <= GRID_M / 2 + 1e-9


def test_heights_and_measures_go_and_none_stays():
    shapes = np.array([shapely.Point(1.00004, 2.00006, 9), None, shapely.from_wkt("POINT ZM (1 2 3 4)")], dtype=object)
    found = on_grid(shapes)
    assert [shape and shape.wkt for shape in found] == ["POINT (1 2.0001)", None, "POINT (1 2)"]


def test_there_is_no_minus_zero():
    assert shapely.to_wkb(on_grid(shapely.Point(-0.00001, 0.0))) == shapely.to_wkb(shapely.Point(0.0, 0.0))
