"""The coordinate systems in which features are given and boxes are asked for: OGC API Features, Part 2."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from core.errors import UserError
from forms.administration import load_communes
from geodesy.datum import transform_geometries, transform_xy
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, CoordinateSystem, coded_zones, epsg_system
from province.columns import POSTGRESQL, touching
from province.tables import commune_sequences, records

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
_STEP_DEG, _STEP_M = 0.05, 5_000.0  # how far apart the corners of a box may be that is carried over
_REACH_DEG = 12.0
_ZONE_BOX = shapely.box(-1_500_000.0, -200_000.0, 2_500_000.0, 3_500_000.0)  # metres of a zone that mean anything


@dataclass(frozen=True, slots=True)
class OfferedSystem:
    """A system by its official address; ``northing_first`` where the authority says latitude before longitude."""

    uri: str
    system: CoordinateSystem
    northing_first: bool


@cache
def offered_systems() -> dict[str, OfferedSystem]:
    """Return the systems by address: CRS84, WGS 84 and VN-2000 in degrees, and the zones of VN-2000 that have a code.

    Zones without a code of their own have no official address, and none is invented.
    """
    found = [OfferedSystem(CRS84, WGS84, northing_first=False)]
    found += [
        OfferedSystem(_EPSG.format(one.epsg), one, northing_first=True)
        for one in (WGS84, VN2000_GEOGRAPHIC)
        if one.epsg
    ]
    found += [
        OfferedSystem(_EPSG.format(zone.epsg), zone, northing_first=False)
        for zone in coded_zones()
        if zone.datum == "VN2000"
    ]
    return {one.uri: one for one in found}


def find_system(uri: str, parameter: str) -> OfferedSystem:
    """Return the system of an address; raise ``UserError`` REQUEST-INVALID when it is none of those offered."""
    found = offered_systems().get(uri.strip().strip("[]<>"))
    if found is None:
        raise UserError("REQUEST-INVALID", places=[f"query.{parameter}"])
    return found


def zones_in_use(connection: Connection) -> list[int]:
    """Return the EPSG codes of the zones in which records are stored."""
    codes = connection.execute(select(commune_sequences.c.commune_code)).scalars()
    return sorted({load_communes()[code].epsg for code in codes})


def shapes_in(
    wkb: npt.NDArray[np.object_], zones: npt.NDArray[np.int64], wanted: OfferedSystem
) -> npt.NDArray[np.object_]:
    """Return the geometries ``(n,)`` of extended WKB, each stored in the zone beside it, in a system's own axis order.

    By the pinned operation; a record without a geometry has ``None``.
    """
    shapes = np.asarray(shapely.set_srid(shapely.from_wkb(wkb), 0), dtype=object)
    for epsg in np.unique(zones).tolist():
        own = zones == epsg
        shapes[own] = transform_geometries(shapes[own], epsg_system(int(epsg)), wanted.system)
    if wanted.northing_first:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    return shapes


def read_box(text: str, parameter: str = "bbox") -> tuple[float, float, float, float]:
    """Return the four numbers of a box, of six those of the plane; raise ``UserError`` REQUEST-INVALID."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UserError("REQUEST-INVALID", places=[f"query.{parameter}"]) from error
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not np.isfinite(numbers).all():
        raise UserError("REQUEST-INVALID", places=[f"query.{parameter}"])
    return (numbers[0], numbers[1], numbers[2], numbers[3])


def box_condition(
    connection: Connection, box: tuple[float, float, float, float], system: OfferedSystem
) -> ColumnElement[bool]:
    """Return the condition that a record's box, in its own zone, meets ``box``, which is in ``system``'s axis order.

    A box in degrees whose west lies east of its east goes around by the 180th meridian, as the standard has it. Only
    what lies within reach of a zone is carried into it: far from its axis the projection means nothing.
    """
    first, second, third, fourth = box
    west, south, east, north = (second, first, fourth, third) if system.northing_first else box
    has_index = connection.dialect.name == POSTGRESQL
    conditions: list[ColumnElement[bool]] = [false()]
    for epsg in zones_in_use(connection):
        zone = epsg_system(epsg)
        if system.system == zone:
            conditions.append(_meets(epsg, (west, south, east, north), has_index))
            continue
        for area in _areas_in_degrees((west, south, east, north), system.system):
            within = shapely.intersection(area, _reach(zone))
            if not within.is_empty:
                xy = transform_xy(shapely.get_coordinates(shapely.segmentize(within, _STEP_DEG)), WGS84, zone)
                (min_x, min_y), (max_x, max_y) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
                conditions.append(_meets(epsg, (min_x, min_y, max_x, max_y), has_index))
    return or_(*conditions)


def _meets(epsg: int, box: tuple[float, float, float, float], has_index: bool) -> ColumnElement[bool]:
    min_x, min_y, max_x, max_y = box
    return and_(
        records.c.epsg == epsg,
        records.c.min_x <= max_x,
        records.c.max_x >= min_x,
        records.c.min_y <= max_y,
        records.c.max_y >= min_y,
        touching(min_x, min_y, max_x, max_y, epsg) if has_index else true(),
    )


def _areas_in_degrees(box: tuple[float, float, float, float], system: CoordinateSystem) -> list[shapely.Geometry]:
    """Return a box of a system, its numbers bounded, as areas in degrees of WGS 84: two where it goes around."""
    west, south, east, north = box
    if system.kind == "geographic":
        south, north = max(south, -90.0), min(north, 90.0)
        parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        boxes: list[shapely.Geometry] = [
            shapely.box(max(left, -180.0), south, min(right, 180.0), north) for left, right in parts
        ]
        if system == WGS84:
            return boxes
        return [shapely.box(*_bounds_of(area, _STEP_DEG * 100, system)) for area in boxes if shapely.area(area)]
    clipped = shapely.intersection(shapely.box(*box), _ZONE_BOX)
    return [] if clipped.is_empty else [shapely.box(*_bounds_of(clipped, _STEP_M, system))]


def _bounds_of(area: shapely.Geometry, step: float, system: CoordinateSystem) -> tuple[float, float, float, float]:
    xy = transform_xy(shapely.get_coordinates(shapely.segmentize(area, step)), system, WGS84)
    (west, south), (east, north) = np.nanmin(xy, axis=0).tolist(), np.nanmax(xy, axis=0).tolist()
    return west, south, east, north


def _reach(zone: CoordinateSystem) -> shapely.Geometry:
    """Return where records of a zone may lie, in degrees: the far islands lie nine degrees from their zone's axis."""
    axis = zone.axis or 0.0
    return shapely.box(axis - _REACH_DEG, -1.0, axis + _REACH_DEG, 30.0)
