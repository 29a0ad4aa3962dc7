"""NET and TOP: cables, pipes and lamps: what feeds them, where they end, what they pass under."""

from collections.abc import Iterator

import numpy as np
import shapely

from validation.batch import Batch
from validation.company import in_company, path_ends
from validation.context import CheckContext
from validation.examples import example, sample, uid_at
from validation.reads import Near, Present
from validation.rule import TOGETHER, Found, Scope, Severity, rule

CABLE, SITE, POWER = "telecom_line", "telecom_facility", "power_line"
CABLE_OF_30_M = sample("LINESTRING (0 0, 30 0)")


@rule(
    "NET-06",
    Severity.WARNING,
    scope=Scope(types=("lighting_asset",)),
    good=[
        example(
            "lighting_asset",
            sample("POINT (0 0)", kind="tru_den", circuit_code="L1"),
            sample("POINT (0 9)", kind="den", cabinet_uid=uid_at(7001)),
            sample("POINT (0 20)", kind="tu_dieu_khien"),
        )
    ],
    bad=[example("lighting_asset", sample("POINT (0 0)", kind="tru_den"), finds="NET-06")],
)
def lamp_on_a_circuit(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A lamp or its column says which circuit or cabinet feeds it; the cabinet itself need not."""
    columns = (batch.column(key) for key in ("kind", "circuit_code", "cabinet_uid"))
    for index, (kind, circuit, cabinet) in enumerate(zip(*columns, strict=True)):
        if kind in ("tru_den", "den") and not circuit and cabinet is None:
            yield Found(index, "", "circuit_code")


@rule(
    "NET-07",
    Severity.WARNING,
    scope=Scope(types=(CABLE,)),
    moments=TOGETHER,
    tolerances=("net07_reach_m",),
    reads=(Near(tolerance="net07_reach_m"), Near(SITE, "net07_reach_m"), Present(SITE)),
    good=[
        example(CABLE, CABLE_OF_30_M, stored={SITE: (sample("POINT (-2 0)"), sample("POINT (30 3)"))}),
        example(
            CABLE,
            CABLE_OF_30_M,
            sample("LINESTRING (30 0, 60 0)"),
            stored={SITE: (sample("POINT (0 0)"), sample("POINT (60 0)"))},
        ),
        example(CABLE, CABLE_OF_30_M),
    ],
    bad=[example(CABLE, CABLE_OF_30_M, stored={SITE: (sample("POINT (0 0)"),)}, finds="NET-07")],
)
def cable_ends_somewhere(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A cable ends at a site or at another cable; where no site is kept at all, nobody can tell."""
    sites = context.stored(SITE)
    if sites is None or not len(sites):
        return
    company = in_company(batch, context)
    owners, ends = path_ends(batch)
    reach = context.tolerance("net07_reach_m")
    served = np.zeros(len(ends), dtype=bool)
    served[shapely.STRtree(sites.placed).query(ends, predicate="dwithin", distance=reach)[0]] = True
    at, near = shapely.STRtree(company.placed).query(ends, predicate="dwithin", distance=reach)
    served[at[near != owners[at]]] = True
    told: set[int] = set()
    for owner, end in zip(owners[~served].tolist(), ends[~served], strict=True):
        if owner not in told:
            told.add(owner)
            yield Found(owner, place=end, context={"reach_m": reach})


@rule(
    "TOP-14",
    Severity.WARNING,
    scope=Scope(types=("water_supply_line", CABLE, "drainage_line")),
    moments=TOGETHER,
    tolerances=("top14_along_m",),
    reads=(Near(POWER, field="safety_corridor_m"),),
    good=[
        example(
            CABLE,
            sample("LINESTRING (50 -80, 50 80)"),
            stored={POWER: (sample("LINESTRING (0 0, 200 0)", safety_corridor_m=4.0),)},
        ),
        example(
            CABLE,
            sample("LINESTRING (0 6, 200 6)"),
            stored={POWER: (sample("LINESTRING (0 0, 200 0)", safety_corridor_m=4.0),)},
        ),
        example(CABLE, sample("LINESTRING (0 3, 200 3)"), stored={POWER: (sample("LINESTRING (0 0, 200 0)"),)}),
    ],
    bad=[
        example(
            CABLE,
            sample("LINESTRING (0 3, 200 3)"),
            stored={POWER: (sample("LINESTRING (0 0, 200 0)", safety_corridor_m=4.0),)},
            finds="TOP-14",
        )
    ],
)
def within_power_corridor(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """No pipe or cable runs along inside the safety corridor that a power line states; crossing it is usual."""
    lines = context.stored(POWER)
    if lines is None:
        return
    widths = np.array([float(width or 0) for width in lines.numbers("safety_corridor_m")])
    wide = np.flatnonzero(lines.valid & (widths > 0))
    corridors = shapely.buffer(lines.geometries[wide], widths[wide], cap_style="flat")
    left, right = shapely.STRtree(corridors).query(batch.sound, predicate="intersects")
    lines_alone = shapely.get_dimensions(batch.geometries[left]) == 1
    left, right = left[lines_alone], right[lines_alone]
    inside = shapely.intersection(batch.geometries[left], corridors[right])
    along = shapely.length(inside)
    for pair in np.flatnonzero(along > context.tolerance("top14_along_m") + 2 * widths[wide[right]]).tolist():
        line = int(wide[right[pair]])
        facts = {"along_m": float(along[pair]), "corridor_m": float(widths[line])}
        place = shapely.line_interpolate_point(shapely.get_geometry(inside[pair], 0), 0.5, normalized=True)
        yield Found(int(left[pair]), place=place, context=facts, others=(lines.uids[line],))
