"""One shape from several drawn paths: the parts of a line or an area, and the holes of an area."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.arrays import Kind
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.vertices import Points


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """Vertices ``(n, 2)`` in metres of a zone, of a ring the first one not repeated; a part, or a hole in one."""

    xy: Points
    is_hole: bool = False


def assemble_shape(kind: Kind, paths: Sequence[DrawnPath]) -> BaseGeometry:
    """Return the line or area that ``paths`` make together, on the grid; single when it has one part.

    Vertices stay in the order in which they were drawn. A hole belongs to the part around it, and a part may stand in
    a hole; parts that touch along a border become one. Raise ``UserError`` SKETCH-CROSSES for a ring that crosses
    itself, HOLE-OUTSIDE for a hole that lies within no part, PART-OVERLAPS for parts that share ground.
    """
    if kind == "polygon":
        return _assemble_area(paths)
    lines: list[Any] = [on_grid(shapely.LineString(path.xy)) for path in paths]
    found: BaseGeometry = lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    return found


def _assemble_area(paths: Sequence[DrawnPath]) -> BaseGeometry:
    parts: list[Any] = []
    for path in paths:
        area: Any = on_grid(shapely.Polygon(path.xy))
        if not area.is_valid or not area.area:
            raise UserError("SKETCH-CROSSES")
        if path.is_hole:
            around = next((at for at, part in enumerate(parts) if part.contains_properly(area)), None)
            if around is None:
                raise UserError("HOLE-OUTSIDE")
            parts[around] = shapely.Polygon(parts[around].exterior, [*parts[around].interiors, area.exterior])
        elif any(shapely.area(shapely.intersection(part, area)) > GRID_M for part in parts):
            raise UserError("PART-OVERLAPS")
        else:
            parts.append(area)
    found: BaseGeometry = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return found if found.is_valid else on_grid(shapely.union_all(parts))
