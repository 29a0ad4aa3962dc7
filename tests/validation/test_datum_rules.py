"""Readings that no boundary can tell: the zone's width by twins from another file, the datum by the source's words."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely

from forms.record import Lineage
from geodesy.datum import transform_geometries
from geodesy.systems import tm_system
from validation.batch import Batch
from validation.context import CheckContext
from validation.finding import Finding

ZONE, SIX = tm_system(106.0), tm_system(106.0, 6)
Find = Callable[..., list[Finding]]


def came(file: str, crs: str = "EPSG:9211") -> Lineage:
    return Lineage(source_file=file, source_row=1, src_crs=crs, src_axis=106.0, datum_operation="none")


def lots(count: int, *, north: float = 0.0) -> np.ndarray:
    """Building lots of 5 by 20 m, wall to wall, as planners lay them out by hundreds."""
    return np.array(
        [shapely.box(x, 2_487_000 + north, x + 5, 2_487_020 + north) for x in 437_000 + 5.0 * np.arange(count)],
        dtype=object,
    )


def test_real_roads_read_in_the_wrong_width(
    real_roads: tuple[list[str], np.ndarray], make_batch: Callable[..., Batch], stocked: Any, find: Find
) -> None:
    right = real_roads[1]
    wrong = _reread_as_six(right)
    earlier = make_batch("road_segment", right, lineage=came("duong.gpkg"))
    later = make_batch("road_segment", wrong, lineage=came("duong_mui6.shp"), first=1000)
    found = find("CRS-07", later, stocked(earlier))
    assert [(item.uid, item.context["file"], item.context["count"]) for item in found] == [
        (later.uids[0], "duong_mui6.shp", 45)
    ]
    assert found[0].context["offset_m"] == pytest.approx(746, abs=8)
    assert (found[0].context["width"], found[0].context["other"]) == (3, 6)
    assert set(found[0].others) <= set(earlier.uids)
    back = make_batch("road_segment", right, lineage=came("duong.gpkg", "VN2000:106/6"), first=2000)
    assert find("CRS-07", back, stocked(make_batch("road_segment", _reread_as_six(right), lineage=came("cu.shp"))))


def _reread_as_six(shapes: np.ndarray) -> np.ndarray:
    """Where shapes would lie whose numbers, in the 6° zone, belong to the 3° zone."""
    return np.asarray(transform_geometries(shapes, ZONE, SIX))


def test_both_files_together_are_told_once(
    real_roads: tuple[list[str], np.ndarray], make_batch: Callable[..., Batch], find: Find
) -> None:
    right = real_roads[1]
    one = make_batch("road_segment", right, lineage=came("a.gpkg"))
    other = make_batch("road_segment", _reread_as_six(right), lineage=came("b.shp"), first=1000)
    assert len(find("CRS-07", one.followed_by(other))) == 1


@pytest.mark.parametrize("north", [0.0, 300.0, 740.0, 760.0])
def test_what_lies_elsewhere_or_in_the_same_place_is_no_wrong_reading(
    real_roads: tuple[list[str], np.ndarray], make_batch: Callable[..., Batch], stocked: Any, find: Find, north: float
) -> None:
    """The same roads from two files, and streets of equal lots some hundred metres apart, which fit nowhere exactly."""
    right = real_roads[1]
    moved = shapely.transform(right, lambda xy: xy + [0.0, north])
    later = make_batch("road_segment", moved, lineage=came("b.shp"), first=1000)
    assert not find("CRS-07", later, stocked(make_batch("road_segment", right, lineage=came("a.shp"))))
    street = make_batch("planning_zone", lots(300, north=north), lineage=came("b.shp"), first=1000)
    assert not find("CRS-07", street, stocked(make_batch("planning_zone", lots(300), lineage=came("a.shp"))))


def test_few_shapes_prove_nothing_and_one_file_is_not_held_against_itself(
    real_roads: tuple[list[str], np.ndarray], make_batch: Callable[..., Batch], stocked: Any, find: Find
) -> None:
    right = real_roads[1]
    few = make_batch("road_segment", _reread_as_six(right)[:4], lineage=came("b.shp"), first=1000)
    assert not find("CRS-07", few, stocked(make_batch("road_segment", right, lineage=came("a.shp"))))
    both = make_batch("road_segment", np.concatenate([right, _reread_as_six(right)]), lineage=came("a.shp"))
    assert not find("CRS-07", both)


def test_an_offices_tolerance_decides(
    real_roads: tuple[list[str], np.ndarray], make_batch: Callable[..., Batch], stocked: Any, find: Find
) -> None:
    right = real_roads[1]
    earlier = make_batch("road_segment", right, lineage=came("a.shp"))
    later = make_batch("road_segment", _reread_as_six(right), lineage=came("b.shp"), first=1000)
    around: CheckContext = stocked(earlier, tolerances={"crs07_offset_m": 800.0})
    assert not find("CRS-07", later, around)


@pytest.mark.parametrize(
    ("lineage", "variants"),
    [
        ({"source_file": "thua_VN2000-nội-bộ.kml"}, ["CRS-06.internal"]),
        ({"source_layer": "Nội bộ VN 2000"}, ["CRS-06.internal"]),
        ({"raw_values": {"DATUM": "VN2000 noi bo", "ten": "x"}}, ["CRS-06.internal"]),
        ({"raw_values": {"ten": "đường nội bộ khu VN2000"}}, []),
        ({"source_file": "duong_noi_bo_khu_cong_nghiep.shp"}, []),
        ({"src_crs": "VN2000:105.25/3", "datum_operation": None}, ["CRS-06.unknown"]),
        ({"src_crs": "EPSG:4326", "datum_operation": None}, []),
    ],
)
def test_the_datum_is_doubted_where_the_source_gives_reason(
    make_batch: Callable[..., Batch], find: Find, lineage: dict[str, Any], variants: list[str]
) -> None:
    whole = Lineage.from_dict({"src_crs": "EPSG:9211", "src_axis": 106.0, "datum_operation": "none", **lineage})
    batch = make_batch("survey_point", [shapely.Point(437_000, 2_487_000)], lineage=whole)
    assert [item.text_code for item in find("CRS-06", batch)] == variants
    assert not find("CRS-06", make_batch("survey_point", [None], lineage=whole))
