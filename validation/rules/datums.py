"""CRS: readings that put data some hundred metres away, where no boundary can tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.text import fold_text
from forms.unit_names import name_key
from geodesy.datum import operation_between, transform_geometries
from geodesy.systems import CoordinateSystem, tm_system
from validation.batch import Batch
from validation.company import in_company
from validation.context import CheckContext
from validation.examples import example, sample
from validation.origins import origins_of
from validation.reads import Sources
from validation.rule import ANY_GEOMETRY, TOGETHER, Found, Moment, Severity, rule

_INTERNAL = re.compile(r"vn[\W_]*2000.*noi[\W_]*bo|noi[\W_]*bo.*vn[\W_]*2000")
_SYSTEM_COLUMNS = frozenset({"crs", "datum", "he toa do", "he quy chieu", "he quy chieu toa do", "toa do"})
_SEVERAL = 5
_ENOUGH = 300  # of a file's records tell what all of them would

ROADS = tuple(f"LINESTRING ({x} 0, {x + 70} {30 + x / 10})" for x in range(0, 1000, 200))
SOUTH = tuple(  # where numbers of a 6° zone lie that are read in the 3° zone of the same axis
    f"LINESTRING ({x + 18.8} -746.2, {x + 88.8} {x / 10 - 716.2})" for x in range(0, 1000, 200)
)


@rule(
    "CRS-06",
    {"unknown": Severity.WARNING, "internal": Severity.WARNING},
    scope=ANY_GEOMETRY,
    legal=("datum", "accuracy"),
    good=[
        example("road_segment", sample("LINESTRING (0 0, 100 0)", {"source_file": "duong_noi_bo.shp"})),
        example("road_segment", sample("LINESTRING (0 0, 100 0)", {"datum_operation": None})),
        example("road_segment", sample("LINESTRING (0 0, 100 0)", {"src_crs": None, "datum_operation": None})),
        example("road_segment", sample("LINESTRING (0 0, 100 0)", {"raw_values": {"he_toa_do": "VN-2000"}})),
    ],
    bad=[
        example(
            "road_segment",
            sample("LINESTRING (0 0, 100 0)", {"src_crs": "EPSG:9209", "datum_operation": None}),
            finds="CRS-06.unknown",
        ),
        example(
            "road_segment",
            sample("LINESTRING (0 0, 100 0)", {"source_file": "rung_VN2000_noi_bo.kml"}),
            finds="CRS-06.internal",
        ),
        example(
            "road_segment",
            sample("LINESTRING (0 0, 100 0)", {"raw_values": {"Hệ tọa độ": "VN-2000 nội bộ"}}),
            finds="CRS-06.internal",
        ),
    ],
)
def datum_in_doubt(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A datum that nobody has told, or “internal VN-2000”, which is read as WGS 84: both are 226 m in doubt."""
    for origin, places in origins_of(batch):
        if origin.datum_operation is None and _is_another_zone(origin.system, context.system):
            for index in places:
                yield Found(index, "unknown", context={"system": origin.src_crs})
    for index, source in _internal_sources(batch):
        if batch.located[index]:
            yield Found(index, "internal", context={"source": source})


def _is_another_zone(system: CoordinateSystem | None, zone: CoordinateSystem) -> bool:
    """Whether coordinates were brought from a system of the zone's datum; of other datums CRS-08 tells."""
    return system is not None and system != zone and operation_between(system, zone) == "none"


def _internal_sources(batch: Batch) -> Iterator[tuple[int, str]]:
    """Yield the records of which a file, a layer or a column calls the system an internal one, with its words."""
    files = {*batch.origin_column("source_file"), *batch.origin_column("source_layer")}
    names = {name: _is_internal(name) for name in files}
    systems = [column for column in batch.source_columns if name_key(column) in _SYSTEM_COLUMNS]
    if not systems and not any(names.values()):
        return
    for index, lineage in enumerate(batch.lineages):
        cells = (lineage.raw_values.get(column) for column in systems)
        named = (name for name in (lineage.source_file, lineage.source_layer) if names[name])
        source = next(chain(named, filter(_is_internal, cells)), None)
        if source is not None:
            yield index, source


def _is_internal(text: Any) -> bool:
    return isinstance(text, str) and bool(_INTERNAL.search(fold_text(text)))


@dataclass(frozen=True, slots=True)
class _Source:
    """What of a batch came from one file in one zone of VN-2000: the places of its records."""

    name: str
    system: CoordinateSystem
    places: npt.NDArray[np.int64]

    @property
    def other(self) -> CoordinateSystem:
        """The zone of the same axis and the other width, for which this one may have been taken."""
        return tm_system(self.system.axis or 0.0, 3 if self.system.width == 6 else 6)


@rule(
    "CRS-07",
    Severity.WARNING,
    scope=ANY_GEOMETRY,
    moments=TOGETHER | {Moment.IMPORT},
    legal=("vn2000", "accuracy"),
    tolerances=("crs07_offset_m", "crs07_twin_m", "crs07_share_percent"),
    reads=(Sources(_SEVERAL),),
    good=[
        example(
            "road_segment",
            *(sample(wkt, {"source_file": "moi.shp"}) for wkt in ROADS),
            stored={"road_segment": tuple(sample(wkt, {"source_file": "cu.shp"}) for wkt in ROADS)},
        ),
        example(
            "road_segment",
            *(sample(wkt, {"source_file": "moi.shp"}) for wkt in SOUTH[:4]),
            stored={"road_segment": tuple(sample(wkt, {"source_file": "cu.shp"}) for wkt in ROADS[:4])},
        ),
    ],
    bad=[
        example(
            "road_segment",
            *(sample(wkt, {"source_file": "moi.shp"}) for wkt in SOUTH),
            stored={"road_segment": tuple(sample(wkt, {"source_file": "cu.shp"}) for wkt in ROADS)},
            finds="CRS-07",
        )
    ],
)
def zone_width_in_doubt(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """What one file brought lies on what another brought, once its zone is read as one of the other width (3°, 6°).

    Found by twins: records of the same type, as large, whose middles then lie within ``crs07_twin_m`` of each other.
    The later file is told, by its first record.
    """
    company = in_company(batch, context)
    files = [file or "" for file in company.origin_column("source_file")]
    if len(set(files)) < 2:
        return
    numbers = {name: number for number, name in enumerate(dict.fromkeys(files))}
    owner = np.array([numbers[name] for name in files])
    untold = company.located.copy()
    for source in _sources(batch):
        strangers = np.flatnonzero(untold & (owner != numbers[source.name]))
        shapes = batch.geometries[source.places[:: max(1, len(source.places) // _ENOUGH)]]
        reread = _reread(shapes, source, context.system)
        offset = float(np.median(np.abs(_middles(reread) - _middles(shapes))[:, 1]))
        if offset < context.tolerance("crs07_offset_m") or len(strangers) < _SEVERAL:
            continue
        known, within = _Known(company.geometries[strangers]), context.tolerance("crs07_twin_m")
        here, there = known.twins(shapes, within), known.twins(reread, within)
        least = max(_SEVERAL, len(shapes) * context.tolerance("crs07_share_percent") / 100)
        if len(there) < least or len(here) > len(there) / 2:
            continue
        untold &= owner != numbers[source.name]
        first = int(source.places[0])
        facts = {
            "file": source.name,
            "count": len(source.places),
            "offset_m": offset,
            "width": source.system.width,
            "other": source.other.width,
        }
        others = tuple(dict.fromkeys(company.uids[int(strangers[place])] for place in there.values()))
        yield Found(first, place=shapely.centroid(batch.geometries[first]), context=facts, others=others)


def _sources(batch: Batch) -> list[_Source]:
    """Return the files that brought several records in a zone of VN-2000, the latest first."""
    sources = []
    for origin, places in origins_of(batch):
        system = origin.system
        if system is None or system.kind != "tm" or system.datum != "VN2000":
            continue
        by_file: dict[str, list[int]] = {}
        files = batch.origin_column("source_file")
        for index in places:
            by_file.setdefault(files[index] or "", []).append(index)
        sources += [
            _Source(name, system, np.array(own, dtype=np.int64))
            for name, own in by_file.items()
            if name and len(own) >= _SEVERAL
        ]
    return sorted(sources, key=lambda one: batch.uids[int(one.places[0])], reverse=True)


def _reread(shapes: npt.NDArray[np.object_], source: _Source, zone: CoordinateSystem) -> npt.NDArray[np.object_]:
    """Return the shapes where they would lie had their file been read in the zone of the other width."""
    numbers = transform_geometries(shapes, zone, source.system)
    return np.asarray(transform_geometries(numbers, source.other, zone))


def _middles(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    bounds = shapely.bounds(shapes)
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2, dtype=np.float64)


class _Known:
    """Shapes among which twins are looked for: of the same size, their middles nearly in the same place."""

    def __init__(self, shapes: npt.NDArray[np.object_]) -> None:
        self._tree = shapely.STRtree(np.asarray(shapely.points(_middles(shapes))))
        self._sizes = _sizes(shapes)

    def twins(self, shapes: npt.NDArray[np.object_], within: float) -> dict[int, int]:
        """Return which of ``shapes`` has which of the known ones for its twin, by their places."""
        left, right = self._tree.query(shapely.points(_middles(shapes)), predicate="dwithin", distance=within)
        same = (np.abs(_sizes(shapes)[left] - self._sizes[right]) <= within).all(axis=1)
        return dict(zip(left[same].tolist(), right[same].tolist(), strict=True))


def _sizes(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    bounds = shapely.bounds(shapes)
    return np.asarray(bounds[:, 2:] - bounds[:, :2], dtype=np.float64)
