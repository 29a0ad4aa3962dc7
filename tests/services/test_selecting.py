"""Finding records by what they say and by where they lie; a record is never its own neighbour."""

from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.desk import Desk
from services.editing import delete_records, insert_record
from services.selecting import Join, Relation, find_records, join_selection, select_by_place
from tests.services.desks import refused, sample_square


@pytest.fixture
def town(desk: Desk) -> dict[str, str]:
    """Three lots in a row, the first two touching; a road across the first, a lamp 5 m from the third."""

    def put(type_id: str, values: dict[str, Any], shape: Any) -> str:
        return insert_record(desk, type_id, values, shape).record.uid

    return {
        "a": put("land_use_plan_area", {"lot_no": "a"}, square(0, 0, 50)),
        "b": put("land_use_plan_area", {"lot_no": "b"}, square(50, 0, 50)),
        "c": put("land_use_plan_area", {"lot_no": "c"}, square(200, 0, 50)),
        "in_a": put("public_building", {"name": "Nhà văn hóa"}, square(10, 10, 10)),
        "road": put(
            "road_segment", {"name": "Đường"}, shapely.LineString([(WEST - 20, SOUTH + 25), (WEST + 30, SOUTH + 25)])
        ),
        "lamp": put("lighting_asset", {"name": "Đèn"}, shapely.Point(WEST + 255, SOUTH + 25)),
    }


WEST, SOUTH = (float(round(edge)) for edge in sample_square().bounds[:2])  # on the grid, as typed coordinates are


def square(east: float, north: float, size: float) -> shapely.Polygon:
    return shapely.box(WEST + east, SOUTH + north, WEST + east + size, SOUTH + north + size)


def found(desk: Desk, town: dict[str, str], type_id: str, relation: Relation, *others: str, **more: Any) -> set[str]:
    names = {uid: name for name, uid in town.items()}
    return {names[uid] for uid in select_by_place(desk, type_id, relation, [town[name] for name in others], **more)}


def test_each_relation(desk: Desk, town: dict[str, str]) -> None:
    lot = "land_use_plan_area"
    assert found(desk, town, lot, Relation.INTERSECTS, "road") == {"a"}
    assert found(desk, town, lot, Relation.CROSSES, "road") == {"a"}
    assert found(desk, town, lot, Relation.TOUCHES, "a") == {"b"}
    assert found(desk, town, lot, Relation.CONTAINS, "in_a") == {"a"}
    assert found(desk, town, "public_building", Relation.WITHIN, "a") == {"in_a"}
    assert found(desk, town, lot, Relation.DISJOINT, "a") == {"a", "c"}
    assert found(desk, town, lot, Relation.NEAR, "lamp", distance_m=5.01) == {"c"}
    assert found(desk, town, lot, Relation.NEAR, "lamp", distance_m=4.99) == set()


def test_a_record_is_not_compared_with_itself(desk: Desk, town: dict[str, str]) -> None:
    assert found(desk, town, "land_use_plan_area", Relation.INTERSECTS, "a") == {"b"}
    assert found(desk, town, "land_use_plan_area", Relation.INTERSECTS, "a", "b") == {"a", "b"}


def test_a_drawn_area_is_as_good_as_a_record(desk: Desk, town: dict[str, str]) -> None:
    area = square(40, 0, 200)
    uids = select_by_place(desk, "land_use_plan_area", Relation.INTERSECTS, area)
    assert set(uids) == {town["a"], town["b"], town["c"]}
    assert select_by_place(desk, "land_use_plan_area", Relation.WITHIN, area) == [town["b"]]


def test_deleted_records_are_found_no_more(desk: Desk, town: dict[str, str]) -> None:
    delete_records(desk, [town["b"]])
    assert found(desk, town, "land_use_plan_area", Relation.TOUCHES, "a") == set()


def test_what_cannot_be_compared_is_refused(desk: Desk, town: dict[str, str]) -> None:
    document = insert_record(desk, "dossier_document", {"name": "Tờ trình"}, None).record.uid
    refused("SELECT-NO-PLACE", lambda: select_by_place(desk, "dossier_document", Relation.WITHIN, [town["a"]]))
    refused("SELECT-NO-PLACE", lambda: select_by_place(desk, "road_segment", Relation.WITHIN, [document]))
    refused("RECORD-UNKNOWN", lambda: select_by_place(desk, "road_segment", Relation.WITHIN, ["nobody"]))
    for distance in (None, -1.0, float("nan"), float("inf")):
        refused(
            "SELECT-DISTANCE",
            lambda distance=distance: select_by_place(
                desk, "road_segment", Relation.NEAR, [town["a"]], distance_m=distance
            ),
        )


def test_by_what_they_say(desk: Desk, town: dict[str, str]) -> None:
    assert find_records(desk, "land_use_plan_area", where="lot_no IN ('a', 'c')") == [town["a"], town["c"]]
    refused("FILTER-FIELD", lambda: find_records(desk, "land_use_plan_area", where="nothing = 1"))
    both = find_records(
        desk, "land_use_plan_area", where="lot_no <> 'c'", relation=Relation.TOUCHES, others=[town["a"]]
    )
    assert both == [town["b"]]
    refused("EXPRESSION-SYNTAX", lambda: find_records(desk, "land_use_plan_area", where="lot_no = "))


def test_the_four_ways_to_join() -> None:
    before, new = ["1", "2", "3"], ["3", "4", "1", "4"]
    assert join_selection(before, new, Join.NEW) == ["3", "4", "1"]
    assert join_selection(before, new, Join.ADD) == ["1", "2", "3", "4"]
    assert join_selection(before, new, Join.REMOVE) == ["2"]
    assert join_selection(before, new, Join.KEEP) == ["1", "3"]


BOXES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 8), st.integers(1, 8)), min_size=1, max_size=6
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lots=BOXES, probe=BOXES, relation=st.sampled_from([item for item in Relation if item is not Relation.NEAR]))
def test_the_same_as_asking_each_pair(desk: Desk, lots: Any, probe: Any, relation: Relation) -> None:
    def box(item: tuple[int, ...]) -> Any:
        left, low, wide, high = item
        return shapely.box(WEST + left, SOUTH + low, WEST + left + wide, SOUTH + low + high)

    uids = [insert_record(desk, "land_use_plan_area", {"lot_no": "x"}, box(item)).record.uid for item in lots]
    area = shapely.union_all([box(item) for item in probe])
    wanted = [uid for uid, item in zip(uids, lots, strict=True) if getattr(shapely, relation.value)(box(item), area)]
    assert select_by_place(desk, "land_use_plan_area", relation, area) == wanted
    delete_records(desk, uids)
