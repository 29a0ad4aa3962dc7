"""CRS: lineage and plausibility, precise on real places and sharp on wrong ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from forms.administration import load_communes
from forms.record import Lineage
from geodesy.datum import OPERATION_ID, transform_xy
from geodesy.systems import WGS84, tm_system
from validation import whereabouts
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_batch
from validation.finding import Finding
from validation.whereabouts import outside_envelope, swapped

Find = Callable[..., list[Finding]]
Make = Callable[..., Batch]
HERE = shapely.Point(437_000, 2_487_000)

# Special zones: a place in each, degrees.
ISLANDS = {
    "20333": (112.0, 16.5),  # Hoàng Sa
    "22736": (113.8, 9.6),  # Trường Sa
    "26732": (106.6, 8.7),  # Côn Đảo
    "31078": (104.0, 10.2),  # Phú Quốc
    "11948": (107.73, 20.13),  # Bạch Long Vĩ
}


def crs_codes(found: list[Finding]) -> list[str]:
    return [item.text_code for item in found if item.rule_id.startswith("CRS")]


@pytest.mark.parametrize("code", sorted(ISLANDS))
def test_special_zones_lie_in_their_envelope(code: str, make_batch: Make, context: CheckContext) -> None:
    commune = load_communes()[code]
    system = tm_system(commune.axis)
    place = shapely.Point(transform_xy([ISLANDS[code]], WGS84, system)[0])
    surroundings = replace(context, commune=commune, system=system, boundary=place.buffer(3000))
    lineage = Lineage(src_crs=system.id, datum_operation="none")
    assert crs_codes(check_batch(make_batch("survey_point", [place], lineage=lineage), surroundings)) == []
    if code == "22736":
        return  # so far east that X and Y are nearly equal: nothing could tell
    exchanged = make_batch("survey_point", [shapely.Point(place.y, place.x)], lineage=lineage)
    assert crs_codes(check_batch(exchanged, surroundings)) == ["CRS-05"]


@pytest.mark.parametrize("code", ["20333", "22736"])
def test_islands_far_off_are_no_place_of_the_mainland(code: str, make_batch: Make, context: CheckContext) -> None:
    place = shapely.Point(transform_xy([ISLANDS[code]], WGS84, context.system)[0])
    assert crs_codes(check_batch(make_batch("survey_point", [place]), context)) == ["CRS-03"]


def test_real_communes_are_at_home_and_notice_an_exchange(
    shared_data: Path, make_batch: Make, context: CheckContext
) -> None:
    """Every commune of two provinces, in its own zone: no finding as it is, CRS-05 with east and north exchanged."""
    for name in ("gia_lai", "ho_chi_minh"):
        with (shared_data / f"communes_{name}_simplified30m.geojson").open(encoding="utf-8") as file:
            features = json.load(file)["features"]
        for feature in features[::5]:
            commune = load_communes()[feature["properties"]["commune_code"]]
            system = tm_system(commune.axis)
            degrees = shapely.geometry.shape(feature["geometry"])
            outline = shapely.transform(degrees, lambda xy, to=system: transform_xy(xy, WGS84, to))
            surroundings = replace(context, commune=commune, system=system, boundary=outline)
            batch = make_batch(
                "planning_boundary", [outline], lineage=Lineage(src_crs=system.id, datum_operation="none")
            )
            assert not swapped(batch, surroundings).any()
            assert not outside_envelope(batch, surroundings).any()
            turned = make_batch("planning_boundary", [shapely.transform(outline, lambda xy: xy[:, ::-1])])
            for around in (surroundings, replace(surroundings, boundary=None)):
                if around.boundary is None and whereabouts.is_offshore(commune):
                    continue  # the country's extent alone cannot tell X from Y far out at sea
                assert swapped(turned, around).tolist() == [True], commune.label


def test_one_stray_among_many_is_found(make_batch: Make, context: CheckContext, find: Find) -> None:
    random = np.random.default_rng(3)
    places = shapely.points(random.uniform(-4000, 4000, (500, 2)) + [437_000, 2_487_000])
    places[77] = shapely.Point(437_000, 287_000)
    places[78] = shapely.Point(2_487_000, 437_000)
    batch = make_batch("survey_point", places)
    assert [item.uid for item in find("CRS-03", batch)] == [batch.uids[77]]
    assert [item.uid for item in find("CRS-05", batch)] == [batch.uids[78]]


def test_the_place_is_the_vertex_outside(make_batch: Make, find: Find) -> None:
    line = shapely.LineString([(437_000, 2_487_000), (437_000, 2_900_000), (437_000, 2_488_000)])
    found = find("CRS-03", make_batch("road_segment", [line]))
    assert (found[0].place.x, found[0].place.y) == (437_000, 2_900_000)


def test_a_box_that_leaves_the_envelope_only_at_a_corner_is_inside(make_batch: Make, find: Find) -> None:
    """The rule is about points: the corner of a long record's box may lie abroad though no vertex does."""
    corners = transform_xy([[102.2, 22.0], [109.5, 8.4]], WGS84, tm_system(106.0))
    assert find("CRS-03", make_batch("road_segment", [shapely.LineString(corners)])) == []


def test_wrong_places_are_not_measured_from_the_commune(make_batch: Make, context: CheckContext) -> None:
    surroundings = replace(context, boundary=HERE.buffer(5000))
    for place in (shapely.Point(2_487_000, 437_000), shapely.Point(437, 2_487)):
        found = check_batch(make_batch("survey_point", [place]), surroundings)
        assert len([item for item in found if item.rule_id in ("CRS-03", "CRS-05", "ADM-03")]) == 1


@pytest.mark.parametrize(
    ("lineage", "codes"),
    [
        (Lineage(src_crs="EPSG:9211", datum_operation="none"), []),
        (Lineage(src_crs="EPSG:9211"), []),
        (Lineage(src_crs="EPSG:4756", datum_operation="none"), []),
        (Lineage(src_crs="EPSG:3405", src_axis=105.0, datum_operation="none"), []),
        (Lineage(src_crs="EPSG:9209", src_axis=105.5, datum_operation="none"), []),
        (Lineage(src_crs="EPSG:4326", datum_operation=OPERATION_ID), []),
        (Lineage(src_crs="EPSG:32648", datum_operation=OPERATION_ID), []),
        (Lineage(src_crs="EPSG:32648", datum_operation="none"), ["CRS-08.missing"]),
        (Lineage(src_crs="EPSG:6959", src_axis=107.75, datum_operation="none"), ["CRS-02"]),
        (Lineage(src_crs="", datum_operation="none"), ["CRS-01.missing"]),
        (Lineage(src_crs="EPSG:3857", datum_operation="none"), ["CRS-01.unsupported"]),
        (Lineage(src_crs="somewhere"), ["CRS-01.unknown"]),
        (Lineage(src_crs="somewhere", datum_operation="EPSG:6960"), ["CRS-01.unknown", "CRS-08.other"]),
        (Lineage(src_crs="EPSG:5897", src_axis=105.0, datum_operation="none"), ["CRS-04"]),
    ],
)
def test_lineage(lineage: Lineage, codes: list[str], make_batch: Make, context: CheckContext) -> None:
    assert sorted(crs_codes(check_batch(make_batch("survey_point", [HERE], lineage=lineage), context))) == codes


def test_lineage_is_not_asked_of_what_has_no_place(make_batch: Make, context: CheckContext) -> None:
    for batch in (
        make_batch("planning_dossier", [None], lineage=Lineage()),
        make_batch("bridge", [None], lineage=Lineage()),
    ):
        assert crs_codes(check_batch(batch, context)) == []


def test_every_record_of_a_mixed_batch_gets_its_own(make_batch: Make, find: Find) -> None:
    batch = make_batch("survey_point", [HERE] * 6)
    for place in (1, 4):
        batch.lineages[place] = Lineage(src_crs="EPSG:4326", datum_operation="none")
    assert [item.uid for item in find("CRS-08", batch)] == [batch.uids[1], batch.uids[4]]
