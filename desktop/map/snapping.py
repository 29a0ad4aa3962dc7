"""What a point being drawn sticks to: a vertex near the cursor, or else the nearest point of an edge."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from desktop.map.hit_grid import Edges, HitGrid, nearest_on_segments

_MOST = 20_000  # records near the cursor beyond which nothing is snapped to: the map is too small for it


class SnapKind(StrEnum):
    """What was met."""

    VERTEX = "vertex"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class Snap:
    """A place to stick to, in metres; a vertex is met bit by bit."""

    x: float
    y: float
    kind: SnapKind


@dataclass(frozen=True, slots=True)
class Target:
    """Records that may be snapped to, but for those at the places ``except_for``."""

    grid: HitGrid
    except_for: frozenset[int] = frozenset()


def find_snap(
    x: float, y: float, reach: float, targets: Iterable[Target], *, loose: npt.NDArray[np.float64] | None = None
) -> Snap | None:
    """Return what lies within ``reach`` metres of a point: the nearest vertex, or the nearest point of an edge.

    ``loose`` are further vertices ``(n, 2)``, such as those of the sketch being drawn.
    """
    edges = [item for item in (_edges_near(target, x, y, reach) for target in targets) if len(item.segments)]
    vertices = [np.concatenate([item.segments[:, :2], item.segments[:, 2:]]) for item in edges]
    if loose is not None and len(loose):
        vertices.append(np.asarray(loose, dtype=np.float64))
    if vertices:
        points = np.concatenate(vertices)
        distance = np.hypot(points[:, 0] - x, points[:, 1] - y)
        nearest = int(np.argmin(distance))
        if distance[nearest] <= reach:
            return Snap(float(points[nearest, 0]), float(points[nearest, 1]), SnapKind.VERTEX)
    if edges:
        px, py = nearest_on_segments(x, y, np.concatenate([item.segments for item in edges]))
        distance = np.hypot(px - x, py - y)
        nearest = int(np.argmin(distance))
        if distance[nearest] <= reach:
            return Snap(float(px[nearest]), float(py[nearest]), SnapKind.EDGE)
    return None


def _edges_near(target: Target, x: float, y: float, reach: float) -> Edges:
    places = target.grid.find((x - reach, y - reach, x + reach, y + reach))
    if target.except_for:
        places = places[~np.isin(places, list(target.except_for))]
    if len(places) > _MOST:
        places = places[:0]
    return target.grid.edges(places)
