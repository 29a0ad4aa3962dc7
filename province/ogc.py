"""Accepted records for everybody's GIS: OGC API Features, Part 1 (core, GeoJSON), in WGS 84 longitude and latitude."""

import json
import math
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import ColumnElement, Row, and_, select, true

from core.errors import UserError
from core.identity import is_uid
from core.messages import render
from forms.administration import load_communes
from forms.content import GEOMETRY, LINEAGE
from forms.model import RecordType
from geodesy.datum import transform_geometries, transform_xy
from geodesy.systems import WGS84, epsg_system
from province.access import Parts, parts_of
from province.columns import POSTGRESQL, touching
from province.holdings import load_content
from province.tables import commune_sequences, records

GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMANCE = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
]
_VIETNAM = [102.0, 4.5, 118.0, 23.5]

router = APIRouter(prefix="/ogc", tags=["ogc"])
Running = Annotated[Parts, Depends(parts_of)]


def _link(request: Request, path: str, rel: str, kind: str = "application/json", **query: str) -> dict[str, str]:
    url = request.base_url.replace(path=f"/ogc{path}").include_query_params(**query)
    return {"href": str(url), "rel": rel, "type": kind}


@router.get("", summary="Landing page")
def landing(request: Request) -> dict[str, Any]:
    """Return where everything is."""
    description = {
        "href": str(request.base_url.replace(path="/openapi.json")),
        "rel": "service-desc",
        "type": "application/vnd.oai.openapi+json;version=3.0",
    }
    return {
        "title": "Địa Bạ",
        "description": render("GATEWAY-OGC"),
        "links": [
            _link(request, "", "self"),
            description,
            _link(request, "/conformance", "conformance"),
            _link(request, "/collections", "data"),
        ],
    }


@router.get("/conformance", summary="What this keeps to")
def conformance() -> dict[str, Any]:
    """Return the conformance classes."""
    return {"conformsTo": CONFORMANCE}


@router.get("/collections", summary="The record types")
def collections(request: Request, parts: Running) -> dict[str, Any]:
    """Return every record type as a collection."""
    found = [_describe(request, record_type) for record_type in parts.gateway.catalogue.types.values()]
    return {"collections": found, "links": [_link(request, "/collections", "self")]}


@router.get("/collections/{type_id}", summary="One record type")
def collection(type_id: str, request: Request, parts: Running) -> dict[str, Any]:
    """Return one record type as a collection."""
    return _describe(request, _find_type(parts, type_id))


def _find_type(parts: Parts, type_id: str) -> RecordType:
    found = parts.gateway.catalogue.types.get(type_id)
    if found is None:
        raise UserError("NOT-FOUND")
    return found


def _describe(request: Request, record_type: RecordType) -> dict[str, Any]:
    path = f"/collections/{record_type.id}"
    return {
        "id": record_type.id,
        "title": record_type.title.get("vi", record_type.id),
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [_VIETNAM], "crs": CRS84}},
        "crs": [CRS84],
        "links": [_link(request, path, "self"), _link(request, f"{path}/items", "items", GEOJSON)],
    }


@router.get("/collections/{type_id}/items", summary="Accepted records of a type")
def items(
    type_id: str,
    request: Request,
    parts: Running,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    after: Annotated[str, Query(pattern=r"^[0-9a-f-]{0,36}$")] = "",
    bbox: Annotated[str | None, Query(max_length=200)] = None,
) -> JSONResponse:
    """Return a page of records by key; ``bbox`` is west, south, east, north in degrees."""
    record_type = _find_type(parts, type_id)
    wanted = [records.c.type_id == record_type.id, records.c.content.is_not(None), records.c.uid > after]
    if bbox is not None:
        wanted.append(_within(parts, bbox))
    query = select(records).where(*wanted).order_by(records.c.uid).limit(limit + 1)
    with parts.gateway.database.reading() as connection:
        rows = connection.execute(query).all()
    page = rows[:limit]
    path = f"/collections/{record_type.id}/items"
    links = [_link(request, path, "self", GEOJSON)]
    if len(rows) > limit:
        area = {} if bbox is None else {"bbox": bbox}
        links.append(_link(request, path, "next", GEOJSON, limit=str(limit), after=page[-1].uid, **area))
    body = {
        "type": "FeatureCollection",
        "features": [_feature(row) for row in page],
        "numberReturned": len(page),
        "timeStamp": parts.gateway.now(),
        "links": links,
    }
    return JSONResponse(body, media_type=GEOJSON)


@router.get("/collections/{type_id}/items/{uid}", summary="One accepted record")
def item(type_id: str, uid: str, request: Request, parts: Running) -> JSONResponse:
    """Return one record by its ``uid``."""
    record_type = _find_type(parts, type_id)
    if not is_uid(uid):
        raise UserError("NOT-FOUND")
    query = select(records).where(
        records.c.type_id == record_type.id, records.c.uid == uid, records.c.content.is_not(None)
    )
    with parts.gateway.database.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise UserError("NOT-FOUND")
    path = f"/collections/{record_type.id}"
    links = [_link(request, f"{path}/items/{uid}", "self", GEOJSON), _link(request, path, "collection")]
    return JSONResponse({**_feature(row), "links": links}, media_type=GEOJSON)


def _within(parts: Parts, bbox: str) -> ColumnElement[bool]:
    """Return the condition that a record's box, in its own zone, meets the box given in degrees."""
    west, south, east, north = _read_box(bbox)
    with parts.gateway.database.reading() as connection:
        codes = connection.execute(select(commune_sequences.c.commune_code)).scalars()
        found = sorted({load_communes()[code].epsg for code in codes})
        has_index = connection.dialect.name == POSTGRESQL
    outline = shapely.get_coordinates(shapely.segmentize(shapely.box(west, south, east, north), 0.05))
    condition: ColumnElement[bool] = records.c.epsg == 0
    for epsg in found:
        xy = transform_xy(outline, WGS84, epsg_system(epsg))
        (min_x, min_y), (max_x, max_y) = xy.min(axis=0), xy.max(axis=0)
        condition = condition | and_(
            records.c.epsg == epsg,
            records.c.min_x <= float(max_x),
            records.c.max_x >= float(min_x),
            records.c.min_y <= float(max_y),
            records.c.max_y >= float(min_y),
            touching(min_x, min_y, max_x, max_y, epsg) if has_index else true(),
        )
    return condition


def _read_box(bbox: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(text) for text in bbox.split(","))
    except ValueError as error:
        raise UserError("REQUEST-INVALID", places=["query.bbox"]) from error
    if not all(map(math.isfinite, (west, south, east, north))):
        raise UserError("REQUEST-INVALID", places=["query.bbox"])
    return west, south, east, north


def _feature(row: Row[Any]) -> dict[str, Any]:
    content = load_content(row.content) or {}
    properties = {key: value for key, value in content.items() if key not in (GEOMETRY, LINEAGE)}
    shape = None
    if row.geometry is not None:
        shape = transform_geometries(shapely.from_wkb(row.geometry), epsg_system(row.epsg), WGS84)
    return {
        "type": "Feature",
        "id": row.uid,
        "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        "properties": {**properties, "revision": row.revision, "changed_at": row.changed_at},
    }
