"""Lines and rings as flat arrays: areas of one ring are taken apart by their coordinates alone, as GEOS would."""

import numpy as np
import numpy.typing as npt
import shapely
from hypothesis import given
from hypothesis import strategies as st

from validation.paths import build_paths

SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
HOLED = "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (2 2, 4 2, 4 4, 2 2))"
TOUCHING = "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (0 0, 3 1, 1 3, 0 0))"  # the hole begins where the shell does
PARTS = "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((9 9, 12 9, 12 12, 9 9)))"
TWICE = "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((0 0, -4 0, -4 -4, 0 0)))"  # both parts begin at the same corner
EIGHT = "POLYGON ((0 0, 4 4, 4 0, 0 0, -4 -4, -4 0, 0 0))"  # one ring that passes its first corner
EMPTY_PART = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.Polygon()])
KINDS = [
    *map(shapely.from_wkt, (SQUARE, HOLED, TOUCHING, PARTS, TWICE, EIGHT, "LINESTRING (0 0, 1 1, 2 0)", "POINT (1 1)")),
    shapely.from_wkt("MULTILINESTRING ((0 0, 1 1), (5 5, 6 6, 7 5))"),
    shapely.from_wkt("POLYGON EMPTY"),
    EMPTY_PART,
    None,
]


def expected(shapes: npt.NDArray[np.object_], usable: npt.NDArray[np.bool_]) -> list[tuple[int, bool, bytes]]:
    """Every line, then every ring, of the usable shapes, one by one."""
    lines, rings = [], []
    for place, shape in enumerate(shapes):
        if not usable[place]:
            continue
        if shape.geom_type.endswith("LineString"):
            lines += [(place, False, shapely.get_coordinates(part).tobytes()) for part in shapely.get_parts(shape)]
        elif shape.geom_type.endswith("Polygon"):
            parts = shapely.get_rings(shapely.get_parts(shape))
            rings += [(place, True, shapely.get_coordinates(part).tobytes()) for part in parts]
    return lines + rings


def found(shapes: npt.NDArray[np.object_], usable: npt.NDArray[np.bool_]) -> list[tuple[int, bool, bytes]]:
    paths = build_paths(shapes, usable)
    return [
        (int(owner), bool(is_ring), paths.xy[begin:end].tobytes())
        for owner, is_ring, begin, end in zip(
            paths.owner, paths.is_ring, paths.starts[:-1], paths.starts[1:], strict=True
        )
    ]


@given(st.lists(st.sampled_from(KINDS), max_size=12), st.data())
def test_paths_are_those_of_the_shapes_one_by_one(kinds: list[shapely.Geometry | None], data: st.DataObject) -> None:
    shapes = np.empty(len(kinds), dtype=object)
    shapes[:] = kinds
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    chosen = data.draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds)))
    usable = there & np.array(chosen, dtype=bool)
    assert found(shapes, usable) == expected(shapes, usable)
