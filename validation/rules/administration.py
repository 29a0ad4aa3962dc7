"""ADM: whether a record belongs to the commune it names, by code and by place."""

from collections.abc import Iterator
from datetime import date
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from forms.administration import draft_code, find_communes, find_former_units, load_communes
from forms.unit_names import name_key
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import ANY_GEOMETRY, Found, Scope, Severity, rule
from validation.whereabouts import implausible

CODE = "commune_code"
CROSSED = "affected_communes"
WITH_CODE = Scope(keys=(CODE,))
NAME_COLUMNS = frozenset(
    {
        "xa",
        "ten xa",
        "tenxa",
        "xa phuong",
        "phuong xa",
        "ten xa phuong",
        "ten dvhc",
        "tendvhc",
        "commune",
        "commune name",
    }
)
_SOURCE = attrgetter("source_file", "source_layer")
_REACH_STEP_M = 25.0


@rule(
    "ADM-01",
    {"unknown": Severity.ERROR, "former": Severity.ERROR, "not-in-force": Severity.ERROR},
    scope=WITH_CODE,
    legal=("units",),
    good=[example("road_segment", sample(commune_code="01153"), sample(commune_code="01165"))],
    bad=[
        example(
            "road_segment", sample(commune_code="99999"), sample(commune_code="1153"), finds=("ADM-01.unknown",) * 2
        ),
        example("road_segment", sample(commune_code="01183"), finds="ADM-01.former"),
    ],
)
def commune_known(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The commune's code must stand in today's list; a draft code is told by ADM-06."""
    communes, today = load_communes(), context.today.isoformat()
    column = batch.column(CODE)

    def is_bad(code: Any) -> bool:
        commune = communes.get(code)
        if commune is None:
            return code is not None and draft_code(str(code)) is None
        return not commune.valid_from <= today <= (commune.valid_to or today)

    for index in indices_of(column, is_bad):
        code = str(column[index])
        if code in communes:
            commune = communes[code]
            facts = {"code": code, "commune": commune.full_name, "valid_from": date.fromisoformat(commune.valid_from)}
            yield Found(index, "not-in-force", CODE, context=facts)
            continue
        former = [unit for unit in find_former_units(code) if unit.code == code]
        heirs = list(dict.fromkeys(new.commune.label for unit in former for new in unit.successors))
        facts = {"code": code, "former": [unit.label for unit in former], "candidates": heirs}
        yield Found(index, "former" if former else "unknown", CODE, context=facts)


@rule(
    "ADM-02",
    Severity.ERROR,
    scope=WITH_CODE,
    legal=("units",),
    good=[example("road_segment", sample(commune_code="01165"), sample())],
    bad=[example("road_segment", sample(commune_code="21583"), finds="ADM-02")],
)
def province_of_workspace(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A record must belong to the province of the workspace."""
    communes, own = load_communes(), context.commune
    column = batch.column(CODE)
    for index in indices_of(
        column, lambda code: code in communes and communes[code].province_code != own.province_code
    ):
        commune = communes[column[index]]
        facts = {"code": commune.code, "commune": commune.label, "province": own.province_name}
        yield Found(index, field=CODE, context=facts)


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
            "east_m": place.x,
            "north_m": place.y,
        }
        yield Found(int(index), variant, place=place, context=facts)


def _meeting(boundary: shapely.Geometry, batch: Batch) -> npt.NDArray[np.int64]:
    """Return the places of the records that have a point in common with the outline."""
    places = np.flatnonzero(batch.located)
    return places[shapely.intersects(boundary, batch.geometries[places])]


@rule(
    "ADM-04",
    Severity.WARNING,
    scope=WITH_CODE,
    legal=("units",),
    good=[
        example("road_segment", sample(None, {"raw_values": {"Tên xã": "xã  Bắc Quang"}}, commune_code="01153")),
        example("road_segment", sample(None, {"raw_values": {"ten_xa": "Thị trấn Việt Quang"}}, commune_code="01153")),
        example("road_segment", sample(None, {"raw_values": {"ten_xa": None}}, commune_code="01153")),
    ],
    bad=[
        example(
            "road_segment",
            sample(None, {"raw_values": {"ten_xa": "Xã Không Có"}}, commune_code="01153"),
            finds="ADM-04",
        ),
    ],
)
def name_matches_code(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The commune's name in the source must be the name of the code, spelling aside, or of a unit that went into it."""
    for index, name, code in _named_records(batch, context):
        if not _is_name_of(name, code) and not _namesakes(name, code):
            yield Found(
                index, field=CODE, context={"name": name, "code": code, "commune": load_communes()[code].full_name}
            )


@rule(
    "ADM-06",
    {"draft": Severity.ERROR, "name": Severity.WARNING},
    scope=WITH_CODE,
    legal=("units",),
    good=[
        example("road_segment", sample(commune_code="01153")),
        example("road_segment", sample(None, {"raw_values": {"ten_xa": "Bắc Quang"}}, commune_code="01153")),
    ],
    bad=[
        example("road_segment", sample(commune_code="00073"), finds="ADM-06.draft"),
        example(
            "road_segment",
            sample(None, {"raw_values": {"ten_xa": "Xã Lý Quốc"}}, commune_code="01558"),
            finds="ADM-06.name",
        ),
    ],
)
def draft_commune_code(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Codes of the draft list are refused; a valid code under the name of another commune is doubted."""
    communes = load_communes()
    column = batch.column(CODE)
    for index in indices_of(column, lambda code: code not in communes and draft_code(str(code)) is not None):
        official = communes[draft_code(column[index]) or ""]
        facts = {"code": column[index], "official": official.code, "commune": official.full_name}
        yield Found(index, "draft", CODE, context=facts)
    for index, name, code in _named_records(batch, context):
        others = [] if _is_name_of(name, code) else _namesakes(name, code)
        if others:
            facts = {"name": name, "code": code, "commune": communes[code].full_name, "candidates": others}
            yield Found(index, "name", CODE, context=facts)


def _named_records(batch: Batch, context: CheckContext) -> Iterator[tuple[int, str, str]]:
    """Yield place, commune name in the source and commune code of the records whose source names a commune."""
    columns: dict[tuple[str | None, str | None], tuple[str, ...]] = {}
    communes, codes = load_communes(), batch.column(CODE)
    for index, source in enumerate(map(_SOURCE, batch.lineages)):
        raw = batch.lineages[index].raw_values
        if not raw:
            continue
        if source not in columns or source == (None, None):
            columns[source] = tuple(key for key in raw if name_key(key) in NAME_COLUMNS)
        code = codes[index] or context.commune.code
        for key in columns[source]:
            name = raw.get(key)
            if isinstance(name, str) and name.strip() and not name.strip().isdecimal() and code in communes:
                yield index, name.strip(), code


def _is_name_of(name: str, code: str) -> bool:
    """Whether ``name`` is the commune's, or that of a former unit which went into it."""
    if any(commune.code == code for commune in find_communes(name)):
        return True
    return any(new.commune.code == code for unit in find_former_units(name) for new in unit.successors)


def _namesakes(name: str, code: str) -> list[str]:
    """Return the labels of the other communes of the same province that are called ``name``."""
    province = load_communes()[code].province_code
    return [commune.label for commune in find_communes(name) if commune.province_code == province]


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
    own = {context.commune.code}
    told = np.array([bool(set(codes or ()) - own) for codes in batch.column(CROSSED)], dtype=bool)
    places = _meeting(boundary, batch)
    places = places[~shapely.covers(boundary, batch.geometries[places]) & batch.valid[places] & ~told[places]]
    for index in places:
        beyond = shapely.difference(batch.geometries[index], boundary)
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
            "east_m": place.x,
            "north_m": place.y,
        }
        yield Found(int(index), "named" if crossed else "", CROSSED, place, facts)


def _crossed(beyond: shapely.Geometry, context: CheckContext) -> list[str]:
    """Return the names of the neighbouring communes that the part outside lies in."""
    communes = load_communes()
    return [
        f"{communes[code].full_name} ({code})"
        for code, outline in context.neighbours.items()
        if code in communes and code != context.commune.code and shapely.relate_pattern(beyond, outline, "T********")
    ]
