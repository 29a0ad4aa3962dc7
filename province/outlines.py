"""Takes the outlines of communes from a GeoJSON file into the zone of each commune's province."""

import json
from pathlib import Path
from typing import Any

import shapely

from core.errors import UserError
from forms.administration import load_communes
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, epsg_system
from province.boundaries import store_boundary
from province.gateway import Gateway

_VIETNAM = (100.0, 4.0, 120.0, 25.0)


def load_outlines(gateway: Gateway, path: Path) -> int:
    """Keep every outline of the file, all or none, and return how many; raise ``UserError`` OUTLINES-FILE.

    The file is in longitude and latitude of WGS 84, as GeoJSON is (RFC 7946); ``commune_code`` names the commune.
    """
    try:
        features = json.loads(path.read_bytes())["features"]
        found = [_outline(feature) for feature in features]
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise UserError("OUTLINES-FILE", file=str(path), reason=str(error) or type(error).__name__) from error
    communes = load_communes()
    with gateway.database.writing() as connection:
        for code, outline in found:
            epsg = communes[code].epsg
            placed = transform_geometries(outline, WGS84, epsg_system(epsg))
            store_boundary(connection, code, epsg=epsg, outline=placed, source=path.name)
    return len(found)


def _outline(feature: Any) -> tuple[str, shapely.Geometry]:
    code = str(feature["properties"]["commune_code"])
    if code not in load_communes():
        raise ValueError(f"commune_code {code[:20]}")
    outline = shapely.make_valid(shapely.from_geojson(json.dumps(feature["geometry"])))
    areas = [part for part in shapely.get_parts(outline).tolist() if shapely.get_dimensions(part) == 2]
    whole = shapely.union_all(areas)
    west, south, east, north = shapely.bounds(whole)
    if not (west >= _VIETNAM[0] and south >= _VIETNAM[1] and east <= _VIETNAM[2] and north <= _VIETNAM[3]):
        raise ValueError(f"commune_code {code}: {west:.3f}, {south:.3f}, {east:.3f}, {north:.3f}")
    return code, whole
