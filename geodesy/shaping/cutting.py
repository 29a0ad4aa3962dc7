"""Cutting a shape along a line: the parts meet in the same vertices, bit by bit, and all lie on the grid."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cut makes of a shape: its parts, and the vertices ``(n, 2)`` that the cut put on its outline.

    A neighbour that shares the outline there needs the same vertices, or a sliver opens (``insert_vertices``).
    """

    parts: tuple[BaseGeometry, ...]
    nodes: Points


def cut_shape(shape: BaseGeometry, line: BaseGeometry) -> Cut:
    """Cut an area or a line along ``line``; both in metres of a zone, the shape on the grid.

    Vertices that the cut makes are rounded to the grid, so that an area's parts together differ from it by less than
    0.1 mm times its length. Parts of a multi-part area that the line leaves alone stay with the largest part. Raise
    ``UserError`` CUT-MISSES when nothing is cut, CUT-POINT for a point.
    """
    if shape.area:
        return _cut_area(shape, on_grid(line))
    if shape.length:
        return _cut_line(shape, on_grid(line))
    raise UserError("CUT-POINT")


def insert_vertices(shape: BaseGeometry, points: Points, reach: float = GRID_M) -> BaseGeometry:
    """Return a line or area with ``points`` ``(n, 2)`` as vertices, wherever its outline runs within ``reach`` of one.

    A point that is a vertex already changes nothing; no other vertex moves. The same object comes back when there is
    nothing to insert.
    """
    inserted = False

    def with_points(path: BaseGeometry) -> Points:
        nonlocal inserted
        xy = shapely.get_coordinates(path)
        found = _inserted(xy, points, reach)
        inserted = inserted or len(found) != len(xy)
        return found

    built: BaseGeometry = rebuild(shape, with_points)
    return built if inserted else shape


def rebuild(shape: Any, change: Callable[[Any], Points]) -> Any:
    """Return a shape of the same kind from its paths (lines, or rings) after ``change``, which gets each as a line."""
    if shape.geom_type == "Polygon":
        return shapely.Polygon(change(shape.exterior), [change(ring) for ring in shape.interiors])
    if shape.geom_type in ("LineString", "LinearRing"):
        return shapely.LineString(change(shape))
    if shape.geom_type == "MultiPolygon":
        return shapely.MultiPolygon([rebuild(part, change) for part in shape.geoms])
    if shape.geom_type == "MultiLineString":
        return shapely.MultiLineString([change(part) for part in shape.geoms])
    return shape


def _inserted(xy: Points, points: Points, reach: float) -> Points:
    for point in np.asarray(points, dtype=np.float64).reshape(-1, 2):
        if (xy == point).all(axis=1).any():
            continue
        start, step = xy[:-1], np.diff(xy, axis=0)
        length = (step**2).sum(axis=1)
        along = np.divide(((point - start) * step).sum(axis=1), length, out=np.zeros(len(start)), where=length > 0)
        away = np.hypot(*(start + along.clip(0, 1)[:, np.newaxis] * step - point).T)
        away[(along <= 0) | (along >= 1)] = np.inf
        place = int(np.argmin(away)) if len(away) else 0
        if len(away) and away[place] <= reach:
            xy = np.insert(xy, place + 1, point, axis=0)
    return xy


def _cut_area(shape: Any, line: Any) -> Cut:
    noded = shapely.union_all([shape.boundary, line], grid_size=GRID_M)
    faces = on_grid(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))
    inner = [face for face in faces if shape.covers(shapely.point_on_surface(face))]
    whole = shapely.get_parts(shape)
    alone = [part for part in whole if not shapely.intersects(part, line)]
    cut = [face for face in inner if not any(shapely.covers(part, shapely.point_on_surface(face)) for part in alone)]
    if len(cut) < 2 or len(cut) <= len(whole) - len(alone):
        raise UserError("CUT-MISSES")
    cut.sort(key=lambda part: -part.area)
    if alone:
        cut[0] = shapely.MultiPolygon([cut[0], *alone])
    known = {tuple(xy) for xy in shapely.get_coordinates(shape).tolist()}
    made = {tuple(xy) for part in cut for xy in shapely.get_coordinates(part).tolist()} - known
    points = np.array(sorted(made)).reshape(-1, 2)
    on_outline = shapely.dwithin(shapely.points(points), shape.boundary, GRID_M) if len(points) else np.zeros(0, bool)
    return Cut(tuple(cut), points[on_outline])


def _cut_line(shape: Any, line: Any) -> Cut:
    met = shapely.get_coordinates(shapely.intersection(shape, line))
    nodes = np.unique(np.round(met, 4) + 0.0, axis=0)
    pieces: list[BaseGeometry] = []
    for part in shapely.get_parts(shape):
        pieces += _pieces(shapely.get_coordinates(insert_vertices(part, nodes)), nodes)
    if len(pieces) <= len(shapely.get_parts(shape)):
        raise UserError("CUT-MISSES")
    return Cut(tuple(sorted(pieces, key=lambda piece: -piece.length)), nodes)


def _pieces(xy: Points, nodes: Points) -> list[BaseGeometry]:
    wanted = {tuple(node) for node in nodes.tolist()}
    ends = [place for place, point in enumerate(map(tuple, xy.tolist())) if point in wanted and 0 < place < len(xy) - 1]
    edges = [0, *ends, len(xy) - 1]
    return [shapely.LineString(xy[a : b + 1]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
