"""A record's content is flat, comes back whole, and hashes the same when a new empty field appears."""

import shapely
from hypothesis import given
from hypothesis import strategies as st

from forms.content import content_hash, geometry_from_hex, geometry_to_hex, record_content, split_content
from forms.record import Lineage, Record, State

RECORD = Record(
    uid="0198a8f0-0000-7000-8000-000000000000",
    type_id="road_segment",
    values={"name": "Đường Minh Tâm", "lanes": 2, "affected_communes": ["01153", "00832"], "note": None},
    geometry=shapely.LineString([(437050.252, 2487289.588), (437206.687, 2487142.565)]),
    lineage=Lineage(source_file="duong_cu.shp", source_row=3, src_crs="VN2000:105.5/3", raw_values={"TEN": "§\xadêng"}),
)


def test_content_comes_back_whole():
    values, geometry, lineage = split_content(record_content(RECORD))
    assert values == dict(RECORD.values)
    assert geometry is not None and geometry.equals_exact(RECORD.geometry, 0)
    assert lineage == RECORD.lineage
    assert RECORD.state is State.DRAFT


def test_an_empty_field_changes_no_hash_and_a_value_does():
    content = record_content(RECORD)
    assert content_hash({**content, "brand_new": None}) == content_hash(content)
    assert content_hash({**content, "lanes": 3}) != content_hash(content)
    assert content_hash(record_content(RECORD.with_content({"lanes": 2}))) == content_hash(content)


coordinates = st.tuples(st.floats(2e5, 8e5), st.floats(9e5, 2.6e6))


@given(st.lists(coordinates, min_size=2, max_size=9))
def test_geometry_comes_back_bit_for_bit(points: list[tuple[float, float]]):
    line = shapely.LineString(points)
    text = geometry_to_hex(line)
    assert geometry_to_hex(geometry_from_hex(text)) == text
    assert shapely.get_coordinates(geometry_from_hex(text)).tolist() == [list(point) for point in points]


def test_no_geometry_is_no_text():
    assert geometry_to_hex(None) is None and geometry_from_hex(None) is None


def test_lineage_leaves_out_what_it_does_not_know():
    assert Lineage.from_dict({"source_file": "a.csv", "colour": "red"}) == Lineage(source_file="a.csv")
