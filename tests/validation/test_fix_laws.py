"""What holds for the fixes of shapes, whatever the shape: nothing is shifted, lost or given twice."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.identity import build_uid
from forms.catalogue import Catalogue
from forms.record import Record
from geodesy.grid import GRID_M, on_grid
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_batch
from validation.examples import CENTRE, example, uid_at
from validation.fixes.proving import Offer, find_offers
from validation.rule import Finding

LOTS, BOUNDARY, DOSSIER = "land_use_plan_area", "planning_boundary", uid_at(9001)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
places = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda xy: (xy[0] / 4, xy[1] / 4))


def area(corners: list[tuple[float, float]]) -> Any:
    return on_grid(shapely.transform(shapely.Polygon(corners), lambda xy: xy + CENTRE))


def around_middle(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Corners in the order of their directions from the middle: a ring that does not cross itself."""
    middle = np.mean(corners, axis=0)
    return sorted(set(corners), key=lambda xy: np.arctan2(xy[1] - middle[1], xy[0] - middle[0]))


def scene(catalogue: Catalogue, **shapes: list[Any]) -> tuple[CheckContext, dict[str, Batch]]:
    """The surroundings of the examples, with areas of one dossier in the store by type."""
    batches = {
        type_id: Batch.of(
            catalogue.type(type_id),
            [
                Record(build_uid(number, 0, bytes(8)), type_id, {"dossier_uid": DOSSIER}, shape, revision=1)
                for number, shape in enumerate(own, start=10 * place + 1)
            ],
        )
        for place, (type_id, own) in enumerate(shapes.items())
    }
    context = example(LOTS).context(catalogue)
    empty = context.batches
    held = CheckContext(
        **{
            **{key: getattr(context, key) for key in ("catalogue", "commune", "system", "boundary", "neighbours")},
            "today": context.today,
            "tolerances": {},
            "batches": lambda type_id: batches[type_id] if type_id in batches else empty(type_id),
        }
    )
    return held, batches


def offers(context: CheckContext, batch: Batch, rule_id: str) -> list[tuple[Finding, Offer]]:
    found = [finding for finding in check_batch(batch, context) if finding.rule_id == rule_id]
    return [(finding, offer) for finding in found for offer in find_offers(finding, context)]


def shape_after(offer: Offer) -> Any:
    [change] = offer.proposed.changes
    return offer.after[change.uid][0].geometry


@QUICK
@given(st.lists(places, min_size=4, max_size=9, unique=True))
def test_a_ring_made_valid_stays_where_it_is(catalogue: Catalogue, corners: list[tuple[float, float]]) -> None:
    ring = area(corners)
    assume(not ring.is_valid)
    context, batches = scene(catalogue, **{LOTS: [ring]})
    for _, offer in offers(context, batches[LOTS], "GEO-02"):
        new = shape_after(offer)
        assert new.is_valid
        assert (shapely.get_coordinates(new) == shapely.get_coordinates(on_grid(new))).all()
        assert shapely.hausdorff_distance(new.boundary, shapely.node(shapely.LineString(ring.exterior))) < 200
        assert shapely.dwithin(shapely.points(shapely.get_coordinates(new)), ring.exterior, GRID_M).all()
        assert shapely.buffer(shapely.convex_hull(ring), GRID_M).covers(new)


@QUICK
@given(st.lists(places, min_size=3, max_size=7, unique=True), st.lists(places, min_size=3, max_size=7, unique=True))
def test_a_cut_takes_the_common_part_and_nothing_else(
    catalogue: Catalogue, one: list[tuple[float, float]], two: list[tuple[float, float]]
) -> None:
    first, second = (area(around_middle(corners)) if len(set(corners)) > 2 else None for corners in (one, two))
    assume(first is not None and second is not None and first.is_valid and second.is_valid)
    assume(first.area > 5 and second.area > 5 and shapely.intersection(first, second).area > 1.01)
    context, batches = scene(catalogue, **{LOTS: [first, second]})
    for _, offer in offers(context, batches[LOTS], "TOP-04"):
        if offer.fix.kind != "cut_overlap":
            continue
        [change] = offer.proposed.changes
        loser, winner = (first, second) if change.uid == batches[LOTS].uids[0] else (second, first)
        new = shape_after(offer)
        slack = 4 * GRID_M * (first.length + second.length)
        assert shapely.intersection(new, winner).area <= slack
        assert shapely.symmetric_difference(new, shapely.difference(loser, winner)).area <= slack
        assert shapely.union(new, winner).area == pytest.approx(shapely.union(first, second).area, abs=slack)


@QUICK
@given(st.integers(2, 98), st.integers(2, 98), st.integers(1, 30))
def test_a_filled_gap_fills_and_touches_nobody_else(catalogue: Catalogue, low: int, high: int, wide: int) -> None:
    """Two lots with a slanting gap between them, in a boundary of a hectare; a third lies above."""
    edge = 100.0
    below = area([(0, 0), (edge, 0), (edge, low * 0.5), (0, high * 0.5)])
    above = area([(0, high * 0.5 + wide / 20), (edge, low * 0.5 + wide / 20), (edge, edge), (0, edge)])
    outline = area([(0, 0), (edge, 0), (edge, edge), (0, edge)])
    context, batches = scene(catalogue, **{BOUNDARY: [outline], LOTS: [below, above]})
    found = offers(context, batches[BOUNDARY], "TOP-05")
    if wide / 20 * edge > 1.01:
        assert {offer.proposed.option for _, offer in found} == set(batches[LOTS].uids)
    for _, offer in found:
        other = below if offer.proposed.option == batches[LOTS].uids[1] else above
        new = shape_after(offer)
        assert shapely.union(new, other).area == pytest.approx(outline.area, abs=0.1)
        assert shapely.intersection(new, other).area < 0.05
        assert shapely.buffer(outline, GRID_M).covers(new)


@QUICK
@given(st.lists(places, min_size=4, max_size=12), st.data())
def test_dropped_vertices_leave_a_line_in_its_place(
    catalogue: Catalogue, corners: list[tuple[float, float]], data: st.DataObject
) -> None:
    """Doubled vertices go again, the others stay to the bit."""
    assume(all(np.hypot(*np.subtract(a, b)) > 1 for a, b in zip(corners[:-1], corners[1:], strict=True)))
    doubled = []
    for east, north in corners:
        doubled.append((east, north))
        if data.draw(st.booleans()):
            doubled.append((east + 0.01, north + 0.005))
    line = on_grid(shapely.transform(shapely.LineString(doubled), lambda xy: xy + CENTRE))
    context, batches = scene(catalogue, road_segment=[line])
    for _, offer in offers(context, batches["road_segment"], "GEO-05"):
        new = shape_after(offer)
        ends = shapely.get_coordinates(line)[[0, -1]].tolist()
        assert shapely.get_coordinates(new)[[0, -1]].tolist() == ends
        kept = {tuple(place) for place in shapely.get_coordinates(new).tolist()}
        assert kept <= {tuple(place) for place in shapely.get_coordinates(line).tolist()}
