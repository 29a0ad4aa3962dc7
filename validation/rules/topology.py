"""TOP: how the areas of one planning dossier lie to each other and to the dossier's boundary."""

from collections.abc import Iterator

import numpy as np
import shapely

from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample, uid_at
from validation.overlaps import Areas, Overlaps, areas_of, overlaps_between, overlaps_within
from validation.reads import Linked, Near
from validation.rule import TOGETHER, Found, Scope, Severity, rule

DOSSIER = "dossier_uid"
BOUNDARY = "planning_boundary"
ZONES = ("planning_zone", "land_use_plan_area")
ONE, OTHER = uid_at(9001), uid_at(9002)

WEST = sample("POLYGON ((0 0, 50 0, 50 50, 0 50, 0 0))", dossier_uid=ONE)
EAST = sample("POLYGON ((50 0, 100 0, 100 50, 50 50, 50 0))", dossier_uid=ONE)
OVER_BOTH = "POLYGON ((40 0, 60 0, 60 50, 40 50, 40 0))"
OUTLINE = sample("POLYGON ((0 0, 100 0, 100 50, 0 50, 0 0))", dossier_uid=ONE)


@rule(
    "TOP-04",
    Severity.ERROR,
    scope=Scope(types=ZONES, keys=(DOSSIER,)),
    legal=("plan_database", "accuracy"),
    tolerances=("top04_overlap_m2",),
    reads=(Near(),),
    good=[
        example("land_use_plan_area", WEST, EAST),
        example("land_use_plan_area", WEST, sample(OVER_BOTH, dossier_uid=OTHER)),
        example(
            "land_use_plan_area", WEST, sample("POLYGON ((49.99 0, 90 0, 90 50, 49.99 50, 49.99 0))", dossier_uid=ONE)
        ),
    ],
    bad=[
        example("land_use_plan_area", WEST, EAST, sample(OVER_BOTH, dossier_uid=ONE), finds=("TOP-04", "TOP-04")),
        example("land_use_plan_area", WEST, WEST, finds="TOP-04"),
        example(
            "land_use_plan_area",
            sample(OVER_BOTH, dossier_uid=ONE),
            stored={"land_use_plan_area": (WEST,)},
            finds="TOP-04",
        ),
    ],
)
def zones_overlap(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Areas of one dossier must not lie on each other; the later record of a pair is told."""
    least = context.tolerance("top04_overlap_m2")
    own = _areas(batch, context)
    if not len(own):
        return
    place_of = {uid: index for index, uid in enumerate(batch.uids)}
    yield from _overlap_findings(overlaps_within(own, least), own, own, place_of)
    stored = context.stored(batch.type.id)
    if stored is None or stored is batch:
        return
    known = _areas(stored, context)
    others = known.take(np.array([uid not in place_of for uid in known.uids], dtype=bool))
    yield from _overlap_findings(overlaps_between(own, others, least), own, others, place_of)


def _areas(batch: Batch, context: CheckContext) -> Areas:
    """Return the batch's areas by dossier; those of a stored batch once for all rules of a check."""
    if context.stored(batch.type.id) is not batch:
        return areas_of(batch, DOSSIER)
    return context.once(("areas", batch.type.id), lambda: areas_of(batch, DOSSIER))


def _overlap_findings(pairs: Overlaps, one: Areas, two: Areas, place_of: dict[str, int]) -> Iterator[Found]:
    places = shapely.point_on_surface(pairs.shapes)
    for left, right, place, area in zip(pairs.left, pairs.right, places, pairs.areas, strict=True):
        first, second = one.uids[left], two.uids[right]
        if second in place_of and second > first:
            first, second = second, first
        facts = {"area_m2": float(area)}
        yield Found(place_of[first], place=place, context=facts, others=(second,))


@rule(
    "TOP-05",
    {"gap": Severity.WARNING, "share": Severity.ERROR},
    scope=Scope(types=(BOUNDARY,), keys=(DOSSIER,)),
    moments=TOGETHER,
    legal=("plan_database", "accuracy"),
    tolerances=("top05_gap_m2", "top05_gap_percent"),
    reads=tuple(Linked(DOSSIER, DOSSIER, zone) for zone in ZONES),
    good=[
        example(BOUNDARY, OUTLINE, stored={"land_use_plan_area": (WEST, EAST)}),
        example(BOUNDARY, OUTLINE),
    ],
    bad=[
        example(BOUNDARY, OUTLINE, stored={"land_use_plan_area": (WEST,)}, finds="TOP-05.share"),
        example(
            BOUNDARY,
            OUTLINE,
            stored={
                "land_use_plan_area": (
                    WEST,
                    sample("POLYGON ((50.1 0, 100 0, 100 50, 50.1 50, 50.1 0))", dossier_uid=ONE),
                )
            },
            finds="TOP-05.gap",
        ),
    ],
)
def gaps_in_boundary(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The zones of a dossier must fill its boundary; a dossier that has no zones yet is not asked."""
    for index in np.flatnonzero(batch.areal).tolist():
        covered = _covered_area(batch.column(DOSSIER)[index], context)
        if covered is not None:
            yield from _gap_findings(index, batch.geometries[index], covered, context)


def _covered_area(dossier: str | None, context: CheckContext) -> shapely.Geometry | None:
    """Return the union of a dossier's stored zones, or ``None`` when it has none."""
    found = []
    for type_id in ZONES:
        stored = context.stored(type_id)
        zones = None if stored is None else _areas(stored, context)
        if zones is not None and dossier in zones.by_group:
            found.append(zones.union_of(dossier))
    return shapely.union_all(found) if found else None


def _gap_findings(
    index: int, outline: shapely.Geometry, covered: shapely.Geometry, context: CheckContext
) -> Iterator[Found]:
    """Yield one error at the largest gap when the gaps together are too large, else a warning at each gap."""
    parts = shapely.get_parts(shapely.difference(outline, covered))
    areas = shapely.area(parts)
    large = areas > context.tolerance("top05_gap_m2")
    parts, areas = parts[large], areas[large]
    share = 100 * float(areas.sum()) / float(shapely.area(outline))
    variant = "share" if share > context.tolerance("top05_gap_percent") else "gap"
    order = np.argsort(-areas)
    for place in order[:1] if variant == "share" else order:
        point = shapely.point_on_surface(parts[place])
        facts = {
            "area_m2": float(areas[place]),
            "count": len(parts),
            "total_m2": float(areas.sum()),
            "share_percent": share,
        }
        yield Found(index, variant, place=point, context=facts)


@rule(
    "TOP-06",
    Severity.ERROR,
    scope=Scope(types=ZONES, keys=(DOSSIER,)),
    legal=("plan_database", "accuracy"),
    tolerances=("top06_outside_m2",),
    reads=(Linked(DOSSIER, DOSSIER, BOUNDARY),),
    good=[
        example("land_use_plan_area", WEST, EAST, stored={BOUNDARY: (OUTLINE,)}),
        example("land_use_plan_area", WEST),
        example(
            "land_use_plan_area",
            sample("POLYGON ((0 0, 50 0, 50 50, -0.01 50, 0 0))", dossier_uid=ONE),
            stored={BOUNDARY: (OUTLINE,)},
        ),
    ],
    bad=[
        example(
            "land_use_plan_area",
            WEST,
            sample("POLYGON ((50 0, 101 0, 101 50, 50 50, 50 0))", dossier_uid=ONE),
            stored={BOUNDARY: (OUTLINE,)},
            finds="TOP-06",
        ),
    ],
)
def zone_outside_boundary(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A zone must lie inside the boundary of its dossier, where the dossier has one."""
    most = context.tolerance("top06_outside_m2")
    stored = context.stored(BOUNDARY)
    if stored is None:
        return
    outlines, own = _areas(stored, context), _areas(batch, context)
    shared = outlines.by_group.keys() & own.by_group.keys()
    place_of = {uid: index for index, uid in enumerate(batch.uids)} if shared else {}
    for dossier in shared:
        outline = shapely.union_all(outlines.geometries[outlines.by_group[dossier]])
        shapely.prepare(outline)
        zones = own.take(own.by_group[dossier])
        zones = zones.take(~shapely.covers(outline, zones.geometries))
        beyond = shapely.difference(zones.geometries, outline)
        for uid, part, area in zip(zones.uids, beyond, shapely.area(beyond), strict=True):
            if area > most:
                place = shapely.point_on_surface(part)
                facts = {"area_m2": float(area)}
                yield Found(place_of[uid], place=place, context=facts)
