"""Changing part of a shape: a stretch of its outline, its holes, its parts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.cutting import insert_vertices

Points = npt.NDArray[np.float64]


def replace_stretch(shape: BaseGeometry, line: BaseGeometry) -> BaseGeometry:
    """Return a shape whose outline follows ``line`` between the first and the last place where they meet.

    In metres of a zone, on the grid. Of the two areas that this could mean the larger one is taken: a line outside
    adds, a line inside takes away. Of a multi-part shape the part changes that the line meets most often. Raise
    ``UserError`` STRETCH-MISSES when they do not meet twice, CUT-POINT for a point.
    """
    if not shape.length:
        raise UserError("CUT-POINT")
    line = on_grid(line)
    parts = list(shapely.get_parts(shape))
    meetings = [_meetings(part, line) for part in parts]
    place = max(range(len(parts)), key=lambda number: len(meetings[number]))
    if len(meetings[place]) < 2:
        raise UserError("STRETCH-MISSES")
    change = _replace_in_area if shape.area else _replace_in_line
    parts[place] = change(parts[place], line, meetings[place])
    return _gathered(shape, parts)


def cut_hole(shape: BaseGeometry, hole: BaseGeometry) -> BaseGeometry:
    """Return an area without ``hole``, which must lie within it; raise ``UserError`` HOLE-OUTSIDE otherwise."""
    hole = _sound_area(hole)
    if not shape.area or not any(shapely.contains_properly(part, hole) for part in shapely.get_parts(shape)):
        raise UserError("HOLE-OUTSIDE")
    return on_grid(shapely.difference(shape, hole))


def fill_hole(shape: BaseGeometry, place: tuple[float, float]) -> BaseGeometry:
    """Return an area without the hole around a place; raise ``UserError`` HOLE-NONE when there is none."""
    spot = shapely.Point(place)
    parts = list(shapely.get_parts(shape))
    for number, part in enumerate(parts):
        if part.geom_type != "Polygon":
            continue
        kept = [ring for ring in part.interiors if not shapely.Polygon(ring).contains(spot)]
        if len(kept) < len(part.interiors):
            parts[number] = shapely.Polygon(part.exterior, kept)
            return _gathered(shape, parts)
    raise UserError("HOLE-NONE")


def add_part(shape: BaseGeometry, part: BaseGeometry) -> BaseGeometry:
    """Return a multi-part shape with one part more; raise ``UserError`` PART-OVERLAPS when they share an area.

    A part of an area that touches others along a border becomes one with them.
    """
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


def _meetings(part: Any, line: Any) -> Points:
    """Return where ``line`` meets the outline of a part, in the order along ``line``, on the grid."""
    outline = part.exterior if part.geom_type == "Polygon" else part
    met = np.unique(np.round(shapely.get_coordinates(shapely.intersection(outline, line)), 4) + 0.0, axis=0)
    along = shapely.line_locate_point(line, shapely.points(met)) if len(met) else np.zeros(0)
    return met[np.argsort(along, kind="stable")]


def _between(line: Any, first: Points, last: Points) -> Points:
    """Return the vertices of ``line`` from one of its points to a later one."""
    xy = shapely.get_coordinates(insert_vertices(line, np.array([first, last]), reach=2 * GRID_M))
    begin = int(np.flatnonzero((xy == first).all(axis=1))[0])
    end = int(np.flatnonzero((xy == last).all(axis=1))[-1])
    return xy[begin : end + 1]


def _replace_in_area(part: Any, line: Any, met: Points) -> Any:
    first, last = met[0], met[-1]
    ring = shapely.get_coordinates(insert_vertices(part.exterior, met[[0, -1]], reach=2 * GRID_M))[:-1]
    begin = int(np.flatnonzero((ring == first).all(axis=1))[0])
    ring = np.roll(ring, -begin, axis=0)
    end = int(np.flatnonzero((ring == last).all(axis=1))[0])
    stretch = _between(line, first, last)
    one = np.concatenate([stretch, ring[end + 1 :]])
    other = np.concatenate([stretch, ring[1:end][::-1]])
    areas = [shapely.Polygon(path) for path in (one, other) if len(path) > 2]
    sound = [area for area in areas if area.is_valid and area.area]
    if not sound:
        raise UserError("SKETCH-CROSSES")
    largest = max(sound, key=lambda area: area.area)
    holes = [ring for ring in part.interiors if largest.contains(shapely.Polygon(ring))]
    return shapely.Polygon(largest.exterior, holes)


def _replace_in_line(part: Any, line: Any, met: Points) -> Any:
    xy = shapely.get_coordinates(insert_vertices(part, met[[0, -1]], reach=2 * GRID_M))
    places = [int(np.flatnonzero((xy == point).all(axis=1))[0]) for point in (met[0], met[-1])]
    stretch = _between(line, met[0], met[-1])
    if places[0] > places[1]:
        places, stretch = places[::-1], stretch[::-1]
    return shapely.LineString(np.concatenate([xy[: places[0]], stretch, xy[places[1] + 1 :]]))
