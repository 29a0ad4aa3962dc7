"""The record types, records and geometries that the store's tests share."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from core.identity import new_uids
from forms.administration import load_communes
from forms.catalogue import Catalogue
from forms.model import Group, RecordType
from forms.record import Actor, Lineage
from geodesy.systems import tm_system
from localdb.workspace import Workspace, create_workspace

AN = Actor("Nguyễn Văn An")
LINEAGE = Lineage(
    "khu.gpkg", "khu", 7, "gnss", 0.05, "EPSG:9209", 105.5, "none", "POINT(1 2)", {"TÊN": "Trường", "n": 1.5}
)
COMMUNE = load_communes()["01153"]


def both(text: str) -> dict[str, str]:
    return {"vi": text, "en": text}


def field(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "label": both(key), "type": kind, **more}


def build_type(type_id: str, fields: list[dict[str, Any]], geometry: tuple[str, ...] = (), **more: Any) -> RecordType:
    return RecordType.model_validate(
        {
            "id": type_id,
            "version": 1,
            "title": both(type_id),
            "group": "things",
            "code": "THI",
            "geometry": geometry,
            "sections": [{"key": "main", "label": both("main")}],
            "fields": fields,
            **more,
        }
    )


SITE_FIELDS = [
    field("name", "text"),
    field("local_code", "text"),
    field("area_m2", "number"),
    field("floors", "integer"),
    field("public", "boolean"),
    field("built_on", "date"),
    field("seen_at", "moment"),
    field("kind", "choice", choices="kinds"),
    field("uses", "choices", choices="kinds"),
    field("parent", "reference", target=["sheet"]),
    field("secret", "text", search=False),
    field("photos", "files"),
]

PHOTO = {
    "sha256": "ab" * 32,
    "name": "ảnh cống.jpg",
    "bytes": 1_234_567,
    "mime": "image/jpeg",
    "caption": 'Đầu cống bị "vỡ" 100%',
    "taken_at": "2026-02-03T04:05:06.000Z",
    "place": [105.0, 22.25],
}


def build_types() -> list[RecordType]:
    return [
        build_type("sheet", [field("name", "text"), field("pages", "integer")]),
        build_type("site", SITE_FIELDS, ("multi_polygon",)),
        build_type("mark", [field("name", "text")], ("point", "line")),
        build_type("route", [field("name", "text"), field("length_m", "number")], ("multi_line",)),
    ]


def build_catalogue(types: list[RecordType]) -> Catalogue:
    return Catalogue(types, [Group.model_validate({"key": "things", "title": both("things")})], [])


def create(folder: Path, catalogue: Catalogue, **more: Any) -> Workspace:
    facts: dict[str, Any] = {
        "commune": COMMUNE,
        "system": tm_system(106.0),
        "boundary": shapely.box(400_000, 2_400_000, 450_000, 2_450_000),
        "boundary_source": "ranh_gioi.gpkg",
        "now": "2026-03-01T08:00:00.000Z",
        **more,
    }
    return create_workspace(folder, catalogue=catalogue, **facts)


def square(east: float = 410_000.0, north: float = 2_410_000.0, size: float = 10.0) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(east, north, east + size, north + size)])


def squares(count: int) -> Any:
    east = 400_000 + 20.0 * (np.arange(count) % 200)
    north = 2_400_000 + 20.0 * (np.arange(count) // 200)
    boxes = shapely.box(east, north, east + 10, north + 10)
    return shapely.multipolygons(boxes, indices=np.arange(count))


def many_sites(count: int) -> dict[str, Any]:
    return {
        "uids": new_uids(count),
        "values": {
            "name": [f"Khu đất số {place}" for place in range(count)],
            "area_m2": [place / 7 for place in range(count)],
            "uses": [None if place % 3 else ["a", "b"] for place in range(count)],
            "public": [(None, True, False)[place % 3] for place in range(count)],
            "photos": [None if place % 5 else [{**PHOTO, "name": f"ảnh {place}.jpg"}] for place in range(count)],
        },
        "geometries": squares(count),
        "lineages": [
            Lineage(source_file="khu dat.gpkg", source_row=place + 1, raw_values={"TÊN": f"x{place}"})
            for place in range(count)
        ],
    }
