"""TOP: overlaps, gaps and overhang, exactly those that were planted."""

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from validation import overlaps
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_all, check_batch, check_record
from validation.finding import Finding
from validation.overlaps import Areas, overlaps_between, overlaps_within

Make = Callable[..., Batch]
Stock = Callable[..., CheckContext]
ORIGIN = np.array([437_000.0, 2_487_000.0])
DOSSIER, OTHER = "0197c5a0-0000-7000-8000-000000000001", "0197c5a0-0000-7000-8000-000000000002"


def coverage(side: int, size_m: float = 30.0) -> np.ndarray:
    """``side`` × ``side`` areas with crooked shared edges that leave no gap and do not overlap."""
    random = np.random.default_rng(7)
    x, y = (axis * size_m for axis in np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"))
    inner = np.zeros_like(x)
    inner[1:-1, 1:-1] = 1
    x = x + random.uniform(-6, 6, x.shape) * inner
    y = y + random.uniform(-6, 6, y.shape) * inner
    xy = np.stack([x, y], axis=-1)
    corners = [xy[:-1, :-1], xy[1:, :-1], xy[1:, 1:], xy[:-1, 1:], xy[:-1, :-1]]
    return shapely.polygons(np.round(np.stack(corners, axis=2).reshape(-1, 5, 2) + ORIGIN, 4))


def outline(side: int, size_m: float = 30.0) -> shapely.Geometry:
    return shapely.box(*ORIGIN, *(ORIGIN + side * size_m))


def codes(found: list[Finding]) -> list[str]:
    return [item.text_code for item in found if item.rule_id.startswith("TOP")]


@pytest.fixture
def plan(make_batch: Make, stocked: Stock) -> Callable[..., CheckContext]:
    """A store with one dossier's areas and boundary."""

    def build(areas: np.ndarray, boundary: shapely.Geometry | None = None) -> CheckContext:
        held = [make_batch("land_use_plan_area", areas, dossier_uid=DOSSIER)]
        if boundary is not None:
            held.append(make_batch("planning_boundary", [boundary], dossier_uid=DOSSIER, first=900_001))
        return stocked(*held)

    return build


def run(context: CheckContext) -> list[Finding]:
    return [
        item
        for item in check_all(["planning_boundary", "land_use_plan_area"], context)
        if item.rule_id.startswith("TOP")
    ]


@pytest.mark.parametrize("side", [1, 2, 40])
def test_a_clean_coverage_has_no_finding(side: int, plan: Callable[..., CheckContext]) -> None:
    assert run(plan(coverage(side), outline(side))) == []


@pytest.mark.parametrize("side", [8, 40])  # fewer and more pairs than the coverage check is worth
def test_planted_faults_are_found_and_nothing_else(side: int, plan: Callable[..., CheckContext]) -> None:
    areas = coverage(side)
    double, gone, stray = 5, 2 * side + 3, side - 1
    areas = np.append(areas, shapely.affinity.scale(areas[double], 0.5, 0.5))
    areas[gone] = shapely.affinity.scale(areas[gone], 0.9, 0.9)
    areas[stray] = shapely.union(areas[stray], shapely.box(*ORIGIN + [0, side * 30.0], *ORIGIN + [20, side * 30.0 + 1]))
    found = run(plan(areas, outline(side)))
    gap = 0.19 * shapely.area(coverage(side)[gone])
    share = 100 * gap / outline(side).area
    assert sorted(codes(found)) == sorted(["TOP-04", "TOP-05.share" if share > 0.5 else "TOP-05.gap", "TOP-06"])
    overlap, hole, beyond = (
        next(item for item in found if item.rule_id == rule) for rule in ("TOP-04", "TOP-05", "TOP-06")
    )
    assert overlap.context["area_m2"] == pytest.approx(shapely.area(areas[-1]), rel=1e-6)
    assert overlap.place.within(areas[double])
    assert overlap.uid > overlap.others[0]
    assert hole.context["area_m2"] == pytest.approx(gap, rel=1e-6)
    assert hole.place.within(coverage(side)[gone])
    assert beyond.context["area_m2"] == pytest.approx(20, rel=1e-6)


def test_two_dossiers_may_lie_on_each_other(make_batch: Make, stocked: Stock) -> None:
    areas = coverage(3)
    values = [{"dossier_uid": DOSSIER}] * 9 + [{"dossier_uid": OTHER}] * 9 + [{}] * 9
    batch = make_batch("land_use_plan_area", np.concatenate([areas] * 3), values)
    assert codes(check_batch(batch, stocked(batch))) == []


def test_every_small_gap_is_a_warning_of_its_own(plan: Callable[..., CheckContext]) -> None:
    areas = coverage(10)
    for place in (11, 55):
        areas[place] = shapely.affinity.scale(areas[place], 0.97, 0.97)
    found = run(plan(areas, outline(10)))
    assert codes(found) == ["TOP-05.gap", "TOP-05.gap"]
    assert {item.context["count"] for item in found} == {2}


def test_a_gap_of_one_square_metre_is_let_pass(plan: Callable[..., CheckContext]) -> None:
    half = shapely.box(*ORIGIN, *(ORIGIN + [29.97, 30]))
    assert run(plan(np.array([half]), outline(1))) == []
    assert codes(run(plan(np.array([shapely.box(*ORIGIN, *(ORIGIN + [29.96, 30]))]), outline(1)))) == ["TOP-05.gap"]


def test_one_area_among_stored_ones(plan: Callable[..., CheckContext], make_batch: Make) -> None:
    """A record being typed is compared with the stored ones but never with its own stored revision."""
    context = plan(coverage(5), outline(5))
    stored = context.batches("land_use_plan_area")

    def check(place: int, shape: shapely.Geometry) -> list[Finding]:
        from forms.record import Record

        values = {"dossier_uid": DOSSIER, "commune_code": "01153", "name": "A"}
        record = Record(stored.uids[place], "land_use_plan_area", values, shape, stored.lineages[place], revision=4)
        return [item for item in check_record(record, context) if item.rule_id.startswith("TOP")]

    assert check(12, stored.geometries[12]) == []
    grown = check(12, shapely.affinity.scale(stored.geometries[12], 1.2, 1.2))
    assert codes(grown)
    assert set(codes(grown)) == {"TOP-04"}
    assert {item.uid for item in grown} == {stored.uids[12]}
    assert all(item.others[0] != stored.uids[12] for item in grown)
    assert "TOP-06" in codes(check(0, shapely.affinity.scale(stored.geometries[0], 1.2, 1.2)))


def test_invalid_and_strange_shapes_are_left_to_other_rules(plan: Callable[..., CheckContext]) -> None:
    bow_tie = shapely.Polygon([(0, 0), (40, 30), (40, 0), (0, 30)])
    areas = np.append(coverage(3), [bow_tie, shapely.Point(*ORIGIN), shapely.GeometryCollection([outline(2)]), None])
    assert run(plan(areas, outline(3))) == []


boxes = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4)).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
blobs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=6).map(
    lambda points: shapely.MultiPoint(points).convex_hull
)
pieces = st.lists(st.one_of(boxes, blobs.filter(lambda shape: shape.geom_type == "Polygon")), min_size=1, max_size=7)


def areas_from(shapes: list[shapely.Geometry], groups: list[str], first: int = 0) -> Areas:
    array = np.array(shapes, dtype=object)
    names = np.empty(len(shapes), dtype=object)
    names[:] = (groups * len(shapes))[: len(shapes)]
    uids = np.empty(len(shapes), dtype=object)
    uids[:] = [str(first + place) for place in range(len(shapes))]
    return Areas(array, names, uids, shapely.bounds(array))


def slow_pairs(one: Areas, two: Areas, least_m2: float, *, within: bool) -> set[tuple[int, int]]:
    return {
        (left, right)
        for left in range(len(one))
        for right in range(left + 1 if within else 0, len(two))
        if one.groups[left] == two.groups[right]
        and one.geometries[left].intersection(two.geometries[right]).area > least_m2
    }


@pytest.mark.parametrize("many", [0, 1_000_000])
@given(shapes=pieces, groups=st.sampled_from([["a"], ["a", "b"]]), least=st.sampled_from([0.0001, 1.0]))
@settings(max_examples=150)
def test_overlaps_as_the_slow_way_finds_them(
    many: int, shapes: list[shapely.Geometry], groups: list[str], least: float
) -> None:
    areas = areas_from(shapes, groups)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlaps, "_MANY_PAIRS", many)
        found = overlaps_within(areas, least)
    pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert pairs == slow_pairs(areas, areas, least, within=True)
    assert len(pairs) == len(found.left)


@given(shapes=pieces, others=pieces)
@settings(max_examples=100)
def test_overlaps_between_two_sets(shapes: list[shapely.Geometry], others: list[shapely.Geometry]) -> None:
    one, two = areas_from(shapes, ["a"]), areas_from(others, ["a", "b"], first=100)
    found = overlaps_between(one, two, 0.5)
    pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert pairs == slow_pairs(one, two, 0.5, within=False)


@given(pieces)
@settings(max_examples=100)
def test_the_union_is_the_union(shapes: list[shapely.Geometry]) -> None:
    areas = areas_from(shapes, ["a"])
    assert areas.union_of("a").area == pytest.approx(shapely.union_all(areas.geometries).area, abs=1e-9)
