"""Lines of whole degrees and minutes across a view in a zone."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geodesy.datum import transform_xy
from geodesy.systems import VN2000_GEOGRAPHIC, CoordinateSystem

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]

_STEPS_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000)
_POINTS = 33
_REACH = (90.0, 125.0, 0.0, 30.0)  # degrees; beyond these a zone of Vietnam has no use


@dataclass(frozen=True, slots=True)
class GraticuleLine:
    """A meridian (``lon``) or parallel (``lat``) of so many seconds, and its course ``(n, 2)`` in the zone."""

    kind: Literal["lon", "lat"]
    seconds: int
    xy: Floats

    @property
    def label(self) -> str:
        """The angle, in degrees and as many minutes and seconds as it has."""
        degrees, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        text = f"{degrees}°"
        if rest:
            text += f"{minutes:02d}'"
        return text + (f'{seconds:02d}"' if seconds else "")


def build_graticule(
    bounds: Bounds, home: CoordinateSystem, apart_m: float, system: CoordinateSystem = VN2000_GEOGRAPHIC
) -> list[GraticuleLine]:
    """Return the meridians and parallels of ``system`` that cross ``bounds`` of ``home``, ``apart_m`` apart or more."""
    west, south, east, north = bounds
    share = np.linspace(0.0, 1.0, _POINTS)
    x, y = west + share * (east - west), south + share * (north - south)
    edge = np.concatenate(
        [np.column_stack([x, np.full_like(x, level)]) for level in (south, (south + north) / 2, north)]
        + [np.column_stack([np.full_like(y, side), y]) for side in (west, (west + east) / 2, east)]
    )
    seen = transform_xy(edge, home, system)
    seen = seen[np.isfinite(seen).all(axis=1)]
    seen = seen[
        (seen[:, 0] > _REACH[0]) & (seen[:, 0] < _REACH[1]) & (seen[:, 1] > _REACH[2]) & (seen[:, 1] < _REACH[3])
    ]
    if not len(seen):
        return []
    (left, low), (right, high) = seen.min(axis=0).tolist(), seen.max(axis=0).tolist()
    seconds_of_a_metre = 3600 / 111_000
    step = next((step for step in _STEPS_SECONDS if step >= apart_m * seconds_of_a_metre), _STEPS_SECONDS[-1])
    lines = [_line("lon", place, (low, high), home, system) for place in _whole(left, right, step)]
    return lines + [_line("lat", place, (left, right), home, system) for place in _whole(low, high, step)]


def _whole(low: float, high: float, step: int) -> range:
    first = math.ceil(low * 3600 / step)
    return range(first * step, math.floor(high * 3600 / step) * step + 1, step)


def _line(
    kind: Literal["lon", "lat"],
    seconds: int,
    along: tuple[float, float],
    home: CoordinateSystem,
    system: CoordinateSystem,
) -> GraticuleLine:
    course = np.linspace(*along, _POINTS)
    fixed = np.full_like(course, seconds / 3600)
    degrees = np.column_stack([fixed, course] if kind == "lon" else [course, fixed])
    return GraticuleLine(kind, seconds, transform_xy(degrees, system, home))
