"""Fixes of lines in their network: ends joined, crossings given a node, drains turned about, links set."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from forms.record import Record
from geodesy.grid import on_grid
from geodesy.shaping.curves import reverse_shape
from geodesy.shaping.vertices import bring_together, insert_vertices, rebuild
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.company import find_record, records_near, title_of
from validation.fixes.fix import Proposed, alter, fix

_ROAD, _NODE = "road_segment", "drainage_node"
_CORNER_M = 0.5  # a vertex of the other line this close is where the end belongs, not a new one beside it
_NODE_REACH_M = 5.0
_UP, _DOWN, _FROM, _TO = "invert_up", "invert_dn", "from_node_uid", "to_node_uid"


@fix("snap_end", for_rules=("NET-01", "TOP-08"), by_place=True)
def snap_end(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The loose end goes to the nearest place of the other line, which gets a vertex there; or to its near corner."""
    other = find_record(context, finding.type_id, finding.others[0]) if finding.others else None
    if other is None or other.geometry is None or record.geometry is None or finding.place is None:
        return
    end = shapely.get_coordinates(finding.place)[0]
    corners = shapely.get_coordinates(other.geometry)
    distances = np.hypot(*(corners - end).T)
    nearest = corners[int(np.argmin(distances))]
    foot = shapely.get_point(shapely.shortest_line(other.geometry, finding.place), 0)
    on_edge = shapely.get_coordinates(on_grid(foot))[0]
    apart = float(np.hypot(*(on_edge - end)))
    takes_corner = float(np.hypot(*(nearest - on_edge))) <= _CORNER_M
    goal = nearest if takes_corner else on_edge
    changes = [alter(record, shape=_with_end(record.geometry, end, goal))]
    noded = insert_vertices(other.geometry, goal.reshape(1, 2))
    if noded is not other.geometry:
        changes.append(alter(other, shape=noded))
    facts = {"target": title_of(context, other), "apart_m": apart}
    yield Proposed(tuple(changes), other.uid, facts)


def _with_end(line: BaseGeometry, end: Any, goal: Any) -> BaseGeometry:
    """Return a line whose ends at one place lie at another."""

    def moved(path: Any) -> Any:
        xy = shapely.get_coordinates(path)
        for at in (0, -1):
            if (xy[at] == end).all():
                xy[at] = goal
        return xy

    found: BaseGeometry = rebuild(line, moved)
    return found


@fix("node_crossing", for_rules=("TOP-09",))
def node_crossing(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Both lines get a vertex wherever they cross."""
    other = find_record(context, finding.type_id, finding.others[0]) if finding.others else None
    if other is None or other.geometry is None or record.geometry is None:
        return
    meeting = bring_together(record.geometry, other.geometry)
    changes = (alter(record, shape=meeting.shape), alter(other, shape=meeting.line))
    facts = {"target": title_of(context, other), "count": len(meeting.places)}
    yield Proposed(changes, other.uid, facts)


@fix("reverse_drain", for_rules=("NET-04", "NET-05", "TOP-15"))
def reverse_drain(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The drain runs the other way: its line, its nodes and its levels."""
    if record.geometry is None or not record.geometry.length or record.geometry.area:
        return
    pairs = ((_UP, _DOWN), (_DOWN, _UP), (_FROM, _TO), (_TO, _FROM))
    values = {key: record.values[other] for key, other in pairs if key in record.values and other in record.values}
    yield Proposed((alter(record, values, shape=reverse_shape(record.geometry)),), is_certain=False)


@fix("swap_levels", for_rules=("NET-04",))
def swap_levels(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The two levels were typed into each other's fields."""
    up, down = record.values.get(_UP), record.values.get(_DOWN)
    if up is not None and down is not None:
        facts = {"up_m": float(up), "down_m": float(down)}
        yield Proposed((alter(record, {_UP: down, _DOWN: up}),), facts=facts, is_certain=False)


@fix("link_node", for_rules=("NET-03",))
def link_node(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The nearest nodes within reach become the drain's, and its end goes there where they are points."""
    if record.geometry is None or finding.place is None or finding.field not in (_FROM, _TO):
        return
    end = shapely.get_coordinates(finding.place)[0]
    near = [
        (float(shapely.distance(node.geometry, finding.place)), node)
        for node in records_near(context, _NODE, finding.place, _NODE_REACH_M)
        if node.geometry is not None
    ]
    for apart, node in sorted(near, key=lambda pair: (pair[0], pair[1].uid))[:3]:
        shape = None
        if node.geometry is not None and node.geometry.geom_type == "Point":
            shape = _with_end(record.geometry, end, shapely.get_coordinates(node.geometry)[0])
        facts = {"target": title_of(context, node), "apart_m": apart}
        yield Proposed((alter(record, {finding.field: node.uid}, shape=shape),), node.uid, facts, len(near) == 1)


@fix("link_road", for_rules=("NET-02",))
def link_road(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The bridge belongs to the road that it lies on."""
    if finding.field != "road_segment_uid" or record.geometry is None:
        return
    near = [
        (float(shapely.distance(road.geometry, record.geometry)), road)
        for road in records_near(context, _ROAD, record.geometry, context.tolerance("net02_road_m"))
        if road.geometry is not None
    ]
    for apart, road in sorted(near, key=lambda pair: (pair[0], pair[1].uid))[:3]:
        facts = {"target": title_of(context, road), "apart_m": apart}
        yield Proposed((alter(record, {"road_segment_uid": road.uid}),), road.uid, facts, is_certain=len(near) == 1)


@fix("length_of_line", for_rules=("NET-02",))
def length_of_line(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The length is that of the line as it is drawn."""
    if (
        finding.field == "length_m"
        and record.geometry is not None
        and record.geometry.length
        and not record.geometry.area
    ):
        length = round(float(record.geometry.length), 2)
        yield Proposed((alter(record, {"length_m": length}),), is_certain=False)


@fix("follow_chainage", for_rules=("TOP-10",))
def follow_chainage(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The segment begins where the one before it ends."""
    start, reached = finding.context.get("from_km"), finding.context.get("reached_km")
    if start is not None and record.values.get("from_km") == start:
        yield Proposed((alter(record, {"from_km": reached}),), is_certain=False)
