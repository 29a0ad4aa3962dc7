"""Moves coordinates between systems; every change of datum goes through the one official operation."""

import threading
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import UserError
from core.tables import load_table
from geodesy.systems import FALSE_EASTING_M, VN2000_GEOGRAPHIC, WGS84, CoordinateSystem

if TYPE_CHECKING:  # PROJ is loaded with the first change of system: a window opens without one
    from pyproj import Transformer

OPERATION_ID = "VN2000-QD05-2007-CF"

Floats = npt.NDArray[np.float64]

_own = threading.local()  # a pyproj Transformer must not be shared between threads


def operation_between(source: CoordinateSystem, target: CoordinateSystem) -> str:
    """Return the id of the datum operation between two systems, or ``none`` when they share a datum."""
    return OPERATION_ID if source.datum != target.datum else "none"


def transform_xy(xy: npt.ArrayLike, source: CoordinateSystem, target: CoordinateSystem) -> Floats:
    """Return coordinates ``(n, 2)`` or ``(n, 3)`` of ``source`` in ``target``, always in the order east, north.

    Metres in zones, degrees in geographic systems. With two columns the operation is the two-dimensional one
    (height 0 on both sides, as in every Vietnamese tool), and the way from VN-2000 to WGS 84 the exact inverse of the
    way there (ADR 10); a third column is an ellipsoidal height in metres and changes with the datum. A coordinate that
    has no image becomes NaN. The input is never written to.
    """
    points = np.array(xy, dtype=np.float64, order="F")  # a copy with contiguous columns
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise ValueError("coordinates must be an array of two or three columns")
    if source != target and len(points):
        if points.shape[1] == 2 and (source.datum, target.datum) == ("VN2000", "WGS84"):
            points = _leave_vn2000(points, source, target)
        else:
            points = _run(points, source, target)
        points[~np.isfinite(points).all(axis=1)] = np.nan
    return np.ascontiguousarray(points)


def _run(points: Floats, source: CoordinateSystem, target: CoordinateSystem) -> Floats:
    """Return ``points`` (columns contiguous) through the one pipeline; they are written over."""
    if source == target:
        return points
    transformer = _transformer(build_pipeline(source, target, points.shape[1]))
    east, north, *height = points.T
    if height:
        transformer.transform(east, north, height[0], inplace=True)
    else:
        transformer.transform(east, north, inplace=True)
    return points


def _leave_vn2000(points: Floats, source: CoordinateSystem, target: CoordinateSystem) -> Floats:
    """Return plane VN-2000 coordinates in WGS 84 so that the pinned operation brings them back where they were.

    The pipeline taken backwards is 1 to 1.4 mm off, for it takes the height for 0 on the other ellipsoid; what the way
    back misses is taken off once, which leaves less than a micrometre.
    """
    start = _run(points, source, VN2000_GEOGRAPHIC)
    found = _run(start.copy(order="F"), VN2000_GEOGRAPHIC, WGS84)
    with np.errstate(invalid="ignore"):  # what has no image is infinite here, and stays without one
        found -= _run(found.copy(order="F"), WGS84, VN2000_GEOGRAPHIC) - start
    return _run(found, WGS84, target)


def transform_geometries(geometries: Any, source: CoordinateSystem, target: CoordinateSystem) -> Any:
    """Return geometries of ``source`` in ``target``, plane ones (XY): their heights are attributes, not coordinates.

    Takes and gives an array of geometries (``None`` stays ``None``), or one geometry.
    """
    is_flat = not np.any(shapely.has_z(geometries) | shapely.has_m(geometries))
    flat = geometries if is_flat else shapely.force_2d(geometries)
    if source == target:
        return flat
    return shapely.transform(flat, lambda xy: transform_xy(xy, source, target))


@cache
def build_pipeline(source: CoordinateSystem, target: CoordinateSystem, dimensions: int = 2) -> str:
    """Return the PROJ pipeline from ``source`` to ``target``: the official seven parameters where the datum changes.

    Raises CRS-UNSUPPORTED for a datum without official parameters (HN-72).
    """
    for system in (source, target):
        if not system.is_supported:
            raise UserError("CRS-UNSUPPORTED", system=system.label())
    steps = [_to_radians(source)]
    if source.datum != target.datum:
        steps += _datum_change(inverse=source.datum == "WGS84", keeps_height=dimensions == 2)
    steps.append(_from_radians(target))
    return "+proj=pipeline " + " ".join(f"+step {step}" for step in steps)


def _to_radians(system: CoordinateSystem) -> str:
    return "+proj=unitconvert +xy_in=deg +xy_out=rad" if system.kind == "geographic" else f"+inv {_projection(system)}"


def _from_radians(system: CoordinateSystem) -> str:
    return "+proj=unitconvert +xy_in=rad +xy_out=deg" if system.kind == "geographic" else _projection(system)


def _projection(system: CoordinateSystem) -> str:
    return (
        f"+proj=tmerc +lat_0=0 +lon_0={system.axis!r} +k={system.scale_factor!r} "
        f"+x_0={FALSE_EASTING_M:.0f} +y_0=0 +ellps=WGS84"
    )


def _datum_change(*, inverse: bool, keeps_height: bool) -> list[str]:
    parameters = " ".join(f"+{row['parameter']}={row['value']}" for row in load_table("vn2000_datum"))
    helmert = f"+proj=helmert {parameters} +convention=coordinate_frame"
    steps = ["+proj=cart +ellps=WGS84", f"+inv {helmert}" if inverse else helmert, "+inv +proj=cart +ellps=WGS84"]
    return ["+proj=push +v_3", *steps, "+proj=pop +v_3"] if keeps_height else steps


def _transformer(pipeline: str) -> "Transformer":
    from pyproj import Transformer

    known = cast("dict[str, Transformer] | None", getattr(_own, "transformers", None))
    if known is None:
        known = _own.transformers = {}
    if pipeline not in known:
        known[pipeline] = Transformer.from_pipeline(pipeline)
    return known[pipeline]
