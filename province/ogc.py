"""Accepted records for everybody's GIS: OGC API Features, Part 1 (core, GeoJSON), Part 2 (CRS) and CQL2 filters."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, text

from core.errors import UserError
from core.identity import is_uid
from core.messages import render
from forms.content import GEOMETRY, LINEAGE
from forms.model import RecordType
from geodesy.systems import epsg_system
from province.access import Parts, Running
from province.columns import POSTGRESQL
from province.describing import FEATURE, FEATURES, READER_CODES, content, headers, refusals
from province.holdings import load_content
from province.ogc_filters import cql2_condition, field_condition, queryable_fields, time_condition
from province.ogc_systems import (
    CRS84,
    OfferedSystem,
    box_condition,
    find_system,
    offered_systems,
    read_box,
    shapes_in,
    zones_in_use,
)
from province.readers import QUERY, Reader, reader_of, require_type
from province.tables import records
from validation.rules.personal import personal_fields

GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMANCE = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    *(f"{_PART_1}/{name}" for name in ("core", "geojson")),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(
        f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in ("cql2-text", "basic-cql2", "advanced-comparison-operators")
    ),
]
STATEMENT_S = 20  # how long a server's database may look for one page
_VIETNAM = [102.0, 4.5, 118.0, 23.5]
_ASKED = frozenset(
    {"limit", "after", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "f", QUERY}
)

router = APIRouter(prefix="/ogc", tags=["ogc"])
Reading = Annotated[Reader, Depends(reader_of)]
OF_TYPE = (*READER_CODES, "READER-KEY-MISSING", "READER-SCOPE", "NOT-FOUND")
OF_FILTER = ("EXPRESSION-SYNTAX", "FILTER-TOO-LARGE", "FILTER-UNSUPPORTED")
IN_SYSTEM = headers({"Content-Crs": {"type": "string", "pattern": "^<.+>$"}})
CrsQuery = Annotated[str, Query(alias="crs", max_length=200)]


class _Links:
    """Makes links below ``/ogc``; a key that came in the address goes into each."""

    def __init__(self, request: Request, reader: Reader) -> None:
        self._base = request.base_url
        self._key = {} if reader.asked is None else {QUERY: reader.asked}

    def to(self, path: str, rel: str, kind: str = "application/json", **query: str) -> dict[str, str]:
        url = self._base.replace(path=f"/ogc{path}").include_query_params(**query, **self._key)
        return {"href": str(url), "rel": rel, "type": kind}

    def outside(self, path: str, rel: str, kind: str) -> dict[str, str]:
        return {"href": str(self._base.replace(path=path)), "rel": rel, "type": kind}


@router.get("", summary="Landing page", responses=refusals(*READER_CODES))
def landing(request: Request, reader: Reading) -> dict[str, Any]:
    """Return where everything is."""
    links = _Links(request, reader)
    return {
        "title": "Địa Bạ",
        "description": render("GATEWAY-OGC"),
        "links": [
            links.to("", "self"),
            links.outside("/openapi.json", "service-desc", "application/vnd.oai.openapi+json;version=3.1"),
            links.to("/conformance", "conformance"),
            links.to("/collections", "data"),
        ],
    }


@router.get("/conformance", summary="What this keeps to", responses=refusals())
def conformance() -> dict[str, Any]:
    """Return the conformance classes."""
    return {"conformsTo": CONFORMANCE}


@router.get("/collections", summary="The record types", responses=refusals(*READER_CODES))
def collections(request: Request, parts: Running, reader: Reading) -> dict[str, Any]:
    """Return every record type that the reader may see as a collection."""
    links = _Links(request, reader)
    with parts.gateway.database.reading() as connection:
        zones = zones_in_use(connection)
    types = [one for one in parts.gateway.catalogue.types.values() if reader.may_read(one.id)]
    return {
        "collections": [_describe(links, one, zones) for one in types],
        "crs": list(offered_systems()),
        "links": [links.to("/collections", "self")],
    }


@router.get("/collections/{type_id}", summary="One record type", responses=refusals(*OF_TYPE))
def collection(type_id: str, request: Request, parts: Running, reader: Reading) -> dict[str, Any]:
    """Return one record type as a collection."""
    record_type = _find_type(parts, reader, type_id)
    with parts.gateway.database.reading() as connection:
        zones = zones_in_use(connection)
    return _describe(_Links(request, reader), record_type, zones)


@router.get(
    "/collections/{type_id}/queryables",
    summary="By what records of a type can be chosen",
    response_class=Response,
    responses={200: content(SCHEMA, {"type": "object"}, "A JSON schema"), **refusals(*OF_TYPE)},
)
def queryables(type_id: str, request: Request, parts: Running, reader: Reading) -> JSONResponse:
    """Return the names that filters know, as a JSON schema."""
    record_type = _find_type(parts, reader, type_id)
    names = queryable_fields(record_type, _hidden(record_type, reader))
    titles = {field.key: field.label.get("vi", field.key) for field in record_type.fields}
    kinds = {"text": "string", "number": "number", "boolean": "boolean"}
    body = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _Links(request, reader).to(f"/collections/{record_type.id}/queryables", "self")["href"],
        "type": "object",
        "title": record_type.title.get("vi", record_type.id),
        "properties": {name: {"type": kinds[kind], "title": titles.get(name, name)} for name, kind in names.items()},
        "additionalProperties": False,
    }
    return JSONResponse(body, media_type=SCHEMA)


def _find_type(parts: Parts, reader: Reader, type_id: str) -> RecordType:
    found = parts.gateway.catalogue.types.get(type_id)
    if found is None:
        raise UserError("NOT-FOUND")
    require_type(reader, found)
    return found


def _hidden(record_type: RecordType, reader: Reader) -> frozenset[str]:
    return frozenset() if reader.personal else frozenset(personal_fields(record_type))


def _describe(links: _Links, record_type: RecordType, zones: Sequence[int]) -> dict[str, Any]:
    path = f"/collections/{record_type.id}"
    stored = [uri for uri, one in offered_systems().items() if len(zones) == 1 and one.system == epsg_system(zones[0])]
    return {
        "id": record_type.id,
        "title": record_type.title.get("vi", record_type.id),
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [_VIETNAM], "crs": CRS84}},
        "crs": ["#/crs", *offered_systems()],
        **({"storageCrs": stored[0]} if stored else {}),
        "links": [
            links.to(path, "self"),
            links.to(f"{path}/items", "items", GEOJSON),
            links.to(f"{path}/queryables", QUERYABLES, SCHEMA),
        ],
    }


@router.get(
    "/collections/{type_id}/items",
    summary="Accepted records of a type",
    response_class=Response,
    responses={200: content(GEOJSON, FEATURES, "A page of records", IN_SYSTEM), **refusals(*OF_TYPE, *OF_FILTER)},
)
def items(
    type_id: str,
    request: Request,
    parts: Running,
    reader: Reading,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    after: Annotated[str, Query(pattern=r"^([0-9a-f-]{1,36}(\.[0-9]{5})?)?$")] = "",
    bbox: Annotated[str | None, Query(max_length=200)] = None,
    bbox_crs: Annotated[str, Query(alias="bbox-crs", max_length=200)] = CRS84,
    crs: CrsQuery = CRS84,
    datetime: Annotated[str | None, Query(max_length=80)] = None,
    filter: Annotated[str | None, Query(max_length=8_000)] = None,
    filter_lang: Annotated[str, Query(alias="filter-lang", pattern="^cql2-text$")] = "cql2-text",
    filter_crs: Annotated[str, Query(alias="filter-crs", max_length=200)] = CRS84,
    f: Annotated[str, Query(pattern="^(json|geojson)$")] = "json",
) -> Response:
    """Return a page of records by key.

    ``bbox`` is in ``bbox-crs`` and its axis order, geometries come in ``crs``; ``datetime`` is when the province took
    the record; ``filter`` is CQL2 text over the queryables, each of which is a parameter of its own too.
    """
    record_type = _find_type(parts, reader, type_id)
    system = find_system(crs, "crs")
    find_system(filter_crs, "filter-crs")
    box = None if bbox is None else (read_box(bbox), find_system(bbox_crs, "bbox-crs"))
    with parts.gateway.database.reading() as connection:
        _bound(connection)
        dialect = connection.dialect.name
        wanted = _living(record_type, reader)
        wanted.append(_behind(after))
        names = queryable_fields(record_type, _hidden(record_type, reader))
        for name, value in request.query_params.items():
            if name in names and name not in _ASKED:
                wanted.append(field_condition(names, name, value, dialect))
            elif name not in _ASKED:
                raise UserError("REQUEST-INVALID", places=[f"query.{name[:60]}"])
        if datetime is not None:
            wanted.append(time_condition(datetime))
        if filter is not None:
            wanted.append(cql2_condition(names, filter, dialect))
        if box is not None:
            wanted.append(box_condition(connection, *box))
        query = select(records).where(*wanted).order_by(records.c.uid, records.c.commune_code).limit(limit + 1)
        rows = connection.execute(query).all()
    page = rows[:limit]
    links, path = _Links(request, reader), f"/collections/{record_type.id}"
    asked = {key: value for key, value in request.query_params.items() if key not in (QUERY, "after")}
    told = [links.to(f"{path}/items", "self", GEOJSON, **asked), links.to(path, "collection")]
    if len(rows) > limit:
        last = f"{page[-1].uid}.{page[-1].commune_code}"
        told.append(links.to(f"{path}/items", "next", GEOJSON, **{**asked, "limit": str(limit), "after": last}))
    rest = {"numberReturned": len(page), "timeStamp": parts.gateway.now(), "links": told}
    features = ",".join(_features(page, system, _hidden(record_type, reader)))
    body = f'{{"type":"FeatureCollection","features":[{features}],{_json(rest)[1:]}'
    return Response(body, media_type=GEOJSON, headers={"Content-Crs": f"<{system.uri}>"})


@router.get(
    "/collections/{type_id}/items/{uid}",
    summary="One accepted record",
    response_class=Response,
    responses={200: content(GEOJSON, FEATURE, "The record", IN_SYSTEM), **refusals(*OF_TYPE)},
)
def item(type_id: str, uid: str, request: Request, parts: Running, reader: Reading, crs: CrsQuery = CRS84) -> Response:
    """Return one record by its ``uid``."""
    record_type = _find_type(parts, reader, type_id)
    system = find_system(crs, "crs")
    if not is_uid(uid):
        raise UserError("NOT-FOUND")
    query = select(records).where(*_living(record_type, reader), records.c.uid == uid).order_by(records.c.commune_code)
    with parts.gateway.database.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise UserError("NOT-FOUND")
    links, path = _Links(request, reader), f"/collections/{record_type.id}"
    told = [links.to(f"{path}/items/{uid}", "self", GEOJSON), links.to(path, "collection")]
    [feature] = _features([row], system, _hidden(record_type, reader))
    body = f"{feature[:-1]},{_json({'links': told})[1:]}"
    return Response(body, media_type=GEOJSON, headers={"Content-Crs": f"<{system.uri}>"})


def _bound(connection: Connection) -> None:
    """Let no single question hold a server's database for long; the embedded store's are small enough."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'"))


def _behind(after: str) -> ColumnElement[bool]:
    """Return that a record comes behind the last of a page: by ``uid``, then commune, as two may hold the same one."""
    uid, _, commune_code = after.partition(".")
    if not commune_code:
        return records.c.uid > uid
    return and_(records.c.uid >= uid, or_(records.c.uid > uid, records.c.commune_code > commune_code))


def _living(record_type: RecordType, reader: Reader) -> list[ColumnElement[bool]]:
    return [records.c.type_id == record_type.id, records.c.content.is_not(None), reader.condition()]


def _features(rows: Sequence[Row[Any]], system: OfferedSystem, hidden: frozenset[str]) -> list[str]:
    """Return records as GeoJSON features, in order; what is ``hidden`` is left out."""
    if not rows:
        return []
    wkb = np.empty(len(rows), dtype=object)
    wkb[:] = [row.geometry for row in rows]
    shapes = shapes_in(wkb, np.array([row.epsg for row in rows], dtype=np.int64), system)
    texts = [found or "null" for found in shapely.to_geojson(shapes).tolist()]
    left_out = {GEOMETRY, LINEAGE} | hidden
    found = []
    for row, geometry in zip(rows, texts, strict=True):
        content = load_content(row.content) or {}
        own = {key: value for key, value in content.items() if key not in left_out}
        facts = {**own, "uid": row.uid, "revision": row.revision, "changed_at": row.changed_at}
        found.append(f'{{"type":"Feature","id":{_json(row.uid)},"geometry":{geometry},"properties":{_json(facts)}}}')
    return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
