"""What a point being drawn sticks to: vertices, crossings, middles, feet of perpendiculars, edges, extensions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from desktop.map.hit_grid import Edges, HitGrid, distance_to_segments, nearest_on_segments
from geodesy.shaping.vertices import HAIR_M

_MOST = 20_000  # records near the cursor beyond which nothing is snapped to: the map is too small for it
_CROSSED_AT_MOST = 60  # edges under the cursor among which crossings are looked for
_FAR = 12.0  # how many reaches away an edge may end whose extension is followed

Points = npt.NDArray[np.float64]
Segments = npt.NDArray[np.float64]
Place = tuple[float, float]


class SnapKind(StrEnum):
    """What was met, the most wanted first."""

    VERTEX = "vertex"
    INTERSECTION = "intersection"
    MIDPOINT = "midpoint"
    PERPENDICULAR = "perpendicular"
    EDGE = "edge"
    EXTENSION = "extension"


ALL_KINDS = frozenset(SnapKind)
USUAL_KINDS = frozenset({SnapKind.VERTEX, SnapKind.INTERSECTION, SnapKind.EDGE})


@dataclass(frozen=True, slots=True)
class Snap:
    """A place to stick to, in metres; a vertex is met bit by bit, all others lie on the grid."""

    x: float
    y: float
    kind: SnapKind


@dataclass(frozen=True, slots=True)
class Target:
    """Records that may be snapped to, but for those at the places ``except_for``."""

    grid: HitGrid
    except_for: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sketched:
    """What is being drawn: its vertices ``(n, 2)`` that may be met, and the points before the cursor, latest last."""

    loose: Points
    before: Sequence[Place] = ()


NOTHING_SKETCHED = Sketched(np.empty((0, 2)))


def find_snap(
    x: float,
    y: float,
    reach: float,
    targets: Iterable[Target],
    *,
    kinds: frozenset[SnapKind] = USUAL_KINDS,
    sketched: Sketched = NOTHING_SKETCHED,
    moving: Points | None = None,
) -> Snap | None:
    """Return what lies within ``reach`` metres of a point, of the most wanted kind that is there, and nearest.

    Vertices at the places ``moving`` ``(n, 2)``, and the edges that end there or run through, move with the hand in
    whichever record they are: nothing sticks to them.
    """
    targets = list(targets)
    edges = _segments_near(targets, x, y, reach)
    loose = edges[:0, :2]
    if moving is not None and len(moving):
        stays = _is_away(edges, moving)
        loose = _ends_away(edges[~stays], moving)
        edges = edges[stays]
    for kind in SnapKind:
        if kind not in kinds:
            continue
        found = _candidates(kind, edges, targets, (x, y), reach, sketched)
        if kind is SnapKind.VERTEX:
            found = np.concatenate([found, loose])
        if not len(found):
            continue
        distance = np.hypot(found[:, 0] - x, found[:, 1] - y)
        nearest = int(np.argmin(distance))
        if distance[nearest] <= reach:
            place = found[nearest] if kind == SnapKind.VERTEX else np.round(found[nearest], 4) + 0.0
            return Snap(float(place[0]), float(place[1]), kind)
    return None


def _is_away(edges: Segments, moving: Points) -> npt.NDArray[np.bool_]:
    """Return which edges come within a hair of none of the places."""
    stays = np.ones(len(edges), dtype=bool)
    for place in moving:
        stays &= distance_to_segments(*place.tolist(), edges) > HAIR_M
    return stays


def _ends_away(edges: Segments, moving: Points) -> Points:
    """Return the other ends of edges that move at one end."""
    ends = edges.reshape(-1, 2)
    return ends[[bool((np.hypot(*(moving - end).T) > HAIR_M).all()) for end in ends]]


def _candidates(
    kind: SnapKind, edges: Segments, targets: Sequence[Target], at: Place, reach: float, sketched: Sketched
) -> Points:
    """Return places of a kind near the cursor, ``(n, 2)``."""
    x, y = at
    match kind:
        case SnapKind.VERTEX:
            return np.concatenate([edges[:, :2], edges[:, 2:], sketched.loose.reshape(-1, 2)])
        case SnapKind.MIDPOINT:
            real = edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)]
            return (real[:, :2] + real[:, 2:]) / 2
        case SnapKind.EDGE:
            return np.column_stack(nearest_on_segments(x, y, edges)) if len(edges) else np.empty((0, 2))
        case SnapKind.INTERSECTION:
            return _crossings(_under(edges, at, reach))
        case SnapKind.PERPENDICULAR:
            return _feet(edges, sketched.before[-1]) if sketched.before else np.empty((0, 2))
        case SnapKind.EXTENSION:
            return _extensions(_segments_near(targets, x, y, reach * _FAR), at, sketched)


def _segments_near(targets: Sequence[Target], x: float, y: float, reach: float) -> Segments:
    found = [_edges_near(target, x, y, reach).segments for target in targets]
    return np.concatenate([np.empty((0, 4)), *(item for item in found if len(item))])


def _edges_near(target: Target, x: float, y: float, reach: float) -> Edges:
    places = target.grid.find((x - reach, y - reach, x + reach, y + reach))
    if target.except_for:
        places = places[~np.isin(places, list(target.except_for))]
    if len(places) > _MOST:
        places = places[:0]
    return target.grid.edges(places)


def _under(edges: Segments, at: Place, reach: float) -> Segments:
    """Return the edges that pass within ``reach`` of the cursor, the nearest ones when they are many."""
    if not len(edges):
        return edges
    px, py = nearest_on_segments(*at, edges)
    distance = np.hypot(px - at[0], py - at[1])
    near = np.flatnonzero(distance <= reach)
    return edges[near[np.argsort(distance[near], kind="stable")[:_CROSSED_AT_MOST]]]


def _crossings(edges: Segments) -> Points:
    """Return where two of the edges cross, ends excepted: those are vertices."""
    if len(edges) < 2:
        return np.empty((0, 2))
    one, other = np.triu_indices(len(edges), 1)
    x, y = edges[one, 0], edges[one, 1]
    dx, dy = edges[one, 2] - x, edges[one, 3] - y
    u, v = edges[other, 0], edges[other, 1]
    du, dv = edges[other, 2] - u, edges[other, 3] - v
    turn = dx * dv - dy * du
    crossing = turn != 0
    safe = np.where(crossing, turn, 1.0)
    along = ((u - x) * dv - (v - y) * du) / safe
    across = ((u - x) * dy - (v - y) * dx) / safe
    crossing &= (along > 0) & (along < 1) & (across > 0) & (across < 1)
    return np.column_stack([x + along * dx, y + along * dy])[crossing]


def _feet(edges: Segments, base: Place) -> Points:
    """Return the feet, on the edges themselves, of the perpendiculars from a point."""
    x, y = edges[:, 0], edges[:, 1]
    dx, dy = edges[:, 2] - x, edges[:, 3] - y
    square = dx * dx + dy * dy
    along = np.divide((base[0] - x) * dx + (base[1] - y) * dy, square, out=np.full(len(x), -1.0), where=square > 0)
    return np.column_stack([x + along * dx, y + along * dy])[(along >= 0) & (along <= 1)]


def _extensions(edges: Segments, at: Place, sketched: Sketched) -> Points:
    """Return the nearest points on the lines of edges beyond their ends, the last stretch of the sketch among them."""
    if len(sketched.before) > 1:
        edges = np.vstack([edges, [(*sketched.before[-2], *sketched.before[-1])]])
    x, y = edges[:, 0], edges[:, 1]
    dx, dy = edges[:, 2] - x, edges[:, 3] - y
    square = dx * dx + dy * dy
    along = np.divide((at[0] - x) * dx + (at[1] - y) * dy, square, out=np.zeros(len(x)), where=square > 0)
    return np.column_stack([x + along * dx, y + along * dy])[(along < 0) | (along > 1)]
