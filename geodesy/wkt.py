"""Reads the coordinate system out of a well-known text, as ``.prj`` files and GeoPackages carry it."""

import json
import re
from typing import Any, cast

from pyproj import CRS
from pyproj.exceptions import CRSError

from core.errors import UserError
from geodesy.systems import (
    FALSE_EASTING_M,
    VN2000_GEOGRAPHIC,
    WGS84,
    CoordinateSystem,
    Datum,
    refuse_code,
    tm_system,
)

_WIDTHS: dict[float, int] = {0.9999: 3, 0.9996: 6}
_NEAR_VN2000_M = 2.0  # every published set of VN-2000 shifts lies this near to the official one
_VN2000_SHIFT_M = (-191.9, -39.3, -111.45)


def read_wkt(wkt: str) -> CoordinateSystem | None:
    """Return the system that ``wkt`` describes, or ``None`` when it says nothing this program could read.

    A custom zone on the WGS 84 ellipsoid counts as VN-2000 when its TOWGS84 shift is VN-2000's: offices define their
    zones so; the shift itself is never used. Raises CRS-DEPRECATED and CRS-UNSUPPORTED.
    """
    if not wkt.strip():
        return None
    try:
        crs = CRS.from_wkt(wkt)
        shifted = _has_vn2000_shift(crs)
        facts = cast(dict[str, Any], json.loads(_horizontal(crs).to_json()))
    except (CRSError, json.JSONDecodeError):
        return None
    if facts.get("type") == "EngineeringCRS":
        return None
    authority = facts.get("id", {})
    if authority.get("authority") == "EPSG":
        refuse_code(int(authority["code"]))
    name = str(facts.get("name", "")) or wkt[:60]
    datum = _datum(facts, shifted)
    if datum is None:
        raise UserError("CRS-UNSUPPORTED", system=name)
    if facts["type"] in {"GeographicCRS", "GeodeticCRS"}:
        return WGS84 if datum == "WGS84" else VN2000_GEOGRAPHIC
    return _zone(facts, datum, name)


def is_web_mercator(wkt: str) -> bool:
    """Whether ``wkt`` describes Web Mercator, which is a system of pictures and never of records."""
    try:
        conversion = _horizontal(CRS.from_wkt(wkt)).coordinate_operation
    except CRSError:
        return False
    return conversion is not None and "pseudo mercator" in conversion.method_name.lower().replace("-", " ")


def _horizontal(crs: CRS) -> CRS:
    """Return the horizontal system inside bound and compound ones."""
    while crs.is_bound or crs.is_compound:
        inner = crs.source_crs if crs.is_bound else crs.sub_crs_list[0]
        if inner is None:
            break
        crs = inner
    return crs


def _has_vn2000_shift(crs: CRS) -> bool:
    bound = crs if crs.is_bound else next((part for part in crs.sub_crs_list if part.is_bound), None)
    if bound is None or bound.coordinate_operation is None:
        return False
    shift = list(bound.coordinate_operation.towgs84)
    return len(shift) >= 3 and all(
        abs(given - official) <= _NEAR_VN2000_M for given, official in zip(shift, _VN2000_SHIFT_M, strict=False)
    )


def _datum(facts: dict[str, Any], shifted: bool) -> Datum | None:
    base = facts.get("base_crs", facts)
    frame = base.get("datum") or base.get("datum_ensemble") or {}
    names = re.sub(r"[^a-z0-9]", "", f"{frame.get('name', '')} {base.get('name', '')}".lower())
    if shifted or "vn2000" in names or "vietnam2000" in names:
        return "VN2000"
    return "WGS84" if "wgs84" in names or "wgs1984" in names or "worldgeodeticsystem1984" in names else None


def _zone(facts: dict[str, Any], datum: Datum, name: str) -> CoordinateSystem:
    conversion = facts.get("conversion", {})
    values = {item["name"].lower(): item for item in conversion.get("parameters", [])}
    easting, northing = _metres(values.get("false easting")), _metres(values.get("false northing"))
    axis = _number(values.get("longitude of natural origin"))
    scale = _number(values.get("scale factor at natural origin"))
    is_mercator = conversion.get("method", {}).get("name", "").lower().startswith("transverse mercator")
    if is_mercator and (easting, northing) == (0.0, FALSE_EASTING_M):
        raise UserError("CRS-DEPRECATED", system=name, instead=tm_system(axis or 0.0).id)
    width = _WIDTHS.get(round(scale or 0.0, 6))
    plain = (easting, northing, _number(values.get("latitude of natural origin"))) == (FALSE_EASTING_M, 0.0, 0.0)
    if not is_mercator or width is None or axis is None or not plain or not _is_metric(facts):
        raise UserError("CRS-UNSUPPORTED", system=name)
    return tm_system(round(axis, 6), 3 if width == 3 else 6, datum)


def _number(parameter: dict[str, Any] | None) -> float | None:
    return None if parameter is None else float(parameter["value"])


def _metres(parameter: dict[str, Any] | None) -> float | None:
    if parameter is None or parameter.get("unit") not in {"metre", None}:
        return None
    return float(parameter["value"])


def _is_metric(facts: dict[str, Any]) -> bool:
    axes = facts.get("coordinate_system", {}).get("axis", [])
    return all(axis.get("unit") == "metre" for axis in axes)
