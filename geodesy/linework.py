"""Linework as it is drawn, made into what it means: lines joined again, outlines closed, faces found, strays named.

Everything is in the plane and in the file's own unit: whoever calls turns metres into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

FAR_SPANS = 3.0
"""How many times the width of a drawing's main part something must be away from the rest to be far."""
MAIN_SHARE = 0.7
"""The part of all shapes that makes the main part."""


def find_far(shapes: Shapes, least_span: float) -> npt.NDArray[np.bool_]:
    """Return which shapes lie far from all others: stray clicks, title blocks, things at the origin.

    In each direction the narrowest interval that holds seven tenths of the shapes is the main part, at least
    ``least_span`` wide; what joins it across gaps of up to three times its width belongs to it. Of fewer than five
    shapes none is far.
    """
    boxes = shapely.bounds(shapes)
    centres = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2])
    known = np.isfinite(centres).all(axis=1)
    far = ~known & ~shapely.is_missing(shapes)
    if known.sum() < 5:
        return np.asarray(far)
    for axis in (0, 1):
        low, high = _main_part(np.sort(centres[known, axis]), least_span)
        far[known] |= (centres[known, axis] < low) | (centres[known, axis] > high)
    return np.asarray(far)


def _main_part(values: Floats, least_span: float) -> tuple[float, float]:
    """Return where the main part of sorted ``values`` begins and ends."""
    held = int(np.ceil(MAIN_SHARE * len(values)))
    start = int(np.argmin(values[held - 1 :] - values[: len(values) - held + 1]))
    low, high = start, start + held - 1
    reach = max(float(values[high] - values[low]), least_span) * FAR_SPANS
    while low > 0 and values[low] - values[low - 1] <= reach:
        low -= 1
    while high < len(values) - 1 and values[high + 1] - values[high] <= reach:
        high += 1
    return float(values[low]), float(values[high])


def join_runs(lines: Sequence[Any], keys: Sequence[Any]) -> list[list[int]]:
    """Return which neighbouring lines are one that a format had to split: each begins exactly where the last ended.

    ``keys`` say what they have in common (level, colour); a line that is closed, or where a third line begins or
    ends at the seam, is never joined. Every place is in one group, in the order given.
    """
    ends: dict[tuple[Any, tuple[float, float]], int] = {}
    tips: list[tuple[Any, Any] | None] = []
    for line, key in zip(lines, keys, strict=True):
        xy = shapely.get_coordinates(line) if line is not None and line.geom_type == "LineString" else np.empty((0, 2))
        tip = (tuple(xy[0].tolist()), tuple(xy[-1].tolist())) if len(xy) > 1 else None
        tips.append(tip)
        for end in tip or ():
            ends[key, end] = ends.get((key, end), 0) + 1
    groups: list[list[int]] = []
    for place, tip in enumerate(tips):
        before = tips[groups[-1][-1]] if groups else None
        is_next = (
            tip is not None
            and before is not None
            and tip[0] != tip[1]
            and before[0] != before[1]
            and before[1] == tip[0]
            and keys[place] == keys[place - 1]
            and groups[-1][-1] == place - 1
            and ends[keys[place], tip[0]] == 2
            and tip[1] not in (tips[groups[-1][0]] or ())
        )
        if is_next:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def joined(lines: Sequence[Any]) -> Any:
    """Return lines that follow one another as one, each seam's vertex once."""
    parts = [shapely.get_coordinates(line, include_z=bool(shapely.has_z(line))) for line in lines]
    width = max(part.shape[1] for part in parts)
    parts = [part if part.shape[1] == width else np.column_stack([part, np.zeros(len(part))]) for part in parts]
    return shapely.linestrings(np.vstack([parts[0], *(part[1:] for part in parts[1:])]))


@dataclass(frozen=True, slots=True)
class Outlines:
    """Outlines made of lines: ``faces`` in their order, ``None`` where a line is none; ``gaps`` between first and last.

    A gap of 0 was closed as drawn; one up to the tolerance was closed here.
    """

    faces: Shapes
    gaps: Floats


def close_outlines(lines: Shapes, within: float) -> Outlines:
    """Return a polygon for each line that is closed, or open by at most ``within``; polygons are taken as they are."""
    faces = np.full(len(lines), None, dtype=object)
    gaps = np.zeros(len(lines))
    for place, line in enumerate(lines.tolist()):
        if line is None or line.is_empty:
            continue
        if line.geom_type in ("Polygon", "MultiPolygon"):
            faces[place] = line
            continue
        if line.geom_type != "LineString":
            gaps[place] = np.inf
            continue
        xy = shapely.get_coordinates(line)
        gaps[place] = float(np.hypot(*(xy[0] - xy[-1])))
        corners = xy[:-1] if gaps[place] == 0 else xy
        if gaps[place] <= within and len(np.unique(corners, axis=0)) >= 3:
            if gaps[place] > 0 and len(xy) > 3:
                corners = xy[:-1]  # the last was meant to be the first
            faces[place] = shapely.Polygon(np.vstack([corners, corners[:1]]))
    return Outlines(faces, gaps)


@dataclass(frozen=True, slots=True)
class Faces:
    """What linework encloses: ``faces`` share their edges bit by bit; ``dangles`` are lines that end in the open.

    ``closings`` are the short pieces that were added where a line ended just before another.
    """

    faces: Shapes
    dangles: Shapes
    closings: Shapes


def build_faces(lines: Shapes, grid: float, within: float) -> Faces:
    """Return the faces of ``lines``, cut at every crossing on a grid, with holes where lines enclose others.

    An end that lies at most ``within`` before another line is led to it.
    """
    flat = shapely.force_2d(lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))])
    drawn = shapely.boundary(flat[shapely.get_dimensions(flat) == 2])
    flat = np.concatenate([flat[shapely.get_dimensions(flat) == 1], drawn])
    noded = _node(flat, grid)
    closings = _closings(noded, within, grid)
    if len(closings):
        noded = _node(np.concatenate([noded, closings]), grid)
    faces, cuts, dangles, _ = shapely.polygonize_full(noded)
    parts = shapely.get_parts(faces)
    loose = np.concatenate([shapely.get_parts(cuts), shapely.get_parts(dangles)])
    return Faces(parts[np.argsort(-shapely.area(parts), kind="stable")], loose, closings)


def _target(xy: Floats, tip: Any, line: Any, within: float) -> Floats:
    """Return where on a line an end is led to: its nearest vertex when that is near enough, else its nearest place."""
    vertices = shapely.get_coordinates(line)
    nearest = vertices[int(np.argmin(np.hypot(*(vertices - xy).T)))]
    if np.hypot(*(nearest - xy)) <= within:
        return np.asarray(nearest)
    return np.asarray(shapely.get_coordinates(shapely.shortest_line(tip, line))[1])


def _node(lines: Shapes, grid: float) -> Shapes:
    return np.asarray(shapely.get_parts(shapely.unary_union(lines, grid_size=grid)), dtype=object)


def _closings(noded: Shapes, within: float, grid: float) -> Shapes:
    """Return a short line from each free end to where it was meant to end, where that is near enough.

    That is another free end, its own line's other one too, else the nearest line. An end that stands out beyond a line
    by no more is none: its line is there already.
    """
    if not len(noded) or within <= grid:
        return np.empty(0, dtype=object)
    starts, ends = shapely.get_point(noded, 0), shapely.get_point(noded, -1)
    tips = np.concatenate([starts, ends])
    owners = np.concatenate([np.arange(len(noded))] * 2)
    xy = shapely.get_coordinates(tips)
    _, inverse, counts = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    free = np.flatnonzero(counts[inverse.ravel()] == 1)
    free = free[shapely.length(noded[owners[free]]) > within]
    tree, met = shapely.STRtree(noded), set()
    found = []
    for place in free.tolist():
        others = free[free != place]
        away = np.hypot(*(xy[others] - xy[place]).T)
        if len(away) and away.min() <= within:
            other = int(others[int(np.argmin(away))])
            if (other, place) not in met:
                met.add((place, other))
                found.append(shapely.linestrings([xy[place], xy[other]]))
            continue
        near = tree.query(tips[place], predicate="dwithin", distance=within)
        near = near[near != owners[place]]
        if len(near):
            best = noded[near[int(np.argmin(shapely.distance(tips[place], noded[near])))]]
            found.append(shapely.linestrings([xy[place], _target(xy[place], tips[place], best, within)]))
    made: Shapes = np.empty(len(found), dtype=object)
    made[:] = found
    return made
