"""Where a base map lies: its own coordinates, its edge, its box in the workspace's zone."""

import numpy as np
import numpy.typing as npt

from exchange.raster_facts import RasterFacts
from geodesy.datum import transform_xy
from geodesy.envelopes import envelope_bounds, inside_envelope
from geodesy.fitting import Georeference
from geodesy.mercator import WEB_MERCATOR, lonlat_from_unit, unit_from_metres
from geodesy.meshes import Bounds, ToSource, to_mercator_picture, to_picture, to_world_square
from geodesy.placements import Placement
from geodesy.systems import WGS84, CoordinateSystem, parse_system, system_from_wkt

_EDGE_POINTS = 33

Floats = npt.NDArray[np.float64]


def declared_system(wkt: str) -> str | None:
    """Return the id of the system that a well-known text names, ``None`` when it names none.

    Raises CRS-DEPRECATED and CRS-UNSUPPORTED.
    """
    if not wkt:
        return None
    from geodesy.wkt import is_web_mercator  # loads PROJ

    if is_web_mercator(wkt):
        return WEB_MERCATOR
    found = system_from_wkt(wkt)
    return None if found is None else found.id


def middle_points(facts: RasterFacts, placement: Placement) -> Floats:
    """Return places spread over a picture: by them it is seen whether it lies over the commune."""
    shares = (np.arange(9) + 0.5) / 9
    columns, rows = np.meshgrid(shares * facts.width, shares * facts.height)
    return placement.to_plane(np.column_stack([columns.ravel(), rows.ravel()]))


def source_map(home: CoordinateSystem, facts: RasterFacts, system: str | None, placement: Placement | None) -> ToSource:
    """Return the map from the zone ``home`` into a base map's own coordinates."""
    if placement is None:
        return to_world_square(home)
    if system == WEB_MERCATOR:
        return to_mercator_picture(home, placement)
    return to_picture(home, home if system is None else parse_system(system), placement)


def _edge(facts: RasterFacts, system: str | None, placement: Placement | None) -> tuple[Floats, CoordinateSystem]:
    """Return places along the edge of a base map, and the system they lie in; of a pyramid as far as Vietnam goes."""
    share = np.linspace(0.0, 1.0, _EDGE_POINTS)
    zero, one = np.zeros_like(share), np.ones_like(share)
    sides = [(share, zero), (share, one), (zero, share), (one, share)]
    around = np.concatenate([np.column_stack(side) for side in sides])
    if placement is None:
        west, north, east, south = facts.extent or (0.0, 0.0, 1.0, 1.0)
        corners = lonlat_from_unit([(west, north), (east, south)])
        left, low, right, high = envelope_bounds("country")
        corners = np.clip(corners, [left, low], [right, high])
        return corners[0] + around * (corners[1] - corners[0]), WGS84
    plane = placement.to_plane(around * [facts.width, facts.height])
    if system == WEB_MERCATOR:
        return lonlat_from_unit(unit_from_metres(plane)), WGS84
    return plane, parse_system(system or "")


def bounds_of(home: CoordinateSystem, facts: RasterFacts, system: str | None, placement: Placement | None) -> Bounds:
    """Return the box in the zone around a base map's edge; one without extent when no part of it lies in Vietnam."""
    edge, lies_in = _edge(facts, system, placement)
    if not inside_envelope(edge, lies_in).any() and not _surrounds(edge, lies_in):
        return 0.0, 0.0, 0.0, 0.0
    xy = transform_xy(edge, lies_in, home)
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return 0.0, 0.0, 0.0, 0.0
    (left, low), (right, high) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    return left, low, right, high


def _surrounds(edge: Floats, lies_in: CoordinateSystem) -> bool:
    """Whether a picture's edge lies all around a place of Vietnam."""
    return bool(inside_envelope([edge.mean(axis=0)], lies_in)[0])


def sheet_bounds(facts: RasterFacts, control: Georeference) -> Bounds:
    """Return the box on the ground around a scanned sheet's edge."""
    edge = sheet_outline(facts, control)
    (left, low), (right, high) = edge.min(axis=0).tolist(), edge.max(axis=0).tolist()
    return left, low, right, high


def sheet_outline(facts: RasterFacts, control: Georeference, steps: int = _EDGE_POINTS) -> Floats:
    """Return the edge of a scanned sheet on the ground, ``(n, 2)``, around it from its top left corner."""
    share = np.linspace(0.0, 1.0, steps)[:-1]
    zero, one = np.zeros_like(share), np.ones_like(share)
    sides = [(share, zero), (one, share), (one - share, one), (zero, one - share)]
    around = np.concatenate([np.column_stack(side) for side in sides])
    return control.to_ground(around * [facts.width, facts.height])
