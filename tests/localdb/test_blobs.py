from contextlib import suppress

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon

from localdb import blobs

SRID = 9211
numbers = st.floats(min_value=-1e7, max_value=1e7, allow_nan=False)


def positions(dimensions: int) -> st.SearchStrategy[tuple[float, ...]]:
    return st.tuples(*[numbers] * dimensions)


def lines(dimensions: int) -> st.SearchStrategy[LineString]:
    return st.lists(positions(dimensions), min_size=2, max_size=6).map(LineString)


def rings(dimensions: int) -> st.SearchStrategy[list[tuple[float, ...]]]:
    return st.lists(positions(dimensions), min_size=3, max_size=6).map(lambda ring: [*ring, ring[0]])


def polygons(dimensions: int) -> st.SearchStrategy[Polygon]:
    return st.lists(rings(dimensions), min_size=1, max_size=3).map(lambda found: Polygon(found[0], found[1:]))


def simple(dimensions: int) -> st.SearchStrategy[shapely.Geometry]:
    return st.one_of(positions(dimensions).map(Point), lines(dimensions), polygons(dimensions))


def geometries(dimensions: int) -> st.SearchStrategy[shapely.Geometry]:
    return st.one_of(
        simple(dimensions),
        st.lists(positions(dimensions), min_size=1, max_size=4).map(MultiPoint),
        st.lists(lines(dimensions), min_size=1, max_size=4).map(MultiLineString),
        st.lists(polygons(dimensions), min_size=1, max_size=4).map(MultiPolygon),
    )


@given(st.one_of(geometries(2), geometries(3)), st.integers(min_value=-1, max_value=1_000_000))
def test_what_is_encoded_is_decoded(geometry, srid):
    blob = blobs.encode(geometry, srid)
    found, found_srid = blobs.decode(blob)
    assert found_srid == srid
    assert shapely.equals_identical(found, geometry)
    assert shapely.equals_identical(blobs.decode_many([blob])[0], geometry)
    assert blobs.encode(found, srid) == blob


@given(st.lists(st.one_of(st.none(), geometries(2)), max_size=8))
def test_many_are_encoded_as_one_by_one(found):
    many = blobs.encode_many(found, SRID)
    assert many == [blobs.encode(geometry, SRID) for geometry in found]
    back = blobs.decode_many(many)
    assert [None if one is None else one.wkb for one in back] == [None if one is None else one.wkb for one in found]


@given(st.lists(simple(2), min_size=1, max_size=5))
def test_a_collection_lies_flat_with_points_first(parts):
    nested = GeometryCollection([GeometryCollection(parts)])
    found, _ = blobs.decode(blobs.encode(nested, SRID))
    kinds = [part.geom_type for part in found.geoms]
    assert kinds == sorted(kinds, key=["Point", "LineString", "Polygon"].index)
    assert {part.wkb for part in found.geoms} == {part.wkb for part in parts}


def test_measures_are_kept():
    for text in ("POINT M (1 2 3)", "LINESTRING ZM (1 2 3 4, 5 6 7 8)", "MULTIPOINT M ((1 2 3), (4 5 6))"):
        geometry = shapely.from_wkt(text)
        assert shapely.equals_identical(blobs.decode(blobs.encode(geometry, SRID))[0], geometry)


@pytest.mark.parametrize("text", ["POINT EMPTY", "MULTIPOLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY"])
def test_an_empty_geometry_has_no_blob(text):
    assert blobs.encode(shapely.from_wkt(text), SRID) is None


def test_the_short_form_of_a_point_is_read():
    body = np.array([5.0, 7.0]).tobytes()
    blob = b"\x00\x81" + SRID.to_bytes(4, "little") + b"\x01" + body + b"\xfe"
    assert blobs.decode(blob) == (Point(5, 7), SRID)
    assert blobs.decode_many([blob])[0] == Point(5, 7)


def test_big_endian_is_read():
    lines_ = MultiLineString([[(0, 0), (1, 2)], [(3, 4), (5, 6)]])
    body = bytearray(shapely.to_wkb(lines_, byte_order=0))
    for place in (9, 9 + 41):
        assert body[place] == 0
        body[place] = 0x69
    box = np.array(lines_.bounds, ">f8").tobytes()
    blob = b"\x00\x00" + SRID.to_bytes(4, "big") + box + b"\x7c" + bytes(body[1:]) + b"\xfe"
    assert blobs.read_head(blob) == (5, SRID)
    assert shapely.equals_identical(blobs.decode(blob)[0], lines_)
    assert shapely.equals_identical(blobs.decode_many([blob])[0], lines_)


@given(geometries(2), st.data())
def test_a_broken_blob_is_refused_or_read_but_never_crashes(geometry, data):
    blob = bytearray(blobs.encode(geometry, SRID))
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(blob[: data.draw(st.integers(0, len(blob)))])
    for candidate in (bytes(blob), cut):
        for read in (blobs.decode, lambda one: blobs.decode_many([one])):
            with suppress(ValueError):
                read(candidate)


def test_a_length_that_lies_is_refused():
    blob = blobs.encode(LineString([(0, 0), (1, 1)]), SRID)
    with pytest.raises(ValueError, match="longer or shorter"):
        blobs.decode(blob[:-1] + b"\x00\xfe")
    with pytest.raises(ValueError):
        blobs.decode(b"")
