"""The room between neighbours made a shape, with their very vertices, though hairlines run between them."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import GRID_M, on_grid
from geodesy.shaping.vertices import HAIR_M, Place, Points, edges_of, node_areas, rebuild, rings_of, segments_of

_SLIT_M = 0.02  # below it GEO-05 takes corners for one and the same: neighbours so far apart were meant to meet
_LONG_M = 0.3  # what is that narrow for longer is a slit between neighbours, and no corner of the room


def fill_room(neighbours: Sequence[BaseGeometry], place: tuple[float, float]) -> BaseGeometry:
    """Return the room that ``neighbours`` enclose around a place, with their very vertices; metres of a zone.

    Where neighbours miss each other by the rounding of their coordinates, the room ends at the mouth of the slit. Raise
    ``UserError`` ROOM-TAKEN when the place lies in one of them, ROOM-OPEN when they do not enclose it.
    """
    spot = shapely.Point(place)
    near = list(neighbours)
    if near and shapely.intersects(near, spot).any():
        raise UserError("ROOM-TAKEN")
    face = _face_around(near, [], spot)
    if face is None:
        near = node_areas(near)
        face = _face_around(near, _bridges(near), spot)
    if face is None:
        raise UserError("ROOM-OPEN")
    beside = node_areas([shape for shape in near if shapely.dwithin(shape, face, HAIR_M)])
    whole = _face_around(beside, [], spot)
    closed = _face_around(beside, _bridges(beside), spot)
    if whole is None or (closed is not None and _has_slit(whole, closed)):
        whole = closed
    if whole is None:
        raise UserError("ROOM-OPEN")
    known = {frozenset(map(tuple, edge)) for edge in segments_of(beside).tolist()}
    room: BaseGeometry = rebuild(on_grid(whole), lambda ring: _without_hairs(shapely.get_coordinates(ring), known))
    return room


def _face_around(areas: Sequence[Any], bridges: Sequence[Any], spot: shapely.Point) -> Any:
    """Return what borders and bridges enclose around a place, ``None`` when nothing does."""
    borders = shapely.union_all([*shapely.boundary(list(areas)), *bridges])
    for face in shapely.get_parts(shapely.polygonize(shapely.get_parts(borders))):
        if face.contains(spot):
            return face
    return None


def _bridges(areas: Sequence[Any]) -> list[Any]:
    """Return lines from corners across the slits between areas, to the nearest place of the other one's outline."""
    xy, owner = shapely.get_coordinates(areas, return_index=True)
    rings, area_of = rings_of(areas)
    edges, ring_of = edges_of(rings)
    points: Any = shapely.points(xy)
    edge, corner = shapely.STRtree(points).query(edges, predicate="dwithin", distance=_SLIT_M)
    across = (area_of[ring_of[edge]] != owner[corner]) & (shapely.distance(edges[edge], points[corner]) > 0)
    edges, start = edges[edge[across]], xy[corner[across]]
    away = shapely.line_locate_point(edges, shapely.points(start))
    long = shapely.length(edges)
    away[away <= HAIR_M] = 0
    away = np.where(away >= long - HAIR_M, long, away)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(edges, away))
    beyond = np.where((away > 0) & (away < long), GRID_M, 0.0) / np.maximum(np.hypot(*(foot - start).T), GRID_M)
    end = foot + (foot - start) * beyond[:, np.newaxis]  # a foot lies on its edge but for the last bits: cross it
    lines: Any = shapely.linestrings(np.stack([start, end], axis=1))
    return list(lines)


def _has_slit(whole: Any, closed: Any) -> bool:
    cut_off = shapely.get_parts(shapely.difference(whole, closed))
    return any(part.length > 2 * _LONG_M for part in cut_off)


def _without_hairs(ring: Points, known: Collection[frozenset[Place]]) -> Points:
    """Return a ring without those vertices within a hair of the one before that no edge of a neighbour joins."""
    kept = [tuple(ring[0].tolist())]
    for place in map(tuple, ring[1:].tolist()):
        if math.dist(kept[-1], place) > HAIR_M or frozenset((kept[-1], place)) in known:
            kept.append(place)
    if kept[-1] != kept[0]:
        kept[-1] = kept[0]
    return np.array(kept) if len(kept) > 3 else ring
