"""Meshes that carry a picture from its own plane into a zone: exact at their nodes, checked between them."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from geodesy.datum import transform_xy
from geodesy.mercator import metres_from_unit, unit_from_lonlat
from geodesy.placements import Placement
from geodesy.systems import WGS84, CoordinateSystem

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]
ToSource = Callable[[Floats], Floats]
"""From places ``(n, 2)`` of the zone, in metres, to the source's own coordinates ``(n, 2)``, x to the right, y down."""

WITHIN_PX = 0.05  # pixels of the target by which a mesh may differ from the exact map

_CELLS = (4, 8, 16, 32, 64)


def to_world_square(home: CoordinateSystem) -> ToSource:
    """Return the map from a zone into the square of Web Mercator, through the one datum operation."""
    return lambda xy: unit_from_lonlat(transform_xy(xy, home, WGS84))


def to_picture(home: CoordinateSystem, system: CoordinateSystem, placement: Placement) -> ToSource:
    """Return the map from a zone into the pixels of a picture that lies in ``system``."""
    return lambda xy: placement.to_pixels(transform_xy(xy, home, system))


def to_mercator_picture(home: CoordinateSystem, placement: Placement) -> ToSource:
    """Return the map from a zone into the pixels of a picture that lies in EPSG:3857."""
    to_square = to_world_square(home)
    return lambda xy: placement.to_pixels(metres_from_unit(to_square(xy)))


def build_mesh(bounds: Bounds, width: int, height: int, to_source: ToSource) -> Floats:
    """Return the source coordinates ``(rows, columns, 2)`` of evenly spaced nodes over a target picture.

    The target shows ``bounds`` (west, south, east, north, metres) in ``width`` x ``height`` pixels; the first node lies
    on its top left corner, the last on its bottom right one. Between the nodes coordinates are interpolated linearly;
    there are so many of them that this errs by less than ``WITHIN_PX`` target pixels, or as many as there may be.
    """
    mesh = _nodes(bounds, _CELLS[0], to_source)
    for cells in _CELLS[1:]:
        finer = _nodes(bounds, cells, to_source)
        if _is_close(mesh, finer, width, height):
            return mesh
        mesh = finer
    return mesh


def _nodes(bounds: Bounds, cells: int, to_source: ToSource) -> Floats:
    west, south, east, north = bounds
    x, y = np.meshgrid(np.linspace(west, east, cells + 1), np.linspace(north, south, cells + 1))
    return to_source(np.column_stack([x.ravel(), y.ravel()])).reshape(cells + 1, cells + 1, 2)


def _is_close(mesh: Floats, finer: Floats, width: int, height: int) -> bool:
    """Whether the mesh meets the nodes that a finer one has between its own."""
    if not np.isfinite(finer).all():
        return False
    guessed = finer.copy()
    guessed[::2, ::2] = mesh
    guessed[1::2, ::2] = (mesh[:-1] + mesh[1:]) / 2
    guessed[:, 1::2] = (guessed[:, :-1:2] + guessed[:, 2::2]) / 2
    cells = len(mesh) - 1
    across = np.linalg.norm(np.diff(mesh, axis=1), axis=2).min() / (width / cells)
    down = np.linalg.norm(np.diff(mesh, axis=0), axis=2).min() / (height / cells)
    pixel = min(across, down)
    return bool(np.linalg.norm(guessed - finer, axis=2).max() <= WITHIN_PX * pixel)
