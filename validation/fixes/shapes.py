"""Fixes of one shape in itself: made valid, closed, freed of strays and slivers, taken apart."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from forms.record import Record
from geodesy.grid import GRID_M, is_same_on_grid, on_grid
from geodesy.shaping.curves import count_vertices
from geodesy.shaping.vertices import Points, places_of, rebuild
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.company import records_near
from validation.fixes.fix import Change, Proposed, alter, fix
from validation.paths import build_paths
from validation.vertices import count_steps, find_duplicates, find_spikes

_CLOSES_WITHIN_M = 1.0
_ROUNDS = 50
_MILLIMETRES = 1000.0


@fix("make_valid", for_rules=("GEO-02",))
def make_valid(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The rings as they were meant (holes stay holes), or every face that the lines enclose."""
    if record.geometry is None or not record.geometry.area and "Polygon" not in record.geometry.geom_type:
        return
    first = _areas_of(shapely.make_valid(record.geometry, method="structure", keep_collapsed=False))
    second = _areas_of(shapely.make_valid(record.geometry, method="linework"))
    if first is not None:
        yield Proposed((alter(record, shape=first),), "structure")
    if second is not None and (first is None or not is_same_on_grid(first, second)):
        yield Proposed((alter(record, shape=second),), "linework", is_certain=first is None)


def _areas_of(shape: BaseGeometry) -> BaseGeometry | None:
    """Return the areas among the parts of a shape, on the grid and sound there, ``None`` when there are none."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.area > GRID_M]
    if not parts:
        return None
    found = on_grid(shapely.multipolygons(parts))
    if not found.is_valid:
        found = on_grid(shapely.set_precision(shapely.multipolygons(parts), GRID_M))
    return found if found.is_valid and found.area else None


@fix("drop_vertices", for_rules=("GEO-05",))
def drop_vertices(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Duplicates and the tips of spikes go; neighbours lose such a vertex too, so that borders stay one."""
    whole, tolerance = record.geometry, context.tolerance("geo05_distance_m")
    if whole is None:
        return
    cleaned = rebuild(whole, lambda path: _without_strays(path, tolerance))
    if not cleaned.is_valid or not cleaned.length:
        return
    gone = places_of(whole) - places_of(cleaned)
    changes = [alter(record, shape=cleaned)]
    if whole.area and gone:
        changes += _thinned_neighbours(record, gone, context)
    yield Proposed(tuple(changes), facts={"count": count_vertices(whole) - count_vertices(cleaned)})


def _thinned_neighbours(record: Record, gone: set[tuple[float, ...]], context: CheckContext) -> Iterator[Change]:
    """Yield the changes of the areas around that have one of the vertices that go."""
    for other in records_near(context, record.type_id, shapely.multipoints(sorted(gone)), GRID_M, but=record.uid):
        if other.geometry is None or not other.geometry.area or places_of(other.geometry).isdisjoint(gone):
            continue
        thinner = rebuild(other.geometry, lambda path: _without_places(shapely.get_coordinates(path), gone))
        if thinner.is_valid and thinner.area:
            yield alter(other, shape=thinner)


def _without_strays(path: Any, tolerance_m: float) -> Points:
    """Return a path without what the rule finds in it, a few at a time: one that goes may make another one go."""
    xy = shapely.get_coordinates(path)
    is_ring = path.geom_type == "LinearRing"
    for _ in range(_ROUNDS):
        paths = build_paths(_as_geometries(xy, is_ring=is_ring), np.array([True]))
        strays = find_duplicates(paths, tolerance_m)
        if not len(strays):
            strays = find_spikes(paths, tolerance_m)
        last = len(xy) - 1
        apart = [at for number, at in enumerate(strays.tolist()) if not number or at - strays[number - 1] > 1]
        drop = {last - 1 if at == last else at for at in apart} - ({0} if not is_ring else set())
        if not drop or last + 1 - len(drop) < (4 if is_ring else 2):
            break
        kept = xy[[at for at in range(len(xy)) if at not in drop and not (is_ring and at == last)]]
        xy = np.concatenate([kept, kept[:1]]) if is_ring else kept
    return xy


def _as_geometries(xy: Points, *, is_ring: bool) -> Any:
    found = np.empty(1, dtype=object)
    found[0] = shapely.Polygon(xy) if is_ring else shapely.LineString(xy)
    return found


def _without_places(xy: Points, gone: set[tuple[float, ...]]) -> Points:
    kept = [place for place in map(tuple, xy[:-1].tolist()) if place not in gone]
    return np.array([*kept, kept[0]]) if len(kept) > 2 else xy


@fix("join_parts", for_rules=("GEO-03",))
def join_parts(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Lines that meet end to end are one line."""
    if record.geometry is None or record.geometry.geom_type != "MultiLineString":
        return
    joined = shapely.line_merge(record.geometry)
    if joined.geom_type == "LineString":
        yield Proposed((alter(record, shape=joined),))


@fix("split_parts", for_rules=("GEO-03", "TOP-01"))
def split_parts(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Each part becomes a record; the largest stays who it is."""
    parts = () if record.geometry is None else tuple(shapely.get_parts(record.geometry).tolist())
    if len(parts) > 1 and all(part.length for part in parts):
        yield Proposed(
            (Change(record.type_id, record.uid, parts=parts),), facts={"count": len(parts)}, is_certain=False
        )


@fix("close_line", for_rules=("GEO-03",))
def close_line(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """An outline whose ends meet, or nearly, is an area."""
    line = record.geometry
    if line is None or line.geom_type not in ("LineString", "LinearRing"):
        return
    xy = shapely.get_coordinates(line)
    apart = float(np.hypot(*(xy[-1] - xy[0])))
    if len(xy) < 4 or apart > _CLOSES_WITHIN_M:
        return
    ring = np.concatenate([xy[:-1] if apart else xy[:-1], xy[:1]])
    area = on_grid(shapely.Polygon(ring))
    if area.is_valid and area.area:
        yield Proposed((alter(record, shape=area),), facts={"apart_m": apart}, is_certain=not apart)


@fix("drop_empty_parts", for_rules=("GEO-01",), suits=lambda finding: finding.text_code == "GEO-01.empty-part")
def drop_empty_parts(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Parts without a point go; nothing that can be seen changes."""
    yield from _without_parts(record, lambda part: not part.is_empty)


@fix("drop_slivers", for_rules=("GEO-06",))
def drop_slivers(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The tiny and the hair-thin parts of an area go, the others stay."""
    small, narrow = context.tolerance("geo06_area_m2"), context.tolerance("geo06_width_m")

    def stays(part: Any) -> bool:
        return bool(part.area >= small and 2 * part.area / part.length >= narrow)

    yield from _without_parts(record, stays)


@fix("drop_poor_parts", for_rules=("GEO-07",))
def drop_poor_parts(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Rings and lines of too few vertices enclose and lead to nothing: they go where something is left."""
    whole = record.geometry
    if whole is None:
        return
    if "Polygon" in whole.geom_type:
        parts = [
            shapely.Polygon(part.exterior, [ring for ring in part.interiors if _is_path(ring)])
            for part in shapely.get_parts(whole)
            if _is_path(part.exterior)
        ]
        rings = sum(1 + len(part.interiors) for part in shapely.get_parts(whole))
        if parts:
            left = sum(1 + len(part.interiors) for part in parts)
            shape = shapely.multipolygons(parts)
            yield Proposed((alter(record, shape=shape),), facts={"count": rings - left})
        return
    yield from _without_parts(record, _is_path)


def _is_path(path: Any) -> bool:
    is_ring = path.geom_type == "LinearRing"
    shapes = np.empty(1, dtype=object)
    shapes[0] = shapely.Polygon(path) if is_ring else path
    return bool(count_steps(build_paths(shapes, np.array([True])))[0] >= (3 if is_ring else 1))


def _without_parts(record: Record, stays: Callable[[Any], bool]) -> Iterator[Proposed]:
    parts = [] if record.geometry is None else shapely.get_parts(record.geometry).tolist()
    kept = [part for part in parts if stays(part)]
    if not kept or len(kept) == len(parts):
        return
    gather = shapely.multipolygons if kept[0].area else shapely.multilinestrings
    yield Proposed((alter(record, shape=gather(kept)),), facts={"count": len(parts) - len(kept)})


@fix("drop_heights", for_rules=("GEO-04",))
def drop_heights(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Heights and measures of the vertices go; the places stay."""
    if record.geometry is not None:
        yield Proposed((alter(record, shape=shapely.force_2d(record.geometry)),), is_certain=False)


@fix("swap_axes", for_rules=("CRS-05",))
def swap_axes(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """East and north change places."""
    if record.geometry is not None:
        yield Proposed((alter(record, shape=shapely.transform(record.geometry, lambda xy: xy[:, ::-1])),))


@fix("from_millimetres", for_rules=("GEO-09",))
def from_millimetres(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """Coordinates in millimetres become metres, where that brings the shape home."""
    if record.geometry is None:
        return
    shape = on_grid(shapely.transform(record.geometry, lambda xy: xy / _MILLIMETRES))
    if context.boundary is None or shapely.intersects(context.boundary, shape):
        yield Proposed((alter(record, shape=shape),), is_certain=context.boundary is not None)
