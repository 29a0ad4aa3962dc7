"""NET and TOP: drains that run from node to node, downhill, and never in a circle."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from validation.batch import Batch
from validation.company import in_company, path_ends
from validation.context import CheckContext
from validation.examples import example, sample, uid_at
from validation.reads import Linked, Near, Present, Whole
from validation.rule import TOGETHER, Found, Scope, Severity, rule

DRAIN, NODE = "drainage_line", "drainage_node"
DRAINS = Scope(types=(DRAIN,))
FROM, TO = "from_node_uid", "to_node_uid"
A, B, C = uid_at(7001), uid_at(7002), uid_at(7003)
PIPE = "LINESTRING (0 0, 30 0)"


def _drain(start: str, end: str, **values: Any) -> Any:
    return sample(PIPE, from_node_uid=start, to_node_uid=end, **values)


@rule(
    "NET-03",
    {"": Severity.ERROR, "no-nodes": Severity.WARNING},
    scope=DRAINS,
    moments=TOGETHER,
    tolerances=("net03_node_m",),
    reads=(Near(NODE, "net03_node_m"), Present(NODE)),
    good=[
        example(DRAIN, _drain(A, B), stored={NODE: (sample("POINT (500 0)"),)}),
        example(DRAIN, sample(PIPE), stored={NODE: (sample("POINT (0.2 0)"), sample("POINT (30 0)"))}),
    ],
    bad=[
        example(DRAIN, sample(PIPE), stored={NODE: (sample("POINT (0 0)"),)}, finds="NET-03"),
        example(DRAIN, sample(PIPE), finds="NET-03.no-nodes"),
    ],
)
def drain_between_nodes(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A drain has a node at both ends, linked or lying there; where the commune has no node at all, it is a warning."""
    nodes = context.stored(NODE)
    owners, ends = path_ends(batch)
    served = np.zeros(len(ends), dtype=bool)
    has_nodes = nodes is not None and len(nodes) > 0
    if nodes is not None and has_nodes:
        tree = shapely.STRtree(nodes.placed)
        served[tree.query(ends, predicate="dwithin", distance=context.tolerance("net03_node_m"))[0]] = True
    linked = np.array([[link is not None for link in batch.column(key)] for key in (FROM, TO)], dtype=bool)
    told: set[int] = set()
    for place, (owner, end) in enumerate(zip(owners.tolist(), ends, strict=True)):
        if not served[place] and not linked[place % 2, owner] and owner not in told:
            told.add(owner)
            yield Found(owner, "" if has_nodes else "no-nodes", TO if place % 2 else FROM, end)


@rule(
    "NET-04",
    Severity.WARNING,
    scope=Scope(types=(DRAIN, "culvert")),
    good=[
        example(DRAIN, sample(PIPE, invert_up=12.4, invert_dn=12.1), sample(PIPE, invert_up=12.4)),
        example("culvert", sample("POINT (0 0)", invert_up=5.2, invert_dn=5.1)),
    ],
    bad=[
        example(DRAIN, sample(PIPE, invert_up=12.1, invert_dn=12.4), finds="NET-04"),
        example("culvert", sample("POINT (0 0)", invert_up=5.1, invert_dn=5.1), finds="NET-04"),
    ],
)
def falls_downstream(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The invert upstream lies higher than the one downstream."""
    for index, (up, down) in enumerate(zip(batch.numbers("invert_up"), batch.numbers("invert_dn"), strict=True)):
        if up is not None and down is not None and up <= down:
            yield Found(index, "", "invert_dn", context={"up_m": float(up), "down_m": float(down)})


@rule(
    "NET-05",
    Severity.WARNING,
    scope=DRAINS,
    moments=TOGETHER,
    reads=(Linked(FROM, TO),),
    good=[
        example(DRAIN, _drain(A, B, diameter_mm=600.0), _drain(B, C, diameter_mm=800.0)),
        example(DRAIN, _drain(A, B, diameter_mm=600.0), _drain(B, C)),
    ],
    bad=[
        example(DRAIN, _drain(A, B, diameter_mm=800.0), _drain(B, C, diameter_mm=600.0), finds="NET-05"),
        example(
            DRAIN,
            _drain(B, C, diameter_mm=600.0),
            stored={DRAIN: (_drain(A, B, diameter_mm=800.0),)},
            finds="NET-05",
        ),
    ],
)
def widens_downstream(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A drain that runs by gravity is at least as wide as the widest that runs into it."""
    company = in_company(batch, context)
    diameters = company.numbers("diameter_mm")
    widest: dict[str, tuple[float, str]] = {}
    for place, node in enumerate(company.column(TO)):
        diameter = diameters[place]
        if isinstance(node, str) and diameter is not None:
            widest[node] = max(widest.get(node, (0.0, "")), (float(diameter), company.uids[place]))
    for index, node in enumerate(batch.column(FROM)):
        own = diameters[index]
        if (
            own is not None
            and isinstance(node, str)
            and node in widest
            and widest[node][0] > own
            and widest[node][1] != batch.uids[index]
        ):
            facts = {"own_mm": float(own), "upstream_mm": widest[node][0]}
            yield Found(index, "", "diameter_mm", context=facts, others=(widest[node][1],))


@rule(
    "TOP-15",
    Severity.ERROR,
    scope=DRAINS,
    moments=TOGETHER,
    reads=(Whole(keys=(FROM, TO)),),
    good=[example(DRAIN, _drain(A, B), _drain(B, C), _drain(A, C))],
    bad=[
        example(DRAIN, _drain(A, B), _drain(B, C), _drain(C, A), finds=("TOP-15",) * 3),
        example(DRAIN, _drain(A, A), finds="TOP-15"),
        example(DRAIN, _drain(A, B), stored={DRAIN: (_drain(B, A),)}, finds="TOP-15"),
    ],
)
def drains_in_a_circle(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Water does not come back to where it was: no drain is part of a loop."""
    company = in_company(batch, context)
    starts, ends = ([node if isinstance(node, str) else "" for node in company.column(key)] for key in (FROM, TO))
    circles = _circles(starts, ends)
    members: dict[str, list[int]] = {}
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start in circles and circles[start] == circles.get(end):
            members.setdefault(circles[start], []).append(place)
    for places in members.values():
        for index in places:
            if index < len(batch):
                others = tuple(company.uids[place] for place in places if place != index)
                yield Found(index, "", TO, context={"count": len(places)}, others=others)


def _circles(starts: Sequence[str], ends: Sequence[str]) -> dict[str, str]:
    """Return for each node of a circle the node that names the circle (a strongly connected part of the drains)."""
    forth: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for start, end in zip(starts, ends, strict=True):
        if start and end:
            forth.setdefault(start, set()).add(end)
            back.setdefault(end, set()).add(start)
    left = _pruned(forth, back)
    circles: dict[str, str] = {}
    for node in sorted(left):
        if node not in circles:
            circles.update(dict.fromkeys(_reached(node, forth, left) & _reached(node, back, left), node))
    return circles


def _pruned(forth: dict[str, set[str]], back: dict[str, set[str]]) -> set[str]:
    """Return the nodes that are left when those with no inflow or no outflow are taken away, again and again."""
    left = forth.keys() & back.keys()
    while True:
        kept = {node for node in left if forth[node] & left and back[node] & left}
        if kept == left:
            return kept
        left = kept


def _reached(node: str, ways: dict[str, set[str]], within: set[str]) -> set[str]:
    """Return the nodes to which at least one step leads from ``node``."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        for onward in ways[waiting.pop()] & within - found:
            found.add(onward)
            waiting.append(onward)
    return found
