"""Free places in a commune, and whole records to put there: nothing is wrong with them until somebody breaks it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.identity import new_uid
from forms.model import AnyField, RecordType
from forms.record import Lineage
from localdb import blobs, boundary, records
from localdb.engine import Connection
from services.desk import Desk
from services.file_storing import store_file

LINE = "LINESTRING (0 0, 50 3, 90 8)"
AREA = "POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0))"
APART_M = 300.0
EDGE_M = 1_500.0

DRAWN: Mapping[str, Any] = {"capture_method": "do_dac_toan_dac", "accuracy_m": 0.05, "datum_operation": "none"}

Mark = tuple[str, str]
"""The code of a finding, and the uid of the record on which it stands."""

_OWN: Mapping[str, Mapping[str, Any]] = {
    "planning_dossier": {
        "status": "du_thao",
        "plan_kind": "QHC",
        "plan_level": "1",
        "scale_denom": 5000,
        "period_from": 2025,
        "period_to": 2035,
        "task_decision_no": "05/QĐ-UBND",
        "task_decision_date": "2025-08-01",
    },
    "dossier_document": {"scan_or_native": "ban_goc"},
    "planning_drawing": {"scan_or_native": "ban_goc", "scale_denom": 5000, "georef": "none"},
    "planning_marker": {"marker_no": "M1"},
    "road_segment": {"carriageway_w": 5.5, "formation_w": 7.5, "lanes": 2},
    "bridge": {"length_m": 20.0, "max_span_m": 10.0},
    "culvert": {"diameter_mm": 800.0},
    "water_supply_line": {"diameter_mm": 110.0, "work_grade": "IV"},
    "water_supply_facility": {"capacity_m3d": 2400.0, "work_grade": "III"},
    "drainage_line": {
        "section": "tron",
        "diameter_mm": 600.0,
        "invert_up": 12.4,
        "invert_dn": 12.1,
        "work_grade": "IV",
    },
    "drainage_node": {"kind": "ho_ga", "rim_level": 14.0, "invert_level": 12.0},
    "power_facility": {"kind": "tu_dien"},
    "lighting_asset": {"kind": "tru_den", "pole_h_m": 9.0, "lamp_type": "LED", "power_w": 100.0, "work_grade": "IV"},
    "telecom_line": {"cores_n": 24},
    "telecom_facility": {"mast_h_m": 30.0, "work_grade": "IV"},
    "public_building": {"floors_below": 0, "work_grade": "III"},
    "housing_site": {"floors": 2, "work_grade": "III"},
    "construction_project": {"total_vnd": 14_900_000_000},
    "survey_point": {"point_no": "1"},
    "non_delivery_reason": {"name": "Hồ sơ chưa nộp", "data_kind": "ha_tang_ky_thuat"},
}
"""What the usual values of a field would contradict."""
_LINKS: Mapping[str, str] = {"dossier_uid": "planning_dossier", "road_segment_uid": "road_segment"}
_NUMBERS: Mapping[str, Any] = {"from_km": 0.0, "to_km": 1.0}


@dataclass
class Ground:
    """A desk, its free places in order, and what has been put there so far."""

    desk: Desk
    places: Iterator[tuple[float, float]]
    outline: BaseGeometry
    neighbours: Mapping[str, BaseGeometry]
    added: list[tuple[RecordType, str, dict[str, Any], BaseGeometry | None, Lineage]] = field(default_factory=list)
    planted: set[Mark] = field(default_factory=set)
    implied: set[Mark] = field(default_factory=set)
    raw: list[tuple[str, str, str, Any]] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    broken: dict[str, Any] = field(default_factory=dict)

    def site(self) -> "Site":
        """Return the next free place."""
        return Site(self, next(self.places))

    def home(self, type_id: str) -> str:
        """Return the uid of the one whole record of this type to which others may belong."""
        if type_id not in self.homes:
            self.homes[type_id] = self.site().add(type_id, LINE if type_id == "road_segment" else None)
        return self.homes[type_id]

    def edge(self, side: str) -> tuple[float, float]:
        """Return how far the commune reaches to one side, and where along that side: the vertex that lies outermost."""
        xy = shapely.get_coordinates(self.outline)
        axis, farthest = {"west": (0, np.argmin), "south": (1, np.argmin), "north": (1, np.argmax)}[side]
        vertex = xy[int(farthest(xy[:, axis]))]
        return float(vertex[axis]), float(vertex[1 - axis])

    def communes_crossed(self, wkt: str) -> list[str]:
        """Return the codes of the known neighbours that a line reaches."""
        line = shapely.from_wkt(wkt)
        return [code for code, one in self.neighbours.items() if shapely.intersects(line, shapely.buffer(one, 0))]

    def hold(self, path: Path) -> dict[str, Any]:
        """Store a file's content and return what a document says of it."""
        return dict(store_file(self.desk, path).as_fields(self.desk.catalogue.type("planning_drawing")))

    def write(self) -> None:
        """Put all records into the store in one step, past the services, which would refuse many of them."""
        with self.desk.work("WORK-INSERT", type={"vi": "", "en": ""}) as work:
            for record_type, uid, values, geometry, lineage in self.added:
                work.insert(record_type, values, geometry, lineage, uid=uid)
            for type_id in {type_id for type_id, *_ in self.raw}:
                drop_triggers(work.connection, type_id)
            for type_id, uid, key, value in self.raw:
                write_raw(work.connection, type_id, uid, key, value, self.desk.workspace.srid)
        self.added.clear()
        self.raw.clear()


@dataclass
class Site:
    """One place with room around it; shapes are given in metres from its middle, east and north."""

    ground: Ground
    centre: tuple[float, float]

    def add(
        self,
        type_id: str,
        wkt: str | None = None,
        lineage: Mapping[str, Any] | None = None,
        *,
        absolute: bool = False,
        **values: Any,
    ) -> str:
        """Add a whole record with these ``values`` in place of the usual ones, and return its uid."""
        desk = self.ground.desk
        record_type = desk.catalogue.type(type_id)
        uid = new_uid()
        shape = None if wkt is None else shapely.from_wkt(wkt)
        if shape is not None and not absolute:
            shape = shapely.transform(shape, lambda xy: np.round(xy + self.centre, 4))
        if shape is not None and "multi_polygon" in record_type.geometry and shape.geom_type == "Polygon":
            shape = shapely.multipolygons([shape])
        if shape is not None and "multi_line" in record_type.geometry and shape.geom_type == "LineString":
            shape = shapely.multilinestrings([shape])
        made = {"src_crs": desk.system.id, "src_axis": desk.system.axis, **DRAWN} if shape is not None else {}
        complete = {**whole_values(self.ground, record_type, uid), **values}
        if "area_decision_ha" in complete and "area_decision_ha" not in values and shape is not None:
            complete["area_decision_ha"] = round(shape.area / 10_000, 4)
        if "area_stated_m2" in complete and "area_stated_m2" not in values and shape is not None:
            complete["area_stated_m2"] = round(shape.area, 1)
        given = Lineage.from_dict({**made, **(lineage or {})})
        self.ground.added.append((record_type, uid, complete, shape, given))
        return uid

    def smuggle(self, type_id: str, uid: str, **raw: Any) -> None:
        """Write values, or a ``geometry``, that the store itself refuses: a file damaged by another hand."""
        for key, value in raw.items():
            is_shape = isinstance(value, BaseGeometry)
            cell = shapely.transform(value, lambda xy: xy + self.centre) if is_shape else value
            self.ground.raw.append((type_id, uid, key, cell))

    def expect(self, code: str, uid: str) -> None:
        """Say which finding the planted error must give."""
        self.ground.planted.add((code, uid))

    def implies(self, code: str, uid: str) -> None:
        """Say which other finding is right about it as well."""
        self.ground.implied.add((code, uid))


def free_ground(desk: Desk) -> Ground:
    """Return the places of a lattice inside the commune that lie far from its edge and from every record."""
    with desk.reading() as connection:
        outlines = boundary.fetch_boundaries(connection)
        held = [
            records.fetch_batch(connection, record_type).geometries
            for record_type in desk.catalogue.types.values()
            if record_type.geometry
        ]
    shapes = np.concatenate(held)
    shapes = shapes[~shapely.is_missing(shapes)]
    outline = outlines.pop(desk.commune.code)
    inner = shapely.buffer(outline, -EDGE_M)
    west, south, east, north = inner.bounds
    lattice = np.stack(np.meshgrid(np.arange(west, east, APART_M), np.arange(south, north, APART_M)), axis=-1)
    points = shapely.points(lattice.reshape(-1, 2))
    points = points[shapely.contains(inner, points)]
    if len(shapes):
        taken = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=APART_M)[1]
        points = np.delete(points, np.unique(taken))
    places = (np.round(shapely.get_coordinates(points), 1) + 0.037).tolist()  # surveyed: not on whole decimetres
    return Ground(desk, iter([(east, north) for east, north in places]), outline, outlines)


def whole_values(ground: Ground, record_type: RecordType, uid: str) -> dict[str, Any]:
    """Return values for every field that the type always asks for, different in each record where that matters."""
    mark = hashlib.sha256(uid.encode()).hexdigest()[:10].upper()
    own = _OWN.get(record_type.id, {})
    values: dict[str, Any] = {}
    for item in record_type.fields:
        if item.key in own or not item.required or item.required_when:
            continue
        if item.key == "dossier_uid" and record_type.id == "dossier_document":
            values[item.key] = ground.site().add("planning_dossier")  # one file twice in a dossier would be told
        elif item.key in ("asset_uid", *_LINKS):
            values[item.key] = ground.home(_LINKS.get(item.key, "road_segment"))
        else:
            values[item.key] = _usual(ground.desk, item, mark)
    named = {key: value for key, value in ground.files[0].items() if "file_sha256" in values}
    return {**values, **named, **own, "commune_code": ground.desk.commune.code}


def _usual(desk: Desk, item: AnyField, mark: str) -> Any:
    if item.key in _NUMBERS:
        return _NUMBERS[item.key]
    match item.type:
        case "text":
            return f"Mẫu {mark}"
        case "integer" | "number":
            return max(item.minimum or 0, 2)
        case "boolean":
            return True
        case "date":
            return "2026-01-15"
        case "moment":
            return "2026-01-15T02:00:00.000Z"
        case "choice":
            return next(code.code for code in desk.catalogue.choice_list(item.choices).offered("2026-11-20"))
    return None


def drop_triggers(connection: Connection, type_id: str) -> None:
    """Take away what keeps wrong kinds of values out of a table."""
    found = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (type_id,)
    ).scalars()
    for name in list(found):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def write_raw(connection: Connection, type_id: str, uid: str, key: str, value: Any, srid: int) -> None:
    """Write one cell as it is."""
    cell = blobs.encode(value, srid) if isinstance(value, BaseGeometry) else value
    connection.exec_driver_sql(f'UPDATE "{type_id}" SET "{key}" = ? WHERE uid = ?', (cell, uid))  # noqa: S608
