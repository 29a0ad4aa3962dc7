"""TOP: the communes that a record names are those it lies in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from forms.administration import load_communes
from forms.dossiers import DOSSIER
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample, uid_at
from validation.reads import UID, Linked
from validation.rule import Found, Scope, Severity, rule
from validation.rules.territory import CROSSED

EAST = {"01165": "POLYGON ((5000 -5000, 9000 -5000, 9000 5000, 5000 5000, 5000 -5000))"}
BOTH = {**EAST, "01180": "POLYGON ((5000 5000, 9000 5000, 9000 9000, 5000 9000, 5000 5000))"}
ACROSS = "LINESTRING (4000 0, 7500 0)"
CORNER = "LINESTRING (4000 4000, 6000 4000, 6000 7000)"
GROUND = "POLYGON ((4000 0, 6000 0, 6000 900, 4000 900, 4000 0))"
BOUNDARY, LINK = "planning_boundary", "dossier_uid"


@rule(
    "TOP-16",
    {"unreached": Severity.WARNING, "unnamed": Severity.WARNING},
    scope=Scope(keys=(CROSSED,)),
    legal=("identifiers", "plan_database"),
    tolerances=("top16_beyond_m",),
    reads=(Linked(UID, "dossier_uid", BOUNDARY),),
    good=[
        example("road_segment", sample(ACROSS, affected_communes=["01153", "01165"]), neighbours=BOTH),
        example(
            "road_segment",
            sample(ACROSS),
            sample("LINESTRING (0 0, 4980 0)", affected_communes=["01165"]),
            neighbours=EAST,
        ),
        example("road_segment", sample("LINESTRING (0 0, 9 0)", affected_communes=["01165"])),
        example(
            DOSSIER,
            sample(affected_communes=["01165"]),
            stored={BOUNDARY: (sample(GROUND, dossier_uid=uid_at(1)),)},
            neighbours=EAST,
        ),
    ],
    bad=[
        example(
            "road_segment",
            sample("LINESTRING (0 0, 900 0)", affected_communes=["01165"]),
            neighbours=EAST,
            finds="TOP-16.unreached",
        ),
        example("road_segment", sample(CORNER, affected_communes=["01165"]), neighbours=BOTH, finds="TOP-16.unnamed"),
        example(
            DOSSIER,
            sample(affected_communes=["01180"]),
            stored={BOUNDARY: (sample(GROUND, dossier_uid=uid_at(1)),)},
            neighbours=BOTH,
            finds=("TOP-16.unreached", "TOP-16.unnamed"),
        ),
    ],
)
def named_communes_are_those_of_the_map(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A record that names communes names those it lies in and no others; what names none is told by ADM-07.

    A planning dossier lies where its boundaries lie. Asked only where the outlines of the neighbours are known.
    """
    if context.boundary is None or not context.neighbours:
        return
    column = batch.column(CROSSED)
    for index, codes in enumerate(column):
        named = _codes(codes, context)
        if not named:
            continue
        shape = _ground(batch, index, context)
        if shape is None or not shapely.is_valid(shape) or shapely.is_empty(shape):
            continue
        for variant, told in (
            ("unreached", _unreached(shape, named, context)),
            ("unnamed", _unnamed(shape, named, context)),
        ):
            if told:
                yield Found(
                    index, variant, CROSSED, context={"communes": [load_communes()[code].label for code in told]}
                )


def _codes(codes: Any, context: CheckContext) -> list[str]:
    """Return the other communes that are named, those alone that there are."""
    known = load_communes()
    listed = codes if isinstance(codes, Sequence) and not isinstance(codes, str) else ()
    return [code for code in listed if code in known and code != context.commune.code]


def _ground(batch: Batch, index: int, context: CheckContext) -> shapely.Geometry | None:
    """Return where a record lies: its geometry, or for a planning dossier all of its boundaries."""
    if batch.type.id != DOSSIER:
        return batch.geometries[index] if batch.located[index] else None
    return _boundaries(context).get(batch.uids[index])


def _boundaries(context: CheckContext) -> Mapping[str, shapely.Geometry]:
    """Return the ground of each dossier that has a sound boundary, by its uid."""

    def build() -> dict[str, shapely.Geometry]:
        stored = context.stored(BOUNDARY)
        if stored is None:
            return {}
        by_dossier: dict[str, list[shapely.Geometry]] = {}
        for index in np.flatnonzero(stored.valid).tolist():
            by_dossier.setdefault(str(stored.column(LINK)[index]), []).append(stored.geometries[index])
        return {uid: shapely.union_all(shapes) for uid, shapes in by_dossier.items()}

    return context.once(("dossier ground",), build)


def _unreached(shape: shapely.Geometry, named: Sequence[str], context: CheckContext) -> list[str]:
    """Return the communes named that lie farther away than the boundaries are sure.

    Of a commune that is no neighbour it is known only for what lies in the commune itself.
    """
    near = context.tolerance("top16_beyond_m")
    at_home = bool(shapely.covers(context.boundary, shape))
    outlines = context.neighbours
    return [code for code in named if (shapely.distance(shape, outlines[code]) > near if code in outlines else at_home)]


def _unnamed(shape: shapely.Geometry, named: Sequence[str], context: CheckContext) -> list[str]:
    """Return the neighbours, not named, into which the record reaches farther than the boundaries are sure."""
    boundary, near = context.boundary, context.tolerance("top16_beyond_m")
    if shapely.covers(boundary, shape):
        return []
    found = []
    for code, outline in context.neighbours.items():
        if code in named or code == context.commune.code or code not in load_communes():
            continue
        if not shapely.is_valid(outline) or not shapely.intersects(shape, outline):
            continue
        xy = shapely.get_coordinates(shapely.intersection(shape, outline))
        reach = shapely.distance(boundary, shapely.points(xy))
        if len(xy) and float(np.max(reach)) > near:
            found.append(code)
    return found
