"""Several shapes made one."""

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from geodesy.grid import on_grid
from geodesy.shaping.vertices import Points, drop_vertices, expect_sound, places_of, seam_places


def join_areas(shapes: Sequence[BaseGeometry], keep: Points | None = None) -> BaseGeometry:
    """Return the union of areas in metres of a zone, on the grid.

    Where a border between them met the outline, the vertex that a cut had put there goes again: parts of a cut
    make the shape they came from, to the bit. Vertices of ``keep`` ``(n, 2)``, such as those of neighbours, stay.
    Raise ``UserError`` SHAPE-UNSOUND.
    """
    for shape in shapes:
        expect_sound(shape)
    union = on_grid(shapely.union_all(list(shapes)))
    kept = set() if keep is None else {tuple(xy) for xy in keep.tolist()}
    joined: BaseGeometry = drop_vertices(union, (seam_places(shapes) & places_of(union)) - kept)
    return joined
