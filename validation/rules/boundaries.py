"""TOP and ATT: the boundary of a plan: its parts, its size, and other plans on the same ground."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely

from validation.batch import Batch
from validation.company import in_company, pairs_told
from validation.context import CheckContext
from validation.crossings import crossing_points, pairs_through
from validation.examples import Sample, example, sample, uid_at
from validation.reads import UID, Linked, Near
from validation.rule import TOGETHER, Found, Scope, Severity, rule

BOUNDARY, DOSSIER, LINES = "planning_boundary", "planning_dossier", "planning_control_line"
BOUNDARIES = Scope(types=(BOUNDARY,))
LINK = "dossier_uid"
ONE, TWO = uid_at(1001), uid_at(1002)
IN_FORCE = ("da_phe_duyet", "dang_dieu_chinh", "chuyen_tiep")
SQUARE = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"
SHIFTED = "POLYGON ((50 0, 150 0, 150 100, 50 100, 50 0))"


def _plan(kind: str = "QPK", level: str = "2", status: str = "da_phe_duyet", **values: Any) -> Sample:
    return sample(plan_kind=kind, plan_level=level, status=status, **values)


@rule(
    "TOP-01",
    Severity.ERROR,
    scope=BOUNDARIES,
    legal=("plan_database",),
    good=[
        example(BOUNDARY, sample(SQUARE)),
        example(
            BOUNDARY,
            sample(
                "MULTIPOLYGON (((0 0, 10 0, 10 10, 0 0)), ((50 0, 60 0, 60 10, 50 0)))",
                parts_reason="Hai bên sông Lô",
            ),
        ),
    ],
    bad=[
        example(
            BOUNDARY,
            sample("MULTIPOLYGON (((0 0, 10 0, 10 10, 0 0)), ((50 0, 60 0, 60 10, 50 0)))"),
            finds="TOP-01",
        )
    ],
)
def boundary_in_one_part(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A boundary of several parts says why it has them."""
    counts, reasons = shapely.get_num_geometries(batch.geometries), batch.column("parts_reason")
    for index in np.flatnonzero(batch.located & (counts > 1)).tolist():
        parts = shapely.get_parts(batch.geometries[index])
        parts = parts[~shapely.is_empty(parts)]  # empty ones are GEO-01's
        if len(parts) > 1 and not str(reasons[index] or "").strip():
            areas = shapely.area(parts)
            place = shapely.point_on_surface(parts[int(np.argmin(areas))])
            yield Found(index, "", "parts_reason", place, {"count": len(parts), "least_m2": float(areas.min())})


@rule(
    "TOP-02",
    Severity.ERROR,
    scope=BOUNDARIES,
    moments=TOGETHER,
    legal=("plan_database", "accuracy"),
    tolerances=("top02_overlap_m2",),
    reads=(Near(), Linked(LINK, UID, DOSSIER)),
    good=[
        example(
            BOUNDARY,
            sample(SQUARE, dossier_uid=ONE),
            sample(SHIFTED, dossier_uid=TWO),
            stored={DOSSIER: (_plan(), _plan(replaces_uid=ONE))},
        ),
        example(
            BOUNDARY,
            sample(SQUARE, dossier_uid=ONE),
            sample(SHIFTED, dossier_uid=TWO),
            stored={DOSSIER: (_plan(), _plan("QHC", "1"))},
        ),
        example(
            BOUNDARY,
            sample(SQUARE, dossier_uid=ONE),
            sample(SHIFTED, dossier_uid=TWO),
            stored={DOSSIER: (_plan(), _plan(status="het_hieu_luc"))},
        ),
    ],
    bad=[
        example(
            BOUNDARY,
            sample(SQUARE, dossier_uid=ONE),
            sample(SHIFTED, dossier_uid=TWO),
            stored={DOSSIER: (_plan(), _plan())},
            finds="TOP-02",
        )
    ],
)
def plans_on_the_same_ground(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Two plans in force of one kind and level share no ground, unless one adjusts or replaces the other."""
    plans = _plans(context)
    company = in_company(batch, context)
    left, right = shapely.STRtree(company.sound).query(batch.sound, predicate="intersects")
    links = [_link(value) for value in company.column(LINK)]
    for told, other in pairs_told(batch, company, left, right):
        mine, theirs = plans.get(links[told]), plans.get(links[other])
        if (
            mine is None
            or theirs is None
            or links[told] == links[other]
            or not _rivals(mine, theirs, links, told, other)
        ):
            continue
        common = shapely.intersection(company.geometries[told], company.geometries[other])
        area = float(shapely.area(common))
        if area > context.tolerance("top02_overlap_m2"):
            facts = {"area_m2": area, "plan": theirs.get("name") or theirs.get("decision_no") or links[other]}
            yield Found(told, "", LINK, shapely.point_on_surface(common), facts, (company.uids[other],))


def _plans(context: CheckContext) -> Mapping[Any, Mapping[str, Any]]:
    """Return the values of the stored dossiers by their uid."""
    stored = context.stored(DOSSIER)
    if stored is None:
        return {}
    return context.once(("plans",), lambda: {uid: stored.values_of(index) for index, uid in enumerate(stored.uids)})


def _rivals(mine: Mapping[str, Any], theirs: Mapping[str, Any], links: list[Any], told: int, other: int) -> bool:
    """Whether two plans may not cover the same ground: in force, of one kind and level, neither made from the other."""
    same = all(mine.get(key) == theirs.get(key) and mine.get(key) is not None for key in ("plan_kind", "plan_level"))
    standing = mine.get("status") in IN_FORCE and theirs.get("status") in IN_FORCE
    related = mine.get("replaces_uid") == links[other] or theirs.get("replaces_uid") == links[told]
    return same and standing and not related


@rule(
    "TOP-03",
    Severity.WARNING,
    scope=BOUNDARIES,
    legal=("plan_database", "accuracy"),
    tolerances=("top03_area_percent",),
    good=[
        example(BOUNDARY, sample(SQUARE, area_decision_ha=1.0), sample(SQUARE, area_decision_ha=1.009), sample(SQUARE))
    ],
    bad=[example(BOUNDARY, sample(SQUARE, area_decision_ha=1.02), finds="TOP-03")],
)
def area_of_the_decision(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The boundary's area is that which the decision states."""
    most = context.tolerance("top03_area_percent")
    stated = batch.numbers("area_decision_ha")
    for index in np.flatnonzero(batch.areal).tolist():
        decided = stated[index]
        if not decided or decided < 0:
            continue
        measured = float(shapely.area(batch.geometries[index])) / 10_000
        share = 100 * (measured - decided) / decided
        if abs(share) > most:
            facts = {"measured_ha": round(measured, 4), "stated_ha": float(decided), "share_percent": share}
            yield Found(index, "", "area_decision_ha", context=facts)


@rule(
    "TOP-13",
    Severity.ERROR,
    scope=Scope(types=(BOUNDARY,)),
    legal=("simple_features", "plan_database"),
    tolerances=("top13_hole_m2",),
    good=[
        example(BOUNDARY, sample("POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0), (40 40, 60 40, 60 60, 40 60, 40 40))")),
    ],
    bad=[
        example(
            BOUNDARY,
            sample("POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0), (0 50, 20 40, 20 60, 0 50))"),
            finds="TOP-13",
        )
    ],
)
def holes_touch_the_outline(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A boundary does not touch itself: a hole that hangs on the outline was drawn by a line that ran over itself."""
    parts, owners = shapely.get_parts(batch.geometries, return_index=True)
    pierced = np.flatnonzero(batch.valid[owners] & (shapely.get_num_interior_rings(parts) > 0))
    for part in pierced.tolist():
        shell = shapely.get_exterior_ring(parts[part])
        rings = [
            shapely.get_interior_ring(parts[part], ring)
            for ring in range(int(shapely.get_num_interior_rings(parts[part])))
        ]
        touching = [ring for ring in rings if shapely.intersects(ring, shell)]
        areas = [float(shapely.area(shapely.polygons(ring))) for ring in touching]
        large = [place for place, area in enumerate(areas) if area > context.tolerance("top13_hole_m2")]
        if large:
            place = shapely.get_point(shapely.shortest_line(touching[large[0]], shell), 0)
            facts = {"count": len(large), "area_m2": areas[large[0]]}
            yield Found(int(owners[part]), place=place, context=facts)


@rule(
    "ATT-12",
    Severity.WARNING,
    scope=BOUNDARIES,
    moments=TOGETHER,
    legal=("plan_database", "accuracy"),
    tolerances=("att12_sum_percent",),
    reads=(Linked(LINK, LINK, "planning_zone"),),
    good=[
        example(
            BOUNDARY,
            sample(SQUARE, dossier_uid=ONE),
            stored={
                "planning_zone": (
                    sample(dossier_uid=ONE, area_stated_m2=4000.0),
                    sample(dossier_uid=ONE, area_stated_m2=6050.0),
                )
            },
        ),
        example(
            BOUNDARY,
            sample(SQUARE, dossier_uid=ONE),
            stored={"planning_zone": (sample(dossier_uid=ONE, area_stated_m2=4000.0), sample(dossier_uid=ONE))},
        ),
    ],
    bad=[
        example(
            BOUNDARY,
            sample(SQUARE, dossier_uid=ONE),
            stored={
                "planning_zone": (
                    sample(dossier_uid=ONE, area_stated_m2=4000.0),
                    sample(dossier_uid=ONE, area_stated_m2=3000.0),
                )
            },
            finds="ATT-12",
        )
    ],
)
def stated_areas_add_up(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The areas stated for a plan's zones add up to its boundary; asked once every zone has one stated."""
    sums = _stated_sums(context)
    for index in np.flatnonzero(batch.areal).tolist():
        total = sums.get(_link(batch.column(LINK)[index]))
        if total is None:
            continue
        outline = float(shapely.area(batch.geometries[index]))
        share = 100 * (total - outline) / outline
        if abs(share) > context.tolerance("att12_sum_percent"):
            yield Found(index, context={"sum_m2": total, "outline_m2": outline, "share_percent": share})


def _link(value: Any) -> str:
    """Return the uid of a dossier, an empty text for what is none."""
    return value if isinstance(value, str) else ""


def _stated_sums(context: CheckContext) -> Mapping[Any, float]:
    """Return the sum of the stated areas in m² by dossier, for those of which every zone states one."""
    zones = context.stored("planning_zone")
    if zones is None:
        return {}
    sums: dict[Any, float] = {}
    silent: set[Any] = set()
    for link, stated in zip(zones.column(LINK), zones.numbers("area_stated_m2"), strict=True):
        dossier = _link(link)
        if stated is None:
            silent.add(dossier)
        elif dossier:
            sums[dossier] = sums.get(dossier, 0.0) + float(stated)
    return {dossier: total for dossier, total in sums.items() if dossier not in silent}


@rule(
    "TOP-07",
    Severity.WARNING,
    scope=Scope(types=(LINES,)),
    legal=("plan_database",),
    reads=(Near(),),
    good=[
        example(
            LINES,
            sample("LINESTRING (0 0, 100 0)", kind="CGDD", dossier_uid=ONE),
            sample("LINESTRING (0 3, 100 3)", kind="CGXD", dossier_uid=ONE),
        ),
        example(
            LINES,
            sample("LINESTRING (0 0, 100 0)", kind="CGDD", dossier_uid=ONE),
            sample("LINESTRING (50 -5, 50 5)", kind="CGXD", dossier_uid=TWO),
        ),
    ],
    bad=[
        example(
            LINES,
            sample("LINESTRING (0 0, 100 0)", kind="CGDD", dossier_uid=ONE),
            sample("LINESTRING (0 3, 100 -3)", kind="CGXD", dossier_uid=ONE),
            finds="TOP-07",
        ),
        example(  # the two run together for a while before they cross
            LINES,
            sample("LINESTRING (0 0, 100 0)", kind="CGDD", dossier_uid=ONE),
            sample("LINESTRING (0 0, 30 0, 30 5, 60 5, 60 -5)", kind="CGXD", dossier_uid=ONE),
            finds="TOP-07",
        ),
    ],
    version=2,
)
def building_line_crosses_red_line(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The building line of a plan does not cross its red line: nothing is built on the road's side."""
    company = in_company(batch, context)
    kinds, links = company.column("kind"), company.column(LINK)
    for told, other in pairs_through(batch, company):
        if {kinds[told], kinds[other]} != {"CGDD", "CGXD"} or links[told] != links[other]:
            continue
        pair = company.geometries[[told, other]]
        ends = shapely.union_all([shapely.boundary(line) for line in pair])
        inner = [point for point in crossing_points(*pair) if not shapely.intersects(point, ends)]
        if inner:
            yield Found(told, "", "kind", inner[0], others=(company.uids[other],))
