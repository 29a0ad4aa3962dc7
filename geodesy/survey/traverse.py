"""Whether a traverse closes: angles and coordinates, against a class's tolerance; pure, in the plane.

Formulas: angular misclosure f = Σβ - (n·180° + end bearing - start bearing), taken between -180° and 180°; coordinate
misclosure fX = ΣΔX - (X_end - X_start), fY likewise, f = √(fX² + fY²), relative f/ΣS; corrections in proportion to the
distances (Bowditch). Textbook surveying, the same in every manual.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
import numpy.typing as npt

from core.tables import load_table

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TraverseClass:
    """A class of traverse: the angular tolerance for one station in seconds, and T of the relative error 1/T."""

    key: str
    angle_seconds: float
    relative: float
    label: dict[str, str]


@dataclass(frozen=True, slots=True)
class Closure:
    """How a traverse closes.

    ``north_m`` and ``east_m`` are the misclosures, ``points`` ``(n, 2)`` the stations, east, north, adjusted.
    ``angle_seconds`` is ``None`` where no closing bearing is known.
    """

    angle_seconds: float | None
    angle_limit_seconds: float
    north_m: float
    east_m: float
    length_m: float
    relative_limit: float
    points: Floats

    @property
    def error_m(self) -> float:
        """The whole misclosure."""
        return hypot(self.north_m, self.east_m)

    @property
    def relative(self) -> float:
        """T of the relative error 1/T; infinite for none."""
        return self.length_m / self.error_m if self.error_m else float("inf")

    @property
    def is_within(self) -> bool:
        """Whether both errors are within the tolerance of the class."""
        angle_fits = self.angle_seconds is None or abs(self.angle_seconds) <= self.angle_limit_seconds
        return angle_fits and self.relative >= self.relative_limit


def traverse_classes() -> dict[str, TraverseClass]:
    """Return the classes of the table."""
    return {
        row["class"]: TraverseClass(
            row["class"], float(row["angle_seconds"]), float(row["relative"]), {"vi": row["vi"], "en": row["en"]}
        )
        for row in load_table("traverse_tolerances")
    }


def measured_bearings(start_bearing_deg: float, angles_deg: Sequence[float] | Floats) -> Floats:
    """Return the bearing of each line that leaves a station, by the left angle there, degrees from 0 below 360."""
    turned: Floats = (start_bearing_deg + np.cumsum(np.asarray(angles_deg, dtype=np.float64) - 180.0)) % 360.0
    return turned


def close_traverse(
    start: tuple[float, float],
    end: tuple[float, float],
    start_bearing_deg: float,
    end_bearing_deg: float | None,
    angles_deg: Sequence[float],
    distances_m: Sequence[float],
    kind: TraverseClass,
) -> Closure:
    """Return how a traverse from ``start`` to ``end`` (east, north) closes.

    ``angles_deg`` are the left angles at the stations, the first at ``start``; with a closing bearing one more at
    ``end``. ``start_bearing_deg`` is that of the line coming to ``start``, ``end_bearing_deg`` of the line leaving
    ``end``. Raises ``ValueError`` when the counts do not fit.
    """
    angles, lengths = np.asarray(angles_deg, dtype=np.float64), np.asarray(distances_m, dtype=np.float64)
    wanted = len(lengths) + (0 if end_bearing_deg is None else 1)
    if len(angles) != wanted or not len(lengths) or (lengths <= 0).any():
        raise ValueError("angles and distances do not fit")
    error = None
    if end_bearing_deg is not None:
        turned = start_bearing_deg + angles.sum() - 180.0 * len(angles) - end_bearing_deg
        error = float((turned + 180.0) % 360.0 - 180.0)
        angles = angles - error / len(angles)
    bearings = np.radians(measured_bearings(start_bearing_deg, angles[: len(lengths)]))
    steps = np.column_stack([lengths * np.sin(bearings), lengths * np.cos(bearings)])
    missed = steps.sum(axis=0) - (np.asarray(end) - np.asarray(start))
    steps = steps - missed * (lengths / lengths.sum())[:, np.newaxis]
    return Closure(
        angle_seconds=None if error is None else error * 3600,
        angle_limit_seconds=kind.angle_seconds * sqrt(wanted),
        north_m=float(missed[1]),
        east_m=float(missed[0]),
        length_m=float(lengths.sum()),
        relative_limit=kind.relative,
        points=np.vstack([start, np.asarray(start) + np.cumsum(steps, axis=0)]),
    )


def close_loop(points: Floats, kind: TraverseClass) -> Closure:
    """Return how a measured run of points (east, north) closes that begins and ends on the same mark."""
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    missed = points[-1] - points[0]
    total = float(lengths.sum())
    shares = np.concatenate([[0.0], np.cumsum(lengths) / total]) if total else np.zeros(len(points))
    return Closure(
        None, kind.angle_seconds * sqrt(len(points) - 1), float(missed[1]), float(missed[0]), total, kind.relative,
        points - missed * shares[:, np.newaxis],
    )  # fmt: skip
