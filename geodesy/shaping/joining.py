"""Several shapes made one, and the room between neighbours made a shape."""

from collections.abc import Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from geodesy.grid import on_grid
from geodesy.shaping.vertices import HAIR_M, Points, drop_vertices, expect_sound, node_areas, places_of, seam_places


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


def fill_room(neighbours: Sequence[BaseGeometry], place: tuple[float, float]) -> BaseGeometry:
    """Return the room that ``neighbours`` enclose around a place, with their very vertices.

    Neighbours that meet but for the rounding of a corner on the other's edge leave no gap between them. Raise
    ``UserError`` ROOM-TAKEN when the place lies in one of them, ROOM-OPEN when they do not enclose it.
    """
    spot = shapely.Point(place)
    near = list(neighbours)
    if near and shapely.intersects(near, spot).any():
        raise UserError("ROOM-TAKEN")
    face = _face_around(near, spot)
    beside = node_areas([shape for shape in near if shapely.dwithin(shape, face, HAIR_M)])
    room: BaseGeometry = on_grid(_face_around(beside, spot))
    return room


def _face_around(areas: Sequence[Any], spot: shapely.Point) -> Any:
    borders = shapely.union_all(shapely.boundary(list(areas)))
    for face in shapely.get_parts(shapely.polygonize(shapely.get_parts(borders))):
        if face.contains(spot):
            return face
    raise UserError("ROOM-OPEN")
