"""Where two versions of a shape differ."""

import pytest
import shapely

from services.ghosts import differing_bounds

SQUARE = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"


@pytest.mark.parametrize(
    ("first", "second", "bounds"),
    [
        ("LINESTRING (0 0, 50 0, 100 0)", "LINESTRING (0 0, 50 8, 100 0)", (50, 0, 50, 8)),
        (SQUARE, "POLYGON ((0 0, 100 0, 103 99, 0 100, 0 0))", (100, 99, 103, 100)),
        (SQUARE, "POLYGON ((0 0, 40 0, 100 0, 100 100, 0 100, 0 0))", None),
        ("POINT (1 2)", "POINT (4 6)", (1, 2, 4, 6)),
        ("POINT (1 2)", "POINT (1 2)", None),
    ],
)
def test_the_box_of_what_differs(first: str, second: str, bounds: tuple[float, ...] | None) -> None:
    assert differing_bounds(shapely.from_wkt(first), shapely.from_wkt(second)) == bounds
