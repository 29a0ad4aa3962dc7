"""The shapes around what a tool has in hand, and what may become of them: borders that are shared stay shared."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from desktop.map.scene import Record
from desktop.map.surface import MapSurface
from geodesy.arrays import Kind
from geodesy.shaping.topology import Place, star_bounds
from geodesy.shaping.trimming import expect_unbroken, find_overlaps

Shapes = dict[Record, shapely.Geometry]
Overlaps = list[shapely.Geometry]


def fetch_around(view: MapSurface, own: Record, kind: Kind, shape: shapely.Geometry, places: Sequence[Place]) -> Shapes:
    """Return a record's shape and, when borders are kept together, those of all records near its edges in hand.

    Which records may share a border with it, ``DrawingAids`` says: those of its type, or of every layer in view.
    """
    found: Shapes = {own: shape}
    if kind == "point" or not view.aids.is_topological:
        return found
    layer_id = None if view.aids.spans_types else own[0]
    points = np.array(places, dtype=np.float64).reshape(-1, 2)
    box = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    for _ in range(2):  # those at the places tell how far the edges in hand reach, and so who else lies near them
        near = view.scene.shapes_near(box, kind, view.camera.denominator, layer_id)
        found = {**near, **found}
        box = star_bounds(found, places)
    return found


def allow_change(before: Mapping[Record, shapely.Geometry], after: Mapping[Record, shapely.Geometry]) -> Overlaps:
    """Return where records of one type would newly overlap.

    Raise ``UserError`` VERTEX-CROSSES when a shape would be sound no more.
    """
    expect_unbroken(before, after)
    found: Overlaps = []
    for layer_id in dict.fromkeys(layer_id for layer_id, _ in after):
        own = {key: shape for key, shape in before.items() if key[0] == layer_id and shape.area}
        found += find_overlaps(own, {key: shape for key, shape in after.items() if key in own})
    return found
