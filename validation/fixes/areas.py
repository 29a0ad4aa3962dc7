"""Fixes of areas among their neighbours: overlaps cut off, gaps filled, what lies beyond the boundary cut away."""

from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from forms.record import Record
from forms.requirements import is_filled
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.trimming import trim_overlap
from geodesy.shaping.vertices import HAIR_M
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.company import find_record, records_near, title_of
from validation.fixes.fix import Change, Proposed, alter, fix

_ZONES = ("planning_zone", "land_use_plan_area")
_BOUNDARY, _LINK = "planning_boundary", "dossier_uid"
_AROUND_M = 10.0
_FIRST_REACH_M = 60.0
_MOST_WAYS = 3
_SLIT_M = 1.0  # what is wider was no slip of the hand: whose the ground is a person must say


@fix("cut_overlap", for_rules=("TOP-04",))
def cut_overlap(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Take the common part from one of the two; the later record first."""
    other = find_record(context, finding.type_id, finding.others[0]) if finding.others else None
    if other is None:
        return
    for loser, winner in ((record, other), (other, record)):
        if loser.geometry is None or winner.geometry is None:
            continue
        shape, _ = trim_overlap(loser.geometry, [winner.geometry])
        is_certain = loser is record and _is_slip(loser.geometry, shape)
        facts = {"target": title_of(context, loser), "other": title_of(context, winner)}
        yield Proposed((alter(loser, shape=shape),), loser.uid, facts, is_certain)


@fix("fill_gap", for_rules=("TOP-05",), by_place=True)
def fill_gap(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Give the gap to an area beside it; the one with the longest common border first."""
    if record.geometry is None or finding.place is None:
        return
    gap, around = _find_gap(record, finding.place, context)
    if gap is None:
        return
    beside = [
        (_common_border(zone.geometry, gap), zone) for zone in around if shapely.dwithin(zone.geometry, gap, HAIR_M)
    ]
    width = 2 * gap.area / gap.length
    for place, (border_m, zone) in enumerate(sorted(beside, key=lambda pair: (-pair[0], pair[1].uid))):
        filled = _joined(zone.geometry, gap)
        if border_m > HAIR_M and _count(filled) <= _count(zone.geometry):
            facts = {"target": title_of(context, zone), "area_m2": float(gap.area), "border_m": border_m}
            yield Proposed((alter(zone, shape=filled),), zone.uid, facts, is_certain=not place and width < _SLIT_M)


def _find_gap(record: Record, place: BaseGeometry, context: CheckContext) -> tuple[Any, list[Record]]:
    """Return the part of a boundary around a place that no area of its plan covers, and the areas near it.

    Looked for in growing boxes: a plan may have very many areas.
    """
    outline, reach_m = record.geometry, _FIRST_REACH_M
    while True:
        box = shapely.buffer(place, reach_m, cap_style="square")
        around = [
            zone
            for type_id in _ZONES
            for zone in records_near(context, type_id, box, HAIR_M)
            if zone.values.get(_LINK) == record.values.get(_LINK)
            and zone.geometry is not None
            and zone.geometry.is_valid
        ]
        room = shapely.intersection(outline, box)
        left = shapely.difference(room, shapely.union_all([zone.geometry for zone in around]))
        gap = next((part for part in shapely.get_parts(left) if shapely.dwithin(part, place, HAIR_M)), None)
        is_whole = shapely.covers(box, outline)
        if gap is None or is_whole or not shapely.dwithin(gap, box.boundary, HAIR_M):
            return (gap if around else None), around
        reach_m *= 4


def _common_border(shape: Any, gap: Any) -> float:
    return float(shapely.intersection(gap.boundary, shapely.buffer(shape, HAIR_M)).length)


def _joined(shape: Any, gap: Any) -> BaseGeometry:
    """Return an area with a gap beside it, the rounding of the gap's corners closed."""
    return on_grid(shapely.union_all([shape, gap], grid_size=GRID_M))


@fix("give_sliver", for_rules=("GEO-06",))
def give_sliver(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """A record that is nothing but a sliver joins an area of its kind beside it, and what named it follows."""
    if record.geometry is None or _count(record.geometry) > 1 or is_filled(record.values.get("official_id")):
        return
    beside = [
        (_common_border(other.geometry, record.geometry), other)
        for other in records_near(context, record.type_id, record.geometry, HAIR_M, but=record.uid)
        if other.values.get(_LINK) == record.values.get(_LINK)
        and other.geometry is not None
        and other.geometry.is_valid
    ]
    for border_m, other in sorted(beside, key=lambda pair: (-pair[0], pair[1].uid))[:_MOST_WAYS]:
        joined = _joined(other.geometry, record.geometry)
        if border_m > HAIR_M and _count(joined) <= _count(other.geometry):
            facts = {"target": title_of(context, other), "area_m2": float(record.geometry.area), "border_m": border_m}
            gone = Change(record.type_id, record.uid, gives_way_to=other.uid)
            yield Proposed((alter(other, shape=joined), gone), other.uid, facts, is_certain=False)


@fix("cut_to_boundary", for_rules=("TOP-06",))
def cut_to_boundary(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Cut off what lies beyond the boundary of the plan."""
    if record.geometry is None:
        return
    outlines = [
        other.geometry
        for other in records_near(context, _BOUNDARY, record.geometry, HAIR_M)
        if other.values.get(_LINK) == record.values.get(_LINK) and other.geometry is not None
    ]
    if not outlines:
        return
    west, south, east, north = record.geometry.bounds
    room = shapely.box(west - _AROUND_M, south - _AROUND_M, east + _AROUND_M, north + _AROUND_M)
    shape, _ = trim_overlap(record.geometry, [shapely.difference(room, shapely.union_all(outlines))])
    yield Proposed((alter(record, shape=shape),), is_certain=_is_slip(record.geometry, shape))


@fix("fill_holes", for_rules=("TOP-13",))
def fill_holes(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Holes that hang on the outline become part of the area."""
    if record.geometry is None:
        return
    parts = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if not shapely.intersects(ring, part.exterior)])
        for part in shapely.get_parts(record.geometry)
    ]
    yield Proposed((alter(record, shape=shapely.multipolygons(parts)),), is_certain=False)


def _is_slip(before: BaseGeometry, after: BaseGeometry) -> bool:
    """Whether an area loses nothing but narrow strips and does not fall apart."""
    lost = shapely.get_parts(shapely.difference(before, after))
    return _count(after) <= _count(before) and all(2 * part.area < _SLIT_M * part.length for part in lost)


def _count(shape: BaseGeometry | None) -> int:
    return int(shapely.get_num_geometries(shape))
