"""Cutting a shape along a line: the parts meet in the same vertices, bit by bit, and all lie on the grid."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.vertices import (
    HAIR_M,
    Meeting,
    Points,
    as_points,
    bring_together,
    drop_vertices,
    expect_sound,
    places_of,
    seam_places,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cut makes of a shape: its parts, and the vertices ``(n, 2)`` that the cut put on its outline.

    A neighbour that shares the outline there needs the same vertices, or a sliver opens (``insert_vertices``).
    """

    parts: tuple[BaseGeometry, ...]
    nodes: Points


def cut_shape(shape: BaseGeometry, line: BaseGeometry) -> Cut:
    """Cut an area or a line along ``line``; both in metres of a zone, the shape on the grid; the largest comes first.

    The line may end on the outline. Vertices that the cut makes are rounded to the grid, so that an area's parts
    together differ from it by less than 0.1 mm times its length. Parts of a multi-part shape that the line does not
    divide stay with the largest. Raise ``UserError`` CUT-MISSES when nothing is cut, CUT-THIN when a part would be
    thinner or shorter than a millimetre, CUT-POINT for a point, SHAPE-UNSOUND.
    """
    if not shape.length:
        raise UserError("CUT-POINT")
    expect_sound(shape)
    cut = (_cut_area if shape.area else _cut_line)(shape, bring_together(shape, line))
    if any(_width(part) < HAIR_M for piece in cut.parts for part in shapely.get_parts(piece)):
        raise UserError("CUT-THIN")
    return cut


def _width(part: Any) -> float:
    """Return how wide an area is on average, or how long a line is."""
    return float(2 * part.area / part.length if part.area else part.length)


def _cut_area(shape: Any, meeting: Meeting) -> Cut:
    cut: list[Any] = []
    alone: list[Any] = []
    for before, part in zip(shapely.get_parts(shape), shapely.get_parts(meeting.shape), strict=True):
        faces = _faces(part, meeting.line)
        alone += [before] if len(faces) < 2 else []
        cut += faces if len(faces) > 1 else []
    if not cut:
        raise UserError("CUT-MISSES")
    made = set.union(*map(places_of, cut)) - places_of(shape)
    seam = seam_places(cut)
    cut = [drop_vertices(part, made - seam) for part in cut]  # where the line only touched, nothing was cut
    cut.sort(key=lambda part: -part.area)
    if alone:
        cut[0] = shapely.MultiPolygon([cut[0], *alone])
    nodes = as_points(made & seam)
    on_outline = shapely.dwithin(shapely.points(nodes), shape.boundary, GRID_M)
    return Cut(tuple(cut), nodes[on_outline])


def _faces(part: Any, line: Any) -> list[Any]:
    """Return what a line makes of one polygon."""
    noded = shapely.union_all([part.boundary, line], grid_size=GRID_M)
    faces = on_grid(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))
    return [face for face in faces if part.covers(shapely.point_on_surface(face))]


def _cut_line(shape: Any, meeting: Meeting) -> Cut:
    cut: list[Any] = []
    alone: list[Any] = []
    wanted = {tuple(place) for place in meeting.places.tolist()}
    for before, part in zip(shapely.get_parts(shape), shapely.get_parts(meeting.shape), strict=True):
        pieces = _pieces(shapely.get_coordinates(part), wanted)
        alone += [before] if len(pieces) < 2 else []
        cut += pieces if len(pieces) > 1 else []
    if not cut:
        raise UserError("CUT-MISSES")
    ends = {tuple(xy) for piece in cut for xy in shapely.get_coordinates(piece)[[0, -1]].tolist()} & wanted
    cut = [drop_vertices(piece, places_of(piece) - places_of(shape) - ends) for piece in cut]
    cut.sort(key=lambda piece: -piece.length)
    if alone:
        cut[0] = shapely.MultiLineString([cut[0], *alone])
    return Cut(tuple(cut), as_points(ends))


def _pieces(xy: Points, wanted: set[tuple[float, ...]]) -> list[Any]:
    """Return a line in pieces between ``wanted`` vertices; a closed one does not end where its vertices begin."""
    inner = [place for place, point in enumerate(map(tuple, xy[:-1].tolist())) if point in wanted and place]
    if not inner:
        return [shapely.LineString(xy)]
    if (xy[0] == xy[-1]).all() and tuple(xy[0].tolist()) not in wanted:
        xy = np.concatenate([xy[inner[0] : -1], xy[: inner[0] + 1]])
        inner = [place - inner[0] for place in inner[1:]]
    edges = [0, *inner, len(xy) - 1]
    return [shapely.LineString(xy[a : b + 1]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
