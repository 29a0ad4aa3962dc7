"""NET and TOP: how roads, and the bridges on them, hang together."""

from collections.abc import Iterator, Mapping

import numpy as np
import shapely

from validation.batch import Batch, Geometries, Mask
from validation.company import in_company, path_ends
from validation.context import CheckContext
from validation.crossings import crossing_points, outer_ends, pairs_through
from validation.examples import example, sample, uid_at
from validation.reads import UID, Linked, Near, Same
from validation.rule import Found, Scope, Severity, rule

ROAD, BRIDGE = "road_segment", "bridge"
ROADS = Scope(types=(ROAD,))
MAIN = sample("LINESTRING (0 0, 100 0)")
FIRST_STORED = uid_at(1001)


@rule(
    "NET-01",
    Severity.ERROR,
    scope=ROADS,
    tolerances=("net01_joined_m", "net01_apart_m"),
    reads=(Near(tolerance="top08_within_m"),),
    good=[
        example(ROAD, MAIN, sample("LINESTRING (50 0, 50 80)")),
        example(ROAD, MAIN, sample("LINESTRING (100 0, 150 40)")),
        example(ROAD, MAIN, sample("LINESTRING (50 3, 50 80)")),
    ],
    bad=[
        example(ROAD, MAIN, sample("LINESTRING (50 0.3, 50 80)"), finds="NET-01"),
        example(ROAD, sample("LINESTRING (100.2 0, 150 40)"), stored={ROAD: (MAIN,)}, finds="NET-01"),
    ],
)
def road_end_not_snapped(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A road's end that lies a few centimetres beside another road was meant to join it."""
    least, most = context.tolerance("net01_joined_m"), context.tolerance("net01_apart_m")
    yield from _loose_ends(batch, context, least, most)


@rule(
    "TOP-08",
    Severity.ERROR,
    scope=ROADS,
    tolerances=("top08_within_m",),
    reads=(Near(tolerance="top08_within_m"),),
    good=[
        example(ROAD, MAIN, sample("LINESTRING (50 0, 50 80)")),
        example(ROAD, MAIN, sample("LINESTRING (50 1.2, 50 80)")),
    ],
    bad=[example(ROAD, MAIN, sample("LINESTRING (50 0.8, 50 80)"), finds="TOP-08")],
)
def road_undershoots(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A road that ends just short of another, farther than a slip of the hand, was drawn too short."""
    least, most = context.tolerance("net01_apart_m"), context.tolerance("top08_within_m")
    yield from _loose_ends(batch, context, least, most)


def _loose_ends(batch: Batch, context: CheckContext, least_m: float, most_m: float) -> Iterator[Found]:
    """Yield each end of a road whose nearest other road is farther than ``least_m`` and at most ``most_m`` away."""
    for owner, other, place, distance in _nearest_roads(batch, context):
        if least_m < distance <= most_m:
            yield Found(owner, place=place, context={"distance_m": distance}, others=(other,))


def _nearest_roads(batch: Batch, context: CheckContext) -> list[tuple[int, str, shapely.Point, float]]:
    """Return the place in the batch, the nearest other road, the point and the distance of each end near a road."""

    def measure() -> list[tuple[int, str, shapely.Point, float]]:
        company = in_company(batch, context)
        owners, ends = path_ends(batch)
        reach = context.tolerance("top08_within_m")
        at, near = shapely.STRtree(company.sound).query(ends, predicate="dwithin", distance=reach)
        other = near != owners[at]
        at, near = at[other], near[other]
        apart = shapely.distance(ends[at], company.geometries[near])
        order = np.lexsort((near, apart, at))
        first = order[np.unique(at[order], return_index=True)[1]]
        return [
            (int(owners[at[pair]]), company.uids[near[pair]], ends[at[pair]], float(apart[pair]))
            for pair in first.tolist()
        ]

    if context.stored(batch.type.id) is not batch:
        return measure()
    return context.once(("nearest roads", batch.type.id), measure)


@rule(
    "TOP-09",
    Severity.WARNING,
    scope=ROADS,
    tolerances=("top09_bridge_m",),
    reads=(Near(), Near(BRIDGE, "top09_bridge_m")),
    good=[
        example(ROAD, MAIN, sample("LINESTRING (50 0, 50 80)")),
        example(
            ROAD,
            sample("LINESTRING (0 0, 50 0, 100 0)"),
            sample("LINESTRING (50 -50, 50 0, 50 80)"),
        ),
        example(
            ROAD,
            MAIN,
            sample("LINESTRING (50 -50, 50 80)"),
            stored={BRIDGE: (sample("POINT (52 1)"),)},
        ),
        example(  # the one ends at the other, a hair beyond it, beside a crossing that has its node
            ROAD,
            sample("LINESTRING (0 0, 50 0, 100 0)"),
            sample("LINESTRING (50 -50, 50 0, 50 80, 80 80, 80 -0.03)"),
        ),
    ],
    bad=[
        example(ROAD, MAIN, sample("LINESTRING (50 -50, 50 80)"), finds="TOP-09"),
        example(  # the two run together for a while before they cross
            ROAD, MAIN, sample("LINESTRING (0 0, 30 0, 30 40, 60 40, 60 -40)"), finds="TOP-09"
        ),
    ],
    version=2,
)
def roads_cross_without_node(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Two roads that cross share a vertex there, or a bridge carries one over the other; an end there is a junction."""
    company = in_company(batch, context)
    stored = context.stored(BRIDGE)
    bridges = shapely.STRtree([] if stored is None else stored.geometries[stored.located])
    joined, near = context.tolerance("net01_joined_m"), context.tolerance("top09_bridge_m")
    for told, other in pairs_through(batch, company):
        pair = company.geometries[[told, other]]
        crossings = crossing_points(*pair)
        noded = [_near(crossings, _vertices_of(line), joined) for line in pair]
        ends = shapely.STRtree(np.concatenate([outer_ends(line) for line in pair]))
        settled = (noded[0] & noded[1]) | _near(crossings, ends, joined) | _near(crossings, bridges, near)
        bare = crossings[~settled]
        if len(bare):
            yield Found(told, place=bare[0], context={"count": len(bare)}, others=(company.uids[other],))


def _near(points: Geometries, tree: shapely.STRtree, reach_m: float) -> Mask:
    """Return which points have something of ``tree`` within reach."""
    found = np.zeros(len(points), dtype=bool)
    found[tree.query(points, predicate="dwithin", distance=reach_m)[0]] = True
    return found


def _vertices_of(line: shapely.Geometry) -> shapely.STRtree:
    return shapely.STRtree(np.asarray(shapely.points(shapely.get_coordinates(line))))


def _road_keys(batch: Batch) -> list[tuple[str] | None]:
    """Return of each record the road that it names, spelling aside."""
    codes = batch.column("road_code")
    return [(code.strip().casefold(),) if isinstance(code, str) and code.strip() else None for code in codes]


@rule(
    "TOP-10",
    {"overlap": Severity.WARNING, "gap": Severity.WARNING},
    scope=ROADS,
    tolerances=("top10_slack_km",),
    reads=(Same("roads", _road_keys, lambda _: ("road_code",)),),
    good=[
        example(
            ROAD, sample(road_code="DX.01", from_km=0.0, to_km=1.2), sample(road_code="DX.01", from_km=1.2, to_km=2.0)
        ),
        example(
            ROAD, sample(road_code="DX.01", from_km=0.0, to_km=1.2), sample(road_code="DX.02", from_km=1.0, to_km=2.0)
        ),
        example(ROAD, sample(from_km=0.0, to_km=1.2), sample(from_km=1.0, to_km=2.0)),
    ],
    bad=[
        example(
            ROAD,
            sample(road_code="DX.01", from_km=0.0, to_km=1.2),
            sample(road_code="dx.01 ", from_km=1.0, to_km=2.0),
            finds="TOP-10.overlap",
        ),
        example(
            ROAD,
            sample(road_code="DX.01", from_km=1.5, to_km=2.0),
            stored={ROAD: (sample(road_code="DX.01", from_km=0.0, to_km=1.2),)},
            finds="TOP-10.gap",
        ),
    ],
)
def chainage_follows(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The segments of one road follow each other by chainage, without overlap and without a gap."""
    company = in_company(batch, context)
    slack = context.tolerance("top10_slack_km")
    for spans in _by_road(company).values():
        stretches = sorted((*span, company.uids[place], place) for place, span in spans.items())
        reached, last = stretches[0][1], stretches[0]
        for start, end, uid, place in stretches[1:]:
            variant = "overlap" if start < reached - slack else "gap" if start > reached + slack else ""
            told = place if place < len(batch) else last[3]
            if variant and told < len(batch):
                facts = {"road": company.column("road_code")[place], "from_km": start, "reached_km": reached}
                yield Found(told, variant, "from_km", context=facts, others=(last[2] if told == place else uid,))
            if end > reached:
                reached, last = end, (start, end, uid, place)


def _by_road(batch: Batch) -> Mapping[str, dict[int, tuple[float, float]]]:
    """Return by road code the places of the records with both chainages, and from where to where each reaches."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    columns = (_road_keys(batch), batch.numbers("from_km"), batch.numbers("to_km"))
    for place, (key, start, end) in enumerate(zip(*columns, strict=True)):
        if key is not None and start is not None and end is not None:
            found.setdefault(key[0], {})[place] = (min(start, end), max(start, end))
    return found


@rule(
    "NET-02",
    {"far": Severity.ERROR, "long": Severity.ERROR},
    scope=Scope(types=(BRIDGE,)),
    tolerances=("net02_road_m",),
    reads=(Linked("road_segment_uid", UID, ROAD),),
    good=[
        example(BRIDGE, sample("POINT (40 3)", road_segment_uid=FIRST_STORED), stored={ROAD: (MAIN,)}),
        example(BRIDGE, sample("POINT (40 300)")),
        example(
            BRIDGE,
            sample("LINESTRING (40 0, 70 0)", road_segment_uid=FIRST_STORED, length_m=30.0),
            stored={ROAD: (MAIN,)},
        ),
    ],
    bad=[
        example(
            BRIDGE, sample("POINT (40 5.5)", road_segment_uid=FIRST_STORED), stored={ROAD: (MAIN,)}, finds="NET-02.far"
        ),
        example(
            BRIDGE,
            sample("POINT (40 0)", road_segment_uid=FIRST_STORED, length_m=130.0),
            stored={ROAD: (MAIN,)},
            finds="NET-02.long",
        ),
    ],
)
def bridge_on_its_road(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A bridge lies on the road segment it names, and is not longer than that."""
    roads = context.stored(ROAD)
    if roads is None:
        return
    place_of = {uid: place for place, uid in enumerate(roads.uids)}
    links, lengths = batch.column("road_segment_uid"), batch.numbers("length_m")
    for index, link in enumerate(links):
        place = place_of.get(link) if isinstance(link, str) else None
        if place is None or not roads.located[place]:
            continue
        road = roads.geometries[place]
        if batch.located[index]:
            distance = float(shapely.distance(batch.geometries[index], road))
            if distance > context.tolerance("net02_road_m"):
                where = shapely.get_point(shapely.shortest_line(batch.geometries[index], road), 0)
                facts = {"distance_m": distance}
                yield Found(index, "far", "road_segment_uid", where, facts, (roads.uids[place],))
        length = lengths[index]
        if isinstance(length, (int, float)) and length > float(shapely.length(road)):
            facts = {"length_m": float(length), "road_m": float(shapely.length(road))}
            yield Found(index, "long", "length_m", context=facts, others=(roads.uids[place],))


@rule(
    "ATT-03",
    {"lanes": Severity.WARNING, "formation": Severity.WARNING},
    scope=ROADS,
    tolerances=("att03_lane_m",),
    good=[example(ROAD, sample(lanes=2, carriageway_w=5.5, formation_w=7.5), sample(lanes=2), sample(formation_w=4.0))],
    bad=[
        example(ROAD, sample(lanes=2, carriageway_w=3.5), finds="ATT-03.lanes"),
        example(ROAD, sample(carriageway_w=5.5, formation_w=5.0), finds="ATT-03.formation"),
    ],
)
def widths_agree(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A carriageway is wide enough for its lanes, and no wider than the formation it lies on."""
    lane = context.tolerance("att03_lane_m")
    columns = (batch.numbers(key) for key in ("lanes", "carriageway_w", "formation_w"))
    for index, (lanes, carriageway, formation) in enumerate(zip(*columns, strict=True)):
        if carriageway is None:
            continue
        if lanes is not None and carriageway < lane * lanes:
            facts = {"lanes": lanes, "carriageway_m": float(carriageway), "lane_m": lane}
            yield Found(index, "lanes", "carriageway_w", context=facts)
        if formation is not None and formation < carriageway:
            facts = {"carriageway_m": float(carriageway), "formation_m": float(formation)}
            yield Found(index, "formation", "formation_w", context=facts)


@rule(
    "ATT-04",
    Severity.WARNING,
    scope=Scope(types=(BRIDGE,)),
    good=[example(BRIDGE, sample(length_m=40.0, max_span_m=20.0), sample(max_span_m=20.0))],
    bad=[example(BRIDGE, sample(length_m=20.0, max_span_m=33.0), finds="ATT-04")],
)
def span_within_length(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A bridge's largest span is no longer than the bridge."""
    for index, (length, span) in enumerate(zip(batch.numbers("length_m"), batch.numbers("max_span_m"), strict=True)):
        if length is not None and span is not None and span > length:
            yield Found(index, "", "max_span_m", context={"length_m": float(length), "span_m": float(span)})
