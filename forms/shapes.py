"""Bringing a geometry into the one form in which its record type stores it."""

import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from forms.model import GeometryKind, RecordType
from geodesy.grid import on_grid

_NAMES: dict[GeometryKind, tuple[str, str]] = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
    "multi_line": ("LineString", "MultiLineString"),
    "multi_polygon": ("Polygon", "MultiPolygon"),
}


def fit_geometry(record_type: RecordType, geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Return ``geometry`` as the type stores it: XY on the grid, made multi, or a lone part taken out of a multi.

    ``None`` and empty geometries become ``None``. Raise ``UserError`` GEOMETRY-KIND when no such step leads to a kind
    that the type allows.
    """
    if geometry is None or geometry.is_empty:
        return None
    flat = on_grid(geometry)
    for kind in record_type.geometry:
        fitted = _as_kind(flat, kind)
        if fitted is not None:
            return fitted
    raise UserError("GEOMETRY-KIND", type=record_type.title, kind=geometry.geom_type)


def _as_kind(geometry: BaseGeometry, kind: GeometryKind) -> BaseGeometry | None:
    single, multi = _NAMES[kind]
    if geometry.geom_type not in (single, multi):
        return None
    parts = shapely.get_parts(geometry)
    if kind == "multi_line":
        return shapely.MultiLineString(list(parts))
    if kind == "multi_polygon":
        return shapely.MultiPolygon(list(parts))
    return parts[0] if len(parts) == 1 else None
