"""The rules about shapes find what PostGIS finds, on maps drawn by a seed and on the real commune."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import shapely

from benchmarks.postgis import PostGis, running_postgis
from core.identity import build_uid
from tests.validation import random_maps as maps
from tests.validation.spatial_sql import QUERIES, Told, ask, told_by
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_all, check_batch

DOSSIERS = [build_uid(900_000 + number, 0, bytes(8)) for number in range(4)]
AREA_RULES = ("GEO-02", "GEO-05.duplicate", "GEO-06", "TOP-01", "TOP-03", "TOP-04", "TOP-05", "TOP-06", "TOP-13")
Stock = Callable[..., CheckContext]
Make = Callable[..., Batch]


@pytest.fixture(scope="module")
def server() -> Iterator[PostGis]:
    with running_postgis() as running:
        if running is None:
            pytest.skip("PostGIS (postgresql-postgis) is not on this machine")
        yield running


def same_findings(server: PostGis, context: CheckContext, batches: Sequence[Batch], rule_ids: Sequence[str]) -> Told:
    """Hold the rules against PostGIS over the whole store; return what both found."""
    found = told_by(check_all([batch.type.id for batch in batches], context), [one.split(".")[0] for one in rule_ids])
    expected = ask(server, batches, rule_ids)
    assert found - expected == Counter(), "found by the rules alone"
    assert expected - found == Counter(), "found by PostGIS alone"
    return found


def codes(told: Told) -> set[str]:
    return {code for code, _, _ in told}


def a_coverage(seed: int, count: int, make_batch: Make) -> list[Batch]:
    random = np.random.default_rng(seed)
    shapes: list[shapely.Geometry] = []
    values: list[dict[str, Any]] = []
    for dossier in DOSSIERS[:2]:
        cells = maps.spoiled(random, maps.coverage(random, count))
        shapes += cells
        values += [{"dossier_uid": dossier if random.random() < 0.95 else None} for _ in cells]
    outline = maps.square_around()
    bounds = [outline, shapely.buffer(outline, -float(random.choice([0.002, 0.5, 3.0])))]
    stated = [{"dossier_uid": dossier, "area_decision_ha": 16.1} for dossier in DOSSIERS]
    return [
        make_batch("land_use_plan_area", shapes, values),
        make_batch("planning_boundary", bounds, stated[:2], first=50_000),
    ]


def quick_and_slow(quick: int, slow: int) -> list[Any]:
    return [*range(quick), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(quick, slow))]


@pytest.mark.parametrize("seed", quick_and_slow(3, 60))
def test_areas_of_a_plan(seed: int, server: PostGis, make_batch: Make, stocked: Stock) -> None:
    batches = a_coverage(seed, 60, make_batch)
    found = same_findings(server, stocked(*batches), batches, AREA_RULES)
    assert "TOP-04" in codes(found)


@pytest.mark.parametrize("seed", quick_and_slow(1, 6))
def test_many_areas_where_the_short_cut_is_taken(seed: int, server: PostGis, make_batch: Make, stocked: Stock) -> None:
    """From some thousand pairs on, the rule looks at the edges of a coverage first."""
    batches = a_coverage(1000 + seed, 600, make_batch)
    found = same_findings(server, stocked(*batches), batches, AREA_RULES)
    assert sum(number for (code, *_), number in found.items() if code == "TOP-04") > 100


@pytest.mark.parametrize("seed", quick_and_slow(2, 40))
def test_plans_over_each_other(seed: int, server: PostGis, make_batch: Make, stocked: Stock) -> None:
    random = np.random.default_rng(2000 + seed)
    outlines = maps.spoiled(random, maps.coverage(random, 14), share=0.8)
    plans = make_batch(
        "planning_dossier",
        values=[
            {
                "plan_kind": str(random.choice(["QPK", "QHC"])),
                "plan_level": str(random.choice(["1", "2"])),
                "status": str(random.choice(["da_phe_duyet", "het_hieu_luc", "chuyen_tiep", "dang_lap"])),
            }
            for _ in range(12)
        ],
        first=70_000,
    )
    for place in random.integers(1, 12, 4).tolist():
        plans.values["replaces_uid"][place] = plans.uids[place - 1]
    links = [{"dossier_uid": plans.uids[int(random.integers(0, 12))]} for _ in outlines]
    batches = [make_batch("planning_boundary", outlines, links), plans]
    rules = ("GEO-02", "GEO-06", "TOP-01", "TOP-02", "TOP-11", "TOP-13")
    same_findings(server, stocked(*batches), batches, rules)


def a_network(seed: int, make_batch: Make) -> list[Batch]:
    random = np.random.default_rng(3000 + seed)
    kinds = [{"kind": str(random.choice(["CGXD", "CGDD"])), "dossier_uid": DOSSIERS[0]} for _ in range(40)]
    wide = [{"safety_corridor_m": float(random.choice([0.0, 2.0, 4.0, 15.0]))} for _ in range(12)]
    buildings = [shapely.buffer(point, 6.0, cap_style="square") for point in maps.scattered(random, 40)]
    lakes = [shapely.buffer(point, 4.0) for point in maps.scattered(random, 20)]
    linked = [{"from_node_uid": DOSSIERS[0] if random.random() < 0.3 else None} for _ in range(40)]
    return [
        make_batch("road_segment", maps.streets(random, 60)),
        make_batch("bridge", maps.scattered(random, 6), first=10_000),
        make_batch("planning_control_line", maps.streets(random, 40), kinds, first=20_000),
        make_batch("power_line", maps.streets(random, 12), wide, first=30_000),
        make_batch("telecom_line", maps.streets(random, 25), first=40_000),
        make_batch("telecom_facility", maps.scattered(random, 25), first=50_000),
        make_batch("drainage_line", maps.streets(random, 40), linked, first=60_000),
        make_batch("drainage_node", [*maps.scattered(random, 40), *lakes], first=70_000),
        make_batch("public_building", buildings, first=80_000),
    ]


LINE_RULES = (
    *("GEO-05.duplicate", "NET-01", "NET-03", "NET-07"),
    *("TOP-07", "TOP-08", "TOP-09", "TOP-11", "TOP-12", "TOP-14"),
)


@pytest.mark.parametrize("seed", quick_and_slow(3, 60))
def test_networks(seed: int, server: PostGis, make_batch: Make, stocked: Stock) -> None:
    batches = a_network(seed, make_batch)
    found = same_findings(server, stocked(*batches), batches, LINE_RULES)
    assert {"NET-01", "TOP-08", "TOP-09", "TOP-12.road", "NET-03"} <= codes(found)


def test_every_query_is_put(server: PostGis, make_batch: Make, stocked: Stock) -> None:
    random = np.random.default_rng(5)
    cells = maps.coverage(random, 30)
    inside = [shapely.buffer(shapely.point_on_surface(cell), 1.0) for cell in cells]
    land = make_batch("land_use_plan_area", cells, [{"code_plan": str(random.choice(["CQP", "ONT"]))} for _ in cells])
    batches = [land, make_batch("public_building", inside, first=1_000)]
    assert codes(same_findings(server, stocked(*batches), batches, ("SEC-03",))) == {"SEC-03"}
    asked = {*AREA_RULES, *LINE_RULES, "TOP-02", "SEC-03"}
    assert asked == set(QUERIES)


def test_real_roads(
    server: PostGis, real_roads: tuple[list[str], np.ndarray], make_batch: Make, stocked: Stock
) -> None:
    batches = [make_batch("road_segment", real_roads[1])]
    same_findings(server, stocked(*batches), batches, ("GEO-02", *LINE_RULES))


@pytest.mark.parametrize("reach_m", [15_000.0, pytest.param(1e6, marks=pytest.mark.slow)])
def test_real_communes_as_a_coverage(
    reach_m: float, server: PostGis, real_outlines: dict[str, shapely.Geometry], make_batch: Make, stocked: Stock
) -> None:
    """The published outlines overlap and gap by metres: a coverage nobody drew for a test."""
    home = real_outlines["01153"]
    shapes = [shape for shape in real_outlines.values() if shapely.distance(shape, home) < reach_m]
    whole = shapely.buffer(shapely.union_all([shapely.make_valid(shape) for shape in shapes]), 5.0)
    link = {"dossier_uid": DOSSIERS[0]}
    batches = [
        make_batch("land_use_plan_area", shapes, **link),
        make_batch("planning_boundary", [whole], first=1_000, **link),
    ]
    same_findings(server, stocked(*batches), batches, ("GEO-02", "GEO-06", "TOP-04", "TOP-05", "TOP-06"))


def test_one_half_against_the_stored_other(server: PostGis, make_batch: Make, stocked: Stock) -> None:
    """Records that come in are held against those stored; a pair is told on the one that comes."""
    land, _ = a_coverage(77, 60, make_batch)
    coming, kept = land.take(range(0, len(land), 2)), land.take(range(1, len(land), 2))
    found = told_by(check_batch(coming, stocked(kept)), ["TOP-04"])
    whole = ask(server, [land], ["TOP-04"])
    pairs = Counter(frozenset(pair) for _, *pair in whole if not set(pair) <= set(kept.uids))
    assert Counter(frozenset(pair) for _, *pair in found) == pairs
    assert all(uid in set(coming.uids) for _, uid, _ in found)


@pytest.mark.parametrize("apart", [0.05, 0.5, 1.0])
def test_exactly_at_a_tolerance(apart: float, server: PostGis, make_batch: Make, stocked: Stock) -> None:
    """Both subtract the same binary numbers: 2487000.05 − 2487000 is a little less than 0.05, and neither rounds it."""
    x, y = maps.ORIGIN
    main = shapely.LineString([(x, y), (x + 100, y)])
    ends = [
        shapely.LineString([(x + 10 * step, y + apart + step * 1e-9), (x + 10 * step, y + 80)]) for step in range(-3, 9)
    ]
    areas = [shapely.box(x, y, x + 1, y + apart * 2), shapely.box(x + 1 - apart, y, x + 3, y + 1.0)]
    batches = [
        make_batch("road_segment", [main, *ends]),
        make_batch("land_use_plan_area", areas, first=100, dossier_uid=DOSSIERS[0]),
    ]
    same_findings(server, stocked(*batches), batches, ("NET-01", "TOP-08", "TOP-04", "GEO-06"))
