"""A small catalogue and changes of every shape, so that these tests need no other floor's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from forms.content import GEOMETRY, LINEAGE, geometry_to_hex
from forms.model import RecordType
from forms.record import Lineage
from wire.changes import RecordChange, plain_content

MOMENT = "2026-03-01T02:03:04.005Z"


@dataclass(frozen=True)
class Types:
    types: Mapping[str, RecordType]


def _type(type_id: str, code: str, geometry: list[str], fields: list[dict[str, Any]]) -> RecordType:
    labelled = [{"label": {"vi": field["key"], "en": field["key"]}, **field} for field in fields]
    return RecordType.model_validate(
        {
            "id": type_id,
            "version": 1,
            "title": {"vi": f"Loại {type_id}", "en": type_id},
            "group": "main",
            "code": code,
            "geometry": geometry,
            "sections": [{"key": "main", "label": {"vi": "Chính", "en": "Main"}}],
            "fields": labelled,
        }
    )


FIELDS = [
    {"key": "name", "type": "text"},
    {"key": "lanes", "type": "integer"},
    {"key": "width_m", "type": "number"},
    {"key": "lit", "type": "boolean"},
    {"key": "opened_on", "type": "date"},
    {"key": "seen_at", "type": "moment"},
    {"key": "surface", "type": "choice", "choices": "surface"},
    {"key": "communes", "type": "choices", "choices": "communes"},
    {"key": "parent", "type": "reference", "target": ["dossier"]},
    {"key": "photos", "type": "files"},
]
PHOTO = {"sha256": "ab" * 32, "name": "ảnh 1.jpg", "bytes": 12, "mime": "image/jpeg", "place": [105.5, 22.0]}
ROAD = _type("road", "RDX", ["line"], FIELDS)
TYPES = Types(
    {
        "dossier": _type("dossier", "DOX", [], FIELDS[:1]),
        "road": ROAD,
        "zone": _type("zone", "ZOX", ["multi_polygon"], FIELDS[:3]),
        "bridge": _type("bridge", "BRX", ["line", "point"], FIELDS[:3]),
    }
)
UID = "01890a5d-ac96-774b-bcce-b302099a8{:03d}"
LINE = shapely.LineString([(437050.2521, 2487289.588), (437060.5, 2487300.25)])
POINT = shapely.Point(437050, 2487289)
SQUARE = shapely.MultiPolygon([shapely.box(437000, 2487000, 437100, 2487100)])


def road_content(**values: Any) -> dict[str, Any]:
    content = {
        "name": "Đường Nguyễn Huệ",
        "lanes": 2,
        "width_m": 5.5,
        "lit": True,
        "opened_on": "2020-02-29",
        "seen_at": "2026-01-02T03:04:05.678Z",
        "surface": "BTN",
        "communes": ["01153", "01156"],
        "parent": UID.format(900),
        "photos": [PHOTO],
        GEOMETRY: geometry_to_hex(LINE),
        LINEAGE: Lineage("đường.shp", source_row=3, accuracy_m=1, raw_values={"TEN": "x", "N": 5}).as_dict(),
    }
    return plain_content(ROAD, {**content, **values})


def sample_changes() -> list[RecordChange]:
    zone = plain_content(TYPES.types["zone"], {"name": "Lô 1", GEOMETRY: geometry_to_hex(SQUARE)})
    point = plain_content(TYPES.types["bridge"], {"name": "Cầu", GEOMETRY: geometry_to_hex(POINT)})
    dossier = plain_content(TYPES.types["dossier"], {"name": "Hồ sơ quy hoạch"})
    empty = plain_content(ROAD, {})
    return [
        RecordChange("road", UID.format(3), "insert", 1, None, None, road_content()),
        RecordChange("road", UID.format(1), "update", 4, 2, "ab" * 32, road_content(name="Đường Lê Lợi", lit=False)),
        RecordChange("road", UID.format(2), "insert", 1, None, None, empty),
        RecordChange("zone", UID.format(4), "insert", 1, None, None, zone),
        RecordChange("bridge", UID.format(5), "insert", 7, None, None, point),
        RecordChange("bridge", UID.format(6), "delete", 9, 3, "cd" * 32, None),
        RecordChange("dossier", UID.format(7), "insert", 1, None, None, dossier),
    ]
