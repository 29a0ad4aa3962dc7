"""The 45 real roads of Xã Bắc Quang: nothing blocks them, and one is known to cross into the next commune."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely

from forms.record import Lineage
from geodesy.datum import OPERATION_ID
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import blocks, check_batch, check_record
from validation.rule import ALL_MOMENTS

CAME_AS_DEGREES = Lineage(
    source_file="roads_wgs84.gpkg", source_row=1, src_crs="EPSG:4326", datum_operation=OPERATION_ID
)
CAME_IN_OLD_AXIS = Lineage(
    source_file="duong_cu.shp", source_row=1, src_crs="EPSG:9209", src_axis=105.5, datum_operation="none"
)


@pytest.fixture
def around(context: CheckContext, real_outlines: dict[str, shapely.Geometry]) -> CheckContext:
    others = {code: outline for code, outline in real_outlines.items() if code != "01153"}
    return replace(context, boundary=real_outlines["01153"], neighbours=others)


@pytest.mark.parametrize("lineage", [CAME_AS_DEGREES, CAME_IN_OLD_AXIS])
def test_all_are_approvable_and_one_crosses(
    lineage: Lineage, real_roads: tuple[list[str], np.ndarray], around: CheckContext, make_batch: Callable[..., Batch]
) -> None:
    """A name, the commune that an import fills in, geometry and lineage: no more is known of most of them."""
    names, shapes = real_roads
    batch = make_batch(
        "road_segment", shapes, [{"name": name} for name in names], lineage=lineage, commune_code="01153"
    )
    found = check_batch(batch, around)
    assert len(batch) == 45
    assert [item.text() for item in found if blocks(item)] == []
    others = [item for item in found if item.rule_id != "ATT-01"]
    assert [item.text_code for item in others] == ["ADM-07.named", *["TOP-09"] * 9]
    assert others[0].context["beyond_m"] == pytest.approx(2521, abs=1)
    assert others[0].context["communes"] == ["Xã Bằng Hành (01180)"]
    alone = [
        item
        for place in range(len(batch))
        for item in check_batch(batch.take([place]), around)
        if item.rule_id != "ATT-01"
    ]
    assert [item.text_code for item in alone] == ["ADM-07.named"]


def test_naming_the_other_commune_settles_it(
    real_roads: tuple[list[str], np.ndarray], around: CheckContext, make_batch: Callable[..., Batch]
) -> None:
    batch = make_batch("road_segment", real_roads[1][:1], affected_communes=["01180"])
    assert not [item for item in check_batch(batch, around) if item.rule_id == "ADM-07"]


def test_no_datum_shift_or_a_wrong_axis_is_noticed(
    real_roads: tuple[list[str], np.ndarray], around: CheckContext, make_batch: Callable[..., Batch]
) -> None:
    names, shapes = real_roads
    unshifted = make_batch("road_segment", shapes, lineage=replace(CAME_AS_DEGREES, datum_operation="none"))
    assert {item.text_code for item in check_batch(unshifted, around) if item.rule_id == "CRS-08"} == {"CRS-08.missing"}
    wrong_axis = shapely.transform(shapes, lambda xy: xy + [51_500.0, 0.0])
    found = check_batch(make_batch("road_segment", wrong_axis), around)
    assert len({item.uid for item in found if item.text_code == "ADM-03.far"}) == 45


def test_a_road_being_typed_says_what_it_says_in_the_batch(
    real_roads: tuple[list[str], np.ndarray], around: CheckContext, make_batch: Callable[..., Batch]
) -> None:
    from forms.record import Record

    batch = make_batch("road_segment", real_roads[1][:3])
    for place in range(3):
        record = Record(batch.uids[place], "road_segment", {}, batch.geometries[place], batch.lineages[place], 3)
        together = [item for item in check_batch(batch, around) if item.uid == record.uid]
        assert [item.text_code for item in check_record(record, around, ALL_MOMENTS)] == [
            item.text_code for item in together
        ]
