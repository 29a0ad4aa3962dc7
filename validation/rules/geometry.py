"""GEO: whether a geometry is there, of the right kind, and whole in itself."""

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely import GeometryType

from forms.model import GeometryKind
from validation.batch import Batch, Mask
from validation.context import CheckContext
from validation.curves import find_arcs, is_tolerance_told
from validation.examples import example, sample
from validation.rule import ANY_GEOMETRY, Found, Scope, Severity, rule
from validation.vertices import count_steps, find_duplicates, find_spikes, first_at_owners

SHAPES = Scope(geometries=("line", "multi_line", "multi_polygon"))
_ARC = " ".join(f"{50 * math.sin(turn / 20):.4f} {50 - 50 * math.cos(turn / 20):.4f}," for turn in range(12)).rstrip(
    ","
)
CURVE = "LINESTRING (" + _ARC.replace(",", ", ") + ")"
SQUARE = "POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0))"
BOW_TIE = "POLYGON ((0 0, 40 30, 40 0, 0 30, 0 0))"
HOLE_OUTSIDE = "POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0), (100 0, 110 0, 110 10, 100 0))"


@rule(
    "GEO-01",
    {
        "missing": Severity.ERROR,
        "empty": Severity.ERROR,
        "empty-part": Severity.ERROR,
        "not-finite": Severity.ERROR,
    },
    scope=ANY_GEOMETRY,
    legal=("simple_features", "accuracy"),
    version=3,
    good=[
        example("road_segment", sample("LINESTRING (0 0, 100 0)")),
        example("planning_drawing", sample()),
    ],
    bad=[
        example("road_segment", sample(), finds="GEO-01.missing"),
        example("land_use_plan_area", sample("MULTIPOLYGON EMPTY"), finds="GEO-01.empty"),
        example(
            "land_use_plan_area",
            sample("MULTIPOLYGON (((0 0, 40 0, 40 30, 0 30, 0 0)), EMPTY)"),
            finds="GEO-01.empty-part",
        ),
        example("survey_point", sample("POINT (NaN 5)"), finds="GEO-01.not-finite"),
    ],
)
def geometry_missing(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A record whose type requires a geometry must have one, and any must have real coordinates in every part."""
    for index, count in _empty_parts(batch):
        yield Found(index, "empty-part", context={"count": count})
    if batch.located.all():
        return
    missing, finite = shapely.is_missing(batch.geometries), batch.finite
    wanted = ~batch.located if batch.type.geometry_required else ~batch.located & ~missing
    for index in _places(wanted):
        variant = "missing" if missing[index] else "empty" if finite[index] else "not-finite"
        yield Found(index, variant)


def _empty_parts(batch: Batch) -> Iterator[tuple[int, int]]:
    """Yield the places of located shapes that have parts without a point, and how many."""
    several = np.flatnonzero(batch.located & (shapely.get_num_geometries(batch.geometries) > 1))
    parts, owners = shapely.get_parts(batch.geometries[several], return_index=True)
    found, counts = np.unique(owners[shapely.is_empty(parts)], return_counts=True)
    yield from zip(several[found].tolist(), counts.tolist(), strict=True)


@rule(
    "GEO-02",
    {
        "crossing": Severity.ERROR,
        "touching": Severity.ERROR,
        "hole": Severity.ERROR,
        "nested": Severity.ERROR,
        "disconnected": Severity.ERROR,
        "other": Severity.ERROR,
    },
    scope=SHAPES,
    legal=("simple_features", "accuracy"),
    good=[
        example("land_use_plan_area", sample(SQUARE)),
        example("road_segment", sample("LINESTRING (0 0, 40 30, 40 0, 0 30)")),
    ],
    bad=[
        example("land_use_plan_area", sample(BOW_TIE), finds="GEO-02.crossing"),
        example(
            "land_use_plan_area",
            sample("POLYGON ((0 0, 40 0, 40 40, 20 0, 0 40, 0 0))"),
            finds="GEO-02.touching",
        ),
        example("land_use_plan_area", sample(HOLE_OUTSIDE), finds="GEO-02.hole"),
        example(
            "land_use_plan_area",
            sample("MULTIPOLYGON (((0 0, 40 0, 40 30, 0 30, 0 0)), ((5 5, 10 5, 10 10, 5 10, 5 5)))"),
            finds="GEO-02.nested",
        ),
        example(
            "land_use_plan_area",
            sample("POLYGON ((0 0, 40 0, 40 40, 0 40, 0 0), (0 20, 20 10, 40 20, 20 30, 0 20))"),
            finds="GEO-02.disconnected",
        ),
    ],
)
def geometry_invalid(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A line or polygon must be valid by OGC Simple Features; the change of area a repair would bring is told."""
    for index in _places(batch.located & ~batch.valid):
        reason, place = _read_reason(shapely.is_valid_reason(batch.geometries[index]))
        if reason == "Too few points in geometry component":
            continue  # GEO-07 tells it better
        before = float(shapely.area(batch.geometries[index]))
        after = float(shapely.area(shapely.make_valid(batch.geometries[index])))
        facts: dict[str, Any] = {"area_change_m2": after - before, "reason": reason}
        yield Found(index, _REASONS.get(reason, "other"), place=place, context=facts)


_REASONS = {
    "Self-intersection": "crossing",
    "Ring Self-intersection": "touching",
    "Hole lies outside shell": "hole",
    "Holes are nested": "hole",
    "Nested shells": "nested",
    "Interior is disconnected": "disconnected",
}
_REASON = re.compile(r"^(.*?)\[(\S+) (\S+)\]$")


def _read_reason(text: str) -> tuple[str, shapely.Point | None]:
    """Return the reason and the place of GEOS's ``Self-intersection[5 5]``."""
    found = _REASON.match(text)
    return (found[1], shapely.Point(float(found[2]), float(found[3]))) if found else (text, None)


_FITTING: dict[GeometryKind, tuple[GeometryType, GeometryType]] = {
    "point": (GeometryType.POINT, GeometryType.MULTIPOINT),
    "line": (GeometryType.LINESTRING, GeometryType.MULTILINESTRING),
    "multi_line": (GeometryType.LINESTRING, GeometryType.MULTILINESTRING),
    "multi_polygon": (GeometryType.POLYGON, GeometryType.MULTIPOLYGON),
}


@rule(
    "GEO-03",
    {"": Severity.ERROR, "parts": Severity.ERROR, "unwanted": Severity.ERROR},
    scope=Scope(),
    legal=("simple_features", "plan_database"),
    good=[
        example("road_segment", sample("LINESTRING (0 0, 100 0)"), sample("MULTILINESTRING ((0 0, 100 0))")),
        example("land_use_plan_area", sample(SQUARE)),
        example("planning_dossier", sample()),
    ],
    bad=[
        example("road_segment", sample(SQUARE), sample("POINT (0 0)"), finds=("GEO-03", "GEO-03")),
        example("road_segment", sample("MULTILINESTRING ((0 0, 9 0), (50 0, 59 0))"), finds="GEO-03.parts"),
        example("planning_dossier", sample("POINT (0 0)"), finds="GEO-03.unwanted"),
    ],
)
def geometry_kind(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A geometry must be of a kind its record type allows; single and multi are one kind while there is one part."""
    kinds = shapely.get_type_id(batch.geometries)
    several = shapely.get_num_geometries(batch.geometries) > 1
    fits = ~shapely.is_missing(batch.geometries) & False
    family = fits.copy()
    for kind in batch.type.geometry:
        same = np.isin(kinds, _FITTING[kind])
        family |= same
        fits |= same & (~several if kind in ("point", "line") else True)
    variants = ("unwanted",) if not batch.type.geometry else ("parts", "")
    for index in _places(~fits & (kinds >= 0)):
        shape = batch.geometries[index]
        variant = variants[0] if family[index] else variants[-1]
        facts = {"kind": _SHAPE_NAMES[shape.geom_type], "wanted": [_KIND_NAMES[kind] for kind in batch.type.geometry]}
        yield Found(index, variant, context=facts)


_KIND_NAMES = {
    "point": {"vi": "điểm", "en": "a point"},
    "line": {"vi": "đường", "en": "a line"},
    "multi_line": {"vi": "đường (một hoặc nhiều phần)", "en": "a line of one or more parts"},
    "multi_polygon": {"vi": "vùng", "en": "an area"},
}
_SHAPE_NAMES = {
    "Point": {"vi": "điểm", "en": "a point"},
    "MultiPoint": {"vi": "nhiều điểm", "en": "several points"},
    "LineString": {"vi": "đường", "en": "a line"},
    "LinearRing": {"vi": "đường khép kín", "en": "a closed line"},
    "MultiLineString": {"vi": "nhiều đường", "en": "several lines"},
    "Polygon": {"vi": "vùng", "en": "an area"},
    "MultiPolygon": {"vi": "nhiều vùng", "en": "several areas"},
    "GeometryCollection": {"vi": "hình hỗn hợp", "en": "a mixture of shapes"},
}


@rule(
    "GEO-05",
    {"duplicate": Severity.WARNING, "spike": Severity.WARNING},
    scope=SHAPES,
    tolerances=("geo05_distance_m",),
    good=[
        example("land_use_plan_area", sample(SQUARE)),
        example("road_segment", sample("LINESTRING (0 0, 10 0, 10 5, 10.03 5, 30 9)")),
    ],
    bad=[
        example("road_segment", sample("LINESTRING (0 0, 10 0, 10.01 0, 20 0)"), finds="GEO-05.duplicate"),
        example(
            "land_use_plan_area",
            sample("POLYGON ((0 0, 40 0, 40 30, 60 30.005, 40 30.01, 0 30, 0 0))"),
            finds="GEO-05.spike",
        ),
        example("road_segment", sample("LINESTRING (0 0, 10 0, 25 0, 10 0.01, 10 20)"), finds="GEO-05.spike"),
    ],
)
def stray_vertices(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Neighbouring vertices must not coincide, and a path must not run out and back on itself."""
    tolerance = context.tolerance("geo05_distance_m")
    for variant, find in (("duplicate", find_duplicates), ("spike", find_spikes)):
        owners, first, counts = first_at_owners(batch.paths, find(batch.paths, tolerance))
        for owner, vertex, count in zip(owners, first, counts, strict=True):
            place = shapely.Point(batch.paths.xy[vertex])
            facts = {"count": int(count), "tolerance_m": tolerance}
            yield Found(int(owner), variant, place=place, context=facts)


@rule(
    "GEO-07",
    {"ring": Severity.ERROR, "line": Severity.ERROR},
    scope=SHAPES,
    legal=("simple_features",),
    good=[
        example("land_use_plan_area", sample("POLYGON ((0 0, 40 0, 40 30, 0 0))")),
        example("road_segment", sample("LINESTRING (0 0, 0.5 0)")),
    ],
    bad=[
        example("land_use_plan_area", sample("POLYGON ((0 0, 40 0, 0 0, 0 0))"), finds="GEO-07.ring"),
        example("road_segment", sample("LINESTRING (5 5, 5 5)"), finds="GEO-07.line"),
    ],
)
def too_few_vertices(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A ring needs four points (the last being the first), a line two different ones."""
    paths = batch.paths
    poor = count_steps(paths) < np.where(paths.is_ring, 3, 1)
    seen: set[int] = set()
    for path in np.flatnonzero(poor):
        owner = int(paths.owner[path])
        if owner not in seen:
            seen.add(owner)
            place = shapely.Point(paths.xy[paths.starts[path]])
            yield Found(owner, "ring" if paths.is_ring[path] else "line", place=place)


@rule(
    "GEO-10",
    Severity.WARNING,
    scope=SHAPES,
    tolerances=("geo10_vertices",),
    good=[
        example(
            "road_segment", sample(CURVE, {"raw_coordinates": "arc_radius [EPSG:9211] 40, 0,01 -> 2487000 437000"})
        ),
        example("road_segment", sample(CURVE, {"raw_values": {"curve_tolerance_m": "0.01"}})),
        example("road_segment", sample("LINESTRING (0 0, 10 0, 20 1, 30 3, 40 6, 50 10, 60 15, 70 21, 80 28, 90 36)")),
        example("land_use_plan_area", sample(SQUARE)),
    ],
    bad=[
        example("road_segment", sample(CURVE), finds="GEO-10"),
        example("planning_control_line", sample(CURVE, {"raw_coordinates": "LINESTRING (0 0, 1 1)"}), finds="GEO-10"),
    ],
)
def curve_without_tolerance(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """An arc made of chords must say how far they may be from it: the lineage of what was typed or read tells it."""
    runs = find_arcs(batch.paths, int(context.tolerance("geo10_vertices")))
    owners, first, counts = first_at_owners(batch.paths, runs)
    for owner, vertex, count in zip(owners, first, counts, strict=True):
        if not is_tolerance_told(batch.lineages[owner]):
            yield Found(int(owner), place=shapely.Point(batch.paths.xy[vertex]), context={"count": int(count)})


def _places(mask: Mask) -> Iterator[int]:
    return (int(index) for index in np.flatnonzero(mask))
