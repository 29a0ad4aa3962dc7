"""The coordinate systems a payload declares, as constant text: a library's own spelling changes with its version."""

from geodesy.systems import CoordinateSystem

WGS84_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)

_VN2000_WKT = (
    'GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6756"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4756"]]'
)


def zone_name(system: CoordinateSystem) -> str:
    """Return the name of a province's zone, e.g. ``VN-2000 / TM-3 105-30``."""
    degrees, minutes = divmod(round((system.axis or 0.0) * 60), 60)
    return f"VN-2000 / TM-3 {degrees:.0f}-{minutes:02.0f}"


def zone_wkt(system: CoordinateSystem) -> str:
    """Return the WKT 1 of a province's VN-2000 / TM-3 zone (scale 0.9999, false easting 500 km)."""
    return (
        f'PROJCS["{zone_name(system)}",{_VN2000_WKT},PROJECTION["Transverse_Mercator"],'
        f'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",{system.axis!r}],'
        'PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],'
        'UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH],'
        f'AUTHORITY["EPSG","{system.epsg}"]]'
    )
