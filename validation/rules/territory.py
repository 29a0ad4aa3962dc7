"""ADM: whether a record lies in the commune it belongs to."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from forms.administration import load_communes
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import ANY_GEOMETRY, Found, Scope, Severity, rule
from validation.whereabouts import implausible

CROSSED = "affected_communes"
_REACH_STEP_M = 25.0


@rule(
    "ADM-03",
    {"near": Severity.INFO, "off": Severity.WARNING, "far": Severity.ERROR},
    scope=ANY_GEOMETRY,
    legal=("diaba",),
    tolerances=("adm03_info_m", "adm03_warning_m"),
    good=[
        example("road_segment", sample("LINESTRING (0 0, 100 0)"), sample("LINESTRING (4900 0, 7500 0)")),
        example("survey_point", sample("POINT (5000 0)")),
    ],
    bad=[
        example("survey_point", sample("POINT (5050 0)"), finds="ADM-03.near"),
        example("survey_point", sample("POINT (5050.1 0)"), sample("POINT (5500 0)"), finds=("ADM-03.off",) * 2),
        example("road_segment", sample("LINESTRING (5500.1 0, 9000 0)"), finds="ADM-03.far"),
    ],
)
def far_from_commune(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A record's nearest point must not lie far from the commune; what is partly inside is at home."""
    if context.boundary is None:
        return
    away = batch.located.copy()
    away[_meeting(context.boundary, batch)] = False
    if away.any():
        away &= ~implausible(batch, context)
    places = np.flatnonzero(away)
    gaps = shapely.shortest_line(batch.geometries[places], context.boundary)
    info, warning = context.tolerance("adm03_info_m"), context.tolerance("adm03_warning_m")
    for index, gap, distance in zip(places, gaps, shapely.length(gaps), strict=True):
        variant = "near" if distance <= info else "off" if distance <= warning else "far"
        place = shapely.get_point(gap, 0)
        facts = {
            "distance_m": float(distance),
            "commune": context.commune.full_name,
        }
        yield Found(int(index), variant, place=place, context=facts)


def _meeting(boundary: shapely.Geometry, batch: Batch) -> npt.NDArray[np.int64]:
    """Return the places of the records that have a point in common with the outline."""
    places = np.flatnonzero(batch.located)
    return places[shapely.intersects(boundary, batch.geometries[places])]


@rule(
    "ADM-07",
    {"": Severity.WARNING, "named": Severity.WARNING},
    scope=Scope(geometries=("line", "multi_line", "multi_polygon"), keys=(CROSSED,)),
    legal=("identifiers",),
    tolerances=("adm07_beyond_m",),
    good=[
        example("road_segment", sample("LINESTRING (4000 0, 5040 0)"), sample("LINESTRING (5100 0, 9000 0)")),
        example("road_segment", sample("LINESTRING (4000 0, 7500 0)", affected_communes=["01165"])),
    ],
    bad=[
        example("road_segment", sample("LINESTRING (4000 0, 7500 0)"), finds="ADM-07"),
        example("road_segment", sample("LINESTRING (4000 0, 7500 0)", affected_communes=["01153"]), finds="ADM-07"),
        example(
            "road_segment",
            sample("LINESTRING (4000 0, 7500 0)"),
            neighbours={"01165": "POLYGON ((5000 -5000, 9000 -5000, 9000 5000, 5000 5000, 5000 -5000))"},
            finds="ADM-07.named",
        ),
    ],
)
def crosses_communes(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A record that lies partly inside the commune and runs on beyond it names the other communes it lies in."""
    boundary = context.boundary
    if boundary is None:
        return
    told = np.array([_names_another(codes, context) for codes in batch.column(CROSSED)], dtype=bool)
    places = _meeting(boundary, batch)
    places = places[~shapely.covers(boundary, batch.geometries[places]) & batch.valid[places] & ~told[places]]
    outline = _sound(boundary) if len(places) else boundary
    for index in places:
        beyond = shapely.difference(batch.geometries[index], outline)
        xy = shapely.get_coordinates(shapely.segmentize(beyond, _REACH_STEP_M))
        reach = np.atleast_1d(shapely.distance(boundary, shapely.points(xy)))
        if not len(reach) or reach.max() <= context.tolerance("adm07_beyond_m"):
            continue
        place = shapely.Point(xy[int(np.argmax(reach))])
        crossed = _crossed(beyond, context)
        facts = {
            "beyond_m": float(reach.max()),
            "commune": context.commune.full_name,
            "communes": crossed,
        }
        yield Found(int(index), "named" if crossed else "", CROSSED, place, facts)


def _names_another(codes: Any, context: CheckContext) -> bool:
    return isinstance(codes, list) and any(code != context.commune.code for code in codes)


def _crossed(beyond: shapely.Geometry, context: CheckContext) -> list[str]:
    """Return the names of the neighbouring communes that the part outside lies in."""
    communes = load_communes()
    return [
        f"{communes[code].full_name} ({code})"
        for code, outline in context.neighbours.items()
        if code in communes
        and code != context.commune.code
        and shapely.intersects(beyond, outline)
        and shapely.relate_pattern(beyond, _sound(outline), "T********")
    ]


def _sound(outline: shapely.Geometry) -> shapely.Geometry:
    """Return a valid outline: reference boundaries cross themselves now and then, and cutting with those fails."""
    return outline if shapely.is_valid(outline) else shapely.make_valid(outline)
