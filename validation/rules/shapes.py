"""GEO, CRS and TOP: shapes that are too thin, too large, too coarse, or there twice."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from forms.model import RecordType
from validation.batch import Batch
from validation.company import in_company, pairs_told
from validation.context import CheckContext
from validation.examples import example, sample, uid_at
from validation.reads import Near
from validation.rule import ANY_GEOMETRY, Found, Scope, Severity, rule

AREAS = Scope(geometries=("multi_polygon",))
DRAWN = Scope(geometries=("line", "multi_line", "multi_polygon"))
SURVEYED = ("do_dac_toan_dac", "gnss_rtk")
ASSETS = (
    *("road_segment", "bridge", "culvert", "drainage_line", "drainage_node", "water_supply_line"),
    *("water_supply_facility", "power_line", "power_facility", "telecom_line", "telecom_facility", "lighting_asset"),
    *("public_building", "public_green_area", "housing_site", "solid_waste_facility", "transport_facility"),
    *("planning_boundary", "planning_control_line"),
)
ROAD = "road_segment"


@rule(
    "GEO-06",
    {"small": Severity.WARNING, "narrow": Severity.WARNING},
    scope=AREAS,
    tolerances=("geo06_area_m2", "geo06_width_m"),
    good=[example("land_use_plan_area", sample("POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0))"))],
    bad=[
        example("land_use_plan_area", sample("POLYGON ((0 0, 0.9 0, 0.9 0.9, 0 0.9, 0 0))"), finds="GEO-06.small"),
        example("land_use_plan_area", sample("POLYGON ((0 0, 400 0, 400 0.08, 0 0.08, 0 0))"), finds="GEO-06.narrow"),
        example(
            "land_use_plan_area",
            sample("MULTIPOLYGON (((0 0, 40 0, 40 30, 0 0)), ((90 0, 90.5 0, 90 0.5, 90 0)))"),
            finds="GEO-06.small",
        ),
    ],
)
def sliver(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """An area, or a part of one, that is tiny or hair-thin is a slip of drawing; width is twice area by perimeter."""
    parts, owners = shapely.get_parts(batch.geometries, return_index=True)
    usable = batch.valid[owners] & (shapely.get_type_id(parts) == GeometryType.POLYGON) & ~shapely.is_empty(parts)
    parts, owners = parts[usable], owners[usable]
    areas = shapely.area(parts)
    widths = 2 * areas / np.maximum(shapely.length(parts), 1e-12)
    small = areas < context.tolerance("geo06_area_m2")
    poor = small | (widths < context.tolerance("geo06_width_m"))
    told: set[int] = set()
    for place in np.flatnonzero(poor).tolist():
        owner = int(owners[place])
        if owner not in told:
            told.add(owner)
            facts = {"area_m2": float(areas[place]), "width_m": float(widths[place])}
            yield Found(
                owner, "small" if small[place] else "narrow", None, shapely.point_on_surface(parts[place]), facts
            )


@rule(
    "GEO-08",
    {"vertices": Severity.WARNING, "extent": Severity.WARNING},
    scope=DRAWN,
    tolerances=("geo08_vertices", "geo08_extent_m"),
    good=[example(ROAD, sample("LINESTRING (0 0, 4000 0)"))],
    bad=[
        example(ROAD, sample("LINESTRING (-30000 0, 31000 0)"), finds="GEO-08.extent"),
        example(
            ROAD,
            sample(f"LINESTRING ({', '.join(f'{n * 0.04:.2f} {n % 2}' for n in range(100_000))})"),
            finds="GEO-08.vertices",
        ),
    ],
)
def absurd_size(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A shape of very many vertices, or longer than any commune, is rarely meant."""
    counts = shapely.get_num_coordinates(batch.geometries)
    sides = np.nan_to_num(batch.bounds[:, 2:] - batch.bounds[:, :2]).max(axis=1, initial=0)
    many = batch.located & (counts >= context.tolerance("geo08_vertices"))
    wide = batch.located & (sides > context.tolerance("geo08_extent_m")) & ~_blown_up(batch, context)
    for index in np.flatnonzero(many | wide).tolist():
        facts = {"count": int(counts[index]), "side_m": float(sides[index])}
        yield Found(index, "vertices" if many[index] else "extent", context=facts)


@rule(
    "GEO-09",
    Severity.ERROR,
    scope=DRAWN,
    tolerances=("geo09_extent_m",),
    good=[example(ROAD, sample("LINESTRING (0 0, 4000 0)"))],
    bad=[example(ROAD, sample("LINESTRING (0 0, 400000 0)"), finds="GEO-09")],
)
def wrong_unit(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A shape wider than a province was drawn in millimetres, or in another unit."""
    for index in np.flatnonzero(_blown_up(batch, context)).tolist():
        side = float((batch.bounds[index, 2:] - batch.bounds[index, :2]).max())
        yield Found(index, context={"side_m": side})


def _blown_up(batch: Batch, context: CheckContext) -> npt.NDArray[np.bool_]:
    sides = np.nan_to_num(batch.bounds[:, 2:] - batch.bounds[:, :2]).max(axis=1, initial=0)
    return np.asarray(batch.located & (sides > context.tolerance("geo09_extent_m")), dtype=bool)


@rule(
    "CRS-09",
    Severity.WARNING,
    scope=ANY_GEOMETRY,
    legal=("accuracy",),
    tolerances=("crs09_vertices",),
    good=[
        example(ROAD, sample("LINESTRING (0 0, 50.25 3.47, 100 8)")),
        example(ROAD, sample("LINESTRING (0 0, 50 3, 100 8)", {"capture_method": "so_hoa_ban_do"})),
        example(ROAD, sample("LINESTRING (0 0, 50 3)")),
    ],
    bad=[example(ROAD, sample("LINESTRING (0 0, 50.1 3, 100 8.2)"), finds="CRS-09")],
)
def too_few_decimals(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Survey gives centimetres: where every vertex lies on a round decimetre, decimals were lost on the way."""
    surveyed = np.array([method in SURVEYED for method in batch.origin_column("capture_method")], dtype=bool)
    enough = shapely.get_num_coordinates(batch.geometries) >= context.tolerance("crs09_vertices")
    asked = np.flatnonzero(surveyed & batch.located & enough)
    xy, owners = shapely.get_coordinates(batch.geometries[asked], return_index=True)
    tenths = xy * 10
    coarse = np.ones(len(asked), dtype=bool)
    coarse[owners[(np.abs(tenths - np.round(tenths)) > 1e-4).any(axis=1)]] = False
    for index in asked[coarse].tolist():
        yield Found(index)


@rule(
    "TOP-11",
    Severity.WARNING,
    scope=Scope(types=ASSETS),
    tolerances=("top11_apart_m",),
    reads=(Near(tolerance="top11_apart_m"),),
    good=[
        example(ROAD, sample("LINESTRING (0 0, 100 0)"), sample("LINESTRING (0 0.2, 100 0.2)")),
        example("lighting_asset", sample("POINT (0 0)", kind="tru_den"), sample("POINT (0 0)", kind="den")),
        example(
            "planning_boundary",
            sample("POLYGON ((0 0, 9 0, 9 9, 0 0))", dossier_uid=uid_at(8001)),
            sample("POLYGON ((0 0, 9 0, 9 9, 0 0))", dossier_uid=uid_at(8002)),
        ),
    ],
    bad=[
        example(ROAD, sample("LINESTRING (0 0, 100 0)"), sample("LINESTRING (100 0.05, 0 0)"), finds="TOP-11"),
        example(
            "public_building",
            sample("POLYGON ((0 0, 9 0, 9 9, 0 0))"),
            stored={"public_building": (sample("POLYGON ((0.05 0, 9 0, 9 9, 0.05 0))"),)},
            finds="TOP-11",
        ),
    ],
)
def there_twice(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Two records of one type, kind and dossier with the same shape, in either direction, are likely one object."""
    most = context.tolerance("top11_apart_m")
    company = in_company(batch, context)
    left, right = _same_box(batch, company, most)
    sorts = _sorts(company)
    for told, other in pairs_told(batch, company, left, right):
        shapes = company.geometries[[told, other]]
        if sorts[told] != sorts[other] or shapely.get_dimensions(shapes[0]) != shapely.get_dimensions(shapes[1]):
            continue
        apart = float(shapely.hausdorff_distance(*shapes))
        if apart < most:
            place = shapely.Point(shapely.get_coordinates(shapes[0])[0])
            yield Found(told, place=place, context={"apart_m": apart}, others=(company.uids[other],))


def _same_box(batch: Batch, company: Batch, most_m: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the pairs, one of the batch and one of the company, whose boxes differ by no more than ``most_m``."""
    there = np.flatnonzero(company.valid)
    own = np.flatnonzero(batch.valid)
    tree = shapely.STRtree(np.asarray(shapely.points(company.bounds[there, :2])))
    left, right = tree.query(shapely.points(batch.bounds[own, :2]), predicate="dwithin", distance=2 * most_m)
    left, right = own[left], there[right]
    alike = (np.abs(batch.bounds[left] - company.bounds[right]) <= most_m).all(axis=1) & (left != right)
    return left[alike], right[alike]


def _sorts(batch: Batch) -> list[tuple[object, ...]]:
    """Return what must be the same for two records of a type to be one object: kind and dossier, where it has them."""
    keys = [key for key in ("kind", "dossier_uid") if _has(batch.type, key)]
    return list(zip(*(batch.column(key) for key in keys), strict=True)) if keys else [()] * len(batch)


def _has(record_type: RecordType, key: str) -> bool:
    return any(field.key == key for field in record_type.fields)


@rule(
    "TOP-12",
    {"road": Severity.WARNING, "water": Severity.WARNING},
    scope=Scope(types=("public_building",)),
    tolerances=("top12_road_m", "top12_water_m2"),
    reads=(Near(ROAD), Near("drainage_node")),
    good=[
        example(
            "public_building",
            sample("POLYGON ((0 5, 20 5, 20 15, 0 15, 0 5))"),
            stored={ROAD: (sample("LINESTRING (-50 0, 50 0)"),)},
        )
    ],
    bad=[
        example(
            "public_building",
            sample("POLYGON ((0 -5, 20 -5, 20 15, 0 15, 0 -5))"),
            stored={ROAD: (sample("LINESTRING (-50 0, 50 0)"),)},
            finds="TOP-12.road",
        ),
        example(
            "public_building",
            sample("POLYGON ((0 -5, 20 -5, 20 15, 0 15, 0 -5))"),
            stored={"drainage_node": (sample("POLYGON ((10 0, 90 0, 90 90, 10 90, 10 0))", kind="ho_dieu_hoa"),)},
            finds="TOP-12.water",
        ),
    ],
)
def building_on_road_or_water(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A building does not stand on the centre line of a road, nor in a lake."""
    for type_id, variant, key in ((ROAD, "road", "top12_road_m"), ("drainage_node", "water", "top12_water_m2")):
        stored = context.stored(type_id)
        if stored is None:
            continue
        measure = shapely.length if variant == "road" else shapely.area
        left, right = shapely.STRtree(stored.sound).query(batch.sound, predicate="intersects")
        common = shapely.intersection(batch.geometries[left], stored.geometries[right])
        sizes = measure(common)
        for pair in np.flatnonzero(sizes > context.tolerance(key)).tolist():
            facts = {"common_m" if variant == "road" else "common_m2": float(sizes[pair])}
            place = shapely.point_on_surface(common[pair])
            yield Found(int(left[pair]), variant, place=place, context=facts, others=(stored.uids[right[pair]],))
