"""CRS: whether the coordinates are of a known system, reached by the official operation, and possible at all."""

from collections.abc import Iterator

import numpy as np
import shapely

from geodesy.datum import OPERATION_ID, operation_between
from geodesy.systems import CoordinateSystem, format_axis
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.origins import origins_of
from validation.rule import ANY_GEOMETRY, Found, Severity, rule
from validation.whereabouts import envelope_of, first_outside, outside_envelope, swapped

ROAD = "LINESTRING (0 0, 100 0)"
OFFICIAL = {"src_crs": "EPSG:4326", "src_axis": None, "datum_operation": OPERATION_ID}


@rule(
    "CRS-01",
    {"missing": Severity.ERROR, "unknown": Severity.ERROR, "unsupported": Severity.ERROR},
    scope=ANY_GEOMETRY,
    legal=("vn2000", "accuracy"),
    good=[
        example("road_segment", sample(ROAD)),
        example("road_segment", sample(ROAD, OFFICIAL), sample(ROAD, {"src_crs": "VN2000:105.25/3"})),
    ],
    bad=[
        example("road_segment", sample(ROAD, {"src_crs": None}), finds="CRS-01.missing"),
        example("road_segment", sample(ROAD, {"src_crs": "EPSG:27700"}), finds="CRS-01.unknown"),
        example("road_segment", sample(ROAD, {"src_crs": "EPSG:4147"}), finds="CRS-01.unsupported"),
    ],
)
def source_system_known(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The system a geometry came in must be written down, and be one whose way to the zone is known."""
    for origin, places in origins_of(batch):
        if origin.system is not None:
            continue
        code = origin.refusal.code if origin.refusal else None
        if code == "CRS-DEPRECATED":
            continue  # CRS-02 tells it better
        variant = {None: "missing", "CRS-UNSUPPORTED": "unsupported"}.get(code, "unknown")
        for index in places:
            yield Found(index, variant, context={"system": origin.src_crs or ""})


@rule(
    "CRS-02",
    Severity.ERROR,
    scope=ANY_GEOMETRY,
    legal=("vn2000", "accuracy"),
    good=[example("road_segment", sample(ROAD, {"src_crs": "EPSG:5897", "src_axis": 105.0}))],
    bad=[example("road_segment", sample(ROAD, {"src_crs": "EPSG:6957", "src_axis": 105.0}), finds="CRS-02")],
)
def source_system_withdrawn(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """EPSG 6956 to 6959 are withdrawn: their definitions exchange false easting and false northing."""
    for origin, places in origins_of(batch):
        if origin.refusal is not None and origin.refusal.code == "CRS-DEPRECATED":
            facts = {"system": origin.src_crs, "instead": origin.refusal.context.get("instead", "")}
            for index in places:
                yield Found(index, context=facts)


@rule(
    "CRS-03",
    Severity.ERROR,
    scope=ANY_GEOMETRY,
    legal=("extent",),
    good=[
        example("road_segment", sample(ROAD)),
        example("survey_point", sample("POINT (1150000 1000000)", absolute=True), commune="22736"),
    ],
    bad=[
        example("survey_point", sample("POINT (1150000 1000000)", absolute=True), finds="CRS-03"),
        example("survey_point", sample("POINT (500 2487)", absolute=True), finds="CRS-03"),
        example("survey_point", sample("POINT (1e12 2487000)", absolute=True), finds="CRS-03"),
    ],
)
def outside_the_country(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Every point must lie in the map extent of Vietnam, and outside the special zones in that of the mainland."""
    envelope = envelope_of(context.commune)
    outside = outside_envelope(batch, context)
    if not outside.any():
        return
    for index in np.flatnonzero(outside & ~swapped(batch, context)):
        place = first_outside(batch.geometries[index], context)
        facts = {
            "west_deg": envelope.west,
            "south_deg": envelope.south,
            "far_east_deg": envelope.east,
            "far_north_deg": envelope.north,
        }
        yield Found(int(index), place=place, context=facts)


@rule(
    "CRS-04",
    Severity.WARNING,
    scope=ANY_GEOMETRY,
    legal=("axes",),
    good=[
        example(
            "road_segment",
            sample(ROAD),
            sample(ROAD, {"src_crs": "EPSG:9209", "src_axis": 105.5}),
            sample(ROAD, OFFICIAL),
        )
    ],
    bad=[
        example("road_segment", sample(ROAD, {"src_crs": "EPSG:9217", "src_axis": 108.25}), finds="CRS-04"),
        example("road_segment", sample(ROAD, {"src_crs": "VN2000:105.25/3", "src_axis": 105.25}), finds="CRS-04"),
    ],
)
def strange_axis(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A 3° zone must have the province's axis, or an axis in which the commune's data was kept before the mergers."""
    usual = (context.commune.axis, *context.commune.legacy_axes)
    for origin, places in origins_of(batch):
        axis = _local_axis(origin.system)
        if axis is None or axis in usual:
            continue
        facts = {
            "axis": format_axis(axis),
            "expected": format_axis(context.commune.axis),
            "usual": [format_axis(one) for one in usual],
            "commune": context.commune.full_name,
        }
        for index in places:
            yield Found(index, context=facts)


def _local_axis(system: CoordinateSystem | None) -> float | None:
    """Return the axis of a VN-2000 zone of 3°; maps in 6° zones serve the whole country and have no local axis."""
    return system.axis if system is not None and system.datum == "VN2000" and system.width == 3 else None


@rule(
    "CRS-05",
    Severity.ERROR,
    scope=ANY_GEOMETRY,
    tolerances=("crs05_home_m",),
    good=[example("survey_point", sample("POINT (437000 2487000)", absolute=True))],
    bad=[
        example("survey_point", sample("POINT (2487000 437000)", absolute=True), finds="CRS-05"),
        example("road_segment", sample("LINESTRING (2487000 437000, 2487100 437050)", absolute=True), finds="CRS-05"),
    ],
)
def east_and_north_exchanged(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Official tables write X for north: a geometry that is at home only with both exchanged was read the wrong way."""
    for index in np.flatnonzero(swapped(batch, context)):
        west, south, east, north = (float(side) for side in batch.bounds[index])
        place = shapely.Point((west + east) / 2, (south + north) / 2)
        yield Found(int(index), place=place)


@rule(
    "CRS-08",
    {"missing": Severity.ERROR, "other": Severity.ERROR},
    scope=ANY_GEOMETRY,
    legal=("datum", "accuracy"),
    good=[
        example("road_segment", sample(ROAD), sample(ROAD, OFFICIAL)),
        example("road_segment", sample(ROAD, {"src_crs": "EPSG:9209", "src_axis": 105.5, "datum_operation": "none"})),
    ],
    bad=[
        example("road_segment", sample(ROAD, {**OFFICIAL, "datum_operation": "none"}), finds="CRS-08.missing"),
        example("road_segment", sample(ROAD, {**OFFICIAL, "datum_operation": None}), finds="CRS-08.missing"),
        example("road_segment", sample(ROAD, {**OFFICIAL, "datum_operation": "EPSG:6960"}), finds="CRS-08.other"),
        example("road_segment", sample(ROAD, {"datum_operation": "ballpark"}), finds="CRS-08.other"),
    ],
)
def unofficial_operation(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Where the datum changed, it must have changed by the official parameters and no others."""
    for origin, places in origins_of(batch):
        done = origin.datum_operation or "none"
        wanted = operation_between(origin.system, context.system) if origin.system else "none"
        if done == OPERATION_ID or done == wanted == "none":
            continue
        facts = {"operation": done, "official": OPERATION_ID, "system": origin.src_crs or ""}
        for index in places:
            yield Found(index, "missing" if done == "none" else "other", context=facts)
