"""Web Mercator as tile pyramids use it: the square of the world, from 0 to 1, x to the right and y down."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WEB_MERCATOR = "EPSG:3857"
RADIUS_M = 6378137.0
MOST_LATITUDE = 85.051128779806604  # degrees; where the square ends


def unit_from_lonlat(lonlat: npt.ArrayLike) -> Floats:
    """Return the places ``(n, 2)`` in the unit square of WGS 84 degrees ``(n, 2)``, longitude first.

    A tile of level z is 2^-z wide. Latitudes beyond the square's end are brought back to it. Source: OGC 17-083r4
    (Two Dimensional Tile Matrix Set), WebMercatorQuad: spherical formulae on geodetic coordinates.
    """
    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    latitude = np.radians(np.clip(points[:, 1], -MOST_LATITUDE, MOST_LATITUDE))
    y = 0.5 - np.arcsinh(np.tan(latitude)) / (2 * np.pi)
    return np.column_stack([points[:, 0] / 360.0 + 0.5, y])


def lonlat_from_unit(unit: npt.ArrayLike) -> Floats:
    """Return the WGS 84 degrees ``(n, 2)`` of places in the unit square."""
    points = np.asarray(unit, dtype=np.float64).reshape(-1, 2)
    latitude = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * points[:, 1]))))
    return np.column_stack([(points[:, 0] - 0.5) * 360.0, latitude])


def metres_from_unit(unit: npt.ArrayLike) -> Floats:
    """Return the coordinates ``(n, 2)`` of EPSG:3857, x to the east and y to the north, of places in the square."""
    points = np.asarray(unit, dtype=np.float64).reshape(-1, 2)
    found: Floats = (points - 0.5) * np.array([2.0, -2.0]) * np.pi * RADIUS_M
    return found


def unit_from_metres(xy: npt.ArrayLike) -> Floats:
    """Return the places in the square of coordinates of EPSG:3857."""
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    found: Floats = points / (np.array([2.0, -2.0]) * np.pi * RADIUS_M) + 0.5
    return found
