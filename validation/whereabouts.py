"""Whether coordinates can be what they claim: inside the country, near the commune, east and north not exchanged."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import shapely

from core.tables import load_table
from forms.administration import Commune
from geodesy.datum import transform_xy
from geodesy.systems import WGS84
from validation.batch import Batch, Mask
from validation.context import CheckContext

_FARTHEST_M = 5_000_000.0  # beyond it no zone's formulas mean anything
_EDGE_POINTS = 33


@dataclass(frozen=True, slots=True)
class Envelope:
    """Bounds in degrees."""

    name: str
    west: float
    south: float
    east: float
    north: float

    def holds(self, lonlat: npt.NDArray[np.float64]) -> Mask:
        """Return which points ``(n, 2)`` lie inside; NaN does not."""
        lon, lat = lonlat[:, 0], lonlat[:, 1]
        return (self.west <= lon) & (lon <= self.east) & (self.south <= lat) & (lat <= self.north)


@cache
def _envelopes() -> dict[str, Envelope]:
    return {
        row["name"]: Envelope(row["name"], *(float(row[side]) for side in ("west", "south", "east", "north")))
        for row in load_table("coordinate_envelopes")
    }


def is_offshore(commune: Commune) -> bool:
    """Whether the commune is a special zone of islands, to which the mainland's extent does not apply."""
    return commune.kind.casefold() == "đặc khu"


def envelope_of(commune: Commune) -> Envelope:
    """Return the extent in which every place of a commune of this kind lies (QCVN 80:2024/BTNMT, clause 1.2)."""
    return _envelopes()["country" if is_offshore(commune) else "mainland"]


def outside_envelope(batch: Batch, context: CheckContext) -> Mask:
    """Return which located records have a vertex outside the commune's envelope.

    Records within a rectangle that lies inside as a whole are settled at once: that of all, which is enough where
    nothing is amiss, else that of most. Only the others are transformed.
    """
    outside = np.zeros(len(batch), dtype=bool)
    places = np.flatnonzero(batch.located)
    if not len(places):
        return outside
    bounds = batch.bounds[places]
    if _is_inside(_outline((*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0))), context).all():
        return outside
    middle = np.percentile(bounds, [1, 99], axis=0)
    safe = np.concatenate([middle[0, :2], middle[1, 2:]])
    if _is_inside(_outline(safe), context).all():
        beyond = (bounds[:, :2] < safe[:2]).any(axis=1) | (bounds[:, 2:] > safe[2:]).any(axis=1)
        places = places[beyond]
    xy, owner = shapely.get_coordinates(batch.geometries[places], return_index=True)
    outside[places[owner[~_is_inside(xy, context)]]] = True
    return outside


def first_outside(geometry: shapely.Geometry, context: CheckContext) -> shapely.Point:
    """Return the first vertex of ``geometry`` outside the commune's envelope, else its first vertex."""
    xy = shapely.get_coordinates(geometry)
    return shapely.Point(xy[int(np.argmin(_is_inside(xy, context)))])


def swapped(batch: Batch, context: CheckContext) -> Mask:
    """Return which located records lie nowhere near home as they are, but at home with east and north exchanged.

    Home is the neighbourhood of the commune's outline, or without one the commune's envelope.
    """
    centres = (batch.bounds[:, :2] + batch.bounds[:, 2:]) / 2
    away = batch.located & ~_is_home(centres, context)
    found = np.zeros(len(batch), dtype=bool)
    places = np.flatnonzero(away)
    if len(places):
        found[places] = _is_home(centres[places][:, ::-1], context)
    return found


def implausible(batch: Batch, context: CheckContext) -> Mask:
    """Return which located records have coordinates so wrong that measuring distances from them says nothing."""
    return swapped(batch, context) | outside_envelope(batch, context)


def _is_home(points: npt.NDArray[np.float64], context: CheckContext) -> Mask:
    if context.boundary is None:
        return _is_inside(points, context)
    reach = context.tolerance("crs05_home_m")
    west, south, east, north = shapely.bounds(context.boundary)
    x, y = points[:, 0], points[:, 1]
    inside = (west - reach <= x) & (x <= east + reach) & (south - reach <= y) & (y <= north + reach)
    return np.asarray(inside, dtype=bool)


def _is_inside(points: npt.NDArray[np.float64], context: CheckContext) -> Mask:
    """Return which points of the zone lie in the commune's envelope."""
    near = np.abs(points) < _FARTHEST_M  # NaN compares as false
    inside: Mask = np.asarray(near[:, 0] & near[:, 1])
    if inside.any():
        lonlat = transform_xy(points[inside], context.system, WGS84)
        inside[inside] = envelope_of(context.commune).holds(lonlat)
    return inside


def _outline(bounds: Iterable[float]) -> npt.NDArray[np.float64]:
    """Return points along the sides of a rectangle, close enough for the curves its sides are on the globe."""
    west, south, east, north = bounds
    x, y = np.linspace(west, east, _EDGE_POINTS), np.linspace(south, north, _EDGE_POINTS)
    return np.concatenate(
        [
            np.stack([x, np.full_like(x, south)], axis=1),
            np.stack([x, np.full_like(x, north)], axis=1),
            np.stack([np.full_like(y, west), y], axis=1),
            np.stack([np.full_like(y, east), y], axis=1),
        ]
    )
