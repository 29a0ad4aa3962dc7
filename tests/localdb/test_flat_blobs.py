"""Flat arrays out of many blobs: the same as those made of shapely's objects, or a refusal; never something else."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodesy.arrays import GeometryArrays, build_arrays
from localdb import blobs
from localdb.flat_blobs import flatten
from tests.localdb.test_blobs import SRID, geometries, lines, polygons, simple

HOLED = shapely.Polygon([(0, 0), (0, 9), (9, 9), (9, 0)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])  # both the wrong way
SHAPES = [
    shapely.Point(1, 2),
    HOLED,
    shapely.LineString([(0, 0), (1, 1), (3, 0)]),
    shapely.MultiPoint([(5, 6), (7, 8)]),
    shapely.MultiPolygon([shapely.box(20, 0, 21, 1), HOLED, shapely.box(30, 0, 31, 1)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 4)]]),
]


def flat(stored: list[bytes]) -> dict[str, GeometryArrays] | None:
    count = len(stored)
    lengths = np.array([len(blob) for blob in stored], np.int64)
    return flatten(b"".join(stored), lengths, np.arange(10, 10 + count), np.arange(count, dtype=np.int32))


def same(found: dict[str, GeometryArrays], wanted: dict[str, GeometryArrays]) -> bool:
    columns = ("ids", "xy", "path_offsets", "feature_offsets", "bounds", "category")
    return found.keys() == wanted.keys() and all(
        np.array_equal(getattr(found[kind], name), getattr(item, name))
        for kind, item in wanted.items()
        for name in columns
    )


def thorough(shapes: list[shapely.Geometry]) -> dict[str, GeometryArrays]:
    return build_arrays(np.arange(10, 10 + len(shapes)), shapes, np.arange(len(shapes)))


@given(st.lists(geometries(2), min_size=1, max_size=8))
def test_the_arrays_are_those_of_shapely_to_the_bit(shapes: list[shapely.Geometry]) -> None:
    found = flat([blobs.encode(shape, SRID) for shape in shapes])
    assert found is not None
    assert same(found, thorough(shapes))


def test_parts_rings_and_kinds_keep_their_order_and_rings_are_turned() -> None:
    found = flat([blobs.encode(shape, SRID) for shape in SHAPES])
    assert found is not None
    assert same(found, thorough(SHAPES))
    assert {kind: item.ids.tolist() for kind, item in found.items()} == {
        "point": [10, 13],
        "line": [12, 15],
        "polygon": [11, 14],
    }


@given(st.one_of(simple(2), lines(2), polygons(2)), st.data())
def test_a_blob_cut_short_or_changed_is_left_to_the_thorough_reader_or_read_as_it_reads_it(shape, data) -> None:
    blob = bytearray(blobs.encode(shape, SRID))
    at = data.draw(st.integers(0, len(blob) - 1))
    if data.draw(st.booleans()):
        del blob[at]
    else:
        blob[at] = data.draw(st.integers(0, 255))
    found = flat([bytes(blob)])
    if found is not None:
        assert same(found, build_arrays([10], blobs.decode_many([bytes(blob)]), [0]))


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Point(1, 2, 3),
        shapely.GeometryCollection([shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])]),
        shapely.MultiPoint([(number, 0) for number in range(300)]),
    ],
)
def test_what_is_rare_is_left_to_the_thorough_reader(shape: shapely.Geometry) -> None:
    stored = [blobs.encode(SHAPES[1], SRID), blobs.encode(shape, SRID)]
    assert flat(stored) is None


def test_lengths_that_do_not_fit_are_refused() -> None:
    blob = blobs.encode(SHAPES[1], SRID)
    assert flatten(blob, np.array([len(blob) - 1]), np.array([1]), np.zeros(1, np.int32)) is None
    assert flatten(b"", np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32)) is None
