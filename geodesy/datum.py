"""Moves coordinates between systems; every change of datum goes through the one official operation."""

import threading
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import shapely

from core.tables import load_table
from geodesy.systems import FALSE_EASTING_M, CoordinateSystem

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
    (height 0 on both sides, as in every Vietnamese tool); a third column is an ellipsoidal height in metres and changes
    with the datum. A coordinate that has no image becomes NaN. The input is never written to.
    """
    points = np.array(xy, dtype=np.float64, order="F")  # a copy with contiguous columns
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise ValueError("coordinates must be an array of two or three columns")
    if source != target and len(points):
        transformer = _transformer(build_pipeline(source, target, points.shape[1]))
        if points.shape[1] == 2:
            transformer.transform(points[:, 0], points[:, 1], inplace=True)
        else:
            transformer.transform(points[:, 0], points[:, 1], points[:, 2], inplace=True)
        points[~np.isfinite(points).all(axis=1)] = np.nan
    return np.ascontiguousarray(points)


def transform_geometries(geometries: Any, source: CoordinateSystem, target: CoordinateSystem) -> Any:
    """Return geometries of ``source`` in ``target``, plane ones (XY): their heights are attributes, not coordinates.

    Takes and gives an array of geometries (``None`` stays ``None``), or one geometry.
    """
    flat = shapely.force_2d(geometries)
    if source == target:
        return flat
    return shapely.transform(flat, lambda xy: transform_xy(xy, source, target))


@cache
def build_pipeline(source: CoordinateSystem, target: CoordinateSystem, dimensions: int = 2) -> str:
    """Return the PROJ pipeline from ``source`` to ``target``: the official seven parameters where the datum changes."""
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
