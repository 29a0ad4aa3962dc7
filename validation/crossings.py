"""Where lines go through each other, also those that share a stretch elsewhere."""

from collections.abc import Iterator

import numpy as np
import shapely

from validation.batch import Batch, Geometries
from validation.company import Places, pairs_told


def pairs_through(batch: Batch, company: Batch) -> Iterator[tuple[int, int]]:
    """Yield, as ``pairs_told`` does, the pairs of valid lines of which the one goes through or along the other."""
    tree = shapely.STRtree(company.sound)
    found = [tree.query(batch.sound, predicate=predicate) for predicate in ("crosses", "overlaps")]
    left: Places
    right: Places
    left, right = np.concatenate(found, axis=1)
    yield from pairs_told(batch, company, left, right)


def crossing_points(one: shapely.Geometry, other: shapely.Geometry) -> Geometries:
    """Return the points ``(k,)`` at which two lines meet; a stretch that they share is none."""
    parts = shapely.get_parts(shapely.intersection(one, other))
    return np.asarray(parts[shapely.get_dimensions(parts) == 0])


def outer_ends(line: shapely.Geometry) -> Geometries:
    """Return the points ``(k,)`` at which a line, of one part or several, begins and ends; a closed one has none."""
    return np.asarray(shapely.get_parts(shapely.boundary(line)))
