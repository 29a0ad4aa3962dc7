"""Bringing a geometry into the one form in which its record type stores it."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import LANGUAGES, Language, render
from forms.model import GeometryKind, RecordType
from geodesy.grid import on_grid

Geometries = npt.NDArray[np.object_]

_POINT, _LINE, _POLYGON, _MULTI_POINT, _MULTI_LINE, _MULTI_POLYGON = 0, 1, 3, 4, 5, 6
_FAMILY: dict[GeometryKind, tuple[int, int]] = {
    "point": (_POINT, _MULTI_POINT),
    "line": (_LINE, _MULTI_LINE),
    "multi_line": (_LINE, _MULTI_LINE),
    "multi_polygon": (_POLYGON, _MULTI_POLYGON),
}
_GATHER: dict[GeometryKind, Callable[[Any], Any]] = {
    "multi_line": shapely.multilinestrings,
    "multi_polygon": shapely.multipolygons,
}


def fit_geometries(record_type: RecordType, geometries: Geometries) -> tuple[Geometries, npt.NDArray[np.bool_]]:
    """Return geometries as the type stores them, and which of them have a kind that it does not allow.

    XY on the grid, made multi, or a lone part taken out of a multi. Missing, empty and wrong ones become ``None``.
    """
    return gather_geometries(record_type, on_grid(geometries))


def gather_geometries(record_type: RecordType, flat: Geometries) -> tuple[Geometries, npt.NDArray[np.bool_]]:
    """Return what ``fit_geometries`` returns, of geometries that lie on the grid already."""
    waiting = ~(shapely.is_missing(flat) | shapely.is_empty(flat))
    codes = shapely.get_type_id(flat)
    fitted: Geometries = np.full(len(flat), None, dtype=object)
    for kind in record_type.geometry:
        single, multi = _FAMILY[kind]
        singles, multis = waiting & (codes == single), waiting & (codes == multi)
        gather = _GATHER.get(kind)
        if gather is None:
            multis &= shapely.get_num_geometries(flat) == 1
            fitted[singles], fitted[multis] = flat[singles], shapely.get_geometry(flat[multis], 0)
        else:
            fitted[multis] = flat[multis]
            if singles.any():
                fitted[singles] = gather(flat[singles][:, np.newaxis])
        waiting &= ~(singles | multis)
    return fitted, waiting


@cache
def kind_words(kind: str) -> dict[Language, str]:
    """Return what people call a geometry of shapely's ``kind``, by language, for the facts of an error."""
    return {language: render(f"KIND-{kind.upper()}", {}, language) for language in LANGUAGES}


def fit_geometry(record_type: RecordType, geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Return one geometry as the type stores it.

    Raise ``UserError`` GEOMETRY-KIND for a kind it does not allow, GEOMETRY-NOT-FINITE for one that lies nowhere.
    """
    if geometry is None:
        return None
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise UserError("GEOMETRY-NOT-FINITE", type=record_type.title)
    alone: Geometries = np.empty(1, dtype=object)
    alone[0] = geometry
    fitted, wrong = fit_geometries(record_type, alone)
    if wrong[0]:
        raise UserError("GEOMETRY-KIND", type=record_type.title, kind=kind_words(geometry.geom_type))
    found: BaseGeometry | None = fitted[0]
    return found
