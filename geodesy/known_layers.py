"""Held against what is known to lie right: records of the store, control points. It tells what a boundary cannot.

A datum left out moves data by 225 m, a 6° zone taken for one of 3° by 300 to 700 m: both stay inside a commune, but
no road of the new file then lies on a road that is there.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely

from geodesy.datum import transform_xy
from geodesy.proposals import Floats, Proposal
from geodesy.systems import CoordinateSystem

KNOWN_NEAR_M = 10.0  # a point this near to a known shape lies on it, as far as handheld receivers go
DECIDING_SHARE = 0.5  # so many points must lie on known shapes
DECIDING_MARGIN = 0.3  # and so many fewer in every other reading: among dense shapes any point is near to one
APART_M = 30.0  # readings that differ by less are told apart by nothing here
LEAST_POINTS = 5
_FARTHEST_M = 100_000.0


class KnownShapes:
    """Shapes whose place is known, in the zone ``home``; areas count by their outlines."""

    def __init__(self, geometries: npt.NDArray[np.object_]) -> None:
        shapes = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
        areas = shapely.get_dimensions(shapes) == 2
        shapes = shapes.copy()
        shapes[areas] = shapely.boundary(shapes[areas])
        self._tree = shapely.STRtree(shapes)

    def __len__(self) -> int:
        return len(self._tree)

    def distances(self, xy: Floats) -> Floats:
        """Return for each point ``(n, 2)`` the distance to the nearest known shape in metres; infinite for none."""
        found = np.full(len(xy), np.inf)
        sound = np.flatnonzero(np.isfinite(xy).all(axis=1))
        if len(sound) and len(self._tree):
            points = shapely.points(xy[sound])
            (places, _), lengths = self._tree.query_nearest(
                points, max_distance=_FARTHEST_M, return_distance=True, all_matches=False
            )
            found[sound[places]] = lengths
        return found


def judge_by_known(
    points: Floats, proposals: tuple[Proposal, ...], known: KnownShapes, home: CoordinateSystem
) -> tuple[Proposal, ...]:
    """Return the proposals with their residuals to known shapes, that which these prove first.

    ``points`` are the file's numbers. A reading that known shapes speak against stays open to the user: they may be
    wrong themselves.
    """
    measured: list[Proposal] = []
    shares: list[float] = []
    middles: list[Floats] = []
    for proposal in proposals:
        if proposal.confidence == "rejected" or not proposal.system.is_supported:
            measured.append(proposal)
            shares.append(-1.0)
            middles.append(np.full(2, np.inf))
            continue
        places = transform_xy(proposal.read(points), proposal.system, home)
        distances = known.distances(places)
        middle = float(np.median(distances))
        measured.append(replace(proposal, known_m=middle if np.isfinite(middle) else None))
        shares.append(float((distances <= KNOWN_NEAR_M).mean()))
        middles.append(np.median(places, axis=0))
    best = max(range(len(measured)), key=shares.__getitem__, default=None)
    if best is None or shares[best] < DECIDING_SHARE or len(points) < LEAST_POINTS:
        return tuple(measured)
    rivals = [place for place, share in enumerate(shares) if share >= 0 and place != best]
    near = [place for place in rivals if np.hypot(*(middles[place] - middles[best])) < APART_M]
    if near or any(shares[place] > shares[best] - DECIDING_MARGIN for place in rivals):
        return tuple(measured)
    return _decide(measured, shares, best)


def _decide(measured: list[Proposal], shares: list[float], best: int) -> tuple[Proposal, ...]:
    others = tuple(
        dict.fromkeys(item.system for place, item in enumerate(measured) if place != best and shares[place] >= 0)
    )
    chosen = replace(
        measured[best],
        confidence="decided",
        reason_code="CRS-KNOWN" if others else "CRS-KNOWN-ALONE",
        rivals=others,
        known_share=shares[best],
    )
    rest = [
        replace(item, confidence="undecided", reason_code="CRS-KNOWN-AGAINST", rivals=(chosen.system,))
        if shares[place] >= 0
        else item
        for place, item in enumerate(measured)
        if place != best
    ]
    return chosen, *rest
