"""Borders that meet given each other's vertices: where a corner lies on another's edge, that edge gets a vertex."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodesy.shaping.vertices import HAIR_M, Points, insert_corners, segments_of

Key = TypeVar("Key")


def knit_areas(
    around: Mapping[Key, BaseGeometry],
    changed: Mapping[Key, BaseGeometry],
    before: Mapping[Key, BaseGeometry],
) -> dict[Key, BaseGeometry]:
    """Return the areas that get vertices because of what has ``changed``, as they then are; metres of a zone.

    Only edges that an area did not have ``before`` are looked at, all of one that is new: corners of others within a
    hair of them come into them, and their ends into the edges of others. Other edges stay as they are. Parts of one
    whole, whose shape ``before`` is the same object, have the same vertices already and give each other none.
    """
    now: dict[Key, Any] = {**around, **changed}
    for key in changed:
        fresh = _fresh_edges(now[key], before.get(key))
        if not len(fresh):
            continue
        lines: Any = shapely.multilinestrings(list(fresh))
        strange = [other for other in now if other not in changed or before.get(other) is not before.get(key)]
        near = [other for other in strange if shapely.dwithin(now[other], lines, HAIR_M)]
        corners = np.unique(shapely.get_coordinates([now[other] for other in near]), axis=0)
        on_it = corners[shapely.dwithin(shapely.points(corners), lines, HAIR_M)] if len(corners) else corners
        now[key] = _with_corners(now[key], on_it)
        ends = np.unique(np.concatenate([fresh.reshape(-1, 2), on_it]), axis=0)
        now.update({other: _with_corners(now[other], ends) for other in near})
    given = {**around, **changed}
    return {key: shape for key, shape in now.items() if shape is not given[key]}


def _with_corners(shape: Any, points: Points) -> Any:
    """Return a shape with the corners that lie on its edges; a very thin one that would cross itself stays as it is."""
    found = insert_corners(shape, points)
    return found if found.is_valid or not shape.is_valid else shape


def _fresh_edges(shape: Any, before: Any) -> Points:
    """Return the edges ``(n, 2, 2)`` of an area that it did not have before, in either direction."""
    own = segments_of(shape)
    if before is None:
        return own
    known = {_undirected(edge) for edge in segments_of(before).tolist()}
    return own[[_undirected(edge) not in known for edge in own.tolist()]]


def _undirected(edge: Any) -> frozenset[tuple[float, ...]]:
    return frozenset(map(tuple, edge))
