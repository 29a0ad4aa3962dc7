"""Changing part of a shape: a stretch of its outline, its holes, its parts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.vertices import Points, bring_together, expect_sound, places_of


def replace_stretch(shape: BaseGeometry, line: BaseGeometry) -> BaseGeometry:
    """Return a shape whose outline follows ``line`` between the first and the last place where they meet.

    In metres of a zone, on the grid; the line may begin and end on the outline or across it. Of the two areas that
    this could mean the larger one is taken: a line outside adds, a line inside takes away. Holes stay holes, and one
    that the line crosses becomes a bay. Of a multi-part shape the part changes that the line meets most often. Raise
    ``UserError`` STRETCH-MISSES when they do not meet twice, SKETCH-CROSSES when no area comes of it, PART-OVERLAPS
    when it would lie over another part, CUT-POINT for a point, SHAPE-UNSOUND.
    """
    if not shape.length:
        raise UserError("CUT-POINT")
    expect_sound(shape)
    meeting = bring_together(shape, line)
    parts = list(shapely.get_parts(shape))
    ready = list(shapely.get_parts(meeting.shape))
    met = [_in_order(part, meeting.line, meeting.places) for part in ready]
    place = max(range(len(parts)), key=lambda number: len(met[number]))
    if len(met[place]) < 2:
        raise UserError("STRETCH-MISSES")
    ends = met[place][[0, -1]]
    if shape.area:
        parts[place] = _replace_in_area(ready[place].exterior, parts[place].interiors, meeting.line, ends)
    else:
        parts[place] = _replace_in_line(ready[place], meeting.line, ends)
    found = _gathered(shape, [part for changed in parts for part in shapely.get_parts(changed)])
    if shape.is_valid and not found.is_valid:
        raise UserError("PART-OVERLAPS")
    return found


def cut_hole(shape: BaseGeometry, hole: BaseGeometry) -> BaseGeometry:
    """Return an area without ``hole``, which must lie within it.

    Raise ``UserError`` HOLE-OUTSIDE otherwise, SKETCH-CROSSES or SHAPE-UNSOUND for what is no sound area.
    """
    expect_sound(shape)
    hole = _sound_area(hole)
    if not shape.area or not any(shapely.contains_properly(part, hole) for part in shapely.get_parts(shape)):
        raise UserError("HOLE-OUTSIDE")
    return on_grid(shapely.difference(shape, hole))


def fill_hole(shape: BaseGeometry, place: tuple[float, float]) -> BaseGeometry:
    """Return an area without the hole around a place; raise ``UserError`` HOLE-NONE when there is none.

    Parts that stood in the hole become one with what fills it.
    """
    spot = shapely.Point(place)
    parts = list(shapely.get_parts(shape))
    for number, part in enumerate(parts):
        if part.geom_type != "Polygon":
            continue
        kept = [ring for ring in part.interiors if not shapely.Polygon(ring).contains(spot)]
        if len(kept) < len(part.interiors):
            parts[number] = shapely.Polygon(part.exterior, kept)
            others = [other for other in parts if other is not parts[number] and not parts[number].covers(other)]
            return _gathered(shape, [parts[number], *others])
    raise UserError("HOLE-NONE")


def add_part(shape: BaseGeometry, part: BaseGeometry) -> BaseGeometry:
    """Return a multi-part shape with one part more; a part that touches others along a border becomes one with them.

    Raise ``UserError`` PART-OVERLAPS when they share an area, PART-KIND when one is a line and one an area, or for
    points, SKETCH-CROSSES or SHAPE-UNSOUND for what is no sound area.
    """
    if not part.length or shapely.get_dimensions(shape) != shapely.get_dimensions(part):
        raise UserError("PART-KIND")
    expect_sound(shape)
    if shape.area:
        part = _sound_area(part)
        if shapely.area(shapely.intersection(shape, part)) > GRID_M:
            raise UserError("PART-OVERLAPS")
        return on_grid(shapely.union(shape, part))
    return _gathered(shape, [*shapely.get_parts(shape), on_grid(part)])


def remove_part(shape: BaseGeometry, place: tuple[float, float]) -> BaseGeometry:
    """Return a shape without the part nearest to a place; raise ``UserError`` PART-LAST when it is the only one."""
    parts = list(shapely.get_parts(shape))
    if len(parts) < 2:
        raise UserError("PART-LAST")
    nearest = int(np.argmin(shapely.distance(parts, shapely.Point(place))))
    del parts[nearest]
    return _gathered(shape, parts)


def _sound_area(area: Any) -> Any:
    found = on_grid(area)
    if not found.is_valid or not found.area:
        raise UserError("SKETCH-CROSSES")
    return found


def _gathered(shape: Any, parts: Sequence[Any]) -> BaseGeometry:
    """Return parts as one shape of the family of ``shape``, single when there is one."""
    found: BaseGeometry = parts[0]
    if len(parts) > 1:
        found = shapely.MultiPolygon(parts) if shape.area else shapely.MultiLineString(parts)
    return found


def _in_order(part: Any, line: Any, places: Points) -> Points:
    """Return those of ``places`` that are vertices of a part's outline, in the order along ``line``."""
    outline = part.exterior if part.geom_type == "Polygon" else part
    known = places_of(outline)
    met = np.array([place for place in places.tolist() if tuple(place) in known]).reshape(-1, 2)
    return met[np.argsort(shapely.line_locate_point(line, shapely.points(met)), kind="stable")]


def _between(line: Any, ends: Points) -> Points:
    """Return the vertices of ``line`` from one of its vertices to a later one."""
    xy = shapely.get_coordinates(line)
    begin = int(np.flatnonzero((xy == ends[0]).all(axis=1))[0])
    end = int(np.flatnonzero((xy == ends[1]).all(axis=1))[-1])
    return xy[begin : end + 1]


def _replace_in_area(outline: Any, holes: Sequence[Any], line: Any, ends: Points) -> Any:
    ring = shapely.get_coordinates(outline)[:-1]
    ring = np.roll(ring, -int(np.flatnonzero((ring == ends[0]).all(axis=1))[0]), axis=0)
    end = int(np.flatnonzero((ring == ends[1]).all(axis=1))[0])
    stretch = _between(line, ends)
    one = np.concatenate([stretch, ring[end + 1 :]])
    other = np.concatenate([stretch, ring[1:end][::-1]])
    areas = [shapely.Polygon(path) for path in (one, other) if len(path) > 2]
    sound = [area for area in areas if area.is_valid and area.area]
    if not sound:
        raise UserError("SKETCH-CROSSES")
    largest = max(sound, key=lambda area: area.area)
    rooms = [shapely.Polygon(hole) for hole in holes]
    found = shapely.Polygon(largest.exterior, [room.exterior for room in rooms if largest.contains_properly(room)])
    crossed = [room for room in rooms if not largest.contains_properly(room) and largest.intersects(room)]
    return on_grid(shapely.difference(found, shapely.union_all(crossed))) if crossed else found


def _replace_in_line(part: Any, line: Any, ends: Points) -> Any:
    xy = shapely.get_coordinates(part)
    places = [int(np.flatnonzero((xy == point).all(axis=1))[0]) for point in ends]
    stretch = _between(line, ends)
    if places[0] > places[1]:
        places, stretch = places[::-1], stretch[::-1]
    return shapely.LineString(np.concatenate([xy[: places[0]], stretch, xy[places[1] + 1 :]]))
